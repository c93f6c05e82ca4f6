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

pub(crate) type Token = crate::parse::Token<Kind>;

impl Kind {
    /// The keyword that `word` is, or `Name`.
    #[inline]
    pub(crate) fn of_word(word: &[u8]) -> Self {
        if word.len() > 8 || word.len() < 2 {
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
