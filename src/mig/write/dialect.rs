//! Operations that only some databases get, as `on` blocks.

use super::super::names::DIALECTS;
use super::Writer;
use crate::ir::value::{Comparison, Condition};
use crate::python::WrittenOperation;

impl Writer<'_> {
    /// Operations of the file: those under one condition share a block.
    pub(super) fn conditional_operations(
        &mut self,
        operations: &[WrittenOperation],
        out: &mut String,
    ) {
        let mut at = 0;
        while let Some(first) = operations.get(at) {
            let rest = operations.get(at..).unwrap_or_default();
            let count = run(rest, first.condition.as_ref());
            let group = rest.get(..count).unwrap_or_default();
            at += count;
            let Some(condition) = &first.condition else {
                self.block(group, out);
                continue;
            };
            // What is there in all other cases is the `else`.
            let negated = negation(condition);
            let after = operations.get(at..).unwrap_or_default();
            let others = match negated {
                Some(_) => run(after, negated.as_ref()),
                None => 0,
            };
            let otherwise = after.get(..others).unwrap_or_default();
            at += others;
            match (tests(condition), negated.as_ref().and_then(tests)) {
                (Some(tests), _) => self.on(&tests, group, otherwise, out),
                (None, Some(tests)) => self.on(&tests, otherwise, group, out),
                (None, None) => {
                    self.obstacle(
                        Some(&first.value),
                        "it is there under a condition that `on` cannot tell",
                    );
                }
            }
        }
    }

    fn on(
        &mut self,
        tests: &str,
        then: &[WrittenOperation],
        otherwise: &[WrittenOperation],
        out: &mut String,
    ) {
        out.push_str(&format!("on {tests} {{\n"));
        self.block(then, out);
        out.push('}');
        if !otherwise.is_empty() {
            out.push_str(" else {\n");
            self.block(otherwise, out);
            out.push('}');
        }
        out.push('\n');
    }

    fn block(&mut self, operations: &[WrittenOperation], out: &mut String) {
        let values: Vec<_> = operations
            .iter()
            .map(|operation| operation.value.clone())
            .collect();
        self.operations(&values, out);
    }
}

/// How many operations from the first on have the condition.
fn run(operations: &[WrittenOperation], condition: Option<&Condition>) -> usize {
    operations
        .iter()
        .take_while(|operation| operation.condition.as_ref() == condition)
        .count()
}

fn negation(condition: &Condition) -> Option<Condition> {
    Some(match condition {
        Condition::Not(inner) => (**inner).clone(),
        other => Condition::Not(Box::new(other.clone())),
    })
}

/// `postgres >= 12, sqlite`, where these are what a condition asks for, and no other
/// database.
fn tests(condition: &Condition) -> Option<String> {
    if left_on(condition, None) != Left::Never {
        return None;
    }
    let mut out: Vec<String> = Vec::new();
    for (name, _) in DIALECTS {
        match left_on(condition, Some(name)) {
            Left::Always => out.push((*name).to_owned()),
            Left::Never => {}
            Left::Versions(versions) => {
                out.extend(versions.iter().map(|version| format!("{name} {version}")));
            }
            Left::More => return None,
        }
    }
    (!out.is_empty()).then(|| out.join(", "))
}

/// What a condition still asks where the database is known.
#[derive(PartialEq)]
enum Left {
    Always,
    Never,
    /// Any of these versions: `>= 12`.
    Versions(Vec<String>),
    /// What one test of `on` cannot ask.
    More,
}

/// What is left of a condition on one of the databases that `on` names, or on one that
/// it does not name.
fn left_on(condition: &Condition, dialect: Option<&str>) -> Left {
    match condition {
        Condition::Vendor { vendors, .. } => {
            let is_meant = vendors.iter().any(|vendor| match dialect {
                // Django's vendor of MariaDB is MySQL's.
                Some("mariadb") => matches!(vendor.as_str(), "mysql" | "mariadb"),
                Some("postgres") => vendor == "postgresql",
                other => other == Some(vendor.as_str()),
            });
            if is_meant { Left::Always } else { Left::Never }
        }
        Condition::Version {
            comparison,
            version,
            ..
        } => version_test(*comparison, version),
        Condition::Not(inner) => match &**inner {
            Condition::Version {
                comparison,
                version,
                ..
            } => match opposite(*comparison) {
                Some(comparison) => version_test(comparison, version),
                None => Left::More,
            },
            inner => match left_on(inner, dialect) {
                Left::Always => Left::Never,
                Left::Never => Left::Always,
                Left::Versions(_) | Left::More => Left::More,
            },
        },
        Condition::All(parts) => {
            let mut left: Vec<Left> = parts.iter().map(|part| left_on(part, dialect)).collect();
            if left.contains(&Left::Never) {
                return Left::Never;
            }
            left.retain(|part| *part != Left::Always);
            match left.len() {
                0 => Left::Always,
                1 => left.remove(0),
                _ => Left::More,
            }
        }
        Condition::Any(parts) => {
            let mut versions = Vec::new();
            let mut is_more = false;
            for part in parts {
                match left_on(part, dialect) {
                    Left::Always => return Left::Always,
                    Left::Never => {}
                    Left::Versions(found) => versions.extend(found),
                    Left::More => is_more = true,
                }
            }
            match (is_more, versions.is_empty()) {
                (true, _) => Left::More,
                (false, true) => Left::Never,
                (false, false) => Left::Versions(versions),
            }
        }
        Condition::Feature { .. } | Condition::Schema { .. } | Condition::Unknown(_) => Left::More,
    }
}

fn version_test(comparison: Comparison, version: &[u32]) -> Left {
    let sign = match comparison {
        Comparison::Equal => "=",
        Comparison::Less => "<",
        Comparison::LessEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterEqual => ">=",
    };
    let parts: Vec<String> = version.iter().map(u32::to_string).collect();
    Left::Versions(vec![format!("{sign} {}", parts.join("."))])
}

const fn opposite(comparison: Comparison) -> Option<Comparison> {
    Some(match comparison {
        Comparison::Equal => return None,
        Comparison::Less => Comparison::GreaterEqual,
        Comparison::LessEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessEqual,
        Comparison::GreaterEqual => Comparison::Less,
    })
}
