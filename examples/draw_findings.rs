//! Draws findings of real histories at random, each with the statements that it is about,
//! for reading: `draw_findings SEED COUNT ENV:PATH[,PATH...]...`
//!
//! What lies at the paths is judged as a project's own on PostgreSQL, with a Python
//! environment for what it imports; the first path is the working directory. The same seed
//! draws the same findings, as far as they are still there: one that is gone makes room
//! for the next and moves no other. `tests/conformance/findings.sh` calls it.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]
#![allow(clippy::unwrap_used, reason = "a wrong call may fail by panicking")]

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::path::PathBuf;
use std::sync::Arc;

use rustc_hash::FxHasher;
use whimbrel::base::{Afterwards, Files, Span};
use whimbrel::diag::Diagnostic;
use whimbrel::graph::MigrationGraph;
use whimbrel::ir::{Migration, Project};
use whimbrel::pipeline::{Progress, Purpose, analyse};
use whimbrel::schema::History;
use whimbrel::sql::catalog::Catalog;
use whimbrel::sql::plan::{Line, Now, Planner, Settings};
use whimbrel::sql::value::{Date, DateTime, Time};
use whimbrel::sql::{Dialect, Server};
use whimbrel::workspace::{self, Options};

/// A finding as it is printed, with its place in the draw.
struct Ticket {
    rank: u64,
    text: String,
    rule: &'static str,
}

/// The migrations' operations and statements, by file and place.
type Operations = BTreeMap<String, Vec<Operation>>;

struct Operation {
    start: u32,
    end: u32,
    statements: Vec<String>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seed: u64 = arguments.next().unwrap().parse().unwrap();
    let count: usize = arguments.next().unwrap().parse().unwrap();
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(64 << 20)
        .build()
        .unwrap();
    let mut tickets = Vec::new();
    for group in arguments {
        let (environment, paths) = group.split_once(':').unwrap();
        let paths: Vec<PathBuf> = paths.split(',').map(PathBuf::from).collect();
        let environment = PathBuf::from(environment);
        tickets.extend(pool.install(|| tickets_of(seed, environment, &paths)));
    }
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for ticket in &tickets {
        *rules.entry(ticket.rule).or_default() += 1;
    }
    println!("{} findings: {rules:?}\n", tickets.len());
    tickets.sort_by(|left, right| (left.rank, &left.text).cmp(&(right.rank, &right.text)));
    for (at, ticket) in tickets.iter().take(count).enumerate() {
        println!("## {}. {}", at + 1, ticket.text);
    }
}

fn tickets_of(seed: u64, environment: PathBuf, paths: &[PathBuf]) -> Vec<Ticket> {
    let config = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    std::fs::write(config.path(), "dialects = [\"postgresql\"]\n").unwrap();
    let options = Options {
        cwd: paths[0].clone(),
        config: Some(config.path().to_owned()),
        python_env: Some(environment),
        ..Options::default()
    };
    let read = |purpose| {
        let files = Arc::new(Files::default());
        let sources = workspace::discover(&files, &options, paths).unwrap();
        let analysis = analyse(
            &files,
            &sources,
            purpose,
            Afterwards::Continue,
            &Progress::default(),
        );
        (files, analysis)
    };
    let (files, graphs) = read(Purpose::Graph);
    let mut operations = Operations::new();
    for analysed in &graphs.projects {
        gather(&files, &analysed.project, &mut operations);
    }
    let (files, checked) = read(Purpose::Check);
    let diagnostics = checked.diagnostics.iter();
    diagnostics
        .map(|diagnostic| ticket(seed, &files, diagnostic, &operations))
        .collect()
}

/// Adds every operation of a project's plan with its statements on PostgreSQL.
fn gather(files: &Files, project: &Project, out: &mut Operations) {
    let server = Server::new(Dialect::by_name("postgresql").unwrap(), None);
    let local = DateTime {
        date: Date::EPOCH,
        time: Time::MIDNIGHT,
        offset: None,
    };
    let utc = DateTime {
        offset: Some(0),
        ..local
    };
    let settings = Settings::new(&project.settings.sql, Now { utc, local }, "0".repeat(32));
    let planner = Planner::new(&server, &settings);
    let graph = MigrationGraph::build(project);
    let plan = graph.full_plan();
    let migrations: Vec<&Migration> = plan
        .iter()
        .filter_map(|node| graph.migration(project, *node))
        .collect();
    let decide = |condition: &whimbrel::ir::value::Condition| planner.holds(condition);
    let history = History::of(project, migrations, Some(&decide));
    let mut catalog = Catalog::default();
    for step in history.steps() {
        let planned = planner.migration(step, &mut catalog);
        let mut found: Vec<Operation> = step
            .migration
            .operations
            .iter()
            .map(|operation| Operation {
                start: operation.span.range.start,
                end: operation.span.range.end,
                statements: Vec::new(),
            })
            .collect();
        for line in &planned.forwards {
            if let Line::Statement { sql, origin, .. } = line
                && let Some(operation) = found.get_mut(origin.operation)
            {
                operation.statements.push(sql.clone());
            }
        }
        out.insert(files.path(step.migration.file).to_string(), found);
    }
}

fn ticket(seed: u64, files: &Files, diagnostic: &Diagnostic, operations: &Operations) -> Ticket {
    let span = diagnostic.primary.span;
    let path = files.path(span.file).to_string();
    let (start, _) = files.positions(span);
    // Of the packages and not of the machine's folders; `-` and `_` are alike in names of
    // packages.
    let known = path
        .rsplit_once("site-packages/")
        .map_or(path.as_str(), |(_, rest)| rest);
    let known = known.replace('-', "_");
    let mut hasher = FxHasher::default();
    (seed, diagnostic.rule, known, &diagnostic.primary.message).hash(&mut hasher);
    (start.line, start.column, &diagnostic.subject.operation).hash(&mut hasher);
    let mut text = format!(
        "{} [{}] {path}:{}\n{}\n",
        diagnostic.rule,
        diagnostic.level.as_str(),
        start.line,
        diagnostic.message
    );
    for label in &diagnostic.labels {
        let (at, _) = files.positions(label.span);
        let other = files.path(label.span.file);
        text.push_str(&format!("  at {other}:{}: {}\n", at.line, label.message));
    }
    for note in &diagnostic.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    for help in &diagnostic.help {
        text.push_str(&format!("  help: {help}\n"));
    }
    let at = span.range.start;
    let operation = operations.get(&path).and_then(|operations| {
        let mut operations = operations.iter();
        operations.find(|operation| operation.start <= at && at < operation.end)
    });
    match operation {
        Some(operation) => {
            text.push_str(&excerpt(files, span, operation.start, operation.end));
            for statement in &operation.statements {
                text.push_str(&format!("  > {}\n", statement.replace('\n', " ")));
            }
        }
        None => text.push_str(&excerpt(files, span, at, span.range.end + 400)),
    }
    Ticket {
        rank: mixed(hasher.finish()),
        text,
        rule: diagnostic.rule,
    }
}

/// The lines of a part of a file, not too many.
fn excerpt(files: &Files, span: Span, start: u32, end: u32) -> String {
    let source = files.text(span.file);
    let (start, end) = (start as usize, (end as usize).min(source.len()));
    let start = source
        .get(..start)
        .and_then(|head| head.rfind('\n'))
        .map_or(0, |at| at + 1);
    let bytes = source.as_bytes().get(start..end).unwrap_or_default();
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().take(24);
    lines.map(|line| format!("  | {line}\n")).collect()
}

/// Spreads a hash over all of its bits: the last step of SplitMix64.
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
