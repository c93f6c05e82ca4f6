//! Functions: what each class of Django writes, and how a call of one is compiled.
//!
//! Source: `django/db/models/functions/`, `django/contrib/postgres/functions.py` and
//! `search.py`, `Func.as_sql` in `django/db/models/expressions.py`, 5.2.

use smol_str::SmolStr;

use super::compile::{Compiled, Compiler, Sql};
use super::node::{Call, Node, NodeKind};
use super::types::Type;
use crate::base::Span;
use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind;
use crate::sql::value::Datum;

/// Where the type of a function's result comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Fixed(FieldKind),
    /// The type that all sources share.
    Sources,
    /// The type of the first argument.
    First,
    /// `NumericOutputFieldMixin`.
    Numeric,
}

/// A class: its `function`, `template`, `arg_joiner` and type.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spec {
    pub(super) function: &'static str,
    pub(super) template: &'static str,
    pub(super) joiner: &'static str,
    pub(super) output: Output,
}

const CALL: &str = "%(function)s(%(expressions)s)";

const fn of(function: &'static str, output: Output) -> Spec {
    Spec {
        function,
        template: CALL,
        joiner: ", ",
        output,
    }
}

const fn template(template: &'static str, output: FieldKind) -> Spec {
    Spec {
        function: "",
        template,
        joiner: ", ",
        output: Output::Fixed(output),
    }
}

const fn infix(joiner: &'static str) -> Spec {
    Spec {
        function: "",
        template: CALL,
        joiner,
        output: Output::Fixed(FieldKind::FloatField),
    }
}

pub(super) const fn spec(kind: FunctionKind) -> Spec {
    use FieldKind::{
        CharField, DateTimeField, FloatField, IntegerField, JSONField, SearchQueryField,
        SearchVectorField, TextField, UUIDField,
    };
    use FunctionKind as Kind;
    use Output::{First, Fixed, Numeric, Sources};
    match kind {
        Kind::Coalesce => of("COALESCE", Sources),
        Kind::Greatest => of("GREATEST", Sources),
        Kind::Least => of("LEAST", Sources),
        Kind::NullIf => of("NULLIF", Sources),
        Kind::Now | Kind::TransactionNow => template("CURRENT_TIMESTAMP", DateTimeField),
        Kind::JSONArray => of("JSON_ARRAY", Fixed(JSONField)),
        Kind::JSONObject => of("JSON_OBJECT", Fixed(JSONField)),
        Kind::Abs => of("ABS", Sources),
        Kind::ACos => of("ACOS", Numeric),
        Kind::ASin => of("ASIN", Numeric),
        Kind::ATan => of("ATAN", Numeric),
        Kind::ATan2 => of("ATAN2", Numeric),
        Kind::Ceil => of("CEILING", Sources),
        Kind::Cos => of("COS", Numeric),
        Kind::Cot => of("COT", Numeric),
        Kind::Degrees => of("DEGREES", Numeric),
        Kind::Exp => of("EXP", Numeric),
        Kind::Floor => of("FLOOR", Sources),
        Kind::Ln => of("LN", Numeric),
        Kind::Log => of("LOG", Numeric),
        Kind::Mod => of("MOD", Numeric),
        Kind::Pi => of("PI", Numeric),
        Kind::Power => of("POWER", Numeric),
        Kind::Radians => of("RADIANS", Numeric),
        Kind::Random => of("RANDOM", Numeric),
        Kind::Round => of("ROUND", First),
        Kind::Sign => of("SIGN", Sources),
        Kind::Sin => of("SIN", Numeric),
        Kind::Sqrt => of("SQRT", Numeric),
        Kind::Tan => of("TAN", Numeric),
        Kind::MD5 => of("MD5", Sources),
        Kind::SHA1 => of("SHA1", Sources),
        Kind::SHA224 => of("SHA224", Sources),
        Kind::SHA256 => of("SHA256", Sources),
        Kind::SHA384 => of("SHA384", Sources),
        Kind::SHA512 => of("SHA512", Sources),
        Kind::Chr => of("CHR", Fixed(CharField)),
        Kind::Concat => Spec {
            function: "",
            template: "%(expressions)s",
            joiner: ", ",
            output: Sources,
        },
        Kind::ConcatPair => of("CONCAT", Sources),
        Kind::Left => of("LEFT", Fixed(CharField)),
        Kind::Right => of("RIGHT", Fixed(CharField)),
        Kind::Length => of("LENGTH", Fixed(IntegerField)),
        Kind::Lower => of("LOWER", Sources),
        Kind::Upper => of("UPPER", Sources),
        Kind::LPad => of("LPAD", Fixed(CharField)),
        Kind::RPad => of("RPAD", Fixed(CharField)),
        Kind::LTrim => of("LTRIM", Sources),
        Kind::RTrim => of("RTRIM", Sources),
        Kind::Trim => of("TRIM", Sources),
        Kind::Ord => of("ASCII", Fixed(IntegerField)),
        Kind::Repeat => of("REPEAT", Fixed(CharField)),
        Kind::Replace => of("REPLACE", Sources),
        Kind::Reverse => of("REVERSE", Sources),
        Kind::StrIndex => of("INSTR", Fixed(IntegerField)),
        Kind::Substr => of("SUBSTRING", Fixed(CharField)),
        Kind::RandomUUID => template("GEN_RANDOM_UUID()", UUIDField),
        Kind::SearchVector => Spec {
            function: "to_tsvector",
            template: CALL,
            joiner: " || ' ' || ",
            output: Fixed(SearchVectorField),
        },
        Kind::SearchQuery => of("plainto_tsquery", Fixed(SearchQueryField)),
        Kind::SearchRank => of("ts_rank", Fixed(FloatField)),
        Kind::SearchHeadline => Spec {
            function: "ts_headline",
            template: "%(function)s(%(expressions)s%(options)s)",
            joiner: ", ",
            output: Fixed(TextField),
        },
        Kind::TrigramSimilarity => of("SIMILARITY", Fixed(FloatField)),
        Kind::TrigramWordSimilarity => of("WORD_SIMILARITY", Fixed(FloatField)),
        Kind::TrigramStrictWordSimilarity => of("STRICT_WORD_SIMILARITY", Fixed(FloatField)),
        Kind::TrigramDistance => infix(" <-> "),
        Kind::TrigramWordDistance => infix(" <<-> "),
        Kind::TrigramStrictWordDistance => infix(" <<<-> "),
        Kind::Unaccent => of("UNACCENT", Sources),
        Kind::ArrayLenTransform => of("", Fixed(IntegerField)),
        _ => of("", Sources),
    }
}

/// Transforms by the name that Django gives them, whether it registers them or leaves
/// that to the project.
pub(super) fn transform(name: &str) -> Option<FunctionKind> {
    use FunctionKind as Kind;
    Some(match name {
        "abs" => Kind::Abs,
        "acos" => Kind::ACos,
        "asin" => Kind::ASin,
        "atan" => Kind::ATan,
        "ceil" => Kind::Ceil,
        "chr" => Kind::Chr,
        "cos" => Kind::Cos,
        "cot" => Kind::Cot,
        "degrees" => Kind::Degrees,
        "exp" => Kind::Exp,
        "floor" => Kind::Floor,
        "length" => Kind::Length,
        "ln" => Kind::Ln,
        "lower" => Kind::Lower,
        "ltrim" => Kind::LTrim,
        "md5" => Kind::MD5,
        "ord" => Kind::Ord,
        "radians" => Kind::Radians,
        "reverse" => Kind::Reverse,
        "rtrim" => Kind::RTrim,
        "sha1" => Kind::SHA1,
        "sha224" => Kind::SHA224,
        "sha256" => Kind::SHA256,
        "sha384" => Kind::SHA384,
        "sha512" => Kind::SHA512,
        "sign" => Kind::Sign,
        "sin" => Kind::Sin,
        "sqrt" => Kind::Sqrt,
        "tan" => Kind::Tan,
        "trim" => Kind::Trim,
        "unaccent" => Kind::Unaccent,
        "upper" => Kind::Upper,
        _ => return None,
    })
}

/// Classes that this compiler writes: all that are not of PostGIS.
pub(super) fn is_supported(kind: FunctionKind) -> bool {
    matches!(
        kind,
        FunctionKind::Func | FunctionKind::Transform | FunctionKind::Concat
    ) || !spec(kind).function.is_empty()
        || spec(kind).template != CALL
        || spec(kind).joiner != ", "
}

impl Compiler<'_> {
    pub(super) fn call(&self, node: &Node, call: &Call) -> Compiled {
        use FunctionKind as Kind;
        let hooks = self.server.dialect.expressions;
        match call.kind {
            Kind::Left if !hooks.has_left_and_right() => return self.substring(node, call, false),
            Kind::Right if !hooks.has_left_and_right() => return self.substring(node, call, true),
            Kind::ConcatPair => return self.concatenated(call),
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
            super::resolve::product(length.clone(), minus, node.span)
        } else {
            Node::value(Datum::int(1), node.span)
        };
        let args = vec![text.clone(), start, length.clone()];
        let call = Call::new(FunctionKind::Substr, args);
        self.function(node, &call)
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
