//! Time zones by name, from the database that is built in.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::time::{Date, DateTime, Time};

/// Names of zones that are always at UTC.
pub(super) fn is_utc(name: &str) -> bool {
    matches!(
        name,
        "UTC"
            | "Etc/UTC"
            | "Zulu"
            | "Etc/Zulu"
            | "UCT"
            | "Etc/UCT"
            | "Universal"
            | "Etc/Universal"
            | "GMT"
            | "Etc/GMT"
    )
}

/// Seconds east of UTC of a naive moment in a zone; of two, the earlier one, and in a
/// gap what held before it, as Python has it for `fold=0`.
pub(super) fn offset(zone: &str, moment: DateTime) -> Option<i32> {
    if is_utc(zone) {
        return Some(0);
    }
    let zone = TimeZone::get(zone).ok()?;
    let offset = match zone.to_ambiguous_timestamp(civil(moment)?).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
    };
    Some(offset.seconds())
}

/// The naive moment that a clock in the zone shows.
pub(super) fn local(zone: &str, moment: DateTime) -> Option<DateTime> {
    let offset = Offset::from_seconds(moment.offset?).ok()?;
    let timestamp = offset.to_timestamp(civil(moment)?).ok()?;
    let zone = if is_utc(zone) {
        TimeZone::UTC
    } else {
        TimeZone::get(zone).ok()?
    };
    let shown = zone.to_datetime(timestamp);
    Some(DateTime {
        date: Date::new(
            shown.year().into(),
            shown.month().into(),
            shown.day().into(),
        )?,
        time: Time::new(
            shown.hour().into(),
            shown.minute().into(),
            shown.second().into(),
            i64::from(shown.subsec_nanosecond() / 1000),
        )?,
        offset: None,
    })
}

fn civil(moment: DateTime) -> Option<civil::DateTime> {
    let (year, month, day) = moment.date.parts();
    let (hour, minute, second, microsecond) = moment.time.parts();
    let signed = |it: u8| i8::try_from(it).ok();
    civil::DateTime::new(
        i16::try_from(year).ok()?,
        signed(month)?,
        signed(day)?,
        signed(hour)?,
        signed(minute)?,
        signed(second)?,
        i32::try_from(microsecond).ok()? * 1000,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::super::time::parse_datetime;
    use super::*;

    // Expectations are what `zoneinfo` says.
    #[test]
    fn offsets_are_those_of_the_zone() {
        let of = |zone, text| offset(zone, parse_datetime(text).unwrap());
        assert_eq!(of("America/Chicago", "2024-01-01 00:00"), Some(-21600));
        assert_eq!(of("America/Chicago", "2024-07-01 00:00"), Some(-18000));
        assert_eq!(of("Europe/Berlin", "2024-10-27 02:30"), Some(7200));
        assert_eq!(of("Europe/Berlin", "2024-03-31 02:30"), Some(3600));
        assert_eq!(of("Nowhere/Land", "2024-03-31 02:30"), None);
        let moment = parse_datetime("2024-01-01 03:00:00Z").unwrap();
        let shown = local("America/Chicago", moment).unwrap();
        assert_eq!(shown.to_string(), "2023-12-31 21:00:00");
    }
}
