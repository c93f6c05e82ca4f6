//! The table behind a many-to-many field follows the field.
//!
//! Source: `BaseDatabaseSchemaEditor._alter_many_to_many`, 5.2.

use super::Planned;
use super::alter::{Alteration, alter_field};
use super::editor::Editor;
use super::model::Through;

/// Renames the table and lets both of its foreign keys refer to what they shall.
pub(in crate::sql) fn repoint(
    editor: &mut Editor<'_>,
    change: &Alteration<'_, '_>,
    old: &Through<'_>,
    new: &Through<'_>,
) -> Planned<()> {
    editor.rename_table(&old.table.head.name, &new.table.head.name);
    for (before, after) in [(&old.to, &new.to), (&old.from, &new.from)] {
        let before = old.table.field(editor.setup, before.as_str())?;
        let after = new.table.field(editor.setup, after.as_str())?;
        let side = Alteration {
            head: &new.table.head,
            old: &before,
            new: &after,
            from: change.from,
            to: change.to,
        };
        alter_field(editor, &side)?;
    }
    Ok(())
}
