//! Conditions that a database decides, as tests of `django.db.connection`.

use super::Writer;
use super::value::text;
use crate::ir::value::{Comparison, Condition};

impl Writer<'_> {
    /// A test of the database, as an expression that needs no parentheses after `if`
    /// and in `and`.
    pub(super) fn condition(&mut self, condition: &Condition) -> String {
        self.import("from django.db import connection");
        self.test(condition, None)
    }

    /// A test where the connection is known to be of a vendor.
    fn test(&mut self, condition: &Condition, known: Option<&str>) -> String {
        match condition {
            Condition::Feature { name, .. } => format!("connection.features.{name}"),
            Condition::Vendor { vendors, .. } => match vendors.as_slice() {
                // Django's vendor of MariaDB is MySQL's, and only its connections know
                // which of the two it is.
                [only] if only == "mariadb" && known == Some("mysql") => {
                    "connection.mysql_is_mariadb".to_owned()
                }
                [only] if only == "mariadb" => {
                    "connection.vendor == 'mysql' and connection.mysql_is_mariadb".to_owned()
                }
                [only] => format!("connection.vendor == {}", text(only)),
                several => {
                    let names: Vec<String> = several.iter().map(|name| text(name)).collect();
                    format!("connection.vendor in [{}]", names.join(", "))
                }
            },
            Condition::Schema { span, .. } => {
                self.fail(*span, "it depends on the tables that there are");
                String::new()
            }
            Condition::Version {
                comparison,
                version,
                span,
            } => match known {
                Some(vendor) => version_test(vendor, *comparison, version),
                None => {
                    self.fail(*span, "it depends on the version of an unnamed server");
                    String::new()
                }
            },
            Condition::Not(inner) => {
                let test = self.test(inner, known);
                if is_compound(inner, known) {
                    format!("not ({test})")
                } else {
                    format!("not {test}")
                }
            }
            Condition::All(parts) if parts.is_empty() => "True".to_owned(),
            Condition::All(parts) => {
                let mut known = known;
                let mut tests = Vec::with_capacity(parts.len());
                for part in parts {
                    let test = self.test(part, known);
                    tests.push(match part {
                        Condition::Any(_) => format!("({test})"),
                        _ => test,
                    });
                    known = only_vendor(part).or(known);
                }
                tests.join(" and ")
            }
            Condition::Any(parts) if parts.is_empty() => "False".to_owned(),
            Condition::Any(parts) => {
                let tests: Vec<String> = parts.iter().map(|part| self.test(part, known)).collect();
                tests.join(" or ")
            }
            Condition::Unknown(unknown) => {
                self.unwritable.push(unknown.clone());
                String::new()
            }
        }
    }
}

/// Whether a test is written with `and` or `or`.
fn is_compound(condition: &Condition, known: Option<&str>) -> bool {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => !parts.is_empty(),
        Condition::Vendor { vendors, .. } => {
            known != Some("mysql") && matches!(vendors.as_slice(), [only] if only == "mariadb")
        }
        _ => false,
    }
}

/// The vendor that a condition asks for, if it is one.
fn only_vendor(condition: &Condition) -> Option<&str> {
    match condition {
        Condition::Vendor { vendors, .. } => match vendors.as_slice() {
            [only] if only == "mariadb" => Some("mysql"),
            [only] => Some(only.as_str()),
            _ => None,
        },
        _ => None,
    }
}

/// A comparison of as many parts of the server's version as are given.
/// Source: `DatabaseWrapper` in `django/db/backends/*/base.py`, 5.2.
fn version_test(vendor: &str, comparison: Comparison, version: &[u32]) -> String {
    let sign = match comparison {
        Comparison::Equal => "==",
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
    };
    let parts: Vec<String> = version.iter().map(u32::to_string).collect();
    let comma = if parts.len() == 1 { "," } else { "" };
    let tuple = format!("({}{comma})", parts.join(", "));
    let server = match vendor {
        // 160002 is 16.2.
        "postgresql" => "divmod(connection.pg_version, 10000)",
        "sqlite" => "connection.Database.sqlite_version_info",
        "oracle" => "connection.oracle_version",
        _ => "connection.mysql_version",
    };
    format!("{server}[:{}] {sign} {tuple}", parts.len())
}
