//! Dates, times and durations as Python's `datetime` has them.

use std::fmt;

use smol_str::{SmolStr, format_smolstr};

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

/// A time of day, without a time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time {
    hour: u8,
    minute: u8,
    second: u8,
    microsecond: u32,
}

/// A moment; without an offset it is a naive one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateTime {
    pub date: Date,
    pub time: Time,
    /// Seconds east of UTC.
    pub offset: Option<i32>,
}

/// A length of time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Duration(pub i128);

const DAY: i128 = 86_400_000_000;

impl Date {
    /// 1970-01-01.
    pub const EPOCH: Self = Self {
        year: 1970,
        month: 1,
        day: 1,
    };

    #[must_use]
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let year = i32::try_from(year)
            .ok()
            .filter(|it| (1..=9999).contains(it))?;
        let month = u8::try_from(month)
            .ok()
            .filter(|it| (1..=12).contains(it))?;
        let last = days_of_month(year, month);
        let day = u8::try_from(day)
            .ok()
            .filter(|it| (1..=last).contains(it))?;
        Some(Self { year, month, day })
    }

    /// The day that is so many days after 1970-01-01.
    #[must_use]
    pub fn of_unix_days(days: i64) -> Option<Self> {
        Self::of_ordinal(days.checked_add(719_162)?)
    }

    pub(super) const fn parts(self) -> (i32, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// Days since 0001-01-01.
    fn ordinal(self) -> i64 {
        let before = i64::from(self.year) - 1;
        let months: i64 = (1..self.month)
            .map(|month| i64::from(days_of_month(self.year, month)))
            .sum();
        before * 365 + before / 4 - before / 100 + before / 400 + months + i64::from(self.day) - 1
    }

    fn of_ordinal(ordinal: i64) -> Option<Self> {
        if ordinal < 0 {
            return None;
        }
        let mut year = i32::try_from(ordinal / 366 + 1).ok()?;
        while Self::new(i64::from(year) + 1, 1, 1).is_some_and(|it| it.ordinal() <= ordinal) {
            year += 1;
        }
        let mut rest = ordinal - Self::new(i64::from(year), 1, 1)?.ordinal();
        for month in 1..=12 {
            let days = i64::from(days_of_month(year, month));
            if rest < days {
                return Self::new(i64::from(year), i64::from(month), rest + 1);
            }
            rest -= days;
        }
        None
    }

    /// `date.fromisocalendar(year, 1, 1)`: the Monday of the week with the year's
    /// first Thursday.
    pub(crate) fn of_iso_year(year: i64) -> Option<Self> {
        let first = Self::new(year, 1, 1)?.ordinal();
        // 0001-01-01 was a Monday.
        let weekday = first % 7;
        Self::of_ordinal(if weekday > 3 {
            first + 7 - weekday
        } else {
            first - weekday
        })
    }

    pub(crate) fn day_before(self) -> Option<Self> {
        Self::of_ordinal(self.ordinal() - 1)
    }
}

fn days_of_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Time {
    pub const MIDNIGHT: Self = Self {
        hour: 0,
        minute: 0,
        second: 0,
        microsecond: 0,
    };

    pub(crate) const LAST: Self = Self {
        hour: 23,
        minute: 59,
        second: 59,
        microsecond: 999_999,
    };

    pub(super) const fn parts(self) -> (u8, u8, u8, u32) {
        (self.hour, self.minute, self.second, self.microsecond)
    }

    #[must_use]
    pub fn new(hour: i64, minute: i64, second: i64, microsecond: i64) -> Option<Self> {
        let below = |value: i64, limit: u8| u8::try_from(value).ok().filter(|it| *it < limit);
        Some(Self {
            hour: below(hour, 24)?,
            minute: below(minute, 60)?,
            second: below(second, 60)?,
            microsecond: u32::try_from(microsecond)
                .ok()
                .filter(|it| *it < 1_000_000)?,
        })
    }
}

impl DateTime {
    /// The same moment without an offset, as a clock in UTC shows it.
    pub(crate) fn in_utc(self) -> Option<Self> {
        let seconds = i64::from(self.time.hour) * 3600
            + i64::from(self.time.minute) * 60
            + i64::from(self.time.second)
            - i64::from(self.offset.unwrap_or(0));
        let date = Date::of_ordinal(self.date.ordinal() + seconds.div_euclid(86_400))?;
        let seconds = seconds.rem_euclid(86_400);
        let time = Time::new(
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            i64::from(self.time.microsecond),
        )?;
        Some(Self {
            date,
            time,
            offset: None,
        })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Time {
    /// `isoformat(timespec="microseconds")`.
    #[must_use]
    pub fn with_microseconds(self) -> SmolStr {
        format_smolstr!(
            "{:02}:{:02}:{:02}.{:06}",
            self.hour,
            self.minute,
            self.second,
            self.microsecond
        )
    }
}

impl fmt::Display for Time {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:02}:{:02}:{:02}",
            self.hour, self.minute, self.second
        )?;
        if self.microsecond > 0 {
            write!(out, ".{:06}", self.microsecond)?;
        }
        Ok(())
    }
}

impl fmt::Display for DateTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.date, self.time)?;
        let Some(offset) = self.offset else {
            return Ok(());
        };
        let sign = if offset < 0 { '-' } else { '+' };
        let seconds = offset.unsigned_abs();
        write!(out, "{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
        if seconds % 60 > 0 {
            write!(out, ":{:02}", seconds % 60)?;
        }
        Ok(())
    }
}

impl Duration {
    /// Whole days, and the microseconds of the day that is left.
    fn parts(self) -> (i128, i128) {
        (self.0.div_euclid(DAY), self.0.rem_euclid(DAY))
    }

    /// `duration_iso_string`: `P1DT00H00M03S`.
    pub(crate) fn as_iso(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (days, rest) = Self(self.0.abs()).parts();
        let seconds = rest / 1_000_000;
        let part = match rest % 1_000_000 {
            0 => String::new(),
            part => format!(".{part:06}"),
        };
        format!(
            "{sign}P{days}DT{:02}H{:02}M{:02}{part}S",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }

    /// As psycopg hands it to PostgreSQL: `1 day 0:00:03`.
    pub(crate) fn as_interval(self) -> String {
        self.to_string().replace(',', "")
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = self.parts();
        if days != 0 {
            let plural = if days.abs() == 1 { "" } else { "s" };
            write!(out, "{days} day{plural}, ")?;
        }
        let seconds = rest / 1_000_000;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        write!(out, "{hours}:{minutes:02}:{:02}", seconds % 60)?;
        match rest % 1_000_000 {
            0 => Ok(()),
            part => write!(out, ".{part:06}"),
        }
    }
}

/// `django.utils.dateparse.parse_date`: an ISO date.
pub(crate) fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let mut next = |shortest: usize, longest: usize| {
        let part = parts.next()?;
        let fits = (shortest..=longest).contains(&part.len());
        let is_number = part.bytes().all(|it| it.is_ascii_digit());
        (fits && is_number)
            .then(|| part.parse::<i64>().ok())
            .flatten()
    };
    let (year, month, day) = (next(4, 4)?, next(1, 2)?, next(1, 2)?);
    Date::new(year, month, day)
}

/// `parse_time`: `14:30`, `14:30:59.5`; an offset is not read.
pub(crate) fn parse_time(text: &str) -> Option<Time> {
    let (clock, fraction) = match text.split_once(['.', ',']) {
        Some((clock, fraction)) => (clock, fraction),
        None => (text, ""),
    };
    if fraction.len() > 6 || !fraction.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let microsecond = format!("{fraction:0<6}").parse().ok()?;
    let mut parts = clock.split(':').map(|part| {
        let is_number = (1..=2).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        is_number.then(|| part.parse::<i64>().ok()).flatten()
    });
    let hour = parts.next()??;
    let minute = parts.next()??;
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    match parts.next() {
        Some(_) => None,
        None => Time::new(hour, minute, second, microsecond),
    }
}

/// `parse_datetime`: date and time with `T` or a space between, and an offset.
pub(crate) fn parse_datetime(text: &str) -> Option<DateTime> {
    let (date, rest) = text.split_at_checked(text.find(['T', ' '])?)?;
    let rest = rest.get(1..)?;
    let (clock, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => {
            let (clock, zone) = rest.split_at_checked(at)?;
            (clock.trim_end(), Some(parse_offset(zone)?))
        }
        None => (rest, None),
    };
    Some(DateTime {
        date: parse_date(date)?,
        time: parse_time(clock)?,
        offset,
    })
}

fn parse_offset(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    let digits: String = zone.get(1..)?.chars().filter(|it| *it != ':').collect();
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<i32>().ok());
    let seconds = match digits.len() {
        2 => number(digits.get(..2))? * 3600,
        4 => number(digits.get(..2))? * 3600 + number(digits.get(2..4))? * 60,
        _ => return None,
    };
    Some(if zone.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expectations are what Python prints.
    #[test]
    fn durations_print_as_in_python() {
        for (microseconds, printed) in [
            (0, "0:00:00"),
            (DAY + 3_000_004, "1 day, 0:00:03.000004"),
            (-5_000_000, "-1 day, 23:59:55"),
            (2 * DAY, "2 days, 0:00:00"),
        ] {
            assert_eq!(Duration(microseconds).to_string(), printed);
        }
    }

    #[test]
    fn moments_are_read_and_moved_to_utc() {
        let moment = parse_datetime("2020-01-01T01:30:00+02:00").unwrap();
        assert_eq!(moment.to_string(), "2020-01-01 01:30:00+02:00");
        assert_eq!(moment.in_utc().unwrap().to_string(), "2019-12-31 23:30:00");
        assert_eq!(parse_time("14:30").unwrap().to_string(), "14:30:00");
        assert_eq!(
            parse_time("1:02:03.5").unwrap().to_string(),
            "01:02:03.500000"
        );
        assert!(parse_date("2023-02-29").is_none());
    }

    #[test]
    fn iso_years_begin_on_a_monday() {
        for (year, day) in [
            (2020, "2019-12-30"),
            (2021, "2021-01-04"),
            (2026, "2025-12-29"),
        ] {
            assert_eq!(Date::of_iso_year(year).unwrap().to_string(), day);
        }
        assert_eq!(
            Date::new(2024, 3, 1)
                .unwrap()
                .day_before()
                .unwrap()
                .to_string(),
            "2024-02-29"
        );
    }
}
