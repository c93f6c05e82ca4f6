//! Django's names of expressions: which class a path names, and what its
//! constructor takes by position.
//!
//! Sources: `django/db/models/{expressions,lookups,aggregates}.py`,
//! `django/db/models/functions/`, `django/contrib/postgres/`,
//! `django/contrib/gis/db/models/functions.py`, Django 5.2.

use crate::ir::expression::FunctionKind;

/// What a class of expressions is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExpressionClass {
    Q,
    F,
    Value,
    Case,
    When,
    Cast,
    Wrapper,
    Collate,
    OrderBy,
    RawSql,
    OpClass,
    /// `CombinedExpression(lhs, connector, rhs)`.
    Combined,
    Not,
    Function(FunctionKind),
    /// A lookup, by its name.
    Comparison(&'static str),
    /// Known, and not looked into.
    Opaque,
}

/// Where the classes live.
const PACKAGES: [&str; 3] = [
    "django.db.models.",
    "django.contrib.postgres.",
    "django.contrib.gis.db.models.",
];

impl ExpressionClass {
    /// The class that a path of Django names.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        if !PACKAGES.iter().any(|package| path.starts_with(package)) {
            return None;
        }
        let name = path.rsplit('.').next()?;
        if path.starts_with("django.contrib.gis.db.models.functions.") {
            let kind = match name {
                "Length" => FunctionKind::GeoLength,
                "Reverse" => FunctionKind::GeoReverse,
                "Transform" => FunctionKind::GeoTransform,
                "GeoFunc" | "GeomOutputGeoFunc" => FunctionKind::Func,
                name => FunctionKind::by_name(name)?,
            };
            return Some(Self::Function(kind));
        }
        Some(match name {
            "Q" => Self::Q,
            "F" => Self::F,
            "Value" => Self::Value,
            "Case" => Self::Case,
            "When" => Self::When,
            "Cast" => Self::Cast,
            "ExpressionWrapper" => Self::Wrapper,
            "NegatedExpression" => Self::Not,
            "Collate" => Self::Collate,
            "OrderBy" => Self::OrderBy,
            "RawSQL" => Self::RawSql,
            "OpClass" => Self::OpClass,
            "CombinedExpression" => Self::Combined,
            name => match comparison(name) {
                Some(lookup) => Self::Comparison(lookup),
                None if is_opaque(name) => Self::Opaque,
                None => Self::Function(FunctionKind::by_name(name)?),
            },
        })
    }
}

/// Lookup classes that are used as expressions of their own.
fn comparison(class: &str) -> Option<&'static str> {
    Some(match class {
        "Exact" => "exact",
        "IExact" => "iexact",
        "GreaterThan" => "gt",
        "GreaterThanOrEqual" => "gte",
        "LessThan" => "lt",
        "LessThanOrEqual" => "lte",
        "In" => "in",
        "Contains" | "DataContains" => "contains",
        "IContains" => "icontains",
        "StartsWith" => "startswith",
        "IStartsWith" => "istartswith",
        "EndsWith" => "endswith",
        "IEndsWith" => "iendswith",
        "Range" => "range",
        "IsNull" => "isnull",
        "Regex" => "regex",
        "IRegex" => "iregex",
        "ContainedBy" => "contained_by",
        "Overlap" => "overlap",
        "HasKey" => "has_key",
        "HasKeys" => "has_keys",
        "HasAnyKeys" => "has_any_keys",
        "SearchLookup" => "search",
        "TrigramSimilar" => "trigram_similar",
        "TrigramWordSimilar" => "trigram_word_similar",
        "TrigramStrictWordSimilar" => "trigram_strict_word_similar",
        _ => return None,
    })
}

/// Expressions that no index, constraint or generated column can hold, or that hold
/// a query.
fn is_opaque(class: &str) -> bool {
    matches!(
        class,
        "Expression"
            | "Subquery"
            | "Exists"
            | "OuterRef"
            | "ArraySubquery"
            | "Window"
            | "WindowFrame"
            | "RowRange"
            | "ValueRange"
            | "CumeDist"
            | "DenseRank"
            | "FirstValue"
            | "Lag"
            | "LastValue"
            | "Lead"
            | "NthValue"
            | "Ntile"
            | "PercentRank"
            | "Rank"
            | "RowNumber"
            | "Aggregate"
            | "Avg"
            | "Count"
            | "Max"
            | "Min"
            | "StdDev"
            | "Sum"
            | "Variance"
            | "ArrayAgg"
            | "BitAnd"
            | "BitOr"
            | "BitXor"
            | "BoolAnd"
            | "BoolOr"
            | "JSONBAgg"
            | "StringAgg"
            | "Corr"
            | "CovarPop"
            | "RegrAvgX"
            | "RegrAvgY"
            | "RegrCount"
            | "RegrIntercept"
            | "RegrR2"
            | "RegrSlope"
            | "RegrSXX"
            | "RegrSXY"
            | "RegrSYY"
            | "SearchConfig"
            | "DatabaseDefault"
            | "Star"
    )
}

/// What a constructor makes of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// An expression; a string names a field.
    Expression,
    /// An expression; a string is text.
    Literal,
    /// Kept beside the expressions.
    Option,
    OutputField,
}

/// A default that reaches the database as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DefaultArgument {
    Text(&'static str),
    Int(i64),
}

/// A parameter with the role of its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FunctionParameter {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) default: Option<DefaultArgument>,
}

const fn expression(name: &'static str) -> FunctionParameter {
    parameter(name, Role::Expression)
}

const fn option(name: &'static str) -> FunctionParameter {
    parameter(name, Role::Option)
}

const fn parameter(name: &'static str, role: Role) -> FunctionParameter {
    FunctionParameter {
        name,
        role,
        default: None,
    }
}

const fn with_default(name: &'static str, default: DefaultArgument) -> FunctionParameter {
    FunctionParameter {
        name,
        role: Role::Expression,
        default: Some(default),
    }
}

const OUTPUT_FIELD: FunctionParameter = parameter("output_field", Role::OutputField);

/// The named parameters of a function; all further positional arguments are
/// expressions.
pub(super) const fn parameters(kind: FunctionKind) -> &'static [FunctionParameter] {
    use FunctionKind as Kind;
    match kind {
        Kind::Extract => {
            const {
                &[
                    expression("expression"),
                    option("lookup_name"),
                    option("tzinfo"),
                ]
            }
        }
        Kind::Trunc => {
            const {
                &[
                    expression("expression"),
                    option("kind"),
                    OUTPUT_FIELD,
                    option("tzinfo"),
                ]
            }
        }
        Kind::TruncDate
        | Kind::TruncDay
        | Kind::TruncHour
        | Kind::TruncMinute
        | Kind::TruncMonth
        | Kind::TruncQuarter
        | Kind::TruncSecond
        | Kind::TruncTime
        | Kind::TruncWeek
        | Kind::TruncYear => const { &[expression("expression"), OUTPUT_FIELD, option("tzinfo")] },
        Kind::ExtractDay
        | Kind::ExtractHour
        | Kind::ExtractMinute
        | Kind::ExtractMonth
        | Kind::ExtractQuarter
        | Kind::ExtractSecond
        | Kind::ExtractWeek
        | Kind::ExtractIsoWeekDay
        | Kind::ExtractWeekDay
        | Kind::ExtractIsoYear
        | Kind::ExtractYear => {
            const {
                &[
                    expression("expression"),
                    option("lookup_name"),
                    option("tzinfo"),
                ]
            }
        }
        Kind::Left | Kind::Right => const { &[expression("expression"), expression("length")] },
        Kind::LPad | Kind::RPad => {
            const {
                &[
                    expression("expression"),
                    expression("length"),
                    with_default("fill_text", DefaultArgument::Text(" ")),
                ]
            }
        }
        Kind::Repeat => const { &[expression("expression"), expression("number")] },
        Kind::Replace => {
            const {
                &[
                    expression("expression"),
                    expression("text"),
                    with_default("replacement", DefaultArgument::Text("")),
                ]
            }
        }
        Kind::Substr => {
            const {
                &[
                    expression("expression"),
                    expression("pos"),
                    expression("length"),
                ]
            }
        }
        Kind::Round => {
            const {
                &[
                    expression("expression"),
                    with_default("precision", DefaultArgument::Int(0)),
                ]
            }
        }
        Kind::KeyTransform | Kind::KeyTextTransform => {
            const { &[option("key_name"), expression("expression")] }
        }
        Kind::SearchQuery => const { &[parameter("value", Role::Literal), OUTPUT_FIELD] },
        Kind::SearchRank => {
            const {
                &[
                    expression("vector"),
                    parameter("query", Role::Literal),
                    option("weights"),
                    option("normalization"),
                    option("cover_density"),
                ]
            }
        }
        Kind::SearchHeadline => {
            const { &[expression("expression"), parameter("query", Role::Literal)] }
        }
        Kind::TrigramSimilarity | Kind::TrigramDistance => {
            const { &[expression("expression"), parameter("string", Role::Literal)] }
        }
        Kind::TrigramWordSimilarity
        | Kind::TrigramWordDistance
        | Kind::TrigramStrictWordSimilarity
        | Kind::TrigramStrictWordDistance => {
            const { &[parameter("string", Role::Literal), expression("expression")] }
        }
        Kind::RangeBoundary => const { &[option("inclusive_lower"), option("inclusive_upper")] },
        Kind::GeoTransform => const { &[expression("expression"), expression("srid")] },
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_known_under_every_path() {
        for path in [
            "django.db.models.functions.Lower",
            "django.db.models.functions.text.Lower",
        ] {
            assert_eq!(
                ExpressionClass::of_path(path),
                Some(ExpressionClass::Function(FunctionKind::Lower)),
                "{path}"
            );
        }
        assert_eq!(
            ExpressionClass::of_path("django.db.models.query_utils.Q"),
            Some(ExpressionClass::Q)
        );
        assert_eq!(
            ExpressionClass::of_path("django.contrib.gis.db.models.functions.Length"),
            Some(ExpressionClass::Function(FunctionKind::GeoLength))
        );
        assert_eq!(
            ExpressionClass::of_path("django.db.models.lookups.GreaterThan"),
            Some(ExpressionClass::Comparison("gt"))
        );
        assert_eq!(ExpressionClass::of_path("shop.functions.Lower"), None);
        assert_eq!(ExpressionClass::of_path("django.db.models.CharField"), None);
    }
}
