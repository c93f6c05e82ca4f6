//! The form of a configuration: every key with its type, its default and what it is for.
//!
//! The schema for editors, `whimbrel config` and the suggestions for misspelt keys come
//! from here; reading itself is done by hand, for errors with places.

#![allow(dead_code, reason = "the types are there for their schema")]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::Value;

/// Configuration of whimbrel, in `whimbrel.toml`, `.whimbrel.toml` or the table
/// `[tool.whimbrel]` of `pyproject.toml`.
#[derive(JsonSchema)]
#[schemars(rename = "whimbrel", rename_all = "kebab-case", deny_unknown_fields)]
struct ConfigFile {
    /// Labels of apps and their migration folders, for what discovery cannot tell.
    apps: Option<BTreeMap<String, String>>,
    /// The file of accepted findings.
    baseline: Option<String>,
    /// The dialect of the databases: `mariadb` where Django's engine says MySQL, or any where
    /// the settings tell none.
    dialect: Option<String>,
    /// The servers that migrations are judged for, such as `postgresql>=14`. By default those
    /// of `DATABASES`; where no settings tell, PostgreSQL, MySQL and SQLite.
    dialects: Option<Vec<String>>,
    /// What is left out, by patterns as in `.gitignore`.
    exclude: Option<Vec<String>>,
    /// Another configuration file, whose keys hold where this one says nothing.
    extend: Option<String>,
    /// Rules, categories or groups that are applied besides.
    extend_select: Option<Vec<String>>,
    /// Rules, categories or groups that are not applied.
    ignore: Option<Vec<String>>,
    /// What holds for the migrations of single apps, by label.
    per_app: Option<BTreeMap<String, PerApp>>,
    /// Patterns as in `.gitignore`, and the rules that do not hold there.
    per_file_ignores: Option<BTreeMap<String, Vec<String>>>,
    /// The Python environment of installed apps.
    python_env: Option<String>,
    /// Comments that take findings away must say why.
    require_reason: Option<bool>,
    /// The rules, categories or groups that are applied; `recommended` by default.
    select: Option<Vec<String>>,
    /// The version of the database server, such as `10.6`.
    server_version: Option<String>,
    /// The settings module, dotted or as a path; by default the one that `manage.py` names.
    settings: Option<String>,
    /// Rules, categories or groups and the level of their findings.
    severity: Option<BTreeMap<String, SeverityLevel>>,
    /// Where judging begins: the first migration (`orders.0042`) or the first day
    /// (`2024-06-30`), or several.
    since: Option<OneOrSeveral>,
    /// Models (`shop.setting`) and tables (`shop_setting`) with few rows.
    small: Option<Vec<String>>,
}

/// What holds for one app.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
struct PerApp {
    extend_select: Option<Vec<String>>,
    ignore: Option<Vec<String>>,
    severity: Option<BTreeMap<String, SeverityLevel>>,
}

/// How grave findings are.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum SeverityLevel {
    Error,
    Warning,
    Info,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

/// A key as people are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub name: String,
    pub about: String,
    pub kind: Kind,
}

/// What a key's value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    TextOrList,
    List,
    Flag,
    Table,
}

impl Kind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::TextOrList => "a string or an array of strings",
            Self::List => "an array of strings",
            Self::Flag => "`true` or `false`",
            Self::Table => "a table",
        }
    }
}

fn schema() -> Value {
    schemars::schema_for!(ConfigFile).to_value()
}

/// The JSON schema, as it is published.
#[must_use]
pub fn config_schema() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// All keys, sorted.
#[must_use]
pub fn config_keys() -> Vec<Key> {
    let schema = schema();
    let properties = schema["properties"].as_object();
    let mut keys: Vec<Key> = properties
        .into_iter()
        .flatten()
        .map(|(name, property)| Key {
            name: name.clone(),
            about: about(property),
            kind: kind(property),
        })
        .collect();
    keys.sort_by(|left, right| left.name.cmp(&right.name));
    keys
}

fn about(property: &Value) -> String {
    let text = property["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn kind(property: &Value) -> Kind {
    let types: Vec<&str> = match &property["type"] {
        Value::String(only) => vec![only.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Kind::TextOrList,
    };
    if types.contains(&"array") {
        Kind::List
    } else if types.contains(&"boolean") {
        Kind::Flag
    } else if types.contains(&"object") {
        Kind::Table
    } else {
        Kind::Text
    }
}
