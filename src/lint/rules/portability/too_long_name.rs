//! `too-long-name`: a name is longer than the database takes.
//!
//! ```text
//! models.UniqueConstraint(fields=["number"], name="every_order_has_a_number_of_its_own_for_as_long_as_the_shop_exists")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{Constraint, Name, Statement};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "too-long-name",
    summary: "a name is longer than the database takes",
    page: include_str!("../../../../docs/rules/too-long-name.md"),
    category: Category::Portability,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &[],
    check: Check::Execution(check),
};

/// The column of Django's own table of migrations.
/// Source: `MigrationRecorder`, 5.2.
const MIGRATION_NAME: usize = 255;

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let migration = execution.migration;
    let length = migration.id.name.as_str().chars().count();
    if length > MIGRATION_NAME && !execution.server.features.is_embedded {
        let message = format!(
            "the name of this migration has {length} characters, and Django records {MIGRATION_NAME}"
        );
        let mut finding = RULE.finding(migration, migration.span, message);
        finding.level = Level::Error;
        out.push(finding.help("give the file a shorter name"));
    }
    // Sources: PostgreSQL, "Identifiers and Key Words"; MySQL 8.4, "Identifier Length
    // Limits"; Oracle 19c, "Database Object Naming Rules".
    let Some(limit) = execution.server.features.limits.names else {
        return;
    };
    for (action, statement, _) in execution.statements() {
        let too_long = names(statement)
            .into_iter()
            .find(|(_, name)| limit.is_exceeded(name));
        let Some((what, name)) = too_long else {
            continue;
        };
        let title = execution.server.dialect.title;
        let most = limit.most;
        let message = format!(
            "the name of {what} `{name}` is longer than the {most} {} of {title}",
            limit.unit()
        );
        let mut finding = RULE.on_action(execution, action, message);
        if limit.cuts {
            let end = (0..=most).rev().find(|at| name.is_char_boundary(*at));
            let kept = end.and_then(|end| name.get(..end)).unwrap_or(name);
            finding = finding.note(format!(
                "{title} cuts it to `{kept}` without an error; another name that begins alike \
                 is the same to it"
            ));
        } else {
            finding.level = Level::Error;
            finding = finding.note(format!("{title} refuses it"));
        }
        out.push(finding.help("give it a shorter name"));
    }
}

/// The names that a statement gives, but for those that Django makes short itself.
fn names(statement: &Statement) -> Vec<(&'static str, &str)> {
    let mut names = Vec::new();
    let of_constraint = |constraint: &'_ Constraint| match &constraint.name {
        Some(Name::Given(_)) => true,
        Some(Name::Generated(_)) | None => false,
    };
    match statement {
        Statement::CreateTable(create) => {
            names.push(("table", last(create.table.as_str())));
            names.extend(create.columns.iter().map(|it| ("column", it.name.as_str())));
            for constraint in create.constraints.iter().filter(|it| of_constraint(it)) {
                names.extend(given(constraint));
            }
        }
        Statement::RenameTable { to, .. } => names.push(("table", last(to.as_str()))),
        Statement::AddColumn { column, .. } => names.push(("column", column.name.as_str())),
        Statement::RenameColumn { to, .. } => names.push(("column", to.as_str())),
        Statement::RenameIndex { to, .. } => names.push(("index", to)),
        Statement::CreateIndex(index) => {
            if let Name::Given(name) = &index.name {
                names.push(("index", name));
            }
        }
        Statement::AddConstraint { constraint, .. } => names.extend(given(constraint)),
        _ => {}
    }
    names
}

fn given(constraint: &Constraint) -> Option<(&'static str, &str)> {
    match &constraint.name {
        Some(Name::Given(name)) => Some(("constraint", name)),
        Some(Name::Generated(_)) | None => None,
    }
}

/// The name of a table without its schema.
fn last(table: &str) -> &str {
    table
        .rsplit("\".\"")
        .next()
        .unwrap_or(table)
        .trim_matches('"')
}
