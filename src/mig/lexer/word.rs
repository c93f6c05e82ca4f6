//! Where words end.

use unicode_ident::is_xid_continue;

use super::super::token::Word;

/// Whether a character can be part of a word.
pub(super) fn is_word(character: char) -> bool {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => is_word_byte(byte),
        _ => is_xid_continue(character),
    }
}

/// As [`is_word`], for ASCII.
pub(super) const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The bytes that come first and are ASCII and part of a word: how many, and which word
/// they are.
#[inline]
pub(super) fn ascii_word(bytes: &[u8]) -> (usize, Word) {
    let Some((eight, rest)) = bytes.split_first_chunk::<8>() else {
        return last_word(bytes);
    };
    let eight = u64::from_le_bytes(*eight);
    let ends = !word_bytes(eight) & each(0x80);
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
    let length = ascii_length(rest);
    let word = Word::of_parts(eight, rest.get(..length).unwrap_or_default());
    (8 + length, word)
}

/// As [`ascii_word`], at the end of a text.
#[cold]
fn last_word(bytes: &[u8]) -> (usize, Word) {
    let length = ascii_length(bytes);
    (length, Word::of(bytes.get(..length).unwrap_or_default()))
}

/// How many bytes come first that are ASCII and part of a word: eight at a time.
#[inline]
pub(super) fn ascii_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let ends = !word_bytes(u64::from_le_bytes(*eight)) & each(0x80);
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !is_word_byte(*byte));
    at + length.unwrap_or(rest.len())
}

/// A byte in all eight places.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The highest bit of every byte for which [`is_word_byte`] holds. No byte of the sums
/// overflows into the next: both sides are below 128.
const fn word_bytes(eight: u64) -> u64 {
    let ascii = eight & each(0x7f);
    let lower = ascii | each(0x20);
    let letters = (lower + each(0x80 - b'a')) & !(lower + each(0x7f - b'z'));
    let digits = (ascii + each(0x80 - b'0')) & !(ascii + each(0x7f - b'9'));
    let others_than_underscores = (ascii ^ each(b'_')) + each(0x7f);
    (letters | digits | !others_than_underscores) & !eight
}

/// How many bytes a text begins with that are one word.
pub(super) fn word_length(text: &str) -> usize {
    let ascii = ascii_length(text.as_bytes());
    let after = text.get(ascii..).unwrap_or_default();
    if after.bytes().next().is_none_or(|byte| byte.is_ascii()) {
        return ascii;
    }
    let length = after.find(|character| !is_word(character));
    ascii + length.unwrap_or(after.len())
}

#[cfg(test)]
mod tests {
    use super::{Word, ascii_length, ascii_word, is_word_byte};

    #[test]
    fn eight_bytes_at_a_time_find_the_end_that_one_finds() {
        for end in 0..=u8::MAX {
            for length in 0..20 {
                let mut bytes = b"aZ09_zA5bYc8_dXe7fWg".get(..length).unwrap().to_vec();
                bytes.push(end);
                bytes.extend(b"abcdefgh (");
                let slow = bytes.iter().position(|byte| !is_word_byte(*byte));
                assert_eq!(Some(ascii_length(&bytes)), slow, "{end} behind {length}");
                assert_eq!(Some(ascii_word(&bytes).0), slow, "{end} behind {length}");
            }
        }
    }
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
