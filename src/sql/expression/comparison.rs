//! Compiling lookups.
//!
//! Source: `process_lhs`, `process_rhs`, `get_rhs_op` and `as_sql` of the lookups in
//! `django/db/models/lookups.py`, `fields/json.py`, `fields/related_lookups.py` and
//! `django/contrib/postgres/`, 5.2.

use super::again::again;
use super::class::is_pattern;
use super::compile::{Compiled, Compiler, Sql, Stop, key_path};
use super::hooks::like;
use super::node::{Call, Class, Lookup, Node, NodeKind, Right};
use super::types::Type;
use crate::ir::expression::FunctionKind;
use crate::ir::{FieldKind, Unknown};
use crate::sql::value::{Datum, adapted};

impl Compiler<'_> {
    pub(super) fn lookup(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let comparable = match lookup.class {
            Class::Json | Class::JsonKey => None,
            _ => self.comparable(lookup)?,
        };
        let lookup = comparable.as_ref().unwrap_or(lookup);
        let name = lookup.name.as_str();
        match lookup.class {
            Class::Json if !matches!(name, "exact" | "icontains") => {
                return self.json_lookup(node, lookup);
            }
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
            && self.tests(&lookup.left)?
        {
            let left = self.left(lookup)?;
            return Ok(left.map(|sql| if *flag { sql } else { format!("NOT {sql}") }));
        }
        if lookup.class == Class::Integer {
            self.check_range(lookup)?;
        }
        if let Some(sql) = self.in_parts(node, lookup)? {
            return Ok(sql);
        }
        // `CaseInsensitiveMixin`.
        let folds = hooks.folds_json()
            && matches!(lookup.class, Class::Json | Class::JsonKey)
            && matches!(
                name,
                "iexact" | "icontains" | "istartswith" | "iendswith" | "iregex"
            );
        let left = self.left(lookup)?;
        let (right, operator) = self.right(node, lookup)?;
        if lookup.class == Class::JsonKey
            && name == "exact"
            && matches!(right.params.as_slice(), [Datum::Text(text)] if text == "null")
        {
            let (inner, keys) = key_path(&lookup.left);
            let inner = self.compile(inner)?;
            if let Some(sql) = hooks.json_key_holds_null(self.server, inner, &keys) {
                return Ok(sql);
            }
        }
        let mut params = left.params;
        params.extend(right.params);
        let (mut left, mut right) = (left.text, right.text);
        if folds {
            (left, right) = (format!("LOWER({left})"), format!("LOWER({right})"));
        }
        if lookup.class == Class::Json
            && name == "exact"
            && let Some(text) = hooks.json_equal(self.server, &left, &right)
        {
            return Ok(Sql { text, params });
        }
        let text = match operator.split_once("%(lhs)s") {
            Some((start, end)) => format!("{start}{left}{}", end.replacen("%s", &right, 1)),
            None => format!("{left} {}", operator.replacen("%s", &right, 1)),
        };
        Ok(Sql { text, params })
    }

    /// `BuiltinLookup.process_lhs`.
    pub(super) fn left(&self, lookup: &Lookup) -> Compiled {
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
        let Some(operator) = find(operators.lookups).or_else(|| find(operators.regex)) else {
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
        if lookup.class == Class::JsonKey
            && matches!(name, "gt" | "gte" | "lt" | "lte")
            && !self.server.features.has_native_json_field
            && !sql.params.is_empty()
        {
            return Err(self.refuse(
                node.span,
                "Django reads the parameters as JSON, which fails",
            ));
        }
        if name == "iexact"
            && let Some(Datum::Text(first)) = sql.params.first_mut()
        {
            *first = self.server.dialect.expressions.iexact(first).into();
        }
        if lookup.class == Class::Array {
            let db_type = self.server.cast_db_type(&lookup.left.output()?)?;
            sql = sql.map(|text| format!("{text}::{db_type}"));
        }
        if self.extracts_json(lookup) && !matches!(right.kind, NodeKind::Key { .. }) {
            sql = self.json_placeholders(node, sql)?;
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
        let placeholder = if self.extracts_json(lookup) {
            self.json_placeholder(node, &param)?
        } else {
            "%s"
        };
        if lookup.class == Class::Array {
            let db_type = self.server.cast_db_type(&ty)?;
            return Ok(Sql::plain(format!("%s::{db_type}")).after(param));
        }
        Ok(Sql::plain(placeholder).after(param))
    }

    /// Whether values on the right are read as JSON: `JSONExact` and
    /// `KeyTransformExact`.
    fn extracts_json(&self, lookup: &Lookup) -> bool {
        let of_fields = self.server.dialect.expressions.extracts_json();
        lookup.name == "exact"
            && (lookup.class == Class::JsonKey || lookup.class == Class::Json && of_fields)
    }

    pub(super) fn adapt(&self, ty: &Type, value: &Datum, node: &Node) -> Result<Datum, Unknown> {
        adapted(
            self.server,
            self.clock,
            ty.valued(),
            value.clone(),
            node.span,
        )
    }

    pub(super) fn json_placeholder(
        &self,
        node: &Node,
        value: &Datum,
    ) -> Result<&'static str, Stop> {
        let hooks = self.server.dialect.expressions;
        hooks
            .json_placeholder(value)
            .ok_or_else(|| self.refuse(node.span, "Django reads the value as JSON, which fails"))
    }

    /// The parameters of an expression that a JSON key is compared with.
    fn json_placeholders(&self, node: &Node, sql: Sql) -> Compiled {
        if self.server.features.has_native_json_field {
            return Ok(sql);
        }
        let mut out = String::with_capacity(sql.text.len());
        let mut params = sql.params.iter();
        let mut rest = sql.text.as_str();
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            let value = after.strip_prefix('s').and_then(|_| params.next());
            out.push_str(match value {
                Some(value) => self.json_placeholder(node, value)?,
                None => "%",
            });
            rest = after.get(1..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(Sql {
            text: out,
            params: sql.params,
        })
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
            Datum::Int(number, _) => (i128::from(*number) < low, i128::from(*number) > high),
            Datum::BigInt(digits) => match digits.parse::<i128>() {
                Ok(number) => (number < low, number > high),
                Err(_) => (digits.starts_with('-'), !digits.starts_with('-')),
            },
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

pub(super) fn typed(value: Datum, ty: &Type, node: &Node) -> Node {
    let ty = Some(ty.clone());
    Node::new(NodeKind::Value { value, ty }, node.span)
}

/// `get_bilateral_transforms`; `Unaccent` is Django's only one.
pub(super) fn bilateral(left: &Node) -> Option<FunctionKind> {
    match &left.kind {
        NodeKind::Call(call) if call.kind == FunctionKind::Unaccent => Some(call.kind),
        _ => None,
    }
}
