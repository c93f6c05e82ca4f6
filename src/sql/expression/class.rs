//! Which class of lookups stands behind a name for a type.
//!
//! Source: `register_lookup` in `django/db/models/lookups.py`, `fields/` and
//! `django/contrib/postgres/`, 5.2.

use super::function::is_text;
use super::node::{Class, Node, NodeKind};
use super::types::Type;
use crate::ir::FieldKind;

const COMPARED: [&str; 5] = ["exact", "gt", "gte", "lt", "lte"];

/// `get_lookup`: `None` where the type has no lookup of that name.
pub(super) fn class(left: &Node, ty: &Type, name: &str) -> Option<Class> {
    use FieldKind as Kind;
    let is_compared = COMPARED.contains(&name);
    let is_general = is_compared
        || is_pattern(name)
        || matches!(
            name,
            "iexact" | "in" | "range" | "isnull" | "regex" | "iregex"
        );
    match &left.kind {
        NodeKind::Key { .. } if is_general && !matches!(name, "contains" | "range") => {
            return Some(Class::JsonKey);
        }
        NodeKind::Extract { part, .. }
            if is_compared && matches!(part.as_str(), "year" | "iso_year") =>
        {
            return Some(Class::Year);
        }
        _ => {}
    }
    if ty.is_relation() {
        return (is_compared || matches!(name, "in" | "isnull")).then_some(Class::Plain);
    }
    if ty.is_range() {
        let operator = match name {
            "contains" if matches!(ty.kind, Kind::DateRangeField | Kind::DateTimeRangeField) => {
                return Some(Class::MomentRange);
            }
            "contains" => "@>",
            "contained_by" => "<@",
            "overlap" => "&&",
            "fully_lt" => "<<",
            "fully_gt" => ">>",
            "not_lt" => "&>",
            "not_gt" => "&<",
            "adjacent_to" => "-|-",
            "startswith" | "endswith" => return None,
            _ => return is_general.then_some(Class::Plain),
        };
        return Some(Class::Operator(operator));
    }
    let own = match (ty.kind, name) {
        (
            Kind::JSONField,
            "exact" | "contains" | "contained_by" | "has_key" | "has_keys" | "has_any_keys"
            | "icontains",
        ) => Some(Class::Json),
        (Kind::ArrayField, "exact" | "contains" | "contained_by" | "overlap") => Some(Class::Array),
        (Kind::HStoreField, "contains") => Some(Class::Operator("@>")),
        (Kind::HStoreField, "contained_by") => Some(Class::Operator("<@")),
        (Kind::HStoreField, "has_key") => Some(Class::Operator("?")),
        (Kind::HStoreField, "has_keys") => Some(Class::Operator("?&")),
        (Kind::HStoreField, "has_any_keys") => Some(Class::Operator("?|")),
        (Kind::SearchVectorField, "exact") => Some(Class::SearchVector),
        (Kind::UUIDField, "iexact") => Some(Class::UuidText),
        (Kind::UUIDField, name) if is_pattern(name) => Some(Class::UuidText),
        _ => None,
    };
    if own.is_some() {
        return own;
    }
    if ty.is(Kind::IntegerField) && is_compared {
        return Some(Class::Integer);
    }
    let is_bounded = [
        Kind::IntegerField,
        Kind::FloatField,
        Kind::DecimalField,
        Kind::DateField,
    ]
    .into_iter()
    .any(|kind| ty.is(kind));
    if is_bounded && name == "contained_by" {
        return Some(Class::InRange);
    }
    if is_text(ty) {
        match name {
            "search" => return Some(Class::Search),
            "trigram_similar" => return Some(Class::Operator("%%")),
            "trigram_word_similar" => return Some(Class::Operator("%%>")),
            "trigram_strict_word_similar" => return Some(Class::Operator("%%>>")),
            _ => {}
        }
    }
    is_general.then_some(Class::Plain)
}

pub(super) fn is_pattern(name: &str) -> bool {
    matches!(
        name,
        "contains" | "icontains" | "startswith" | "istartswith" | "endswith" | "iendswith"
    )
}
