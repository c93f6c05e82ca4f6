//! What a rule is.

use super::context::Context;
use crate::base::Span;
use crate::diag::{Diagnostic, Level, Subject};
use crate::ir::Migration;

/// One rule, with all that is known of it.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case, after the bad pattern: "allow `dangling-dependency`".
    pub name: &'static str,
    /// One line, for lists.
    pub summary: &'static str,
    /// The manual: `docs/rules/<name>.md`.
    pub page: &'static str,
    pub category: Category,
    /// The usual level; a finding may be graver or lighter where the page says so.
    pub level: Level,
    /// The version of whimbrel that brought the rule.
    pub since: &'static str,
    pub(super) check: Check,
}

/// What kind of harm a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// How migrations depend on each other.
    Graph,
    /// What could not be read.
    Reading,
    /// Operations that do not fit the models as they are by then.
    State,
    /// What differs from one database to another.
    Portability,
}

impl Category {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Reading => "reading",
            Self::State => "state",
            Self::Portability => "portability",
        }
    }
}

/// How much a rule sees at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// Made while a file is read, by the front end.
    File,
    Migration,
    Project,
}

impl Grain {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Migration => "migration",
            Self::Project => "project",
        }
    }
}

pub(super) type CheckProject = fn(&Context<'_>, &mut Vec<Diagnostic>);
pub(super) type CheckMigration = fn(&Context<'_>, &Migration, &mut Vec<Diagnostic>);

/// The function that looks for a rule's pattern.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// The front end makes the findings; the rule is here for its page.
    Reader,
    /// Called for each migration of the project's own apps.
    Migration(CheckMigration),
    Project(CheckProject),
}

impl Rule {
    #[must_use]
    pub const fn grain(&self) -> Grain {
        match self.check {
            Check::Reader => Grain::File,
            Check::Migration(_) => Grain::Migration,
            Check::Project(_) => Grain::Project,
        }
    }

    /// A finding about `migration`, at the rule's usual level.
    pub(super) fn finding(
        &self,
        migration: &Migration,
        span: Span,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::new(self.name, self.level, span, message).about(Subject {
            app: Some(migration.id.app.to_string()),
            migration: Some(migration.id.name.to_string()),
            operation: None,
        })
    }
}
