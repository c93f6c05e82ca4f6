//! PostgreSQL's column types, as far as it matters what a change of type costs.

use smol_str::SmolStr;

/// `varchar(50)[]`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnType {
    base: Base,
    /// Length or precision.
    first: Option<i32>,
    /// The scale of a number.
    second: Option<i32>,
    is_array: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Base {
    Known(Known),
    /// An extension's, a domain, an enum.
    Other(SmolStr),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Bigint,
    Bit,
    Boolean,
    Bytea,
    Char,
    Cidr,
    Citext,
    Date,
    Double,
    Inet,
    Integer,
    Interval,
    Json,
    Jsonb,
    Money,
    Name,
    Numeric,
    Oid,
    Range,
    Real,
    Smallint,
    Text,
    Time,
    Timestamp,
    Timestamptz,
    Timetz,
    Tsvector,
    Uuid,
    Varbit,
    Varchar,
    Xml,
}

/// Names as SQL has them. Ranges are one kind here: each is a type of its own, and any
/// change between two of them rewrites.
const NAMES: &[(&str, Known)] = &[
    ("bigint", Known::Bigint),
    ("bigserial", Known::Bigint),
    ("bit", Known::Bit),
    ("bit varying", Known::Varbit),
    ("bool", Known::Boolean),
    ("boolean", Known::Boolean),
    ("bpchar", Known::Char),
    ("bytea", Known::Bytea),
    ("char", Known::Char),
    ("character", Known::Char),
    ("character varying", Known::Varchar),
    ("cidr", Known::Cidr),
    ("citext", Known::Citext),
    ("date", Known::Date),
    ("daterange", Known::Range),
    ("dec", Known::Numeric),
    ("decimal", Known::Numeric),
    ("double precision", Known::Double),
    ("float", Known::Double),
    ("float4", Known::Real),
    ("float8", Known::Double),
    ("inet", Known::Inet),
    ("int", Known::Integer),
    ("int2", Known::Smallint),
    ("int4", Known::Integer),
    ("int4range", Known::Range),
    ("int8", Known::Bigint),
    ("int8range", Known::Range),
    ("integer", Known::Integer),
    ("interval", Known::Interval),
    ("json", Known::Json),
    ("jsonb", Known::Jsonb),
    ("money", Known::Money),
    ("name", Known::Name),
    ("numeric", Known::Numeric),
    ("numrange", Known::Range),
    ("oid", Known::Oid),
    ("real", Known::Real),
    ("serial", Known::Integer),
    ("smallint", Known::Smallint),
    ("smallserial", Known::Smallint),
    ("text", Known::Text),
    ("time", Known::Time),
    ("time with time zone", Known::Timetz),
    ("time without time zone", Known::Time),
    ("timestamp", Known::Timestamp),
    ("timestamp with time zone", Known::Timestamptz),
    ("timestamp without time zone", Known::Timestamp),
    ("timestamptz", Known::Timestamptz),
    ("timetz", Known::Timetz),
    ("tsrange", Known::Range),
    ("tstzrange", Known::Range),
    ("tsvector", Known::Tsvector),
    ("uuid", Known::Uuid),
    ("varbit", Known::Varbit),
    ("varchar", Known::Varchar),
    ("xml", Known::Xml),
];

/// What extensions bring that is no domain: a column of it is added without work.
const OF_EXTENSIONS: &[&str] = &[
    "citext",
    "cube",
    "geography",
    "geometry",
    "halfvec",
    "hstore",
    "isbn",
    "isbn13",
    "lquery",
    "ltree",
    "raster",
    "sparsevec",
    "vector",
];

/// When values stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// The new length or precision is no smaller, or there is none.
    Grows,
    /// As `Grows`, with six digits where there is no precision.
    MorePrecise,
    /// More digits before the point, as many behind it.
    MoreDigits,
    Unlimited,
    /// The session's time zone is UTC, as Django's is unless a setting says otherwise.
    Utc,
}

/// Changes of type that leave rows as they are, and whether indexes must be built anew.
/// All others rewrite the table.
///
/// Source: `ATColumnChangeRequiresRewrite` and `CheckIndexCompatible`, PostgreSQL 15 and
/// 18; measured by the conformance suite.
const KEEP_ROWS: &[(Known, Known, When, bool)] = &[
    (Known::Varchar, Known::Varchar, When::Grows, false),
    (Known::Varchar, Known::Text, When::Always, false),
    (Known::Text, Known::Varchar, When::Unlimited, false),
    (Known::Text, Known::Citext, When::Always, true),
    (Known::Varchar, Known::Citext, When::Always, true),
    (Known::Citext, Known::Text, When::Always, true),
    (Known::Citext, Known::Varchar, When::Unlimited, true),
    (Known::Numeric, Known::Numeric, When::MoreDigits, false),
    (Known::Timestamp, Known::Timestamp, When::MorePrecise, false),
    (
        Known::Timestamptz,
        Known::Timestamptz,
        When::MorePrecise,
        false,
    ),
    (Known::Time, Known::Time, When::MorePrecise, false),
    (Known::Timetz, Known::Timetz, When::MorePrecise, false),
    (Known::Interval, Known::Interval, When::MorePrecise, false),
    (Known::Varbit, Known::Varbit, When::Grows, false),
    (Known::Cidr, Known::Inet, When::Always, false),
    (Known::Integer, Known::Oid, When::Always, true),
    (Known::Timestamp, Known::Timestamptz, When::Utc, true),
    (Known::Timestamptz, Known::Timestamp, When::Utc, true),
];

/// What a change of type costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// Rows stay; indexes on the column are built anew, or stay.
    Keep {
        rebuilds_indexes: bool,
    },
    Rewrite,
    /// A type that is not known here takes part.
    Unknown,
    /// Rows stay if the session's time zone is UTC.
    KeepIfUtc,
}

impl ColumnType {
    /// Takes a type as SQL writes it; what follows the type itself is passed over.
    pub(super) fn read(text: &str) -> Self {
        let lower = text.trim().to_lowercase();
        let lower = lower
            .split(" generated ")
            .next()
            .unwrap_or_default()
            .trim_start_matches("pg_catalog.");
        let is_array = lower.contains('[') || lower.ends_with(" array");
        let (name, modifiers) = match lower.split_once('(') {
            Some((before, rest)) => {
                let (inside, after) = rest.split_once(')').unwrap_or((rest, ""));
                // `timestamp(3) with time zone`
                (format!("{} {}", before.trim(), after.trim()), Some(inside))
            }
            None => (lower.to_owned(), None),
        };
        let name = name
            .replace("[]", "")
            .trim()
            .trim_end_matches(" array")
            .trim()
            .trim_matches('"')
            .to_owned();
        let mut numbers = modifiers
            .into_iter()
            .flat_map(|inside| inside.split(','))
            .map(|number| number.trim().parse().ok());
        let known = NAMES.binary_search_by(|(known, _)| (*known).cmp(&name));
        let base = match known.ok().and_then(|at| NAMES.get(at)) {
            Some((_, known)) => Base::Known(*known),
            None => {
                let whole = modifiers.map_or_else(|| name.clone(), |it| format!("{name}({it})"));
                Base::Other(whole.into())
            }
        };
        let (mut first, mut second) = (numbers.next().flatten(), numbers.next().flatten());
        match base {
            Base::Known(Known::Char | Known::Bit) => first = first.or(Some(1)),
            Base::Known(Known::Numeric) if first.is_some() => second = second.or(Some(0)),
            _ => {}
        }
        Self {
            base,
            first,
            second,
            is_array,
        }
    }

    /// Whether a column of the type can be added without looking at a domain's checks;
    /// `None` for a type that may be a domain.
    pub(super) fn is_plain(&self) -> Option<bool> {
        match &self.base {
            Base::Known(_) => Some(true),
            Base::Other(name) => {
                let name = name.split('(').next().unwrap_or_default();
                let name = name
                    .rsplit('.')
                    .next()
                    .unwrap_or_default()
                    .trim_matches('"');
                OF_EXTENSIONS.contains(&name).then_some(true)
            }
        }
    }

    pub(super) fn change_to(&self, to: &Self) -> Cost {
        if self == to {
            return Cost::Keep {
                rebuilds_indexes: false,
            };
        }
        let (Base::Known(old), Base::Known(new)) = (&self.base, &to.base) else {
            return Cost::Unknown;
        };
        if self.is_array || to.is_array {
            return Cost::Rewrite;
        }
        let Some((_, _, when, rebuilds_indexes)) = KEEP_ROWS
            .iter()
            .find(|(from, to, _, _)| from == old && to == new)
        else {
            return Cost::Rewrite;
        };
        let holds = match when {
            When::Always => true,
            When::Unlimited => to.first.is_none(),
            When::Grows => match (self.first, to.first) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(old), Some(new)) => new >= old,
            },
            When::MorePrecise => to.first.unwrap_or(6) >= self.first.unwrap_or(6),
            When::MoreDigits => match (self.first, to.first) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(old), Some(new)) => new >= old && self.second == to.second,
            },
            When::Utc => return Cost::KeepIfUtc,
        };
        if holds {
            Cost::Keep {
                rebuilds_indexes: *rebuilds_indexes,
            }
        } else {
            Cost::Rewrite
        }
    }

    /// Whether values of the old type may lack a counterpart in the new one, or lose
    /// something.
    pub(super) fn loses_from(&self, old: &Self) -> bool {
        match (&old.base, &self.base) {
            (Base::Known(from), Base::Known(to)) if from == to => match (old.first, self.first) {
                (_, None) => false,
                (None, Some(_)) => true,
                (Some(from), Some(to)) => {
                    let digits = |first: i32, second: Option<i32>| first - second.unwrap_or(0);
                    to < from
                        || self.second < old.second
                        || digits(to, self.second) < digits(from, old.second)
                }
            },
            (Base::Known(from), Base::Known(to)) => !WIDER.contains(&(*from, *to)),
            _ => self != old,
        }
    }
}

/// Types whose values all have a counterpart in a wider one.
const WIDER: &[(Known, Known)] = &[
    (Known::Smallint, Known::Integer),
    (Known::Smallint, Known::Bigint),
    (Known::Integer, Known::Bigint),
    (Known::Integer, Known::Numeric),
    (Known::Smallint, Known::Numeric),
    (Known::Bigint, Known::Numeric),
    (Known::Real, Known::Double),
    (Known::Varchar, Known::Text),
    (Known::Varchar, Known::Citext),
    (Known::Char, Known::Text),
    (Known::Text, Known::Citext),
    (Known::Citext, Known::Text),
    (Known::Text, Known::Varchar),
    (Known::Cidr, Known::Inet),
    (Known::Date, Known::Timestamp),
    (Known::Date, Known::Timestamptz),
    (Known::Timestamp, Known::Timestamptz),
    (Known::Uuid, Known::Text),
    (Known::Integer, Known::Text),
    (Known::Bigint, Known::Text),
    (Known::Boolean, Known::Text),
    (Known::Json, Known::Jsonb),
    (Known::Jsonb, Known::Json),
    (Known::Json, Known::Text),
    (Known::Jsonb, Known::Text),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(from: &str, to: &str) -> Cost {
        ColumnType::read(from).change_to(&ColumnType::read(to))
    }

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted_by_key(|(name, _)| name));
    }

    #[test]
    fn types_are_taken_apart() {
        let keep = Cost::Keep {
            rebuilds_indexes: false,
        };
        assert_eq!(cost("varchar(50)", "character varying(100)"), keep);
        assert_eq!(cost("varchar(50)", "varchar(20)"), Cost::Rewrite);
        assert_eq!(cost("timestamp(3) with time zone", "timestamptz"), keep);
        assert_eq!(cost("numeric(10, 2)", "numeric(12, 2)"), keep);
        assert_eq!(cost("numeric(10, 2)", "numeric(12, 3)"), Cost::Rewrite);
        assert_eq!(cost("varchar(5)[]", "varchar(10)[]"), Cost::Rewrite);
        assert_eq!(cost("char(5)", "char(6)"), Cost::Rewrite);
        assert_eq!(cost("integer", "int4"), keep);
        assert_eq!(cost("mood", "text"), Cost::Unknown);
        assert_eq!(cost("timestamp", "timestamptz"), Cost::KeepIfUtc);
    }
}
