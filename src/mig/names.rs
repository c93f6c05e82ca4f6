//! The short names of `.mig` and what they stand for in Django: one table for each
//! kind, read by the lowering and, the other way round, by the writer.
//!
//! Sources: `django/db/models/fields/`, `django/db/models/functions/`,
//! `django/contrib/{postgres,gis}/`, Django 5.2.

/// A type of fields.
#[derive(Debug)]
pub(super) struct TypeName {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    /// What the arguments in parentheses are called in Django.
    pub(super) parameters: &'static [&'static str],
    /// Options beyond those of all fields, by their names here.
    pub(super) options: &'static [&'static str],
}

macro_rules! types {
    ($($name:literal $class:literal ($($parameter:literal),*) [$($option:literal),*];)*) => {
        &[$(TypeName {
            name: $name,
            class: $class,
            parameters: &[$($parameter),*],
            options: &[$($option),*],
        }),*]
    };
}

const RELATION: &[&str] = &[
    "related_name",
    "related_query_name",
    "limit_choices_to",
    "swappable",
];

/// Sorted by nothing: in the order in which people would list them.
pub(super) static TYPES: &[TypeName] = types! {
    "auto" "django.db.models.AutoField" () [];
    "bigauto" "django.db.models.BigAutoField" () [];
    "smallauto" "django.db.models.SmallAutoField" () [];
    "int" "django.db.models.IntegerField" () [];
    "bigint" "django.db.models.BigIntegerField" () [];
    "smallint" "django.db.models.SmallIntegerField" () [];
    "posint" "django.db.models.PositiveIntegerField" () [];
    "posbigint" "django.db.models.PositiveBigIntegerField" () [];
    "possmallint" "django.db.models.PositiveSmallIntegerField" () [];
    "bool" "django.db.models.BooleanField" () [];
    "float" "django.db.models.FloatField" () [];
    "decimal" "django.db.models.DecimalField" ("max_digits", "decimal_places") [];
    "date" "django.db.models.DateField" () ["auto_now", "auto_now_add"];
    "datetime" "django.db.models.DateTimeField" () ["auto_now", "auto_now_add"];
    "time" "django.db.models.TimeField" () ["auto_now", "auto_now_add"];
    "duration" "django.db.models.DurationField" () [];
    "char" "django.db.models.CharField" ("max_length") ["collation"];
    "text" "django.db.models.TextField" () ["collation"];
    "slug" "django.db.models.SlugField" ("max_length") ["allow_unicode", "collation"];
    "email" "django.db.models.EmailField" ("max_length") ["collation"];
    "url" "django.db.models.URLField" ("max_length") ["collation"];
    "uuid" "django.db.models.UUIDField" () [];
    "ip" "django.db.models.GenericIPAddressField" () ["protocol", "unpack_ipv4"];
    "binary" "django.db.models.BinaryField" ("max_length") [];
    "json" "django.db.models.JSONField" () ["encoder", "decoder"];
    "file" "django.db.models.FileField" () ["upload_to", "storage"];
    "image" "django.db.models.ImageField" ()
        ["upload_to", "storage", "width_field", "height_field"];
    "filepath" "django.db.models.FilePathField" ()
        ["path", "match", "recursive", "allow_files", "allow_folders"];
    "generated" "django.db.models.GeneratedField" ("output_field", "expression", "db_persist")
        ["output_field", "expression", "db_persist"];
    "composite" "django.db.models.CompositePrimaryKey" () [];
    "fk" "django.db.models.ForeignKey" ("to", "on_delete")
        ["to_field", "parent_link", "constraint", "on_delete"];
    "o2o" "django.db.models.OneToOneField" ("to", "on_delete")
        ["to_field", "parent_link", "constraint", "on_delete"];
    "m2m" "django.db.models.ManyToManyField" ("to")
        ["through", "through_fields", "symmetrical", "table", "constraint"];
    "fobject" "django.db.models.ForeignObject" ("to", "on_delete")
        ["from_fields", "to_fields", "parent_link", "on_delete"];
    "order_wrt" "django.db.models.fields.proxy.OrderWrt" () [];
    "array" "django.contrib.postgres.fields.ArrayField" ("base_field") ["size"];
    "hstore" "django.contrib.postgres.fields.HStoreField" () [];
    "int_range" "django.contrib.postgres.fields.IntegerRangeField" () ["default_bounds"];
    "bigint_range" "django.contrib.postgres.fields.BigIntegerRangeField" () ["default_bounds"];
    "decimal_range" "django.contrib.postgres.fields.DecimalRangeField" () ["default_bounds"];
    "date_range" "django.contrib.postgres.fields.DateRangeField" () ["default_bounds"];
    "datetime_range" "django.contrib.postgres.fields.DateTimeRangeField" () ["default_bounds"];
    "tsvector" "django.contrib.postgres.search.SearchVectorField" () [];
    "gis.geometry" "django.contrib.gis.db.models.GeometryField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.point" "django.contrib.gis.db.models.PointField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.linestring" "django.contrib.gis.db.models.LineStringField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.polygon" "django.contrib.gis.db.models.PolygonField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.multipoint" "django.contrib.gis.db.models.MultiPointField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.multilinestring" "django.contrib.gis.db.models.MultiLineStringField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.multipolygon" "django.contrib.gis.db.models.MultiPolygonField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.geometrycollection" "django.contrib.gis.db.models.GeometryCollectionField" ()
        ["srid", "dim", "geography", "spatial_index", "extent", "tolerance"];
    "gis.raster" "django.contrib.gis.db.models.RasterField" () ["srid", "spatial_index"];
};

/// Options of all fields, by their names here.
pub(super) const OPTIONS: &[&str] = &[
    "null",
    "blank",
    "unique",
    "pk",
    "index",
    "default",
    "db_default",
    "fill",
    "editable",
    "serialize",
    "auto_created",
    "implicit",
    "choices",
    "column",
    "tablespace",
    "comment",
    "verbose_name",
    "help_text",
    "error_messages",
    "validators",
    "max_length",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "online",
];

/// Options that have another name in Django.
const RENAMED_OPTIONS: &[(&str, &str)] = &[
    ("pk", "primary_key"),
    ("index", "db_index"),
    ("column", "db_column"),
    ("tablespace", "db_tablespace"),
    ("comment", "db_comment"),
    ("collation", "db_collation"),
    ("constraint", "db_constraint"),
    ("table", "db_table"),
];

/// Django's name of an option.
pub(super) fn option_in_django(name: &str) -> &str {
    RENAMED_OPTIONS
        .iter()
        .find(|(own, _)| *own == name)
        .map_or(name, |(_, django)| django)
}

/// Our name of one of Django's options, if it has another one.
pub(super) fn renamed_option(django: &str) -> Option<&'static str> {
    RENAMED_OPTIONS
        .iter()
        .find(|(_, name)| *name == django)
        .map(|(own, _)| *own)
}

impl TypeName {
    pub(super) fn by_name(name: &str) -> Option<&'static Self> {
        TYPES.iter().find(|of| of.name == name)
    }

    /// The type of one of Django's field classes, by any of its paths.
    pub(super) fn by_class(class: &str) -> Option<&'static Self> {
        let (package, name) = class.rsplit_once('.')?;
        TYPES.iter().find(|of| {
            of.class
                .rsplit_once('.')
                .is_some_and(|(of_package, of_name)| {
                    of_name == name && is_same_package(of_package, package, name)
                })
        })
    }

    pub(super) fn is_relation(&self) -> bool {
        matches!(self.name, "fk" | "o2o" | "m2m" | "fobject")
    }

    /// Whether the type takes an option, by its name here.
    pub(super) fn takes(&self, option: &str) -> bool {
        OPTIONS.contains(&option)
            || self.options.contains(&option)
            || self.is_relation() && RELATION.contains(&option)
    }

    /// All options by their names here.
    pub(super) fn all_options(&self) -> impl Iterator<Item = &'static str> {
        let relation: &[&str] = if self.is_relation() { RELATION } else { &[] };
        OPTIONS.iter().chain(self.options).chain(relation).copied()
    }
}

/// Whether Django has the class under both packages: it re-exports its fields from
/// `django.db.models.fields` in `django.db.models`, and so on.
fn is_same_package(public: &str, package: &str, class: &str) -> bool {
    if public == package {
        return true;
    }
    match public {
        "django.db.models" => match package {
            "django.db.models.fields"
            | "django.db.models.fields.related"
            | "django.db.models.fields.files"
            | "django.db.models.fields.json"
            | "django.db.models.fields.generated"
            | "django.db.models.fields.composite" => true,
            // An older JSONField of its own.
            "django.contrib.postgres.fields" | "django.contrib.postgres.fields.jsonb" => false,
            "django.contrib.gis.db.models" => class != "GeometryField",
            _ => false,
        },
        "django.contrib.postgres.fields" => package
            .strip_prefix("django.contrib.postgres.fields.")
            .is_some(),
        "django.contrib.gis.db.models" => package == "django.contrib.gis.db.models.fields",
        _ => false,
    }
}

/// What people write for a type out of habit, in lower case.
pub(super) fn type_habit(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    if let Some(of) = TYPES.iter().find(|of| {
        of.name == lower
            || of
                .class
                .rsplit('.')
                .next()
                .is_some_and(|class| class.eq_ignore_ascii_case(name))
    }) {
        return Some(of.name);
    }
    Some(match lower.as_str() {
        "varchar" | "character" | "nvarchar" | "str" | "string" | "charfield" => "char",
        "integer" | "int4" | "number" | "mediumint" => "int",
        "int8" | "long" => "bigint",
        "int2" | "short" | "tinyint" => "smallint",
        "boolean" | "bit" => "bool",
        "timestamp" | "timestamptz" | "datetimeoffset" => "datetime",
        "double" | "real" | "float8" | "float4" => "float",
        "numeric" | "money" | "number(" => "decimal",
        "serial" => "auto",
        "bigserial" => "bigauto",
        "smallserial" => "smallauto",
        "jsonb" => "json",
        "bytea" | "blob" | "bytes" => "binary",
        "clob" | "longtext" | "mediumtext" => "text",
        "guid" => "uuid",
        "interval" => "duration",
        "inet" => "ip",
        "foreignkey" | "foreign_key" | "references" | "ref" => "fk",
        "onetoone" | "onetoonefield" | "one_to_one" => "o2o",
        "manytomany" | "many_to_many" => "m2m",
        _ => return None,
    })
}

/// What people write for an option out of habit.
pub(super) fn option_habit(name: &str) -> Option<&'static str> {
    if let Some(own) = renamed_option(name) {
        return Some(own);
    }
    Some(match name.to_ascii_lowercase().as_str() {
        "primary" | "primarykey" | "id" => "pk",
        "nullable" | "optional" => "null",
        "default_value" | "defaultvalue" => "default",
        "server_default" => "db_default",
        "length" | "size" | "maxlength" => "max_length",
        "help" | "helptext" => "help_text",
        "label" | "verbose" => "verbose_name",
        "related" | "backref" => "related_name",
        "indexed" => "index",
        _ => return None,
    })
}

/// What happens when the target of a relation is deleted.
pub(super) const ON_DELETE: &[(&str, &str)] = &[
    ("cascade", "CASCADE"),
    ("protect", "PROTECT"),
    ("restrict", "RESTRICT"),
    ("set_null", "SET_NULL"),
    ("set_default", "SET_DEFAULT"),
    ("do_nothing", "DO_NOTHING"),
    ("db_cascade", "DB_CASCADE"),
    ("db_set_null", "DB_SET_NULL"),
    ("db_set_default", "DB_SET_DEFAULT"),
];

/// Kinds of index.
pub(super) const INDEX_CLASSES: &[(&str, &str)] = &[
    ("gin", "django.contrib.postgres.indexes.GinIndex"),
    ("gist", "django.contrib.postgres.indexes.GistIndex"),
    ("brin", "django.contrib.postgres.indexes.BrinIndex"),
    ("bloom", "django.contrib.postgres.indexes.BloomIndex"),
    ("hash", "django.contrib.postgres.indexes.HashIndex"),
    ("spgist", "django.contrib.postgres.indexes.SpGistIndex"),
    ("btree", "django.contrib.postgres.indexes.BTreeIndex"),
];

/// Extensions with a class of their own in `django.contrib.postgres.operations`.
pub(super) const EXTENSIONS: &[(&str, &str)] = &[
    ("bloom", "BloomExtension"),
    ("btree_gin", "BtreeGinExtension"),
    ("btree_gist", "BtreeGistExtension"),
    ("citext", "CITextExtension"),
    ("pgcrypto", "CryptoExtension"),
    ("hstore", "HStoreExtension"),
    ("pg_trgm", "TrigramExtension"),
    ("unaccent", "UnaccentExtension"),
];

/// Dialects that `on` knows: their name, other spellings, and what they stand for.
pub(super) const DIALECTS: &[(&str, &[&str])] = &[
    ("postgres", &["postgresql", "pg", "psql"]),
    ("mysql", &[]),
    ("mariadb", &["maria"]),
    ("sqlite", &["sqlite3"]),
    ("oracle", &[]),
];

/// Expressions with names of their own; all other functions are in [`function`].
pub(super) const CONSTRUCTS: &[(&str, &str)] = &[
    ("F", "django.db.models.F"),
    ("Q", "django.db.models.Q"),
    ("Value", "django.db.models.Value"),
    ("case", "django.db.models.Case"),
    ("when", "django.db.models.When"),
    ("cast", "django.db.models.functions.Cast"),
    ("collate", "django.db.models.functions.Collate"),
    ("exists", "django.db.models.Exists"),
    ("func", "django.db.models.Func"),
    ("sql", "django.db.models.expressions.RawSQL"),
    ("count", "django.db.models.Count"),
    ("sum", "django.db.models.Sum"),
    ("avg", "django.db.models.Avg"),
    ("min", "django.db.models.Min"),
    ("max", "django.db.models.Max"),
    ("std_dev", "django.db.models.StdDev"),
    ("variance", "django.db.models.Variance"),
];

const CORE: &str = "django.db.models.functions";

/// Functions by package, with their classes; names are the classes' in snake case.
const FUNCTIONS: &[(&str, &[(&str, &str)])] = &[
    (
        CORE,
        &[
            ("abs", "Abs"),
            ("acos", "ACos"),
            ("asin", "ASin"),
            ("atan", "ATan"),
            ("atan2", "ATan2"),
            ("ceil", "Ceil"),
            ("chr", "Chr"),
            ("coalesce", "Coalesce"),
            ("concat", "Concat"),
            ("concat_pair", "ConcatPair"),
            ("cos", "Cos"),
            ("cot", "Cot"),
            ("cume_dist", "CumeDist"),
            ("degrees", "Degrees"),
            ("dense_rank", "DenseRank"),
            ("exp", "Exp"),
            ("extract", "Extract"),
            ("extract_day", "ExtractDay"),
            ("extract_hour", "ExtractHour"),
            ("extract_iso_week_day", "ExtractIsoWeekDay"),
            ("extract_iso_year", "ExtractIsoYear"),
            ("extract_minute", "ExtractMinute"),
            ("extract_month", "ExtractMonth"),
            ("extract_quarter", "ExtractQuarter"),
            ("extract_second", "ExtractSecond"),
            ("extract_week", "ExtractWeek"),
            ("extract_week_day", "ExtractWeekDay"),
            ("extract_year", "ExtractYear"),
            ("first_value", "FirstValue"),
            ("floor", "Floor"),
            ("greatest", "Greatest"),
            ("json_array", "JSONArray"),
            ("json_object", "JSONObject"),
            ("lag", "Lag"),
            ("last_value", "LastValue"),
            ("lead", "Lead"),
            ("least", "Least"),
            ("left", "Left"),
            ("length", "Length"),
            ("ln", "Ln"),
            ("log", "Log"),
            ("lower", "Lower"),
            ("lpad", "LPad"),
            ("ltrim", "LTrim"),
            ("md5", "MD5"),
            ("mod", "Mod"),
            ("now", "Now"),
            ("nth_value", "NthValue"),
            ("ntile", "Ntile"),
            ("null_if", "NullIf"),
            ("ord", "Ord"),
            ("percent_rank", "PercentRank"),
            ("pi", "Pi"),
            ("power", "Power"),
            ("radians", "Radians"),
            ("random", "Random"),
            ("rank", "Rank"),
            ("repeat", "Repeat"),
            ("replace", "Replace"),
            ("reverse", "Reverse"),
            ("right", "Right"),
            ("round", "Round"),
            ("row_number", "RowNumber"),
            ("rpad", "RPad"),
            ("rtrim", "RTrim"),
            ("sha1", "SHA1"),
            ("sha224", "SHA224"),
            ("sha256", "SHA256"),
            ("sha384", "SHA384"),
            ("sha512", "SHA512"),
            ("sign", "Sign"),
            ("sin", "Sin"),
            ("sqrt", "Sqrt"),
            ("str_index", "StrIndex"),
            ("substr", "Substr"),
            ("tan", "Tan"),
            ("trim", "Trim"),
            ("trunc", "Trunc"),
            ("trunc_date", "TruncDate"),
            ("trunc_day", "TruncDay"),
            ("trunc_hour", "TruncHour"),
            ("trunc_minute", "TruncMinute"),
            ("trunc_month", "TruncMonth"),
            ("trunc_quarter", "TruncQuarter"),
            ("trunc_second", "TruncSecond"),
            ("trunc_time", "TruncTime"),
            ("trunc_week", "TruncWeek"),
            ("trunc_year", "TruncYear"),
            ("upper", "Upper"),
        ],
    ),
    (
        "django.db.models.fields.json",
        &[
            ("kt", "KT"),
            ("key_transform", "KeyTransform"),
            ("key_text_transform", "KeyTextTransform"),
        ],
    ),
    (
        "django.contrib.postgres.search",
        &[
            ("search_vector", "SearchVector"),
            ("search_query", "SearchQuery"),
            ("search_rank", "SearchRank"),
            ("trigram_similarity", "TrigramSimilarity"),
            ("trigram_distance", "TrigramDistance"),
        ],
    ),
    (
        "django.contrib.postgres.functions",
        &[
            ("random_uuid", "RandomUUID"),
            ("transaction_now", "TransactionNow"),
        ],
    ),
    (
        "django.contrib.postgres.lookups",
        &[("unaccent", "Unaccent")],
    ),
];

/// The package and class of a function.
pub(super) fn function(name: &str) -> Option<(&'static str, &'static str)> {
    FUNCTIONS.iter().find_map(|(package, functions)| {
        functions
            .binary_search_by(|(own, _)| (*own).cmp(name))
            .ok()
            .or_else(|| functions.iter().position(|(own, _)| *own == name))
            .and_then(|at| functions.get(at))
            .map(|(_, class)| (*package, *class))
    })
}

/// All names of functions and constructs.
pub(super) fn function_names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS
        .iter()
        .flat_map(|(_, functions)| functions.iter().map(|(name, _)| *name))
        .chain(CONSTRUCTS.iter().map(|(name, _)| *name))
}

/// The name of a class of Django's functions, by any of its paths.
pub(super) fn function_of_class(class: &str) -> Option<&'static str> {
    let (package, name) = class.rsplit_once('.')?;
    for (own, path) in CONSTRUCTS {
        if let Some((public, of)) = path.rsplit_once('.')
            && of == name
            && (package == public
                || matches!(
                    package,
                    "django.db.models"
                        | "django.db.models.expressions"
                        | "django.db.models.aggregates"
                        | "django.db.models.query_utils"
                        | "django.db.models.functions"
                        | "django.db.models.functions.comparison"
                ))
        {
            return Some(own);
        }
    }
    FUNCTIONS.iter().find_map(|(public, functions)| {
        let is_home = package == *public
            || *public == CORE && package.starts_with("django.db.models.functions.");
        let found = functions.iter().find(|(_, of)| *of == name);
        found.filter(|_| is_home).map(|(own, _)| *own)
    })
}

/// Whether a path names a class of Django whose arguments are expressions.
pub(super) fn is_expression_class(path: &str) -> bool {
    function_of_class(path).is_some()
        || path.starts_with("django.db.models.expressions.")
        || path.starts_with("django.db.models.functions.")
        || path.starts_with("django.db.models.lookups.")
}

/// By which name [`is_plain_argument`] knows a class: ours, else Django's.
pub(super) fn function_key(class: &str) -> &str {
    function_of_class(class).unwrap_or_else(|| class.rsplit('.').next().unwrap_or_default())
}

/// Arguments of functions that are no expressions: Python values, by position.
pub(super) fn is_plain_argument(function: &str, at: usize) -> bool {
    matches!(
        (function, at),
        ("collate" | "extract" | "trunc" | "CombinedExpression", 1)
            | ("key_transform" | "key_text_transform", 0)
            | ("sql", _)
            | ("Value", 0)
    )
}

/// Comparisons, with the lookup and the class that compares expressions.
pub(super) const COMPARISONS: &[(super::tree::Comparison, &str, &str)] = {
    use super::tree::Comparison;
    &[
        (Comparison::Equal, "", "Exact"),
        (Comparison::Less, "lt", "LessThan"),
        (Comparison::LessEqual, "lte", "LessThanOrEqual"),
        (Comparison::Greater, "gt", "GreaterThan"),
        (Comparison::GreaterEqual, "gte", "GreaterThanOrEqual"),
    ]
};

/// Built-in functions and types of Python that values may name.
pub(super) const BUILTINS: &[&str] = &[
    "bool",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "object",
    "range",
    "set",
    "slice",
    "str",
    "tuple",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_classes_lead_to_each_other() {
        for of in TYPES {
            let found = TypeName::by_class(of.class).map(|found| found.name);
            assert_eq!(found, Some(of.name), "{}", of.class);
        }
        let names: Vec<&str> = function_names().collect();
        for name in names {
            let class = match function(name) {
                Some((package, class)) => format!("{package}.{class}"),
                None => CONSTRUCTS
                    .iter()
                    .find(|(own, _)| *own == name)
                    .map(|(_, class)| (*class).to_owned())
                    .unwrap(),
            };
            assert_eq!(function_of_class(&class), Some(name), "{class}");
        }
    }

    #[test]
    fn classes_are_known_by_every_path_of_django() {
        for (class, name) in [
            ("django.db.models.fields.related.ForeignKey", "fk"),
            (
                "django.contrib.gis.db.models.fields.PointField",
                "gis.point",
            ),
            ("django.contrib.postgres.fields.array.ArrayField", "array"),
        ] {
            assert_eq!(TypeName::by_class(class).map(|of| of.name), Some(name));
        }
        assert_eq!(
            function_of_class("django.db.models.functions.text.Lower"),
            Some("lower")
        );
        assert_eq!(function_of_class("shop.functions.Lower"), None);
        assert!(TypeName::by_class("shop.fields.CharField").is_none());
    }
}
