//! What operators and methods made of expressions, written as the constructors that
//! they call, which is what Django's writer prints. Where it cannot be told whether an
//! operand is an expression, the operator stays.
//!
//! Source: `Combinable` in `django/db/models/expressions.py`, 5.2.

use super::Writer;
use super::condition::QNode;
use crate::base::Span;
use crate::ir::Value;
use crate::ir::value::{Object, SpannedValue};
use crate::python::stdlib::is_standard_library;

/// What an operand is to an operator of Django's expressions.
#[derive(PartialEq)]
enum Operand {
    Expression,
    /// Django makes a `Value` of it.
    Plain,
    Unknown,
}

fn operand_kind(value: &SpannedValue) -> Operand {
    let Value::Object(object) = &value.value else {
        return match value.value {
            Value::Path(_) | Value::Setting(_) | Value::Conditional(_) | Value::Unknown(_) => {
                Operand::Unknown
            }
            _ => Operand::Plain,
        };
    };
    if QNode::of(object).is_some() {
        return Operand::Unknown;
    }
    let root = object.path.split('.').next().unwrap_or_default();
    if root == "operator" {
        let mut operands = object.args.iter().map(operand_kind);
        return if operands.any(|operand| operand == Operand::Expression) {
            Operand::Expression
        } else {
            Operand::Unknown
        };
    }
    if root == "django" && object.path.contains(".models.")
        || object.path.starts_with("django.contrib.postgres.")
    {
        Operand::Expression
    } else if is_standard_library(root) {
        Operand::Plain
    } else {
        Operand::Unknown
    }
}

impl Writer<'_> {
    /// A call of `operator.NAME`, as evaluation keeps operators and methods.
    pub(super) fn operation_of(&mut self, operator: &str, object: &Object, span: Span) -> String {
        if let Some(method) = operator.strip_prefix("methodcaller.")
            && let Some((on, args)) = object.args.split_first()
        {
            return self.method(on, method, args, object, span);
        }
        match (object.args.as_slice(), operator) {
            ([operand], "invert") => format!("~{}", self.operand(operand)),
            ([operand], "neg") => format!("-{}", self.operand(operand)),
            ([left, right], name) => match symbols(name) {
                Some((symbol, connector)) => {
                    let combined =
                        connector.and_then(|connector| self.combined(connector, left, right, span));
                    combined.unwrap_or_else(|| {
                        format!("{} {symbol} {}", self.operand(left), self.operand(right))
                    })
                }
                None => self.call(&object.path, &object.args, &object.kwargs, span),
            },
            _ => self.call(&object.path, &object.args, &object.kwargs, span),
        }
    }

    fn method(
        &mut self,
        on: &SpannedValue,
        method: &str,
        args: &[SpannedValue],
        object: &Object,
        span: Span,
    ) -> String {
        let mut given: Vec<String> = args.iter().map(|value| self.value(value)).collect();
        let mut kwargs: Vec<(&str, String)> = object
            .kwargs
            .iter()
            .map(|(name, value)| (name.as_str(), self.value(value)))
            .collect();
        let is_order = matches!(method, "asc" | "desc") && args.is_empty();
        if is_order && operand_kind(on) == Operand::Expression {
            if method == "desc" {
                kwargs.push(("descending", "True".to_owned()));
            }
            kwargs.sort();
            given.push(self.value(on));
        }
        given.extend(kwargs.iter().map(|(name, value)| format!("{name}={value}")));
        let given_text = given.join(", ");
        if is_order && operand_kind(on) == Operand::Expression {
            let class = self.path("django.db.models.OrderBy", span);
            return format!("{class}({given_text})");
        }
        format!("{}.{method}({given_text})", self.operand(on))
    }

    /// `CombinedExpression(left, connector, right)`, plain operands as `Value`.
    fn combined(
        &mut self,
        connector: &str,
        left: &SpannedValue,
        right: &SpannedValue,
        span: Span,
    ) -> Option<String> {
        let kinds = [operand_kind(left), operand_kind(right)];
        if kinds.contains(&Operand::Unknown) || !kinds.contains(&Operand::Expression) {
            return None;
        }
        let mut side = |value: &SpannedValue, kind: &Operand| {
            let text = self.value(value);
            if *kind == Operand::Plain {
                let class = self.path("django.db.models.Value", span);
                format!("{class}({text})")
            } else {
                text
            }
        };
        let (left, right) = (side(left, &kinds[0]), side(right, &kinds[1]));
        let class = self.path("django.db.models.expressions.CombinedExpression", span);
        Some(format!("{class}({left}, '{connector}', {right})"))
    }

    /// In parentheses where it is written with an operator itself.
    fn operand(&mut self, value: &SpannedValue) -> String {
        let written = self.value(value);
        let is_compound = match &value.value {
            Value::Object(object) => {
                object.path.starts_with("operator.")
                    && !object.path.starts_with("operator.methodcaller.")
                    && QNode::of(object).is_none()
            }
            // `-1 ** 2`.
            Value::Int(_) | Value::BigInt(_) | Value::Float(_) => written.starts_with('-'),
            _ => false,
        };
        if is_compound {
            format!("({written})")
        } else {
            written
        }
    }
}

/// The operator behind a function of Python's `operator` module, and what Django's
/// expressions make of it.
fn symbols(name: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match name {
        "add" => ("+", Some("+")),
        "sub" => ("-", Some("-")),
        "mul" => ("*", Some("*")),
        "truediv" => ("/", Some("/")),
        "mod" => ("%", Some("%%")),
        "pow" => ("**", Some("^")),
        "floordiv" => ("//", None),
        "matmul" => ("@", None),
        "and" | "and_" => ("&", None),
        "or" | "or_" => ("|", None),
        "xor" => ("^", None),
        "lshift" => ("<<", None),
        "rshift" => (">>", None),
        _ => return None,
    })
}
