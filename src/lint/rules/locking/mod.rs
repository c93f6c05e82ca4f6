//! Rules on who waits while a migration runs. They ask what statements do, so that one
//! rule covers an operation, the hidden index of a field and handwritten SQL alike.

pub(super) mod blocking_exclusion_constraint;
pub(super) mod blocking_index;
pub(super) mod blocking_index_drop;
pub(super) mod blocking_primary_key;
pub(super) mod blocking_statement;
pub(super) mod blocking_unique_constraint;
pub(super) mod concurrent_beside_others;
pub(super) mod concurrent_in_transaction;
pub(super) mod index_gap;
pub(super) mod lock_held_while_working;
pub(super) mod locked_parent;
pub(super) mod long_lock_timeout;
pub(super) mod many_tables_locked;
pub(super) mod missing_idle_timeout;
pub(super) mod missing_lock_timeout;
pub(super) mod missing_statement_timeout;
pub(super) mod needless_non_atomic;
pub(super) mod repeated_table_work;
pub(super) mod rewriting_column;
pub(super) mod rewriting_type_change;
pub(super) mod scanning_not_null;
pub(super) mod timeout_during_concurrent_build;
pub(super) mod unindexed_foreign_key;
pub(super) mod update_under_lock;
pub(super) mod validated_at_once;
pub(super) mod validating_check;
pub(super) mod validating_foreign_key;

use crate::base::Span;
use crate::diag::Diagnostic;
use crate::diag::wording::list;
use crate::lint::advice::{Advice, advise};
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::Rule;
use crate::sql::ddl::{
    ByHand, Column, ColumnChange, ColumnKey, ConstraintKind, Statement, TableName,
};
use crate::sql::effects::{Algorithm, Duration, Effects, Held, Lock, LockMode, Work};
use crate::sql::limits::Timeout;

/// What a statement is for, as far as the way out depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Index,
    UniqueConstraint,
    PrimaryKey,
    ExclusionConstraint,
    ForeignKey,
    Check,
    NotNull,
    TypeChange,
    NewColumn,
    Rows,
    Other,
}

fn cause(statement: &Statement, effects: &Effects) -> Cause {
    match statement {
        Statement::CreateIndex(_) => Cause::Index,
        Statement::AddConstraint { constraint, .. } => match constraint.kind {
            ConstraintKind::Unique { .. } => Cause::UniqueConstraint,
            ConstraintKind::PrimaryKey { .. } => Cause::PrimaryKey,
            ConstraintKind::Check(_) => Cause::Check,
            ConstraintKind::ForeignKey { .. } => Cause::ForeignKey,
            ConstraintKind::Exclusion { .. } => Cause::ExclusionConstraint,
        },
        Statement::AddColumn { table, column } if !effects.rewrites(table) => of_column(column),
        Statement::AddColumn { .. } => Cause::NewColumn,
        Statement::AlterColumn { changes, .. } => {
            let has = |wanted: fn(&ColumnChange) -> bool| changes.iter().any(wanted);
            if has(|it| matches!(it, ColumnChange::Type { .. })) {
                Cause::TypeChange
            } else if has(|it| matches!(it, ColumnChange::SetNotNull(_))) {
                Cause::NotNull
            } else {
                Cause::Other
            }
        }
        Statement::FillNulls { .. } | Statement::FillColumn { .. } => Cause::Rows,
        Statement::ByHand(by_hand) => match &**by_hand {
            ByHand::AddCompositeForeignKey { .. } => Cause::ForeignKey,
            ByHand::AddKeyUsingIndex {
                is_primary: true, ..
            } => Cause::PrimaryKey,
            ByHand::Update { .. } | ByHand::Delete { .. } | ByHand::Insert { .. } => Cause::Rows,
            _ => Cause::Other,
        },
        _ => Cause::Other,
    }
}

/// Why a column that keeps the rows as they are makes the server read them.
fn of_column(column: &Column) -> Cause {
    if column.key == ColumnKey::Unique {
        Cause::UniqueConstraint
    } else if column.key == ColumnKey::Primary {
        Cause::PrimaryKey
    } else if column.check.is_some() {
        Cause::Check
    } else if column.references.is_some() {
        Cause::ForeignKey
    } else {
        Cause::NewColumn
    }
}

/// A statement that works on rows which were there before the migration, while others
/// wait for a table.
struct Wait<'e, 'p> {
    execution: &'e Execution<'p>,
    action: &'e Action<'p>,
    statement: &'e Statement,
    effects: &'e Effects,
    /// The locks on tables which were there before, for which writes or reads wait; at
    /// least one.
    locks: Vec<&'e Lock>,
    /// What the transaction holds by then, beyond the statement's own locks.
    held: Vec<Hold<'e, 'p>>,
    duration: Duration,
}

/// A lock with the action that took it.
type Hold<'e, 'p> = (&'e Action<'p>, &'e Lock);

/// The locks that a transaction holds for which others wait, while one goes through the
/// actions of a migration.
#[derive(Default)]
struct Holding<'e, 'p> {
    held: Vec<Hold<'e, 'p>>,
}

impl<'e, 'p> Holding<'e, 'p> {
    /// What is held when an action begins.
    fn before(&mut self, action: &Action<'p>) -> &[Hold<'e, 'p>] {
        self.held.retain(|(earlier, _)| {
            earlier.transaction.is_some() && earlier.transaction == action.transaction
        });
        &self.held
    }

    /// Adds what an action keeps until its transaction ends.
    fn after(&mut self, execution: &Execution<'p>, action: &'e Action<'p>) {
        let Some((_, effects)) = action.statement() else {
            return;
        };
        for lock in blocking_locks(execution, effects) {
            let is_known = self
                .held
                .iter()
                .any(|(_, known)| known.table == lock.table && known.mode.includes(lock.mode));
            if lock.held == Held::Transaction && !is_known {
                self.held.push((action, lock));
            }
        }
    }
}

/// The statements of a migration that are for one thing and keep others waiting.
fn waits<'e, 'p>(execution: &'e Execution<'p>, wanted: Cause) -> Vec<Wait<'e, 'p>> {
    let mut found = Vec::new();
    let is_wanted = |statement: &Statement, effects: &Effects| cause(statement, effects) == wanted;
    // Most migrations have none, and what is held need not be known then.
    if !execution
        .statements()
        .any(|(_, statement, effects)| is_wanted(statement, effects))
    {
        return found;
    }
    for (action, held) in with_held(execution) {
        let Some((statement, effects)) = action.statement() else {
            continue;
        };
        if !is_wanted(statement, effects) {
            continue;
        }
        let locks = blocking_locks(execution, effects);
        if locks.is_empty() {
            continue;
        }
        found.push(Wait {
            execution,
            action,
            statement,
            effects,
            held: held.beside(action, &locks),
            locks,
            duration: duration(execution, effects),
        });
    }
    found
}

/// What a transaction holds when an action begins that takes long.
struct Standing<'e, 'p> {
    all: Vec<Hold<'e, 'p>>,
    /// Those that other operations took on tables of which no action before tells.
    untold: Vec<Hold<'e, 'p>>,
}

/// The actions of a migration that take long, with what its transaction holds by then.
fn with_held<'e, 'p>(execution: &'e Execution<'p>) -> Vec<(&'e Action<'p>, Standing<'e, 'p>)> {
    let mut found = Vec::new();
    let mut holding = Holding::default();
    // A table is told of once: what follows keeps it waiting for the same reason.
    let mut told: Vec<&TableName> = Vec::new();
    for action in &execution.actions {
        let held = holding.before(action);
        let is_long = match action.statement() {
            None => true,
            Some((_, effects)) => duration(execution, effects) > Duration::Instant,
        };
        if is_long {
            let all = held.to_vec();
            let untold = held.iter().filter(|(earlier, lock)| {
                !std::ptr::eq(earlier.operation, action.operation) && !told.contains(&&lock.table)
            });
            let untold: Vec<Hold<'e, 'p>> = untold.copied().collect();
            // What is found of a later part of an operation may follow from the first,
            // and then tells nobody.
            let mut before = found.iter().map(|(earlier, _)| *earlier);
            if !before.any(|earlier: &Action<'p>| std::ptr::eq(earlier.operation, action.operation))
            {
                told.extend(untold.iter().map(|(_, lock)| &lock.table));
            }
            found.push((action, Standing { all, untold }));
        }
        holding.after(execution, action);
    }
    found
}

impl<'e, 'p> Standing<'e, 'p> {
    /// What is to be told beside an action's own locks: of its own tables, of what its own
    /// operation took, and what nobody has told of.
    fn beside(&self, action: &Action<'p>, own: &[&Lock]) -> Vec<Hold<'e, 'p>> {
        let held = self.all.iter().filter(|(earlier, lock)| {
            let is_same = std::ptr::eq(earlier.operation, action.operation);
            let mut of_table = own.iter().filter(|own| own.table == lock.table);
            match of_table.next() {
                // What an operation has by itself it need not be told twice.
                Some(own) => !(is_same && own.mode.includes(lock.mode)),
                None => is_same || self.is_untold(lock),
            }
        });
        held.copied().collect()
    }

    fn is_untold(&self, lock: &Lock) -> bool {
        self.untold
            .iter()
            .any(|(_, untold)| std::ptr::eq(*untold, lock))
    }
}

/// The locks of a statement that keep others from a table which was there before, for as
/// long as the statement works. SQLite's is left out: whoever writes to it holds it.
fn blocking_locks<'e>(execution: &Execution<'_>, effects: &'e Effects) -> Vec<&'e Lock> {
    effects
        .blocked()
        .filter(|lock| lock.held > Held::Moment && lock.mode != LockMode::Database)
        .filter(|lock| execution.is_felt(&lock.table))
        .collect()
}

/// How long a statement works on rows that were there before.
fn duration(execution: &Execution<'_>, effects: &Effects) -> Duration {
    let work = effects.work.iter();
    let longest = work
        .filter(|work| execution.is_felt(work.table()))
        .map(crate::sql::effects::Work::duration)
        .max()
        .unwrap_or(Duration::Instant);
    if reads_to_write(execution, effects) {
        longest.max(Duration::Rows)
    } else {
        longest
    }
}

/// Whether rows that were there before are read to be written elsewhere, as
/// `INSERT INTO ... SELECT` does.
fn reads_to_write(execution: &Execution<'_>, effects: &Effects) -> bool {
    let mut work = effects.work.iter();
    work.any(|work| matches!(work, Work::Rows { .. }))
        && effects
            .locks
            .iter()
            .any(|lock| lock.mode != LockMode::Database && execution.is_felt(&lock.table))
}

impl Wait<'_, '_> {
    /// What waits for the tables that the statement locks, with what the transaction
    /// already holds on them.
    fn what_waits(&self) -> String {
        let own = self.locks.iter().copied();
        let held = self.held.iter().map(|(_, lock)| *lock);
        let is_own = |lock: &&Lock| self.locks.iter().any(|own| own.table == lock.table);
        what_waits(own.chain(held.filter(is_own)))
    }

    /// The table that the statement is about.
    fn table(&self) -> &TableName {
        &self.locks[0].table
    }

    /// Whether the server can do this while others go on: `CONCURRENTLY`, `NOT VALID`.
    fn server_has_online_forms(&self) -> bool {
        let templates = &self.execution.server.dialect.templates;
        templates.create_index_concurrently.is_some()
    }

    /// A finding on the statement, with the locks in plain words.
    fn finding(&self, rule: &Rule, message: impl Into<String>) -> Diagnostic {
        let finding = rule.on_action(self.execution, self.action, message);
        let finding = finding.note(self.note());
        let locks = self.stronger();
        let finding = if locks.is_empty() {
            finding
        } else {
            let locks = locks_on(locks.into_iter());
            finding.note(format!("since earlier, the transaction holds {locks}"))
        };
        locked_here(finding, self.action, &self.held)
    }

    /// The strongest lock on each table that the transaction holds by then, beyond what
    /// the statement itself takes.
    fn stronger(&self) -> Vec<&Lock> {
        let held = || self.held.iter().map(|(_, lock)| *lock);
        let own = self.locks.iter().copied();
        let others: Vec<&Lock> = own.chain(held()).collect();
        let is_included = |lock: &Lock| {
            let mut others = others.iter().filter(|other| other.table == lock.table);
            others.any(|other| other.mode != lock.mode && other.mode.includes(lock.mode))
                || self.locks.iter().any(|own| **own == *lock)
        };
        held().filter(|lock| !is_included(lock)).collect()
    }

    fn note(&self) -> String {
        let title = self.execution.server.dialect.title;
        let work = match self.duration {
            Duration::Instant => "",
            Duration::Rows => " while it writes the rows",
            Duration::Scan => " while it reads the table",
            Duration::IndexBuild => " while it builds the index",
            Duration::Rewrite => " while it writes the table anew",
        };
        if let Some(algorithm) = self.effects.algorithm {
            let algorithm = match algorithm {
                Algorithm::Instant => "INSTANT",
                Algorithm::NoCopy => "NOCOPY",
                Algorithm::InPlace => "INPLACE",
                Algorithm::Copy => "COPY",
            };
            return format!(
                "{title} alters the table with `ALGORITHM={algorithm}` and `{}`{work}",
                self.locks[0].mode
            );
        }
        let locks = locks_on(self.locks.iter().copied());
        let until = if self.locks.iter().any(|it| it.held == Held::Transaction)
            && self.action.transaction.is_some()
        {
            ", and keeps it until the transaction ends"
        } else {
            ""
        };
        format!("{title} holds {locks}{work}{until}")
    }
}

/// `` writes of `shop_order` ``, `` reads and writes of `shop_order` and writes of
/// `auth_user` ``.
fn what_waits<'e>(locks: impl Iterator<Item = &'e Lock>) -> String {
    let (mut reads, mut writes) = (Vec::new(), Vec::new());
    for lock in locks {
        let tables = if lock.mode.blocks_reads() {
            &mut reads
        } else {
            &mut writes
        };
        if !tables.contains(&lock.table.as_str()) {
            tables.push(lock.table.as_str());
        }
    }
    writes.retain(|table| !reads.contains(table));
    let parts = [("reads and writes", reads), ("writes", writes)];
    let parts = parts.into_iter().filter(|(_, tables)| !tables.is_empty());
    let parts: Vec<String> = parts
        .map(|(what, tables)| format!("{what} of {}", list(&tables)))
        .collect();
    parts.join(" and ")
}

/// A label at each other place that took one of the locks.
fn locked_here(finding: Diagnostic, action: &Action<'_>, held: &[Hold<'_, '_>]) -> Diagnostic {
    let elsewhere = held
        .iter()
        .filter(|(earlier, _)| earlier.place != action.place);
    let mut told: Vec<(Span, &TableName)> = Vec::new();
    let mut finding = finding;
    for (earlier, lock) in elsewhere {
        if !told.contains(&(earlier.place, &lock.table)) {
            told.push((earlier.place, &lock.table));
            let table = lock.table.as_str();
            finding = finding.label(earlier.place, format!("`{table}` is locked from here on"));
        }
    }
    finding
}

/// `` `SHARE` on `shop_order` and `auth_user` ``.
fn locks_on<'e>(locks: impl Iterator<Item = &'e Lock>) -> String {
    let mut modes: Vec<(LockMode, Vec<&str>)> = Vec::new();
    for lock in locks {
        let table = lock.table.as_str();
        match modes.iter_mut().find(|(mode, _)| *mode == lock.mode) {
            Some((_, tables)) if tables.contains(&table) => {}
            Some((_, tables)) => tables.push(table),
            None => modes.push((lock.mode, vec![table])),
        }
    }
    let parts: Vec<String> = modes
        .iter()
        .map(|(mode, tables)| format!("`{mode}` on {}", list(tables)))
        .collect();
    parts.join(", ")
}

/// A finding on the first lock before which neither a limit is set nor another setting of
/// the same effect.
fn without_limit(
    rule: &Rule,
    execution: &Execution<'_>,
    limit: Timeout,
    other: &str,
    why: &str,
) -> Option<Diagnostic> {
    let Timeout { setting, set: sql } = limit;
    let (action, table) = first_unlimited(execution, &[setting, other])?;
    let table = table.as_str();
    let message = format!("`{table}` is locked, and no `{setting}` is set");
    let finding = rule.on_action(execution, action, message).note(why);
    let advice = Advice::new(
        format!(
            "begin with `migrations.RunSQL(\"{sql}\", migrations.RunSQL.noop)`, or set it in \
             `OPTIONS` of the connection that migrates"
        ),
        format!("begin with `sql {{ up \"{sql}\" }}`, or set it for the connection that migrates"),
    );
    Some(advise(finding, execution.migration, advice))
}

/// The first action that locks a table before any of the settings limits how long it may
/// wait or work, with the table.
fn first_unlimited<'e, 'p>(
    execution: &'e Execution<'p>,
    settings: &[&str],
) -> Option<(&'e Action<'p>, &'e TableName)> {
    for (action, statement, effects) in execution.statements() {
        if let Statement::ByHand(by_hand) = statement
            && let ByHand::SetSetting { name, .. } = &**by_hand
            && settings.iter().any(|it| name.eq_ignore_ascii_case(it))
        {
            return None;
        }
        if let Some(lock) = blocking_locks(execution, effects).first() {
            return Some((action, &lock.table));
        }
    }
    None
}

/// A setting's value in milliseconds: `2000`, `'2s'`, `'5min'`. What is no number is
/// `None`.
/// Source: PostgreSQL, "Parameter Names and Values".
fn milliseconds(value: &str) -> Option<u64> {
    let value = value.trim().trim_matches('\'').trim();
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let factor = match unit.trim() {
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.checked_mul(factor)
}
