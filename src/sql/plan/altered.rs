//! Whether two definitions of a field differ in what a database sees.
//!
//! Source: `BaseDatabaseSchemaEditor._field_should_be_altered` and the `deconstruct`
//! methods of fields, which leave defaults out, 5.2.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::expressions;
use super::field::Resolved;
use super::model::Head;
use super::{Planned, Setup, known};
use crate::ir::value::SpannedValue;
use crate::ir::{FieldKind, Known, Unknown, Value};

/// `Field.non_db_attrs`, and what `deconstruct` never tells.
const IGNORED: &[&str] = &[
    "blank",
    "choices",
    "db_column",
    "editable",
    "error_messages",
    "help_text",
    "limit_choices_to",
    "on_delete",
    "related_name",
    "related_query_name",
    "validators",
    "verbose_name",
    "name",
    "symmetrical",
    "rel",
];

/// Options of Django's classes that are `None` or `False` where nothing is written.
const OFF: &[&str] = &[
    "allow_folders",
    "allow_unicode",
    "auto_created",
    "auto_now",
    "auto_now_add",
    "db_collation",
    "db_comment",
    "db_table",
    "db_tablespace",
    "decimal_places",
    "decoder",
    "encoder",
    "geography",
    "height_field",
    "match",
    "max_digits",
    "max_length",
    "null",
    "parent_link",
    "primary_key",
    "recursive",
    "size",
    "storage",
    "through",
    "through_fields",
    "to_field",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "unpack_ipv4",
    "width_field",
];

/// An option as it is compared.
#[derive(Debug, PartialEq)]
enum Told<'f> {
    Value(&'f Value),
    Text(String),
}

/// Whether anything differs that a database may see; a change of the comment alone does
/// not count if `but_comment`.
pub(in crate::sql) fn is_altered(
    setup: Setup<'_>,
    old_head: &Head<'_>,
    old: &Resolved<'_>,
    new: &Resolved<'_>,
    but_comment: bool,
) -> Planned<bool> {
    let is_concrete =
        |field: &Resolved<'_>| field.column.is_some() || field.kind == FieldKind::ManyToManyField;
    if !is_concrete(old) && !is_concrete(new) {
        return Ok(false);
    }
    let quoting = setup.server.quoting;
    let (from, to) = (column_name(old)?, column_name(new)?);
    if from != to && quoting.name(&from) != quoting.name(&to) || !is_same_class(old, new) {
        return Ok(true);
    }
    let mut before = options(old)?;
    let mut after = options(new)?;
    if but_comment {
        before.remove("db_comment");
        after.remove("db_comment");
    }
    if let (Some(from), Some(to)) = (&old.relation, &new.relation)
        && from.to_table == to.to_table
    {
        before.remove("to");
        after.remove("to");
    }
    if before.contains_key("db_default")
        && after.contains_key("db_default")
        && let (Ok(from), Ok(to)) = (
            expressions::db_default(setup, old_head, old),
            expressions::db_default(setup, old_head, new),
        )
        && from == to
    {
        before.remove("db_default");
        after.remove("db_default");
    }
    differ(&before, &after)
}

/// A many-to-many field counts as having a column, named after it.
fn column_name<'f>(field: &'f Resolved<'_>) -> Planned<Cow<'f, str>> {
    Ok(match &field.column {
        Some(typed) => Cow::Borrowed(typed.name.as_str()),
        None => match known(field.state.text("db_column"))? {
            Some(column) => Cow::Owned(column.to_string()),
            None => Cow::Borrowed(field.name().as_str()),
        },
    })
}

fn is_same_class(old: &Resolved<'_>, new: &Resolved<'_>) -> bool {
    old.field().class == new.field().class || class_of(old) == class_of(new)
}

/// Django's own classes go by several paths.
fn class_of<'f>(field: &'f Resolved<'_>) -> &'f str {
    let class = field.field().class.as_str();
    if class.starts_with("django.") {
        class.rsplit('.').next().unwrap_or_default()
    } else {
        class
    }
}

fn options<'f>(field: &'f Resolved<'_>) -> Planned<BTreeMap<&'f str, Told<'f>>> {
    let mut options = BTreeMap::new();
    for (name, value) in &field.field().options {
        let name = name.as_str();
        if IGNORED.contains(&name) || is_default(field, name, value) {
            continue;
        }
        let value = match (name, &field.relation) {
            ("to", Some(relation)) => Told::Text(relation.key.as_str().to_owned()),
            ("to", None) if field.kind == FieldKind::ManyToManyField => {
                match field.model.related(&field.state) {
                    Known::Yes(key) => Told::Text(key.as_str().to_owned()),
                    Known::No(_) => Told::Value(&value.value),
                }
            }
            ("to_field", Some(_)) => {
                let target = known(field.model.target(&field.state))?;
                match (target.model.primary_key(), value.value.as_str()) {
                    (Known::Yes(key), Some(name)) if key.name.as_str() == name => continue,
                    _ => Told::Value(&value.value),
                }
            }
            _ => Told::Value(&value.value),
        };
        options.insert(name, value);
    }
    Ok(options)
}

/// Whether an option says what is so without it.
fn is_default(field: &Resolved<'_>, name: &str, value: &SpannedValue) -> bool {
    let value = &value.value;
    let is_to_one = matches!(field.kind, FieldKind::ForeignKey | FieldKind::OneToOneField);
    match (name, value) {
        ("default", Value::None) => false,
        ("default", Value::Path(path)) => path.ends_with(".NOT_PROVIDED"),
        ("db_index", Value::Bool(flag)) => {
            *flag == (is_to_one || field.kind == FieldKind::SlugField)
        }
        ("db_constraint" | "serialize", Value::Bool(flag)) => *flag,
        ("unique", Value::Bool(flag)) => *flag == (field.kind == FieldKind::OneToOneField),
        ("db_persist", _) => false,
        ("max_length", Value::Int(length)) => match field.kind {
            FieldKind::SlugField => *length == 50,
            FieldKind::URLField => *length == 200,
            FieldKind::FileField | FieldKind::ImageField | FieldKind::FilePathField => {
                *length == 100
            }
            FieldKind::UUIDField => true,
            FieldKind::GenericIPAddressField => *length == 39,
            _ => false,
        },
        ("spatial_index", Value::Bool(flag)) => *flag,
        ("srid", Value::Int(srid)) => *srid == 4326,
        ("dim", Value::Int(dimension)) => *dimension == 2,
        ("protocol", Value::Str(protocol)) => protocol == "both",
        ("db_tablespace" | "upload_to" | "path", Value::Str(text)) => text.is_empty(),
        (name, Value::None) => OFF.contains(&name),
        (name, Value::Bool(flag)) => !*flag && OFF.contains(&name),
        _ => false,
    }
}

fn differ(before: &BTreeMap<&str, Told<'_>>, after: &BTreeMap<&str, Told<'_>>) -> Planned<bool> {
    if before.len() != after.len() {
        return Ok(true);
    }
    for ((left_name, left), (right_name, right)) in before.iter().zip(after) {
        if left_name != right_name {
            return Ok(true);
        }
        let is_same = match (left, right) {
            (Told::Text(left), Told::Text(right)) => left == right,
            (Told::Value(left), Told::Value(right)) => same(left, right)?,
            _ => false,
        };
        if !is_same {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether two values are equal, wherever they were written.
pub(in crate::sql) fn same(left: &Value, right: &Value) -> Planned<bool> {
    let all = |left: &[SpannedValue], right: &[SpannedValue]| -> Planned<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (left, right) in left.iter().zip(right) {
            if !same(&left.value, &right.value)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    match (left, right) {
        (Value::Unknown(unknown), _) | (_, Value::Unknown(unknown)) => Err(Unknown::clone(unknown)),
        (Value::List(left), Value::List(right))
        | (Value::Tuple(left), Value::Tuple(right))
        | (Value::Set(left), Value::Set(right)) => all(left, right),
        (Value::Dict(left), Value::Dict(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            for ((left_key, left), (right_key, right)) in left.iter().zip(right) {
                if !same(&left_key.value, &right_key.value)? || !same(&left.value, &right.value)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Object(left), Value::Object(right)) => {
            if left.path != right.path
                || left.kwargs.len() != right.kwargs.len()
                || !all(&left.args, &right.args)?
            {
                return Ok(false);
            }
            for (name, value) in &left.kwargs {
                let mut others = right.kwargs.iter();
                let Some((_, other)) = others.find(|(other, _)| other == name) else {
                    return Ok(false);
                };
                if !same(&value.value, &other.value)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Bool(flag), Value::Int(number)) | (Value::Int(number), Value::Bool(flag)) => {
            Ok(i64::from(*flag) == *number)
        }
        (left, right) => Ok(left == right),
    }
}
