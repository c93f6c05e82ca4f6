//! The value that rows get which are there already.
//!
//! Source: `BaseDatabaseSchemaEditor._effective_default`, 5.2.

use smol_str::{SmolStr, format_smolstr};

use super::editor::Editor;
use super::field::Resolved;
use super::{Placeholder, PlaceholderReason, Planned, Setup, known};
use crate::base::Span;
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldKind, Unknown, Value};
use crate::sql::value::{self, Datum};

/// A default: SQL, or what takes its place where only Python could compute it.
#[derive(Debug, Clone, PartialEq)]
enum Default {
    Nothing,
    Sql(String),
    OnlyPython(SmolStr),
}

/// `effective_default(field)` as SQL; `None` for no default or `None`. What only Python
/// could compute becomes a placeholder.
pub(in crate::sql) fn effective(
    editor: &mut Editor<'_>,
    field: &Resolved<'_>,
) -> Planned<Option<String>> {
    match compute(editor.setup, field)? {
        Default::Nothing => Ok(None),
        Default::Sql(sql) => Ok(Some(sql)),
        Default::OnlyPython(what) => {
            let model = field.model.state();
            let text = format!(
                "{{{{ default of {}.{}.{}: {what} }}}}",
                model.app,
                model.name,
                field.name()
            );
            let span = field
                .field()
                .option("default")
                .map_or(field.state.origin, |value| value.span);
            let placeholder = Placeholder {
                text: SmolStr::new(&text),
                reason: PlaceholderReason::OnlyPython,
                span,
            };
            if !editor.placeholders.contains(&placeholder) {
                editor.placeholders.push(placeholder);
            }
            Ok(Some(text))
        }
    }
}

/// `effective` where nothing is written, to compare.
pub(in crate::sql) fn is_something(setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
    Ok(compute(setup, field)? != Default::Nothing)
}

/// Whether rows get an empty text, or no bytes.
pub(in crate::sql) fn is_empty_text(setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
    let empty = [Datum::text(""), Datum::Bytes(std::sync::Arc::new([]))];
    Ok(match compute(setup, field)? {
        Default::Sql(sql) => {
            let mut empty = empty.iter().map(|it| setup.server.quoting.value(it));
            empty.any(|it| it.as_ref() == Ok(&sql))
        }
        Default::Nothing | Default::OnlyPython(_) => false,
    })
}

/// `field.has_default()`.
pub(in crate::sql) fn is_given(field: &Resolved<'_>) -> bool {
    field.field().option("default").is_some_and(
        |value| !matches!(&value.value, Value::Path(path) if path.ends_with(".NOT_PROVIDED")),
    )
}

/// `field.default not in (None, NOT_PROVIDED)`.
pub(in crate::sql) fn is_stated(field: &Resolved<'_>) -> bool {
    let default = field.field().option("default");
    is_given(field) && default.is_some_and(|value| value.value != Value::None)
}

fn compute(setup: Setup<'_>, field: &Resolved<'_>) -> Planned<Default> {
    let own = field.field();
    if let Some(stored) = own.own.as_ref().and_then(|own| own.default.as_ref())
        && !field.is_generated()
        && (is_given(field) || is_implied(field) || !is_filled_by_clock(own))
    {
        return match setup.server.choose(own, stored) {
            Ok(value) if value.value == Value::None => Ok(Default::Nothing),
            Ok(value) => given(setup, field, value),
            Err(unknown) => Ok(Default::OnlyPython(unknown.reason)),
        };
    }
    if is_given(field)
        && let Some(value) = own.option("default")
    {
        return given(setup, field, value);
    }
    if field.is_generated() {
        return Ok(Default::Nothing);
    }
    let span = field.state.origin;
    if is_implied(field) {
        let empty = if field.internal == FieldKind::BinaryField {
            Datum::Bytes(std::sync::Arc::new([]))
        } else {
            Datum::text("")
        };
        return stored(setup, field, empty, span);
    }
    if is_filled_by_clock(own) {
        let now = match field.internal {
            FieldKind::DateTimeField => now(setup)?,
            FieldKind::DateField => Datum::Date(setup.settings.now.local.date),
            FieldKind::TimeField => Datum::Time(setup.settings.now.local.time),
            _ => Datum::DateTime(setup.settings.now.local),
        };
        return stored(setup, field, now, span);
    }
    Ok(Default::Nothing)
}

/// `auto_now` and `auto_now_add`.
fn is_filled_by_clock(field: &Field) -> bool {
    ["auto_now", "auto_now_add"]
        .iter()
        .any(|name| field.flag(name, false) == Some(true))
}

/// Whether a field without a default gets an empty text.
fn is_implied(field: &Resolved<'_>) -> bool {
    !field.is_null
        && field.field().flag("blank", false) == Some(true)
        && value::allows_empty_texts(field.field())
}

/// `timezone.now()`.
fn now(setup: Setup<'_>) -> Planned<Datum> {
    let now = &setup.settings.now;
    Ok(Datum::DateTime(if setup.settings.clock.use_tz()? {
        now.utc
    } else {
        now.local
    }))
}

fn given(setup: Setup<'_>, field: &Resolved<'_>, value: &SpannedValue) -> Planned<Default> {
    let datum = match &value.value {
        Value::Path(path) => match called(setup, path)? {
            Some(datum) => datum,
            None if is_constant(path) => return constant(setup, field, value),
            None => return Ok(Default::OnlyPython(format_smolstr!("{path}()"))),
        },
        Value::Unknown(unknown) => return Ok(Default::OnlyPython(unknown.reason.clone())),
        Value::None => Datum::Null,
        _ => return constant(setup, field, value),
    };
    stored(setup, field, datum, value.span)
}

fn constant(setup: Setup<'_>, field: &Resolved<'_>, value: &SpannedValue) -> Planned<Default> {
    let typing = typing(field)?;
    let datum = value::for_column(setup.server, &setup.settings.clock, &typing, value);
    match datum {
        Ok(datum) => written(setup, &datum, value.span),
        // A value that was read, but is nothing that whimbrel knows how to store.
        Err(unknown) => Ok(Default::OnlyPython(unknown.reason)),
    }
}

/// Paths that are values themselves: `decimal.ROUND_UP` is none that matters, members
/// of enumerations are read as their values.
fn is_constant(path: &str) -> bool {
    matches!(
        path,
        "datetime.datetime.min"
            | "datetime.datetime.max"
            | "datetime.date.min"
            | "datetime.date.max"
    )
}

/// What a callable gives that whimbrel can compute.
fn called(setup: Setup<'_>, path: &str) -> Planned<Option<Datum>> {
    let local = setup.settings.now.local;
    Ok(Some(match path {
        "django.utils.timezone.now" => now(setup)?,
        "datetime.datetime.now" | "datetime.datetime.today" => Datum::DateTime(local),
        "datetime.datetime.utcnow" => {
            let mut utc = setup.settings.now.utc;
            utc.offset = None;
            Datum::DateTime(utc)
        }
        "datetime.date.today" => Datum::Date(local.date),
        "uuid.uuid4" | "uuid.uuid1" => Datum::Uuid(setup.settings.uuid.clone()),
        "dict" | "builtins.dict" | "collections.OrderedDict" => Datum::Dict(Vec::new()),
        "list" | "builtins.list" => Datum::List(Vec::new()),
        "tuple" | "builtins.tuple" => Datum::Tuple(Vec::new()),
        "str" | "builtins.str" => Datum::text(""),
        "int" | "builtins.int" => Datum::int(0),
        "float" | "builtins.float" => Datum::Float(0.0),
        "bool" | "builtins.bool" => Datum::Bool(false),
        "bytes" | "builtins.bytes" => Datum::Bytes(std::sync::Arc::new([])),
        _ => return Ok(None),
    }))
}

/// The field whose values a column holds: what a foreign key refers to in the end.
pub(in crate::sql) fn typing(field: &Resolved<'_>) -> Planned<Field> {
    if field.relation.is_some() {
        let target = known(field.model.typed_by(&field.state))?;
        return Ok((*target.field.field).clone());
    }
    Ok(field.field().clone())
}

fn stored(setup: Setup<'_>, field: &Resolved<'_>, datum: Datum, span: Span) -> Planned<Default> {
    if datum == Datum::Null {
        return Ok(Default::Nothing);
    }
    let typing = typing(field)?;
    let clock = &setup.settings.clock;
    let datum = match (field.internal, datum) {
        // `str({})`.
        (FieldKind::CharField | FieldKind::TextField | FieldKind::SlugField, datum) => {
            match datum {
                Datum::Dict(pairs) if pairs.is_empty() => Datum::text("{}"),
                Datum::List(items) if items.is_empty() => Datum::text("[]"),
                Datum::Tuple(items) if items.is_empty() => Datum::text("()"),
                datum => datum,
            }
        }
        (_, datum) => datum,
    };
    let datum = value::prepared(clock, &typing, datum, span)?;
    let datum = value::adapted(setup.server, clock, &typing, datum, span)?;
    written(setup, &datum, span)
}

fn written(setup: Setup<'_>, datum: &Datum, span: Span) -> Planned<Default> {
    if *datum == Datum::Null {
        return Ok(Default::Nothing);
    }
    let sql = setup.server.quoting.value(datum);
    sql.map(Default::Sql)
        .map_err(|reason| Unknown::new(span, reason))
}
