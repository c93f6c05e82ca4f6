//! The IR in the words of `operations.py`, so that the two can be compared.
//!
//! Differences of form remain: fields, indexes and constraints are told under
//! `$field` and `$index` with the options as written; what could not be read is
//! `$unknown` with the reason; names are `$path`. What depends on the database is
//! told as one vendor has it, that of the database which Django was given.

use std::cell::Cell;

use serde_json::{Map, Value as Json, json};
use smol_str::SmolStr;
use whimbrel::ir::constraint::Constraint;
use whimbrel::ir::expression::{self, FunctionKind, Q};
use whimbrel::ir::index::Index;
use whimbrel::ir::operation::{Base, Collation, Options, RunPython, RunSql, Sql, TogetherOption};
use whimbrel::ir::value::{Condition, SpannedValue};
use whimbrel::ir::{
    Dependency, DependencyTarget, Expression, ExpressionKind, Field, FieldName, Known,
};
use whimbrel::ir::{Migration, Operation, OperationKind, Unknown, Value};

thread_local! {
    /// The vendor of whom conditions are asked.
    static VENDOR: Cell<&'static str> = const { Cell::new("sqlite") };
}

/// A migration as a vendor's database gets it.
pub(crate) fn migration_on(vendor: &'static str, of: &Migration) -> Json {
    let before = VENDOR.replace(vendor);
    let told = migration(of);
    VENDOR.set(before);
    told
}

fn migration(migration: &Migration) -> Json {
    let flag = |flag: &Option<whimbrel::base::Spanned<Known<bool>>>| match flag {
        None => Json::Null,
        Some(flag) => match &flag.value {
            Known::Yes(flag) => json!(flag),
            Known::No(reason) => unknown(reason),
        },
    };
    let list = |dependencies: &[Dependency]| -> Json {
        // What only running code can tell is among what was not read.
        dependencies
            .iter()
            .filter(|it| !matches!(it.target, DependencyTarget::Computed(_)))
            .map(dependency)
            .collect::<Vec<_>>()
            .into()
    };
    let unread = migration.unread.iter().map(|unread| {
        let Json::Object(reason) = unknown(&unread.unknown) else {
            unreachable!("unknowns are told as objects")
        };
        json!({"attribute": unread.attribute, "reason": reason})
    });
    json!({
        "initial": flag(&migration.initial),
        "atomic": flag(&migration.atomic),
        "dependencies": list(&migration.dependencies),
        "run_before": list(&migration.run_before),
        "replaces": list(&migration.replaces),
        "unread": unread.collect::<Vec<_>>(),
        "operations": operations(&migration.operations),
    })
}

fn dependency(dependency: &Dependency) -> Json {
    let pair = dependency.target.key();
    let on = pair.map(|id| json!([id.app.as_str(), id.name.as_str()]));
    match &dependency.target {
        DependencyTarget::Migration(_) => json!({"on": on}),
        // Django keeps the setting's value under this name.
        DependencyTarget::Swappable { model, .. } => {
            json!({"on": on, "setting": model.known().map(|model| &**model)})
        }
        DependencyTarget::Computed(_) => json!({"on": on, "is_computed": true}),
    }
}

/// Those that run on the vendor's database.
fn operations(operations: &[Operation]) -> Vec<Json> {
    operations
        .iter()
        .filter(|operation| {
            let condition = operation.condition.as_ref();
            condition.is_none_or(|condition| holds(condition) != Some(false))
        })
        .map(operation)
        .collect()
}

/// Whether a condition holds on the vendor's database; `None` if that is not known.
fn holds(condition: &Condition) -> Option<bool> {
    match condition {
        Condition::Vendor { vendors, .. } => {
            let vendor = VENDOR.get();
            Some(vendors.iter().any(|name| name == vendor))
        }
        // All of Django's own backends that the suite asks have it.
        Condition::Feature { name, .. } if name == "supports_json_field" => Some(true),
        Condition::Feature { .. }
        | Condition::Version { .. }
        | Condition::Schema { .. }
        | Condition::Unknown(_) => None,
        Condition::Not(inner) => holds(inner).map(|holds| !holds),
        Condition::All(parts) => parts
            .iter()
            .map(holds)
            .try_fold(true, |all, part| Some(all && part?)),
        Condition::Any(parts) => parts
            .iter()
            .map(holds)
            .try_fold(false, |any, part| Some(any || part?)),
    }
}

pub(crate) fn operation(operation: &Operation) -> Json {
    let mut out = json!({
        "class": operation.class_name(),
        "path": &*operation.class,
        "elidable": elidable(operation),
    });
    let (extends, arguments) = arguments(operation);
    out["extends"] = json!(extends);
    out["kwargs"] = arguments;
    if !operation.not_understood.is_empty() {
        let reasons = operation.not_understood.iter().map(unknown);
        out["not_understood"] = reasons.collect::<Vec<_>>().into();
    }
    if let OperationKind::Opaque(opaque) = &operation.kind {
        out["opaque"] = json!(&*opaque.reason);
    }
    if let Some(condition) = &operation.condition
        && holds(condition).is_none()
    {
        out["condition"] = json!(format!("{condition:?}"));
    }
    out
}

fn elidable(operation: &Operation) -> bool {
    match &operation.kind {
        OperationKind::RunSql(run) => run.elidable,
        OperationKind::RunPython(run) => run.elidable,
        _ => false,
    }
}

/// The class of Django and the arguments by name; `null` is what was not given.
fn arguments(operation: &Operation) -> (&'static str, Json) {
    use OperationKind as Kind;
    match &operation.kind {
        Kind::CreateModel(create) => {
            let fields = create
                .fields
                .iter()
                .map(|(name, of)| json!({"$tuple": [name.value.as_str(), field(of)]}));
            let bases: Vec<Json> = create.bases.iter().map(base).collect();
            let arguments = json!({
                "name": create.name.as_str(),
                "fields": fields.collect::<Vec<_>>(),
                "options": options(&create.options),
                "bases": if bases.is_empty() { Json::Null } else { json!({"$tuple": bases}) },
                "managers": values(&create.managers),
            });
            ("CreateModel", arguments)
        }
        Kind::DeleteModel { name } => ("DeleteModel", json!({"name": name.as_str()})),
        Kind::RenameModel { old_name, new_name } => (
            "RenameModel",
            json!({"old_name": old_name.as_str(), "new_name": new_name.as_str()}),
        ),
        Kind::AlterModelTable { name, table } => (
            "AlterModelTable",
            json!({"name": name.as_str(), "table": table.as_deref()}),
        ),
        Kind::AlterModelTableComment { name, comment } => (
            "AlterModelTableComment",
            json!({"name": name.as_str(), "table_comment": comment.as_deref()}),
        ),
        Kind::AlterModelOptions { name, options: all } => (
            "AlterModelOptions",
            json!({"name": name.as_str(), "options": options(all)}),
        ),
        Kind::AlterModelManagers { name, managers } => (
            "AlterModelManagers",
            json!({"name": name.as_str(), "managers": values(managers)}),
        ),
        Kind::AlterOrderWithRespectTo {
            name,
            order_with_respect_to,
        } => (
            "AlterOrderWithRespectTo",
            json!({
                "name": name.as_str(),
                "order_with_respect_to": order_with_respect_to.as_ref().map(FieldName::as_str),
            }),
        ),
        Kind::AlterTogether {
            name,
            option,
            fields,
        } => {
            let sets: Vec<Json> = fields.iter().map(|names| field_names(names)).collect();
            match option {
                TogetherOption::Unique => (
                    "AlterUniqueTogether",
                    json!({"name": name.as_str(), "unique_together": {"$set": sets}}),
                ),
                TogetherOption::Index => (
                    "AlterIndexTogether",
                    json!({"name": name.as_str(), "index_together": {"$set": sets}}),
                ),
            }
        }
        Kind::AddField {
            model_name,
            name,
            field: of,
            preserve_default,
        }
        | Kind::AlterField {
            model_name,
            name,
            field: of,
            preserve_default,
        } => {
            let class = match operation.kind {
                Kind::AddField { .. } => "AddField",
                _ => "AlterField",
            };
            let arguments = json!({
                "model_name": model_name.as_str(),
                "name": name.as_str(),
                "field": field(of),
                "preserve_default": preserve_default,
            });
            (class, arguments)
        }
        Kind::RemoveField { model_name, name } => (
            "RemoveField",
            json!({"model_name": model_name.as_str(), "name": name.as_str()}),
        ),
        Kind::RenameField {
            model_name,
            old_name,
            new_name,
        } => (
            "RenameField",
            json!({
                "model_name": model_name.as_str(),
                "old_name": old_name.as_str(),
                "new_name": new_name.as_str(),
            }),
        ),
        _ => other_arguments(operation),
    }
}

fn other_arguments(operation: &Operation) -> (&'static str, Json) {
    use OperationKind as Kind;
    match &operation.kind {
        Kind::AddIndex {
            model_name,
            index: of,
            concurrently,
        } => (
            if *concurrently {
                "AddIndexConcurrently"
            } else {
                "AddIndex"
            },
            json!({"model_name": model_name.as_str(), "index": index(of)}),
        ),
        Kind::RemoveIndex {
            model_name,
            name,
            concurrently,
        } => (
            if *concurrently {
                "RemoveIndexConcurrently"
            } else {
                "RemoveIndex"
            },
            json!({"model_name": model_name.as_str(), "name": &**name}),
        ),
        Kind::RenameIndex {
            model_name,
            new_name,
            old_name,
            old_fields,
        } => (
            "RenameIndex",
            json!({
                "model_name": model_name.as_str(),
                "new_name": &**new_name,
                "old_name": old_name.as_deref(),
                "old_fields": old_fields.as_ref().map(|names| field_names(names)),
            }),
        ),
        Kind::AddConstraint {
            model_name,
            constraint: of,
            not_valid,
        } => (
            if *not_valid {
                "AddConstraintNotValid"
            } else {
                "AddConstraint"
            },
            json!({"model_name": model_name.as_str(), "constraint": constraint(of)}),
        ),
        Kind::RemoveConstraint { model_name, name } => (
            "RemoveConstraint",
            json!({"model_name": model_name.as_str(), "name": &**name}),
        ),
        Kind::AlterConstraint {
            model_name,
            name,
            constraint: of,
        } => (
            "AlterConstraint",
            json!({
                "model_name": model_name.as_str(),
                "name": &**name,
                "constraint": constraint(of),
            }),
        ),
        Kind::ValidateConstraint { model_name, name } => (
            "ValidateConstraint",
            json!({"model_name": model_name.as_str(), "name": &**name}),
        ),
        Kind::SeparateDatabaseAndState {
            database_operations,
            state_operations,
        } => (
            "SeparateDatabaseAndState",
            json!({
                "database_operations": nested(database_operations),
                "state_operations": nested(state_operations),
            }),
        ),
        Kind::RunSql(run) => ("RunSQL", run_sql(run)),
        Kind::RunPython(run) => ("RunPython", run_python(run)),
        Kind::CreateExtension { name } => ("CreateExtension", json!({"name": &**name})),
        Kind::CreateCollation(of) => ("CreateCollation", collation(of)),
        Kind::RemoveCollation(of) => ("RemoveCollation", collation(of)),
        Kind::Custom(custom) => ("Operation", by_place(&custom.args, &custom.kwargs)),
        Kind::Opaque(opaque) => ("", by_place(&opaque.args, &opaque.kwargs)),
        _ => unreachable!("told by `arguments`"),
    }
}

/// Arguments of a constructor that is not Django's: positional ones by their place.
fn by_place(args: &[SpannedValue], kwargs: &[(SmolStr, SpannedValue)]) -> Json {
    let mut arguments = keywords(kwargs);
    for (place, value) in args.iter().enumerate() {
        arguments.insert(place.to_string(), self::value(&value.value));
    }
    arguments.into()
}

fn nested(all: &[Operation]) -> Json {
    operations(all)
        .into_iter()
        .map(|operation| json!({"$operation": operation}))
        .collect::<Vec<_>>()
        .into()
}

fn run_sql(run: &RunSql) -> Json {
    let text = |sql: &Known<Sql>| match sql {
        Known::No(reason) => unknown(reason),
        Known::Yes(Sql::Text(text)) => json!(&*text.value),
        Known::Yes(Sql::List(statements)) => statements
            .iter()
            .map(|statement| match &statement.params {
                None => json!(&*statement.text.value),
                Some(params) => json!({"$tuple": [&*statement.text.value, value(&params.value)]}),
            })
            .collect::<Vec<_>>()
            .into(),
    };
    json!({
        "sql": text(&run.sql),
        "reverse_sql": run.reverse_sql.as_ref().map(text),
        "state_operations": nested(&run.state_operations),
        "hints": run.hints.as_ref().map(|hints| value(&hints.value)),
    })
}

fn run_python(run: &RunPython) -> Json {
    json!({
        "code": value(&run.code.value),
        "reverse_code": run.reverse_code.as_ref().map(|code| value(&code.value)),
        "atomic": run.atomic,
        "hints": run.hints.as_ref().map(|hints| value(&hints.value)),
    })
}

fn collation(of: &Collation) -> Json {
    json!({
        "name": &*of.name,
        "locale": &*of.locale,
        "provider": &*of.provider,
        "deterministic": of.deterministic,
    })
}

fn field_names(names: &[FieldName]) -> Json {
    json!({"$tuple": names.iter().map(FieldName::as_str).collect::<Vec<_>>()})
}

pub(crate) fn base(base: &Base) -> Json {
    match base {
        Base::Model { app, name, .. } if app.is_empty() => json!(name.as_str()),
        Base::Model { app, name, .. } => json!(format!("{app}.{name}")),
        Base::Class { path, .. } => json!({"$path": &**path}),
        Base::Unknown(reason) => unknown(reason),
    }
}

fn options(options: &Options) -> Json {
    let mut out = Map::new();
    for (name, value) in &options.entries {
        let told = match name.value.as_str() {
            "indexes" => options
                .indexes
                .iter()
                .map(|it| index(it))
                .collect::<Vec<_>>()
                .into(),
            "constraints" => {
                let constraints = options.constraints.iter();
                constraints
                    .map(|it| constraint(it))
                    .collect::<Vec<_>>()
                    .into()
            }
            _ => self::value(&value.value),
        };
        out.insert(name.value.to_string(), told);
    }
    out.into()
}

pub(crate) fn field(field: &Field) -> Json {
    let kind = match &field.kind {
        Known::Yes(kind) => json!(kind.as_str()),
        Known::No(reason) => unknown(reason),
    };
    let mut told = json!({
        "class": &*field.class,
        "kind": kind,
        "options": keywords(&field.options),
    });
    if let Some(inner) = &field.inner {
        told["inner"] = self::field(inner);
    }
    let mut typed = Map::new();
    for (name, expression) in [
        ("generated", &field.generated),
        ("db_default", &field.db_default),
    ] {
        if let Some(expression) = expression {
            typed.insert(name.to_owned(), tree(expression));
        }
    }
    told["typed"] = typed.into();
    if let Some(base) = &field.base_options {
        told["base_options"] = keywords(base).into();
    }
    json!({"$field": told})
}

pub(crate) fn index(index: &Index) -> Json {
    let mut told = described(&index.class, &index.args, &index.options);
    told["$call"]["typed"] = typed(&index.expressions, index.condition.as_ref()).into();
    told
}

pub(crate) fn constraint(constraint: &Constraint) -> Json {
    let mut told = described(&constraint.class, &constraint.args, &constraint.options);
    let mut typed = typed(&constraint.expressions, constraint.condition.as_ref());
    if !constraint.operators.is_empty() {
        let operators = constraint.operators.iter().map(known);
        typed.insert("operators".to_owned(), operators.collect::<Vec<_>>().into());
    }
    told["$call"]["typed"] = typed.into();
    told
}

fn typed(expressions: &[Expression], condition: Option<&Expression>) -> Map<String, Json> {
    let mut typed = Map::new();
    if !expressions.is_empty() {
        let trees: Vec<Json> = expressions.iter().map(tree).collect();
        typed.insert("expressions".to_owned(), trees.into());
    }
    if let Some(condition) = condition {
        typed.insert("condition".to_owned(), tree(condition));
    }
    typed
}

fn known(text: &Known<SmolStr>) -> Json {
    match text {
        Known::Yes(text) => json!(&**text),
        Known::No(reason) => unknown(reason),
    }
}

/// An expression as `tree_of` in `operations.py` tells it.
fn tree(expression: &Expression) -> Json {
    let output = |field: Option<&Field>| match field {
        None => Json::Null,
        Some(field) => json!(field.class.rsplit('.').next()),
    };
    match &expression.kind {
        ExpressionKind::Field(path) => json!(["F", path.to_string()]),
        ExpressionKind::Value(of) => {
            json!([
                "Value",
                value(&of.value.value),
                output(of.output_field.as_ref())
            ])
        }
        ExpressionKind::Q(q) => q_tree(q),
        ExpressionKind::Combined(of) => {
            json!([
                "Combined",
                of.operator.as_str(),
                tree(&of.left),
                tree(&of.right)
            ])
        }
        ExpressionKind::Not(inner) => json!(["Not", tree(inner)]),
        // An expression that is not a `Func`.
        ExpressionKind::Function(of) if of.kind == FunctionKind::RangeBoundary => {
            json!(["Opaque", "RangeBoundary"])
        }
        ExpressionKind::Function(of) => {
            let head = [
                json!("Function"),
                json!(of.kind.as_str()),
                output(of.output_field.as_ref()),
            ];
            head.into_iter().chain(of.args.iter().map(tree)).collect()
        }
        ExpressionKind::Comparison(of) => {
            json!(["Comparison", &*of.lookup, tree(&of.left), tree(&of.right)])
        }
        ExpressionKind::OrderBy(of) => json!([
            "OrderBy",
            of.descending,
            of.nulls_first,
            of.nulls_last,
            tree(&of.expression)
        ]),
        ExpressionKind::Case(of) => {
            let head = [json!("Case"), output(of.output_field.as_ref())];
            let cases = of
                .cases
                .iter()
                .map(|when| json!(["When", tree(&when.condition), tree(&when.then)]));
            let default = std::iter::once(tree(&of.default));
            head.into_iter().chain(cases).chain(default).collect()
        }
        ExpressionKind::Cast(of) => {
            json!([
                "Cast",
                output(of.output_field.known()),
                tree(&of.expression)
            ])
        }
        ExpressionKind::Wrapper(of) => {
            json!([
                "Wrapper",
                output(of.output_field.known()),
                tree(&of.expression)
            ])
        }
        ExpressionKind::Collate {
            expression,
            collation,
        } => json!(["Collate", known(collation), tree(expression)]),
        ExpressionKind::OpClass { expression, name } => {
            json!(["OpClass", known(name), tree(expression)])
        }
        ExpressionKind::RawSql(of) => json!(["RawSQL", known(&of.sql), values(&of.params)]),
        ExpressionKind::List(items) => {
            let head = std::iter::once(json!("List"));
            head.chain(items.iter().map(tree)).collect()
        }
        ExpressionKind::Opaque { class } => json!(["Opaque", class.rsplit('.').next()]),
        ExpressionKind::Unknown(reason) => unknown(reason),
    }
}

fn q_tree(q: &Q) -> Json {
    let head = [json!("Q"), json!(q.connector.as_str()), json!(q.negated)];
    let children = q.children.iter().map(|child| match child {
        expression::Condition::Q(q) => q_tree(q),
        expression::Condition::Lookup(lookup) => {
            json!(["lookup", &*lookup.name, tree(&lookup.value)])
        }
        expression::Condition::Expression(expression) => tree(expression),
    });
    head.into_iter().chain(children).collect()
}

fn described(class: &str, args: &[SpannedValue], kwargs: &[(SmolStr, SpannedValue)]) -> Json {
    json!({"$call": {"path": class, "args": values(args), "kwargs": keywords(kwargs)}})
}

fn keywords(pairs: &[(SmolStr, SpannedValue)]) -> Map<String, Json> {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), self::value(&value.value)))
        .collect()
}

pub(crate) fn values(items: &[SpannedValue]) -> Json {
    items
        .iter()
        .map(|item| value(&item.value))
        .collect::<Vec<_>>()
        .into()
}

fn unknown(unknown: &Unknown) -> Json {
    json!({"$unknown": &*unknown.reason})
}

pub(crate) fn value(value: &Value) -> Json {
    match value {
        Value::None => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::BigInt(digits) => serde_json::from_str(digits).expect("digits with a sign are JSON"),
        Value::Float(number) if number.is_finite() => json!(number),
        Value::Float(number) => json!({"$number": number.to_string()}),
        Value::Complex(text) => json!({"$number": format!("{text}j")}),
        Value::Str(text) => json!(&**text),
        Value::Bytes(bytes) => {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
            json!({"$bytes": hex.collect::<String>()})
        }
        Value::Ellipsis => json!({"$type": "builtins.ellipsis"}),
        Value::List(items) => values(items),
        Value::Tuple(items) => json!({"$tuple": values(items)}),
        Value::Set(items) => json!({"$set": values(items)}),
        Value::Dict(pairs) => {
            if pairs.iter().all(|(key, _)| key.value.as_str().is_some()) {
                let named = pairs.iter().map(|(key, value)| {
                    let key = key.value.as_str().expect("checked above");
                    (key.to_owned(), self::value(&value.value))
                });
                return named.collect::<Map<_, _>>().into();
            }
            let pairs = pairs
                .iter()
                .map(|(key, value)| json!([self::value(&key.value), self::value(&value.value)]));
            json!({"$dict": pairs.collect::<Vec<_>>()})
        }
        Value::Path(path) => json!({"$path": &**path}),
        Value::Setting(name) => json!({"$setting": [&**name]}),
        Value::Object(object) => described(&object.path, &object.args, &object.kwargs),
        Value::Conditional(conditional) => match holds(&conditional.condition) {
            Some(true) => self::value(&conditional.then.value),
            Some(false) => self::value(&conditional.otherwise.value),
            None => json!({"$unknown": format!("{:?}", conditional.condition)}),
        },
        Value::Unknown(reason) => unknown(reason),
    }
}
