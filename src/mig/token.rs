//! Tokens of `.mig`.

pub(super) type Token = crate::parse::Token<Kind>;

/// Makes [`Word`] and the words that it knows.
macro_rules! words {
    ($($name:ident $text:literal,)*) => {
        /// Which word a token is. None is reserved: what a word means is for its place
        /// to say, and a word that means something in one is a name in another.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(super) enum Word {
            /// A name that means nothing anywhere.
            Name,
            /// A name that is not all ASCII, so that it may have to be composed.
            Wide,
            $($name,)*
        }

        pub(super) const WORDS: &[(&[u8], Word)] = &[$(($text.as_bytes(), Word::$name)),*];
    };
}

words! {
    Add "add",
    After "after",
    Alter "alter",
    And "and",
    Asc "asc",
    Atomic "atomic",
    Attr "attr",
    Backfill "backfill",
    Batch "batch",
    Before "before",
    By "by",
    Change "change",
    Check "check",
    Code "code",
    Collation "collation",
    Comment "comment",
    Concurrently "concurrently",
    Constraint "constraint",
    Create "create",
    Database "database",
    Deferrable "deferrable",
    Deferred "deferred",
    Desc "desc",
    Distinct "distinct",
    Down "down",
    Drop "drop",
    Elidable "elidable",
    Else "else",
    Error "error",
    Exclude "exclude",
    Extension "extension",
    False "false",
    First "first",
    Gate "gate",
    Hints "hints",
    Immediate "immediate",
    In "in",
    Include "include",
    Index "index",
    IndexTogether "index_together",
    Initial "initial",
    Is "is",
    Last "last",
    Managers "managers",
    Mig "mig",
    Migration "migration",
    Mirror "mirror",
    Model "model",
    None "none",
    Noop "noop",
    Not "not",
    Null "null",
    Nulls "nulls",
    On "on",
    Online "online",
    Op "op",
    Options "options",
    Or "or",
    OrderWithRespectTo "order_with_respect_to",
    Pause "pause",
    Phase "phase",
    Python "python",
    Rename "rename",
    Replaces "replaces",
    Separate "separate",
    Set "set",
    Sql "sql",
    State "state",
    Swappable "swappable",
    Table "table",
    Tablespace "tablespace",
    True "true",
    Unique "unique",
    UniqueTogether "unique_together",
    Unmirror "unmirror",
    Up "up",
    Using "using",
    Valid "valid",
    Validate "validate",
    Where "where",
    With "with",
    Xor "xor",
}

const SLOT_BITS: u32 = 10;

const SLOTS: usize = 1 << SLOT_BITS;

/// With it, [`slot`] gives every word of [`WORDS`] a slot of its own, so that looking
/// for a word is one comparison, which has no branch to be guessed wrongly.
const MULTIPLIER: u64 = {
    // 2 to the power of 64 by the golden ratio, and what follows from it, until one does.
    let mut multiplier = 0x9e37_79b9_7f4a_7c15_u64;
    while !gives_own_slots(multiplier) {
        multiplier = multiplier.wrapping_mul(0x5851_f42d_4c95_7f2d) | 1;
    }
    multiplier
};

const fn gives_own_slots(multiplier: u64) -> bool {
    let mut taken = [false; SLOTS];
    let mut at = 0;
    while at < WORDS.len() {
        let slot = slot(first_eight(WORDS[at].0).0, multiplier);
        if taken[slot] {
            return false;
        }
        taken[slot] = true;
        at += 1;
    }
    true
}

/// Where a word is looked for whose first eight bytes are a number.
#[inline]
const fn slot(number: u64, multiplier: u64) -> usize {
    // The upper bits depend on all bytes.
    (number.wrapping_mul(multiplier) >> (64 - SLOT_BITS)) as usize
}

/// The first eight bytes of the word that has a slot, as [`first_eight`] makes them a
/// number. No word has none.
static NUMBERS: [u64; SLOTS] = {
    let mut numbers = [0; SLOTS];
    let mut at = 0;
    while at < WORDS.len() {
        let (number, _) = first_eight(WORDS[at].0);
        numbers[slot(number, MULTIPLIER)] = number;
        at += 1;
    }
    numbers
};

/// The word that has a slot.
static BY_SLOT: [Word; SLOTS] = {
    let mut words = [Word::Name; SLOTS];
    let mut at = 0;
    while at < WORDS.len() {
        let (number, _) = first_eight(WORDS[at].0);
        words[slot(number, MULTIPLIER)] = WORDS[at].1;
        at += 1;
    }
    words
};

/// The first eight bytes of a text, the first of them the lowest and zeros where it has
/// no more, and what stands behind them.
const fn first_eight(text: &[u8]) -> (u64, &[u8]) {
    if let Some((eight, rest)) = text.split_first_chunk::<8>() {
        return (u64::from_le_bytes(*eight), rest);
    }
    let mut number = 0;
    let mut left = text;
    while let Some((last, before)) = left.split_last() {
        number = number << 8 | *last as u64;
        left = before;
    }
    (number, b"")
}

impl Word {
    /// Of a text that is one word.
    pub(super) fn of(text: &[u8]) -> Self {
        let (number, rest) = first_eight(text);
        Self::of_parts(number, rest)
    }

    /// Of a text as [`first_eight`] divides it.
    pub(super) fn of_parts(number: u64, rest: &[u8]) -> Self {
        let word = Self::of_short(number);
        if word == Self::Name {
            return word;
        }
        let known = WORDS.iter().find(|(_, known)| *known == word);
        match known.and_then(|(text, _)| text.get(8..)) {
            Some(behind) if behind == rest => word,
            None if rest.is_empty() => word,
            _ => Self::Name,
        }
    }

    /// Of a text of less than eight bytes, as the number that [`first_eight`] makes of it.
    #[inline]
    pub(super) fn of_short(number: u64) -> Self {
        // The last byte is zero, so that no longer word has that number.
        let slot = slot(number, MULTIPLIER);
        let word = BY_SLOT.get(slot).copied().unwrap_or(Self::Name);
        if NUMBERS.get(slot).copied() == Some(number) {
            word
        } else {
            Self::Name
        }
    }
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// `0001_initial`, `create`, `50ms`.
    Word(Word),
    /// `` `null` ``: a name that would read as something else.
    Quoted,
    Int,
    Dec,
    /// A string that is what stands between its quotes.
    Str,
    /// A string with backslashes.
    Escaped,
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
            Self::Str | Self::Escaped | Self::TextBlock | Self::SingleQuoted | Self::Unclosed
        )
    }
}

/// A comment, from its `#` to the end of the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) start: u32,
    pub(super) end: u32,
}
