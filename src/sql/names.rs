//! The names that Django generates for indexes and constraints.
//!
//! Source: `django/db/backends/utils.py` (`split_identifier`, `truncate_name`,
//! `names_digest`) and `BaseDatabaseSchemaEditor._create_index_name`, 5.2.

use std::borrow::Cow;

use md5::{Digest, Md5};

/// The first `length` hexadecimal digits of the MD5 of all parts.
pub(super) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>, length: usize) -> String {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    let mut digits = String::with_capacity(length + 1);
    for byte in hash.finalize().into_iter().take(length.div_ceil(2)) {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 0xf));
    }
    digits.truncate(length);
    digits
}

/// One hexadecimal digit.
const fn digit(value: u8) -> char {
    (match value {
        0..=9 => b'0' + value,
        _ => b'a' - 10 + value,
    }) as char
}

/// `"schema"."table"` in its parts; the namespace is empty for most.
pub(super) fn split_identifier(identifier: &str) -> (&str, &str) {
    if !identifier.contains('"') {
        return ("", identifier);
    }
    match identifier.split_once("\".\"") {
        Some((namespace, name)) => (namespace.trim_matches('"'), name.trim_matches('"')),
        None => ("", identifier.trim_matches('"')),
    }
}

/// A name of at most `length` characters: a longer one ends in four digits of its hash.
pub(super) fn truncate(identifier: &str, length: Option<usize>) -> String {
    if length.is_none_or(|length| identifier.len() <= length) {
        return identifier.to_owned();
    }
    let (namespace, name) = split_identifier(identifier);
    let Some(length) = length.filter(|length| name.chars().count() > *length) else {
        return identifier.to_owned();
    };
    let hash = digest([name], 4);
    let kept: String = name.chars().take(length.saturating_sub(4)).collect();
    if namespace.is_empty() {
        format!("{kept}{hash}")
    } else {
        format!("{namespace}\".\"{kept}{hash}")
    }
}

/// The name of an index or constraint on columns, unique for its table, columns and
/// suffix, and short enough for every database.
pub(super) fn index_name(
    table: &str,
    columns: &[&str],
    suffix: &str,
    max_name_length: Option<usize>,
) -> String {
    let (_, table) = split_identifier(table);
    let hash = digest(std::iter::once(table).chain(columns.iter().copied()), 8);
    let max_length = max_name_length.unwrap_or(200);
    let length = |text: &str| text.chars().count();
    let columns = match columns {
        [column] => Cow::Borrowed(*column),
        columns => Cow::Owned(columns.join("_")),
    };
    let full = [table, "_", &columns, "_", &hash, suffix].concat();
    // A letter is one byte at least.
    let mut name = if full.len() <= max_length || length(&full) <= max_length {
        full
    } else {
        let mut suffix = hash + suffix;
        if length(&suffix) > max_length / 3 {
            suffix = suffix.chars().take(max_length / 3).collect();
        }
        let other = (max_length.saturating_sub(length(&suffix))) / 2;
        let other = other.saturating_sub(1);
        let cut = |text: &str| text.chars().take(other).collect::<String>();
        format!("{}_{}_{suffix}", cut(table), cut(&columns))
    };
    // Oracle takes no names that start with these; Django keeps to it everywhere.
    if name.starts_with('_') || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.pop();
        name.insert(0, 'D');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    // Figures of these tests were printed by Django 5.2.
    #[test]
    fn names_are_cut_as_django_cuts_them() {
        assert_eq!(truncate("short", Some(63)), "short");
        assert_eq!(split_identifier("\"a\".\"b\""), ("a", "b"));
        assert_eq!(
            digest(["blog_post", "title"], 8),
            digest(["blog_posttitle"], 8)
        );
    }
}
