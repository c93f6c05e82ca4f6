//! Bytes of a source file to text: byte order mark, encoding declaration (PEP 263).

use std::borrow::Cow;
use std::fmt;

/// Why the bytes of a file are no Python text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceError {
    /// A byte that is invalid in the file's encoding.
    Invalid {
        encoding: String,
        byte: u8,
        offset: usize,
    },
    /// The file declares an encoding that is not known here.
    UnknownEncoding { name: String, offset: usize },
    /// A byte order mark says UTF-8, the declaration something else.
    Contradiction { name: String, offset: usize },
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid {
                encoding,
                byte,
                offset,
            } => write!(f, "byte {byte:#04x} at offset {offset} is not {encoding}"),
            Self::UnknownEncoding { name, offset } => {
                write!(f, "unknown encoding `{name}` declared at offset {offset}")
            }
            Self::Contradiction { name, offset } => write!(
                f,
                "the file starts with a byte order mark of UTF-8, but declares `{name}` at offset {offset}"
            ),
        }
    }
}

impl std::error::Error for SourceError {}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes a file as Python would. A byte order mark stays in the text, so that
/// offsets into the text of a UTF-8 file are offsets into the file.
///
/// # Errors
/// If the encoding is unknown or the bytes are invalid in it.
pub fn decode_source(bytes: &[u8]) -> Result<Cow<'_, str>, SourceError> {
    let has_mark = bytes.starts_with(BYTE_ORDER_MARK);
    let Some((offset, name)) = declaration(bytes) else {
        return utf8(bytes);
    };
    let label = normalize(&name);
    // CPython takes a byte order mark for a contradiction of any other name, of
    // the aliases of UTF-8 too.
    if has_mark && label != "utf-8" && !label.starts_with("utf-8-") {
        return Err(SourceError::Contradiction { name, offset });
    }
    if matches!(
        label.as_str(),
        "utf-8" | "utf8" | "u8" | "utf" | "utf8-ucs2" | "utf8-ucs4" | "cp65001" | "utf-8-sig"
    ) || label.starts_with("utf-8-")
    {
        return utf8(bytes);
    }
    if is_latin1(&label) {
        return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    if matches!(label.as_str(), "ascii" | "us-ascii" | "646") {
        return match bytes.iter().position(|byte| !byte.is_ascii()) {
            None => utf8(bytes),
            Some(offset) => Err(SourceError::Invalid {
                encoding: "ASCII".to_owned(),
                byte: bytes[offset],
                offset,
            }),
        };
    }
    let Some(encoding) = lookup(&label) else {
        return Err(SourceError::UnknownEncoding { name, offset });
    };
    match encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text),
        None => {
            let (byte, offset) = first_invalid(encoding, bytes);
            Err(SourceError::Invalid {
                encoding: name,
                byte,
                offset,
            })
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, SourceError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let offset = error.valid_up_to();
            Err(SourceError::Invalid {
                encoding: "UTF-8".to_owned(),
                byte: bytes.get(offset).copied().unwrap_or_default(),
                offset,
            })
        }
    }
}

/// The declared encoding and where its name stands: a comment on one of the first
/// two lines with `coding:` or `coding=`, the first line being blank or a comment.
fn declaration(bytes: &[u8]) -> Option<(usize, String)> {
    let mut start = if bytes.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
    for _ in 0..2 {
        let rest = bytes.get(start..)?;
        let len = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = &rest[..len];
        let margin = line
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c))
            .unwrap_or(len);
        match line.get(margin) {
            Some(b'#') => {
                if let Some((at, name)) = declaration_in(line) {
                    return Some((start + at, name));
                }
            }
            None => {}
            Some(_) => return None,
        }
        start += len;
        start += match (bytes.get(start), bytes.get(start + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            _ => 1,
        };
    }
    None
}

fn declaration_in(line: &[u8]) -> Option<(usize, String)> {
    for found in memchr::memmem::find_iter(line, b"coding") {
        let after = found + b"coding".len();
        if !matches!(line.get(after), Some(b':' | b'=')) {
            continue;
        }
        let rest = &line[after + 1..];
        let margin = rest
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'))
            .unwrap_or(rest.len());
        let name = &rest[margin..];
        let len = name
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')))
            .unwrap_or(name.len());
        if len > 0 {
            let name = String::from_utf8_lossy(&name[..len]).into_owned();
            return Some((after + 1 + margin, name));
        }
    }
    None
}

fn normalize(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// CPython's `get_normal_name` and the aliases of its `encodings` package. Python
/// means ISO 8859-1 proper, the Web's labels mean windows-1252.
fn is_latin1(label: &str) -> bool {
    ["latin-1", "iso-8859-1", "iso-latin-1"].iter().any(|name| {
        label == *name
            || label
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
    }) || matches!(
        label,
        "latin" | "latin1" | "l1" | "iso8859-1" | "iso8859" | "8859" | "cp819"
    )
}

fn lookup(label: &str) -> Option<&'static encoding_rs::Encoding> {
    let renamed = match label {
        "sjis" | "s-jis" | "shiftjis" => "shift_jis",
        "cp932" | "ms932" | "mskanji" | "ms-kanji" => "windows-31j",
        "eucjp" | "ujis" => "euc-jp",
        "euckr" | "cp949" | "uhc" => "euc-kr",
        "cp936" | "ms936" | "euc-cn" | "euccn" => "gbk",
        "cp950" => "big5",
        "big5-hkscs" | "big5hkscs" => "big5-hkscs",
        "mac-roman" | "macroman" => "macintosh",
        "mac-cyrillic" => "x-mac-cyrillic",
        "tis-620" | "tis620" => "tis-620",
        // Python has them, but they are no supersets of ASCII or not decided here.
        "utf-16" | "utf-16le" | "utf-16be" | "utf-16-le" | "utf-16-be" | "utf-32" | "utf-7"
        | "iso-2022-kr" | "hz" | "hz-gb-2312" => return None,
        other => other,
    };
    let found = encoding_rs::Encoding::for_label(renamed.as_bytes())
        .or_else(|| encoding_rs::Encoding::for_label(renamed.replace('-', "_").as_bytes()))
        .or_else(|| {
            let digits = renamed.strip_prefix("iso8859-")?;
            encoding_rs::Encoding::for_label(format!("iso-8859-{digits}").as_bytes())
        })?;
    (found != encoding_rs::REPLACEMENT && found != encoding_rs::X_USER_DEFINED).then_some(found)
}

/// Where decoding stops.
fn first_invalid(encoding: &'static encoding_rs::Encoding, bytes: &[u8]) -> (u8, usize) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut out = String::with_capacity(
        decoder
            .max_utf8_buffer_length_without_replacement(bytes.len())
            .unwrap_or(bytes.len()),
    );
    let (_, read) = decoder.decode_to_string_without_replacement(bytes, &mut out, true);
    let offset = read.saturating_sub(1);
    (bytes.get(offset).copied().unwrap_or_default(), offset)
}
