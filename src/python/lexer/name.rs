//! Names, keywords and string prefixes.

use super::string::Prefix;
use super::{Lexer, offset};
use crate::base::TextRange;
use crate::base::word::ascii_word_length;
use crate::python::token::Kind;

impl Lexer<'_> {
    /// A word that starts with an ASCII letter or `_`.
    #[inline]
    pub(super) fn word(&mut self) {
        let start = self.at;
        let end = start + 1 + ascii_word_length(&self.bytes[start + 1..]);
        match self.bytes.get(end) {
            Some(b'"' | b'\'') if end - start <= 2 => {
                if let Some(prefix) = Prefix::read(&self.bytes[start..end]) {
                    self.at = end;
                    return self.string(start, prefix);
                }
            }
            Some(0x80..) => {
                self.at = end;
                return self.rest_of_unicode_word(start);
            }
            _ => {}
        }
        let kind = Kind::of_word(&self.bytes[start..end]);
        self.push(kind, start, end);
    }

    /// A word that starts with a character beyond ASCII.
    #[cold]
    pub(super) fn unicode_word(&mut self) {
        let start = self.at;
        match self.text[start..].chars().next() {
            Some(character) if unicode_ident::is_xid_start(character) => {
                self.at += character.len_utf8();
                self.rest_of_unicode_word(start);
            }
            character => {
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                let end = start + character.len_utf8();
                self.at = end;
                self.invalid_character(TextRange::new(offset(start), offset(end)), character);
            }
        }
    }

    #[cold]
    pub(super) fn invalid_character(&mut self, range: TextRange, character: char) {
        // What cannot be seen is named by its number.
        let is_visible = unicode_names2::name(character).is_some()
            && !(character.is_control()
                || character.is_whitespace()
                || matches!(character, '`' | '\u{ad}' | '\u{feff}' | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{2064}'));
        let message = if is_visible {
            format!("`{character}` cannot stand in Python code")
        } else {
            format!(
                "character U+{:04X} cannot stand in Python code",
                character as u32
            )
        };
        let help = match character {
            '\u{201c}'..='\u{201f}' => Some("quotes are written `\"`"),
            '\u{2018}'..='\u{201b}' => Some("quotes are written `'`"),
            '\u{2012}'..='\u{2015}' | '\u{2212}' => Some("a minus sign is written `-`"),
            '\u{a0}' => Some("this is a no-break space; use a space"),
            _ => None,
        };
        self.error(range, message, |error| match help {
            Some(help) => error.with_help(help),
            None => error,
        });
    }

    fn rest_of_unicode_word(&mut self, start: usize) {
        let rest = &self.text[self.at..];
        let len = rest
            .char_indices()
            .find(|(_, character)| !unicode_ident::is_xid_continue(*character))
            .map_or(rest.len(), |(at, _)| at);
        // Keywords are ASCII; what only normalises to one is a name (CPython
        // compares the bytes before normalisation).
        self.push(Kind::Name, start, self.at + len);
    }
}
