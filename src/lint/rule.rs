//! What a rule is.

use super::context::Context;
use super::execution::{Action, Execution, Site};
use crate::base::Span;
use crate::diag::{Diagnostic, Level, Subject};
use crate::ir::Migration;
use crate::sql::catalog::Catalog;

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
    pub group: Group,
    /// Rules whose findings on the same operation follow from this one's, and are not
    /// told beside it.
    pub explains: &'static [&'static str],
    pub(super) check: Check,
}

/// Whether a rule is applied where nobody asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    /// Always, unless somebody turns it off.
    Recommended,
    /// Policy and taste: only where it is selected.
    Strict,
}

impl Group {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recommended => "recommended",
            Self::Strict => "strict",
        }
    }
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
    /// Who waits for what while a migration runs.
    Locking,
    /// What a deployment does to code that still runs.
    Rollout,
    /// Rows: what is lost, what fails on them, what changes them.
    Data,
    /// What differs from one database to another.
    Portability,
    /// What a change does to migrations that others have.
    History,
    /// Comments that take findings away.
    Control,
}

impl Category {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Reading => "reading",
            Self::State => "state",
            Self::Locking => "locking",
            Self::Rollout => "rollout",
            Self::Data => "data",
            Self::Portability => "portability",
            Self::History => "history",
            Self::Control => "control",
        }
    }

    pub const ALL: [Self; 9] = [
        Self::Graph,
        Self::Reading,
        Self::State,
        Self::Locking,
        Self::Rollout,
        Self::Data,
        Self::Portability,
        Self::History,
        Self::Control,
    ];

    /// Whether its rules are about what running a migration does. They are silent about
    /// migrations that ran long ago.
    #[must_use]
    pub const fn judges_execution(self) -> bool {
        match self {
            Self::Locking | Self::Rollout | Self::Data => true,
            Self::Graph
            | Self::Reading
            | Self::State
            | Self::Portability
            | Self::History
            | Self::Control => false,
        }
    }
}

/// How much a rule sees at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grain {
    /// Made while a file is read, by the front end.
    File,
    Migration,
    /// A migration as one server runs it.
    Execution,
    Project,
}

impl Grain {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Migration => "migration",
            Self::Execution => "execution",
            Self::Project => "project",
        }
    }
}

pub(super) type CheckProject = fn(&Context<'_>, &mut Vec<Diagnostic>);
pub(super) type CheckExecution = fn(&Context<'_>, &Execution<'_>, &mut Vec<Diagnostic>);
pub(super) type CheckAtEnd = for<'p> fn(&Context<'_>, &Execution<'p>, &mut Vec<AtEnd<'p>>);
pub(super) type CheckMigration = fn(&Context<'_>, &Migration, &mut Vec<Diagnostic>);

/// What is asked of the database when all migrations have run: whether there is a finding.
pub(super) type AtEnd<'p> = Box<dyn FnOnce(&Catalog) -> Option<Diagnostic> + Send + 'p>;

/// The function that looks for a rule's pattern.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// The front end makes the findings; the rule is here for its page.
    Reader,
    /// Made of comments, when all other findings are known.
    Control,
    /// Called for each migration of the project's own apps.
    Migration(CheckMigration),
    /// Called for each of those migrations and each server that it runs on.
    Execution(CheckExecution),
    /// As `Execution`, of a rule whose findings depend on what comes later.
    AtEnd(CheckAtEnd),
    Project(CheckProject),
}

impl Rule {
    #[must_use]
    pub const fn grain(&self) -> Grain {
        match self.check {
            Check::Reader | Check::Control => Grain::File,
            Check::Migration(_) => Grain::Migration,
            Check::Execution(_) | Check::AtEnd(_) => Grain::Execution,
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
            ..Subject::default()
        })
    }

    /// A finding about what an action of a migration does.
    pub(super) fn on_action(
        &self,
        execution: &Execution<'_>,
        action: &Action<'_>,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.on_site(execution.site(action), message)
    }

    pub(super) fn on_site(&self, at: Site<'_>, message: impl Into<String>) -> Diagnostic {
        let mut finding = self.finding(at.migration, at.place, message);
        finding.subject.operation = Some(at.operation.describe());
        finding
    }
}
