//! Names, types and expressions of `sqlparser` as statements hold them.

use std::ops::ControlFlow;

use smol_str::{SmolStr, format_smolstr};
use sqlparser::ast::{
    self, Expr, Ident, ObjectName, Query, Visit, visit_expressions, visit_relations,
};

use crate::sql::ddl::{ColumnName, TableName};
use crate::sql::volatility::{Volatility, volatility_of_call};

/// How names are meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// Names without quotes are in lower case.
    pub(super) folds: bool,
    /// The server names constraints that have no name as PostgreSQL does.
    pub(super) names_constraints: bool,
    /// Generated columns are stored where they say so.
    pub(super) stores: bool,
}

impl Names {
    pub(super) fn ident(self, ident: &Ident) -> SmolStr {
        if self.folds && ident.quote_style.is_none() {
            ident.value.to_lowercase().into()
        } else {
            SmolStr::new(&ident.value)
        }
    }

    pub(super) fn column(self, ident: &Ident) -> ColumnName {
        ColumnName::new(self.ident(ident))
    }

    pub(super) fn columns(self, idents: &[Ident]) -> Vec<ColumnName> {
        idents.iter().map(|ident| self.column(ident)).collect()
    }

    pub(super) fn table(self, name: &ObjectName) -> TableName {
        let parts: Vec<SmolStr> = name
            .0
            .iter()
            .filter_map(|part| part.as_ident())
            .map(|ident| self.ident(ident))
            .collect();
        self.qualified(&parts)
    }

    /// The schema that tables are in anyway stays out, as it does in Django's names.
    pub(super) fn qualified(self, parts: &[SmolStr]) -> TableName {
        match parts {
            [.., schema, table] if !["public", "main"].contains(&schema.as_str()) => {
                TableName::new(format_smolstr!("\"{schema}\".\"{table}\""))
            }
            [.., table] => TableName::new(table.clone()),
            [] => TableName::new(""),
        }
    }

    /// The last part of a name: indexes, types and functions are told by it.
    pub(super) fn last(self, name: &ObjectName) -> SmolStr {
        let last = name.0.last().and_then(|part| part.as_ident());
        last.map_or_else(SmolStr::default, |ident| self.ident(ident))
    }

    /// The tables that a part of a statement names, but for the names of its `WITH`.
    pub(super) fn reads(self, part: &impl Visit) -> Vec<TableName> {
        let mut all = Vec::new();
        let _ = visit_relations(part, |name| {
            all.push(self.table(name));
            ControlFlow::<()>::Continue(())
        });
        let mut names = WithNames::default();
        let _ = part.visit(&mut names);
        all.retain(|table| {
            !names
                .0
                .iter()
                .any(|ident| self.ident(ident) == table.as_str())
        });
        all.sort();
        all.dedup();
        all
    }

    /// Functions that are called and may do more than compute.
    pub(super) fn calls(self, part: &impl Visit) -> Vec<SmolStr> {
        let mut calls = Vec::new();
        let _ = visit_expressions(part, |expr| {
            if let Expr::Function(function) = expr {
                let name = self.last(&function.name);
                if volatility_of_call(&name) != Volatility::Stable
                    && !COMPUTE.contains(&name.as_str())
                {
                    calls.push(name);
                }
            }
            ControlFlow::<()>::Continue(())
        });
        calls
    }
}

/// Functions that give other values each time, or work on sets, and touch no table.
const COMPUTE: &[&str] = &[
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "clock_timestamp",
    "count",
    "currval",
    "dense_rank",
    "every",
    "exists",
    "first_value",
    "gen_random_uuid",
    "generate_series",
    "group_concat",
    "ifnull",
    "json_agg",
    "jsonb_agg",
    "jsonb_each",
    "json_extract",
    "jsonb_array_elements",
    "lag",
    "last_value",
    "lead",
    "max",
    "min",
    "nextval",
    "pg_get_serial_sequence",
    "random",
    "rank",
    "regexp_matches",
    "regexp_split_to_array",
    "row_number",
    "set_config",
    "setval",
    "string_agg",
    "sum",
    "total",
    "unnest",
    "uuid_generate_v4",
    "version",
];

/// The names that `WITH` gives to queries.
#[derive(Default)]
struct WithNames(Vec<Ident>);

impl ast::Visitor for WithNames {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            let names = with.cte_tables.iter().map(|it| it.alias.name.clone());
            self.0.extend(names);
        }
        ControlFlow::Continue(())
    }
}
