//! What we say: one plain diagnostic type that every layer can make and that
//! only `report/` renders.

use crate::base::{FileId, Span};

pub mod wording;

/// How grave a diagnostic is. `Bug` is a fault of whimbrel itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Info,
    Warning,
    Error,
    Bug,
}

impl Level {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Bug => "bug",
        }
    }
}

/// A place and what it has to do with the message. The message may be empty for
/// the primary label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub message: String,
}

/// What a finding is about, for reports that group or filter by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    pub app: Option<String>,
    /// The migration's name, without its app.
    pub migration: Option<String>,
    /// The operation as people name it, e.g. ``AddField `post.slug` ``.
    pub operation: Option<String>,
    /// What tells what it is about from anything else, wherever that stands. Only where
    /// that was asked for.
    pub fingerprint: Option<String>,
}

/// One fault, worded. The message is one line, lower case, without full stop, and
/// true on its own; the primary label is the smallest span that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Kebab-case name of the rule.
    pub rule: &'static str,
    pub level: Level,
    pub message: String,
    pub primary: Label,
    /// Further places, in the order in which they are best read.
    pub labels: Vec<Label>,
    /// Facts that belong to no place.
    pub notes: Vec<String>,
    /// The smallest steps that repair, imperative.
    pub help: Vec<String>,
    pub subject: Subject,
}

impl Diagnostic {
    /// A diagnostic with an unworded primary label.
    #[must_use]
    pub fn new(rule: &'static str, level: Level, span: Span, message: impl Into<String>) -> Self {
        Self {
            rule,
            level,
            message: message.into(),
            primary: Label {
                span,
                message: String::new(),
            },
            labels: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            subject: Subject::default(),
        }
    }

    /// Words the primary label.
    #[must_use]
    pub fn here(mut self, message: impl Into<String>) -> Self {
        self.primary.message = message.into();
        self
    }

    /// Adds a secondary label. What stands in no file gets none.
    #[must_use]
    pub fn label(mut self, span: Span, message: impl Into<String>) -> Self {
        if span.file != FileId::NONE {
            self.labels.push(Label {
                span,
                message: message.into(),
            });
        }
        self
    }

    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subject = subject;
        self
    }
}
