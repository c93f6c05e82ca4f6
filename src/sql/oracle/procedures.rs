//! Steps of Oracle's own. It alters no column to a large object or from one, and makes
//! no identity column of another: there a new column takes the values, and the place, of
//! the old one.
//!
//! Source: `django/db/backends/oracle/schema.py`, 5.2, which acts on the errors that the
//! server answers. Which these are: Oracle Database Error Messages, 19c.

use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::LARGE_OBJECTS;
use crate::ir::{FieldKind, Unknown};
use crate::sql::catalog::EntryKind;
use crate::sql::ddl::{
    ColumnChange, ColumnName, Constraint, ConstraintClass, ConstraintKind, Name, Statement, Suffix,
    TableName,
};
use crate::sql::names;
use crate::sql::plan::{
    self, Alteration, Editor, Head, Planned, Procedures, Resolved, Setup, TypeChange,
};

#[derive(Debug)]
pub(super) struct Oracle;

/// A column is modified to be a large object.
const TO_LARGE_OBJECT: &str = "ORA-22858";
/// The type of a large object is named, even if it is the same.
const FROM_LARGE_OBJECT: &str = "ORA-22859";
/// A column is modified to be an identity column.
const TO_IDENTITY: &str = "ORA-30673";
/// The collation of an indexed column is modified.
const INDEXED_COLLATION: &str = "ORA-43923";

/// The collation of columns that state none, unless a schema has another one.
const DEFAULT_COLLATION: &str = "USING_NLS_COMP";

fn is_large_object(field: &Resolved<'_>) -> bool {
    let typed = field.column.as_ref();
    typed.is_some_and(|typed| LARGE_OBJECTS.contains(&typed.db_type.as_str()))
}

impl Procedures for Oracle {
    fn clean_up(&self, editor: &mut Editor<'_>, table: &TableName) {
        let table = table.as_str();
        let table = match table.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
            Some(inner) => inner,
            None => table,
        };
        let name = names::truncate(table, Some(27)).to_uppercase();
        editor.execute(Statement::DropOldSequence {
            sequence: format_smolstr!("{name}_SQ"),
        });
    }

    fn remove_column(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        if field.is_auto() {
            editor.certain(&head.name)?;
        }
        drop_identity(editor, head, field.column_name()?);
        editor.remove_column(head, field)
    }

    fn is_indexed(&self, _setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
        Ok(field.is_indexed && !field.is_unique && !is_large_object(field))
    }

    fn change_type(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        old: &Resolved<'_>,
        new: &Resolved<'_>,
    ) -> Planned<TypeChange> {
        let column = new.column_name()?;
        if old.is_auto() || new.is_auto() {
            editor.certain(&head.name)?;
        }
        if old.is_auto() && !new.is_auto() {
            drop_identity(editor, head, column);
        }
        let (mut change, then) = plan::change_type(editor, head, old, new)?;
        let before = old.typed()?.collation.as_deref();
        let mut is_recollated = false;
        if let ColumnChange::Type { collation, .. } = &mut change {
            if collation.is_none() && before.is_some() {
                *collation = Some(SmolStr::new_static(DEFAULT_COLLATION));
            }
            let before = before.unwrap_or(DEFAULT_COLLATION);
            is_recollated = collation.as_deref().is_some_and(|it| it != before);
        }
        if editor.refusal.is_none() {
            editor.refusal = if is_large_object(old) {
                Some(FROM_LARGE_OBJECT)
            } else if is_large_object(new) {
                Some(TO_LARGE_OBJECT)
            } else if new.is_auto() && editor.catalog.sequence(&head.name, column).is_none() {
                Some(TO_IDENTITY)
            } else if is_recollated && is_indexed(editor, head, column) {
                Some(INDEXED_COLLATION)
            } else {
                None
            };
        }
        Ok((change, then))
    }

    fn alter_column(&self, editor: &mut Editor<'_>, change: &Alteration<'_, '_>) -> Planned<()> {
        let Alteration { head, old, new, .. } = *change;
        plan::alter_column(editor, change)?;
        match editor.refusal.take() {
            None => Ok(()),
            Some(TO_LARGE_OBJECT | FROM_LARGE_OBJECT) => replace_column(editor, change),
            Some(TO_IDENTITY) if old.is_primary_key => {
                drop_primary_key(editor, head, new)?;
                replace_column(editor, change)
            }
            Some(INDEXED_COLLATION) if old.is_primary_key => {
                drop_primary_key(editor, head, new)?;
                self.alter_column(editor, change)?;
                if new.is_primary_key {
                    editor.execute(Statement::AddConstraint {
                        table: head.name.clone(),
                        constraint: Constraint {
                            name: Some(Name::Generated(Suffix::Text("_pk"))),
                            kind: ConstraintKind::PrimaryKey {
                                columns: vec![new.column_name()?.clone()],
                            },
                        },
                        not_valid: false,
                    });
                }
                Ok(())
            }
            Some(code) => {
                let reason = format!(
                    "Oracle refuses to alter `{}` ({code}), for which Django has no other way",
                    new.name()
                );
                Err(Unknown::new(new.state.origin, reason))
            }
        }
    }
}

/// `_drop_identity`, if the column is one.
fn drop_identity(editor: &mut Editor<'_>, head: &Head<'_>, column: &ColumnName) {
    if editor.catalog.sequence(&head.name, column).is_some() {
        editor.execute(Statement::DropIdentity {
            table: head.name.clone(),
            column: column.clone(),
        });
    }
}

/// `_delete_primary_key`, which asks for one.
fn drop_primary_key(editor: &mut Editor<'_>, head: &Head<'_>, field: &Resolved<'_>) -> Planned<()> {
    let names = editor.names(&head.name, None, |kind| *kind == EntryKind::PrimaryKey)?;
    if names.len() != 1 {
        let reason = format!(
            "Oracle refuses to alter `{}` even after its primary key is dropped",
            field.name()
        );
        return Err(Unknown::new(field.state.origin, reason));
    }
    for name in names {
        editor.execute(Statement::DropConstraint {
            table: head.name.clone(),
            name,
            class: ConstraintClass::PrimaryKey,
        });
    }
    Ok(())
}

fn is_indexed(editor: &Editor<'_>, head: &Head<'_>, column: &ColumnName) -> bool {
    let mut entries = editor.catalog.entries(&head.name).iter();
    entries.any(|entry| {
        let is_key = matches!(
            entry.kind,
            EntryKind::PrimaryKey | EntryKind::Unique | EntryKind::Index { .. }
        );
        is_key && entry.columns.contains(column)
    })
}

/// `_generate_temp_name`. Django takes Python's hash of the name, which is another one in
/// every run; any number does.
fn temporary_name(column: &ColumnName) -> ColumnName {
    let digits = names::digest([column.as_str()], 15);
    let digits = digits.trim_start_matches('0').to_uppercase();
    let name = format!("{}_X{digits}", column.as_str());
    ColumnName::new(names::truncate(&name, Some(30)).to_uppercase())
}

/// `_alter_field_type_workaround`.
fn replace_column(editor: &mut Editor<'_>, change: &Alteration<'_, '_>) -> Planned<()> {
    let Alteration {
        head, old, new, to, ..
    } = *change;
    let setup = editor.setup;
    let mut temporary = new.clone();
    let defined = Arc::make_mut(&mut temporary.defined);
    defined.in_table.take();
    defined.index.take();
    defined.is_null = !new.is_auto();
    if let Some(typed) = &mut defined.column {
        let name = temporary_name(&typed.name);
        if let Some(check) = &mut typed.check {
            let quoting = setup.server.quoting;
            *check = check.replace(
                &quoting.name(typed.name.as_str()),
                &quoting.name(name.as_str()),
            );
        }
        typed.name = name;
    }
    editor.add_field(head, &temporary)?;
    let before = &old.typed()?.db_type;
    editor.execute(Statement::FillColumn {
        table: head.name.clone(),
        column: temporary.column_name()?.clone(),
        value: converted(setup, old, new)?,
    });
    editor.remove_field(head, old)?;
    let rest = Alteration {
        old: &temporary,
        ..*change
    };
    plan::alter_column(editor, &rest)?;
    let is_key = old.is_primary_key && new.is_primary_key || old.is_unique && new.is_unique;
    if is_key && *before != new.typed()?.db_type {
        for follower in plan::following(setup, to, new)? {
            if follower.foreign_key().is_some() {
                let table = Head::of(setup, &follower.model)?.name;
                let key = plan::foreign_key(&table, &follower, Suffix::Text("_fk"))?;
                editor.execute(key);
            }
        }
    }
    Ok(())
}

/// The values of the old column, for a type to which the server does not convert them.
fn converted(setup: Setup<'_>, old: &Resolved<'_>, new: &Resolved<'_>) -> Planned<String> {
    let typed = old.typed()?;
    let mut value = setup.server.quoting.name(typed.name.as_str());
    let is_long = typed.db_type.starts_with("CLOB") || typed.db_type.starts_with("NCLOB");
    if is_long {
        value = format!("TO_CHAR({value})");
    }
    let is_text =
        is_long || typed.db_type.starts_with("VARCHAR2") || typed.db_type.starts_with("NVARCHAR2");
    Ok(match new.internal {
        FieldKind::DateField if is_text => format!("TO_DATE({value}, 'YYYY-MM-DD')"),
        FieldKind::DateTimeField if is_text => {
            format!("TO_TIMESTAMP({value}, 'YYYY-MM-DD HH24:MI:SS.FF')")
        }
        FieldKind::TimeField if is_text => {
            format!("TO_TIMESTAMP(CONCAT('1900-01-01 ', {value}), 'YYYY-MM-DD HH24:MI:SS.FF')")
        }
        _ => value,
    })
}
