//! Tokens of `.mig`.

pub(super) type Token = crate::parse::Token<Kind>;

/// What a token is. Words are told apart by position, so there are no keywords here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// `0001_initial`, `create`, `50ms`.
    Word,
    /// `` `null` ``: a name that would read as something else.
    Quoted,
    Int,
    Dec,
    Str,
    /// `"""..."""`.
    TextBlock,
    Bytes,
    Newline,
    /// `{` that opens a block of statements, and its `}`.
    BlockOpen,
    BlockClose,
    /// `{` that opens a dict, and its `}`.
    DictOpen,
    DictClose,
    ParenOpen,
    ParenClose,
    BracketOpen,
    BracketClose,
    /// `->`
    Arrow,
    /// `<->`
    BothArrow,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Plus,
    Minus,
    Star,
    Slash,
    Percent,
    Dot,
    Comma,
    At,
    Colon,
    /// The `#` of `0004_x#expand`.
    PhaseMark,
    /// `'...'`: not a string here, but meant as one.
    SingleQuoted,
    /// A string whose closing quote is missing.
    Unclosed,
    /// Characters that begin nothing.
    Strange,
    EndOfFile,
}

impl Kind {
    /// Whether the token closes a bracket of any kind.
    pub(super) const fn closes(self) -> bool {
        matches!(
            self,
            Self::BlockClose | Self::DictClose | Self::ParenClose | Self::BracketClose
        )
    }

    /// Whether the token can be taken for a string, closed or not.
    pub(super) const fn is_string(self) -> bool {
        matches!(
            self,
            Self::Str | Self::TextBlock | Self::SingleQuoted | Self::Unclosed
        )
    }
}

/// A comment, from its `#` to the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) start: u32,
    pub(super) end: u32,
}
