//! `on` blocks: conditions on the database.

use smol_str::SmolStr;

use super::super::names::DIALECTS;
use super::super::tree::{Comparison, DialectTest, Statement};
use super::Lowering;
use crate::base::TextRange;
use crate::diag::wording::{did_you_mean, list};
use crate::ir::value::{self, Condition};
use crate::parse::SyntaxError;
use crate::python::eval::object::{Item, Obj};

impl Lowering<'_> {
    /// Operations of an `on` block run where its condition holds.
    pub(super) fn on(
        &mut self,
        tests: &[DialectTest],
        then: &[&Statement],
        otherwise: &[&Statement],
        out: &mut Vec<Item>,
    ) {
        let condition = self.condition_of(tests);
        let negated = Condition::Not(Box::new(condition.clone()));
        for (items, condition) in [(then, condition), (otherwise, negated)] {
            let mut operations = Vec::new();
            for item in items {
                self.statement(item, &mut operations);
            }
            for operation in operations {
                out.push(self.guarded(condition.clone(), operation));
            }
        }
    }

    fn condition_of(&mut self, tests: &[DialectTest]) -> Condition {
        let is_whole = |name: &str| {
            let mut tests = tests.iter();
            tests.any(|test| test.name.text == name && test.version.is_none())
        };
        // Both together are one vendor.
        let is_joined = is_whole("mysql") && is_whole("mariadb");
        let mut any: Vec<Condition> = Vec::with_capacity(tests.len());
        for test in tests {
            match (test.name.text, is_joined) {
                ("mysql", true) => any.push(Condition::Vendor {
                    vendors: vec![SmolStr::new_static("mysql")],
                    span: self.span(test.range),
                }),
                ("mariadb", true) => {}
                _ => any.push(self.dialect_condition(test)),
            }
        }
        match any.len() {
            1 => any.remove(0),
            _ => Condition::Any(any),
        }
    }

    fn dialect_condition(&mut self, test: &DialectTest) -> Condition {
        let span = self.span(test.range);
        let vendor = |name: &'static str| Condition::Vendor {
            vendors: vec![SmolStr::new_static(name)],
            span,
        };
        let mut all = match test.name.text {
            "postgres" => vec![vendor("postgresql")],
            // Django's vendor of MariaDB is `mysql`.
            "mysql" => vec![vendor("mysql"), Condition::Not(Box::new(vendor("mariadb")))],
            "mariadb" => vec![vendor("mariadb")],
            "sqlite" => vec![vendor("sqlite")],
            "oracle" => vec![vendor("oracle")],
            other => {
                let unknown = self.unknown_dialect(other, test.name.range);
                return match unknown.obj {
                    Obj::Unknown(unknown) => Condition::Unknown((*unknown).clone()),
                    _ => Condition::All(Vec::new()),
                };
            }
        };
        if let Some((comparison, version)) = &test.version {
            let parts = version
                .text
                .split('.')
                .map(|part| part.parse().unwrap_or(u32::MAX))
                .collect();
            all.push(Condition::Version {
                comparison: match comparison {
                    Comparison::Equal | Comparison::NotEqual => value::Comparison::Equal,
                    Comparison::Less => value::Comparison::Less,
                    Comparison::LessEqual => value::Comparison::LessEqual,
                    Comparison::Greater => value::Comparison::Greater,
                    Comparison::GreaterEqual => value::Comparison::GreaterEqual,
                },
                version: parts,
                span,
            });
        }
        match all.len() {
            1 => all.remove(0),
            _ => Condition::All(all),
        }
    }

    fn unknown_dialect(&mut self, name: &str, range: TextRange) -> Item {
        let lower = name.to_lowercase();
        let known = DIALECTS
            .iter()
            .find(|(own, others)| *own == lower || others.contains(&lower.as_str()))
            .map(|(own, _)| *own);
        let names: Vec<&str> = DIALECTS.iter().map(|(own, _)| *own).collect();
        let error = SyntaxError::new(range, format!("there is no dialect `{name}`"))
            .with_label("not known");
        let near = known.or_else(|| did_you_mean(&lower, names.iter().copied()));
        self.mistake(match (known, near) {
            (Some(known), _) => error.with_help(format!("write `{known}`")),
            (None, Some(near)) => error.with_help(format!("did you mean `{near}`?")),
            (None, None) => error.with_help(format!("dialects: {}", list(&names))),
        })
    }
}
