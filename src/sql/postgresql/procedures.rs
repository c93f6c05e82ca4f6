//! Steps of PostgreSQL's own: pattern indexes, identity columns, conversions, and the
//! geometries of PostGIS.
//!
//! Source: `django/db/backends/postgresql/schema.py` and
//! `django/contrib/gis/db/backends/postgis/schema.py`, 5.2.

use std::sync::Arc;

use smol_str::SmolStr;

use crate::ir::{Field, FieldKind, Known};
use crate::sql::ddl::{ColumnChange, Conversion, CreateIndex, Indexed, Kept, Statement};
use crate::sql::names;
use crate::sql::plan::{self, Alteration, Editor, Head, Planned, Procedures, Resolved, TypeChange};

#[derive(Debug)]
pub(super) struct PostgreSql;

/// The name of a field's pattern index.
fn like_index(editor: &Editor<'_>, head: &Head<'_>, field: &Resolved<'_>) -> Planned<SmolStr> {
    let name = names::index_name(
        head.name.as_str(),
        &[field.column_name()?.as_str()],
        "_like",
        editor.setup.server.features.max_name_length,
    );
    Ok(name.into())
}

/// `_is_changing_type_of_indexed_text_column`.
fn loses_patterns(old: &Resolved<'_>, new: &Resolved<'_>) -> Planned<bool> {
    let (before, after) = (&old.typed()?.db_type, &new.typed()?.db_type);
    let leaves = |kind: &str| before.starts_with(kind) && !after.starts_with(kind);
    Ok((old.is_indexed || old.is_unique) && ["varchar", "text", "citext"].into_iter().any(leaves))
}

/// `_field_data_type`: two columns with the same need no cast. The length of a text is
/// no part of it.
fn data_type(editor: &Editor<'_>, field: &Resolved<'_>) -> Planned<SmolStr> {
    if field.relation.is_some() {
        return Ok(field.typed()?.db_type.clone());
    }
    Ok(match entry(editor, field.internal) {
        Some(entry) => entry,
        None => field.typed()?.db_type.clone(),
    })
}

/// What `data_types` has of a kind. Of a `CharField` it is a function, which is equal to
/// no other kind's text.
fn entry(editor: &Editor<'_>, kind: FieldKind) -> Option<SmolStr> {
    let template = editor.setup.server.column_type(kind)?;
    Some(match kind {
        FieldKind::CharField => SmolStr::new_static(kind.as_str()),
        _ => SmolStr::new_static(template),
    })
}

/// `_field_base_data_types` of an array.
fn base_data_type(editor: &Editor<'_>, array: &Field) -> Planned<Option<SmolStr>> {
    let mut field = array;
    while let (Known::Yes(FieldKind::ArrayField), Some(inner)) = (&field.kind, &field.inner) {
        field = inner;
    }
    let kind = crate::sql::value::internal_type(crate::sql::value::kind_of(field)?);
    match entry(editor, kind) {
        Some(entry) => Ok(Some(entry)),
        None => plan::db_type(editor.setup, field),
    }
}

/// `_using_sql`.
fn conversion(editor: &Editor<'_>, old: &Resolved<'_>, new: &Resolved<'_>) -> Planned<Conversion> {
    if new.is_generated() {
        return Ok(Conversion::Implicit);
    }
    let is_same = if new.internal == FieldKind::ArrayField && old.internal == new.internal {
        base_data_type(editor, old.field())? == base_data_type(editor, new.field())?
    } else {
        data_type(editor, old)? == data_type(editor, new)?
    };
    Ok(if is_same {
        Conversion::Implicit
    } else {
        Conversion::Cast
    })
}

impl Procedures for PostgreSql {
    fn extra_index(
        &self,
        editor: &Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<Option<Arc<CreateIndex>>> {
        let Some(typed) = &field.column else {
            return Ok(None);
        };
        if !field.is_indexed && !field.is_unique || typed.db_type.contains('[') {
            return Ok(None);
        }
        // Patterns need bytes to compare, which a collation of that kind does not
        // have. One that no migration made is the database's own.
        if let Some(collation) = &typed.collation
            && editor.catalog.is_deterministic(collation) == Some(false)
        {
            return Ok(None);
        }
        let opclass = if typed.db_type.starts_with("varchar") {
            "varchar_pattern_ops"
        } else if typed.db_type.starts_with("text") {
            "text_pattern_ops"
        } else {
            return Ok(None);
        };
        let mut index: CreateIndex = plan::plain_index(editor.setup, head, &[field], "_like")?;
        if let Indexed::Columns(columns) = &mut index.indexed {
            for column in columns {
                column.opclass = Some(SmolStr::new_static(opclass));
            }
        }
        Ok(Some(Arc::new(index)))
    }

    fn change_type(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        old: &Resolved<'_>,
        new: &Resolved<'_>,
    ) -> Planned<TypeChange> {
        if old.is_geometry() && new.is_geometry() {
            return geometry(new, old.dimension(), new.dimension());
        }
        if loses_patterns(old, new)? {
            let name = like_index(editor, head, old)?;
            editor.drop_index(&head.name, name, false);
        }
        let conversion = conversion(editor, old, new)?;
        let typed = new.typed()?;
        let (was_auto, is_auto) = (old.is_auto(), new.is_auto());
        let table = || head.name.clone();
        let column = || typed.name.clone();
        if is_auto && !was_auto {
            let change = ColumnChange::Type {
                db_type: typed.db_type.clone(),
                kept: Kept::default(),
                comment: None,
                collation: None,
                conversion,
            };
            let identity = Statement::AddIdentity {
                table: table(),
                column: column(),
            };
            return Ok((change, vec![identity]));
        }
        if was_auto && !is_auto {
            editor.execute(Statement::DropIdentity {
                table: table(),
                column: column(),
            });
        }
        let (mut change, mut then) = plan::change_type(editor, head, old, new)?;
        if let ColumnChange::Type {
            conversion: implicit,
            ..
        } = &mut change
        {
            *implicit = conversion;
        }
        if was_auto && (!is_auto || old.internal != new.internal) {
            editor.certain(&head.name)?;
            let sequence = editor.catalog.sequence(&head.name, &typed.name).cloned();
            then = match sequence {
                None => Vec::new(),
                Some(sequence) if is_auto => vec![Statement::AlterSequenceType {
                    sequence,
                    db_type: typed.db_type.clone(),
                }],
                Some(sequence) => vec![Statement::DropSequence { sequence }],
            };
        }
        Ok((change, then))
    }

    fn alter_column(&self, editor: &mut Editor<'_>, change: &Alteration<'_, '_>) -> Planned<()> {
        plan::alter_column(editor, change)?;
        let Alteration { head, old, new, .. } = *change;
        if !(old.is_indexed || old.is_unique) && new.is_indexed
            || !old.is_unique && new.is_unique
            || loses_patterns(old, new)?
        {
            let index = self.extra_index(editor, head, new)?;
            if let Some(index) = index {
                editor.execute(Statement::CreateIndex(index));
            }
        }
        if old.is_unique && !(new.is_indexed || new.is_unique) {
            let name = like_index(editor, head, old)?;
            editor.drop_index(&head.name, name, false);
        }
        let is_spatial = |field: &Resolved<'_>| field.is_geometry() && field.is_spatially_indexed();
        match (is_spatial(old), is_spatial(new)) {
            (false, true) => {
                let index = plan::spatial_index(editor.setup, head, new)?;
                editor.execute(index);
            }
            (true, false) => {
                let name = names::index_name(
                    head.name.as_str(),
                    &[old.column_name()?.as_str()],
                    "_id",
                    editor.setup.server.features.max_name_length,
                );
                editor.drop_index(&head.name, name.into(), false);
            }
            _ => {}
        }
        Ok(())
    }
}

fn geometry(new: &Resolved<'_>, before: i64, after: i64) -> Planned<TypeChange> {
    let typed = new.typed()?;
    let change = ColumnChange::Type {
        db_type: typed.db_type.clone(),
        kept: Kept::default(),
        comment: None,
        collation: None,
        conversion: match (before, after) {
            (2, 3) => Conversion::Force3d,
            (3, 2) => Conversion::Force2d,
            _ => Conversion::Implicit,
        },
    };
    Ok((change, Vec::new()))
}
