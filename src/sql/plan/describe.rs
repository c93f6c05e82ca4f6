//! What Django says of an operation in the comment above its SQL.
//!
//! Source: the `describe` methods in `django/db/migrations/operations/` and
//! `django/contrib/postgres/operations.py`, 5.2.

use crate::ir::expression::{Expression, ExpressionKind, Function, FunctionKind, OrderBy};
use crate::ir::index::Index;
use crate::ir::operation::{CreateModel, Custom, TogetherOption};
use crate::ir::value::SpannedValue;
use crate::ir::{Known, Operation, OperationKind, Value};

/// `Create model Book`.
#[must_use]
pub(super) fn describe(operation: &Operation) -> String {
    if let Some(Known::Yes(own)) = operation
        .methods
        .as_ref()
        .and_then(|it| it.description.as_ref())
    {
        return own.to_string();
    }
    match &operation.kind {
        OperationKind::CreateModel(create) => {
            let proxy = if is_proxy(create) { "proxy " } else { "" };
            format!("Create {proxy}model {}", create.name)
        }
        OperationKind::DeleteModel { name } => format!("Delete model {name}"),
        OperationKind::RenameModel { old_name, new_name } => {
            format!("Rename model {old_name} to {new_name}")
        }
        OperationKind::AlterModelTable { name, table } => {
            let table = table.as_deref().unwrap_or("(default)");
            format!("Rename table for {name} to {table}")
        }
        OperationKind::AlterModelTableComment { name, .. } => {
            format!("Alter {name} table comment")
        }
        OperationKind::AlterModelOptions { name, .. } => format!("Change Meta options on {name}"),
        OperationKind::AlterModelManagers { name, .. } => format!("Change managers on {name}"),
        OperationKind::AlterOrderWithRespectTo {
            name,
            order_with_respect_to,
        } => {
            let field = match order_with_respect_to {
                Some(field) => field.as_str(),
                None => "None",
            };
            format!("Set order_with_respect_to on {name} to {field}")
        }
        OperationKind::AlterTogether {
            name,
            option,
            fields,
        } => {
            let option = match option {
                TogetherOption::Unique => "unique_together",
                TogetherOption::Index => "index_together",
            };
            format!("Alter {option} for {name} ({} constraint(s))", fields.len())
        }
        OperationKind::AddField {
            model_name, name, ..
        } => format!("Add field {name} to {model_name}"),
        OperationKind::AlterField {
            model_name, name, ..
        } => format!("Alter field {name} on {model_name}"),
        OperationKind::RemoveField { model_name, name } => {
            format!("Remove field {name} from {model_name}")
        }
        OperationKind::RenameField {
            model_name,
            old_name,
            new_name,
        } => format!("Rename field {old_name} on {model_name} to {new_name}"),
        OperationKind::AddIndex {
            model_name,
            index,
            concurrently,
        } => add_index(index, model_name.as_str(), *concurrently),
        OperationKind::RemoveIndex {
            model_name,
            name,
            concurrently,
        } => {
            let remove = if *concurrently {
                "Concurrently remove"
            } else {
                "Remove"
            };
            format!("{remove} index {name} from {model_name}")
        }
        OperationKind::RenameIndex {
            model_name,
            new_name,
            old_name,
            old_fields,
        } => match (old_name, old_fields) {
            (Some(old_name), _) => format!("Rename index {old_name} on {model_name} to {new_name}"),
            (None, fields) => {
                let fields = fields.as_deref().unwrap_or_default();
                let fields: Vec<String> = fields.iter().map(|field| format!("'{field}'")).collect();
                let comma = if fields.len() == 1 { "," } else { "" };
                format!(
                    "Rename unnamed index for ({}{comma}) on {model_name} to {new_name}",
                    fields.join(", ")
                )
            }
        },
        OperationKind::AddConstraint {
            model_name,
            constraint,
            not_valid,
        } => {
            let what = if *not_valid {
                "not valid constraint"
            } else {
                "constraint"
            };
            let name = constraint.name().unwrap_or("None");
            format!("Create {what} {name} on model {model_name}")
        }
        OperationKind::RemoveConstraint { model_name, name } => {
            format!("Remove constraint {name} from model {model_name}")
        }
        OperationKind::AlterConstraint {
            model_name, name, ..
        } => format!("Alter constraint {name} on {model_name}"),
        OperationKind::ValidateConstraint { model_name, name } => {
            format!("Validate constraint {name} on model {model_name}")
        }
        OperationKind::SeparateDatabaseAndState { .. } => {
            "Custom state/database change combination".to_owned()
        }
        OperationKind::RunSql(_) => "Raw SQL operation".to_owned(),
        OperationKind::RunPython(_) => "Raw Python operation".to_owned(),
        OperationKind::CreateExtension { name } => format!("Creates extension {name}"),
        OperationKind::CreateCollation(collation) => {
            format!("Create collation {}", collation.name)
        }
        OperationKind::RemoveCollation(collation) => {
            format!("Remove collation {}", collation.name)
        }
        OperationKind::Custom(custom) => {
            let name = operation.class_name();
            match constructor_args(custom) {
                Some(args) => format!("{name}: {args}"),
                None => name.to_owned(),
            }
        }
        OperationKind::Opaque(_) => operation.class_name().to_owned(),
    }
}

/// `repr(operation._constructor_args)`; `None` where a value has no form that is known.
fn constructor_args(custom: &Custom) -> Option<String> {
    let args: Option<Vec<String>> = custom
        .args
        .iter()
        .map(|arg| value_repr(&arg.value))
        .collect();
    let kwargs: Option<Vec<String>> = custom
        .kwargs
        .iter()
        .map(|(name, value)| Some(format!("'{name}': {}", value_repr(&value.value)?)))
        .collect();
    let args = args?;
    let comma = if args.len() == 1 { "," } else { "" };
    Some(format!(
        "(({}{comma}), {{{}}})",
        args.join(", "),
        kwargs?.join(", ")
    ))
}

/// Python's `repr` of plain values.
fn value_repr(value: &Value) -> Option<String> {
    let all = |items: &[SpannedValue]| {
        let items = items.iter().map(|item| value_repr(&item.value));
        items.collect::<Option<Vec<String>>>()
    };
    Some(match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::BigInt(digits) => digits.to_string(),
        Value::Str(text) => {
            let is_plain = !text
                .chars()
                .any(|c| c == '\'' || c == '\\' || c.is_control());
            return is_plain.then(|| format!("'{text}'"));
        }
        Value::List(items) => format!("[{}]", all(items)?.join(", ")),
        Value::Tuple(items) => {
            let comma = if items.len() == 1 { "," } else { "" };
            format!("({}{comma})", all(items)?.join(", "))
        }
        Value::Dict(pairs) => {
            let pairs = pairs.iter().map(|(key, value)| {
                Some(format!(
                    "{}: {}",
                    value_repr(&key.value)?,
                    value_repr(&value.value)?
                ))
            });
            format!("{{{}}}", pairs.collect::<Option<Vec<String>>>()?.join(", "))
        }
        _ => return None,
    })
}

fn is_proxy(create: &CreateModel) -> bool {
    matches!(
        create.options.get("proxy").map(|value| &value.value),
        Some(Value::Bool(true))
    )
}

fn add_index(index: &Index, model: &str, concurrently: bool) -> String {
    let name = index.name().unwrap_or("None");
    if concurrently || index.expressions.is_empty() {
        let create = if concurrently {
            "Concurrently create"
        } else {
            "Create"
        };
        let fields = index.fields().join(", ");
        return format!("{create} index {name} on field(s) {fields} of model {model}");
    }
    let expressions: Vec<String> = index.expressions.iter().map(repr).collect();
    format!(
        "Create index {name} on {} on model {model}",
        expressions.join(", ")
    )
}

/// `str(expression)` as Python has it.
/// Source: the `__repr__` and `__str__` methods in `django/db/models/expressions.py`,
/// 5.2.
fn repr(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Field(path) => {
            let mut name = path.field.to_string();
            for transform in &path.transforms {
                name.push_str("__");
                name.push_str(transform);
            }
            format!("F({name})")
        }
        ExpressionKind::Value(value) => format!("Value({})", python(&value.value.value)),
        ExpressionKind::OrderBy(order) => order_by(order),
        ExpressionKind::Combined(combined) => {
            use crate::ir::expression::Operator;
            let operator = match combined.operator {
                Operator::Add => "+",
                Operator::Sub => "-",
                Operator::Mul => "*",
                Operator::Div => "/",
                Operator::Mod => "%%",
                Operator::Pow => "^",
                Operator::BitAnd => "&",
                Operator::BitOr => "|",
                Operator::BitXor => "#",
                Operator::BitLeftShift => "<<",
                Operator::BitRightShift => ">>",
            };
            format!(
                "{} {operator} {}",
                repr(&combined.left),
                repr(&combined.right)
            )
        }
        ExpressionKind::Function(function) => self::function(function),
        ExpressionKind::Collate { expression, .. } => format!("Collate({})", repr(expression)),
        ExpressionKind::OpClass { expression, name } => {
            let name = name.known().map_or("None", |name| name.as_str());
            format!("OpClass({}, name={name})", repr(expression))
        }
        ExpressionKind::Cast(typed) => format!("Cast({})", repr(&typed.expression)),
        ExpressionKind::Wrapper(typed) => {
            format!("ExpressionWrapper({})", repr(&typed.expression))
        }
        _ => "...".to_owned(),
    }
}

/// Whether nulls come first or last shows nowhere.
fn order_by(order: &OrderBy) -> String {
    let descending = if order.descending { "True" } else { "False" };
    let expression = repr(&order.expression);
    format!("OrderBy({expression}, descending={descending})")
}

fn function(function: &Function) -> String {
    let class = function.class.rsplit('.').next().unwrap_or_default();
    let mut arguments: Vec<String> = function.args.iter().map(repr).collect();
    let mut joiner = ", ";
    match function.kind {
        // Two at a time, from the end.
        FunctionKind::Concat => {
            while arguments.len() > 2 {
                let last = arguments.split_off(arguments.len() - 2);
                arguments.push(format!("ConcatPair({})", last.join(", ")));
            }
            return format!("{class}(ConcatPair({}))", arguments.join(", "));
        }
        FunctionKind::SearchVector => joiner = " || ' ' || ",
        _ => {}
    }
    let mut text = format!("{class}({}", arguments.join(joiner));
    if function.kind == FunctionKind::Func {
        let mut options: Vec<_> = function.options.iter().collect();
        options.sort_by(|(left, _), (right, _)| left.cmp(right));
        for (name, value) in options {
            match &value.value {
                Value::Str(option) => text.push_str(&format!(", {name}={option}")),
                value => text.push_str(&format!(", {name}={}", python(value))),
            }
        }
    }
    text.push(')');
    text
}

/// `repr(value)`.
fn python(value: &Value) -> String {
    match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Str(text) if text.contains('\'') && !text.contains('"') => format!("\"{text}\""),
        Value::Str(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
        _ => "...".to_owned(),
    }
}
