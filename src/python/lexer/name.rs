//! Names, keywords and string prefixes.

use super::Lexer;
use super::string::Prefix;
use crate::python::token::Kind;

const fn continues_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

static CONTINUES_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = continues_name(byte as u8);
        byte += 1;
    }
    table
};

impl Lexer<'_> {
    /// A word that starts with an ASCII letter or `_`.
    #[inline]
    pub(super) fn word(&mut self) {
        let start = self.at;
        let mut end = start + 1;
        while let Some(&byte) = self.bytes.get(end)
            && CONTINUES_NAME[byte as usize]
        {
            end += 1;
        }
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
            _ => self.invalid_character_at(start),
        }
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
