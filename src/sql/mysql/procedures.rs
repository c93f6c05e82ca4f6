//! Steps of MySQL's and MariaDB's own: defaults of texts, and the index that a foreign
//! key needs.
//!
//! Source: `django/db/backends/mysql/schema.py`, 5.2.

use std::sync::Arc;

use crate::ir::FieldKind;
use crate::sql::ddl::Statement;
use crate::sql::plan::{self, Editor, Head, Planned, Procedures, Resolved, Setup};
use crate::sql::{Server, Version};

#[derive(Debug)]
pub(in crate::sql) struct MySql {
    pub(in crate::sql) is_mariadb: bool,
}

/// `_limited_data_types`: they are not indexed as a whole.
const LIMITED: &[&str] = &[
    "tinyblob",
    "blob",
    "mediumblob",
    "longblob",
    "tinytext",
    "text",
    "mediumtext",
    "longtext",
    "json",
];

fn is_limited_type(db_type: &str) -> bool {
    LIMITED
        .iter()
        .any(|limited| limited.eq_ignore_ascii_case(db_type))
}

fn is_limited(field: &Resolved<'_>) -> bool {
    let typed = field.column.as_ref();
    typed.is_some_and(|typed| is_limited_type(&typed.db_type))
}

/// Whether rows get an empty text, which columns without a length have by themselves.
fn is_empty_text(setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
    let is_text = field.column.as_ref().is_some_and(|typed| {
        let name = typed.db_type.to_ascii_lowercase();
        name.ends_with("text") || name.ends_with("blob")
    });
    Ok(is_text && plan::is_empty_text(setup, field)?)
}

/// `get_internal_type() == "ForeignKey"`, which subclasses have another one than.
fn is_plain_foreign_key(field: &Resolved<'_>) -> bool {
    let class = field.field().class.as_str();
    field.kind == FieldKind::ForeignKey && class.rsplit('.').next() == Some("ForeignKey")
}

impl MySql {
    /// `_supports_limited_data_type_defaults`.
    fn takes_defaults_of_texts(&self, server: &Server) -> bool {
        self.is_mariadb || server.version >= Version::new(8, 0, 13)
    }
}

impl Procedures for MySql {
    fn add_column(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        editor.add_column(head, field)?;
        // Rows get what the column could not be given.
        if field.column.is_some()
            && plan::has_stated_default(field)
            && self.skips_default(editor.setup, field)?
            && let Some(value) = plan::effective_default(editor, field)?
        {
            editor.execute(Statement::FillColumn {
                table: head.name.clone(),
                column: field.column_name()?.clone(),
                value,
            });
        }
        Ok(())
    }

    fn is_indexed(&self, setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
        if !field.is_indexed || field.is_unique {
            return Ok(false);
        }
        let has_index = setup.server.features.foreign_keys_have_indexes
            && is_plain_foreign_key(field)
            && field.foreign_key().is_some();
        Ok(!has_index && !is_limited(field))
    }

    /// `_create_missing_fk_index`: the server refuses to drop the only index that a
    /// foreign key has.
    fn release_index(
        &self,
        editor: &mut Editor<'_>,
        head: &Head<'_>,
        first: Option<&str>,
    ) -> Planned<()> {
        let Some(first) = first else {
            return Ok(());
        };
        let field = head.field(editor.setup, first)?;
        if is_plain_foreign_key(&field)
            && editor
                .catalog
                .keys_starting_with(&head.name, field.column_name()?)
                == 1
        {
            let index = plan::plain_index(editor.setup, head, &[&field], "")?;
            editor.execute(Statement::CreateIndex(Arc::new(index)));
        }
        Ok(())
    }

    fn skips_default(&self, setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
        Ok(is_empty_text(setup, field)?
            || !self.takes_defaults_of_texts(setup.server) && is_limited(field))
    }

    fn skips_altered_default(&self, setup: Setup<'_>, field: &Resolved<'_>) -> Planned<bool> {
        // MySQL takes no default of a text in `ALTER COLUMN`.
        Ok(is_empty_text(setup, field)? || !self.is_mariadb && is_limited(field))
    }

    fn column_default(&self, server: &Server, db_type: &str, value: String) -> String {
        // MySQL takes a default of a text as an expression only.
        if !self.is_mariadb && self.takes_defaults_of_texts(server) && is_limited_type(db_type) {
            format!("({value})")
        } else {
            value
        }
    }
}
