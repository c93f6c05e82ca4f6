//! Python values from what a migration states.

use smol_str::{SmolStr, format_smolstr};

use super::time::{Date, DateTime, Duration, Time};
use super::{Datum, Decimal, Range, unknown, zone};
use crate::base::Span;
use crate::ir::value::Object;
use crate::ir::{Unknown, Value};

use crate::ir::value::SpannedValue;

/// The value that Python would have, if it is one that reaches a database.
pub(crate) fn read(value: &SpannedValue) -> Result<Datum, Unknown> {
    let span = value.span;
    let all = |items: &[SpannedValue]| items.iter().map(read).collect::<Result<Vec<_>, _>>();
    Ok(match &value.value {
        Value::None => Datum::Null,
        Value::Bool(flag) => Datum::Bool(*flag),
        Value::Int(number) => Datum::int(*number),
        Value::BigInt(digits) => Datum::BigInt(digits.clone()),
        Value::Float(number) => Datum::Float(*number),
        Value::Str(text) => Datum::Text(text.clone()),
        Value::Bytes(bytes) => Datum::Bytes(bytes.clone()),
        Value::List(items) => Datum::List(all(items)?),
        Value::Tuple(items) => Datum::Tuple(all(items)?),
        Value::Dict(pairs) => Datum::Dict(
            pairs
                .iter()
                .map(|(key, value)| Ok((read(key)?, read(value)?)))
                .collect::<Result<_, Unknown>>()?,
        ),
        Value::Object(object) => return of_object(object, span),
        Value::Path(path) => return of_path(path, span),
        Value::Unknown(why) => return Err((**why).clone()),
        Value::Setting(name) => return unknown(span, format!("`settings.{name}` was not read")),
        Value::Conditional(_) => {
            return unknown(span, "it depends on a condition that is not decided");
        }
        Value::Set(_) => return unknown(span, "the order of a set is not known"),
        Value::Complex(_) | Value::Ellipsis => {
            return unknown(span, "no database has such a value");
        }
    })
}

fn of_path(path: &str, span: Span) -> Result<Datum, Unknown> {
    match path {
        "datetime.time.min" => Ok(Datum::Time(Time::MIDNIGHT)),
        "datetime.time.max" => Ok(Datum::Time(Time::LAST)),
        "datetime.date.min" => named(Date::new(1, 1, 1).map(Datum::Date), path, span),
        "datetime.date.max" => named(Date::new(9999, 12, 31).map(Datum::Date), path, span),
        _ => unknown(
            span,
            format!("`{path}` could not be read: no source was found for it"),
        ),
    }
}

fn named(value: Option<Datum>, path: &str, span: Span) -> Result<Datum, Unknown> {
    value.ok_or_else(|| Unknown::new(span, format!("`{path}` does not take such arguments")))
}

fn of_object(object: &Object, span: Span) -> Result<Datum, Unknown> {
    let path = object.path.as_str();
    let args = Arguments { object, span };
    if let Some(name) = path.strip_prefix("datetime.") {
        return match name {
            "date" => args.date().map(Datum::Date),
            "time" => args.time(0).map(Datum::Time),
            "datetime" => args.moment().map(Datum::DateTime),
            "timedelta" => args.duration().map(Datum::Duration),
            _ => args.strange(),
        };
    }
    match path {
        "decimal.Decimal" => {
            let text = match args.get(0, "value")? {
                None => SmolStr::new_static("0"),
                Some(Datum::Float(number)) => {
                    let exact = Decimal::from_float(number, usize::MAX);
                    return named(exact.map(Datum::Decimal), path, span);
                }
                Some(value) => value.as_text().unwrap_or_default(),
            };
            named(Decimal::parse(&text).map(Datum::Decimal), path, span)
        }
        "uuid.UUID" => {
            let value = match args.get(0, "hex")? {
                Some(value) => Some(value),
                None => args.get(usize::MAX, "int")?,
            };
            named(value.as_ref().and_then(uuid).map(Datum::Uuid), path, span)
        }
        "ipaddress.ip_address" | "ipaddress.IPv4Address" | "ipaddress.IPv6Address" => {
            match args.get(0, "address")? {
                Some(Datum::Text(text)) => Ok(Datum::Inet(text)),
                _ => args.strange(),
            }
        }
        // `migrate` switches translations off, so that a message is itself.
        "django.utils.translation.gettext_lazy" | "django.utils.translation.gettext" => {
            match args.get(0, "message")? {
                Some(Datum::Text(text)) => Ok(Datum::Text(text)),
                _ => args.strange(),
            }
        }
        _ if is_range(path) => args.range(),
        _ => unknown(
            span,
            format!("what `{path}(...)` is to a database is not known"),
        ),
    }
}

/// psycopg's ranges, version 2 and 3, and Django's names for them.
fn is_range(path: &str) -> bool {
    let (package, class) = path.rsplit_once('.').unwrap_or(("", path));
    matches!(
        package,
        "psycopg.types.range"
            | "psycopg2.extras"
            | "psycopg2._range"
            | "django.db.backends.postgresql.psycopg_any"
    ) && matches!(
        class,
        "Range" | "NumericRange" | "DateRange" | "DateTimeRange" | "DateTimeTZRange"
    )
}

/// 32 digits of a `str` or an `int`, as `UUID` takes them.
pub(super) fn uuid(value: &Datum) -> Option<SmolStr> {
    match value {
        Datum::Uuid(digits) => Some(digits.clone()),
        Datum::Int(number, _) => {
            let number = u64::try_from(*number).ok()?;
            Some(format_smolstr!("{number:032x}"))
        }
        Datum::BigInt(digits) => {
            let number = digits.parse::<u128>().ok()?;
            Some(format_smolstr!("{number:032x}"))
        }
        Datum::Text(text) => {
            let text = text.replace("urn:", "").replace("uuid:", "");
            let digits: String = text
                .trim_matches(['{', '}'])
                .chars()
                .filter(|it| *it != '-')
                .collect();
            let fits = digits.len() == 32 && digits.bytes().all(|it| it.is_ascii_hexdigit());
            fits.then(|| SmolStr::new(digits.to_ascii_lowercase()))
        }
        _ => None,
    }
}

/// `str(uuid)` of its digits.
pub(super) fn with_hyphens(digits: &str) -> String {
    let mut out = String::with_capacity(36);
    for (at, digit) in digits.chars().enumerate() {
        if matches!(at, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

/// Arguments by position or name.
struct Arguments<'a> {
    object: &'a Object,
    span: Span,
}

impl Arguments<'_> {
    fn written(&self, at: usize, name: &str) -> Option<&SpannedValue> {
        let named = || self.object.kwargs.iter().find(|(key, _)| key == name);
        let given = self.object.args.get(at);
        given.or_else(|| named().map(|(_, value)| value))
    }

    fn get(&self, at: usize, name: &str) -> Result<Option<Datum>, Unknown> {
        self.written(at, name).map(read).transpose()
    }

    fn strange<T>(&self) -> Result<T, Unknown> {
        let path = &self.object.path;
        unknown(self.span, format!("`{path}` does not take such arguments"))
    }

    fn number(&self, at: usize, name: &str, default: Option<i64>) -> Result<i64, Unknown> {
        match (self.get(at, name)?, default) {
            (Some(Datum::Int(number, _)), _) => Ok(number),
            (None, Some(default)) => Ok(default),
            _ => self.strange(),
        }
    }

    fn date(&self) -> Result<Date, Unknown> {
        let year = self.number(0, "year", None)?;
        let month = self.number(1, "month", None)?;
        let day = self.number(2, "day", None)?;
        Date::new(year, month, day).map_or_else(|| self.strange(), Ok)
    }

    /// The clock's arguments, the first of them at a position.
    fn time(&self, from: usize) -> Result<Time, Unknown> {
        let hour = self.number(from, "hour", Some(0))?;
        let minute = self.number(from + 1, "minute", Some(0))?;
        let second = self.number(from + 2, "second", Some(0))?;
        let part = self.number(from + 3, "microsecond", Some(0))?;
        if from == 0
            && self
                .written(4, "tzinfo")
                .is_some_and(|it| it.value != Value::None)
        {
            return unknown(self.span, "Django takes no times with a time zone");
        }
        Time::new(hour, minute, second, part).map_or_else(|| self.strange(), Ok)
    }

    fn moment(&self) -> Result<DateTime, Unknown> {
        let moment = DateTime {
            date: self.date()?,
            time: self.time(3)?,
            offset: None,
        };
        Ok(DateTime {
            offset: match self.written(7, "tzinfo") {
                None => None,
                Some(zone) => offset(zone, moment)?,
            },
            ..moment
        })
    }

    fn duration(&self) -> Result<Duration, Unknown> {
        const UNITS: [(&str, i128); 7] = [
            ("days", 86_400_000_000),
            ("seconds", 1_000_000),
            ("microseconds", 1),
            ("milliseconds", 1_000),
            ("minutes", 60_000_000),
            ("hours", 3_600_000_000),
            ("weeks", 604_800_000_000),
        ];
        let mut total = 0_i128;
        for (at, (name, unit)) in UNITS.into_iter().enumerate() {
            match self.get(at, name)? {
                None => {}
                Some(Datum::Int(number, _)) => total += i128::from(number) * unit,
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    reason = "Python rounds parts of units to microseconds, half to even"
                )]
                Some(Datum::Float(number)) if number.is_finite() => {
                    total += (number * unit as f64).round_ties_even() as i128;
                }
                Some(_) => return self.strange(),
            }
        }
        Ok(Duration(total))
    }

    fn range(&self) -> Result<Datum, Unknown> {
        let is_empty = self.get(usize::MAX, "empty")? == Some(Datum::Bool(true));
        let lower = self.get(0, "lower")?.unwrap_or(Datum::Null);
        let upper = self.get(1, "upper")?.unwrap_or(Datum::Null);
        let bounds = match self.get(2, "bounds")? {
            None => SmolStr::new_static("[)"),
            Some(Datum::Text(bounds)) => bounds,
            Some(_) => return self.strange(),
        };
        Ok(Datum::Range(Box::new(Range::new(
            lower,
            upper,
            if is_empty { "" } else { &bounds },
        ))))
    }
}

impl Range {
    /// A side that is open is never inclusive. Source: psycopg's `Range.__init__`, 3.2.
    pub(crate) fn new(lower: Datum, upper: Datum, bounds: &str) -> Self {
        let mut sides = bounds.chars();
        let (mut first, mut last) = (sides.next(), sides.next());
        if lower == Datum::Null {
            first = first.map(|_| '(');
        }
        if upper == Datum::Null {
            last = last.map(|_| ')');
        }
        Self {
            lower,
            upper,
            bounds: first.into_iter().chain(last).collect(),
        }
    }
}

/// The seconds east of UTC of a `tzinfo`; `None` if it is `None`.
fn offset(tzinfo: &SpannedValue, moment: DateTime) -> Result<Option<i32>, Unknown> {
    let strange = || unknown(tzinfo.span, "the offset of the time zone is not known");
    match &tzinfo.value {
        Value::None => Ok(None),
        Value::Path(path) => match path.as_str() {
            "datetime.timezone.utc"
            | "datetime.UTC"
            | "django.utils.timezone.utc"
            | "pytz.utc"
            | "pytz.UTC" => Ok(Some(0)),
            _ => strange(),
        },
        Value::Object(object) => {
            let args = Arguments {
                object,
                span: tzinfo.span,
            };
            match object.path.as_str() {
                "datetime.timezone" => match args.get(0, "offset")? {
                    Some(Datum::Duration(Duration(offset))) => i32::try_from(offset / 1_000_000)
                        .map_or_else(|_| strange(), |it| Ok(Some(it))),
                    _ => strange(),
                },
                "zoneinfo.ZoneInfo" | "backports.zoneinfo.ZoneInfo" => match args.get(0, "key")? {
                    Some(Datum::Text(name)) => match zone::offset(&name, moment) {
                        Some(offset) => Ok(Some(offset)),
                        None => strange(),
                    },
                    _ => strange(),
                },
                // Any other zone of pytz is at its first offset of all, before it is
                // localised.
                "pytz.timezone" => match args.get(0, "zone")? {
                    Some(Datum::Text(name)) if zone::is_utc(&name) => Ok(Some(0)),
                    _ => strange(),
                },
                _ => strange(),
            }
        }
        Value::Unknown(why) => Err((**why).clone()),
        _ => strange(),
    }
}
