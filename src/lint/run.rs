//! Applies all rules, in parallel over rules and migrations.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use super::context::Context;
use super::execution::{self, Execution};
use super::rule::{AtEnd, Category, Check, Rule};
use crate::base::{Afterwards, FileId, Files, Span, guard};
use crate::diag::{Diagnostic, Level};
use crate::graph::MigrationGraph;
use crate::ir::project::NO_FILE;
use crate::ir::{AppOrigin, Migration, Project};
use crate::schema::History;
use crate::sql::Server;
use crate::sql::plan::{KnownFields, Planner};

/// Everything that the rules find in a project. The order depends on the input
/// only; a caller who knows the files' paths sorts by them.
#[must_use]
pub fn run(
    project: &Project,
    graph: &MigrationGraph,
    files: &Files,
    afterwards: Afterwards,
) -> Vec<Diagnostic> {
    let migrations: Vec<&Migration> = project
        .apps
        .iter()
        .filter(|app| app.origin == AppOrigin::Project)
        .flat_map(|app| &app.migrations)
        .collect();
    // A project without migrations of its own has nobody to tell.
    let Some(some_file) = some_file(project) else {
        return Vec::new();
    };
    let ctx = Context::new(project, graph, files);
    let of_migrations = ctx.rules_that(|rule| matches!(rule.check, Check::Migration(_)));
    let (mut found, (in_migrations, in_executions)) = rayon::join(
        || {
            let found: Vec<Vec<Diagnostic>> = ctx
                .rules()
                .par_iter()
                .filter_map(|rule| match rule.check {
                    Check::Project(check) => {
                        let mut found = Vec::new();
                        guarded(rule, some_file, &mut found, |out| check(&ctx, out));
                        Some(found)
                    }
                    Check::Migration(_)
                    | Check::Execution(_)
                    | Check::AtEnd(_)
                    | Check::Reader
                    | Check::Control => None,
                })
                .collect();
            found.concat()
        },
        || {
            rayon::join(
                || {
                    let found: Vec<Vec<Diagnostic>> = migrations
                        .par_iter()
                        .map(|migration| check_migration(&ctx, &of_migrations, migration))
                        .filter(|found| !found.is_empty())
                        .collect();
                    found.concat()
                },
                || check_executions(&ctx, some_file, afterwards),
            )
        },
    );
    found.extend(in_migrations);
    found.extend(in_executions);
    afterwards.leave(ctx);
    explained(found)
}

/// What rules find in the project's own migrations as each of its servers runs them.
/// What is found alike on several servers is told once.
fn check_executions(
    ctx: &Context<'_>,
    some_file: FileId,
    afterwards: Afterwards,
) -> Vec<Diagnostic> {
    let rules = ctx.rules_that(|rule| matches!(rule.check, Check::Execution(_) | Check::AtEnd(_)));
    if rules.is_empty() {
        return Vec::new();
    }
    let servers = Server::judged_for(&ctx.project.settings);
    let settings = execution::settings(ctx.project);
    let judge = |planner: &Planner<'_>, history: &History<'_>| {
        // Nobody waits for a database of one's own, and no old code meets it.
        let is_alone = planner.server().features.is_embedded;
        let is_felt = |rule: &&Rule| {
            !is_alone || !matches!(rule.category, Category::Locking | Category::Rollout)
        };
        let rules: Vec<&'static Rule> = rules.iter().copied().filter(is_felt).collect();
        let is_wanted = |migration: &Migration| ctx.is_judged(migration);
        let work = || {
            let mut found = Vec::new();
            let mut open = Vec::new();
            let known_fields = KnownFields::default();
            let planner = planner.without_text().remembering(&known_fields);
            let at_end = execution::run(ctx.project, history, &planner, is_wanted, |execution| {
                check_execution(ctx, &rules, execution, &mut found, &mut open);
            });
            for (rule, file, question) in open {
                guarded(rule, file, &mut found, |out| out.extend(question(&at_end)));
            }
            afterwards.leave((known_fields, at_end));
            found
        };
        guard::run(work).unwrap_or_else(|message| vec![bug("sql", some_file, &message)])
    };
    let found = ctx.on_servers(&settings, judge);
    let titles: Vec<&'static str> = servers.iter().map(|it| it.dialect.title).collect();
    let each = titles.iter().zip(found);
    merged(
        each.flat_map(|(title, found)| found.into_iter().map(|it| (*title, it))),
        servers.len(),
    )
}

/// One finding for each rule and place: what is found there again, of another statement
/// or on another server, becomes notes.
/// What is not true of all servers names those of which it is.
fn merged(
    found: impl Iterator<Item = (&'static str, Diagnostic)>,
    servers: usize,
) -> Vec<Diagnostic> {
    let mut merged: Vec<(Vec<&'static str>, Diagnostic)> = Vec::new();
    let mut places: FxHashMap<(&'static str, Span), usize> = FxHashMap::default();
    for (title, diagnostic) in found {
        let place = (diagnostic.rule, diagnostic.primary.span);
        let Some((titles, known)) = places.get(&place).and_then(|at| merged.get_mut(*at)) else {
            places.insert(place, merged.len());
            merged.push((vec![title], diagnostic));
            continue;
        };
        if !titles.contains(&title) {
            titles.push(title);
        }
        let message = (diagnostic.message != known.message).then_some(diagnostic.message);
        for note in message.into_iter().chain(diagnostic.notes) {
            if !known.notes.contains(&note) {
                known.notes.push(note);
            }
        }
    }
    let named = merged.into_iter().map(|(titles, diagnostic)| {
        // Most facts name the server themselves.
        let is_named = |title: &&str| diagnostic.notes.iter().any(|note| note.contains(*title));
        if titles.len() == servers || titles.iter().all(is_named) {
            return diagnostic;
        }
        let note = format!("on {}", names(&titles));
        diagnostic.note(note)
    });
    named.collect()
}

/// `PostgreSQL and MySQL`.
fn names(titles: &[&str]) -> String {
    match titles {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A question of a rule, with the file that a panic of it is told of.
type Open<'p> = (&'static Rule, FileId, AtEnd<'p>);

fn check_execution<'p>(
    ctx: &Context<'_>,
    rules: &[&'static Rule],
    execution: &Execution<'p>,
    found: &mut Vec<Diagnostic>,
    open: &mut Vec<Open<'p>>,
) {
    let file = execution.migration.file;
    found.extend(each_guarded(rules, file, |rule, out| {
        if let Check::Execution(check) = rule.check {
            check(ctx, execution, out);
        }
    }));
    for rule in rules {
        if let Check::AtEnd(check) = rule.check {
            guarded(rule, file, found, |_| {
                let mut questions = Vec::new();
                check(ctx, execution, &mut questions);
                open.extend(questions.into_iter().map(|it| (*rule, file, it)));
            });
        }
    }
}

/// Without the findings that follow from another one on the same operation.
fn explained(found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut told: FxHashSet<(&'static str, Span)> = FxHashSet::default();
    for diagnostic in &found {
        let explains = super::rule(diagnostic.rule).map_or(&[][..], |rule| rule.explains);
        told.extend(explains.iter().map(|name| (*name, diagnostic.primary.span)));
    }
    if told.is_empty() {
        return found;
    }
    let mut found = found;
    found.retain(|it| !told.contains(&(it.rule, it.primary.span)));
    found
}

/// A file of the project to show a fault of ours in, where no nearer one is known.
fn some_file(project: &Project) -> Option<FileId> {
    project
        .apps
        .iter()
        .filter(|app| app.origin == AppOrigin::Project)
        .flat_map(|app| {
            let first = app.migrations.first().map(|migration| migration.file);
            app.missing_init.or(first)
        })
        .find(|file| *file != NO_FILE)
}

fn check_migration(ctx: &Context<'_>, rules: &[&Rule], migration: &Migration) -> Vec<Diagnostic> {
    let is_judged = ctx.is_judged(migration);
    each_guarded(rules, migration.file, |rule, out| {
        if let Check::Migration(check) = rule.check
            && (is_judged || !rule.category.judges_execution())
        {
            check(ctx, migration, out);
        }
    })
}

/// What each rule finds in one unit. Which one panics is asked only where one does.
fn each_guarded(
    rules: &[&Rule],
    file: FileId,
    check: impl Fn(&Rule, &mut Vec<Diagnostic>),
) -> Vec<Diagnostic> {
    let all = || {
        let mut out = Vec::new();
        rules.iter().for_each(|rule| check(rule, &mut out));
        out
    };
    guard::run(all).unwrap_or_else(|_| {
        let mut out = Vec::new();
        for rule in rules {
            guarded(rule, file, &mut out, |out| check(rule, out));
        }
        out
    })
}

/// Adds what a rule finds in one unit. A panic becomes one diagnostic, in place of what
/// the rule has found there.
fn guarded(
    rule: &Rule,
    file: FileId,
    out: &mut Vec<Diagnostic>,
    check: impl FnOnce(&mut Vec<Diagnostic>),
) {
    let before = out.len();
    if let Err(message) = guard::run(|| check(out)) {
        out.truncate(before);
        out.push(bug(rule.name, file, &message));
    }
}

fn bug(rule: &'static str, file: FileId, message: &str) -> Diagnostic {
    Diagnostic::new(
        rule,
        Level::Bug,
        Span::file_start(file),
        format!("whimbrel failed to apply `{rule}`: {message}"),
    )
    .note("this is a fault of whimbrel, not of your project; the other rules were applied")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rule::Group;

    #[test]
    fn a_rule_that_panics_costs_one_diagnostic() {
        let rule = Rule {
            name: "broken",
            summary: "",
            page: "",
            category: Category::Graph,
            level: Level::Error,
            since: "0.1.0",
            group: Group::Recommended,
            explains: &[],
            check: Check::Reader,
        };
        let mut found = Vec::new();
        guarded(&rule, FileId(3), &mut found, |_| panic!("lost my way"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].level, Level::Bug);
        assert_eq!(found[0].primary.span.file, FileId(3));
        assert!(found[0].message.contains("lost my way"));
    }
}
