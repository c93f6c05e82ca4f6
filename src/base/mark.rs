//! One byte of a name, by which most names are told apart without looking at them.

/// The same for the same name. Short names that are used side by side seldom share it.
#[must_use]
#[inline]
pub fn mark(name: &str) -> u8 {
    let bytes = name.as_bytes();
    let [first, .., last] = bytes else {
        return bytes.first().copied().unwrap_or_default();
    };
    let middle = bytes.get(bytes.len() / 2).copied().unwrap_or_default();
    let length = u8::try_from(bytes.len() & 0xff).unwrap_or_default();
    first
        .wrapping_mul(3)
        .wrapping_add(middle.wrapping_mul(7))
        .wrapping_add(last.wrapping_mul(29))
        .wrapping_add(length.wrapping_mul(11))
}

/// The bit of a name in a set of 64: what is not in the set has no such name.
#[must_use]
#[inline]
pub fn bit(name: &str) -> u64 {
    1 << (mark(name) & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_tell_names_apart() {
        let names = [
            "",
            "a",
            "b",
            "id",
            "name",
            "slug",
            "title",
            "created",
            "updated",
            "author",
            "null",
            "blank",
            "default",
            "max_length",
            "primary_key",
            "unique",
            "to",
            "db_index",
            "db_column",
            "db_default",
            "on_delete",
            "related_name",
            "choices",
        ];
        let mut marks: Vec<u8> = names.iter().map(|name| mark(name)).collect();
        marks.sort_unstable();
        marks.dedup();
        assert!(marks.len() + 2 >= names.len(), "{marks:?}");
    }
}
