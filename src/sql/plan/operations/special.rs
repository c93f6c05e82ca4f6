//! `SeparateDatabaseAndState` and `RunSQL`.
//!
//! Source: `django/db/migrations/operations/special.py`, 5.2.

use super::{Context, run};
use crate::ir::operation::{RunSql, Sql};
use crate::ir::value::SpannedValue;
use crate::ir::{Known, Operation, Unknown, Value};
use crate::schema::ProjectState;
use crate::sql::ddl::Statement;
use crate::sql::plan::editor::Editor;
use crate::sql::plan::{Direction, Planned, script};
use crate::sql::value;

/// The database operations run on states of their own, each in turn.
pub(super) fn separate(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    operations: &[Operation],
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    let first = match context.direction {
        Direction::Forwards => from,
        Direction::Backwards => to,
    };
    let decide = |condition: &crate::ir::value::Condition| context.planner.holds(condition);
    let mut states = vec![first.clone()];
    for operation in operations {
        let after = states
            .last()
            .map(|state| state.after(context.app, operation, Some(&decide)));
        states.extend(after);
    }
    let nested = |operation| Context {
        operation,
        ..*context
    };
    let steps = operations.iter().zip(states.windows(2));
    match context.direction {
        Direction::Forwards => {
            for (operation, states) in steps {
                if let [before, after] = states {
                    step(editor, &nested(operation), before, after)?;
                }
            }
        }
        Direction::Backwards => {
            for (operation, states) in steps.rev() {
                if let [before, after] = states {
                    step(editor, &nested(operation), after, before)?;
                }
            }
        }
    }
    Ok(())
}

fn step(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    match context.planner.runs(context.operation) {
        Some(true) => {
            let outer = editor.go_to(context.operation.name_span);
            let result = run(editor, context, from, to);
            editor.begin(outer);
            result
        }
        Some(false) => Ok(()),
        None => Err(Unknown::new(
            context.operation.name_span,
            "whether the operation runs on this database is not known",
        )),
    }
}

pub(super) fn run_sql(editor: &mut Editor<'_>, context: &Context<'_>, run: &RunSql) -> Planned<()> {
    let sql = match context.direction {
        Direction::Forwards => Some(&run.sql),
        Direction::Backwards => run.reverse_sql.as_ref(),
    };
    let sql = match sql {
        None => return Ok(()),
        Some(Known::No(unknown)) => return Err(unknown.clone()),
        Some(Known::Yes(sql)) => sql,
    };
    match sql {
        Sql::Text(text) if text.value.is_empty() => {}
        Sql::Text(text) => {
            if editor.setup.server.features.takes_scripts {
                let sql = text.value.to_string();
                editor.execute(Statement::Raw { sql });
                editor.place_last(text);
            } else {
                for sql in script::statements(&text.value) {
                    editor.execute(Statement::Raw { sql });
                    editor.place_last(text);
                }
            }
        }
        Sql::List(statements) => {
            for statement in statements {
                let sql = match &statement.params {
                    None => statement.text.value.to_string(),
                    Some(params) if params.value == Value::None => statement.text.value.to_string(),
                    Some(params) => with_params(editor, &statement.text.value, params)?,
                };
                editor.execute(Statement::Raw { sql });
                editor.place_last(&statement.text);
            }
        }
    }
    Ok(())
}

/// A statement with its parameters in it, as the driver would send it.
pub(super) fn with_params(
    editor: &Editor<'_>,
    sql: &str,
    params: &SpannedValue,
) -> Planned<String> {
    let quoting = editor.setup.server.quoting;
    let literal = |value: &SpannedValue| -> Planned<String> {
        let datum = value::read(value)?;
        quoting
            .value(&datum)
            .map_err(|reason| Unknown::new(value.span, reason))
    };
    let mut positional = params.value.items().unwrap_or_default().iter();
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('s') {
            let Some(value) = positional.next() else {
                return Err(Unknown::new(params.span, "there are too few parameters"));
            };
            out.push_str(&literal(value)?);
            rest = after;
        } else if let Some((name, after)) = rest
            .strip_prefix('(')
            .and_then(|rest| rest.split_once(")s"))
        {
            let named = match &params.value {
                Value::Dict(pairs) => pairs
                    .iter()
                    .find(|(key, _)| key.value.as_str() == Some(name)),
                _ => None,
            };
            let Some((_, value)) = named else {
                let reason = format!("there is no parameter `{name}`");
                return Err(Unknown::new(params.span, reason));
            };
            out.push_str(&literal(value)?);
            rest = after;
        } else {
            let reason = "what follows a percent sign is no parameter";
            return Err(Unknown::new(params.span, reason));
        }
    }
    out.push_str(rest);
    Ok(out)
}
