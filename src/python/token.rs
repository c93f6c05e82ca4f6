//! Kinds of Python tokens.
//!
//! `match`, `case`, `type` and `_` are [`Kind::Name`]: only the grammar knows where
//! they are keywords. The pieces of f-strings are tokens of their own, so that
//! `f"{x!r:>{width}}"` is read in one pass however deep it nests.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    EndOfFile,
    /// The end of a logical line.
    Newline,
    Indent,
    Dedent,
    /// Text that is no token; the lexer has said why.
    Error,
    Name,
    Number,
    /// A whole string literal with prefix and quotes.
    String,
    Bytes,
    /// Prefix and opening quotes.
    FStringStart,
    TStringStart,
    /// Text between interpolations, `{{` and `}}` still doubled.
    FStringMiddle,
    FStringEnd,
    /// The `:` before a format specification.
    FormatColon,
    /// The `!` before a conversion.
    Exclamation,

    ParenOpen,
    ParenClose,
    SquareOpen,
    SquareClose,
    CurlyOpen,
    CurlyClose,
    Comma,
    Colon,
    Semicolon,
    Dot,
    Ellipsis,
    Arrow,
    At,
    Equal,
    Walrus,
    Plus,
    Minus,
    Star,
    StarStar,
    Slash,
    SlashSlash,
    Percent,
    Ampersand,
    Bar,
    Caret,
    Tilde,
    ShiftLeft,
    ShiftRight,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    EqualEqual,
    NotEqual,
    PlusEqual,
    MinusEqual,
    StarEqual,
    StarStarEqual,
    SlashEqual,
    SlashSlashEqual,
    PercentEqual,
    AmpersandEqual,
    BarEqual,
    CaretEqual,
    AtEqual,
    ShiftLeftEqual,
    ShiftRightEqual,

    And,
    As,
    Assert,
    Async,
    Await,
    Break,
    Class,
    Continue,
    Def,
    Del,
    Elif,
    Else,
    Except,
    False,
    Finally,
    For,
    From,
    Global,
    If,
    Import,
    In,
    Is,
    Lambda,
    None,
    Nonlocal,
    Not,
    Or,
    Pass,
    Raise,
    Return,
    True,
    Try,
    While,
    With,
    Yield,
}

/// For a first byte, a bit for each length of the keywords that start with it: most
/// names need no further look.
static KEYWORD_LENGTHS: [u16; 256] = {
    let mut table = [0; 256];
    table[b'F' as usize] = 1 << 5;
    table[b'N' as usize] = 1 << 4;
    table[b'T' as usize] = 1 << 4;
    table[b'a' as usize] = 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6;
    table[b'b' as usize] = 1 << 5;
    table[b'c' as usize] = 1 << 5 | 1 << 8;
    table[b'd' as usize] = 1 << 3;
    table[b'e' as usize] = 1 << 4 | 1 << 6;
    table[b'f' as usize] = 1 << 3 | 1 << 4 | 1 << 7;
    table[b'g' as usize] = 1 << 6;
    table[b'i' as usize] = 1 << 2 | 1 << 6;
    table[b'l' as usize] = 1 << 6;
    table[b'n' as usize] = 1 << 3 | 1 << 8;
    table[b'o' as usize] = 1 << 2;
    table[b'p' as usize] = 1 << 4;
    table[b'r' as usize] = 1 << 5 | 1 << 6;
    table[b't' as usize] = 1 << 3;
    table[b'w' as usize] = 1 << 4 | 1 << 5;
    table[b'y' as usize] = 1 << 5;
    table
};

pub(crate) type Token = crate::parse::Token<Kind>;

impl Kind {
    /// The keyword that `word` is, or `Name`.
    #[inline]
    pub(crate) fn of_word(word: &[u8]) -> Self {
        let Some(first) = word.first() else {
            return Self::Name;
        };
        if word.len() > 8 || KEYWORD_LENGTHS[*first as usize] & (1 << word.len()) == 0 {
            return Self::Name;
        }
        match word {
            b"and" => Self::And,
            b"as" => Self::As,
            b"assert" => Self::Assert,
            b"async" => Self::Async,
            b"await" => Self::Await,
            b"break" => Self::Break,
            b"class" => Self::Class,
            b"continue" => Self::Continue,
            b"def" => Self::Def,
            b"del" => Self::Del,
            b"elif" => Self::Elif,
            b"else" => Self::Else,
            b"except" => Self::Except,
            b"False" => Self::False,
            b"finally" => Self::Finally,
            b"for" => Self::For,
            b"from" => Self::From,
            b"global" => Self::Global,
            b"if" => Self::If,
            b"import" => Self::Import,
            b"in" => Self::In,
            b"is" => Self::Is,
            b"lambda" => Self::Lambda,
            b"None" => Self::None,
            b"nonlocal" => Self::Nonlocal,
            b"not" => Self::Not,
            b"or" => Self::Or,
            b"pass" => Self::Pass,
            b"raise" => Self::Raise,
            b"return" => Self::Return,
            b"True" => Self::True,
            b"try" => Self::Try,
            b"while" => Self::While,
            b"with" => Self::With,
            b"yield" => Self::Yield,
            _ => Self::Name,
        }
    }
}
