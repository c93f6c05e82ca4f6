//! The IR of a project as text for reading: an operation a line, a field a line.
//!
//! Values look as in Python. What is not known shows as `<why it is not, line 3>`,
//! what depends on the database as `[then if condition else otherwise]`.

use std::fmt::Write as _;

use whimbrel::base::{Files, Span};
use whimbrel::diag::Diagnostic;
use whimbrel::ir::constraint::Constraint;
use whimbrel::ir::expression::{self, Expression, ExpressionKind, Q};
use whimbrel::ir::field::{TypePiece, TypeText};
use whimbrel::ir::index::Index;
use whimbrel::ir::operation::{
    Base, CreateModel, OperationKind as Kind, Options, RunSql, Sql, TogetherOption,
};
use whimbrel::ir::value::{Choices, Condition, SpannedValue};
use whimbrel::ir::{
    Dependency, DependencyTarget, Field, FieldName, Known, Migration, Operation, Unknown, Value,
};

pub(crate) struct Dump<'a> {
    pub(crate) files: &'a Files,
    /// The file that line numbers are of; others are named.
    pub(crate) out: String,
}

impl Dump<'_> {
    pub(crate) fn migration(&mut self, migration: &Migration) {
        let _ = writeln!(self.out, "{}", migration.id);
        for (name, flag) in [
            ("initial", &migration.initial),
            ("atomic", &migration.atomic),
        ] {
            if let Some(flag) = flag {
                let told = match &flag.value {
                    Known::Yes(true) => "True".to_owned(),
                    Known::Yes(false) => "False".to_owned(),
                    Known::No(unknown) => self.unknown(unknown),
                };
                self.line(1, &format!("{name}: {told}"));
            }
        }
        for (name, list) in [
            ("dependencies", &migration.dependencies),
            ("run_before", &migration.run_before),
            ("replaces", &migration.replaces),
        ] {
            if !list.is_empty() {
                let told: Vec<String> = list.iter().map(|entry| self.dependency(entry)).collect();
                self.line(1, &format!("{name}: {}", told.join(", ")));
            }
        }
        for (name, value) in &migration.attributes {
            let value = self.value(value);
            self.line(1, &format!("{name}: {value}"));
        }
        for operation in &migration.operations {
            self.operation(1, operation);
        }
        for unread in &migration.unread {
            let part = if unread.is_element {
                "an element of "
            } else {
                ""
            };
            let why = self.unknown(&unread.unknown);
            self.line(1, &format!("unread: {part}{} {why}", unread.attribute));
        }
    }

    pub(crate) fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        let place = self.place(diagnostic.primary.span);
        let _ = writeln!(
            self.out,
            "{}: {}, {place}",
            diagnostic.rule, diagnostic.message
        );
    }

    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", depth * 2);
    }

    fn place(&self, span: Span) -> String {
        let (start, _) = self.files.positions(span);
        format!("line {}", start.line)
    }

    fn unknown(&self, unknown: &Unknown) -> String {
        format!("<{}, {}>", unknown.reason, self.place(unknown.span))
    }

    fn dependency(&self, dependency: &Dependency) -> String {
        let target = match &dependency.target {
            DependencyTarget::Migration(id) => id.to_string(),
            DependencyTarget::Swappable { setting, model } => {
                let model = match model {
                    Known::Yes(model) => model.to_string(),
                    Known::No(unknown) => self.unknown(unknown),
                };
                match setting.as_str() {
                    "" => format!("swappable {model}"),
                    setting => format!("swappable settings.{setting} = {model}"),
                }
            }
            DependencyTarget::Computed(call) => format!("computed {}", self.value(call)),
        };
        match &dependency.call {
            Some(call) => format!("{target}, called as {}", self.value(call)),
            None => target,
        }
    }

    fn operation(&mut self, depth: usize, operation: &Operation) {
        let mut head = String::new();
        if let Some(condition) = &operation.condition {
            let _ = write!(head, "[if {}] ", self.condition(condition));
        }
        head.push_str(operation.class_name());
        let own = !operation.class.starts_with("django.");
        if own {
            let _ = write!(head, " ({})", kind_name(&operation.kind));
        }
        if let Some(methods) = &operation.methods {
            let own = [
                ("database_forwards", methods.database_forwards.is_some()),
                ("database_backwards", methods.database_backwards.is_some()),
                ("state_forwards", methods.state_forwards.is_some()),
            ];
            let own: Vec<&str> = own
                .iter()
                .filter(|(_, is)| *is)
                .map(|(name, _)| *name)
                .collect();
            if !own.is_empty() {
                let _ = write!(head, " overriding {}", own.join(", "));
            }
        }
        let about = self.arguments(&operation.kind);
        if !about.is_empty() {
            let _ = write!(head, ": {about}");
        }
        self.line(depth, &head);
        match &operation.kind {
            Kind::CreateModel(create) => self.create_model(depth + 1, create),
            Kind::SeparateDatabaseAndState {
                database_operations,
                state_operations,
            } => {
                self.nested(depth + 1, "database", database_operations);
                self.nested(depth + 1, "state", state_operations);
            }
            Kind::RunSql(run) => self.nested(depth + 1, "state", &run.state_operations),
            _ => {}
        }
        for unknown in &operation.not_understood {
            let why = self.unknown(unknown);
            self.line(depth + 1, &format!("not understood: {why}"));
        }
    }

    fn nested(&mut self, depth: usize, name: &str, operations: &[Operation]) {
        if !operations.is_empty() {
            self.line(depth, &format!("{name}:"));
            for operation in operations {
                self.operation(depth + 1, operation);
            }
        }
    }

    fn create_model(&mut self, depth: usize, create: &CreateModel) {
        for (name, field) in &create.fields {
            let field = self.field(field);
            self.line(depth, &format!("{}: {field}", name.value));
        }
        let options = self.options(&create.options);
        if !options.is_empty() {
            self.line(depth, &format!("options: {options}"));
        }
        if !create.bases.is_empty() {
            let bases: Vec<String> = create.bases.iter().map(|base| self.base(base)).collect();
            self.line(depth, &format!("bases: {}", bases.join(", ")));
        }
        if !create.managers.is_empty() {
            let managers = self.values(&create.managers);
            self.line(depth, &format!("managers: {managers}"));
        }
    }

    fn base(&self, base: &Base) -> String {
        match base {
            Base::Model { app, name, .. } if app.is_empty() => format!("'{name}'"),
            Base::Model { app, name, .. } => format!("'{app}.{name}'"),
            Base::Class { path, .. } => path.to_string(),
            Base::Unknown(unknown) => self.unknown(unknown),
        }
    }

    fn arguments(&self, kind: &Kind) -> String {
        let text = |text: &str| repr(text);
        match kind {
            Kind::CreateModel(create) => create.name.to_string(),
            Kind::DeleteModel { name } => name.to_string(),
            Kind::RenameModel { old_name, new_name } => format!("{old_name} -> {new_name}"),
            Kind::AlterModelTable { name, table } => {
                format!("{name} {}", table.as_deref().map_or("None".into(), text))
            }
            Kind::AlterModelTableComment { name, comment } => {
                format!("{name} {}", comment.as_deref().map_or("None".into(), text))
            }
            Kind::AlterModelOptions { name, options } => {
                format!("{name} {}", self.options(options))
            }
            Kind::AlterModelManagers { name, managers } => {
                format!("{name} {}", self.values(managers))
            }
            Kind::AlterOrderWithRespectTo {
                name,
                order_with_respect_to: field,
            } => format!(
                "{name} {}",
                field.as_ref().map_or("None", FieldName::as_str)
            ),
            Kind::AlterTogether {
                name,
                option,
                fields,
            } => {
                let option = match option {
                    TogetherOption::Unique => "unique",
                    TogetherOption::Index => "index",
                };
                let sets: Vec<String> = fields.iter().map(|names| joined(names)).collect();
                format!("{name} {option} {}", sets.join(" "))
            }
            Kind::AddField {
                model_name,
                name,
                field,
                preserve_default,
            }
            | Kind::AlterField {
                model_name,
                name,
                field,
                preserve_default,
            } => {
                let default = if *preserve_default { "" } else { " for now" };
                format!("{model_name}.{name} {}{default}", self.field(field))
            }
            Kind::RemoveField { model_name, name } => format!("{model_name}.{name}"),
            Kind::RenameField {
                model_name,
                old_name,
                new_name,
            } => format!("{model_name}.{old_name} -> {new_name}"),
            _ => self.other_arguments(kind),
        }
    }

    fn other_arguments(&self, kind: &Kind) -> String {
        match kind {
            Kind::AddIndex {
                model_name,
                index,
                concurrently,
            } => {
                let how = if *concurrently { " concurrently" } else { "" };
                format!("{model_name} {}{how}", self.index(index))
            }
            Kind::RemoveIndex {
                model_name,
                name,
                concurrently,
            } => {
                let how = if *concurrently { " concurrently" } else { "" };
                format!("{model_name} {name}{how}")
            }
            Kind::RenameIndex {
                model_name,
                new_name,
                old_name,
                old_fields,
            } => {
                let old = match (old_name, old_fields) {
                    (Some(name), _) => name.to_string(),
                    (None, Some(fields)) => joined(fields),
                    (None, None) => "?".to_owned(),
                };
                format!("{model_name} {old} -> {new_name}")
            }
            Kind::AddConstraint {
                model_name,
                constraint,
                not_valid,
            } => {
                let how = if *not_valid { " not valid" } else { "" };
                format!("{model_name} {}{how}", self.constraint(constraint))
            }
            Kind::AlterConstraint {
                model_name,
                name,
                constraint,
            } => format!("{model_name} {name} {}", self.constraint(constraint)),
            Kind::RemoveConstraint { model_name, name }
            | Kind::ValidateConstraint { model_name, name } => format!("{model_name} {name}"),
            Kind::RunSql(run) => self.run_sql(run),
            Kind::RunPython(run) => {
                let mut told = self.value(&run.code);
                if let Some(reverse) = &run.reverse_code {
                    let _ = write!(told, " reverse {}", self.value(reverse));
                }
                if let Some(atomic) = run.atomic {
                    let _ = write!(told, " atomic {atomic}");
                }
                told.push_str(&self.hints(run.hints.as_ref(), run.elidable));
                told
            }
            Kind::CreateExtension { name } => name.to_string(),
            Kind::CreateCollation(of) | Kind::RemoveCollation(of) => {
                format!(
                    "{} {} {} deterministic {}",
                    of.name, of.locale, of.provider, of.deterministic
                )
            }
            Kind::Custom(custom) => format!("({})", self.call(&custom.args, &custom.kwargs)),
            Kind::Opaque(opaque) => {
                let arguments = self.call(&opaque.args, &opaque.kwargs);
                format!(
                    "({arguments}) state effect {:?}, because {}",
                    opaque.state_effect, opaque.reason
                )
            }
            _ => String::new(),
        }
    }

    fn hints(&self, hints: Option<&SpannedValue>, elidable: bool) -> String {
        let hints = hints.map_or(String::new(), |hints| {
            format!(" hints {}", self.value(hints))
        });
        format!("{hints}{}", if elidable { " elidable" } else { "" })
    }

    fn run_sql(&self, run: &RunSql) -> String {
        let text = |sql: &Known<Sql>| match sql {
            Known::No(unknown) => self.unknown(unknown),
            Known::Yes(Sql::Text(text)) => repr(&text.value),
            Known::Yes(Sql::List(statements)) => {
                let told = statements.iter().map(|statement| match &statement.params {
                    None => repr(&statement.text.value),
                    Some(params) => {
                        format!("({}, {})", repr(&statement.text.value), self.value(params))
                    }
                });
                format!("[{}]", told.collect::<Vec<_>>().join(", "))
            }
        };
        let mut told = text(&run.sql);
        if let Some(reverse) = &run.reverse_sql {
            let _ = write!(told, " reverse {}", text(reverse));
        }
        told.push_str(&self.hints(run.hints.as_ref(), run.elidable));
        told
    }

    fn options(&self, options: &Options) -> String {
        let entries = options.entries.iter().map(|(name, value)| {
            let told = match name.value.as_str() {
                "indexes" => {
                    let told = options.indexes.iter().map(|index| self.index(index));
                    format!("[{}]", told.collect::<Vec<_>>().join(", "))
                }
                "constraints" => {
                    let told = options.constraints.iter().map(|each| self.constraint(each));
                    format!("[{}]", told.collect::<Vec<_>>().join(", "))
                }
                _ => self.value(value),
            };
            format!("{}={told}", name.value)
        });
        entries.collect::<Vec<_>>().join(", ")
    }

    fn field(&self, field: &Field) -> String {
        let class = field.class.rsplit('.').next().unwrap_or_default();
        let mut told = format!("{class}({})", self.call(&[], &field.options));
        match &field.kind {
            Known::Yes(kind) if kind.as_str() == class && field.class.starts_with("django.") => {}
            Known::Yes(kind) => {
                let _ = write!(told, " is {}", kind.as_str());
                if let Some(base) = &field.base_options {
                    let _ = write!(told, "({})", self.call(&[], base));
                }
            }
            Known::No(unknown) => {
                let _ = write!(told, " is {}", self.unknown(unknown));
            }
        }
        if let Some(own) = field.own.as_ref().and_then(|own| own.db_type.as_ref()) {
            let _ = write!(told, ", type {}", self.column_type(own));
        }
        if let Some(inner) = &field.inner {
            let _ = write!(told, " of {}", self.field(inner));
        }
        if let Some(expression) = &field.generated {
            let _ = write!(told, " as {}", self.expression(expression));
        }
        if let Some(default) = &field.db_default {
            let _ = write!(told, " defaulting to {}", self.expression(default));
        }
        told
    }

    fn index(&self, index: &Index) -> String {
        let class = index.class.rsplit('.').next().unwrap_or_default();
        let mut told = self.expressions(&index.expressions);
        self.options_beside(&index.options, &mut told);
        let mut told = format!("{class}({})", told.join(", "));
        if let Some(condition) = &index.condition {
            let _ = write!(told, " where {}", self.expression(condition));
        }
        told
    }

    fn constraint(&self, constraint: &Constraint) -> String {
        let class = constraint.class.rsplit('.').next().unwrap_or_default();
        let mut told = self.expressions(&constraint.expressions);
        for (expression, operator) in told.iter_mut().zip(&constraint.operators) {
            let _ = match operator {
                Known::Yes(operator) => write!(expression, " with {operator}"),
                Known::No(unknown) => write!(expression, " with {}", self.unknown(unknown)),
            };
        }
        self.options_beside(&constraint.options, &mut told);
        let mut told = format!("{class}({})", told.join(", "));
        if !constraint.class.starts_with("django.") {
            let _ = write!(told, " is {:?}", constraint.kind);
        }
        if let Some(condition) = &constraint.condition {
            let _ = write!(told, " where {}", self.expression(condition));
        }
        told
    }

    /// Options that are not told as expressions.
    fn options_beside(&self, options: &[(smol_str::SmolStr, SpannedValue)], out: &mut Vec<String>) {
        let beside = options
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "condition" | "expressions" | "check"));
        out.extend(beside.map(|(name, value)| format!("{name}={}", self.value(value))));
    }

    fn expressions(&self, expressions: &[Expression]) -> Vec<String> {
        let told = expressions.iter().map(|each| self.expression(each));
        told.collect()
    }

    fn expression(&self, expression: &Expression) -> String {
        let known = |text: &Known<smol_str::SmolStr>| match text {
            Known::Yes(text) => repr(text),
            Known::No(unknown) => self.unknown(unknown),
        };
        let typed = |field: Option<&Field>| {
            field.map_or(String::new(), |field| format!(" :: {}", self.field(field)))
        };
        match &expression.kind {
            ExpressionKind::Field(path) => path.to_string(),
            ExpressionKind::Value(of) => {
                format!(
                    "{}{}",
                    self.value(&of.value),
                    typed(of.output_field.as_ref())
                )
            }
            ExpressionKind::Q(q) => self.q(q),
            ExpressionKind::Combined(of) => format!(
                "({} {} {})",
                self.expression(&of.left),
                of.operator.as_str(),
                self.expression(&of.right)
            ),
            ExpressionKind::Not(inner) => format!("not {}", self.expression(inner)),
            ExpressionKind::Function(of) => {
                let mut told = self.expressions(&of.args);
                self.options_beside(&of.options, &mut told);
                let own = of.class.rsplit('.').next() != Some(of.kind.as_str());
                let class = if own {
                    format!("{}:", of.class)
                } else {
                    String::new()
                };
                format!(
                    "{class}{}({}){}",
                    of.kind.as_str(),
                    told.join(", "),
                    typed(of.output_field.as_ref())
                )
            }
            ExpressionKind::Comparison(of) => format!(
                "({} {} {})",
                self.expression(&of.left),
                of.lookup,
                self.expression(&of.right)
            ),
            ExpressionKind::OrderBy(of) => format!(
                "{} {}{}{}",
                self.expression(&of.expression),
                if of.descending { "desc" } else { "asc" },
                if of.nulls_first { " nulls first" } else { "" },
                if of.nulls_last { " nulls last" } else { "" }
            ),
            ExpressionKind::Case(of) => {
                let cases = of.cases.iter().map(|when| {
                    let condition = self.expression(&when.condition);
                    format!("when {condition} then {} ", self.expression(&when.then))
                });
                let cases: String = cases.collect();
                let default = self.expression(&of.default);
                format!(
                    "case {cases}else {default}{}",
                    typed(of.output_field.as_ref())
                )
            }
            ExpressionKind::Cast(of) | ExpressionKind::Wrapper(of) => {
                let how = match expression.kind {
                    ExpressionKind::Cast(_) => "cast",
                    _ => "typed",
                };
                let field = match &of.output_field {
                    Known::Yes(field) => self.field(field),
                    Known::No(unknown) => self.unknown(unknown),
                };
                format!("{how} {} :: {field}", self.expression(&of.expression))
            }
            ExpressionKind::Collate {
                expression,
                collation,
            } => format!(
                "{} collate {}",
                self.expression(expression),
                known(collation)
            ),
            ExpressionKind::OpClass { expression, name } => {
                format!("{} opclass {}", self.expression(expression), known(name))
            }
            ExpressionKind::RawSql(of) => {
                format!("sql {} [{}]", known(&of.sql), self.values(&of.params))
            }
            ExpressionKind::List(items) => format!("({})", self.expressions(items).join(", ")),
            ExpressionKind::Opaque { class } => format!("{class}(...)"),
            ExpressionKind::Unknown(unknown) => self.unknown(unknown),
        }
    }

    fn q(&self, q: &Q) -> String {
        let children = q.children.iter().map(|child| match child {
            expression::Condition::Q(q) => self.q(q),
            expression::Condition::Lookup(lookup) => format!(
                "{} {} {}",
                lookup.path,
                lookup.lookup,
                self.expression(&lookup.value)
            ),
            expression::Condition::Expression(expression) => self.expression(expression),
        });
        let children: Vec<String> = children.collect();
        let told = children.join(&format!(" {} ", q.connector.as_str()));
        format!("{}({told})", if q.negated { "not " } else { "" })
    }

    fn call(&self, args: &[SpannedValue], kwargs: &[(smol_str::SmolStr, SpannedValue)]) -> String {
        let args = args.iter().map(|value| self.value(value));
        let kwargs = kwargs
            .iter()
            .map(|(name, value)| format!("{name}={}", self.value(value)));
        args.chain(kwargs).collect::<Vec<_>>().join(", ")
    }

    fn values(&self, values: &[SpannedValue]) -> String {
        let told = values.iter().map(|value| self.value(value));
        told.collect::<Vec<_>>().join(", ")
    }

    fn value(&self, value: &SpannedValue) -> String {
        match &value.value {
            Value::None => "None".to_owned(),
            Value::Bool(true) => "True".to_owned(),
            Value::Bool(false) => "False".to_owned(),
            Value::Int(number) => number.to_string(),
            Value::BigInt(digits) => digits.to_string(),
            Value::Float(number) => format!("{number:?}"),
            Value::Complex(text) => format!("{text}j"),
            Value::Str(text) => repr(text),
            Value::Bytes(bytes) => format!("b{}", repr(&String::from_utf8_lossy(bytes))),
            Value::Ellipsis => "...".to_owned(),
            Value::List(items) => format!("[{}]", self.values(items)),
            Value::Tuple(items) if items.len() == 1 => format!("({},)", self.values(items)),
            Value::Tuple(items) => format!("({})", self.values(items)),
            Value::Set(items) => format!("{{{}}}", self.values(items)),
            Value::Dict(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| format!("{}: {}", self.value(key), self.value(value)));
                format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
            Value::Path(path) => path.to_string(),
            Value::Setting(name) => format!("settings.{name}"),
            Value::Object(object) => {
                format!(
                    "{}({})",
                    object.path,
                    self.call(&object.args, &object.kwargs)
                )
            }
            Value::Conditional(of) => format!(
                "[{} if {} else {}]",
                self.value(&of.then),
                self.condition(&of.condition),
                self.value(&of.otherwise)
            ),
            Value::Unknown(unknown) => self.unknown(unknown),
        }
    }

    fn column_type(&self, own: &Known<Choices<Known<Option<TypeText>>>>) -> String {
        let choices = match own {
            Known::Yes(Choices(choices)) => choices,
            Known::No(unknown) => return self.unknown(unknown),
        };
        let told = choices.iter().map(|(condition, text)| {
            let text = match text {
                Known::Yes(text) => column_text(text.as_ref()),
                Known::No(unknown) => self.unknown(unknown),
            };
            match condition {
                Condition::All(parts) if parts.is_empty() => text,
                condition => format!("{text} if {}", self.condition(condition)),
            }
        });
        told.collect::<Vec<_>>().join(" else ")
    }

    fn condition(&self, condition: &Condition) -> String {
        let several = |parts: &[Condition], word: &str| {
            let told = parts.iter().map(|part| self.condition(part));
            format!("({})", told.collect::<Vec<_>>().join(word))
        };
        match condition {
            Condition::Feature { name, .. } => format!("the database has {name}"),
            Condition::Version {
                comparison,
                version,
                ..
            } => format!("the version is {comparison:?} {version:?}"),
            Condition::Vendor { vendors, .. } => format!("vendor is {}", vendors.join(" or ")),
            Condition::Schema { test, .. } => format!("{test:?}"),
            Condition::Not(inner) => format!("not {}", self.condition(inner)),
            Condition::All(parts) => several(parts, " and "),
            Condition::Any(parts) => several(parts, " or "),
            Condition::Unknown(unknown) => self.unknown(unknown),
        }
    }
}

fn column_text(text: Option<&TypeText>) -> String {
    let Some(text) = text else {
        return "no column".to_owned();
    };
    let pieces = text.pieces.iter().map(|piece| match piece {
        TypePiece::Str(text) => text.to_string(),
        TypePiece::Inherited => "<inherited>".to_owned(),
        TypePiece::Of(field) => format!("<of {}>", field.class),
    });
    pieces.collect()
}

fn kind_name(kind: &Kind) -> String {
    let debug = format!("{kind:?}");
    let end = debug.find([' ', '(', '{']).unwrap_or(debug.len());
    debug[..end].to_owned()
}

fn joined(names: &[FieldName]) -> String {
    let names: Vec<&str> = names.iter().map(FieldName::as_str).collect();
    format!("({})", names.join(", "))
}

/// As Python would print it, in single quotes.
fn repr(text: &str) -> String {
    let escaped = text.escape_debug().to_string().replace("\\\"", "\"");
    format!("'{escaped}'")
}
