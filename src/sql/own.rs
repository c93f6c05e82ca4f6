//! What methods of a field's own class give on a server.

use smol_str::SmolStr;

use super::dialect::Server;
use crate::ir::field::{TypePiece, TypeText};
use crate::ir::value::{Choices, Condition};
use crate::ir::{Field, Known, Unknown};
use crate::schema::decide;

impl Server {
    /// Whether a test of the vendor, its version or a feature holds.
    #[must_use]
    pub fn holds(&self, condition: &Condition) -> Option<bool> {
        match condition {
            // MariaDB is of the vendor `mysql`, and is named where only it is meant.
            Condition::Vendor { vendors, .. } => Some(
                vendors
                    .iter()
                    .any(|vendor| vendor == self.dialect.vendor || vendor == self.dialect.name),
            ),
            Condition::Feature { name, .. } => self.has_feature(name),
            Condition::Version {
                comparison,
                version,
                ..
            } => Some(comparison.holds(self.version.compare_to_parts(version))),
            Condition::Schema { .. }
            | Condition::Not(_)
            | Condition::All(_)
            | Condition::Any(_)
            | Condition::Unknown(_) => None,
        }
    }

    /// What a method gives here.
    pub(super) fn choose<'c, T>(
        &self,
        field: &Field,
        choices: &'c Known<Choices<Known<T>>>,
    ) -> Result<&'c T, Unknown> {
        let choices = match choices {
            Known::Yes(Choices(choices)) => choices,
            Known::No(unknown) => return Err(unknown.clone()),
        };
        for (condition, value) in choices {
            match (decide(condition, &|leaf| self.holds(leaf)), value) {
                (Some(false), _) => {}
                (Some(true), Known::Yes(value)) => return Ok(value),
                (Some(true), Known::No(unknown)) => return Err(unknown.clone()),
                (None, _) => {
                    let reason = "it depends on a condition that is not decided";
                    let unknown = condition.first_unknown().cloned();
                    return Err(unknown.unwrap_or_else(|| Unknown::new(field.span, reason)));
                }
            }
        }
        Err(Unknown::new(
            field.span,
            "nothing is known of this database",
        ))
    }
}

/// A type's text, where `inherited` tells what Django's class gives and `of` the type
/// of another field; `None` for a field without a column.
pub(super) fn filled(
    text: Option<&TypeText>,
    inherited: &dyn Fn() -> Result<Option<SmolStr>, Unknown>,
    of: &dyn Fn(&Field) -> Result<Option<SmolStr>, Unknown>,
) -> Result<Option<SmolStr>, Unknown> {
    let Some(text) = text else {
        return Ok(None);
    };
    let mut out = String::new();
    for piece in &text.pieces {
        let part = match piece {
            TypePiece::Str(text) => Some(text.clone()),
            TypePiece::Inherited => inherited()?,
            TypePiece::Of(field) => of(field)?,
        };
        match part {
            Some(part) => out.push_str(&part),
            None if text.pieces.len() == 1 => return Ok(None),
            None => out.push_str("None"),
        }
    }
    Ok(Some(out.into()))
}
