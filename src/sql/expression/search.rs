//! PostgreSQL's full text search.
//!
//! Source: `django/contrib/postgres/search.py` and `lookups.py`, 5.2.

use smol_str::SmolStr;

use super::compile::{Compiled, Compiler, Sql, Stop};
use super::function::{is_text, or_empty};
use super::node::{Arithmetic, Call, Class, Lookup, Node, NodeKind, Right};
use super::resolve::{flag, option};
use super::types::Type;
use crate::ir::expression::FunctionKind;
use crate::ir::{FieldKind, Value};
use crate::sql::value::{self, Datum};

impl Compiler<'_> {
    /// `SearchConfig`: `'english'::regconfig`.
    fn config(&self, node: &Node, call: &Call) -> Result<Option<Sql>, Stop> {
        let Some(config) = option(&call.options, "config") else {
            return Ok(None);
        };
        match value::read(config)? {
            text @ Datum::Text(_) => Ok(Some(Sql::plain("%s::regconfig").after(text))),
            _ => Err(self.refuse(node.span, "the configuration is not known")),
        }
    }

    pub(super) fn search_vector(&self, node: &Node, call: &Call) -> Compiled {
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let arg = if is_text(&arg.output()?) {
                arg.clone()
            } else {
                Node::cast(arg.clone(), Type::plain(FieldKind::TextField))
            };
            args.push(or_empty(arg));
        }
        let config = self.config(node, call)?;
        let arguments = self.joined(&args, call.joiner.as_deref().unwrap_or(" || ' ' || "))?;
        let function = call.function.as_deref().unwrap_or("to_tsvector");
        let mut sql = match config {
            Some(config) => Sql {
                text: format!("{function}({}, {})", config.text, arguments.text),
                params: [config.params, arguments.params].concat(),
            },
            None => arguments.map(|text| format!("{function}({text})")),
        };
        if let Some(weight) = option(&call.options, "weight") {
            let weight = value::read(weight)?;
            sql = sql
                .map(|text| format!("setweight({text}, %s)"))
                .after(weight);
        }
        Ok(sql)
    }

    pub(super) fn search_query(&self, node: &Node, call: &Call) -> Compiled {
        let search_type = option(&call.options, "search_type").map(|value| &value.value);
        let function = match search_type {
            None => "plainto_tsquery",
            Some(Value::Str(name)) => match name.as_str() {
                "plain" => "plainto_tsquery",
                "phrase" => "phraseto_tsquery",
                "raw" => "to_tsquery",
                "websearch" => "websearch_to_tsquery",
                _ => return Err(self.refuse(node.span, "the type of search is not known")),
            },
            Some(_) => return Err(self.refuse(node.span, "the type of search is not known")),
        };
        let arguments = self.joined(&call.args, ", ")?;
        let arguments = match self.config(node, call)? {
            Some(config) => Sql {
                text: format!("{}, {}", config.text, arguments.text),
                params: [config.params, arguments.params].concat(),
            },
            None => arguments,
        };
        let inverts = flag(&call.options, "invert", false)?;
        Ok(arguments.map(|text| {
            if inverts {
                format!("!!({function}({text}))")
            } else {
                format!("{function}({text})")
            }
        }))
    }

    pub(super) fn search_rank(&self, node: &Node, call: &Call) -> Compiled {
        let [vector, query] = call.args.as_slice() else {
            return Err(self.refuse(node.span, "it takes a vector and a query"));
        };
        let vector = match &vector.kind {
            NodeKind::Column(column) if column.ty.kind != FieldKind::SearchVectorField => {
                Node::call(
                    FunctionKind::SearchVector,
                    vec![vector.clone()],
                    vector.span,
                )
            }
            _ => vector.clone(),
        };
        let mut args = vec![vector, as_query(query.clone())];
        if let Some(weights) = option(&call.options, "weights") {
            let sql = Sql::plain("(%s)::float4[]").after(value::read(weights)?);
            let node = Node::new(
                NodeKind::Raw {
                    sql: SmolStr::new(sql.text),
                    params: sql.params,
                },
                node.span,
            );
            args.insert(0, node);
        }
        if let Some(normalization) = option(&call.options, "normalization") {
            args.push(Node::value(value::read(normalization)?, node.span));
        }
        let arguments = self.joined(&args, ", ")?;
        let function = if flag(&call.options, "cover_density", false)? {
            "ts_rank_cd"
        } else {
            "ts_rank"
        };
        // The weights are a cast, not an expression in parentheses.
        Ok(arguments.map(|text| {
            let text = text.replacen("((%s)::float4[])", "(%s)::float4[]", 1);
            format!("{function}({text})")
        }))
    }

    pub(super) fn search_headline(&self, node: &Node, call: &Call) -> Compiled {
        const OPTIONS: [(&str, &str); 8] = [
            ("start_sel", "StartSel"),
            ("stop_sel", "StopSel"),
            ("max_words", "MaxWords"),
            ("min_words", "MinWords"),
            ("short_word", "ShortWord"),
            ("highlight_all", "HighlightAll"),
            ("max_fragments", "MaxFragments"),
            ("fragment_delimiter", "FragmentDelimiter"),
        ];
        let mut args = call.args.clone();
        if let Some(query) = args.get_mut(1) {
            *query = as_query(query.clone());
        }
        let mut sql = self.joined(&args, ", ")?;
        if let Some(config) = self.config(node, call)? {
            sql = Sql {
                text: format!("{}, {}", config.text, sql.text),
                params: [config.params, sql.params].concat(),
            };
        }
        let mut options = Vec::new();
        for (name, title) in OPTIONS {
            let Some(given) = option(&call.options, name) else {
                continue;
            };
            let given = value::read(given)?;
            match self.server.quoting.value(&given) {
                Ok(text) => options.push(format!("{title}={text}")),
                Err(why) => return Err(self.refuse(node.span, why)),
            }
        }
        if !options.is_empty() {
            // `compose_sql`, which only PostgreSQL's backend has.
            if !self.server.dialect.expressions.has_postgres_operators() {
                return Err(self.refuse(node.span, "the options are only for PostgreSQL"));
            }
            sql = sql
                .map(|text| format!("{text}, %s"))
                .after(Datum::text(options.join(", ")));
        }
        Ok(sql.map(|text| format!("ts_headline({text})")))
    }

    /// `SearchVectorExact` and `SearchLookup`.
    pub(super) fn search(&self, node: &Node, lookup: &Lookup) -> Compiled {
        let right = match &lookup.right {
            Right::Value(value) => Node::value(value.clone(), node.span),
            Right::Node(right) => right.clone(),
        };
        let mut left = lookup.left.clone();
        if lookup.class == Class::Search && left.output()?.kind != FieldKind::SearchVectorField {
            let mut vector = Call::new(FunctionKind::SearchVector, vec![left]);
            vector.options = config_of(&right);
            left = Node::new(NodeKind::Call(Box::new(vector)), node.span);
        }
        let mut query = as_query(right);
        if let NodeKind::Call(call) = &mut query.kind
            && option(&call.options, "config").is_none()
            && !matches!(lookup.right, Right::Node(_))
        {
            call.options.extend(config_of(&left));
        }
        let left = self.bare_left(&left)?;
        let right = self.right_node(&query)?;
        Ok(Sql {
            text: format!("{} @@ {}", left.text, right.text),
            params: [left.params, right.params].concat(),
        })
    }
}

/// The `config` of a vector or a query, as an option to hand on.
fn config_of(node: &Node) -> Vec<(SmolStr, crate::ir::value::SpannedValue)> {
    let NodeKind::Call(call) = &node.kind else {
        return Vec::new();
    };
    let config = option(&call.options, "config");
    config
        .map(|config| (SmolStr::new_static("config"), config.clone()))
        .into_iter()
        .collect()
}

fn as_query(node: Node) -> Node {
    let is_query = match &node.kind {
        NodeKind::Call(call) => call.kind == FunctionKind::SearchQuery,
        NodeKind::Combined(combined) => combined.arithmetic == Arithmetic::SearchQuery,
        _ => false,
    };
    if is_query {
        return node;
    }
    let span = node.span;
    Node::call(FunctionKind::SearchQuery, vec![node], span)
}
