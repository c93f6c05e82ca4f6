//! Applies all rules, in parallel over rules and migrations.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::context::Context;
use super::rule::{Check, Rule};
use super::rules::RULES;
use crate::base::{FileId, Span, guard};
use crate::diag::{Diagnostic, Level};
use crate::graph::MigrationGraph;
use crate::ir::project::NO_FILE;
use crate::ir::{AppOrigin, Migration, Project};

/// Everything that the rules find in a project. The order depends on the input
/// only; a caller who knows the files' paths sorts by them.
#[must_use]
pub fn run(project: &Project, graph: &MigrationGraph) -> Vec<Diagnostic> {
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
    let ctx = Context::new(project, graph);
    let (mut found, of_migrations) = rayon::join(
        || {
            let found: Vec<Vec<Diagnostic>> = RULES
                .par_iter()
                .filter_map(|rule| match rule.check {
                    Check::Project(check) => Some(guarded(rule, some_file, |out| check(&ctx, out))),
                    Check::Migration(_) | Check::Reader => None,
                })
                .collect();
            found.concat()
        },
        || {
            let found: Vec<Vec<Diagnostic>> = migrations
                .par_iter()
                .map(|migration| check_migration(&ctx, migration))
                .filter(|found| !found.is_empty())
                .collect();
            found.concat()
        },
    );
    found.extend(of_migrations);
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

fn check_migration(ctx: &Context<'_>, migration: &Migration) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in RULES {
        if let Check::Migration(check) = rule.check {
            found.extend(guarded(rule, migration.file, |out| {
                check(ctx, migration, out);
            }));
        }
    }
    found
}

/// A panic of one rule on one unit becomes one diagnostic.
fn guarded(rule: &Rule, file: FileId, check: impl FnOnce(&mut Vec<Diagnostic>)) -> Vec<Diagnostic> {
    let work = || {
        let mut out = Vec::new();
        check(&mut out);
        out
    };
    guard::run(work).unwrap_or_else(|message| {
        let bug = Diagnostic::new(
            rule.name,
            Level::Bug,
            Span::file_start(file),
            format!("whimbrel failed to apply `{}`: {message}", rule.name),
        )
        .note("this is a fault of whimbrel, not of your project; the other rules were applied");
        vec![bug]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::rule::{Category, Check};

    #[test]
    fn a_rule_that_panics_costs_one_diagnostic() {
        let rule = Rule {
            name: "broken",
            summary: "",
            page: "",
            category: Category::Graph,
            level: Level::Error,
            since: "0.1.0",
            check: Check::Reader,
        };
        let found = guarded(&rule, FileId(3), |_| panic!("lost my way"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].level, Level::Bug);
        assert_eq!(found[0].primary.span.file, FileId(3));
        assert!(found[0].message.contains("lost my way"));
    }
}
