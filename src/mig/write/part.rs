//! Indexes and constraints as text.

use super::super::names::INDEX_CLASSES;
use super::expression::Position;
use super::{Arguments, Writer, text};
use crate::ir::Value;
use crate::ir::value::{Object, SpannedValue};

impl Writer<'_> {
    /// `index name (a, b) where ...`.
    pub(super) fn index(&mut self, value: &Value) -> Option<String> {
        let Value::Object(object) = value else {
            return None;
        };
        self.short_index(object).or_else(|| {
            let class = self.path(&object.path)?;
            let call = self.call(&class, object, Position::Value)?;
            Some(format!("index {call}"))
        })
    }

    fn short_index(&mut self, object: &Object) -> Option<String> {
        let given = keywords(object);
        let name = text::word(given.text("name")?)?;
        let mut using = String::new();
        let is_plain = matches!(
            object.path.as_str(),
            "django.db.models.Index" | "django.db.models.indexes.Index"
        );
        let known = [
            "name",
            "fields",
            "opclasses",
            "condition",
            "include",
            "db_tablespace",
        ];
        let extra: Vec<(&str, &SpannedValue)> = given
            .given
            .iter()
            .filter(|(name, _)| !known.contains(name))
            .copied()
            .collect();
        if !is_plain {
            let (method, _) = INDEX_CLASSES
                .iter()
                .find(|(_, class)| *class == object.path)?;
            using = format!(" using {method}");
            if !extra.is_empty() {
                let mut shown = Vec::new();
                for (name, value) in &extra {
                    shown.push(format!("{}={}", text::word(name)?, self.value(value)?));
                }
                using.push_str(&format!("({})", shown.join(", ")));
            }
        } else if !extra.is_empty() {
            return None;
        }
        let keys = self.keys(object, &given)?;
        let mut out = format!("index {name} ({keys}){using}");
        self.clauses(&given, &mut out)?;
        Some(out)
    }

    /// `check name: ...` and the like.
    pub(super) fn constraint(&mut self, value: &Value) -> Option<String> {
        let Value::Object(object) = value else {
            return None;
        };
        self.short_constraint(object).or_else(|| {
            let class = self.path(&object.path)?;
            let call = self.call(&class, object, Position::Value)?;
            Some(format!("constraint {call}"))
        })
    }

    /// A constraint in its short form, if it has one.
    pub(super) fn short_constraint(&mut self, object: &Object) -> Option<String> {
        let given = keywords(object);
        let name = text::word(given.text("name")?)?;
        match object.path.as_str() {
            "django.db.models.CheckConstraint" | "django.db.models.constraints.CheckConstraint" => {
                if !object.args.is_empty()
                    || !given.only(&[
                        "name",
                        "condition",
                        "check",
                        "violation_error_message",
                        "violation_error_code",
                    ])
                {
                    return None;
                }
                let condition = given.get("condition").or_else(|| given.get("check"))?;
                let condition = self.condition(&condition.value)?;
                let mut out = format!("check {name}: {condition}");
                self.errors(&given, &mut out)?;
                Some(out)
            }
            "django.db.models.UniqueConstraint"
            | "django.db.models.constraints.UniqueConstraint" => {
                if !given.only(&[
                    "name",
                    "fields",
                    "opclasses",
                    "condition",
                    "include",
                    "deferrable",
                    "nulls_distinct",
                    "violation_error_message",
                    "violation_error_code",
                ]) {
                    return None;
                }
                let keys = self.keys(object, &given)?;
                let mut out = format!("unique {name} ({keys})");
                self.clauses(&given, &mut out)?;
                Some(out)
            }
            "django.contrib.postgres.constraints.ExclusionConstraint" => {
                self.exclusion(object, &given, &name)
            }
            _ => None,
        }
    }

    fn exclusion(&mut self, object: &Object, given: &Arguments<'_>, name: &str) -> Option<String> {
        if !object.args.is_empty()
            || !given.only(&[
                "name",
                "expressions",
                "index_type",
                "condition",
                "include",
                "deferrable",
                "violation_error_message",
                "violation_error_code",
            ])
        {
            return None;
        }
        let using = match given.get("index_type").map(|value| &value.value) {
            None => String::new(),
            Some(Value::Str(method)) if method.to_uppercase() == method.as_str() => {
                format!(" using {}", text::word(&method.to_lowercase())?)
            }
            Some(_) => return None,
        };
        let mut keys = Vec::new();
        for pair in given.get("expressions")?.value.items()? {
            let [expression, operator] = pair.value.items()? else {
                return None;
            };
            let key = self.key(&expression.value, Position::Argument)?;
            let operator = match &operator.value {
                Value::Str(_) | Value::Path(_) => self.value(operator)?,
                _ => return None,
            };
            keys.push(format!("{key} with {operator}"));
        }
        let mut out = format!("exclude {name}{using} ({})", keys.join(", "));
        self.clauses(given, &mut out)?;
        Some(out)
    }

    /// `fields=[...]`, or expressions.
    fn keys(&mut self, object: &Object, given: &Arguments<'_>) -> Option<String> {
        if object.args.is_empty() {
            return self.plain_keys(given);
        }
        let fields = given.get("fields").and_then(|it| it.value.items());
        if fields.is_some_and(|fields| !fields.is_empty()) || given.get("opclasses").is_some() {
            return None;
        }
        // Names alone would be `fields`, so one at least is written as an expression.
        let is_name = |value: &SpannedValue| match &value.value {
            Value::Str(_) => true,
            Value::Object(object) => {
                super::super::names::function_of_class(&object.path) == Some("F")
            }
            _ => false,
        };
        let are_names = object.args.iter().all(is_name);
        let mut shown = Vec::with_capacity(object.args.len());
        for value in &object.args {
            shown.push(match &value.value {
                // Django makes `F` of a string.
                Value::Str(name) if are_names => format!("F({})", text::name(name)?),
                Value::Str(name) => text::name(name)?,
                value if are_names => self.expression(value, Position::Argument)?,
                value => self.key(value, Position::Right)?,
            });
        }
        Some(shown.join(", "))
    }

    fn plain_keys(&mut self, given: &Arguments<'_>) -> Option<String> {
        let fields = given.get("fields")?.value.items()?;
        let classes = match given.get("opclasses") {
            Some(classes) => classes.value.items()?,
            None => &[],
        };
        if fields.is_empty() || !classes.is_empty() && classes.len() != fields.len() {
            return None;
        }
        let mut shown = Vec::with_capacity(fields.len());
        for (at, field) in fields.iter().enumerate() {
            let name = field.value.as_str()?;
            let (sign, name) = match name.strip_prefix('-') {
                Some(name) => ("-", name),
                None => ("", name),
            };
            let class = match classes.get(at).map(|class| &class.value) {
                None => String::new(),
                Some(Value::Str(class)) if class.is_empty() => String::new(),
                Some(Value::Str(class)) => format!(" op {}", text::word(class)?),
                Some(_) => return None,
            };
            shown.push(format!("{sign}{}{class}", text::name(name)?));
        }
        // Without any class there would be no `opclasses`.
        let has_class = shown.iter().any(|key| key.contains(" op "));
        (classes.is_empty() || has_class).then(|| shown.join(", "))
    }

    /// One key that is an expression, with its order and its operator class.
    fn key(&mut self, value: &Value, position: Position) -> Option<String> {
        let Value::Object(object) = value else {
            return self.expression(value, position);
        };
        match object.path.as_str() {
            "django.db.models.OrderBy" | "django.db.models.expressions.OrderBy" => {
                let given = Arguments::of(
                    object,
                    &["expression", "descending", "nulls_first", "nulls_last"],
                )?;
                let inner = &given.get("expression")?.value;
                self.ordered(inner, &given, position)
            }
            "operator.methodcaller.desc" | "operator.methodcaller.asc" => {
                let given = Arguments::of(object, &["self", "nulls_first", "nulls_last"])?;
                let inner = &given.get("self")?.value;
                let inner = self.key_without_order(inner, position)?;
                let order = if object.path.ends_with("desc") {
                    "desc"
                } else {
                    "asc"
                };
                let nulls = nulls(&given)?;
                Some(format!("{inner} {order}{nulls}"))
            }
            _ => self.key_without_order(value, position),
        }
    }

    fn ordered(
        &mut self,
        inner: &Value,
        given: &Arguments<'_>,
        position: Position,
    ) -> Option<String> {
        let is_set = |name: &str| match given.get(name).map(|value| &value.value) {
            None | Some(Value::None) => Some(false),
            Some(Value::Bool(value)) => Some(*value),
            Some(_) => None,
        };
        let order = if is_set("descending")? { "desc" } else { "asc" };
        let nulls = nulls(given)?;
        let inner = self.key_without_order(inner, position)?;
        Some(format!("{inner} {order}{nulls}"))
    }

    fn key_without_order(&mut self, value: &Value, position: Position) -> Option<String> {
        if let Value::Object(object) = value
            && object.path.starts_with("django.contrib.postgres.")
            && object.path.ends_with(".OpClass")
        {
            let given = Arguments::of(object, &["expression", "name"])?;
            let inner = self.key_value(&given.get("expression")?.value, position)?;
            let name = text::word(given.text("name")?)?;
            return Some(format!("{inner} op {name}"));
        }
        self.key_value(value, position)
    }

    fn key_value(&mut self, value: &Value, position: Position) -> Option<String> {
        match (value, position) {
            // In an index Django makes `F` of a string, in another function it does not.
            (Value::Str(name), Position::Right) => text::name(name),
            _ => self.expression(value, position),
        }
    }

    fn clauses(&mut self, given: &Arguments<'_>, out: &mut String) -> Option<()> {
        if let Some(condition) = given.get("condition")
            && condition.value != Value::None
        {
            out.push_str(&format!(" where {}", self.condition(&condition.value)?));
        }
        if let Some(include) = given.get("include")
            && include.value != Value::None
        {
            let fields = include.value.items()?;
            if !fields.is_empty() {
                let names: Option<Vec<String>> = fields
                    .iter()
                    .map(|name| text::word(name.value.as_str()?))
                    .collect();
                out.push_str(&format!(" include ({})", names?.join(", ")));
            }
        }
        if let Some(tablespace) = given.get("db_tablespace")
            && tablespace.value != Value::None
        {
            let name = tablespace.value.as_str()?;
            out.push_str(&format!(" tablespace {}", text::string(name)));
        }
        if let Some(deferrable) = given.get("deferrable")
            && deferrable.value != Value::None
        {
            let Value::Path(path) = &deferrable.value else {
                return None;
            };
            let member = path.rsplit_once(".Deferrable.").map(|(_, member)| member)?;
            out.push_str(match member {
                "DEFERRED" => " deferrable deferred",
                "IMMEDIATE" => " deferrable immediate",
                _ => return None,
            });
        }
        match given.get("nulls_distinct").map(|value| &value.value) {
            None | Some(Value::None) => {}
            Some(Value::Bool(true)) => out.push_str(" nulls distinct"),
            Some(Value::Bool(false)) => out.push_str(" nulls not distinct"),
            Some(_) => return None,
        }
        self.errors(given, out)
    }

    fn errors(&mut self, given: &Arguments<'_>, out: &mut String) -> Option<()> {
        if let Some(message) = given.get("violation_error_message")
            && message.value != Value::None
        {
            out.push_str(&format!(" error {}", self.value(message)?));
        }
        if let Some(code) = given.get("violation_error_code")
            && code.value != Value::None
        {
            out.push_str(&format!(" code {}", text::string(code.value.as_str()?)));
        }
        Some(())
    }
}

/// ` nulls last` and the like.
fn nulls(given: &Arguments<'_>) -> Option<&'static str> {
    let is_set = |name: &str| match given.get(name).map(|value| &value.value) {
        None | Some(Value::None) => Some(false),
        Some(Value::Bool(value)) => Some(*value),
        Some(_) => None,
    };
    match (is_set("nulls_first")?, is_set("nulls_last")?) {
        (false, false) => Some(""),
        (true, false) => Some(" nulls first"),
        (false, true) => Some(" nulls last"),
        (true, true) => None,
    }
}

/// Keyword arguments; positional ones are what is indexed.
fn keywords(object: &Object) -> Arguments<'_> {
    Arguments {
        given: object
            .kwargs
            .iter()
            .map(|(name, value)| (name.as_str(), value))
            .collect(),
    }
}
