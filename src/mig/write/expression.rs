//! Values and expressions as text. `None` is "cannot be written in this position".

use smol_str::SmolStr;

use super::super::lexer::is_plain_word;
use super::super::names::{self, BUILTINS};
use super::{Writer, text};
use crate::base::Spanned;
use crate::ir::Value;
use crate::ir::value::{Object, SpannedValue};

/// What a bare name and a string stand for, as the lowering has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    Value,
    Right,
    Operand,
    Argument,
}

/// How strongly an operand holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Sum,
    Product,
    Atom,
}

impl Writer<'_> {
    /// A Python value.
    pub(super) fn value(&mut self, value: &SpannedValue) -> Option<String> {
        self.expression(&value.value, Position::Value)
    }

    pub(super) fn expression(&mut self, value: &Value, position: Position) -> Option<String> {
        match value {
            Value::Object(object) => return self.object(object, position),
            Value::Str(name) if position == Position::Argument => return text::name(name),
            _ => {}
        }
        // Operands are `Value(...)`, which is told apart by `object`.
        if position == Position::Operand {
            return match value {
                Value::Path(path) => self.path(path),
                Value::Setting(name) => Some(format!("settings.{name}")),
                _ => None,
            };
        }
        self.plain(value, position)
    }

    /// What means the same in every position.
    fn plain(&mut self, value: &Value, position: Position) -> Option<String> {
        let inside = match position {
            Position::Value => Position::Value,
            _ => Position::Right,
        };
        Some(match value {
            Value::None => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::BigInt(digits) => digits.to_string(),
            Value::Float(value) => text::float(*value),
            Value::Str(value) => text::string(value),
            Value::Bytes(bytes) => text::bytes(bytes),
            Value::List(items) => format!("[{}]", self.items(items, inside)?),
            Value::Tuple(items) if items.len() == 1 => {
                format!("({},)", self.items(items, inside)?)
            }
            Value::Tuple(items) => format!("({})", self.items(items, inside)?),
            Value::Set(items) => format!("set([{}])", self.items(items, Position::Value)?),
            Value::Dict(entries) => {
                let mut shown = Vec::with_capacity(entries.len());
                for (key, value) in entries {
                    let key = self.expression(&key.value, Position::Value)?;
                    let value = self.expression(&value.value, inside)?;
                    shown.push(format!("{key}: {value}"));
                }
                format!("{{{}}}", shown.join(", "))
            }
            Value::Path(path) => return self.path(path),
            Value::Setting(name) => format!("settings.{name}"),
            Value::Object(object) => return self.object(object, position),
            Value::Complex(_) | Value::Ellipsis | Value::Conditional(_) | Value::Unknown(_) => {
                return None;
            }
        })
    }

    fn items(&mut self, items: &[SpannedValue], position: Position) -> Option<String> {
        let mut shown = Vec::with_capacity(items.len());
        for item in items {
            shown.push(self.expression(&item.value, position)?);
        }
        Some(shown.join(", "))
    }

    /// A Python object by its path.
    pub(super) fn path(&mut self, path: &str) -> Option<String> {
        if BUILTINS.contains(&path) {
            return Some(path.to_owned());
        }
        if let Some(own) = path
            .strip_prefix(self.module)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            let name = self.own_module()?;
            return is_path(own).then(|| format!(".{name}.{own}"));
        }
        if !path.contains('.') || path.starts_with("settings.") || !is_path(path) {
            return None;
        }
        Some(path.to_owned())
    }

    /// The module to which the migration's own functions move: a name that Django's
    /// loader passes over, and that code can import where the migration's own is none
    /// (`0002_fill-codes`).
    pub(super) fn own_module(&mut self) -> Option<String> {
        let name = self.module.rsplit('.').next().unwrap_or_default();
        let is_word = |it: char| it.is_alphanumeric() || it == '_';
        let moved: String = std::iter::once('_')
            .chain(name.chars().map(|it| if is_word(it) { it } else { '_' }))
            .collect();
        self.needs_module = Some(moved.as_str().into());
        is_plain_word(&moved).then_some(moved)
    }

    fn object(&mut self, object: &Object, position: Position) -> Option<String> {
        let path = object.path.as_str();
        if let Some(operator) = path.strip_prefix("operator.") {
            return self.operator(operator, object, position);
        }
        if path == "django.utils.translation.gettext_lazy" {
            return self.call("_", object, Position::Value);
        }
        match names::function_of_class(path) {
            Some("F") => self.field_reference(object, position),
            Some("Q") => self.explicit_q(object),
            Some("Value") => self.wrapped(object, position),
            Some("when") => self.when(object),
            Some("case") => self.case(object),
            Some("cast") => self.cast(object),
            Some("sql") => self.raw_sql(object),
            Some(name) => self.function(name, object),
            None if path.ends_with(".CombinedExpression")
                && path.starts_with("django.db.models") =>
            {
                self.combined_object(object)
                    .or_else(|| self.function(path, object))
            }
            None if names::is_expression_class(path) => self.function(path, object),
            None => {
                let callee = if BUILTINS.contains(&path) {
                    path.to_owned()
                } else {
                    self.path(path)?
                };
                self.call(&callee, object, Position::Value)
            }
        }
    }

    /// `callee(args)` with all arguments in one position.
    pub(super) fn call(
        &mut self,
        callee: &str,
        object: &Object,
        position: Position,
    ) -> Option<String> {
        let mut shown = Vec::with_capacity(object.args.len() + object.kwargs.len());
        for value in &object.args {
            shown.push(self.expression(&value.value, position)?);
        }
        for (name, value) in &object.kwargs {
            let value = self.named_argument(name, &value.value)?;
            shown.push(format!("{}={value}", text::word(name)?));
        }
        Some(format!("{callee}({})", shown.join(", ")))
    }

    fn named_argument(&mut self, name: &str, value: &Value) -> Option<String> {
        if matches!(name, "output_field" | "base_field") {
            return match value {
                Value::None => Some("null".to_owned()),
                _ => self.type_text(value),
            };
        }
        self.expression(value, Position::Value)
    }

    /// Positional arguments are expressions, named ones are options.
    fn function(&mut self, name: &str, object: &Object) -> Option<String> {
        let key = names::function_key(&object.path);
        let mut shown = Vec::with_capacity(object.args.len() + object.kwargs.len());
        for (at, value) in object.args.iter().enumerate() {
            let position = if names::is_plain_argument(key, at) {
                Position::Value
            } else {
                Position::Argument
            };
            shown.push(self.expression(&value.value, position)?);
        }
        for (option, value) in &object.kwargs {
            let is_expression = key == "json_object"
                || matches!(
                    option.as_str(),
                    "expression" | "default" | "condition" | "filter"
                );
            let is_type = matches!(option.as_str(), "output_field" | "base_field");
            let value = if is_expression && !is_type {
                self.expression(&value.value, Position::Argument)?
            } else {
                self.named_argument(option, &value.value)?
            };
            shown.push(format!("{}={value}", text::word(option)?));
        }
        Some(format!("{name}({})", shown.join(", ")))
    }

    /// The name in `F("name")`.
    pub(super) fn field_name(object: &Object) -> Option<&str> {
        match (object.args.as_slice(), object.kwargs.as_slice()) {
            ([name], []) => name.value.as_str(),
            ([], [(key, name)]) if key == "name" => name.value.as_str(),
            _ => None,
        }
    }

    fn field_reference(&mut self, object: &Object, position: Position) -> Option<String> {
        let name = Self::field_name(object)?;
        let shown = text::name(name);
        match (position, shown) {
            (Position::Right | Position::Operand, Some(shown)) => Some(shown),
            (_, Some(shown)) => Some(format!("F({shown})")),
            (_, None) => Some(format!("F({})", text::string(name))),
        }
    }

    fn wrapped(&mut self, object: &Object, position: Position) -> Option<String> {
        if let ([value], []) = (object.args.as_slice(), object.kwargs.as_slice()) {
            let is_text = matches!(value.value, Value::Str(_));
            let is_literal = matches!(
                value.value,
                Value::Str(_)
                    | Value::Int(_)
                    | Value::BigInt(_)
                    | Value::Float(_)
                    | Value::Bool(_)
                    | Value::None
                    | Value::Bytes(_)
            );
            if position == Position::Operand && is_literal
                || position == Position::Argument && is_text
            {
                return self.plain(&value.value, Position::Value);
            }
        }
        self.call("Value", object, Position::Value)
    }

    fn when(&mut self, object: &Object) -> Option<String> {
        let mut shown = Vec::new();
        if object.args.len() > 1 {
            return None;
        }
        for condition in &object.args {
            let condition = self.condition(&condition.value)?;
            // An argument that begins with a name and `=` is a named one.
            shown.push(match condition.split_once(" = ") {
                Some((name, _)) if text::is_written_name(name) => format!("({condition})"),
                _ => condition,
            });
        }
        let has_condition = !object.args.is_empty();
        let mut rest = Vec::new();
        for (name, value) in &object.kwargs {
            match name.as_str() {
                "then" if has_condition => {
                    shown.push(self.expression(&value.value, Position::Argument)?);
                }
                "then" => {
                    let value = self.expression(&value.value, Position::Argument)?;
                    rest.push(format!("then = {value}"));
                }
                "condition" => {
                    let value = self.condition(&value.value)?;
                    rest.push(format!("condition = {value}"));
                }
                name => {
                    let value = self.expression(&value.value, Position::Right)?;
                    rest.push(format!("{} = {value}", text::word(name)?));
                }
            }
        }
        shown.extend(rest);
        Some(format!("when({})", shown.join(", ")))
    }

    fn case(&mut self, object: &Object) -> Option<String> {
        let mut shown = Vec::new();
        for value in &object.args {
            shown.push(self.expression(&value.value, Position::Argument)?);
        }
        for (name, value) in &object.kwargs {
            let value = match name.as_str() {
                "output_field" => self.named_argument(name, &value.value)?,
                _ => self.expression(&value.value, Position::Argument)?,
            };
            shown.push(format!("{}={value}", text::word(name)?));
        }
        Some(format!("case({})", shown.join(", ")))
    }

    fn cast(&mut self, object: &Object) -> Option<String> {
        if object.args.len() + object.kwargs.len() != 2 {
            return None;
        }
        let mut shown = Vec::new();
        for (at, value) in object.args.iter().enumerate() {
            shown.push(match at {
                1 => self.type_text(&value.value)?,
                _ => self.expression(&value.value, Position::Argument)?,
            });
        }
        for (name, value) in &object.kwargs {
            let value = match name.as_str() {
                "output_field" => self.type_text(&value.value)?,
                _ => self.expression(&value.value, Position::Argument)?,
            };
            shown.push(format!("{name}={value}"));
        }
        Some(format!("cast({})", shown.join(", ")))
    }

    fn raw_sql(&mut self, object: &Object) -> Option<String> {
        let only_text = matches!(object.args.as_slice(), [_, params]
            if params.value == Value::Tuple(Vec::new()) && object.kwargs.is_empty());
        if only_text {
            let sql = object.args.first()?;
            let sql = self.expression(&sql.value, Position::Value)?;
            return Some(format!("sql({sql})"));
        }
        if object.args.len() == 1 && object.kwargs.is_empty() {
            return None;
        }
        self.call("sql", object, Position::Value)
    }

    /// `CombinedExpression(left, "*", right)`.
    fn combined_object(&mut self, object: &Object) -> Option<String> {
        let ([left, sign, right], []) = (object.args.as_slice(), object.kwargs.as_slice()) else {
            return None;
        };
        let sign = sign_of_connector(sign.value.as_str()?)?;
        self.arithmetic(&left.value, sign, &right.value)
    }

    fn arithmetic(&mut self, left: &Value, sign: &str, right: &Value) -> Option<String> {
        let own = strength_of_sign(sign);
        let (left_text, left_strength) = self.operand(left)?;
        let (right_text, right_strength) = self.operand(right)?;
        let left_text = if left_strength < own {
            format!("({left_text})")
        } else {
            left_text
        };
        let right_text = if right_strength <= own {
            format!("({right_text})")
        } else {
            right_text
        };
        Some(format!("{left_text} {sign} {right_text}"))
    }

    fn operand(&mut self, value: &Value) -> Option<(String, Strength)> {
        let strength = match value {
            Value::Object(object) => {
                arithmetic_sign(object).map_or(Strength::Atom, strength_of_sign)
            }
            _ => Strength::Atom,
        };
        // Operands of Python's operators are wrapped by Django.
        let literal = matches!(
            value,
            Value::Str(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_)
        );
        let shown = if literal {
            self.plain(value, Position::Value)?
        } else {
            self.expression(value, Position::Operand)?
        };
        Some((shown, strength))
    }

    /// What Python's operators and methods have made of expressions.
    fn operator(&mut self, name: &str, object: &Object, position: Position) -> Option<String> {
        match name {
            "and_" | "or_" | "xor" | "invert" => {
                let value = Value::Object(Box::new(object.clone()));
                if !Self::is_q(&value) {
                    return None;
                }
                if position == Position::Value {
                    self.explicit_q(object)
                } else {
                    self.condition(&value)
                }
            }
            "add" | "sub" | "mul" | "truediv" | "mod" => {
                let [left, right] = object.args.as_slice() else {
                    return None;
                };
                if !is_expression(left) && !is_expression(right) {
                    return None;
                }
                let sign = arithmetic_sign(object)?;
                self.arithmetic(&left.value, sign, &right.value)
            }
            _ => self.combined_by_method(name, object),
        }
    }

    /// What has no sign here: the constructor that Django's operators and methods call.
    /// Source: `Combinable` in `django/db/models/expressions.py`, 5.2.
    fn combined_by_method(&mut self, name: &str, object: &Object) -> Option<String> {
        let args = object.args.as_slice();
        if !object.kwargs.is_empty() || !args.iter().any(is_expression) {
            return None;
        }
        if let ("neg", [only]) = (name, args) {
            return self.arithmetic(&only.value, "*", &Value::Int(-1));
        }
        let connector = match name {
            "pow" => "^",
            "methodcaller.bitand" => "&",
            "methodcaller.bitor" => "|",
            "methodcaller.bitxor" => "#",
            "methodcaller.bitleftshift" => "<<",
            "methodcaller.bitrightshift" => ">>",
            _ => return None,
        };
        let [left, right] = args else {
            return None;
        };
        let value = |path: &'static str, args: Vec<SpannedValue>| {
            Value::Object(Box::new(Object {
                path: SmolStr::new_static(path),
                args,
                kwargs: Vec::new(),
            }))
        };
        let side = |side: &SpannedValue| {
            if is_expression(side) {
                return side.clone();
            }
            let wrapped = value("django.db.models.Value", vec![side.clone()]);
            Spanned::new(wrapped, side.span)
        };
        let connector = Spanned::new(Value::Str(SmolStr::new_static(connector)), left.span);
        let path = "django.db.models.expressions.CombinedExpression";
        let combined = value(path, vec![side(left), connector, side(right)]);
        self.expression(&combined, Position::Value)
    }
}

/// Whether a value is an object of Django's expressions, or what operators made of one.
fn is_expression(value: &SpannedValue) -> bool {
    matches!(&value.value, Value::Object(object)
        if names::is_expression_class(&object.path) || object.path.starts_with("operator."))
}

fn sign_of_connector(connector: &str) -> Option<&'static str> {
    Some(match connector {
        "+" => "+",
        "-" => "-",
        "*" => "*",
        "/" => "/",
        "%%" => "%",
        _ => return None,
    })
}

/// The sign with which an arithmetic object is written.
fn arithmetic_sign(object: &Object) -> Option<&'static str> {
    if object.path.ends_with(".CombinedExpression") {
        return sign_of_connector(object.args.get(1)?.value.as_str()?);
    }
    Some(match object.path.strip_prefix("operator.")? {
        "add" => "+",
        "sub" => "-",
        "mul" => "*",
        "truediv" => "/",
        "mod" => "%",
        _ => return None,
    })
}

fn strength_of_sign(sign: &str) -> Strength {
    match sign {
        "+" | "-" => Strength::Sum,
        _ => Strength::Product,
    }
}

/// Whether every part of a path can be written as a word.
fn is_path(path: &str) -> bool {
    path.split('.').all(is_plain_word)
}
