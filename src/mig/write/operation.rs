//! Operations as statements; those on one model that follow each other share a block.

use super::super::names::EXTENSIONS;
use super::expression::Position;
use super::{Arguments, Writer, model, text};
use crate::ir::Value;
use crate::ir::value::SpannedValue;
use crate::python::django::{self, OperationClass};

/// A statement, or a line of `alter model`.
enum Shown {
    Statement(String),
    Change { model: String, line: String },
}

impl Writer<'_> {
    pub(super) fn operations(&mut self, operations: &[SpannedValue], out: &mut String) {
        let mut open: Option<String> = None;
        for operation in operations {
            let Some(shown) = self.operation(operation) else {
                self.obstacle(Some(operation), "the operation cannot be written");
                continue;
            };
            match shown {
                Shown::Change { model, line } => {
                    if open.as_ref() != Some(&model) {
                        if open.is_some() {
                            out.push_str("}\n");
                        }
                        out.push_str(&format!("alter model {model} {{\n"));
                        open = Some(model);
                    }
                    out.push_str(&line);
                    out.push('\n');
                }
                Shown::Statement(statement) => {
                    if open.take().is_some() {
                        out.push_str("}\n");
                    }
                    out.push_str(&statement);
                    out.push('\n');
                }
            }
        }
        if open.is_some() {
            out.push_str("}\n");
        }
    }

    fn operation(&mut self, value: &SpannedValue) -> Option<Shown> {
        let Value::Object(object) = &value.value else {
            return None;
        };
        let known = OperationClass::of_path(&object.path)
            .and_then(|class| {
                let given = Arguments::of(object, class.parameters())?;
                given.only(class.parameters()).then_some((class, given))
            })
            .and_then(|(class, given)| self.known(class, &given));
        if known.is_some() {
            return known;
        }
        let class = self.path(&object.path)?;
        let call = self.call(&class, object, Position::Value)?;
        Some(Shown::Statement(format!("op {call}")))
    }

    fn known(&mut self, class: OperationClass, given: &Arguments<'_>) -> Option<Shown> {
        use OperationClass as Op;
        let word = |name: &str| text::word(given.text(name)?);
        let statement = match class {
            Op::CreateModel => self.create_model(given)?,
            Op::DeleteModel => format!("drop model {}", word("name")?),
            Op::RenameModel => {
                format!(
                    "rename model {} -> {}",
                    word("old_name")?,
                    word("new_name")?
                )
            }
            Op::SeparateDatabaseAndState => self.separate(given)?,
            Op::RunSQL => self.run_sql(given)?,
            Op::RunPython => self.run_python(given)?,
            Op::CreateExtension => {
                format!("extension {}", text::string(given.text("name")?))
            }
            Op::CreateCollation | Op::RemoveCollation => self.collation(class, given)?,
            Op::BloomExtension
            | Op::BtreeGinExtension
            | Op::BtreeGistExtension
            | Op::CITextExtension
            | Op::CryptoExtension
            | Op::HStoreExtension
            | Op::TrigramExtension
            | Op::UnaccentExtension => {
                let (own, _) = EXTENSIONS
                    .iter()
                    .find(|(_, name)| *name == class.as_str())?;
                format!("extension {own}")
            }
            _ => {
                let model = match given.text("model_name") {
                    Some(model) => model,
                    None => given.text("name")?,
                };
                return Some(Shown::Change {
                    model: text::word(model)?,
                    line: self.change(class, given)?,
                });
            }
        };
        Some(Shown::Statement(statement))
    }

    /// A line of `alter model`.
    fn change(&mut self, class: OperationClass, given: &Arguments<'_>) -> Option<String> {
        use OperationClass as Op;
        let word = |name: &str| text::word(given.text(name)?);
        Some(match class {
            Op::AlterModelTable => {
                let table = given.get("table").map_or(&Value::None, |it| &it.value);
                format!("table {}", model::optional_text(table)?)
            }
            Op::AlterModelTableComment => {
                let comment = &given.get("table_comment")?.value;
                format!("comment {}", model::optional_text(comment)?)
            }
            Op::AlterModelOptions => self.options(given)?,
            Op::AlterModelManagers => self.managers(given.get("managers")?)?,
            Op::AlterOrderWithRespectTo => {
                let field = &given.get("order_with_respect_to")?.value;
                format!("order_with_respect_to {}", model::optional_name(field)?)
            }
            Op::AlterUniqueTogether => {
                let groups = model::groups(&given.get("unique_together")?.value)?;
                format!("unique_together{groups}")
            }
            Op::AlterIndexTogether => {
                let groups = model::groups(&given.get("index_together")?.value)?;
                format!("index_together{groups}")
            }
            Op::AddField | Op::AlterField => {
                let fills = match given.get("preserve_default").map(|it| &it.value) {
                    None | Some(Value::Bool(true)) => false,
                    Some(Value::Bool(false)) => true,
                    Some(_) => return None,
                };
                let field = &given.get("field")?.value;
                let field = self.field(given.text("name")?, field, fills)?;
                let verb = match class {
                    Op::AddField => "add",
                    _ => "change",
                };
                format!("{verb} {field}")
            }
            Op::RemoveField => format!("drop {}", droppable(given.text("name")?)?),
            Op::RenameField => {
                let old = droppable(given.text("old_name")?)?;
                format!("rename {old} -> {}", word("new_name")?)
            }
            Op::AddIndex => format!("add {}", self.index(&given.get("index")?.value)?),
            Op::AddIndexConcurrently => {
                let index = self.index(&given.get("index")?.value)?;
                format!("add {index} concurrently")
            }
            Op::RemoveIndex => format!("drop index {}", word("name")?),
            Op::RemoveIndexConcurrently => format!("drop index {} concurrently", word("name")?),
            Op::RenameIndex => self.rename_index(given)?,
            Op::AddConstraint => {
                format!("add {}", self.constraint(&given.get("constraint")?.value)?)
            }
            Op::AddConstraintNotValid => {
                let constraint = self.constraint(&given.get("constraint")?.value)?;
                let takes =
                    constraint.starts_with("check ") || constraint.starts_with("constraint ");
                if !takes {
                    return None;
                }
                format!("add {constraint} not valid")
            }
            Op::RemoveConstraint => format!("drop constraint {}", word("name")?),
            Op::AlterConstraint => {
                let Value::Object(object) = &given.get("constraint")?.value else {
                    return None;
                };
                // The short form says the name once.
                let name = object
                    .kwargs
                    .iter()
                    .find(|(key, _)| key == "name")
                    .and_then(|(_, value)| value.value.as_str());
                if name != given.text("name") {
                    return None;
                }
                format!("change {}", self.short_constraint(object)?)
            }
            Op::ValidateConstraint => format!("validate {}", word("name")?),
            _ => return None,
        })
    }

    fn options(&mut self, given: &Arguments<'_>) -> Option<String> {
        let Value::Dict(entries) = &given.get("options")?.value else {
            return None;
        };
        let mut out = String::from("options");
        for (key, value) in entries {
            out.push(' ');
            out.push_str(&self.model_option(key.value.as_str()?, value)?);
        }
        Some(out)
    }

    fn rename_index(&mut self, given: &Arguments<'_>) -> Option<String> {
        let new = text::word(given.text("new_name")?)?;
        let old_name = given.get("old_name").filter(|it| it.value != Value::None);
        let old_fields = given.get("old_fields").filter(|it| it.value != Value::None);
        let from = match (old_name, old_fields) {
            (Some(name), None) => text::word(name.value.as_str()?)?,
            (None, Some(fields)) => {
                let names: Option<Vec<String>> = fields
                    .value
                    .items()?
                    .iter()
                    .map(|name| text::word(name.value.as_str()?))
                    .collect();
                format!("({})", names?.join(", "))
            }
            _ => return None,
        };
        Some(format!("rename index {from} -> {new}"))
    }

    fn separate(&mut self, given: &Arguments<'_>) -> Option<String> {
        let mut sides = Vec::new();
        for (key, word) in [
            ("database_operations", "database"),
            ("state_operations", "state"),
        ] {
            let Some(value) = given.get(key).filter(|it| it.value != Value::None) else {
                continue;
            };
            let operations = value.value.items()?;
            if operations.is_empty() {
                continue;
            }
            let mut block = format!("{word} {{\n");
            self.operations(operations, &mut block);
            block.push('}');
            sides.push(block);
        }
        Some(match sides.as_slice() {
            [] => "separate {}".to_owned(),
            [only] => only.clone(),
            _ => format!("separate {{\n{}\n}}", sides.join("\n")),
        })
    }

    fn run_sql(&mut self, given: &Arguments<'_>) -> Option<String> {
        let up = self.sql(&given.get("sql")?.value)?;
        let mut lines = vec![format!("up {up}")];
        if let Some(down) = given.get("reverse_sql")
            && down.value != Value::None
        {
            lines.push(format!("down {}", self.sql(&down.value)?));
        }
        if let Some(state) = given.get("state_operations")
            && state.value != Value::None
            && !state.value.items()?.is_empty()
        {
            let mut block = String::from("state {\n");
            self.operations(state.value.items()?, &mut block);
            block.push('}');
            lines.push(block);
        }
        self.common(given, &mut lines)?;
        if lines.len() == 1 && up.starts_with('"') {
            return Some(format!("sql {up}"));
        }
        Some(format!("sql {{\n{}\n}}", lines.join("\n")))
    }

    fn sql(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Str(sql) => Some(text::block(sql).unwrap_or_else(|| text::string(sql))),
            Value::List(_) | Value::Tuple(_) => {
                let shown = self.expression(value, Position::Value)?;
                Some(shown)
            }
            Value::Path(path) if django::is_noop(path) => Some("noop".to_owned()),
            Value::Path(path) => self.function_path(path),
            _ => None,
        }
    }

    fn run_python(&mut self, given: &Arguments<'_>) -> Option<String> {
        let up = self.code(&given.get("code")?.value)?;
        let mut lines = vec![format!("up {up}")];
        if let Some(down) = given.get("reverse_code")
            && down.value != Value::None
        {
            lines.push(format!("down {}", self.code(&down.value)?));
        }
        match given.get("atomic").map(|it| &it.value) {
            None | Some(Value::None) => {}
            Some(Value::Bool(atomic)) => lines.push(format!("atomic {atomic}")),
            Some(_) => return None,
        }
        self.common(given, &mut lines)?;
        if lines.len() == 1 && up != "noop" {
            return Some(format!("python {up}"));
        }
        Some(format!("python {{\n{}\n}}", lines.join("\n")))
    }

    fn common(&mut self, given: &Arguments<'_>, lines: &mut Vec<String>) -> Option<()> {
        if let Some(hints) = given.get("hints")
            && hints.value != Value::None
        {
            lines.push(format!("hints = {}", self.value(hints)?));
        }
        match given.get("elidable").map(|it| &it.value) {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) => lines.push("elidable".to_owned()),
            Some(_) => return None,
        }
        Some(())
    }

    fn code(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Path(path) if django::is_noop(path) => Some("noop".to_owned()),
            Value::Path(path) => self.function_path(path),
            _ => None,
        }
    }

    /// `module:name`.
    fn function_path(&mut self, path: &str) -> Option<String> {
        let shown = match path
            .strip_prefix(self.package)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            // Beside the migration.
            Some(_) if path.starts_with(&format!("{}.", self.module)) => self.path(path)?,
            Some(rest) if rest.contains('.') => {
                self.path(path)?;
                format!(".{rest}")
            }
            _ => self.path(path)?,
        };
        let (module, name) = shown.rsplit_once('.')?;
        (!module.is_empty()).then(|| format!("{module}:{name}"))
    }

    fn collation(&mut self, class: OperationClass, given: &Arguments<'_>) -> Option<String> {
        let verb = match class {
            OperationClass::CreateCollation => "collation",
            _ => "drop collation",
        };
        let mut out = format!("{verb} {}", text::word(given.text("name")?)?);
        given.get("locale")?;
        for (name, value) in &given.given {
            if *name != "name" {
                out.push_str(&format!(" {name}={}", self.value(value)?));
            }
        }
        Some(out)
    }
}

/// A field's name behind `drop` or `rename`, where some words mean something.
fn droppable(name: &str) -> Option<String> {
    match name {
        "index" | "constraint" => Some(format!("`{name}`")),
        _ => text::word(name),
    }
}
