//! What each class of functions writes, as a table.
//!
//! Source: `django/db/models/functions/`, `django/contrib/postgres/functions.py` and
//! `search.py`, 5.2.

use crate::ir::FieldKind;
use crate::ir::expression::FunctionKind;

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
