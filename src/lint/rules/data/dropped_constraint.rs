//! `dropped-constraint`: a constraint that kept rows right is dropped.
//!
//! ```text
//! migrations.RemoveConstraint("order", "total_not_negative")
//! ```

use crate::diag::{Diagnostic, Level};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::Execution;
use crate::lint::rule::{Category, Check, Group, Rule};
use crate::sql::ddl::{ConstraintClass, ConstraintKind, Statement, TableName};
use smol_str::SmolStr;

pub(in crate::lint) static RULE: Rule = Rule {
    name: "dropped-constraint",
    summary: "a constraint that kept rows right is dropped",
    page: include_str!("../../../../docs/rules/dropped-constraint.md"),
    category: Category::Data,
    level: Level::Warning,
    since: "0.1.0",
    group: Group::Strict,
    explains: &[],
    check: Check::Execution(check),
};

fn check(_: &Context<'_>, execution: &Execution<'_>, out: &mut Vec<Diagnostic>) {
    let statements: Vec<_> = execution.statements().collect();
    for (at, (action, statement, _)) in statements.iter().enumerate() {
        let Statement::DropConstraint { table, name, class } = statement else {
            continue;
        };
        // Django drops what it makes anew.
        let is_made_anew = statements.iter().skip(at).any(|(_, later, _)| {
            matches!(later, Statement::AddConstraint { table: of, constraint, .. }
                if of == table && class_of(&constraint.kind) == *class)
        });
        // An index of its own may have taken its place before.
        let is_replaced = statements.iter().take(at).any(|(_, earlier, _)| {
            matches!(earlier, Statement::AddConstraint { table: of, constraint, .. }
                if of == table && class_of(&constraint.kind) == *class)
                || *class == ConstraintClass::Unique
                    && matches!(earlier, Statement::CreateIndex(index)
                        if index.table == *table && index.is_unique)
        });
        let goes_anyway = statements
            .iter()
            .skip(at)
            .any(|(_, later, _)| takes_with_it(execution, later, table, name));
        if is_made_anew || is_replaced || goes_anyway || !execution.is_old(table) {
            continue;
        }
        let what = match class {
            ConstraintClass::PrimaryKey => "rows may have the same key",
            ConstraintClass::Unique => "two rows may have the same values",
            ConstraintClass::Check => "rows may hold what it refused",
            ConstraintClass::ForeignKey => "rows may refer to what is not there",
            ConstraintClass::Exclusion => "rows may overlap",
        };
        let table = table.as_str();
        let message = format!("constraint `{name}` of `{table}` is dropped: from here on {what}");
        let finding = RULE.on_action(execution, action, message);
        let advice = Advice::alike("make sure that code keeps to it, or that nothing relies on it");
        out.push(advise(finding, execution.migration, advice));
    }
}

/// Whether the table goes as well, or a column that the constraint is on.
fn takes_with_it(
    execution: &Execution<'_>,
    later: &Statement,
    table: &TableName,
    name: &SmolStr,
) -> bool {
    match later {
        Statement::DropTable { table: of } => of == table,
        Statement::DropColumn { table: of, column } if of == table => {
            let name = execution.server.quoting.introspected(name);
            let entry = execution.catalog.named(table, &name);
            entry.is_some_and(|entry| entry.columns.contains(column) || entry.uses(column))
        }
        _ => false,
    }
}

const fn class_of(kind: &ConstraintKind) -> ConstraintClass {
    match kind {
        ConstraintKind::PrimaryKey { .. } => ConstraintClass::PrimaryKey,
        ConstraintKind::Unique { .. } => ConstraintClass::Unique,
        ConstraintKind::Check(_) => ConstraintClass::Check,
        ConstraintKind::ForeignKey { .. } => ConstraintClass::ForeignKey,
        ConstraintKind::Exclusion { .. } => ConstraintClass::Exclusion,
    }
}
