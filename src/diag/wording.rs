//! Helpers that keep grammar and suggestions alike in every message.

/// `1 migration`, `2 migrations`; the plural adds an `s`.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("{number} {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// As [`count`], for a noun whose plural needs more than an `s`.
#[must_use]
pub fn count_of(number: usize, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

/// ``` `a` ```, ``` `a` and `b` ```, ``` `a`, `b` and `c` ```.
#[must_use]
pub fn list<T: std::fmt::Display>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    all_of(&quoted)
}

/// As [`list`], for what needs no backticks: `MySQL, MariaDB and Oracle`.
#[must_use]
pub fn all_of<T: AsRef<str>>(names: &[T]) -> String {
    let mut out = String::new();
    for (index, name) in names.iter().enumerate() {
        if index > 0 {
            out.push_str(if index + 1 == names.len() {
                " and "
            } else {
                ", "
            });
        }
        out.push_str(name.as_ref());
    }
    out
}

/// The candidate that a reader most likely meant by `wanted`, or `None` when
/// none is near; capitals do not count. Ties go to the first candidate, so pass them in a fixed order.
#[must_use]
pub fn did_you_mean<'c>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let limit = (wanted.chars().count() / 3).max(1);
    let wanted = wanted.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = edit_distance(&wanted, &candidate.to_lowercase());
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Damerau-Levenshtein distance over characters (optimal string alignment).
fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let width = right.len() + 1;
    let mut rows = vec![vec![0; width]; 3];
    rows[1] = (0..width).collect();
    for (i, a) in left.iter().enumerate() {
        rows[2] = vec![i + 1; width];
        for (j, b) in right.iter().enumerate() {
            let cost = usize::from(a != b);
            let mut least = (rows[1][j] + cost)
                .min(rows[1][j + 1] + 1)
                .min(rows[2][j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                least = least.min(rows[0][j - 1] + 1);
            }
            rows[2][j + 1] = least;
        }
        rows.rotate_left(1);
    }
    rows[1][width - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_english() {
        assert_eq!(list(&["a"]), "`a`");
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(count(1, "app"), "1 app");
        assert_eq!(count(0, "app"), "0 apps");
        assert_eq!(count_of(2, "entry", "entries"), "2 entries");
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        let names = ["0001_initial", "0002_slug", "0003_title"];
        assert_eq!(did_you_mean("0001_inital", names), Some("0001_initial"));
        assert_eq!(did_you_mean("0002_sulg", names), Some("0002_slug"));
        assert_eq!(did_you_mean("9999_unrelated", names), None);
    }
}
