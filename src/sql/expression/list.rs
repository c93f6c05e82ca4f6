//! Compiling `in` and `range`.
//!
//! Source: `FieldGetDbPrepValueIterableMixin` and `In` in `django/db/models/lookups.py`,
//! 5.2.

use super::again::again;
use super::comparison::{bilateral, typed};
use super::compile::{Compiled, Compiler, Sql, Stop};
use super::node::{Class, Lookup, Node, NodeKind, Right};
use crate::sql::value::Datum;

impl Compiler<'_> {
    /// The items of `in` and `range`.
    pub(super) fn items(&self, node: &Node, lookup: &Lookup) -> Result<Vec<Sql>, Stop> {
        match &lookup.right {
            Right::Node(Node {
                kind: NodeKind::List(items),
                ..
            }) => items
                .iter()
                .map(|item| {
                    let sql = self.compile(&again(item))?;
                    Ok(if lookup.class == Class::JsonKey && lookup.name == "in" {
                        sql.map(|text| self.server.dialect.expressions.json_item(text))
                    } else {
                        sql
                    })
                })
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
                        let placeholder = if is_key && !self.server.features.has_native_json_field {
                            self.json_placeholder(node, &param)?
                        } else {
                            "%s"
                        };
                        let text = if is_key && lookup.name == "in" {
                            self.server
                                .dialect
                                .expressions
                                .json_item(placeholder.to_owned())
                        } else {
                            placeholder.to_owned()
                        };
                        Ok(Sql::plain(text).after(param))
                    })
                    .collect()
            }
            Right::Value(_) => Err(self.refuse(node.span, "it is no list of values")),
        }
    }

    /// `split_parameter_list_as_sql`: several lists of the length that the database takes.
    pub(super) fn in_parts(&self, node: &Node, lookup: &Lookup) -> Result<Option<Sql>, Stop> {
        let (Some(longest), "in", Right::Value(Datum::List(items))) = (
            self.server.dialect.expressions.longest_list(),
            lookup.name.as_str(),
            &lookup.right,
        ) else {
            return Ok(None);
        };
        if items.len() <= longest {
            return Ok(None);
        }
        let left = self.left(lookup)?;
        let items = self.items(node, lookup)?;
        let mut parts = Vec::new();
        let mut params = Vec::new();
        for items in items.chunks(longest) {
            params.extend(left.params.iter().cloned());
            let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
            parts.push(format!("{} IN ({})", left.text, texts.join(", ")));
            params.extend(items.iter().flat_map(|item| item.params.iter().cloned()));
        }
        Ok(Some(Sql {
            text: format!("({})", parts.join(" OR ")),
            params,
        }))
    }

    pub(super) fn list(&self, node: &Node, lookup: &Lookup) -> Compiled {
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
