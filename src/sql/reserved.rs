//! Words that cannot name a table or a column without quotes. Django quotes every name.

type Words = &'static [&'static str];

/// `pg_get_keywords()` of PostgreSQL 15, those of categories R and T.
#[rustfmt::skip]
pub(super) const POSTGRESQL: Words = &[
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
    "authorization", "binary", "both", "case", "cast", "check", "collate", "collation",
    "column", "concurrently", "constraint", "create", "cross", "current_catalog",
    "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "default", "deferrable", "desc", "distinct", "do", "else", "end", "except",
    "false", "fetch", "for", "foreign", "freeze", "from", "full", "grant", "group", "having",
    "ilike", "in", "initially", "inner", "intersect", "into", "is", "isnull", "join", "lateral",
    "leading", "left", "like", "limit", "localtime", "localtimestamp", "natural", "not",
    "notnull", "null", "offset", "on", "only", "or", "order", "outer", "overlaps", "placing",
    "primary", "references", "returning", "right", "select", "session_user", "similar", "some",
    "symmetric", "table", "tablesample", "then", "to", "trailing", "true", "union", "unique",
    "user", "using", "variadic", "verbose", "when", "where", "window", "with",
];

/// Words that MariaDB 10.11 refuses as the name of a column, and MySQL as well.
/// Source: MySQL 8.4, "Keywords and Reserved Words".
#[rustfmt::skip]
pub(super) const MYSQL_AND_MARIADB: Words = &[
    "accessible", "add", "all", "alter", "analyze", "and", "as", "asc", "asensitive", "before",
    "between", "bigint", "binary", "blob", "both", "by", "call", "cascade", "case", "change",
    "char", "character", "check", "collate", "column", "condition", "constraint", "continue",
    "convert", "create", "cross", "current_date", "current_time", "current_timestamp",
    "current_user", "cursor", "databases", "day_hour", "day_microsecond", "day_minute",
    "day_second", "dec", "decimal", "declare", "default", "delayed", "delete", "desc",
    "describe", "deterministic", "distinct", "distinctrow", "div", "double", "drop", "dual",
    "each", "else", "elseif", "enclosed", "escaped", "except", "exists", "exit", "explain",
    "false", "fetch", "float", "float4", "float8", "for", "force", "foreign", "from",
    "fulltext", "grant", "group", "having", "high_priority", "hour_microsecond", "hour_minute",
    "hour_second", "if", "in", "index", "infile", "inner", "inout", "insensitive", "insert",
    "int", "int1", "int2", "int3", "int4", "int8", "integer", "intersect", "interval", "into",
    "is", "iterate", "join", "key", "keys", "kill", "leading", "leave", "left", "like", "limit",
    "linear", "lines", "load", "localtime", "localtimestamp", "lock", "long", "longblob",
    "longtext", "loop", "low_priority", "master_ssl_verify_server_cert", "match", "maxvalue",
    "mediumblob", "mediumint", "mediumtext", "middleint", "minute_microsecond", "minute_second",
    "mod", "modifies", "natural", "no_write_to_binlog", "not", "null", "numeric", "on",
    "optimize", "option", "optionally", "or", "order", "out", "outer", "outfile", "over",
    "partition", "precision", "primary", "procedure", "purge", "range", "read", "read_write",
    "reads", "real", "recursive", "references", "regexp", "release", "rename", "repeat",
    "replace", "require", "resignal", "restrict", "return", "revoke", "right", "rlike",
    "row_number", "rows", "schemas", "second_microsecond", "select", "sensitive", "separator",
    "set", "show", "signal", "smallint", "spatial", "specific", "sql", "sql_big_result",
    "sql_calc_found_rows", "sql_small_result", "sqlexception", "sqlstate", "sqlwarning", "ssl",
    "starting", "straight_join", "table", "terminated", "then", "tinyblob", "tinyint",
    "tinytext", "to", "trailing", "trigger", "true", "undo", "union", "unique", "unlock",
    "unsigned", "update", "usage", "use", "using", "utc_date", "utc_time", "utc_timestamp",
    "values", "varbinary", "varchar", "varcharacter", "varying", "when", "where", "while",
    "with", "write", "xor", "year_month", "zerofill",
];

/// Further ones of MySQL 8.4.
#[rustfmt::skip]
pub(super) const MYSQL: Words = &[
    "cube", "cume_dist", "dense_rank", "empty", "first_value", "function", "generated", "get",
    "grouping", "groups", "io_after_gtids", "io_before_gtids", "json_table", "lag",
    "last_value", "lateral", "lead", "master_bind", "nth_value", "ntile", "of",
    "optimizer_costs", "percent_rank", "rank", "row", "stored", "system", "virtual", "window",
];

/// Further ones of MariaDB 10.11.
pub(super) const MARIADB: Words = &["current_role", "offset", "returning"];

/// Words that SQLite 3.40 refuses as the name of a column.
#[rustfmt::skip]
pub(super) const SQLITE: Words = &[
    "add", "all", "alter", "and", "as", "autoincrement", "between", "case", "check", "collate",
    "commit", "constraint", "create", "default", "deferrable", "delete", "distinct", "drop",
    "else", "escape", "except", "exists", "foreign", "from", "group", "having", "in", "index",
    "insert", "intersect", "into", "is", "isnull", "join", "limit", "not", "nothing", "notnull",
    "null", "on", "or", "order", "primary", "references", "returning", "select", "set", "table",
    "then", "to", "transaction", "union", "unique", "update", "using", "values", "when",
    "where",
];

/// Source: Oracle 19c, "Oracle SQL Reserved Words".
#[rustfmt::skip]
pub(super) const ORACLE: Words = &[
    "access", "add", "all", "alter", "and", "any", "as", "asc", "audit", "between", "by",
    "char", "check", "cluster", "column", "column_value", "comment", "compress", "connect",
    "create", "current", "date", "decimal", "default", "delete", "desc", "distinct", "drop",
    "else", "exclusive", "exists", "file", "float", "for", "from", "grant", "group", "having",
    "identified", "immediate", "in", "increment", "index", "initial", "insert", "integer",
    "intersect", "into", "is", "level", "like", "lock", "long", "maxextents", "minus",
    "mlslabel", "mode", "modify", "nested_table_id", "noaudit", "nocompress", "not", "nowait",
    "null", "number", "of", "offline", "on", "online", "option", "or", "order", "pctfree",
    "prior", "public", "raw", "rename", "resource", "revoke", "row", "rowid", "rownum", "rows",
    "select", "session", "set", "share", "size", "smallint", "start", "successful", "synonym",
    "sysdate", "table", "then", "to", "trigger", "uid", "union", "unique", "update", "user",
    "validate", "values", "varchar", "varchar2", "view", "whenever", "where", "with",
];
