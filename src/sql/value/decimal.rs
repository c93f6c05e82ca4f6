//! Decimal numbers as Python's `decimal` reads and prints them.

use std::fmt;

/// A finite decimal number with its exponent, so that `1.50` is not `1.5`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// The coefficient without leading zeros; `0` for zero.
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// `Decimal(text)`; `None` for what is no finite number.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text: String = text.trim().chars().filter(|it| *it != '_').collect();
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let digits = format!("{whole}{part}");
        if digits.is_empty() || !digits.bytes().all(|it| it.is_ascii_digit()) {
            return None;
        }
        let exponent = exponent.checked_sub(i64::try_from(part.len()).ok()?)?;
        let kept = digits.trim_start_matches('0');
        Some(Self {
            negative,
            digits: if kept.is_empty() { "0" } else { kept }.to_owned(),
            exponent,
        })
    }

    /// `Context(prec=precision).create_decimal_from_float(number)`.
    pub(crate) fn from_float(number: f64, precision: usize) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        // No float has more digits after its point than this.
        let exact = format!("{number:.1074}");
        let exact = Self::parse(exact.trim_end_matches('0').trim_end_matches('.'))?;
        if exact.digits.len() <= precision {
            return Some(exact);
        }
        Self::parse(&format!("{number:.*e}", precision.saturating_sub(1)))
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// The number without what follows its point; `None` if it is too large.
    pub(crate) fn truncated(&self) -> Option<i64> {
        let sign = if self.negative { "-" } else { "" };
        let text = if let Ok(zeros) = usize::try_from(self.exponent) {
            if zeros > 20 {
                return None;
            }
            format!("{sign}{}{}", self.digits, "0".repeat(zeros))
        } else {
            let cut = usize::try_from(self.exponent.checked_neg()?).ok()?;
            let kept = self.digits.len().saturating_sub(cut);
            format!("{sign}0{}", self.digits.get(..kept)?)
        };
        text.parse().ok()
    }
}

impl Decimal {
    /// `format(value, "f")`.
    #[must_use]
    pub fn without_exponent(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        match usize::try_from(self.exponent) {
            Ok(zeros) => format!("{sign}{}{}", self.digits, "0".repeat(zeros)),
            Err(_) => {
                let places = usize::try_from(self.exponent.unsigned_abs()).unwrap_or(0);
                let digits = format!("{:0>width$}", self.digits, width = places + 1);
                let (whole, part) = digits.split_at(digits.len() - places);
                format!("{sign}{whole}.{part}")
            }
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            out.write_str("-")?;
        }
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX);
        let left = self.exponent.saturating_add(length);
        if self.exponent <= 0 && left > -6 {
            let point = usize::try_from(left).unwrap_or(0);
            return match self.digits.split_at_checked(point) {
                Some((whole, "")) => out.write_str(whole),
                Some((whole, part)) if left > 0 => write!(out, "{whole}.{part}"),
                _ => {
                    let zeros = usize::try_from(left.saturating_neg()).unwrap_or(0);
                    write!(out, "0.{}{}", "0".repeat(zeros), self.digits)
                }
            };
        }
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        write!(out, "{first}{point}{rest}E{:+}", left - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::value::float_repr;

    // Expectations are what Python prints.
    #[test]
    fn decimals_print_as_in_python() {
        for (text, printed) in [
            ("1.50", "1.50"),
            ("-0.05", "-0.05"),
            ("+1", "1"),
            ("1e3", "1E+3"),
            ("1.5e3", "1.5E+3"),
            ("0.0000001", "1E-7"),
            ("0.000001", "0.000001"),
            ("0.00", "0.00"),
            ("1_000", "1000"),
            ("00012", "12"),
            ("123E-2", "1.23"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), printed);
        }
        for (text, printed) in [
            ("-1.50", "-1.50"),
            ("1e3", "1000"),
            ("0.0000001", "0.0000001"),
            ("0.00", "0.00"),
        ] {
            let decimal = Decimal::parse(text).unwrap();
            assert_eq!(decimal.without_exponent(), printed);
        }
        assert_eq!(Decimal::parse("NaN"), None);
        let of = |number, precision| Decimal::from_float(number, precision).unwrap();
        assert_eq!(of(1.5, 5).to_string(), "1.5");
        assert_eq!(of(0.1, 5).to_string(), "0.10000");
        assert_eq!(of(100.0, 5).to_string(), "100");
        assert_eq!(of(0.1, 28).to_string(), "0.1000000000000000055511151231");
        assert_eq!(Decimal::parse("-12.9").unwrap().truncated(), Some(-12));
    }

    #[test]
    fn floats_print_as_in_python() {
        for (number, printed) in [
            (1.0, "1.0"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1e-5, "1e-05"),
            (0.0001, "0.0001"),
            (1.5e300, "1.5e+300"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(float_repr(number), printed);
        }
    }
}
