//! What statements of the whole plan did to those who use the tables, on a live
//! PostgreSQL, is told by findings of `whimbrel check`.
//!
//! Harm is measured, and never taken from what whimbrel says: a statement wrote a table
//! anew, read or indexed it while its writes waited, or kept writes waiting while a later
//! part of the same transaction worked. Tables that the migration itself makes do not
//! count. A lock that is held for a moment, and by nothing that takes longer, is told of
//! by the group `strict`, once for a migration.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use whimbrel::base::{Afterwards, Files, Span, TextRange};
use whimbrel::diag::Diagnostic;
use whimbrel::ir::{Migration, Operation, OperationKind, Value};
use whimbrel::lint::{self, Category, Rule};
use whimbrel::pipeline::{Progress, Purpose, analyse};
use whimbrel::workspace::{self, Options};

use crate::effects_history::{Executed, Statement, executed};
use crate::environment::{Environment, SETTINGS, project, say};

/// A finding with what decides whether it tells of some harm.
struct Finding {
    rule: &'static Rule,
    /// Of all that it points at.
    places: Vec<Place>,
    text: String,
}

/// A place by the file's path: each analysis has numbers of its own for files.
type Place = (Arc<str>, TextRange);

fn place(files: &Files, span: Span) -> Place {
    (files.path(span.file), span.range)
}

/// What `whimbrel check` finds in the project and in its installed apps, which are judged
/// as its own, on PostgreSQL. By migration.
fn findings(environment: &Environment, extend_select: &[&str]) -> BTreeMap<String, Vec<Finding>> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("whimbrel.toml");
    std::fs::write(&config, "dialects = [\"postgresql\"]\n").unwrap();
    let files = Arc::new(Files::default());
    let options = Options {
        cwd: project(),
        config: Some(config),
        settings: Some(SETTINGS.to_owned()),
        python_env: Some(environment.root.clone()),
        extend_select: extend_select.iter().map(|it| (*it).to_owned()).collect(),
        ..Options::default()
    };
    let paths = [project(), environment.site_packages()];
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(16 << 20)
        .build()
        .unwrap();
    let analysis = pool.install(|| {
        let sources = workspace::discover(&files, &options, &paths).unwrap();
        analyse(
            &files,
            &sources,
            Purpose::Check,
            Afterwards::Continue,
            &Progress::default(),
        )
    });
    let mut findings: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    // What somebody has seen and lets pass has been told.
    let suppressed = analysis.suppressed.iter().map(|it| &it.finding);
    for diagnostic in analysis.diagnostics.iter().chain(suppressed) {
        let (Some(rule), Some(id)) = (lint::rule(diagnostic.rule), migration_of(diagnostic)) else {
            continue;
        };
        let labels = || std::iter::once(&diagnostic.primary).chain(&diagnostic.labels);
        let mut text = format!("{}\n{}", diagnostic.message, diagnostic.notes.join("\n"));
        text.extend(labels().map(|label| label.message.as_str()));
        findings.entry(id).or_default().push(Finding {
            rule,
            places: labels().map(|label| place(&files, label.span)).collect(),
            text,
        });
    }
    findings
}

fn migration_of(diagnostic: &Diagnostic) -> Option<String> {
    let subject = &diagnostic.subject;
    Some(format!(
        "{}.{}",
        subject.app.as_ref()?,
        subject.migration.as_ref()?
    ))
}

impl Finding {
    /// Whether it is about what an operation does to those who use a table, under any of
    /// its names, or that the operation fails on rows, which comes before.
    fn tells(&self, operation: &Place, names: &[&str]) -> bool {
        let (file, range) = operation;
        let points =
            |(of, at): &Place| of == file && range.start <= at.start && at.end <= range.end;
        let names_table = || {
            let mut quoted = names.iter().map(|name| format!("`{name}`"));
            quoted.any(|name| self.text.contains(&name))
        };
        let is_locking = self.rule.category == Category::Locking;
        (is_locking && names_table() || self.fails()) && self.places.iter().any(points)
    }

    /// Whether it is about a fault that comes before any lock is felt.
    fn fails(&self) -> bool {
        let mut explained = self
            .rule
            .explains
            .iter()
            .filter_map(|name| lint::rule(name));
        self.rule.category != Category::Locking
            && explained.any(|it| it.category == Category::Locking)
    }
}

/// One thing that a migration does.
enum Deed<'e> {
    Statement(&'e Statement<'e>),
    Function,
}

/// What a migration does, in order, with the place of the operation in its list.
fn deeds<'e>(migration: &Migration, statements: &'e [Statement<'e>]) -> Vec<(usize, Deed<'e>)> {
    let mut deeds = Vec::new();
    let mut statements = statements.iter().peekable();
    for (at, operation) in migration.operations.iter().enumerate() {
        while let Some(statement) =
            statements.next_if(|it| it.origin.operation == at && !it.origin.is_put_off)
        {
            deeds.push((at, Deed::Statement(statement)));
        }
        for _ in 0..functions(operation) {
            deeds.push((at, Deed::Function));
        }
    }
    deeds.extend(statements.map(|it| (it.origin.operation, Deed::Statement(it))));
    deeds
}

/// How many functions an operation runs.
fn functions(operation: &Operation) -> usize {
    match &operation.kind {
        OperationKind::RunPython(run) => {
            let is_noop = matches!(&run.code.value, Value::Path(path) if path.ends_with(".noop"));
            usize::from(!is_noop)
        }
        OperationKind::SeparateDatabaseAndState {
            database_operations,
            ..
        } => database_operations.iter().map(functions).sum(),
        _ => 0,
    }
}

/// What a statement did to those who use a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Harm {
    /// Writes waited for a moment.
    Moment,
    /// Writes waited while a later part of the transaction worked.
    Held,
    /// The table was read or indexed while writes of it waited.
    Scanned,
    Rewritten,
}

/// The harm of each statement to each table that was there before the migration.
fn harms(migration: &Migration, deeds: &[(usize, Deed<'_>)]) -> BTreeMap<(usize, String), Harm> {
    let is_atomic = migration
        .atomic
        .as_ref()
        .is_none_or(|flag| flag.value.known() != Some(&false));
    let mut harms: BTreeMap<(usize, String), Harm> = BTreeMap::new();
    let mut note = |at: usize, table: &str, harm: Harm| {
        let known = harms.entry((at, table.to_owned())).or_insert(harm);
        *known = harm.max(*known);
    };
    let mut new: BTreeSet<String> = BTreeSet::new();
    // Tables whose writes wait until the transaction ends, and since which deed.
    let mut held: BTreeMap<String, usize> = BTreeMap::new();
    for (at, (_, deed)) in deeds.iter().enumerate() {
        let Deed::Statement(statement) = deed else {
            for (table, since) in &held {
                note(*since, table, Harm::Held);
            }
            continue;
        };
        let measured = statement.measured;
        let old = |table: &str| !new.contains(table) && !measured.made.contains(table);
        let blocked: BTreeSet<&str> = measured
            .blocked()
            .into_iter()
            .filter(|it| old(it))
            .collect();
        let waits = |table: &str| blocked.contains(table) || held.contains_key(table);
        for table in &blocked {
            note(at, table, Harm::Moment);
        }
        let indexed = measured.built.iter().map(|(table, _)| table);
        let worked: BTreeSet<&str> = indexed
            .chain(&measured.scanned)
            .map(String::as_str)
            .filter(|table| old(table))
            .collect();
        for table in worked.iter().filter(|table| waits(table)) {
            note(at, table, Harm::Scanned);
        }
        for table in measured.rewritten.iter().filter(|table| old(table)) {
            note(at, table, Harm::Rewritten);
        }
        let is_lasting = !worked.is_empty()
            || measured.rewritten.iter().any(|table| old(table))
            || measured.written().into_iter().any(old);
        if is_lasting {
            for (table, since) in &held {
                note(*since, table, Harm::Held);
            }
        }
        if is_atomic {
            for table in blocked {
                held.entry(table.to_owned()).or_insert(at);
            }
        }
        new.extend(measured.made.iter().cloned());
        for (from, to) in &measured.renamed {
            if new.remove(from) {
                new.insert(to.clone());
            }
            if let Some(since) = held.remove(from) {
                held.insert(to.clone(), since);
            }
        }
    }
    harms
}

#[test]
fn what_keeps_others_waiting_is_found() {
    let test = "harm that is found";
    let Some(executed) = executed(test) else {
        return;
    };
    let environment = Environment::find(test).unwrap();
    let recommended = findings(&environment, &[]);
    let strict = findings(&environment, &["strict"]);
    let migrations: BTreeMap<String, &Migration> = executed
        .project
        .apps
        .iter()
        .flat_map(|app| &app.migrations)
        .map(|migration| (migration.id.to_string(), migration))
        .collect();
    let mut counts: BTreeMap<Harm, usize> = BTreeMap::new();
    let mut on_rows = 0;
    let mut report = String::new();
    for (id, statements) in executed.migrations() {
        let migration = migrations[id];
        let deeds = deeds(migration, &statements);
        for ((at, table), harm) in harms(migration, &deeds) {
            *counts.entry(harm).or_default() += 1;
            let (operation, Deed::Statement(statement)) = &deeds[at] else {
                unreachable!("functions take no locks here");
            };
            on_rows += usize::from(statement.measured.rows.contains(&table));
            // A table that is renamed is found under the name that it had.
            let former = statement.measured.renamed.iter();
            let former = former.filter(|(_, to)| **to == table).map(|(from, _)| from);
            let names: Vec<&str> = former.chain([&table]).map(String::as_str).collect();
            if !is_told(
                executed,
                migration,
                *operation,
                (&names, harm),
                (&recommended, &strict),
            ) {
                writeln!(report, "{id}: {harm:?} `{table}`: {}", statement.sql).unwrap();
            }
        }
    }
    let all: usize = counts.values().sum();
    say(&format!(
        "{test}: {all} times a statement kept others from a table, {on_rows} of these with \
         rows: {counts:?}"
    ));
    assert!(all > 0, "nothing was measured");
    assert!(report.is_empty(), "\n{report}");
}

/// Findings by migration, of the recommended rules and of those and the strict ones.
type Found<'f> = (
    &'f BTreeMap<String, Vec<Finding>>,
    &'f BTreeMap<String, Vec<Finding>>,
);

fn is_told(
    executed: &Executed,
    migration: &Migration,
    operation: usize,
    (names, harm): (&[&str], Harm),
    (recommended, strict): Found<'_>,
) -> bool {
    let span = migration.operations[operation].span;
    let operation = place(&executed.files, span);
    let id = migration.id.to_string();
    let of = |found: &'_ BTreeMap<String, Vec<Finding>>, is_one: &dyn Fn(&Finding) -> bool| {
        found.get(&id).is_some_and(|found| found.iter().any(is_one))
    };
    let tells = |finding: &Finding| finding.tells(&operation, names);
    let limits = |finding: &Finding| finding.rule.name == "missing-lock-timeout";
    match harm {
        Harm::Moment => of(strict, &|it| tells(it) || limits(it)),
        // Nobody is kept waiting by what comes after a statement that fails on rows.
        Harm::Held => of(recommended, &|it| tells(it) || it.fails()),
        Harm::Scanned | Harm::Rewritten => of(recommended, &tells),
    }
}
