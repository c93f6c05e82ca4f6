//! Fields as text.

use super::super::lexer::is_plain_word;
use super::super::names::{self, ON_DELETE, TypeName};
use super::super::print::WIDTH;
use super::expression::Position;
use super::{Arguments, Writer, text};
use crate::ir::value::{Object, SpannedValue};
use crate::ir::{FieldKind, Value};
use crate::python::django;

/// A field's type, its flags and its other options.
struct Parts {
    of: String,
    flags: Vec<String>,
    options: Vec<String>,
}

impl Writer<'_> {
    /// `name: type options`, in a block if it is long. `fills` is that the default only
    /// fills existing rows.
    pub(super) fn field(&mut self, name: &str, value: &Value, fills: bool) -> Option<String> {
        let parts = self.field_parts(value, fills)?;
        let mut line = format!("{}: {}", text::word(name)?, parts.of);
        for flag in &parts.flags {
            line.push(' ');
            line.push_str(flag);
        }
        let flat: String = parts.options.iter().map(|it| format!(" {it}")).collect();
        // The line is indented and may have a verb before it.
        if line.len() + flat.len() + 6 <= WIDTH || parts.options.len() < 2 {
            line.push_str(&flat);
            return Some(line);
        }
        line.push_str(" {\n");
        for option in &parts.options {
            let (name, value) = option.split_once('=')?;
            line.push_str(&format!("{name} = {value}\n"));
        }
        line.push('}');
        Some(line)
    }

    /// A field without a name.
    pub(super) fn type_text(&mut self, value: &Value) -> Option<String> {
        let Value::Object(object) = value else {
            return None;
        };
        let class = object.path.as_str();
        let Some(of) = TypeName::by_class(class) else {
            let callee = self.path(class)?;
            return self.call(&callee, object, Position::Value);
        };
        let given = bound(of, object)?;
        let mut shown = self.parameters(of, &given)?;
        for (name, value) in &given.given {
            if of.parameters.contains(name) {
                continue;
            }
            let own = names::renamed_option(name).unwrap_or(name);
            if !of.takes(own) {
                return None;
            }
            let value = self.option(name, value)?;
            shown.push(format!("{own}={value}"));
        }
        Some(if shown.is_empty() {
            of.name.to_owned()
        } else {
            format!("{}({})", of.name, shown.join(", "))
        })
    }

    fn field_parts(&mut self, value: &Value, fills: bool) -> Option<Parts> {
        let Value::Object(object) = value else {
            return None;
        };
        match TypeName::by_class(&object.path) {
            Some(of) => self
                .known_field(of, object, fills)
                .or_else(|| self.other_field(object, fills)),
            None => self.other_field(object, fills),
        }
    }

    fn known_field(&mut self, of: &TypeName, object: &Object, fills: bool) -> Option<Parts> {
        let given = bound(of, object)?;
        let shown = if of.name == "composite" {
            let names = object
                .args
                .iter()
                .map(|name| text::name(name.value.as_str()?));
            names.collect::<Option<Vec<String>>>()?
        } else {
            self.parameters(of, &given)?
        };
        let mut parts = Parts {
            of: if shown.is_empty() {
                of.name.to_owned()
            } else {
                format!("{}({})", of.name, shown.join(", "))
            },
            flags: Vec::new(),
            options: Vec::new(),
        };
        let rest: Vec<(&str, &SpannedValue)> = given
            .given
            .iter()
            .filter(|(name, _)| !of.parameters.contains(name))
            .copied()
            .collect();
        for (name, _) in &rest {
            let own = names::renamed_option(name).unwrap_or(name);
            if !of.takes(own) || *name == own && names::option_in_django(own) != own {
                return None;
            }
        }
        self.field_options(&rest, fills, &mut parts)?;
        Some(parts)
    }

    /// A class of its own: positional arguments and what is no option of Django's stay
    /// in parentheses.
    fn other_field(&mut self, object: &Object, fills: bool) -> Option<Parts> {
        let callee = self.path(&object.path)?;
        let mut shown = Vec::new();
        for value in &object.args {
            shown.push(self.value(value)?);
        }
        let mut rest: Vec<(&str, &SpannedValue)> = Vec::new();
        for (name, value) in &object.kwargs {
            let own = names::renamed_option(name).unwrap_or(name);
            let is_common = names::OPTIONS.contains(&own)
                && !matches!(own, "implicit" | "fill" | "online" | "choices")
                && (own != name.as_str() || names::option_in_django(own) == own);
            if is_common {
                rest.push((name.as_str(), value));
            } else {
                let value = if matches!(name.as_str(), "base_field" | "output_field") {
                    self.type_text(&value.value)?
                } else {
                    self.value(value)?
                };
                shown.push(format!("{}={value}", text::word(name)?));
            }
        }
        let mut parts = Parts {
            of: if shown.is_empty() {
                callee
            } else {
                format!("{callee}({})", shown.join(", "))
            },
            flags: Vec::new(),
            options: Vec::new(),
        };
        self.field_options(&rest, fills, &mut parts)?;
        Some(parts)
    }

    /// The arguments in parentheses: by position as far as they go, then by name.
    fn parameters(&mut self, of: &TypeName, given: &Arguments<'_>) -> Option<Vec<String>> {
        let mut shown = Vec::new();
        let mut is_by_name = false;
        for parameter in of.parameters {
            let Some(value) = given.get(parameter) else {
                is_by_name = true;
                continue;
            };
            let value = self.parameter(parameter, &value.value)?;
            shown.push(if is_by_name {
                format!("{parameter}={value}")
            } else {
                value
            });
        }
        let needs = |name: &str| given.get(name).is_some();
        let is_complete = match of.name {
            "fk" | "o2o" | "fobject" => needs("to") && needs("on_delete"),
            "m2m" => needs("to"),
            "decimal" => needs("max_digits") && needs("decimal_places"),
            "array" => needs("base_field"),
            "generated" => needs("output_field") && needs("expression") && needs("db_persist"),
            _ => true,
        };
        is_complete.then_some(shown)
    }

    fn parameter(&mut self, name: &str, value: &Value) -> Option<String> {
        match name {
            "to" | "through" => self.model(value),
            "on_delete" => self.on_delete(value),
            "base_field" | "output_field" => self.type_text(value),
            "expression" => self.expression(value, Position::Operand),
            "db_persist" => match value {
                Value::Bool(true) => Some("stored".to_owned()),
                Value::Bool(false) => Some("virtual".to_owned()),
                _ => None,
            },
            "max_length" | "max_digits" | "decimal_places" => match value {
                Value::Int(number) if *number >= 0 => Some(number.to_string()),
                Value::None => Some("null".to_owned()),
                Value::Path(_) | Value::Setting(_) => self.expression(value, Position::Value),
                _ => None,
            },
            _ => self.expression(value, Position::Value),
        }
    }

    /// A model as the target of a relation or as a base.
    pub(super) fn model(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Setting(name) => Some(format!("settings.{name}")),
            Value::Str(label) => {
                let is_plain = match label.split_once('.') {
                    Some((app, name)) => {
                        app != "settings" && is_plain_word(app) && is_plain_word(name)
                    }
                    None => text::name(label).is_some_and(|name| name == label.as_str()),
                };
                Some(if is_plain {
                    label.to_string()
                } else {
                    text::string(label)
                })
            }
            Value::Path(path) if path.matches('.').count() >= 2 => self.path(path),
            _ => None,
        }
    }

    fn on_delete(&mut self, value: &Value) -> Option<String> {
        match value {
            Value::Path(path) => {
                let name = path
                    .strip_prefix("django.db.models.deletion.")
                    .or_else(|| path.strip_prefix("django.db.models."));
                match name {
                    Some(name) => ON_DELETE
                        .iter()
                        .find(|(_, django)| *django == name)
                        .map(|(own, _)| (*own).to_owned()),
                    None => self.path(path),
                }
            }
            Value::Object(object)
                if matches!(
                    object.path.as_str(),
                    "django.db.models.SET" | "django.db.models.deletion.SET"
                ) =>
            {
                self.call("set", object, Position::Value)
            }
            Value::Object(_) => self.expression(value, Position::Value),
            _ => None,
        }
    }

    fn field_options(
        &mut self,
        given: &[(&str, &SpannedValue)],
        fills: bool,
        parts: &mut Parts,
    ) -> Option<()> {
        let get = |name: &str| {
            given
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| &value.value)
        };
        if fills && get("default").is_none() {
            return None;
        }
        let is_true = |name: &str| get(name) == Some(&Value::Bool(true));
        let is_implicit = is_true("auto_created")
            && is_true("primary_key")
            && get("serialize") == Some(&Value::Bool(false))
            && get("verbose_name").and_then(Value::as_str) == Some("ID");
        let is_pk = !is_implicit && is_true("primary_key");
        let no_serialize = get("serialize") == Some(&Value::Bool(false));
        for (name, value) in given {
            let hidden = match *name {
                "auto_created" | "primary_key" | "serialize" | "verbose_name" if is_implicit => {
                    true
                }
                "serialize" if is_pk && no_serialize => true,
                _ => false,
            };
            if hidden {
                continue;
            }
            let own = match *name {
                "default" if fills => "fill",
                name => names::renamed_option(name).unwrap_or(name),
            };
            if value.value == Value::Bool(true) && takes_no_value(own) {
                parts.flags.push(own.to_owned());
                continue;
            }
            let shown = self.option(name, value)?;
            parts.options.push(format!("{}={shown}", text::word(own)?));
        }
        if is_implicit {
            parts.flags.insert(0, "implicit".to_owned());
        }
        // Without a word, `pk` would say that it is not serialised.
        if is_pk && get("serialize").is_none() {
            parts.flags.push("serialize".to_owned());
        }
        let order = |flag: &String| {
            names::OPTIONS
                .iter()
                .position(|known| known == flag)
                .unwrap_or(names::OPTIONS.len())
        };
        parts.flags.sort_by_key(order);
        Some(())
    }

    fn option(&mut self, name: &str, value: &SpannedValue) -> Option<String> {
        match name {
            "choices" => self.choices(&value.value),
            "to" | "through" => self.model(&value.value),
            "on_delete" => self.on_delete(&value.value),
            "base_field" | "output_field" => self.type_text(&value.value),
            _ => self.value(value),
        }
    }

    /// Choices as a dict where each is a value with a label.
    fn choices(&mut self, value: &Value) -> Option<String> {
        let items = match value {
            Value::List(items) | Value::Tuple(items) => items.as_slice(),
            _ => return self.expression(value, Position::Value),
        };
        let mut keys: Vec<String> = Vec::with_capacity(items.len());
        let mut entries = Vec::with_capacity(items.len());
        for item in items {
            let pair = match &item.value {
                Value::Tuple(pair) | Value::List(pair) => pair.as_slice(),
                _ => return self.expression(value, Position::Value),
            };
            let [key, label] = pair else {
                return self.expression(value, Position::Value);
            };
            let is_plain = matches!(key.value, Value::Str(_) | Value::Int(_) | Value::BigInt(_));
            let is_label = matches!(label.value, Value::Str(_))
                || matches!(&label.value, Value::Object(object)
                    if object.path == "django.utils.translation.gettext_lazy");
            if !is_plain || !is_label {
                return self.expression(value, Position::Value);
            }
            let key = self.value(key)?;
            if keys.contains(&key) {
                return self.expression(value, Position::Value);
            }
            entries.push(format!("{key}: {}", self.value(label)?));
            keys.push(key);
        }
        if entries.is_empty() {
            return self.expression(value, Position::Value);
        }
        Some(format!("{{{}}}", entries.join(", ")))
    }
}

/// A field's arguments by their names.
fn bound<'v>(of: &TypeName, object: &'v Object) -> Option<Arguments<'v>> {
    let name = of.class.rsplit('.').next()?;
    if of.name == "composite" {
        return Some(Arguments {
            given: object
                .kwargs
                .iter()
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        });
    }
    let parameters = FieldKind::by_name(name).map_or(&[][..], django::field_parameters);
    Arguments::of(object, parameters)
}

/// Options that are written as a word alone where they are true.
fn takes_no_value(own: &str) -> bool {
    matches!(
        own,
        "null"
            | "blank"
            | "unique"
            | "pk"
            | "index"
            | "editable"
            | "serialize"
            | "auto_created"
            | "auto_now"
            | "auto_now_add"
            | "allow_unicode"
            | "unpack_ipv4"
            | "recursive"
            | "allow_files"
            | "allow_folders"
            | "parent_link"
            | "constraint"
            | "symmetrical"
            | "swappable"
            | "geography"
            | "spatial_index"
    )
}
