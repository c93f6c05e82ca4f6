//! Where words end.

use unicode_ident::is_xid_continue;

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

/// How many bytes come first that are ASCII and part of a word: eight at a time, as
/// most words are no longer.
#[inline]
pub(super) fn ascii_word(bytes: &[u8]) -> usize {
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
    let mut bytes = text.bytes();
    let ascii = bytes
        .position(|byte| !is_word_byte(byte))
        .unwrap_or(text.len());
    let after = text.get(ascii..).unwrap_or_default();
    if after.bytes().next().is_none_or(|byte| byte.is_ascii()) {
        return ascii;
    }
    let length = after.find(|character| !is_word(character));
    ascii + length.unwrap_or(after.len())
}

#[cfg(test)]
mod tests {
    use super::{ascii_word, is_word_byte};

    #[test]
    fn eight_bytes_at_a_time_find_the_end_that_one_finds() {
        for end in 0..=u8::MAX {
            for length in 0..20 {
                let mut bytes = b"aZ09_zA5bYc8_dXe7fWg".get(..length).unwrap().to_vec();
                bytes.push(end);
                bytes.extend(b"abcdefgh (");
                let slow = bytes.iter().position(|byte| !is_word_byte(*byte));
                assert_eq!(Some(ascii_word(&bytes)), slow, "{end} behind {length}");
            }
        }
    }
}
