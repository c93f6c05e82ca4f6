//! What a server refuses, cuts or passes over, beyond what Django's features tell.

/// Limits of one server, as data of its dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, with its source at the rule that asks for it"
)]
pub struct Limits {
    /// `None` if names may be of any length.
    pub names: Option<NameLimit>,
    /// How many bytes a row may have, what may stand in it counted; `None` for any.
    pub row_bytes: Option<u64>,
    /// How many bytes the values of an index may have; `None` for any.
    pub key_bytes: Option<u64>,
    /// Unique values that are longer are hashed, and the only column of an index is cut.
    pub mends_long_keys: bool,
    /// A check names no column that counts by itself.
    pub checks_forbid_counters: bool,
    /// Large values have no default that is a literal.
    pub refuses_literal_defaults: bool,
    /// A column that may not be null has no `DEFAULT NULL`.
    pub refuses_null_defaults: bool,
    /// `UPDATE` assigns to a column once.
    pub assigns_once: bool,
    /// A column that is one of several of a constraint is not dropped.
    pub constraints_hold_columns: bool,
    /// `REFERENCES` behind a column is read and makes nothing.
    pub ignores_inline_references: bool,
    /// `IF EXISTS` and `IF NOT EXISTS` are there for more than tables and views.
    pub has_conditional_forms: bool,
    /// Without a strict mode, a null that may not be becomes zero or an empty text.
    pub converts_nulls: bool,
    /// A character set has no room for all of Unicode.
    pub has_three_byte_charset: bool,
    /// Names without a schema are looked for along a path that a session sets.
    pub has_search_path: bool,
    /// Words that cannot name a table or a column without quotes.
    pub reserved: &'static [&'static [&'static str]],
    /// What becomes of names without quotes.
    pub folds: Folding,
    /// A foreign key has the very type of what it refers to, signs included.
    pub matches_key_types: bool,
    /// How long a statement waits for a lock, where it waits for long by itself.
    pub lock_timeout: Option<Timeout>,
    /// How long a statement works.
    pub statement_timeout: Option<Timeout>,
    /// How often columns of a table are added or dropped at once, until it has to be
    /// written anew; `None` for any number.
    pub row_versions: Option<usize>,
}

/// What a server makes of a name without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folding {
    None,
    Lower,
    Upper,
}

/// A setting of a session that ends what takes too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout {
    pub setting: &'static str,
    /// How a migration sets it to what does for most.
    pub set: &'static str,
}

/// How long a name may be, and what becomes of a longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameLimit {
    pub most: usize,
    /// Else characters are counted.
    pub is_of_bytes: bool,
    /// A longer name is cut without an error, else it is refused.
    pub cuts: bool,
}

impl Limits {
    /// Those of a server of which none is known.
    pub(super) const NONE: Self = Self {
        names: None,
        row_bytes: None,
        key_bytes: None,
        mends_long_keys: false,
        checks_forbid_counters: false,
        refuses_literal_defaults: false,
        refuses_null_defaults: false,
        assigns_once: false,
        constraints_hold_columns: false,
        ignores_inline_references: false,
        has_conditional_forms: true,
        converts_nulls: false,
        has_three_byte_charset: false,
        has_search_path: false,
        reserved: &[],
        folds: Folding::None,
        matches_key_types: false,
        lock_timeout: None,
        statement_timeout: None,
        row_versions: None,
    };
}

impl Limits {
    /// Whether a name stands in quotes wherever people write it.
    #[must_use]
    pub fn is_reserved(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        self.reserved
            .iter()
            .any(|words| words.contains(&name.as_str()))
    }
}

impl NameLimit {
    #[must_use]
    pub fn is_exceeded(&self, name: &str) -> bool {
        let length = if self.is_of_bytes {
            name.len()
        } else {
            name.chars().count()
        };
        length > self.most
    }

    /// What is counted.
    #[must_use]
    pub const fn unit(&self) -> &'static str {
        if self.is_of_bytes {
            "bytes"
        } else {
            "characters"
        }
    }
}
