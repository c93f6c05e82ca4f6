//! What a field makes of a value for its database.

use smol_str::SmolStr;

use super::read;
use super::time::{parse_date, parse_datetime, parse_time};
use super::{Clock, DateTime, Datum, Decimal, IntegerType, Range, Time};
use super::{internal_type, json, kind_of, unknown, zone};
use crate::base::Span;
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldKind, Unknown, Value};
use crate::sql::Server;

/// `get_db_prep_save`: what a column of the field stores for a value of a migration.
/// A foreign key's value is one of the field that it refers to in the end, which is
/// to be given here.
pub fn for_column(
    server: &Server,
    clock: &Clock,
    field: &Field,
    value: &SpannedValue,
) -> Result<Datum, Unknown> {
    let datum = read::read(value)?;
    if datum == Datum::Null && kind_of(field)? == FieldKind::JSONField {
        return Ok(Datum::Null);
    }
    let datum = prepared(clock, field, datum, value.span)?;
    adapted(server, clock, field, datum, value.span)
}

/// `get_prep_value`: the value as one of the field's Python type.
pub(crate) fn prepared(
    clock: &Clock,
    field: &Field,
    value: Datum,
    span: Span,
) -> Result<Datum, Unknown> {
    use FieldKind as Kind;
    if value == Datum::Null {
        return Ok(value);
    }
    let kind = kind_of(field)?;
    let wrong = || unknown(span, format!("it is no value of a {}", kind.as_str()));
    Ok(match internal_type(kind) {
        Kind::BooleanField => match &value {
            Datum::Bool(_) => value,
            Datum::Int(0, _) => Datum::Bool(false),
            Datum::Int(1, _) => Datum::Bool(true),
            Datum::Text(text) => match text.as_str() {
                "t" | "True" | "1" => Datum::Bool(true),
                "f" | "False" | "0" => Datum::Bool(false),
                _ => return wrong(),
            },
            _ => return wrong(),
        },
        Kind::CharField
        | Kind::TextField
        | Kind::SlugField
        | Kind::FileField
        | Kind::FilePathField
        | Kind::IPAddressField => match value.as_text() {
            Some(text) => Datum::Text(text),
            None => return wrong(),
        },
        Kind::GenericIPAddressField => match value.as_text() {
            Some(text) => Datum::Text(address(&text, field)),
            None => return wrong(),
        },
        Kind::DateField => date(clock, value, span)?,
        Kind::DateTimeField => moment(clock, value, span)?,
        Kind::TimeField => match value {
            Datum::Time(_) => value,
            Datum::DateTime(moment) => Datum::Time(moment.time),
            Datum::Text(text) => match parse_time(&text) {
                Some(time) => Datum::Time(time),
                None => return wrong(),
            },
            _ => return wrong(),
        },
        Kind::DecimalField => match decimal(field, value) {
            Some(decimal) => Datum::Decimal(decimal),
            None => return wrong(),
        },
        Kind::FloatField => match value {
            Datum::Float(_) => value,
            Datum::Bool(flag) => Datum::Float(f64::from(u8::from(flag))),
            _ => match value.as_text().and_then(|text| text.trim().parse().ok()) {
                Some(number) => Datum::Float(number),
                None => return wrong(),
            },
        },
        _ if integer_type(kind).is_some() || is_auto(kind) => match integer(value) {
            Some(number) => number,
            None => return wrong(),
        },
        Kind::UUIDField => match read::uuid(&value) {
            Some(digits) => Datum::Uuid(digits),
            None => return wrong(),
        },
        Kind::HStoreField => match hstore(value) {
            Some(value) => value,
            None => return wrong(),
        },
        Kind::IntegerRangeField
        | Kind::BigIntegerRangeField
        | Kind::DecimalRangeField
        | Kind::DateRangeField
        | Kind::DateTimeRangeField => match value {
            Datum::List(sides) | Datum::Tuple(sides) => {
                let mut sides = sides.into_iter();
                let (Some(lower), Some(upper)) = (sides.next(), sides.next()) else {
                    return wrong();
                };
                let bounds = match (kind, field.option("default_bounds")) {
                    (Kind::DecimalRangeField | Kind::DateTimeRangeField, Some(bounds)) => {
                        match &bounds.value {
                            Value::Str(bounds) => bounds.clone(),
                            _ => return unknown(bounds.span, "the bounds are not known"),
                        }
                    }
                    _ => SmolStr::new_static("[)"),
                };
                Datum::Range(Box::new(Range::new(lower, upper, &bounds)))
            }
            value => value,
        },
        _ => value,
    })
}

/// `get_db_prep_value(prepared=True)`: what the driver gets.
pub(crate) fn adapted(
    server: &Server,
    clock: &Clock,
    field: &Field,
    value: Datum,
    span: Span,
) -> Result<Datum, Unknown> {
    use FieldKind as Kind;
    let kind = kind_of(field)?;
    let values = &server.dialect.values;
    if kind == Kind::JSONField {
        return json(server, field, &value, span);
    }
    if value == Datum::Null {
        return Ok(value);
    }
    Ok(match internal_type(kind) {
        Kind::TimeField if values.times_with_microseconds => match value {
            Datum::Time(time) => Datum::Text(time.with_microseconds()),
            value => value,
        },
        Kind::TimeField if values.times_have_dates => match value.as_text() {
            Some(text) => Datum::Text(smol_str::format_smolstr!("1900-01-01 {text}")),
            None => value,
        },
        Kind::DateField | Kind::TimeField if values.temporals_as_text => match value.as_text() {
            Some(text) => Datum::Text(text),
            None => value,
        },
        Kind::DateTimeField if values.temporals_as_text => match value {
            Datum::DateTime(moment) => text_of_moment(clock, moment, span)?,
            value => value,
        },
        // A value that was not prepared may still be a number.
        Kind::DecimalField => match decimal(field, value) {
            Some(number) => Datum::Decimal(number),
            None => return unknown(span, "it is no decimal number"),
        },
        Kind::DurationField if !server.features.has_native_duration_field => match value {
            Datum::Duration(duration) => match i64::try_from(duration.0) {
                Ok(microseconds) => Datum::int(microseconds),
                Err(_) => return unknown(span, "the duration is too long"),
            },
            _ => return unknown(span, "it is no duration"),
        },
        Kind::GenericIPAddressField => match value {
            Datum::Text(text) if text.is_empty() => Datum::Null,
            Datum::Text(text) if values.native_addresses => Datum::Inet(inet(&text)),
            value => value,
        },
        Kind::UUIDField => match read::uuid(&value) {
            Some(digits) if server.features.has_native_uuid_field => Datum::Uuid(digits),
            Some(digits) => Datum::Text(digits),
            None => return unknown(span, "it is no UUID"),
        },
        Kind::ArrayField => match (value, field.inner.as_deref()) {
            (Datum::List(items) | Datum::Tuple(items), Some(inner)) => {
                let items = items.into_iter().map(|item| {
                    let item = prepared(clock, inner, item, span)?;
                    adapted(server, clock, inner, item, span)
                });
                Datum::List(items.collect::<Result<_, _>>()?)
            }
            (Datum::List(_) | Datum::Tuple(_), None) => {
                return unknown(field.span, "what the array holds is not known");
            }
            (value, _) => value,
        },
        inner => match (value, integer_type(inner)) {
            (Datum::Int(number, None), Some(width)) if values.typed_integers => {
                Datum::Int(number, Some(width))
            }
            (value, _) => value,
        },
    })
}

/// `adapt_integerfield_value`'s type of an integer field; `None` for all others.
fn integer_type(kind: FieldKind) -> Option<IntegerType> {
    use FieldKind as Kind;
    Some(match internal_type(kind) {
        Kind::SmallIntegerField | Kind::PositiveSmallIntegerField => IntegerType::Int2,
        Kind::IntegerField | Kind::PositiveIntegerField => IntegerType::Int4,
        Kind::BigIntegerField | Kind::PositiveBigIntegerField => IntegerType::Int8,
        _ => return None,
    })
}

const fn is_auto(kind: FieldKind) -> bool {
    use FieldKind as Kind;
    matches!(
        kind,
        Kind::AutoField | Kind::BigAutoField | Kind::SmallAutoField
    )
}

/// `int(value)`.
fn integer(value: Datum) -> Option<Datum> {
    Some(match value {
        Datum::Int(..) | Datum::BigInt(_) => value,
        Datum::Bool(flag) => Datum::int(i64::from(flag)),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range is checked before"
        )]
        Datum::Float(number) if number.abs() < 9e18 => Datum::int(number as i64),
        Datum::Decimal(number) => Datum::int(number.truncated()?),
        Datum::Text(text) => Datum::int(text.trim().replace('_', "").parse().ok()?),
        _ => return None,
    })
}

fn decimal(field: &Field, value: Datum) -> Option<Decimal> {
    match value {
        Datum::Decimal(number) => Some(number),
        Datum::Float(number) => {
            let digits = match field.option("max_digits").map(|digits| &digits.value) {
                None | Some(Value::None) => 28,
                Some(Value::Int(digits)) => usize::try_from(*digits).ok()?,
                Some(_) => return None,
            };
            Decimal::from_float(number, digits)
        }
        Datum::Bool(flag) => Decimal::parse(if flag { "1" } else { "0" }),
        Datum::Int(..) | Datum::BigInt(_) | Datum::Text(_) => Decimal::parse(&value.as_text()?),
        _ => None,
    }
}

fn hstore(value: Datum) -> Option<Datum> {
    Some(match value {
        Datum::Dict(pairs) => {
            let mut out = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                let value = match value {
                    Datum::Null => Datum::Null,
                    value => Datum::Text(value.as_text()?),
                };
                out.push((Datum::Text(key.as_text()?), value));
            }
            Datum::Dict(out)
        }
        Datum::List(items) => Datum::List(
            items
                .iter()
                .map(|item| item.as_text().map(Datum::Text))
                .collect::<Option<_>>()?,
        ),
        value => value,
    })
}

/// `clean_ipv6_address`, which leaves what is no address alone.
fn address(text: &str, field: &Field) -> SmolStr {
    if !text.contains(':') {
        return SmolStr::new(text);
    }
    let Ok(address) = text.parse::<std::net::Ipv6Addr>() else {
        return SmolStr::new(text);
    };
    match address.to_ipv4_mapped() {
        Some(inner) if field.flag("unpack_ipv4", false) == Some(true) => {
            smol_str::format_smolstr!("{inner}")
        }
        _ => smol_str::format_smolstr!("{address}"),
    }
}

/// `str(ipaddress.ip_address(text))`, as Python writes it up to 3.12.
fn inet(text: &str) -> SmolStr {
    match text.parse::<std::net::Ipv6Addr>() {
        Ok(address) if address.to_ipv4_mapped().is_some() => {
            let [.., high, low] = address.segments();
            smol_str::format_smolstr!("::ffff:{high:x}:{low:x}")
        }
        _ => SmolStr::new(text),
    }
}

fn date(clock: &Clock, value: Datum, span: Span) -> Result<Datum, Unknown> {
    match value {
        Datum::Date(_) => Ok(value),
        Datum::DateTime(moment) => {
            let moment = if moment.offset.is_some() && clock.use_tz()? {
                in_default_zone(clock, moment, span)?
            } else {
                moment
            };
            Ok(Datum::Date(moment.date))
        }
        Datum::Text(text) => match parse_date(&text) {
            Some(date) => Ok(Datum::Date(date)),
            None => unknown(span, "it is no date"),
        },
        _ => unknown(span, "it is no date"),
    }
}

fn moment(clock: &Clock, value: Datum, span: Span) -> Result<Datum, Unknown> {
    let midnight = |date| DateTime {
        date,
        time: Time::MIDNIGHT,
        offset: None,
    };
    let found = match value {
        Datum::DateTime(moment) => Some(moment),
        Datum::Date(date) => Some(midnight(date)),
        Datum::Text(text) => parse_datetime(&text).or_else(|| parse_date(&text).map(midnight)),
        _ => None,
    };
    let Some(mut moment) = found else {
        return unknown(span, "it is no date and time");
    };
    if moment.offset.is_none() && clock.use_tz()? {
        // A naive moment is one of the default time zone.
        moment.offset = zone::offset(clock.time_zone()?, moment);
        if moment.offset.is_none() {
            return unknown(span, "`settings.TIME_ZONE` is no time zone that is known");
        }
    }
    Ok(Datum::DateTime(moment))
}

fn in_default_zone(clock: &Clock, moment: DateTime, span: Span) -> Result<DateTime, Unknown> {
    zone::local(clock.time_zone()?, moment)
        .ok_or_else(|| Unknown::new(span, "its date in `settings.TIME_ZONE` is not known"))
}

/// A database without time zones stores what a clock in UTC shows.
pub(crate) fn text_of_moment(
    clock: &Clock,
    moment: DateTime,
    span: Span,
) -> Result<Datum, Unknown> {
    let moment = match moment.offset {
        None => moment,
        Some(_) if !clock.use_tz()? => {
            return unknown(
                span,
                "the database takes no time zones while `USE_TZ` is false",
            );
        }
        Some(_) => moment
            .in_utc()
            .ok_or_else(|| Unknown::new(span, "the date and time is out of range"))?,
    };
    Ok(Datum::Text(smol_str::format_smolstr!("{moment}")))
}

/// `adapt_json_value`.
fn json(server: &Server, field: &Field, value: &Datum, span: Span) -> Result<Datum, Unknown> {
    let is_django = match field.option("encoder").map(|encoder| &encoder.value) {
        None | Some(Value::None) => false,
        Some(Value::Path(path)) if path == "django.core.serializers.json.DjangoJSONEncoder" => true,
        Some(_) if field.own.as_ref().is_some_and(|own| own.has_plain_encoder) => false,
        Some(_) => return unknown(span, "what the field's encoder prints is not known"),
    };
    let Some(text) = json::dumps(value, is_django) else {
        return unknown(span, "how the value looks in JSON is not known");
    };
    let text = SmolStr::new(text);
    Ok(if server.features.has_native_json_field {
        Datum::Jsonb(text)
    } else {
        Datum::Text(text)
    })
}
