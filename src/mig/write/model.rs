//! `create model` and options of models as text.

use super::{Arguments, Writer, text};
use crate::ir::Value;
use crate::ir::value::SpannedValue;

impl Writer<'_> {
    pub(super) fn create_model(&mut self, given: &Arguments<'_>) -> Option<String> {
        if !given.only(&["name", "fields", "options", "bases", "managers"]) {
            return None;
        }
        let mut out = format!("create model {}", text::word(given.text("name")?)?);
        if let Some(bases) = given.get("bases") {
            out.push_str(&self.bases(&bases.value)?);
        }
        out.push_str(" {\n");
        for pair in given.get("fields")?.value.items()? {
            let [name, field] = pair.value.items()? else {
                return None;
            };
            let field = self.field(name.value.as_str()?, &field.value, false)?;
            out.push_str(&field);
            out.push('\n');
        }
        if let Some(options) = given.get("options") {
            self.model_options(&options.value, &mut out)?;
        }
        if let Some(managers) = given.get("managers")
            && !managers.value.items()?.is_empty()
        {
            out.push_str(&self.managers(managers)?);
            out.push('\n');
        }
        out.push('}');
        Some(out)
    }

    /// ` (shop.Base, shop.mixins.Dated)`; nothing for `models.Model` alone.
    fn bases(&mut self, value: &Value) -> Option<String> {
        let bases = value.items()?;
        let is_default = bases.is_empty()
            || matches!(bases, [SpannedValue { value: Value::Path(path), .. }]
                if matches!(path.as_str(), "django.db.models.Model" | "django.db.models.base.Model"));
        if is_default {
            return Some(String::new());
        }
        let mut shown = Vec::with_capacity(bases.len());
        for base in bases {
            shown.push(self.model(&base.value)?);
        }
        Some(format!(" ({})", shown.join(", ")))
    }

    /// `managers { ... }`.
    pub(super) fn managers(&mut self, value: &SpannedValue) -> Option<String> {
        let mut out = String::from("managers {\n");
        for pair in value.value.items()? {
            let [name, manager] = pair.value.items()? else {
                return None;
            };
            let name = text::word(name.value.as_str()?)?;
            let manager = self.value(manager)?;
            out.push_str(&format!("{name} = {manager}\n"));
        }
        out.push('}');
        Some(out)
    }

    /// Options of a new model, one line for each kind.
    fn model_options(&mut self, value: &Value, out: &mut String) -> Option<()> {
        let Value::Dict(entries) = value else {
            return None;
        };
        let mut lines = String::new();
        let mut plain = Vec::new();
        let mut parts = String::new();
        for (key, value) in entries {
            let name = key.value.as_str()?;
            match (name, &value.value) {
                ("db_table", Value::Str(_) | Value::None) => {
                    lines.push_str(&format!("table {}\n", optional_text(&value.value)?));
                }
                ("db_table_comment", Value::Str(_) | Value::None) => {
                    lines.push_str(&format!("comment {}\n", optional_text(&value.value)?));
                }
                ("unique_together" | "index_together", Value::Set(_)) => {
                    let groups = groups(&value.value)?;
                    lines.push_str(&format!("{name}{groups}\n"));
                }
                ("order_with_respect_to", Value::Str(_) | Value::None) => {
                    let field = optional_name(&value.value)?;
                    lines.push_str(&format!("{name} {field}\n"));
                }
                ("indexes", Value::List(items)) if !items.is_empty() => {
                    for item in items {
                        parts.push_str(&self.index(&item.value)?);
                        parts.push('\n');
                    }
                }
                ("constraints", Value::List(items)) if !items.is_empty() => {
                    for item in items {
                        parts.push_str(&self.constraint(&item.value)?);
                        parts.push('\n');
                    }
                }
                _ => plain.push(self.model_option(name, value)?),
            }
        }
        if !lines.is_empty() || !plain.is_empty() {
            out.push('\n');
        }
        out.push_str(&lines);
        options_lines(&plain, out);
        if !parts.is_empty() {
            out.push('\n');
            out.push_str(&parts);
        }
        Some(())
    }

    /// `key=value`, or `key` where the value is true.
    pub(super) fn model_option(&mut self, name: &str, value: &SpannedValue) -> Option<String> {
        let name = text::word(name)?;
        if value.value == Value::Bool(true) {
            return Some(name);
        }
        Some(format!("{name}={}", self.value(value)?))
    }
}

/// `options a=1 b=2`, in lines that are not too long.
fn options_lines(options: &[String], out: &mut String) {
    let mut line = String::new();
    for option in options {
        if !line.is_empty() && line.len() + option.len() + 3 > super::super::print::WIDTH {
            out.push_str(&line);
            out.push('\n');
            line.clear();
        }
        if line.is_empty() {
            line.push_str("options");
        }
        line.push(' ');
        line.push_str(option);
    }
    if !line.is_empty() {
        out.push_str(&line);
        out.push('\n');
    }
}

pub(super) fn optional_text(value: &Value) -> Option<String> {
    match value {
        Value::Str(value) => Some(text::string(value)),
        Value::None => Some("none".to_owned()),
        _ => None,
    }
}

/// A field's name, or `none`.
pub(super) fn optional_name(value: &Value) -> Option<String> {
    match value {
        Value::Str(name) if name == "none" => None,
        Value::Str(name) => text::word(name),
        Value::None => Some("none".to_owned()),
        _ => None,
    }
}

/// ` (a, b) (c, d)`, as Django's `normalize_together` reads it.
pub(super) fn groups(value: &Value) -> Option<String> {
    if *value == Value::None {
        return Some(String::new());
    }
    let items = value.items()?;
    let is_one = items
        .first()
        .is_some_and(|first| matches!(first.value, Value::Str(_)));
    let groups: Vec<&[SpannedValue]> = if is_one {
        vec![items]
    } else {
        items
            .iter()
            .map(|group| group.value.items())
            .collect::<Option<_>>()?
    };
    let mut out = String::new();
    for group in groups {
        let names: Option<Vec<String>> = group
            .iter()
            .map(|name| text::word(name.value.as_str()?))
            .collect();
        let names = names?;
        if names.is_empty() {
            return None;
        }
        out.push_str(&format!(" ({})", names.join(", ")));
    }
    Some(out)
}
