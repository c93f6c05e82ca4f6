//! Compiling parts of dates and times.
//!
//! Source: `Extract.as_sql` and `TruncBase.as_sql` in
//! `django/db/models/functions/datetime.py`, 5.2.

use super::compile::{Compiled, Compiler};
use super::hooks::Source;
use super::node::{Node, Zone};
use super::types::Type;
use crate::ir::{FieldKind, Unknown};
use smol_str::SmolStr;

impl Compiler<'_> {
    pub(super) fn zone(&self, zone: &Zone) -> Result<Option<SmolStr>, Unknown> {
        if !self.clock.use_tz()? {
            return Ok(None);
        }
        Ok(Some(match zone {
            Zone::Current => self.clock.time_zone()?.clone(),
            Zone::Named(name) => name.clone(),
        }))
    }

    pub(super) fn extract(&self, node: &Node, inner: &Node, part: &str, zone: &Zone) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let sql = self.compile(inner)?;
        let ty = inner.output()?;
        let refused = "Django cannot extract from such a type";
        if ty.is(FieldKind::DateTimeField) {
            let zone = self.zone(zone)?;
            return Ok(hooks.extract(part, Source::DateTime, sql, zone.as_deref()));
        }
        if *zone != Zone::Current {
            return Err(self.refuse(node.span, "`tzinfo` is only for a DateTimeField"));
        }
        let source = if ty.is(FieldKind::DateField) {
            Source::Date
        } else if ty.is(FieldKind::TimeField)
            || ty.is(FieldKind::DurationField) && self.server.features.has_native_duration_field
        {
            Source::Time
        } else {
            return Err(self.refuse(node.span, refused));
        };
        Ok(hooks.extract(part, source, sql, None))
    }

    pub(super) fn truncate(&self, node: &Node, inner: &Node, kind: &str, zone: &Zone) -> Compiled {
        let hooks = self.server.dialect.expressions;
        let sql = self.compile(inner)?;
        let result = source_of(&node.output()?);
        let Some(result) = result else {
            return Err(self.refuse(node.span, "Django cannot truncate such a type"));
        };
        if matches!(kind, "date" | "time") {
            let zone = self.zone(zone)?;
            return Ok(hooks.cast_moment(result, sql, zone.as_deref()));
        }
        let zone = if inner.output()?.is(FieldKind::DateTimeField) {
            self.zone(zone)?
        } else {
            None
        };
        Ok(hooks.truncate(kind, result, sql, zone.as_deref()))
    }
}

pub(super) fn source_of(ty: &Type) -> Option<Source> {
    if ty.is(FieldKind::DateTimeField) {
        Some(Source::DateTime)
    } else if ty.is(FieldKind::DateField) {
        Some(Source::Date)
    } else if ty.is(FieldKind::TimeField) {
        Some(Source::Time)
    } else {
        None
    }
}
