//! Operations, a line an argument, as Django's `OperationWriter` lays them out.

use smol_str::SmolStr;

use super::super::django::{OperationClass, field_kind};
use super::Writer;
use super::value::text;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::operation::{
    Base, Collation, CreateModel, Options, RunPython, RunSql, Sql, TogetherOption,
};
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldName, Known, Operation, OperationKind, Unknown, Value};

/// An argument as it is written.
enum Argument {
    /// Behind `name=`.
    Line(String),
    /// Between brackets of their own, an item a line; an item may have several lines.
    List(char, Vec<Vec<String>>, char),
}

/// Arguments in the order of the constructor's parameters.
#[derive(Default)]
struct Arguments(Vec<(SmolStr, Argument)>);

impl Arguments {
    fn line(&mut self, name: &'static str, value: String) {
        self.0
            .push((SmolStr::new_static(name), Argument::Line(value)));
    }

    fn list(&mut self, name: &'static str, items: Vec<Vec<String>>) {
        let list = Argument::List('[', items, ']');
        self.0.push((SmolStr::new_static(name), list));
    }
}

fn indent(depth: usize, line: &str) -> String {
    format!("{:1$}{line}", "", depth * 4)
}

impl Writer<'_> {
    /// The lines of an operation in a list, with the comma behind it.
    pub(super) fn operation(&mut self, operation: &Operation, depth: usize) -> Vec<String> {
        let mut lines = self.operation_lines(operation);
        if let Some(last) = lines.last_mut() {
            last.push(',');
        }
        lines.iter().map(|line| indent(depth, line)).collect()
    }

    /// The lines of an operation inside another, under its condition.
    fn nested_lines(&mut self, operation: &Operation) -> Vec<String> {
        let mut lines = self.operation_lines(operation);
        let Some(condition) = &operation.condition else {
            return lines;
        };
        if let Some(last) = lines.last_mut() {
            last.push(',');
        }
        let condition = self.condition(condition);
        std::iter::once("*(".to_owned())
            .chain(["    [".to_owned()])
            .chain(lines.iter().map(|line| indent(2, line)))
            .chain(["    ]".to_owned()])
            .chain([format!("    if {condition}"), "    else []".to_owned()])
            .chain([")".to_owned()])
            .collect()
    }

    fn operation_lines(&mut self, operation: &Operation) -> Vec<String> {
        // What a class makes of its arguments is not written; the arguments are.
        if operation.written.is_none() {
            for unknown in &operation.not_understood {
                if !is_about_a_class(&operation.kind, unknown) {
                    self.unwritable.push(unknown.clone());
                }
            }
        }
        let name = self.path(&operation.class, operation.name_span);
        let arguments = match &operation.written {
            Some(written) => self.written(&written.args, &written.kwargs),
            None => self.arguments(operation),
        };
        let mut lines = vec![format!("{name}(")];
        for (name, argument) in arguments.0 {
            let prefix = if name.is_empty() {
                String::new()
            } else {
                format!("{name}=")
            };
            match argument {
                Argument::Line(value) => lines.push(indent(1, &format!("{prefix}{value},"))),
                Argument::List(open, items, close) => {
                    lines.push(indent(1, &format!("{prefix}{open}")));
                    for mut item in items {
                        if let Some(last) = item.last_mut() {
                            last.push(',');
                        }
                        lines.extend(item.iter().map(|line| indent(2, line)));
                    }
                    lines.push(indent(1, &format!("{close},")));
                }
            }
        }
        lines.push(")".to_owned());
        lines
    }

    /// A call of a class that is not Django's, as it was written.
    fn written(&mut self, args: &[SpannedValue], kwargs: &[(SmolStr, SpannedValue)]) -> Arguments {
        let mut out = Arguments::default();
        for value in args {
            let value = self.value(value);
            out.0.push((SmolStr::default(), Argument::Line(value)));
        }
        for (name, value) in kwargs {
            let value = self.value(value);
            out.0.push((name.clone(), Argument::Line(value)));
        }
        out
    }

    fn arguments(&mut self, operation: &Operation) -> Arguments {
        let mut out = Arguments::default();
        let name = |name: &dyn std::fmt::Display| text(&name.to_string());
        match &operation.kind {
            OperationKind::CreateModel(create) => self.create_model(create, &mut out),
            OperationKind::DeleteModel { name: model } => out.line("name", name(model)),
            OperationKind::RenameModel { old_name, new_name } => {
                out.line("old_name", name(old_name));
                out.line("new_name", name(new_name));
            }
            OperationKind::AlterModelTable { name: model, table } => {
                out.line("name", name(model));
                out.line("table", optional(table.as_deref()));
            }
            OperationKind::AlterModelTableComment {
                name: model,
                comment,
            } => {
                out.line("name", name(model));
                out.line("table_comment", optional(comment.as_deref()));
            }
            OperationKind::AlterModelOptions {
                name: model,
                options,
            } => {
                out.line("name", name(model));
                let mut pairs = self.options(options);
                pairs.sort();
                out.line("options", format!("{{{}}}", pairs.join(", ")));
            }
            OperationKind::AlterModelManagers {
                name: model,
                managers,
            } => {
                out.line("name", name(model));
                self.managers(managers, &mut out);
            }
            OperationKind::AlterOrderWithRespectTo {
                name: model,
                order_with_respect_to,
            } => {
                out.line("name", name(model));
                let field = order_with_respect_to.as_ref().map(FieldName::as_str);
                out.line("order_with_respect_to", optional(field));
            }
            OperationKind::AlterTogether {
                name: model,
                option,
                fields,
            } => {
                out.line("name", name(model));
                let option = match option {
                    TogetherOption::Unique => "unique_together",
                    TogetherOption::Index => "index_together",
                };
                out.line(option, together(fields));
            }
            OperationKind::AddField {
                model_name,
                name: field_name,
                field,
                preserve_default,
            }
            | OperationKind::AlterField {
                model_name,
                name: field_name,
                field,
                preserve_default,
            } => {
                out.line("model_name", name(model_name));
                out.line("name", name(field_name));
                out.line("field", self.field(field));
                if !preserve_default {
                    out.line("preserve_default", "False".to_owned());
                }
            }
            OperationKind::RemoveField {
                model_name,
                name: field,
            } => {
                out.line("model_name", name(model_name));
                out.line("name", name(field));
            }
            OperationKind::RenameField {
                model_name,
                old_name,
                new_name,
            } => {
                out.line("model_name", name(model_name));
                out.line("old_name", name(old_name));
                out.line("new_name", name(new_name));
            }
            OperationKind::AddIndex {
                model_name, index, ..
            } => {
                out.line("model_name", name(model_name));
                out.line("index", self.index(index));
            }
            OperationKind::RemoveIndex {
                model_name,
                name: index,
                ..
            } => {
                out.line("model_name", name(model_name));
                out.line("name", name(index));
            }
            OperationKind::RenameIndex {
                model_name,
                new_name,
                old_name,
                old_fields,
            } => {
                out.line("model_name", name(model_name));
                out.line("new_name", name(new_name));
                if let Some(old_name) = old_name {
                    out.line("old_name", name(old_name));
                }
                if let Some(fields) = old_fields {
                    out.line("old_fields", tuple(fields));
                }
            }
            OperationKind::AddConstraint {
                model_name,
                constraint,
                ..
            } => {
                out.line("model_name", name(model_name));
                out.line("constraint", self.constraint(constraint));
            }
            OperationKind::RemoveConstraint {
                model_name,
                name: constraint,
            }
            | OperationKind::ValidateConstraint {
                model_name,
                name: constraint,
            } => {
                out.line("model_name", name(model_name));
                out.line("name", name(constraint));
            }
            OperationKind::AlterConstraint {
                model_name,
                name: constraint_name,
                constraint,
            } => {
                out.line("model_name", name(model_name));
                out.line("name", name(constraint_name));
                out.line("constraint", self.constraint(constraint));
            }
            OperationKind::SeparateDatabaseAndState {
                database_operations,
                state_operations,
            } => {
                self.nested("database_operations", database_operations, &mut out);
                self.nested("state_operations", state_operations, &mut out);
            }
            OperationKind::RunSql(run) => self.run_sql(run, &mut out),
            OperationKind::RunPython(run) => self.run_python(run, &mut out),
            OperationKind::CreateExtension { name: extension } => {
                // The classes of single extensions take no name.
                let class = OperationClass::of_path(&operation.class);
                if class.is_none_or(|class| class.extension().is_none()) {
                    out.line("name", name(extension));
                }
            }
            OperationKind::CreateCollation(collation)
            | OperationKind::RemoveCollation(collation) => collation_arguments(collation, &mut out),
            OperationKind::Custom(custom) => return self.written(&custom.args, &custom.kwargs),
            OperationKind::Opaque(opaque) => return self.written(&opaque.args, &opaque.kwargs),
        }
        out
    }

    fn nested(&mut self, name: &'static str, operations: &[Operation], out: &mut Arguments) {
        if !operations.is_empty() {
            let items = operations
                .iter()
                .map(|operation| self.nested_lines(operation))
                .collect();
            out.list(name, items);
        }
    }

    fn create_model(&mut self, create: &CreateModel, out: &mut Arguments) {
        out.line("name", text(create.name.as_str()));
        let fields = create
            .fields
            .iter()
            .map(|(name, field)| {
                let field = self.field(field);
                vec![format!("({}, {field})", text(name.value.as_str()))]
            })
            .collect();
        out.list("fields", fields);
        let options = self.options(&create.options);
        if !options.is_empty() {
            let lines = options.into_iter().map(|option| vec![option]).collect();
            let list = Argument::List('{', lines, '}');
            out.0.push((SmolStr::new_static("options"), list));
        }
        let is_default = match create.bases.as_slice() {
            [] => true,
            [Base::Class { path, .. }] => path == "django.db.models.Model",
            _ => false,
        };
        if !is_default {
            let bases: Vec<String> = create.bases.iter().map(|base| self.base(base)).collect();
            let comma = if bases.len() == 1 { "," } else { "" };
            out.line("bases", format!("({}{comma})", bases.join(", ")));
        }
        if !is_default_manager(&create.managers) {
            self.managers(&create.managers, out);
        }
    }

    fn base(&mut self, base: &Base) -> String {
        match base {
            Base::Model { app, name, .. } if app.is_empty() => text(name.as_str()),
            Base::Model { app, name, .. } => text(&format!("{app}.{name}")),
            Base::Class { path, span } => self.path(path, *span).to_string(),
            Base::Unknown(unknown) => {
                self.unwritable.push(unknown.clone());
                String::new()
            }
        }
    }

    fn managers(&mut self, managers: &[SpannedValue], out: &mut Arguments) {
        let items = managers
            .iter()
            .map(|manager| vec![self.value(manager)])
            .collect();
        out.list("managers", items);
    }

    /// `'key': value`, one each.
    fn options(&mut self, options: &Options) -> Vec<String> {
        options
            .entries
            .iter()
            .map(|(name, value)| {
                let value = match name.value.as_str() {
                    "indexes" => {
                        let indexes = options.indexes.iter();
                        let indexes: Vec<String> = indexes.map(|it| self.index(it)).collect();
                        format!("[{}]", indexes.join(", "))
                    }
                    "constraints" => {
                        let constraints = options.constraints.iter();
                        let constraints: Vec<String> =
                            constraints.map(|it| self.constraint(it)).collect();
                        format!("[{}]", constraints.join(", "))
                    }
                    _ => self.value(value),
                };
                format!("{}: {value}", text(&name.value))
            })
            .collect()
    }

    pub(super) fn field(&mut self, field: &Field) -> String {
        let mut args: Vec<SpannedValue> = Vec::new();
        let mut kwargs: Vec<(SmolStr, SpannedValue)> = Vec::new();
        for (name, value) in &field.options {
            match (&value.value, name.as_str()) {
                (Value::Tuple(names), "field_names") => args.extend(names.iter().cloned()),
                _ if name.bytes().all(|byte| byte.is_ascii_digit()) => args.push(value.clone()),
                _ => kwargs.push((name.clone(), value.clone())),
            }
        }
        // A class that a call made (`type(name, bases, {})`) is in no module.
        if !field.class.contains('.') {
            let reason = format!("the class `{}` stands in no module", field.class);
            self.fail(field.span, reason);
        }
        self.call(&field.class, &args, &kwargs, field.span)
    }

    fn index(&mut self, index: &Index) -> String {
        match &index.written {
            Some(written) => self.call(&written.path, &written.args, &written.kwargs, index.span),
            None => self.call(&index.class, &index.args, &index.options, index.span),
        }
    }

    fn constraint(&mut self, constraint: &Constraint) -> String {
        let span = constraint.span;
        match &constraint.written {
            Some(written) => self.call(&written.path, &written.args, &written.kwargs, span),
            None => self.call(
                &constraint.class,
                &constraint.args,
                &constraint.options,
                span,
            ),
        }
    }

    fn run_sql(&mut self, run: &RunSql, out: &mut Arguments) {
        self.sql("sql", &run.sql, out);
        if let Some(reverse) = &run.reverse_sql {
            self.sql("reverse_sql", reverse, out);
        }
        self.nested("state_operations", &run.state_operations, out);
        if let Some(hints) = &run.hints {
            out.line("hints", self.value(hints));
        }
        if run.elidable {
            out.line("elidable", "True".to_owned());
        }
    }

    fn sql(&mut self, name: &'static str, sql: &Known<Sql>, out: &mut Arguments) {
        let value = match sql {
            Known::No(unknown) => {
                self.unwritable.push(unknown.clone());
                return;
            }
            Known::Yes(Sql::Text(sql)) => text(&sql.value),
            Known::Yes(Sql::List(statements)) => {
                let statements: Vec<String> = statements
                    .iter()
                    .map(|statement| match &statement.params {
                        None => text(&statement.text.value),
                        Some(params) => {
                            let params = self.value(params);
                            format!("({}, {params})", text(&statement.text.value))
                        }
                    })
                    .collect();
                format!("[{}]", statements.join(", "))
            }
        };
        out.line(name, value);
    }

    fn run_python(&mut self, run: &RunPython, out: &mut Arguments) {
        out.line("code", self.value(&run.code));
        if let Some(reverse) = &run.reverse_code {
            out.line("reverse_code", self.value(reverse));
        }
        if let Some(atomic) = run.atomic {
            out.line("atomic", python_bool(atomic).to_owned());
        }
        if let Some(hints) = &run.hints {
            out.line("hints", self.value(hints));
        }
        if run.elidable {
            out.line("elidable", "True".to_owned());
        }
    }
}

/// `[("objects", models.Manager())]`, which every model has anyway.
fn is_default_manager(managers: &[SpannedValue]) -> bool {
    let is_it = |manager: &SpannedValue| {
        let Some([name, manager]) = manager.value.items() else {
            return false;
        };
        let is_plain = matches!(
            &manager.value,
            Value::Object(object)
                if object.path == "django.db.models.Manager"
                    && object.args.is_empty()
                    && object.kwargs.is_empty()
        );
        name.value.as_str() == Some("objects") && is_plain
    };
    match managers {
        [] => true,
        [only] => is_it(only),
        _ => false,
    }
}

fn python_bool(flag: bool) -> &'static str {
    if flag { "True" } else { "False" }
}

fn optional(value: Option<&str>) -> String {
    value.map_or_else(|| "None".to_owned(), text)
}

fn tuple(fields: &[FieldName]) -> String {
    let names: Vec<String> = fields.iter().map(|name| text(name.as_str())).collect();
    match names.as_slice() {
        [only] => format!("({only},)"),
        names => format!("({})", names.join(", ")),
    }
}

/// The set that Django keeps, its members in order.
fn together(fields: &[Vec<FieldName>]) -> String {
    if fields.is_empty() {
        return "set()".to_owned();
    }
    let mut groups: Vec<String> = fields.iter().map(|group| tuple(group)).collect();
    groups.sort();
    groups.dedup();
    format!("{{{}}}", groups.join(", "))
}

fn collation_arguments(collation: &Collation, out: &mut Arguments) {
    out.line("name", text(&collation.name));
    out.line("locale", text(&collation.locale));
    if collation.provider != "libc" {
        out.line("provider", text(&collation.provider));
    }
    if !collation.deterministic {
        out.line("deterministic", "False".to_owned());
    }
}

/// Whether it is only the meaning of a class that is not known, whose call is known
/// and can be written all the same.
fn is_about_a_class(kind: &OperationKind, unknown: &Unknown) -> bool {
    let of_field =
        |field: &Field| field.kind.unknown() == Some(unknown) && field_kind(&field.class).is_none();
    match kind {
        OperationKind::CreateModel(create) => {
            create.fields.iter().any(|(_, field)| of_field(field))
        }
        OperationKind::AddField { field, .. } | OperationKind::AlterField { field, .. } => {
            of_field(field)
        }
        OperationKind::Opaque(_) | OperationKind::Custom(_) => true,
        _ => false,
    }
}
