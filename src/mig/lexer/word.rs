//! Where words end.

use unicode_ident::is_xid_continue;

use super::super::token::Word;
use crate::base::word::{ascii_word_length, is_word_byte, word_ends};

/// Whether a character can be part of a word.
pub(super) fn is_word(character: char) -> bool {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => is_word_byte(byte),
        _ => is_xid_continue(character),
    }
}

/// The bytes that come first and are ASCII and part of a word: how many, and which word
/// they are.
#[inline]
pub(super) fn ascii_word(bytes: &[u8]) -> (usize, Word) {
    let Some((eight, rest)) = bytes.split_first_chunk::<8>() else {
        return last_word(bytes);
    };
    let eight = u64::from_le_bytes(*eight);
    let ends = word_ends(eight);
    if ends == 0 {
        return long_word(eight, rest);
    }
    let before_end = (ends ^ (ends - 1)) >> 8;
    let length = ends.trailing_zeros() as usize / 8;
    (length, Word::of_short(eight & before_end))
}

/// As [`ascii_word`], behind eight bytes of the word.
#[inline(never)]
fn long_word(eight: u64, rest: &[u8]) -> (usize, Word) {
    let length = ascii_word_length(rest);
    let word = Word::of_parts(eight, rest.get(..length).unwrap_or_default());
    (8 + length, word)
}

/// As [`ascii_word`], at the end of a text.
#[cold]
fn last_word(bytes: &[u8]) -> (usize, Word) {
    let length = ascii_word_length(bytes);
    (length, Word::of(bytes.get(..length).unwrap_or_default()))
}

/// How many bytes a text begins with that are one word.
pub(super) fn word_length(text: &str) -> usize {
    let ascii = ascii_word_length(text.as_bytes());
    let after = text.get(ascii..).unwrap_or_default();
    if after.bytes().next().is_none_or(|byte| byte.is_ascii()) {
        return ascii;
    }
    let length = after.find(|character| !is_word(character));
    ascii + length.unwrap_or(after.len())
}

#[cfg(test)]
mod tests {
    use super::{Word, ascii_word};

    #[test]
    fn words_are_known_whatever_stands_behind_them() {
        for (text, word) in crate::mig::token::WORDS {
            for behind in ["", " ", ": char(100)", "(a, b, c)"] {
                let bytes = [text, behind.as_bytes()].concat();
                assert_eq!(ascii_word(&bytes), (text.len(), *word), "{behind}");
            }
            let longer = [text, b"_x ".as_slice()].concat();
            assert_eq!(ascii_word(&longer), (text.len() + 2, Word::Name));
        }
    }
}
