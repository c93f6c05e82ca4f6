//! Numeric literals.

use crate::base::TextRange;

use super::{Lexer, offset};
use crate::python::token::Kind;

/// CPython converts no longer decimal integers (`sys.int_info.default_max_str_digits`).
const MAX_DECIMAL_DIGITS: usize = 4300;

impl Lexer<'_> {
    /// At a digit, or at a dot before one.
    pub(super) fn number(&mut self) {
        let start = self.at;
        let radix = match (self.bytes[start], self.byte(1)) {
            (b'0', Some(b'x' | b'X')) => Some((16, "hexadecimal")),
            (b'0', Some(b'o' | b'O')) => Some((8, "octal")),
            (b'0', Some(b'b' | b'B')) => Some((2, "binary")),
            _ => None,
        };
        let problem = match radix {
            Some((radix, name)) => self.radix_number(radix, name),
            None => self.decimal_number(start),
        };
        let end = self.at;
        match problem.or_else(|| self.glued_word(end)) {
            Some(problem) => {
                // What follows belongs to what was meant as one number.
                while let Some(byte) = self.byte(0)
                    && (byte.is_ascii_alphanumeric() || byte == b'_')
                {
                    self.at += 1;
                }
                let range = TextRange::new(offset(start), offset(self.at));
                self.error(range, problem, |error| error);
            }
            None => self.push(Kind::Number, start, end),
        }
    }

    fn radix_number(&mut self, radix: u32, name: &str) -> Option<String> {
        self.at += 2;
        loop {
            if self.byte(0) == Some(b'_') {
                self.at += 1;
            }
            match self.byte(0) {
                Some(byte) if char::from(byte).is_digit(radix) => {
                    while self
                        .byte(0)
                        .is_some_and(|byte| char::from(byte).is_digit(radix))
                    {
                        self.at += 1;
                    }
                }
                Some(byte @ b'0'..=b'9') => {
                    return Some(format!(
                        "`{}` is no digit of {name} literals",
                        char::from(byte)
                    ));
                }
                _ => return Some(format!("{name} literal without a last digit")),
            }
            if self.byte(0) != Some(b'_') {
                break;
            }
        }
        match self.byte(0) {
            Some(byte @ b'0'..=b'9') => Some(format!(
                "`{}` is no digit of {name} literals",
                char::from(byte)
            )),
            _ => None,
        }
    }

    fn decimal_number(&mut self, start: usize) -> Option<String> {
        let mut is_integer = true;
        if self.byte(0) != Some(b'.')
            && let Some(problem) = self.digits()
        {
            return Some(problem);
        }
        let whole = self.at;
        if self.byte(0) == Some(b'.') {
            is_integer = false;
            self.at += 1;
            if matches!(self.byte(0), Some(b'0'..=b'9'))
                && let Some(problem) = self.digits()
            {
                return Some(problem);
            }
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
            if matches!(self.byte(1 + sign), Some(b'0'..=b'9')) {
                is_integer = false;
                self.at += 1 + sign;
                if let Some(problem) = self.digits() {
                    return Some(problem);
                }
            } else if sign == 1 {
                return Some("exponent without digits".to_owned());
            }
        }
        if matches!(self.byte(0), Some(b'j' | b'J')) {
            is_integer = false;
            self.at += 1;
        }
        if !is_integer {
            return None;
        }
        let digits = &self.bytes[start..whole];
        // CPython looks for an exponent first and then forgets the zero: `09else`.
        let is_before_e = matches!(self.byte(0), Some(b'e' | b'E'));
        if !is_before_e
            && digits[0] == b'0'
            && digits.iter().any(|byte| matches!(byte, b'1'..=b'9'))
        {
            return Some("decimal integers cannot start with 0 (octal is `0o...`)".to_owned());
        }
        if digits.len() > MAX_DECIMAL_DIGITS
            && digits.iter().filter(|byte| **byte != b'_').count() > MAX_DECIMAL_DIGITS
        {
            return Some(format!(
                "decimal integers have at most {MAX_DECIMAL_DIGITS} digits"
            ));
        }
        None
    }

    /// Digits with single underscores between them.
    fn digits(&mut self) -> Option<String> {
        loop {
            while matches!(self.byte(0), Some(b'0'..=b'9')) {
                self.at += 1;
            }
            if self.byte(0) != Some(b'_') {
                return None;
            }
            self.at += 1;
            if !matches!(self.byte(0), Some(b'0'..=b'9')) {
                return Some("`_` must stand between digits".to_owned());
            }
        }
    }

    /// A word right behind a number must be a keyword that can follow one, as in
    /// `1if x else 2`; CPython warns of it, and still reads it.
    fn glued_word(&self, end: usize) -> Option<String> {
        let rest = &self.bytes[end..];
        let len = rest
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80))
            .unwrap_or(rest.len());
        if len == 0 {
            return None;
        }
        match Kind::of_word(&rest[..len]) {
            Kind::And
            | Kind::Else
            | Kind::For
            | Kind::If
            | Kind::In
            | Kind::Is
            | Kind::Not
            | Kind::Or => None,
            _ => Some("a name cannot start with a digit".to_owned()),
        }
    }
}
