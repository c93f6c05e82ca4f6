//! Backslash escapes in string and bytes literals, as CPython decodes them.
//!
//! Unknown escapes such as `\d` are text (CPython warns of them). What CPython
//! refuses is `\x`, `\u`, `\U` and `\N{...}` that are cut short or name nothing.

/// A refused escape; offsets into the checked text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) message: &'static str,
}

/// An escape read: where it ends and its code point, `None` for an escaped line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Escape {
    pub(crate) end: usize,
    pub(crate) value: Option<u32>,
}

/// Finds the first refused escape in the content of a literal that is not raw.
pub(crate) fn check(content: &str, is_bytes: bool) -> Result<(), Problem> {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &content.as_bytes()[at..]) {
        at = read(content, at + found, is_bytes)?.end;
    }
    Ok(())
}

/// Reads the escape whose backslash is at `start`. An unknown one is the backslash
/// itself, ending before the character that follows.
pub(crate) fn read(content: &str, start: usize, is_bytes: bool) -> Result<Escape, Problem> {
    let bytes = content.as_bytes();
    let done = |end, value| Ok(Escape { end, value });
    let one = |value: u32| done(start + 2, Some(value));
    match bytes.get(start + 1) {
        Some(b'\n') => done(start + 2, None),
        Some(b'\r') if bytes.get(start + 2) == Some(&b'\n') => done(start + 3, None),
        Some(b'\r') => done(start + 2, None),
        Some(b'\\') => one(0x5c),
        Some(b'\'') => one(0x27),
        Some(b'"') => one(0x22),
        Some(b'a') => one(7),
        Some(b'b') => one(8),
        Some(b'f') => one(12),
        Some(b'n') => one(10),
        Some(b'r') => one(13),
        Some(b't') => one(9),
        Some(b'v') => one(11),
        Some(b'0'..=b'7') => {
            let mut value = 0;
            let mut end = start + 1;
            while end < start + 4
                && let Some(digit @ b'0'..=b'7') = bytes.get(end)
            {
                value = value * 8 + u32::from(digit - b'0');
                end += 1;
            }
            done(end, Some(if is_bytes { value & 0xff } else { value }))
        }
        Some(b'x') => digits(bytes, start, 2, "`\\x` needs two hexadecimal digits"),
        Some(b'u') if !is_bytes => digits(bytes, start, 4, "`\\u` needs four hexadecimal digits"),
        Some(b'U') if !is_bytes => {
            let escape = digits(bytes, start, 8, "`\\U` needs eight hexadecimal digits")?;
            if escape.value.is_some_and(|value| value > 0x0010_ffff) {
                return Err(Problem {
                    start,
                    end: escape.end,
                    message: "Unicode ends at `\\U0010ffff`",
                });
            }
            Ok(escape)
        }
        Some(b'N') if !is_bytes => named(content, start),
        _ => done(start + 1, Some(0x5c)),
    }
}

fn digits(
    bytes: &[u8],
    start: usize,
    count: usize,
    message: &'static str,
) -> Result<Escape, Problem> {
    let first = start + 2;
    let mut value: u32 = 0;
    for at in first..first + count {
        let digit = bytes
            .get(at)
            .and_then(|byte| char::from(*byte).to_digit(16));
        let Some(digit) = digit else {
            return Err(Problem {
                start,
                end: at,
                message,
            });
        };
        value = value.wrapping_mul(16).wrapping_add(digit);
    }
    Ok(Escape {
        end: first + count,
        value: Some(value),
    })
}

fn named(content: &str, start: usize) -> Result<Escape, Problem> {
    let malformed = Problem {
        start,
        end: start + 2,
        message: "`\\N` needs a character name in braces",
    };
    let Some(rest) = content
        .get(start + 2..)
        .and_then(|rest| rest.strip_prefix('{'))
    else {
        return Err(malformed);
    };
    let Some(len) = memchr::memchr(b'}', rest.as_bytes()) else {
        return Err(malformed);
    };
    let end = start + 3 + len + 1;
    match unicode_names2::character(&rest[..len]) {
        Some(character) if len > 0 => Ok(Escape {
            end,
            value: Some(character as u32),
        }),
        _ => Err(Problem {
            start,
            end,
            message: "no Unicode character has this name",
        }),
    }
}
