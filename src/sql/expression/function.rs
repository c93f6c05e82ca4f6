//! Functions: what each class of Django writes, and how a call of one is compiled.
//!
//! Source: `django/db/models/functions/`, `django/contrib/postgres/functions.py` and
//! `search.py`, `Func.as_sql` in `django/db/models/expressions.py`, 5.2.

use super::compile::{Compiled, Compiler, Sql};
use super::node::{Call, Node, NodeKind};
use super::resolve::product;
use super::spec::{is_supported, spec};
use super::types::Type;
use crate::base::Span;
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind;
use crate::sql::value::Datum;
use smol_str::SmolStr;

impl Compiler<'_> {
    pub(super) fn call(&self, node: &Node, call: &Call) -> Compiled {
        use FunctionKind as Kind;
        let hooks = self.server.dialect.expressions;
        match call.kind {
            Kind::Left if !hooks.has_left_and_right() => return self.substring(node, call, false),
            Kind::Right if !hooks.has_left_and_right() => return self.substring(node, call, true),
            Kind::ConcatPair if hooks.concatenates_by_operator() => return self.concatenated(call),
            Kind::Repeat if hooks.repeats_by_padding() => return self.padded(node, call),
            Kind::Reverse => {
                let text = self.joined(&call.args, "")?;
                if let Some((reversed, count)) = hooks.reverse(self.server, &text.text) {
                    return Ok(Sql {
                        text: reversed,
                        params: vec![text.params; count].concat(),
                    });
                }
            }
            Kind::Coalesce
                if let Some(function) = hooks.coalesces_texts_with()
                    && node.output()?.internal() == FieldKind::TextField =>
            {
                let mut converted = call.clone();
                for arg in &mut converted.args {
                    let mut inner = Call::new(Kind::Func, vec![arg.clone()]);
                    inner.function = Some(SmolStr::new_static(function));
                    *arg = Node::new(NodeKind::Call(Box::new(inner)), node.span);
                }
                return self.function(node, &converted);
            }
            Kind::JSONArray | Kind::JSONObject => return self.json_function(node, call),
            Kind::SearchVector => return self.search_vector(node, call),
            Kind::SearchQuery => return self.search_query(node, call),
            Kind::SearchRank => return self.search_rank(node, call),
            Kind::SearchHeadline => return self.search_headline(node, call),
            Kind::ArrayLenTransform => return self.array_length(call),
            Kind::Log | Kind::Mod | Kind::Round if hooks.casts_floats() => {
                let mut cast = call.clone();
                for arg in &mut cast.args {
                    if arg.output()?.is(FieldKind::FloatField) {
                        let options = [("max_digits", 1000), ("decimal_places", 15)];
                        let ty = Type::with(FieldKind::DecimalField, &options, None);
                        *arg = Node::cast(arg.clone(), ty);
                    }
                }
                return self.function(node, &cast);
            }
            _ => {}
        }
        if hooks.lacks(call.kind) {
            let title = self.server.dialect.title;
            return Err(self.refuse(
                node.span,
                format!("{title} has no `{}`", call.kind.as_str()),
            ));
        }
        if !is_supported(call.kind) {
            return Err(self.refuse(
                node.span,
                format!("`{}` is not compiled to SQL", call.kind.as_str()),
            ));
        }
        self.function(node, call)
    }

    /// `Func.as_sql` with the database's own form.
    pub(super) fn function(&self, node: &Node, call: &Call) -> Compiled {
        let forms = self.server.dialect.expressions.forms();
        let form = forms.iter().find(|form| form.kind == call.kind);
        let sql = self.written(
            call,
            node.span,
            form.and_then(|form| form.function),
            form.and_then(|form| form.template),
        )?;
        if form.is_some_and(|form| !form.is_cast) {
            return Ok(sql);
        }
        Ok(self.number(node, sql))
    }

    /// The template filled with the arguments; `function` and `template` take
    /// precedence over what the call says.
    pub(super) fn written(
        &self,
        call: &Call,
        span: Span,
        function: Option<&str>,
        template: Option<&str>,
    ) -> Compiled {
        let spec = spec(call.kind);
        let joiner = call.joiner.as_deref().unwrap_or(spec.joiner);
        let arguments = self.joined(&call.args, joiner)?;
        let function = function.or(call.function.as_deref());
        let function = function.unwrap_or(spec.function);
        let template = template.or(call.template.as_deref());
        let template = template.unwrap_or(spec.template);
        let text = fill(template, |name| match name {
            "expressions" | "field" => Some(arguments.text.as_str()),
            "function" => Some(function),
            name => {
                let mut extra = call.extra.iter();
                extra
                    .find(|(key, _)| key == name)
                    .map(|(_, it)| it.as_str())
            }
        });
        match text {
            Ok(text) => Ok(Sql {
                text,
                params: arguments.params,
            }),
            Err(what) => Err(self.refuse(span, what)),
        }
    }

    /// The arguments one after another.
    pub(super) fn joined(&self, args: &[Node], joiner: &str) -> Compiled {
        let mut texts = Vec::with_capacity(args.len());
        let mut params = Vec::new();
        for arg in args {
            let sql = self.compile_argument(arg)?;
            texts.push(sql.text);
            params.extend(sql.params);
        }
        Ok(Sql {
            text: texts.join(joiner),
            params,
        })
    }

    /// `Left` and `Right` by way of `Substr`.
    fn substring(&self, node: &Node, call: &Call, from_end: bool) -> Compiled {
        let [text, length] = call.args.as_slice() else {
            return Err(self.refuse(node.span, "it takes two arguments"));
        };
        let start = if from_end {
            let minus = Node::value(Datum::int(-1), node.span);
            product(length.clone(), minus, node.span)
        } else {
            Node::value(Datum::int(1), node.span)
        };
        let args = vec![text.clone(), start, length.clone()];
        let call = Call::new(FunctionKind::Substr, args);
        self.function(node, &call)
    }

    /// `Repeat` by way of `RPad`.
    fn padded(&self, node: &Node, call: &Call) -> Compiled {
        let [text, count] = call.args.as_slice() else {
            return Err(self.refuse(node.span, "it takes two arguments"));
        };
        let length = Node::call(FunctionKind::Length, vec![text.clone()], node.span);
        let length = product(length, count.clone(), node.span);
        let args = vec![text.clone(), length, text.clone()];
        self.function(node, &Call::new(FunctionKind::RPad, args))
    }

    /// `ConcatPair` with `||`.
    fn concatenated(&self, call: &Call) -> Compiled {
        let casts = self.server.dialect.expressions.casts_concatenated();
        let mut args = Vec::with_capacity(call.args.len());
        for arg in &call.args {
            let mut arg = arg.clone();
            if casts && !is_text(&arg.output()?) {
                arg = Node::cast(arg, Type::plain(FieldKind::TextField));
            }
            args.push(or_empty(arg));
        }
        let joined = self.joined(&args, " || ")?;
        Ok(joined.map(|text| format!("({text})")))
    }

    fn json_function(&self, node: &Node, call: &Call) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let (function, template) =
            hooks.json_function(self.server, call.kind, call.args.is_empty());
        let mut call = call.clone();
        let is_object = call.kind == FunctionKind::JSONObject;
        if hooks.casts_json_items() {
            for (at, arg) in call.args.iter_mut().enumerate() {
                let ty = if is_object {
                    (at % 2 == 0).then(|| Type::plain(FieldKind::TextField))
                } else if matches!(arg.kind, NodeKind::Cast { .. }) {
                    None
                } else {
                    Some(arg.output()?)
                };
                if let Some(ty) = ty {
                    *arg = Node::cast(arg.clone(), ty);
                }
            }
        }
        if is_object && template.is_some() {
            // `JSON_OBJECT((key) VALUE value, ...)`.
            let mut pairs = Vec::with_capacity(call.args.len() / 2);
            let mut params = Vec::new();
            for pair in call.args.chunks(2) {
                let [key, value] = pair else {
                    return Err(self.refuse(node.span, "a key has no value"));
                };
                let (key, value) = (self.compile(key)?, self.compile(value)?);
                pairs.push(format!("({}) VALUE {}", key.text, value.text));
                params.extend(key.params);
                params.extend(value.params);
            }
            let pairs = SmolStr::new(pairs.join(", "));
            call.args = vec![Node::new(NodeKind::Literal(pairs), node.span)];
            let inner = self.written(&call, node.span, Some(function), template)?;
            return Ok(Sql { params, ..inner });
        }
        self.written(&call, node.span, Some(function), template)
    }

    fn array_length(&self, call: &Call) -> Compiled {
        let inner = self.joined(&call.args, "")?;
        let text = &inner.text;
        let text = format!(
            "CASE WHEN {text} IS NULL THEN NULL ELSE coalesce(array_length({text}, 1), 0) END"
        );
        let mut params = inner.params.clone();
        params.extend(inner.params);
        Ok(Sql { text, params })
    }
}

pub(super) fn is_text(ty: &Type) -> bool {
    ty.is(FieldKind::CharField) || ty.is(FieldKind::TextField)
}

/// `Coalesce(node, Value(""))`.
pub(super) fn or_empty(node: Node) -> Node {
    let span = node.span;
    let empty = Node::value(Datum::text(""), span);
    Node::call(FunctionKind::Coalesce, vec![node, empty], span)
}

/// Python's `template % data`: `%(name)s` and `%%`.
pub(super) fn fill<'a>(
    template: &str,
    get: impl Fn(&str) -> Option<&'a str>,
) -> Result<String, String> {
    let mut out = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let named = rest.strip_prefix('(').and_then(|it| it.split_once(")s"));
        let Some((name, after)) = named else {
            return Err("its template could not be read".to_owned());
        };
        match get(name) {
            Some(value) => out.push_str(value),
            None => return Err(format!("its template names `{name}`, which is not known")),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
