//! Where words of ASCII letters, digits and underscores end.

/// Whether a byte is ASCII and part of a word.
#[must_use]
pub const fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// How many bytes come first for which [`is_word_byte`] holds: eight at a time.
#[inline]
#[must_use]
pub fn ascii_word_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let ends = word_ends(u64::from_le_bytes(*eight));
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !is_word_byte(*byte));
    at + length.unwrap_or(rest.len())
}

/// The highest bit of every byte for which [`is_word_byte`] does not hold.
#[inline]
#[must_use]
pub const fn word_ends(eight: u64) -> u64 {
    // No byte of the sums overflows into the next: both sides are below 128. Each sum has
    // the highest bit from one byte on; two sums differ in it for the bytes in between.
    let ascii = eight & each(0x7f);
    let lower = ascii | each(0x20);
    let letters = (lower + each(0x80 - b'a')) ^ (lower + each(0x7f - b'z'));
    let digits = (ascii + each(0x80 - b'0')) ^ (ascii + each(0x7f - b'9'));
    let others_than_underscores = (ascii ^ each(b'_')) + each(0x7f);
    ((others_than_underscores & !(letters | digits)) | eight) & each(0x80)
}

/// A byte in all eight places.
#[inline]
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bytes_at_a_time_find_the_end_that_one_finds() {
        for end in 0..=u8::MAX {
            for length in 0..20 {
                let mut bytes = b"aZ09_zA5bYc8_dXe7fWg".get(..length).unwrap().to_vec();
                bytes.push(end);
                bytes.extend(b"abcdefgh (");
                let slow = bytes.iter().position(|byte| !is_word_byte(*byte));
                assert_eq!(
                    Some(ascii_word_length(&bytes)),
                    slow,
                    "{end} behind {length}"
                );
            }
        }
    }
}
