//! Compiling lookups.
//!
//! Source: `process_lhs`, `process_rhs`, `get_rhs_op` and `as_sql` of the lookups in
//! `django/db/models/lookups.py`, `fields/json.py`, `fields/related_lookups.py` and
//! `django/contrib/postgres/`, 5.2.

use super::compile::{Compiled, Compiler, Sql, Stop, key_path};
use super::hooks::like;
use super::lookup::is_pattern;
use super::node::{Call, Class, Lookup, Node, NodeKind, Right};
use super::resolve::again;
use super::types::Type;
use crate::ir::expression::FunctionKind;
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::{Date, DateTime, Datum, Time, adapted};

impl Compiler<'_> {
    pub(super) fn lookup(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let name = lookup.name.as_str();
        match lookup.class {
            Class::Json if name != "exact" => return self.json_lookup(node, lookup),
            Class::JsonKey if name == "isnull" => {
                let (inner, keys) = key_path(&lookup.left);
                let holds = lookup.right == Right::Value(Datum::Bool(true));
                let inner = self.compile(inner)?;
                if let Some(sql) = hooks.json_key_is_null(inner, &keys, holds) {
                    return Ok(sql);
                }
            }
            Class::Year if matches!(lookup.right, Right::Value(_)) => {
                return self.year(node, lookup);
            }
            Class::Array if name != "exact" => {
                let operator = match name {
                    "contains" => "@>",
                    "contained_by" => "<@",
                    _ => "&&",
                };
                return self.operator(node, lookup, operator);
            }
            Class::Operator(operator) => return self.operator(node, lookup, operator),
            Class::MomentRange => return self.operator(node, lookup, "@>"),
            Class::InRange => return self.operator(node, lookup, "<@"),
            Class::SearchVector | Class::Search => return self.search(node, lookup),
            _ => {}
        }
        if name == "isnull" {
            return self.null_test(node, lookup);
        }
        if name == "exact"
            && let Right::Value(Datum::Bool(flag)) = &lookup.right
            && lookup.left.is_conditional()?
        {
            let left = self.left(lookup)?;
            return Ok(left.map(|sql| if *flag { sql } else { format!("NOT {sql}") }));
        }
        if lookup.class == Class::Integer {
            self.check_range(lookup)?;
        }
        let left = self.left(lookup)?;
        let (right, operator) = self.right(node, lookup)?;
        let mut params = left.params;
        params.extend(right.params);
        Ok(Sql {
            text: format!("{} {}", left.text, operator.replacen("%s", &right.text, 1)),
            params,
        })
    }

    /// `BuiltinLookup.process_lhs`.
    fn left(&self, lookup: &Lookup) -> Compiled {
        let ty = lookup.left.output()?;
        let hooks = self.server.dialect.expressions;
        Ok(self
            .bare_left(&lookup.left)?
            .map(|sql| hooks.lookup_cast(&lookup.name, ty.internal(), sql)))
    }

    /// `Lookup.process_lhs`.
    pub(super) fn bare_left(&self, left: &Node) -> Compiled {
        let sql = self.compile(&again(left))?;
        Ok(match left.kind {
            NodeKind::Lookup(_) => sql.map(|text| format!("({text})")),
            _ => sql,
        })
    }

    /// An expression on the right stands in parentheses, unless it is a value.
    pub(super) fn right_node(&self, right: &Node) -> Compiled {
        let sql = self.compile(right)?;
        let is_value = matches!(right.kind, NodeKind::Value { .. });
        Ok(
            if is_value || sql.text.is_empty() || sql.text.starts_with('(') {
                sql
            } else {
                sql.map(|text| format!("({text})"))
            },
        )
    }

    /// The right side and the operator with `%s` for it.
    fn right(&self, node: &Node, lookup: &Lookup) -> Result<(Sql, String), Stop> {
        let name = lookup.name.as_str();
        match name {
            "in" => return Ok((self.list(node, lookup)?, "IN %s".to_owned())),
            "range" => {
                let items = self.items(node, lookup)?;
                let [low, high] = items.as_slice() else {
                    return Err(self.refuse(node.span, "a range has two ends"));
                };
                let text = format!("BETWEEN {} AND {}", low.text, high.text);
                let params = [low.params.as_slice(), high.params.as_slice()].concat();
                return Ok((Sql { text, params }, "%s".to_owned()));
            }
            _ => {}
        }
        let operators = &self.server.dialect.operators;
        let find = |table: &[(&str, &'static str)]| {
            let mut table = table.iter();
            table.find(|(key, _)| *key == name).map(|(_, sql)| *sql)
        };
        let Some(operator) = find(operators.lookups) else {
            return Err(self.refuse(node.span, format!("the database has no lookup `{name}`")));
        };
        let replaced = self.text_of_uuid(node, lookup);
        let transformed = match &replaced {
            Some(right) => Some(right.clone()),
            None => self.bilateral(node, lookup),
        };
        let right = match (&transformed, &lookup.right) {
            (Some(right), _) | (None, Right::Node(right)) => right,
            (None, Right::Value(value)) => {
                let sql = self.direct(node, lookup, value)?;
                return Ok((sql, operator.to_owned()));
            }
        };
        let mut sql = self.right_node(right)?;
        if name == "iexact"
            && let Some(Datum::Text(first)) = sql.params.first_mut()
        {
            *first = self.server.dialect.expressions.iexact(first).into();
        }
        if lookup.class == Class::Array {
            let db_type = self.server.cast_db_type(&lookup.left.output()?)?;
            sql = sql.map(|text| format!("{text}::{db_type}"));
        }
        if lookup.class == Class::JsonKey
            && name == "exact"
            && !matches!(right.kind, NodeKind::Key { .. })
        {
            sql = self.json_placeholders(sql);
        }
        if is_pattern(name)
            && let Some(pattern) = find(operators.patterns)
        {
            let pattern = pattern.replacen("{}", operators.pattern_escape, 1);
            return Ok((sql, pattern.replacen("{}", "%s", 1)));
        }
        Ok((sql, operator.to_owned()))
    }

    /// A value on the right as the lookup hands it to the driver.
    fn direct(&self, node: &Node, lookup: &Lookup, value: &Datum) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let name = lookup.name.as_str();
        let span = node.span;
        let text = |value: &Datum| {
            value
                .as_text()
                .ok_or_else(|| self.refuse(span, "the value is no text"))
        };
        if is_pattern(name) {
            let text = like(&text(value)?);
            let param = match name {
                "startswith" | "istartswith" => format!("{text}%"),
                "endswith" | "iendswith" => format!("%{text}"),
                _ => format!("%{text}%"),
            };
            return Ok(Sql::param(Datum::text(param)));
        }
        match name {
            "iexact" => {
                let param = match value {
                    Datum::Text(text) => Datum::text(hooks.iexact(text)),
                    value if hooks.iexact("_") == "_" => value.clone(),
                    value => Datum::text(hooks.iexact(&text(value)?)),
                };
                return Ok(Sql::param(param));
            }
            "regex" | "iregex" => return Ok(Sql::param(value.clone())),
            _ => {}
        }
        let ty = lookup.left.output()?;
        if lookup.class == Class::JsonKey
            && name != "exact"
            && !self.server.features.has_native_json_field
        {
            // `json.loads(json.dumps(value))`.
            return Ok(Sql::param(value.clone()));
        }
        let param = self.adapt(&ty, value, node)?;
        let placeholder = if lookup.class == Class::JsonKey && name == "exact" {
            hooks.json_placeholder(&param)
        } else {
            "%s"
        };
        if lookup.class == Class::Array {
            let db_type = self.server.cast_db_type(&ty)?;
            return Ok(Sql::plain(format!("%s::{db_type}")).after(param));
        }
        Ok(Sql::plain(placeholder).after(param))
    }

    fn adapt(&self, ty: &Type, value: &Datum, node: &Node) -> Result<Datum, Unknown> {
        adapted(
            self.server,
            self.clock,
            ty.valued(),
            value.clone(),
            node.span,
        )
    }

    /// The parameters of an expression that a JSON key is compared with.
    fn json_placeholders(&self, sql: Sql) -> Sql {
        let hooks = self.server.dialect.expressions;
        if self.server.features.has_native_json_field {
            return sql;
        }
        let mut out = String::with_capacity(sql.text.len());
        let mut params = sql.params.iter();
        let mut rest = sql.text.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let value = after.strip_prefix('s').and_then(|_| params.next());
            out.push_str(value.map_or("%", |value| hooks.json_placeholder(value)));
            rest = after.get(1..).unwrap_or_default();
        }
        out.push_str(rest);
        Sql {
            text: out,
            params: sql.params,
        }
    }

    /// The items of `in` and `range`.
    fn items(&self, node: &Node, lookup: &Lookup) -> Result<Vec<Sql>, Stop> {
        match &lookup.right {
            Right::Node(Node {
                kind: NodeKind::List(items),
                ..
            }) => items
                .iter()
                .map(|item| self.compile(&again(item)))
                .collect(),
            Right::Node(_) => Err(self.refuse(node.span, "it is no list of values")),
            Right::Value(Datum::List(items)) => {
                let ty = lookup.left.output()?;
                let is_key = lookup.class == Class::JsonKey;
                items
                    .iter()
                    .map(|item| {
                        if let Some(kind) = bilateral(&lookup.left) {
                            let value = typed(item.clone(), &ty, node);
                            return self.compile(&Node::call(kind, vec![value], node.span));
                        }
                        let param = self.adapt(&ty, item, node)?;
                        let hooks = self.server.dialect.expressions;
                        let placeholder = if is_key && !self.server.features.has_native_json_field {
                            hooks.json_placeholder(&param)
                        } else {
                            "%s"
                        };
                        Ok(Sql::plain(placeholder).after(param))
                    })
                    .collect()
            }
            Right::Value(_) => Err(self.refuse(node.span, "it is no list of values")),
        }
    }

    fn list(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let mut lookup = lookup.clone();
        if let Right::Value(Datum::List(items)) = &mut lookup.right {
            // Without repetition, if all can be told apart (`OrderedSet`), and without
            // None, which equals nothing.
            let hashable = items.iter().all(is_hashable);
            let mut kept: Vec<Datum> = Vec::with_capacity(items.len());
            for item in items.drain(..) {
                let is_there = hashable && kept.iter().any(|known| equal(known, &item));
                if item != Datum::Null && !is_there {
                    kept.push(item);
                }
            }
            if kept.is_empty() {
                return Err(Stop::Empty);
            }
            *items = kept;
        }
        if let Right::Node(right) = &lookup.right
            && !matches!(right.kind, NodeKind::List(_))
        {
            return self.right_node(right);
        }
        let items = self.items(node, &lookup)?;
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let text = format!("({})", texts.join(", "));
        let params = items.into_iter().flat_map(|item| item.params).collect();
        Ok(Sql { text, params })
    }

    fn null_test(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let Right::Value(Datum::Bool(holds)) = lookup.right else {
            return Err(self.refuse(node.span, "`isnull` takes True or False"));
        };
        if let NodeKind::Value { value, .. } = &lookup.left.kind {
            let is_null = *value == Datum::Null;
            return Err(if is_null == holds {
                Stop::Full
            } else {
                Stop::Empty
            });
        }
        let not = if holds { "" } else { "NOT " };
        Ok(self.left(lookup)?.map(|sql| format!("{sql} IS {not}NULL")))
    }

    /// `IntegerFieldOverflow`.
    fn check_range(&self, lookup: &Lookup) -> Result<(), Stop> {
        let Right::Value(value) = &lookup.right else {
            return Ok(());
        };
        let kind = lookup.left.output()?.internal();
        let (low, high) = self.server.dialect.expressions.integer_range(kind);
        let (below, above) = match value {
            Datum::Int(number, _) => (*number < low, *number > high),
            Datum::BigInt(digits) => (digits.starts_with('-'), !digits.starts_with('-')),
            _ => (false, false),
        };
        let name = lookup.name.as_str();
        if below {
            return Err(if name.starts_with("gt") {
                Stop::Full
            } else {
                Stop::Empty
            });
        }
        if above {
            return Err(if name.starts_with("lt") {
                Stop::Full
            } else {
                Stop::Empty
            });
        }
        Ok(())
    }

    /// `YearLookup`: the field itself between bounds, so that an index serves.
    fn year(&self, node: &Node, lookup: &Lookup) -> Compiled {
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

    fn json_lookup(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let name = lookup.name.as_str();
        let operator = match name {
            "contains" => "@>",
            "contained_by" => "<@",
            _ => "",
        };
        if !operator.is_empty() {
            return self.operator(node, lookup, operator);
        }
        let keys: Option<Vec<String>> = match &lookup.right {
            Right::Value(Datum::List(items)) if name != "has_key" => items
                .iter()
                .map(|item| item.as_text().map(String::from))
                .collect(),
            Right::Value(key) => key.as_text().map(|key| vec![key.to_string()]),
            Right::Node(_) => None,
        };
        let Some(keys) = keys else {
            return Err(self.refuse(node.span, "the keys could not be read"));
        };
        if hooks.has_postgres_operators() {
            let left = self.bare_left(&lookup.left)?;
            return Ok(hooks.json_has_keys(name, left, &[], &keys));
        }
        let (inner, path) = key_path(&lookup.left);
        let inner = self.compile(inner)?;
        Ok(hooks.json_has_keys(name, inner, &path, &keys))
    }

    /// `PostgresOperatorLookup`.
    fn operator(&self, node: &Node, lookup: &Lookup, operator: &str) -> Compiled {
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

    fn moment_cast(&self, ty: &Type) -> Result<String, Unknown> {
        Ok(format!("::{}", self.server.db_type(&ty.base()?)?))
    }

    /// `UUIDTextMixin`: without a type of its own a UUID is stored without hyphens.
    fn text_of_uuid(&self, node: &Node, lookup: &Lookup) -> Option<Node> {
        if lookup.class != Class::UuidText || self.server.features.has_native_uuid_field {
            return None;
        }
        let right = match &lookup.right {
            Right::Value(value) => Node::value(value.clone(), node.span),
            Right::Node(right) => right.clone(),
        };
        let text = |text| Node::value(Datum::text(text), node.span);
        let mut call = Call::new(FunctionKind::Replace, vec![right, text("-"), text("")]);
        call.ty = Some(Type::plain(FieldKind::CharField));
        Some(Node::new(NodeKind::Call(Box::new(call)), node.span))
    }

    /// A transform that goes around both sides.
    fn bilateral(&self, node: &Node, lookup: &Lookup) -> Option<Node> {
        let kind = bilateral(&lookup.left)?;
        let value = match &lookup.right {
            Right::Node(right) => right.clone(),
            Right::Value(value) => {
                let ty = lookup.left.output().ok()?;
                typed(value.clone(), &ty, node)
            }
        };
        Some(Node::call(kind, vec![value], node.span))
    }
}

impl PartialEq for Right {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(left), Self::Value(right)) => left == right,
            _ => false,
        }
    }
}

fn typed(value: Datum, ty: &Type, node: &Node) -> Node {
    let ty = Some(ty.clone());
    Node::new(NodeKind::Value { value, ty }, node.span)
}

/// `get_bilateral_transforms`; `Unaccent` is Django's only one.
fn bilateral(left: &Node) -> Option<FunctionKind> {
    match &left.kind {
        NodeKind::Call(call) if call.kind == FunctionKind::Unaccent => Some(call.kind),
        _ => None,
    }
}

fn is_hashable(value: &Datum) -> bool {
    match value {
        Datum::List(_) | Datum::Dict(_) => false,
        Datum::Tuple(items) => items.iter().all(is_hashable),
        _ => true,
    }
}

/// Python's `==` of what may be in one list.
fn equal(left: &Datum, right: &Datum) -> bool {
    #[expect(
        clippy::cast_precision_loss,
        reason = "numbers that large are not compared with floats"
    )]
    let number = |value: &Datum| match value {
        Datum::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Datum::Int(number, _) => Some(*number as f64),
        Datum::Float(number) => Some(*number),
        _ => None,
    };
    match (left, right) {
        (Datum::Int(left, _), Datum::Int(right, _)) => left == right,
        _ => match (number(left), number(right)) {
            (Some(left), Some(right)) => left.total_cmp(&right).is_eq(),
            _ => left == right,
        },
    }
}
