//! What a migration does to a server, in the order in which `migrate` does it: the
//! statements with their effects, and the functions that run between them.

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::operation::{RunPython, RunSql, Sql};
use crate::ir::{
    AppLabel, FieldName, Known, Migration, ModelName, Operation, OperationKind, Project, Unknown,
};
use crate::schema::{History, ModelKey, OperationStates, ProjectState, Step};
use crate::sql::Server;
use crate::sql::catalog::Catalog;
use crate::sql::ddl::{ByHand, ColumnName, Statement, TableName};
use crate::sql::effects::Effects;
use crate::sql::handwritten::Existence;
use crate::sql::plan::{Line, Now, Origin, PlannedDirection, Planner, Settings};
use crate::sql::value::{Date, DateTime, Time};

/// A migration as one server runs it.
pub(super) struct Execution<'p> {
    pub(super) migration: &'p Migration,
    pub(super) server: Server,
    /// The project's models before it, which code that still runs was written for.
    pub(super) before: &'p ProjectState,
    /// The project's models after it.
    pub(super) after: &'p ProjectState,
    /// What the database holds before it.
    pub(super) catalog: Catalog,
    /// Nobody names the server: it is one of those that most projects run on.
    pub(super) is_assumed: bool,
    pub(super) actions: Vec<Action<'p>>,
    /// What it does that is not known.
    pub(super) problems: Vec<Unknown>,
    new: New,
    /// Models and tables that the configuration calls small.
    small: &'p [SmolStr],
}

/// A field that the models forget.
pub(super) struct Removal<'p> {
    /// The one of the migration's list.
    pub(super) operation: &'p Operation,
    pub(super) model: ModelKey,
    pub(super) field: FieldName,
    pub(super) place: Span,
}

/// Where a finding on an action stands. It outlives the action, which is gone when the next
/// migration runs.
#[derive(Clone, Copy)]
pub(super) struct Site<'p> {
    pub(super) migration: &'p Migration,
    /// The one of the migration's list.
    pub(super) operation: &'p Operation,
    pub(super) place: Span,
}

/// One thing that a migration does.
pub(super) struct Action<'p> {
    /// The one of the migration's list.
    pub(super) operation: &'p Operation,
    /// The smallest place in the migration's file that is known for it.
    pub(super) place: Span,
    /// Actions of one number are one transaction; `None` for one that stands alone.
    pub(super) transaction: Option<usize>,
    /// Of a statement that somebody wrote, what it does where its object is there
    /// already, or is not.
    pub(super) written: Option<Existence>,
    pub(super) deed: Deed<'p>,
}

pub(super) enum Deed<'p> {
    Statement {
        statement: Box<Statement>,
        effects: Box<Effects>,
    },
    Python(&'p RunPython),
}

impl<'p> Action<'p> {
    /// The statement with its effects, if it is one.
    pub(super) fn statement(&self) -> Option<(&Statement, &Effects)> {
        match &self.deed {
            Deed::Statement { statement, effects } => Some((statement, effects)),
            Deed::Python(_) => None,
        }
    }

    /// The `RunSQL` behind it, which may stand in another operation.
    fn run_sql(&self) -> Option<&'p RunSql> {
        fn find(operation: &Operation, place: Span) -> Option<&RunSql> {
            match &operation.kind {
                OperationKind::RunSql(run) => Some(run),
                _ => {
                    let holds = |child: &&Operation| {
                        let (outer, inner) = (child.span.range, place.range);
                        child.span.file == place.file
                            && outer.start <= inner.start
                            && inner.end <= outer.end
                    };
                    let child = operation.children().find(holds)?;
                    find(child, place)
                }
            }
        }
        find(self.operation, self.place)
    }

    /// What the `RunSQL` behind it sends, if that is one text.
    pub(super) fn sql(&self) -> Option<&'p str> {
        match self.run_sql()?.sql.known()? {
            Sql::Text(text) => Some(&text.value),
            Sql::List(_) => None,
        }
    }

    /// All that the `RunSQL` behind it sends; empty where that is not known.
    pub(super) fn texts(&self) -> Vec<&'p str> {
        match self.run_sql().and_then(|run| run.sql.known()) {
            Some(Sql::Text(text)) => vec![&text.value],
            Some(Sql::List(all)) => all.iter().map(|it| it.text.value.as_str()).collect(),
            None => Vec::new(),
        }
    }
}

impl<'p> Execution<'p> {
    pub(super) fn site(&self, action: &Action<'p>) -> Site<'p> {
        Site {
            migration: self.migration,
            operation: action.operation,
            place: action.place,
        }
    }

    /// Whether a table was there before the migration, and before the change that it is
    /// part of.
    pub(super) fn is_old(&self, table: &TableName) -> bool {
        !self.new.tables.contains(table)
    }

    /// As [`Execution::is_old`] of a column, whose table may be older.
    pub(super) fn is_old_column(&self, table: &TableName, column: &ColumnName) -> bool {
        self.is_old(table) && !self.new.columns.contains(&(table.clone(), column.clone()))
    }

    /// Whether work on a table takes long enough for others to feel it: it was there
    /// before, and is not said to be small.
    pub(super) fn is_felt(&self, table: &TableName) -> bool {
        self.is_old(table) && !self.is_small(table)
    }

    pub(super) fn is_small(&self, table: &TableName) -> bool {
        let name = table.as_str();
        self.small.iter().any(|small| match small.split_once('.') {
            None => name.eq_ignore_ascii_case(small),
            Some((app, model)) => {
                let key = ModelKey::new(&AppLabel::from(app), &ModelName::from(model));
                let model = self.before.model(&key);
                model.is_some_and(|it| self.server.table_of(&it).as_ref() == Some(table))
            }
        })
    }

    /// The statements, with the actions that they are.
    pub(super) fn statements(&self) -> impl Iterator<Item = (&Action<'p>, &Statement, &Effects)> {
        let actions = self.actions.iter();
        actions.filter_map(|action| {
            let (statement, effects) = action.statement()?;
            Some((action, statement, effects))
        })
    }

    /// Fields that the migration takes out of the models without a word to the database.
    pub(super) fn removals(&self) -> Vec<Removal<'p>> {
        let mut removals = Vec::new();
        for operation in &self.migration.operations {
            let state_operations = match &operation.kind {
                OperationKind::SeparateDatabaseAndState {
                    state_operations, ..
                } => state_operations,
                OperationKind::RunSql(run) => &run.state_operations,
                _ => continue,
            };
            for nested in state_operations {
                if let OperationKind::RemoveField { model_name, name } = &nested.kind {
                    removals.push(Removal {
                        operation,
                        model: ModelKey::new(&self.migration.id.app, model_name),
                        field: name.clone(),
                        place: place(self.migration, operation, nested.name_span),
                    });
                }
            }
        }
        removals
    }

    /// The tables of the models that an operation creates are new, whether or not its
    /// statements could be planned.
    fn note_created(&mut self, operation: &Operation, after: &ProjectState) {
        match &operation.kind {
            OperationKind::CreateModel(create) => {
                let key = ModelKey::new(&self.migration.id.app, &create.name);
                let model = after.model(&key);
                let model = model.filter(|it| !matches!(it.can_migrate(), Known::Yes(false)));
                let table = model.and_then(|it| self.server.table_of(&it));
                self.new.tables.extend(table);
            }
            OperationKind::SeparateDatabaseAndState {
                database_operations,
                ..
            } => {
                for operation in database_operations {
                    self.note_created(operation, after);
                }
            }
            _ => {}
        }
    }

    /// Whether the server undoes all of the migration if it fails.
    pub(super) fn is_atomic(&self) -> bool {
        self.server.features.can_rollback_ddl && is_atomic(self.migration) != Some(false)
    }
}

/// Whether Django runs a migration in a transaction where the server can; `None` where
/// that could not be read.
fn is_atomic(migration: &Migration) -> Option<bool> {
    match &migration.atomic {
        None => Some(true),
        Some(flag) => flag.value.known().copied(),
    }
}

/// The settings that plans for judging are made with: no effect depends on the time of
/// the run or on what `uuid4()` gives.
pub(super) fn settings(project: &Project) -> Settings {
    Settings::new(&project.settings.sql, some_time(), "0".repeat(32))
}

/// Runs the whole plan on a server and hands over each migration for which `is_wanted`
/// holds, one after another: none is kept, since what a plan does is many times as much as
/// what it says. Gives what the database holds at the end.
/// `history` is the project's on that server, and `planner` need not write text.
pub(super) fn run<'h>(
    project: &'h Project,
    history: &'h History<'_>,
    planner: &Planner<'_>,
    is_wanted: impl Fn(&Migration) -> bool,
    mut judge: impl FnMut(&Execution<'h>),
) -> Catalog {
    let is_assumed = Server::of_project(&project.settings).is_empty();
    let mut catalog = Catalog::default();
    // What those make that are deployed together: the migrations of one change.
    let mut made_before = New::default();
    for step in history.steps() {
        if !is_wanted(step.migration) {
            // Only for what the database holds after it.
            let _ = planner.forwards(step, &mut catalog);
            continue;
        }
        let before = catalog.clone();
        let planned = planner.forwards(step, &mut catalog);
        let place = Place {
            server: *planner.server(),
            is_assumed,
            before,
            small: &project.settings.policy.small,
            new: std::mem::take(&mut made_before),
        };
        if let Some(execution) = execution(step, place, planned) {
            judge(&execution);
            if project.change_set.is_some() {
                made_before = execution.new;
            }
        }
    }
    catalog
}

/// A moment for defaults that are the time of the run, which no effect depends on.
fn some_time() -> Now {
    let midnight = DateTime {
        date: Date::EPOCH,
        time: Time::MIDNIGHT,
        offset: None,
    };
    Now {
        utc: DateTime {
            offset: Some(0),
            ..midnight
        },
        local: midnight,
    }
}

/// Where a migration runs.
struct Place<'p> {
    server: Server,
    is_assumed: bool,
    before: Catalog,
    small: &'p [SmolStr],
    /// What those make that are deployed with it and come before it.
    new: New,
}

fn execution<'p>(
    step: &'p Step<'_>,
    at: Place<'p>,
    planned: PlannedDirection,
) -> Option<Execution<'p>> {
    let states: Vec<OperationStates<'_, 'p>> = step.operations().collect();
    let mut made = Execution {
        migration: step.migration,
        server: at.server,
        before: step.before()?,
        after: step.after()?,
        catalog: at.before,
        is_assumed: at.is_assumed,
        actions: Vec::new(),
        problems: planned.problems,
        new: at.new,
        small: at.small,
    };
    let mut deeds = Vec::with_capacity(planned.lines.len());
    for line in planned.lines {
        let Line::Statement {
            statement,
            effects,
            origin,
            parts,
            ..
        } = line
        else {
            continue;
        };
        if parts.is_empty() {
            deeds.push((Deed::Statement { statement, effects }, None, origin));
        }
        // A text is what its statements are.
        deeds.extend(parts.into_iter().map(|part| {
            let deed = Deed::Statement {
                statement: Box::new(part.statement),
                effects: Box::new(part.effects),
            };
            // A text that stands elsewhere is not where the migration does it.
            let operation = states.get(origin.operation).map(|it| it.operation.span);
            let at = part.at.filter(|at| {
                operation.is_some_and(|span| {
                    span.file == at.file
                        && span.range.start <= at.range.start
                        && at.range.end <= span.range.end
                })
            });
            let origin = Origin {
                at: at.unwrap_or(origin.at),
                ..origin
            };
            (deed, Some(part.existence), origin)
        }));
    }
    if !made.problems.is_empty() {
        for states in &states {
            made.note_created(states.operation, states.after);
        }
    }
    made.actions.reserve(deeds.len());
    let mut lines = deeds.into_iter().peekable();
    let in_transaction = made.is_atomic().then_some(0);
    let add = |made: &mut Execution<'p>, deed: Deed<'p>, written, origin: Origin| {
        let Some(states) = states.get(origin.operation) else {
            return;
        };
        if let Deed::Statement { statement, .. } = &deed {
            made.new.note(statement);
        }
        made.actions.push(Action {
            place: place(step.migration, states.operation, origin.at),
            operation: states.operation,
            transaction: in_transaction,
            written,
            deed,
        });
    };
    for (at, states) in states.iter().enumerate() {
        while let Some((deed, written, origin)) =
            lines.next_if(|(_, _, origin)| origin.operation == at && !origin.is_put_off)
        {
            add(&mut made, deed, written, origin);
        }
        for (operation, run) in functions(states.operation) {
            let own = run.atomic.unwrap_or(made.is_atomic());
            let alone = at + 1;
            made.actions.push(Action {
                place: place(step.migration, states.operation, operation.name_span),
                operation: states.operation,
                transaction: in_transaction.or(own.then_some(alone)),
                written: None,
                deed: Deed::Python(run),
            });
        }
    }
    // What was put off to the end of the migration.
    for (deed, written, origin) in lines {
        add(&mut made, deed, written, origin);
    }
    Some(made)
}

/// The functions that an operation runs, nested ones included.
fn functions(operation: &Operation) -> Vec<(&Operation, &RunPython)> {
    match &operation.kind {
        OperationKind::RunPython(run) if run.is_noop => Vec::new(),
        OperationKind::RunPython(run) => vec![(operation, run)],
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            ..
        } => database_operations.iter().flat_map(functions).collect(),
        _ => Vec::new(),
    }
}

/// A place in the migration's own file.
fn place(migration: &Migration, operation: &Operation, at: Span) -> Span {
    let places = [at, operation.name_span, operation.span];
    let mut own = places.into_iter().filter(|it| it.file == migration.file);
    own.next().unwrap_or(migration.span)
}

/// What a migration makes, or others that are deployed with it and come before it: nobody
/// waits for its tables, and no code that runs knows its columns.
#[derive(Debug, Clone, Default)]
struct New {
    tables: FxHashSet<TableName>,
    columns: FxHashSet<(TableName, ColumnName)>,
    /// Columns that were there and were dropped: another one may take the name.
    dropped: FxHashSet<(TableName, ColumnName)>,
}

impl New {
    /// What is made is new; so is what takes the name of something new.
    fn note(&mut self, statement: &Statement) {
        match statement {
            Statement::CreateTable(create) => {
                self.tables.insert(create.table.clone());
            }
            Statement::ByHand(statement) => match &**statement {
                ByHand::CreateTableAs { table, .. }
                | ByHand::CreateTableLike { table, .. }
                | ByHand::CreatePartition { table, .. }
                | ByHand::CreateView { view: table, .. } => {
                    self.tables.insert(table.clone());
                }
                _ => {}
            },
            // All rows of a table that was there: SQLite makes it anew.
            Statement::CopyRows { from, to, .. } if !self.tables.contains(from) => {
                self.tables.remove(to);
            }
            // Statements before it know the table by its old name.
            Statement::RenameTable { from, to } => {
                if self.tables.contains(from) {
                    self.tables.insert(to.clone());
                } else {
                    self.tables.remove(to);
                }
            }
            Statement::AddColumn { table, column } => {
                let key = (table.clone(), column.name.clone());
                if !self.dropped.contains(&key) {
                    self.columns.insert(key);
                }
            }
            Statement::DropColumn { table, column } => {
                let key = (table.clone(), column.clone());
                if !self.columns.contains(&key) {
                    self.dropped.insert(key);
                }
            }
            Statement::RenameColumn { table, from, to } => {
                let old = (table.clone(), from.clone());
                if self.columns.contains(&old) {
                    self.columns.insert((table.clone(), to.clone()));
                }
            }
            _ => {}
        }
    }
}
