//! Values: what stands behind `default=` and the like.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use smol_str::SmolStr;

use super::super::names::{self, BUILTINS};
use super::super::tree::{Arg, Call, Dotted, Expr, ExprKind};
use super::expression::Position;
use super::{Lowering, setting_name};
use crate::base::TextRange;
use crate::diag::wording::did_you_mean;
use crate::parse::SyntaxError;
use crate::python::eval::object::{Dict, Item, Items, Obj};

impl Lowering<'_> {
    /// A Python value.
    pub(super) fn value(&mut self, expr: &Expr) -> Item {
        self.expression(expr, Position::Value)
    }

    /// What means the same in every position; `None` for names, calls and operators.
    pub(super) fn plain(&mut self, expr: &Expr, position: Position) -> Option<Item> {
        let range = expr.range;
        let obj = match &expr.kind {
            ExprKind::Str(text) => Obj::str(*text),
            ExprKind::Bytes(bytes) => Obj::Bytes(Arc::from(*bytes)),
            ExprKind::Int(digits) => integer(digits, false),
            ExprKind::Dec(digits) => Obj::Float(digits.parse().unwrap_or_default()),
            ExprKind::Bool(value) => Obj::Bool(*value),
            ExprKind::Null => Obj::None,
            ExprKind::Negative(inner) => match &inner.kind {
                ExprKind::Int(digits) => integer(digits, true),
                ExprKind::Dec(digits) => Obj::Float(-digits.parse::<f64>().unwrap_or_default()),
                _ => return None,
            },
            ExprKind::List(items) => Obj::list(self.items(items, position)),
            ExprKind::Tuple(items) => Obj::tuple(self.items(items, position)),
            ExprKind::Dict(entries) => {
                let mut dict = Dict::default();
                for (key, value) in *entries {
                    let key_item = self.value(key);
                    let value = self.expression(value, position.inside());
                    if !dict.set(key_item, value) {
                        return Some(
                            self.mistake(
                                SyntaxError::new(key.range, "this cannot be the key of a dict")
                                    .with_help("keys are strings, numbers and tuples of these"),
                            ),
                        );
                    }
                }
                Obj::dict(dict)
            }
            _ => return None,
        };
        Some(self.item(obj, range))
    }

    fn items(&mut self, items: &[&Expr], position: Position) -> Vec<Item> {
        items
            .iter()
            .map(|item| self.expression(item, position.inside()))
            .collect()
    }

    /// A name as a Python object: `uuid.uuid4`, `settings.X`, `list`.
    pub(super) fn object(&mut self, path: &Dotted) -> Item {
        if let Some(name) = setting_name(path) {
            return self.item(Obj::Setting(name), path.range);
        }
        if let Some(word) = path.word() {
            if BUILTINS.contains(&word.text) {
                let obj = crate::python::eval::builtin(word.text)
                    .unwrap_or_else(|| Obj::Ref(word.text.into()));
                return self.item(obj, path.range);
            }
            return self.bare_word(word.text, path.range);
        }
        let full = self.full_path(path);
        self.reference(full, path.range)
    }

    /// A path with the package that a leading dot stands for.
    pub(super) fn full_path(&self, path: &Dotted) -> SmolStr {
        let joined = path.path;
        if path.is_relative {
            SmolStr::new(format!("{}.{joined}", self.package))
        } else {
            SmolStr::new(joined)
        }
    }

    /// A word that is no value.
    fn bare_word(&mut self, word: &str, range: TextRange) -> Item {
        let error = SyntaxError::new(range, format!("`{word}` is no value"));
        let constant = match word {
            "True" | "TRUE" | "yes" | "on" => Some("true"),
            "False" | "FALSE" | "no" | "off" => Some("false"),
            "None" | "NULL" | "nil" | "none" | "undefined" => Some("null"),
            _ => did_you_mean(word, ["true", "false", "null"]),
        };
        let error = match constant {
            Some(near) => error
                .with_label("not known")
                .with_help(format!("write `{near}`")),
            None => error
                .with_label("a Python object is named by its whole path")
                .with_help(format!(
                    "write \"{word}\" for a text, or `module.{word}` for a Python object"
                )),
        };
        self.mistake(error)
    }

    /// A call whose name is one word and no function of SQL: `set([1])`, `_("text")`.
    pub(super) fn special_call(&mut self, call: &Call, range: TextRange) -> Option<Item> {
        let word = call.callee.word()?;
        let only = match call.args.list {
            [Arg { name: None, value }] => Some(value),
            _ => None,
        };
        Some(match (word.text, only) {
            ("_", _) => {
                let (positional, keywords) = self.arguments(call.args.list, Position::Value);
                self.call(
                    "django.utils.translation.gettext_lazy",
                    call.callee.range,
                    positional,
                    keywords,
                    range,
                )
            }
            (
                "float",
                Some(Expr {
                    kind: ExprKind::Str(text),
                    ..
                }),
            ) => match parse_float(text) {
                Some(value) => self.item(Obj::Float(value), range),
                None => self.mistake(SyntaxError::new(
                    range,
                    format!("`{text}` is no floating-point number"),
                )),
            },
            (
                "set",
                Some(Expr {
                    kind: ExprKind::List(items),
                    ..
                }),
            ) => {
                let items = self.items(items, Position::Value);
                self.item(Obj::Set(Rc::new(RefCell::new(Items(items)))), range)
            }
            ("set", None) if call.args.list.is_empty() => {
                self.item(Obj::Set(Rc::new(RefCell::new(Items(Vec::new())))), range)
            }
            ("enum", _) => self.member(call, range),
            (name, _) if BUILTINS.contains(&name) => {
                let (positional, keywords) = self.arguments(call.args.list, Position::Value);
                self.call(word.text, call.callee.range, positional, keywords, range)
            }
            _ => return None,
        })
    }

    /// `enum(app.Status, "DRAFT")`.
    fn member(&mut self, call: &Call, range: TextRange) -> Item {
        match call.args.list {
            [
                Arg {
                    name: None,
                    value:
                        Expr {
                            kind: ExprKind::Name(class),
                            ..
                        },
                },
                Arg {
                    name: None,
                    value:
                        Expr {
                            kind: ExprKind::Str(member),
                            ..
                        },
                },
            ] => {
                let path = self.full_path(class);
                self.reference(format!("{path}.{member}"), range)
            }
            _ => self.mistake(
                SyntaxError::new(range, "`enum` takes a class and the name of a member")
                    .with_help("write `enum(app.models.Status, \"DRAFT\")`"),
            ),
        }
    }

    /// Arguments of a call, positional ones first.
    pub(super) fn arguments(
        &mut self,
        args: &[Arg],
        position: Position,
    ) -> (Vec<Item>, Vec<(SmolStr, Item)>) {
        let mut positional = Vec::new();
        let mut keywords: Vec<(SmolStr, Item)> = Vec::new();
        for arg in args {
            match &arg.name {
                None if !keywords.is_empty() => {
                    self.mistake(
                        SyntaxError::new(
                            arg.value.range,
                            "an argument without name stands behind \
                             named ones",
                        )
                        .with_help("move it to the front"),
                    );
                }
                None => {
                    let item = self.expression(arg.value, position);
                    positional.push(item);
                }
                Some(name) => {
                    let item = if is_type_argument(name.text) {
                        self.type_value(arg.value)
                    } else {
                        self.expression(arg.value, Position::Value)
                    };
                    if keywords.iter().any(|(known, _)| *known == name.text) {
                        self.mistake(SyntaxError::new(
                            name.range,
                            format!("the argument `{}` is given twice", name.text),
                        ));
                    }
                    keywords.push((SmolStr::new(name.text), item));
                }
            }
        }
        (positional, keywords)
    }

    /// A call of a Python class or function by its path.
    pub(super) fn object_call(&mut self, call: &Call, range: TextRange) -> Item {
        let path = self.full_path(&call.callee);
        let (positional, keywords) = self.arguments(call.args.list, Position::Value);
        self.call(path, call.callee.range, positional, keywords, range)
    }

    /// A one-word call that nothing here is called by.
    pub(super) fn unknown_function(&mut self, call: &Call, range: TextRange) -> Item {
        let word = call.callee.word().map_or("", |word| word.text);
        let error = SyntaxError::new(call.callee.range, format!("there is no function `{word}`"))
            .with_label("not known");
        let lower = word.to_ascii_lowercase();
        let snake = names::function_of_class(&format!("django.db.models.functions.{word}"))
            .or_else(|| names::function_names().find(|name| name.replace('_', "") == lower));
        let near = snake.or_else(|| did_you_mean(word, names::function_names()));
        let error = match (near, word) {
            (Some(near), _) => error.with_help(format!("did you mean `{near}`?")),
            (None, "gettext_lazy" | "gettext" | "ugettext_lazy") => {
                error.with_help("write `_(\"text\")`")
            }
            (None, "Decimal") => error.with_help("write `decimal.Decimal(\"1.0\")`"),
            (None, "timedelta" | "datetime" | "date") => {
                error.with_help(format!("write `datetime.{word}(...)`"))
            }
            _ => error.with_help(format!(
                "a Python class or function is named by its whole path: `module.{word}(...)`"
            )),
        };
        let _ = range;
        self.mistake(error)
    }
}

/// Whether a named argument is a field without a name.
pub(super) fn is_type_argument(name: &str) -> bool {
    matches!(name, "output_field" | "base_field")
}

fn integer(digits: &str, is_negative: bool) -> Obj {
    let sign = if is_negative { "-" } else { "" };
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    let text = format!("{sign}{digits}");
    match text.parse() {
        Ok(value) => Obj::Int(value),
        Err(_) => Obj::BigInt(text.into()),
    }
}

/// As Python's `float` reads a text.
fn parse_float(text: &str) -> Option<f64> {
    let lower = text.trim().to_ascii_lowercase();
    let is_number = lower
        .trim_start_matches(['+', '-'])
        .starts_with(|first: char| first.is_ascii_digit() || first == '.')
        || matches!(
            lower.trim_start_matches(['+', '-']),
            "inf" | "infinity" | "nan"
        );
    is_number.then(|| lower.parse().ok()).flatten()
}
