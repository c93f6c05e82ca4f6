//! Migrations that another front end describes: in the same objects that evaluation
//! of Python gives, so that both languages are lowered by the same code and mean the
//! same.

use smol_str::SmolStr;

use super::super::eval::object::{Item, Obj};
use super::super::eval::{Evaluator, Resolver};
use super::value::Follow;
use super::{Detail, Lowering};
use crate::base::{Span, Spanned};
use crate::ir::migration::{Language, Unread};
use crate::ir::{Known, Migration, MigrationId};

/// What a migration class would hold.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) span: Span,
    pub(crate) initial: Option<Spanned<bool>>,
    pub(crate) atomic: Option<Spanned<bool>>,
    pub(crate) dependencies: Vec<Item>,
    /// Where the first and the last of them stand.
    pub(crate) dependencies_span: Option<Span>,
    pub(crate) run_before: Vec<Item>,
    pub(crate) replaces: Vec<Item>,
    pub(crate) replaces_span: Option<Span>,
    pub(crate) operations: Vec<Item>,
    pub(crate) operations_span: Option<Span>,
    pub(crate) attributes: Vec<(SmolStr, Item)>,
    pub(crate) unread: Vec<Unread>,
}

impl Description {
    pub(crate) const fn new(span: Span) -> Self {
        Self {
            span,
            initial: None,
            atomic: None,
            dependencies: Vec::new(),
            dependencies_span: None,
            run_before: Vec::new(),
            replaces: Vec::new(),
            replaces_span: None,
            operations: Vec::new(),
            operations_span: None,
            attributes: Vec::new(),
            unread: Vec::new(),
        }
    }
}

/// A described migration as IR. What its names mean is asked of `resolver`.
pub(crate) fn lower_description(
    resolver: Resolver<'_>,
    description: Description,
    id: MigrationId,
    detail: Detail,
) -> Migration {
    let mut lowering = Lowering::new(Evaluator::new(resolver), &id);
    lowering.with_bodies = detail == Detail::Judged;
    lowering.with_calls = detail == Detail::Whole;
    let span = description.span;
    let mut migration = Migration::empty(id, span);
    migration.language = Language::Mig;
    let known = |flag: Option<Spanned<bool>>| flag.map(|flag| flag.map(Known::Yes));
    migration.initial = known(description.initial);
    migration.atomic = known(description.atomic);
    migration.dependencies_span = description.dependencies_span;
    migration.replaces_span = description.replaces_span;
    migration.operations_span = description.operations_span;
    migration.unread = description.unread;
    let listed = [
        ("dependencies", description.dependencies),
        ("run_before", description.run_before),
        ("replaces", description.replaces),
    ];
    for (attribute, items) in listed {
        if !items.is_empty() {
            let list = Item::new(Obj::list(items), span);
            lowering.dependencies(attribute, &list, &mut migration);
        }
    }
    let operations = Item::new(Obj::list(description.operations), span);
    lowering.operations_attribute(&operations, &mut migration);
    for (name, item) in description.attributes {
        let value = lowering.value(&item, Follow::No);
        migration.attributes.push((name, value));
    }
    migration.operations.shrink_to_fit();
    migration.dependencies.shrink_to_fit();
    migration
}
