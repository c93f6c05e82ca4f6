//! `foreign-sql`: SQL of another database than those of the project.
//!
//! ```text
//! migrations.RunSQL("ALTER TABLE shop_order MODIFY COLUMN total bigint")    # PostgreSQL
//! ```

use crate::diag::Level;
use crate::ir::body::Act;
use crate::ir::operation::Sql;
use crate::ir::{Known, OperationKind};
use crate::lint::advice::{Advice, advise};
use crate::lint::context::Context;
use crate::lint::execution::{Action, Execution};
use crate::lint::rule::{AtEnd, Category, Check, Group, Rule};
use crate::sql::Server;
use crate::sql::ddl::Statement;
use crate::sql::effects::Effects;
use crate::sql::handwritten::{Mark, MarkKind, foreign};

pub(in crate::lint) static RULE: Rule = Rule {
    name: "foreign-sql",
    summary: "SQL of another database than those of the project",
    page: include_str!("../../../../docs/rules/foreign-sql.md"),
    category: Category::Portability,
    level: Level::Error,
    since: "0.1.0",
    group: Group::Recommended,
    explains: &["refused-statement", "unanalysed-sql"],
    check: Check::AtEnd(check),
};

fn check<'p>(ctx: &Context<'_>, execution: &Execution<'p>, out: &mut Vec<AtEnd<'p>>) {
    // In a project that names no database, the text is for another one.
    if execution.is_assumed {
        return;
    }
    for (action, statement, effects) in execution.statements() {
        let Some(mark) = mark(execution, action, statement, effects) else {
            continue;
        };
        let name = mark.shown.trim_end_matches("()").to_ascii_lowercase();
        if mark.kind == MarkKind::Function && is_made_here(ctx, &name) {
            continue;
        }
        let title = execution.server.dialect.title;
        let shown = if mark.shown == "`" {
            "a name between backticks".to_owned()
        } else {
            format!("`{}`", mark.shown)
        };
        let message = format!("{title} refuses {shown}, which belongs to {}", mark.of);
        let finding = RULE
            .on_action(execution, action, message)
            .note("`migrate` stops here");
        let instead = match mark.instead {
            Some(instead) => format!("write {instead}"),
            None => format!("write it in the words of {title}"),
        };
        let advice = if Server::of_project(&ctx.project.settings).len() == 1 {
            Advice::alike(instead)
        } else {
            let vendor = execution.server.dialect.vendor;
            Advice::new(
                format!(
                    "{instead}, or execute it in a function, unless \
                     `schema_editor.connection.vendor == \"{vendor}\"`"
                ),
                format!("{instead}, or put it into an `on` block of the databases it is for"),
            )
        };
        let finding = advise(finding, execution.migration, advice);
        out.push(Box::new(move |at_end| {
            let is_made = mark.kind == MarkKind::Type && at_end.has_type(&name);
            (!is_made).then_some(finding)
        }));
    }
}

fn mark(
    execution: &Execution<'_>,
    action: &Action<'_>,
    statement: &Statement,
    effects: &Effects,
) -> Option<&'static Mark> {
    if effects.foreign.is_some() {
        return effects.foreign;
    }
    // Of a server whose SQL is not read, the text is one statement.
    let is_unread = action.written.is_none() && effects.why_not_analysed().is_some();
    match statement {
        Statement::Raw { sql } if is_unread => foreign(sql, &execution.server),
        _ => None,
    }
}

/// Whether a migration makes a function of the name.
fn is_made_here(ctx: &Context<'_>, name: &str) -> bool {
    let makes = |text: &str| {
        let text = text.to_ascii_lowercase();
        text.contains("function") && text.contains(name)
    };
    let apps = ctx.own_apps().flat_map(|app| &app.migrations);
    let mut operations = apps.flat_map(|migration| migration.walk_operations());
    let by_text = operations.any(|operation| match &operation.kind {
        OperationKind::RunSql(run) => match &run.sql {
            Known::Yes(Sql::Text(text)) => makes(&text.value),
            Known::Yes(Sql::List(all)) => all.iter().any(|it| makes(&it.text.value)),
            Known::No(_) => false,
        },
        _ => false,
    });
    let mut steps = ctx.all_calls().iter().flat_map(|it| &it.function.steps);
    by_text
        || steps.any(|step| matches!(&step.act, Act::Sql { text: Some(text), .. } if makes(text)))
}
