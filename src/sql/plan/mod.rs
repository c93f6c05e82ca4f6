//! From an operation and the states before and after it to the statements that Django
//! 5.2's schema editors print, forwards and backwards.
//!
//! [`Planner::migration`] is the entry. `operations` mirrors the `database_forwards`
//! and `database_backwards` methods, one file a group; they tell the `editor`, which
//! mirrors `BaseDatabaseSchemaEditor`; where dialects go different ways, `procedures`
//! has the step. The [`Catalog`] stands for the database that Django asks.
//!
//! ```text
//! let planner = Planner::new(&server, &settings);
//! let mut catalog = Catalog::default();
//! for step in history.steps() {
//!     let planned = planner.migration(step, &mut catalog);
//!     planned.forwards;                       // the lines of sqlmigrate
//! }
//! ```

mod alter;
mod alter_many;
mod altered;
mod default;
mod deferred;
mod describe;
mod doubt;
mod editor;
mod expressions;
mod field;
mod index;
mod model;
mod operations;
mod procedures;
mod related;
mod schema;
mod script;
mod servers;

use smol_str::{SmolStr, format_smolstr};

pub(super) use alter::{Alteration, alter_column, change_type};
pub(super) use default::{
    effective as effective_default, is_empty_text, is_something as has_default,
    is_stated as has_stated_default,
};
use editor::Care;
pub(super) use editor::{Editor, Purpose, foreign_key};
pub(super) use expressions::{db_default, is_stated_value};
pub use field::KnownFields;
pub(super) use field::{Resolved, db_type, is_many_to_many, table_on};
pub(super) use index::{
    add_constraint, plain as plain_index, remove_constraint, spatial as spatial_index,
};
pub(super) use model::{Head, Table, Through, can_migrate, is_automatic, through};
pub(super) use procedures::{Procedures, TypeChange};
pub(super) use related::{Reverse, following, reverse};
pub use schema::{PlannedSchema, in_order};
pub use servers::{Histories, for_each};

use super::catalog::Catalog;
use super::ddl::Statement;
use super::dialect::Server;
use super::effects::Effects;
use super::handwritten::Executed;
use super::value::{Clock, DateTime};
use crate::base::Span;
use crate::ir::project::{NO_FILE, SqlSettings};
use crate::ir::value::Condition;
use crate::ir::{Known, Operation, OperationKind, Unknown};
use crate::schema::{OperationStates, Step, decide};

/// What was asked for, or why it cannot be told.
pub(super) type Planned<T> = Result<T, Unknown>;

pub(super) fn known<T>(known: Known<T>) -> Planned<T> {
    match known {
        Known::Yes(value) => Ok(value),
        Known::No(unknown) => Err(unknown),
    }
}

/// The settings that show in SQL, and what Django would ask its clock.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `DEFAULT_TABLESPACE`.
    pub default_tablespace: Option<SmolStr>,
    /// `DEFAULT_INDEX_TABLESPACE`.
    pub default_index_tablespace: Option<SmolStr>,
    pub clock: Clock,
    pub now: Now,
    /// What `uuid4()` gives: 32 hexadecimal digits.
    pub uuid: SmolStr,
}

impl Settings {
    /// A project's settings, at a time and with what `uuid4()` gives.
    #[must_use]
    pub fn new(settings: &SqlSettings, now: Now, uuid: impl Into<SmolStr>) -> Self {
        Self {
            default_tablespace: settings.default_tablespace.clone(),
            default_index_tablespace: settings.default_index_tablespace.clone(),
            clock: Clock {
                use_tz: settings.use_tz.clone(),
                time_zone: settings.time_zone.clone(),
            },
            now,
            uuid: uuid.into(),
        }
    }
}

/// The time of planning.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// With its offset of zero.
    pub utc: DateTime,
    /// As `datetime.now()`, without an offset.
    pub local: DateTime,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Setup<'a> {
    pub(super) server: &'a Server,
    pub(super) settings: &'a Settings,
    /// Statements are written as text; else only what they are and do is asked for.
    pub(super) writes_text: bool,
    /// Those that were looked at before.
    pub(super) known_fields: Option<&'a KnownFields>,
}

/// One line of `sqlmigrate`'s output, or a statement of several.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    Comment(String),
    /// A comment of whimbrel's own, which `sqlmigrate` does not print.
    Note(String),
    Statement {
        /// With its semicolon.
        sql: String,
        statement: Box<Statement>,
        /// Also where it waits until the migration ends.
        origin: Origin,
        /// Of all that the text does.
        effects: Box<Effects>,
        /// The statements of a handwritten text.
        parts: Vec<Executed>,
    },
}

impl Line {
    /// What is executed, statement by statement, with its effects.
    pub fn executed(&self) -> impl Iterator<Item = (&Statement, &Effects)> {
        let (own, parts) = match self {
            Self::Comment(_) | Self::Note(_) => (None, [].as_slice()),
            Self::Statement {
                statement,
                effects,
                parts,
                ..
            } => match &**statement {
                Statement::Raw { .. } => (None, parts.as_slice()),
                statement => (Some((statement, &**effects)), [].as_slice()),
            },
        };
        let parts = parts.iter().map(|part| (&part.statement, &part.effects));
        own.into_iter().chain(parts)
    }

    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Comment(text) | Self::Note(text) => text,
            Self::Statement { sql, .. } => sql,
        }
    }
}

/// The operation that a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Its place in the migration's list; a nested one counts as the one that it is in.
    pub operation: usize,
    /// The name of its class, of the nested one where it is in another.
    pub at: Span,
    /// The statement waits until the migration ends, and what follows in the list is done
    /// before it.
    pub is_put_off: bool,
}

impl Origin {
    /// Of what no operation makes.
    fn nowhere() -> Self {
        Self {
            operation: 0,
            at: Span::file_start(NO_FILE),
            is_put_off: false,
        }
    }
}

/// What stands in SQL in place of what planning cannot know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// As it stands in the SQL.
    pub text: SmolStr,
    pub reason: PlaceholderReason,
    pub span: Span,
}

/// Why a placeholder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderReason {
    /// A value that only Python could compute.
    OnlyPython,
    /// A name that the database chose.
    OnlyServer,
}

/// What `sqlmigrate` prints for a migration, but for transaction lines.
#[derive(Debug, Clone)]
pub struct PlannedMigration {
    pub forwards: Vec<Line>,
    /// `None` if Django refuses to go back.
    pub backwards: Option<Vec<Line>>,
    /// Each once.
    pub placeholders: Vec<Placeholder>,
    /// Why operations could not be written, each once. In their place stands a comment.
    pub problems: Vec<Unknown>,
}

/// What `sqlmigrate` prints for one direction, but for transaction lines.
#[derive(Debug, Clone)]
pub struct PlannedDirection {
    pub lines: Vec<Line>,
    /// Each once.
    pub placeholders: Vec<Placeholder>,
    /// Why operations could not be written, each once. In their place stands a comment.
    pub problems: Vec<Unknown>,
}

/// A direction that was run to its end, or is lost.
struct Run<'a> {
    editor: Editor<'a>,
    problems: Vec<Unknown>,
    /// An operation failed, and what was there before it is not known any more.
    is_lost: bool,
}

/// Plans migrations for a server.
#[derive(Debug, Clone, Copy)]
pub struct Planner<'a> {
    setup: Setup<'a>,
}

/// A part of a migration's operations.
#[derive(Debug, Clone, Copy)]
enum Part<'h, 'p> {
    /// With its place in the migration's list.
    Operation(usize, OperationStates<'h, 'p>),
    /// One operation or several that could not be read, and why.
    Unread(&'p Unknown),
}

/// Which way a migration runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forwards,
    Backwards,
}

impl<'a> Planner<'a> {
    #[must_use]
    pub const fn new(server: &'a Server, settings: &'a Settings) -> Self {
        Self {
            setup: Setup {
                server,
                settings,
                writes_text: true,
                known_fields: None,
            },
        }
    }

    /// The server that is planned for.
    #[must_use]
    pub const fn server(&self) -> &Server {
        self.setup.server
    }

    /// Plans the same statements, and writes none of them: lines have no text.
    #[must_use]
    pub const fn without_text(mut self) -> Self {
        self.setup.writes_text = false;
        self
    }

    /// Plans the same, and keeps what is found of fields.
    #[must_use]
    pub const fn remembering(mut self, fields: &'a KnownFields) -> Self {
        self.setup.known_fields = Some(fields);
        self
    }

    /// Whether a condition on the database holds; for [`crate::schema::History`].
    #[must_use]
    pub fn holds(&self, condition: &Condition) -> Option<bool> {
        self.setup.server.holds(condition)
    }

    /// Plans one migration on the way forwards alone. `catalog` as in
    /// [`Planner::migration`].
    #[must_use]
    pub fn forwards(&self, step: &Step<'_>, catalog: &mut Catalog) -> PlannedDirection {
        let before = std::mem::take(catalog);
        let run = self.run(step, &parts(step), Direction::Forwards, before);
        *catalog = run.editor.catalog;
        PlannedDirection {
            lines: run.editor.lines,
            placeholders: run.editor.placeholders,
            problems: run.problems,
        }
    }

    /// Plans one migration. `catalog` is what the database holds before it, and holds
    /// what the database has after it.
    #[must_use]
    pub fn migration(&self, step: &Step<'_>, catalog: &mut Catalog) -> PlannedMigration {
        let forwards = self.forwards(step, catalog);
        let mut planned = PlannedMigration {
            forwards: forwards.lines,
            backwards: None,
            placeholders: forwards.placeholders,
            problems: forwards.problems,
        };
        let is_reversible = step
            .operations()
            .filter(|states| self.runs(states.operation) != Some(false))
            .all(|states| is_reversible(states.operation));
        if is_reversible {
            let reversed: Vec<_> = parts(step).into_iter().rev().collect();
            let backwards = self.run(step, &reversed, Direction::Backwards, catalog.clone());
            for placeholder in backwards.editor.placeholders {
                add(&mut planned.placeholders, placeholder);
            }
            for problem in backwards.problems {
                add(&mut planned.problems, problem);
            }
            planned.backwards = Some(backwards.editor.lines);
        }
        planned
    }

    /// Whether an operation is there at all on this database; `None` if nobody knows.
    fn runs(&self, operation: &Operation) -> Option<bool> {
        match &operation.condition {
            None => Some(true),
            Some(condition) => decide(condition, &|leaf| self.setup.server.holds(leaf)),
        }
    }

    fn run(
        &self,
        step: &Step<'_>,
        parts: &[Part<'_, '_>],
        direction: Direction,
        catalog: Catalog,
    ) -> Run<'a> {
        // Few operations fail after they have changed the catalog, and a copy of it before
        // each would make all others copy what they change.
        let quick = self.attempt(step, parts, direction, catalog.clone(), Care::Quick);
        if !quick.is_lost {
            return quick;
        }
        self.attempt(step, parts, direction, catalog, Care::Careful)
    }

    fn attempt(
        &self,
        step: &Step<'_>,
        parts: &[Part<'_, '_>],
        direction: Direction,
        catalog: Catalog,
        care: Care,
    ) -> Run<'a> {
        let mut problems = Vec::new();
        let mut editor = Editor::new(self.setup, catalog, direction == Direction::Backwards);
        for part in parts {
            let (place, states) = match part {
                Part::Operation(place, states) => (*place, states),
                Part::Unread(unknown) => {
                    let told = ["--", "-- Part of the operations", "--"].map(str::to_owned);
                    editor.lines.extend(told.map(Line::Comment));
                    editor.lines.push(not_understood(unknown));
                    add(&mut problems, (*unknown).clone());
                    continue;
                }
            };
            let operation = states.operation;
            let runs = self.runs(operation);
            if runs == Some(false) {
                continue;
            }
            if self.setup.writes_text {
                editor.describe(operation);
            }
            editor.begin(Origin {
                operation: place,
                at: operation.name_span,
                is_put_off: false,
            });
            if !reduces_to_sql(operation) {
                let line = "-- THIS OPERATION CANNOT BE WRITTEN AS SQL".to_owned();
                editor.lines.push(Line::Comment(line));
                continue;
            }
            let mark = editor.mark(care);
            let context = operations::Context {
                planner: self,
                app: &step.migration.id.app,
                operation,
                direction,
            };
            let (from, to) = match direction {
                Direction::Forwards => (states.before, states.after),
                Direction::Backwards => (states.after, states.before),
            };
            let result = match runs {
                None => Err(Unknown::new(
                    operation.name_span,
                    "whether the operation runs on this database is not known",
                )),
                Some(_) => operations::run(&mut editor, &context, from, to),
            };
            if let Err(problem) = result {
                if !editor.roll_back(mark) {
                    return Run {
                        editor,
                        problems,
                        is_lost: true,
                    };
                }
                let described = describe::describe(operation);
                let after = format_smolstr!("`{}`: {described}", step.migration.id);
                doubt::cast(&mut editor.catalog, &context, [from, to], &after);
                editor.lines.push(not_understood(&problem));
                add(&mut problems, problem);
            } else if !editor.has_written_since(&mark) {
                editor.lines.push(Line::Comment("-- (no-op)".to_owned()));
            }
            for problem in editor.problems.drain(..) {
                add(&mut problems, problem);
            }
        }
        editor.finish();
        Run {
            editor,
            problems,
            is_lost: false,
        }
    }
}

/// Adds what is not there yet.
fn add<T: PartialEq>(known: &mut Vec<T>, new: T) {
    if !known.contains(&new) {
        known.push(new);
    }
}

/// What of a migration's operations was read and what was not, in the order in which it
/// stands in the file.
fn parts<'h, 'p>(step: &'h Step<'p>) -> Vec<Part<'h, 'p>> {
    let operations = step.operations().enumerate();
    let mut parts: Vec<Part<'h, 'p>> = operations
        .map(|(place, states)| Part::Operation(place, states))
        .collect();
    let unread = step.migration.unread.iter();
    for unread in unread.filter(|it| it.attribute == "operations") {
        let at = unread.unknown.span;
        let is_before = |part: &Part<'_, '_>| {
            let Part::Operation(_, states) = part else {
                return true;
            };
            let span = states.operation.name_span;
            span.file != at.file || span.range.start <= at.range.start
        };
        let position = parts.iter().take_while(|part| is_before(part)).count();
        parts.insert(position, Part::Unread(&unread.unknown));
    }
    parts
}

fn not_understood(problem: &Unknown) -> Line {
    let line = format!("-- THIS OPERATION WAS NOT UNDERSTOOD: {}", problem.reason);
    Line::Comment(line)
}

/// Whether Django prints an operation's SQL at all.
fn reduces_to_sql(operation: &Operation) -> bool {
    let own = operation.methods.as_ref().and_then(|it| it.reduces_to_sql);
    own.unwrap_or(!matches!(operation.kind, OperationKind::RunPython(_)))
}

/// Whether Django goes back over an operation.
fn is_reversible(operation: &Operation) -> bool {
    if let Some(own) = operation.methods.as_ref().and_then(|it| it.reversible) {
        return own;
    }
    match &operation.kind {
        OperationKind::RunSql(run) => run.reverse_sql.is_some(),
        OperationKind::RunPython(run) => run.reverse_code.is_some(),
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            ..
        } => database_operations.iter().all(is_reversible),
        _ => true,
    }
}
