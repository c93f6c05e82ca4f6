//! Operations that only some databases get, as `on` blocks.

use super::Writer;
use crate::ir::value::Condition;
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

/// `postgres, sqlite`, where these are what a condition asks for.
fn tests(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Vendor { vendors, .. } => {
            let mut names = Vec::with_capacity(vendors.len());
            for vendor in vendors {
                names.push(match vendor.as_str() {
                    "postgresql" => "postgres",
                    "sqlite" => "sqlite",
                    "oracle" => "oracle",
                    "mariadb" => "mariadb",
                    // Django's vendor of MariaDB, too.
                    "mysql" => "mysql, mariadb",
                    _ => return None,
                });
            }
            Some(names.join(", "))
        }
        // `mysql`, and not MariaDB.
        Condition::All(parts) => match parts.as_slice() {
            [Condition::Vendor { vendors, .. }, Condition::Not(inner)]
                if vendors.len() == 1
                    && vendors.iter().all(|vendor| vendor == "mysql")
                    && matches!(&**inner, Condition::Vendor { vendors, .. }
                        if vendors.len() == 1 && vendors.iter().all(|vendor| vendor == "mariadb")) =>
            {
                Some("mysql".to_owned())
            }
            _ => None,
        },
        Condition::Any(parts) => {
            let tests: Option<Vec<String>> = parts.iter().map(tests).collect();
            Some(tests?.join(", "))
        }
        Condition::Not(_)
        | Condition::Feature { .. }
        | Condition::Version { .. }
        | Condition::Schema { .. }
        | Condition::Unknown(_) => None,
    }
}
