//! A migration: one node of the graph, with its operations in order.

use smol_str::SmolStr;

use super::names::{AppLabel, MigrationId, MigrationName};
use super::operation::Operation;
use super::value::{Known, SpannedValue, Unknown};
use crate::base::{FileId, Span, Spanned};

/// What a migration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    Python,
    Mig,
}

/// One migration file, read. Attributes that the class does not set are `None`
/// or empty, which means Django's default.
#[derive(Debug, Clone)]
pub struct Migration {
    pub id: MigrationId,
    /// For advice in the words of its file, and for nothing else.
    pub language: Language,
    pub file: FileId,
    /// Whether a comment of the file may take findings away. Who reads the file looks for
    /// that, as long as its text is at hand; it is looked for later where nobody did.
    pub may_suppress: bool,
    /// The name of the `Migration` class, or the start of the file.
    pub span: Span,
    pub initial: Option<Spanned<Known<bool>>>,
    pub atomic: Option<Spanned<Known<bool>>>,
    pub dependencies: Vec<Dependency>,
    pub run_before: Vec<Dependency>,
    pub replaces: Vec<Dependency>,
    /// Where the lists themselves were written, for fixes and for "add it here".
    pub dependencies_span: Option<Span>,
    pub replaces_span: Option<Span>,
    pub operations: Vec<Operation>,
    /// Where the `operations` list was written.
    pub operations_span: Option<Span>,
    /// Parts of `dependencies`, `run_before`, `replaces` or `operations` that could
    /// not be read, so that the lists above are incomplete.
    pub unread: Vec<Unread>,
    /// Any other class attribute, and methods that Django calls (`apply`,
    /// `unapply`) by name.
    pub attributes: Vec<(SmolStr, SpannedValue)>,
    /// Imports that a later version of Django refuses, where functions are judged.
    pub outdated: Vec<Outdated>,
    /// Values that are formatted into the SQL of operations, where functions are judged.
    pub formatted: Vec<Span>,
    /// What settings decide, where functions are judged.
    pub switches: Vec<Switch>,
}

/// A place where a setting decides what a migration does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    pub setting: SmolStr,
    pub span: Span,
    pub decides: Decided,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// Which operations there are, or what they do.
    Operations,
    /// An option of a field: `max_length`.
    Option(SmolStr),
}

/// An import of something that Django has removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    pub path: SmolStr,
    pub span: Span,
    /// The first version without it.
    pub removed_in: &'static str,
    /// What took its place.
    pub instead: &'static str,
}

/// An attribute, or an element of one, that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Unread {
    /// `dependencies`, `run_before`, `replaces` or `operations`.
    pub attribute: &'static str,
    /// It is one element of the list; else nobody knows how many are missing.
    pub is_element: bool,
    /// How it was written is known, and stands in its list as
    /// [`DependencyTarget::Computed`].
    pub is_written: bool,
    pub unknown: Unknown,
}

/// An entry of `dependencies`, `run_before` or `replaces`.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    pub target: DependencyTarget,
    /// The call that gave the target, where one other than `swappable_dependency` did and
    /// the migration was read whole. Who writes the migration anew writes this.
    pub call: Option<Box<SpannedValue>>,
    pub span: Span,
}

/// What an entry points at.
#[derive(Debug, Clone, PartialEq)]
pub enum DependencyTarget {
    /// `("app", "0001_initial")`, where the name may be `__first__` or `__latest__`.
    Migration(MigrationId),
    /// `migrations.swappable_dependency(settings.AUTH_USER_MODEL)`: the first
    /// migration of the app that holds the model. `model` is the setting's value
    /// (`auth.User`) if the setting could be read.
    Swappable {
        setting: SmolStr,
        model: Known<SmolStr>,
    },
    /// A call whose result only running code has: `swapper.dependency("app", "Model")`.
    /// Why is told by the migration's [`Unread`] of it.
    Computed(Box<SpannedValue>),
}

impl DependencyTarget {
    #[must_use]
    pub fn migration(app: &str, name: &str) -> Self {
        Self::Migration(MigrationId::new(app, name))
    }

    /// The label of the app that [`DependencyTarget::key`] names.
    #[must_use]
    pub fn app(&self) -> Option<&str> {
        match self {
            Self::Migration(id) => Some(id.app.as_str()),
            Self::Swappable { model, .. } => Some(model.known()?.split_once('.')?.0),
            Self::Computed(_) => None,
        }
    }

    /// The key as Django's loader sees it: a swappable dependency is the
    /// `__first__` of its model's app. `None` if the setting is unknown or has no
    /// `app.Model` form, and where only running code has the key.
    #[must_use]
    pub fn key(&self) -> Option<MigrationId> {
        match self {
            Self::Migration(id) => Some(id.clone()),
            Self::Swappable { model, .. } => {
                let (app, _) = model.known()?.split_once('.')?;
                Some(MigrationId {
                    app: AppLabel::from(app),
                    name: MigrationName::from("__first__"),
                })
            }
            Self::Computed(_) => None,
        }
    }
}

impl Migration {
    /// A migration without content, to be filled by a front end.
    #[must_use]
    pub fn empty(id: MigrationId, span: Span) -> Self {
        Self {
            id,
            language: Language::Python,
            file: span.file,
            may_suppress: true,
            span,
            initial: None,
            atomic: None,
            dependencies: Vec::new(),
            run_before: Vec::new(),
            replaces: Vec::new(),
            dependencies_span: None,
            replaces_span: None,
            operations: Vec::new(),
            operations_span: None,
            unread: Vec::new(),
            attributes: Vec::new(),
            outdated: Vec::new(),
            formatted: Vec::new(),
            switches: Vec::new(),
        }
    }

    /// All operations in the order in which they run, those nested in
    /// `SeparateDatabaseAndState` included after their parent.
    pub fn walk_operations(&self) -> impl Iterator<Item = &Operation> {
        let mut stack: Vec<&Operation> = self.operations.iter().rev().collect();
        std::iter::from_fn(move || {
            let operation = stack.pop()?;
            stack.extend(operation.children().rev());
            Some(operation)
        })
    }
}
