//! The expressions of indexes, constraints, generated columns and database defaults,
//! as SQL for the columns of a table.

use super::field::Resolved;
use super::model::Head;
use super::{Planned, Setup};
use crate::ir::{Expression, Known, Unknown, Value};
use crate::schema::Model;
use crate::sql::ddl::{ColumnName, Fragment};
use crate::sql::expression::{Compile, Parameterized};

/// SQL, and whether Django hands values over beside it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::sql) struct Parameterised {
    pub(in crate::sql) sql: String,
    pub(in crate::sql) has_params: bool,
}

impl From<Parameterized> for Parameterised {
    fn from(apart: Parameterized) -> Self {
        Self {
            sql: apart.alone(),
            has_params: !apart.params.is_empty(),
        }
    }
}

fn compile<'a>(setup: Setup<'a>, model: &'a Model<'a>) -> Compile<'a> {
    Compile {
        server: setup.server,
        clock: &setup.settings.clock,
        model,
    }
}

/// SQL with the columns that stand in it, which is all that is quoted as a name.
fn fragment(setup: Setup<'_>, head: &Head<'_>, sql: String) -> Fragment {
    let quoting = setup.server.quoting;
    let own = if quoting.folds_case() {
        columns_of(head)
    } else {
        Vec::new()
    };
    let mut columns: Vec<ColumnName> = Vec::new();
    for (range, name) in quoting.names_in(&sql) {
        let known = own
            .iter()
            .find(|column| quoting.name(column.as_str()) == sql[range.clone()]);
        let name = known.cloned().unwrap_or_else(|| ColumnName::new(name));
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    Fragment { sql, columns }
}

/// The columns of a model, as other statements know them.
fn columns_of(head: &Head<'_>) -> Vec<ColumnName> {
    let Known::Yes(fields) = head.model.local_fields() else {
        return Vec::new();
    };
    let columns = fields.iter().map(|field| head.model.column(field));
    columns
        .filter_map(|column| column.known().cloned().flatten())
        .map(ColumnName::new)
        .collect()
}

/// A condition: of a check, of the rows of an index or constraint.
pub(in crate::sql) fn condition(
    setup: Setup<'_>,
    head: &Head<'_>,
    expression: &Expression,
) -> Planned<Fragment> {
    compile(setup, &head.model)
        .condition(expression)
        .map(|sql| fragment(setup, head, sql))
}

/// The expressions of an index, in order.
pub(in crate::sql) fn indexed(
    setup: Setup<'_>,
    head: &Head<'_>,
    expressions: &[Expression],
) -> Planned<Fragment> {
    compile(setup, &head.model)
        .index(expressions)
        .map(|sql| fragment(setup, head, sql))
}

/// The expressions of an exclusion constraint with their operators.
pub(in crate::sql) fn excluding(
    setup: Setup<'_>,
    head: &Head<'_>,
    expressions: &[Expression],
    operators: &[Known<smol_str::SmolStr>],
) -> Planned<Fragment> {
    compile(setup, &head.model)
        .exclusion(expressions, operators)
        .map(|sql| fragment(setup, head, sql))
}

/// What a generated column computes.
pub(in crate::sql) fn generated(
    setup: Setup<'_>,
    head: &Head<'_>,
    field: &Resolved<'_>,
) -> Planned<Parameterised> {
    match &field.field().generated {
        Some(expression) => compile(setup, &head.model)
            .generated(expression)
            .map(Into::into),
        None => Err(Unknown::new(
            field.state.origin,
            "what the field computes is not known",
        )),
    }
}

/// `DEFAULT ...` of a field with `db_default`.
pub(in crate::sql) fn db_default(
    setup: Setup<'_>,
    head: &Head<'_>,
    field: &Resolved<'_>,
) -> Planned<Option<Parameterised>> {
    let Some(expression) = field.db_default() else {
        return Ok(None);
    };
    let typing = super::default::typing(field)?;
    let apart = compile(setup, &head.model).database_default(&typing, expression)?;
    Ok(Some(apart.into()))
}

/// Whether `db_default` is written as `Value(...)`.
pub(in crate::sql) fn is_stated_value(field: &Resolved<'_>) -> bool {
    let written = field.field().option("db_default");
    written.is_some_and(|written| match &written.value {
        Value::Object(object) => object.path.ends_with(".Value"),
        _ => false,
    })
}
