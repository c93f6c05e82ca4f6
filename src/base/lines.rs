//! Offset <-> line and column, in the two units that consumers want.

/// Start offsets of the lines of a text. `\n`, `\r\n` and a lone `\r` end a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
    len: u32,
}

/// A position as people read it: both numbers start at 1, the column counts
/// Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl LineIndex {
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        let mut at = 0;
        while let Some(found) = memchr::memchr2(b'\n', b'\r', bytes.get(at..).unwrap_or_default()) {
            let end = at + found;
            at = if bytes.get(end) == Some(&b'\r') && bytes.get(end + 1) == Some(&b'\n') {
                end + 2
            } else {
                end + 1
            };
            starts.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Self {
            starts,
            len: u32::try_from(text.len()).unwrap_or(u32::MAX),
        }
    }

    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// Index, from 0, of the line that holds `offset`; offsets past the end lie in
    /// the last line.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    /// Byte range of a line with its line end, `None` past the last line.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).copied().unwrap_or(self.len);
        Some(start as usize..end as usize)
    }

    /// Line and column from 1, the column in characters.
    #[must_use]
    pub fn position(&self, text: &str, offset: u32) -> Position {
        let (line, before) = self.before(text, offset);
        let column = before.chars().count();
        Position {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// Line and column from 0, the column in UTF-16 code units, as the Language
    /// Server Protocol counts by default.
    #[must_use]
    pub fn utf16_position(&self, text: &str, offset: u32) -> (u32, u32) {
        let (line, before) = self.before(text, offset);
        let column = before.chars().map(char::len_utf16).sum::<usize>();
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column).unwrap_or(u32::MAX),
        )
    }

    fn before<'t>(&self, text: &'t str, offset: u32) -> (usize, &'t str) {
        let line = self.line_of(offset);
        let start = self.starts.get(line).map_or(0, |start| *start as usize);
        let mut end = (offset as usize).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        (line, text.get(start..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_every_kind_of_line_end() {
        let text = "a\nbé\r\n\rc";
        let index = LineIndex::new(text);
        assert_eq!(index.line_count(), 4);
        assert_eq!(index.position(text, 0), Position { line: 1, column: 1 });
        let after_e = u32::try_from(text.find('é').unwrap() + 'é'.len_utf8()).unwrap();
        assert_eq!(
            index.position(text, after_e),
            Position { line: 2, column: 3 }
        );
        let c = u32::try_from(text.find('c').unwrap()).unwrap();
        assert_eq!(index.position(text, c), Position { line: 4, column: 1 });
        assert_eq!(index.line_range(9), None);
    }

    #[test]
    fn utf16_columns_count_surrogate_pairs_as_two() {
        let text = "x\n😀y";
        let y = u32::try_from(text.find('y').unwrap()).unwrap();
        assert_eq!(LineIndex::new(text).utf16_position(text, y), (1, 2));
    }
}
