//! Compiling lookups that are an operator of PostgreSQL, of a JSON field, or between
//! years.
//!
//! Source: `PostgresOperatorLookup` and `YearLookup` in `django/db/models/lookups.py`,
//! `fields/json.py`, `django/contrib/postgres/fields/ranges.py`, 5.2.

use super::compile::{Compiled, Compiler, Sql, Stop, key_path};
use super::node::{Class, Lookup, Node, NodeKind, Right};
use super::types::Type;
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::{Date, DateTime, Datum, Time};

impl Compiler<'_> {
    /// `YearLookup`: the field itself between bounds, so that an index serves.
    pub(super) fn year(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let (Right::Value(Datum::Int(year, _)), NodeKind::Extract { inner, part, .. }) =
            (&lookup.right, &lookup.left.kind)
        else {
            return Err(self.refuse(node.span, "it is no year"));
        };
        let ty = inner.output()?;
        let is_moment = ty.is(FieldKind::DateTimeField);
        let wrong = || self.refuse(node.span, "the year is out of range");
        let (first, last) = if part == "iso_year" {
            let next = Date::of_iso_year(year + 1).ok_or_else(wrong)?;
            let last = next.day_before().ok_or_else(wrong)?;
            (Date::of_iso_year(*year).ok_or_else(wrong)?, last)
        } else {
            (
                Date::new(*year, 1, 1).ok_or_else(wrong)?,
                Date::new(*year, 12, 31).ok_or_else(wrong)?,
            )
        };
        let bound = |date: Date, time: Time| -> Result<Datum, Unknown> {
            let (kind, value) = if is_moment {
                let moment = DateTime {
                    date,
                    time,
                    offset: None,
                };
                (FieldKind::DateTimeField, Datum::DateTime(moment))
            } else {
                (FieldKind::DateField, Datum::Date(date))
            };
            let ty = Type::plain(kind);
            let value = crate::sql::value::prepared(self.clock, &ty.field, value, node.span)?;
            self.adapt(&ty, &value, node)
        };
        let (first, last) = (bound(first, Time::MIDNIGHT)?, bound(last, Time::LAST)?);
        let left = self.bare_left(inner)?;
        let operator = |sign: &str, bound: Datum| {
            left.clone()
                .map(|sql| format!("{sql} {sign} %s"))
                .after(bound)
        };
        Ok(match lookup.name.as_str() {
            "gt" => operator(">", last),
            "gte" => operator(">=", first),
            "lt" => operator("<", first),
            "lte" => operator("<=", last),
            _ => left
                .map(|sql| format!("{sql} BETWEEN %s AND %s"))
                .after(first)
                .after(last),
        })
    }

    pub(super) fn json_lookup(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let name = lookup.name.as_str();
        let operator = match name {
            "contains" => "@>",
            "contained_by" => "<@",
            _ => "",
        };
        if !operator.is_empty() {
            if !hooks.has_postgres_operators()
                && let Some(sql) = self.json_contains(node, lookup)?
            {
                return Ok(sql);
            }
            return self.operator(node, lookup, operator);
        }
        let text = |key: &Datum| match key {
            Datum::Text(text) => Some(text.to_string()),
            _ => None,
        };
        let keys: Option<Vec<String>> = match &lookup.right {
            Right::Value(Datum::List(items)) if name != "has_key" => {
                items.iter().map(text).collect()
            }
            Right::Value(key) => text(key).map(|key| vec![key]),
            Right::Node(_) => None,
        };
        let Some(keys) = keys else {
            return Err(self.refuse(node.span, "the keys are not texts"));
        };
        if hooks.has_postgres_operators() {
            let left = self.bare_left(&lookup.left)?;
            return Ok(hooks.json_has_keys(name, left, &[], &keys));
        }
        let (inner, path) = key_path(&lookup.left);
        let inner = self.compile(inner)?;
        Ok(hooks.json_has_keys(name, inner, &path, &keys))
    }

    /// `JSON_CONTAINS(outer, inner)`, where there is such a function.
    fn json_contains(&self, node: &Node, lookup: &Lookup) -> Result<Option<Sql>, Stop> {
        let left = self.bare_left(&lookup.left)?;
        let right = match &lookup.right {
            Right::Node(right) => self.right_node(right)?,
            Right::Value(value) => Sql::param(self.adapt(&lookup.left.output()?, value, node)?),
        };
        let hooks = self.server.dialect.expressions;
        Ok(if lookup.name == "contains" {
            hooks.json_contains(left, right)
        } else {
            hooks.json_contains(right, left)
        })
    }

    /// `PostgresOperatorLookup`.
    pub(super) fn operator(&self, node: &Node, lookup: &Lookup, operator: &str) -> Compiled {
        if !self.server.dialect.expressions.has_postgres_operators() {
            return Err(self.refuse(
                node.span,
                format!(
                    "{} has no lookup `{}` for such a field",
                    self.server.dialect.title, lookup.name
                ),
            ));
        }
        let ty = lookup.left.output()?;
        let left = self.bare_left(&lookup.left)?;
        let mut cast = String::new();
        let right = match &lookup.right {
            Right::Node(right) => {
                if lookup.class == Class::MomentRange
                    && let Some(other) = right.output_or_none()?
                    && other.kind != ty.kind
                {
                    cast = self.moment_cast(&ty)?;
                }
                self.right_node(right)?
            }
            Right::Value(value @ (Datum::Date(_) | Datum::DateTime(_)))
                if lookup.class == Class::MomentRange =>
            {
                cast = self.moment_cast(&ty)?;
                self.compile(&Node::value(value.clone(), node.span))?
            }
            Right::Value(value) if lookup.class == Class::Json => {
                Sql::param(self.adapt(&ty, value, node)?)
            }
            Right::Value(value) => Sql::param(value.clone()),
        };
        let mut text = left.text;
        let mut right_text = right.text;
        if lookup.class == Class::Array {
            cast = format!("::{}", self.server.cast_db_type(&ty)?);
        }
        if lookup.class == Class::InRange {
            let db_type = self.server.cast_db_type(&ty)?;
            let range = match db_type.split('(').next().unwrap_or_default() {
                "smallint" | "integer" => "int4range",
                "bigint" => "int8range",
                "double precision" | "numeric" => "numrange",
                "date" => "daterange",
                "timestamp with time zone" => "tstzrange",
                _ => return Err(self.refuse(node.span, "there is no range of that type")),
            };
            right_text = format!("{right_text}::{range}");
            if ty.is(FieldKind::FloatField) {
                text = format!("{text}::numeric");
            } else if ty.is(FieldKind::SmallIntegerField) {
                text = format!("{text}::integer");
            }
        }
        let mut params = left.params;
        params.extend(right.params);
        Ok(Sql {
            text: format!("{text} {operator} {right_text}{cast}"),
            params,
        })
    }

    pub(super) fn moment_cast(&self, ty: &Type) -> Result<String, Unknown> {
        Ok(format!("::{}", self.server.db_type(&ty.base()?)?))
    }
}
