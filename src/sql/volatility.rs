//! Whether a default is computed anew for each row.
//!
//! Source: `provolatile` of the functions in `pg_proc`, PostgreSQL 15 and 18.

/// How often PostgreSQL computes an expression for the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sql) enum Volatility {
    /// Once for a statement.
    Stable,
    /// It calls a function that is not known here.
    Unknown,
    /// For every row.
    Volatile,
}

const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "gen_salt",
    "lastval",
    "nextval",
    "pg_sleep",
    "random",
    "random_normal",
    "setseed",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v1mc",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// Functions, and types and words that stand before a parenthesis.
const STABLE: &[&str] = &[
    "abs",
    "age",
    "and",
    "any",
    "array",
    "array_append",
    "array_cat",
    "array_fill",
    "array_to_string",
    "bit",
    "bpchar",
    "btrim",
    "case",
    "cast",
    "ceil",
    "ceiling",
    "char",
    "char_length",
    "character",
    "chr",
    "coalesce",
    "concat",
    "concat_ws",
    "convert_from",
    "convert_to",
    "current_date",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "date",
    "date_part",
    "date_trunc",
    "decimal",
    "decode",
    "digest",
    "encode",
    "exp",
    "extract",
    "floor",
    "format",
    "greatest",
    "in",
    "initcap",
    "interval",
    "json_array",
    "json_build_array",
    "json_build_object",
    "json_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_object",
    "jsonb_set",
    "jsonb_strip_nulls",
    "least",
    "left",
    "length",
    "ln",
    "localtime",
    "localtimestamp",
    "log",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_time",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "mod",
    "not",
    "now",
    "nullif",
    "numeric",
    "octet_length",
    "or",
    "overlay",
    "position",
    "power",
    "quote_ident",
    "quote_literal",
    "regexp_replace",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "row",
    "rpad",
    "rtrim",
    "sha256",
    "split_part",
    "sqrt",
    "statement_timestamp",
    "string_to_array",
    "strpos",
    "substr",
    "substring",
    "text",
    "then",
    "time",
    "timestamp",
    "timestamptz",
    "timezone",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "translate",
    "trim",
    "trunc",
    "txid_current",
    "upper",
    "uuid",
    "values",
    "varchar",
    "varying",
    "when",
    "else",
    "zone",
];

/// Of an expression as SQL.
pub(in crate::sql) fn volatility(sql: &str) -> Volatility {
    let mut found = Volatility::Stable;
    for name in called(sql) {
        found = found.max(volatility_of_call(name));
    }
    found
}

/// Of a call of a function.
pub(in crate::sql) fn volatility_of_call(name: &str) -> Volatility {
    let name = name.to_ascii_lowercase();
    if VOLATILE.contains(&name.as_str()) {
        Volatility::Volatile
    } else if STABLE.contains(&name.as_str()) {
        Volatility::Stable
    } else {
        Volatility::Unknown
    }
}

/// The words that a parenthesis follows, outside of texts.
fn called(sql: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut word: Option<usize> = None;
    let mut is_in_text = false;
    let mut last = "";
    // What stands for a value that only Python computes is a literal.
    let end = sql.find("{{").unwrap_or(sql.len());
    let sql = &sql[..end];
    for (at, letter) in sql.char_indices() {
        if letter == '\'' {
            is_in_text = !is_in_text;
        }
        let is_part = !is_in_text && (letter.is_alphanumeric() || letter == '_');
        match (is_part, word) {
            (true, None) => word = Some(at),
            (false, Some(start)) => {
                last = &sql[start..at];
                word = None;
            }
            _ => {}
        }
        if is_part || is_in_text {
            continue;
        }
        if letter == '(' && !last.is_empty() {
            found.push(last);
        }
        if !letter.is_whitespace() && letter != '"' {
            last = "";
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_decide() {
        assert_eq!(volatility("'random()'"), Volatility::Stable);
        assert_eq!(volatility("now()"), Volatility::Stable);
        assert_eq!(
            volatility("(STATEMENT_TIMESTAMP() + interval '1 day')"),
            Volatility::Stable
        );
        assert_eq!(
            volatility("lower (gen_random_uuid ()::text)"),
            Volatility::Volatile
        );
        assert_eq!(volatility("public.next_number()"), Volatility::Unknown);
        assert_eq!(volatility("(1 + 2) * 3"), Volatility::Stable);
        assert_eq!(volatility("\"random\"()"), Volatility::Volatile);
        assert_eq!(
            volatility("{{ default of a.B.c: f() }}"),
            Volatility::Stable
        );
    }
}
