//! Who refers to a model: the reverse side of foreign keys.
//!
//! Source: `Options._get_fields(reverse=True)`, `_related_non_m2m_objects` and
//! `_is_relevant_relation` in `django/db/backends/base/schema.py`, 5.2.

use smol_str::{SmolStr, format_smolstr};

use super::field::{Resolved, is_many_to_many};
use super::model::{is_automatic, through};
use super::{Planned, Setup, known};
use crate::ir::FieldKind;
use crate::schema::{FieldState, Model, ModelKey, ProjectState};

/// A relation to a model, from whoever has the field.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Reverse<'s> {
    pub(in crate::sql) model: Model<'s>,
    pub(in crate::sql) field: FieldState,
}

/// Foreign keys are followed no further than this.
const DEEPEST: usize = 16;

/// All fields that refer to a model or to a proxy of it, by app and in the order in
/// which models were made. The foreign keys of tables that Django makes for
/// many-to-many fields are not among them.
pub(in crate::sql) fn reverse<'s>(state: &'s ProjectState, model: &ModelKey) -> Vec<Reverse<'s>> {
    let mut found = Vec::new();
    collect(state, model, DEEPEST, &mut found);
    found.sort_by_key(|(at, _): &(usize, Reverse<'s>)| *at);
    found.sort_by(|(_, left), (_, right)| {
        let place = |it: &Reverse<'s>| {
            let state = it.model.state();
            (SmolStr::new(state.app.as_str()), state.sequence)
        };
        place(left).cmp(&place(right))
    });
    found.into_iter().map(|(_, reverse)| reverse).collect()
}

fn collect<'s>(
    state: &'s ProjectState,
    key: &ModelKey,
    depth: usize,
    found: &mut Vec<(usize, Reverse<'s>)>,
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    for (from, name) in state.referrers(key) {
        let Some(model) = state.model(&from) else {
            continue;
        };
        match name {
            None => {
                if model.is_proxy().known() == Some(&true) {
                    collect(state, &from, depth, found);
                }
            }
            Some(name) => {
                let mut fields = model.state().fields.values().cloned().enumerate();
                let field = fields.find(|(_, field)| field.name == *name);
                drop(fields);
                let Some((at, field)) = field else {
                    continue;
                };
                // The field may name the model as its `through` only.
                if model.related(&field).known() == Some(key) {
                    found.push((at, Reverse { model, field }));
                }
            }
        }
    }
    // Links to parents that Django adds.
    for (from, name) in state.referrers(key) {
        if name.is_none()
            && let Some(model) = state.model(&from)
            && let crate::ir::Known::Yes(parents) = model.parents()
        {
            let links = parents.into_iter().filter(|parent| parent.model == *key);
            for link in links.filter_map(|parent| parent.link) {
                if !model.state().fields.contains(link.name.as_str()) {
                    let mut link = link;
                    if let crate::ir::Known::Yes(key) = model.primary_key()
                        && key.name == link.name
                    {
                        link = key;
                    }
                    let model = model.clone();
                    found.push((usize::MAX, Reverse { model, field: link }));
                }
            }
        }
    }
}

/// Foreign keys whose columns follow a field, those that follow these included.
/// `name` sorts them.
pub(in crate::sql) fn following<'s>(
    setup: Setup<'_>,
    state: &'s ProjectState,
    field: &Resolved<'s>,
) -> Planned<Vec<Resolved<'s>>> {
    let mut found = Vec::new();
    follow(setup, state, field, DEEPEST, &mut found)?;
    Ok(found)
}

fn follow<'s>(
    setup: Setup<'_>,
    state: &'s ProjectState,
    field: &Resolved<'s>,
    depth: usize,
    found: &mut Vec<Resolved<'s>>,
) -> Planned<()> {
    let Some(depth) = depth.checked_sub(1) else {
        return Ok(());
    };
    let mut named: Vec<(SmolStr, Resolved<'s>)> = Vec::new();
    // Of a many-to-many field to the model itself, which gives both keys one name, the
    // key that leads from it is first.
    if field.is_primary_key {
        for own in field.model.local_many_to_many() {
            if is_automatic(&own) {
                let through = through(setup, &field.model, &own)?;
                let key = through.table.field(setup, through.from.as_str())?;
                named.push((hidden_name(&field.model, &own), key));
            }
        }
    }
    for Reverse { model, field: from } in reverse(state, field.model.key()) {
        if is_many_to_many(&from) {
            if is_automatic(&from) && field.is_primary_key {
                let through = through(setup, &model, &from)?;
                let key = through.table.field(setup, through.to.as_str())?;
                named.push((hidden_name(&model, &from), key));
            }
        } else if refers_to(&from, field) {
            let name = query_name(&model, &from)?;
            named.push((name, Resolved::new(setup, &model, from)?));
        }
    }
    named.sort_by(|(left, _), (right, _)| left.cmp(right));
    for (_, key) in named {
        found.push(key.clone());
        follow(setup, state, &key, depth, found)?;
    }
    Ok(())
}

/// Whether a foreign key refers to just this field.
fn refers_to(from: &FieldState, field: &Resolved<'_>) -> bool {
    if !matches!(
        from.field.kind.known(),
        Some(FieldKind::ForeignKey | FieldKind::OneToOneField)
    ) {
        return false;
    }
    match from.text("to_field").known() {
        Some(None) => field.is_primary_key,
        Some(Some(name)) => name == field.name().as_str(),
        None => false,
    }
}

/// `related_query_name()`.
fn query_name(model: &Model<'_>, field: &FieldState) -> Planned<SmolStr> {
    let named = match known(field.text("related_query_name"))? {
        Some(name) => Some(name),
        None => known(field.text("related_name"))?,
    };
    let key = model.key();
    Ok(match named {
        None => SmolStr::new(key.name()),
        Some(name) => name
            .replace("%(class)s", key.name())
            .replace("%(model_name)s", key.name())
            .replace("%(app_label)s", key.app())
            .into(),
    })
}

/// The name of a relation from a table that Django makes, which has no name to query.
fn hidden_name(model: &Model<'_>, field: &FieldState) -> SmolStr {
    format_smolstr!("{}_{}+", model.state().name, field.name)
}
