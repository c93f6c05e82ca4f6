//! What Django's schema editor keeps while a migration runs, and its actions on whole
//! tables and columns.
//!
//! Source: `BaseDatabaseSchemaEditor` in `django/db/backends/base/schema.py`, 5.2.

use smol_str::SmolStr;

use super::default;
use super::deferred::Deferred;
use super::describe;
use super::expressions::{self, Parameterised};
use super::field::Resolved;
use super::index;
use super::model::{Head, Table, is_automatic, makes_table, own_table, through};
use super::{Line, Origin, Placeholder, PlaceholderReason, Planned, Setup};
use crate::base::{Span, Spanned};
use crate::ir::{Operation, Unknown};
use crate::sql::catalog::{Catalog, EntryKind};
use crate::sql::ddl::render::Renderer;
use crate::sql::ddl::{
    Column, ColumnChange, ColumnDefinition, ColumnKey, ColumnName, Constraint, ConstraintClass,
    ConstraintKind, CreateTable, Generated, Name, Reference, Statement, Suffix, TableName,
};
use crate::sql::effects::{self, Effects};
use crate::sql::handwritten::{self, Executed};
use crate::sql::value;

/// A run of operations of one migration in one direction.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Editor<'a> {
    pub(in crate::sql) setup: Setup<'a>,
    pub(in crate::sql) catalog: Catalog,
    /// Executed when the migration ends.
    pub(in crate::sql) deferred: Deferred,
    pub(in crate::sql) is_backwards: bool,
    /// The code of the error with which the database refused a statement. Nothing is
    /// executed after that, until somebody has taken the code.
    pub(in crate::sql) refusal: Option<&'static str>,
    /// The operation that runs.
    origin: Origin,
    pub(super) lines: Vec<Line>,
    pub(super) placeholders: Vec<Placeholder>,
    /// What was left out, while the rest went on.
    pub(super) problems: Vec<Unknown>,
    care: Care,
    /// How often the catalog was changed.
    changes: usize,
}

/// An editor before an operation.
pub(super) struct Mark {
    /// `None` for one that cannot go back to where the catalog was.
    catalog: Option<Catalog>,
    changes: usize,
    lines: usize,
    placeholders: usize,
    problems: usize,
}

/// Whether one can come back from an operation that has changed the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Care {
    /// Not: the catalog is changed in place.
    Quick,
    /// From any.
    Careful,
}

/// Why a column is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Purpose {
    /// With its table.
    Table,
    /// By itself, so that rows that are there need a value.
    Rows,
}

impl<'a> Editor<'a> {
    pub(super) fn new(setup: Setup<'a>, catalog: Catalog, is_backwards: bool) -> Self {
        Self {
            setup,
            catalog,
            deferred: Deferred::default(),
            is_backwards,
            refusal: None,
            origin: Origin::nowhere(),
            lines: Vec::new(),
            placeholders: Vec::new(),
            problems: Vec::new(),
            care: Care::Quick,
            changes: 0,
        }
    }

    /// An operation begins.
    pub(super) fn begin(&mut self, origin: Origin) {
        self.origin = origin;
        self.deferred.origin = origin;
    }

    /// What runs within the operation is here, until [`Editor::begin`] says another place.
    pub(super) fn go_to(&mut self, at: Span) -> Origin {
        let outer = self.origin;
        self.begin(Origin { at, ..outer });
        outer
    }

    /// Says what an operation does, as `sqlmigrate` does before its statements.
    pub(super) fn describe(&mut self, operation: &Operation) {
        let described = describe::describe(operation);
        for line in ["--", &format!("-- {described}"), "--"] {
            self.lines.push(Line::Comment(line.to_owned()));
        }
    }

    /// From here one can come back, until the next mark.
    pub(super) fn mark(&mut self, care: Care) -> Mark {
        self.deferred.mark();
        self.care = care;
        Mark {
            catalog: (care == Care::Careful).then(|| self.catalog.clone()),
            changes: self.changes,
            lines: self.lines.len(),
            placeholders: self.placeholders.len(),
            problems: self.problems.len(),
        }
    }

    /// Whether that was possible.
    #[must_use]
    pub(super) fn roll_back(&mut self, mark: Mark) -> bool {
        if self.changes > mark.changes {
            let Some(catalog) = mark.catalog else {
                return false;
            };
            self.catalog = catalog;
        }
        self.deferred.roll_back();
        self.lines.truncate(mark.lines);
        self.placeholders.truncate(mark.placeholders);
        self.problems.truncate(mark.problems);
        true
    }

    /// The catalog is about to be changed, and with it often the way back is lost.
    fn begin_change(&mut self) {
        self.changes += 1;
        if self.care == Care::Quick {
            self.deferred.stay();
        }
    }

    /// Whether lines were written since a mark.
    pub(super) fn has_written_since(&self, mark: &Mark) -> bool {
        self.lines.len() > mark.lines
    }

    pub(in crate::sql) fn execute(&mut self, statement: Statement) {
        if self.refusal.is_some() {
            return;
        }
        if let Statement::DropConstraint { table, name, .. } = &statement
            && let Some(query) = self.catalog.query_for(self.setup.server, table, name)
        {
            self.note_name(name, &query);
        }
        self.begin_change();
        let (effects, parts) = match &statement {
            Statement::Raw { sql } => self.execute_text(sql),
            statement => {
                let effects = effects::of(statement, self.setup.server, &self.catalog);
                self.catalog.execute(self.setup.server, statement);
                (effects, Vec::new())
            }
        };
        self.write(statement, effects, parts);
    }

    fn write(&mut self, statement: Statement, effects: Effects, parts: Vec<Executed>) {
        let renderer = Renderer {
            server: self.setup.server,
        };
        let mut sql = String::new();
        if self.setup.writes_text {
            sql = renderer.statement(&statement);
            if !sql.trim_end().ends_with(';') {
                sql.push(';');
            }
        }
        self.lines.push(Line::Statement {
            sql,
            statement: Box::new(statement),
            origin: self.origin,
            effects: Box::new(effects),
            parts,
        });
    }

    /// Says where the statements of the text that was executed last stand in the file.
    pub(super) fn place_last(&mut self, written: &Spanned<SmolStr>) {
        if let Some(Line::Statement {
            parts, statement, ..
        }) = self.lines.last_mut()
            && let Statement::Raw { sql } = &**statement
        {
            for part in parts {
                part.at = handwritten::place(written, sql, &part.range);
            }
        }
    }

    /// A handwritten text, statement by statement.
    fn execute_text(&mut self, sql: &str) -> (Effects, Vec<Executed>) {
        let Some(executed) = self.catalog.run(self.setup.server, sql) else {
            let unread = "handwritten SQL is not read on this database";
            return (Effects::not_analysed(unread), Vec::new());
        };
        let effects: Vec<Effects> = executed.iter().map(|it| it.effects.clone()).collect();
        (Effects::join(&effects), executed)
    }

    /// A name that only the server knows is about to stand in a statement.
    fn note_name(&mut self, name: &str, query: &str) {
        let found_by = format!("-- {name} is a name that the server made, found by:");
        self.lines.push(Line::Note(found_by));
        self.lines.push(Line::Note(format!("-- {query};")));
        let placeholder = Placeholder {
            text: name.into(),
            reason: PlaceholderReason::OnlyServer,
            span: self.origin.at,
        };
        if !self.placeholders.contains(&placeholder) {
            self.placeholders.push(placeholder);
        }
    }

    /// Ends a migration.
    pub(super) fn finish(&mut self) {
        let statements = self.deferred.finish();
        self.execute_all(statements);
    }

    /// Executes what was put off, before the migration ends.
    pub(in crate::sql) fn execute_deferred(&mut self) {
        let statements = self.deferred.take();
        self.execute_all(statements);
    }

    fn execute_all(&mut self, statements: Vec<(Statement, Origin)>) {
        for (statement, origin) in statements {
            self.origin = Origin {
                is_put_off: true,
                ..origin
            };
            self.execute(statement);
        }
    }

    /// The column of a field as its table is created with it; the second value as for
    /// [`Editor::column`].
    pub(in crate::sql) fn column_in_table(
        &mut self,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<(Column, bool)> {
        // Expressions name other columns, and an index may lie where the table does.
        let is_alone = field.db_default().is_none()
            && !field.is_generated()
            && (head.tablespace.is_none() || !field.is_unique);
        if !is_alone {
            return self.column(head, field, Purpose::Table);
        }
        if let Some(known) = field.in_table.get() {
            return Ok((known.clone(), false));
        }
        let (column, _) = self.column(head, field, Purpose::Table)?;
        Ok((field.in_table.get_or_init(|| column).clone(), false))
    }

    /// The column of a field; the second value tells whether Django hands values over
    /// beside the statement.
    pub(in crate::sql) fn column(
        &mut self,
        head: &Head<'_>,
        field: &Resolved<'_>,
        purpose: Purpose,
    ) -> Planned<(Column, bool)> {
        let setup = self.setup;
        let procedures = setup.server.dialect.procedures;
        let typed = field.typed()?;
        let mut has_params = false;
        let mut default = None;
        if let Some(Parameterised {
            sql,
            has_params: given,
        }) = expressions::db_default(setup, head, field)?
        {
            has_params |= given;
            default = Some(sql);
        } else if purpose == Purpose::Rows
            && !procedures.skips_default(setup, field)?
            && !(field.is_null && procedures.skips_altered_default(setup, field)?)
            && let Some(value) = default::effective(self, field)?
        {
            has_params = true;
            default = Some(procedures.column_default(setup.server, &typed.db_type, value));
        }
        let generated = if field.is_generated() {
            let Parameterised {
                sql,
                has_params: given,
            } = expressions::generated(setup, head, field)?;
            has_params |= given;
            Some(Generated {
                expression: sql,
                is_stored: field.field().flag("db_persist", true) == Some(true),
            })
        } else {
            None
        };
        let tablespace = field.tablespace.as_ref().or(head.tablespace.as_ref());
        let references = field.foreign_key().map(|relation| Reference {
            name: None,
            to_table: relation.to_table.clone(),
            to_column: relation.to_column.clone(),
        });
        let templates = &setup.server.dialect.templates;
        let is_inline = match purpose {
            Purpose::Table => templates.inline_foreign_key.is_some(),
            Purpose::Rows => templates.added_foreign_key.is_some(),
        };
        let column = ColumnDefinition {
            name: typed.name.clone(),
            db_type: typed.db_type.clone(),
            collation: typed.collation.clone(),
            comment: field
                .comment
                .clone()
                .filter(|_| setup.server.features.supports_comments_inline),
            default,
            generated,
            is_null: field.is_null
                || setup.server.features.interprets_empty_strings_as_nulls
                    && !field.is_primary_key
                    && value::allows_empty_texts(field.field()),
            key: match (field.is_primary_key, field.is_unique) {
                (true, _) => ColumnKey::Primary,
                (false, true) => ColumnKey::Unique,
                (false, false) => ColumnKey::None,
            },
            index_tablespace: tablespace
                .filter(|_| field.is_unique && setup.server.features.supports_tablespaces)
                .cloned(),
            check: typed.check.clone(),
            suffix: typed.suffix,
            references: references.filter(|_| is_inline),
            is_placed: false,
        };
        Ok((column.into(), has_params))
    }

    pub(in crate::sql) fn create_model(&mut self, table: &Table<'_>) -> Planned<()> {
        let create = self.definition(table)?;
        self.execute(Statement::CreateTable(create));
        self.complete(table)
    }

    /// A table's definition; what of it stands in statements of its own is put off.
    pub(in crate::sql) fn definition(&mut self, table: &Table<'_>) -> Planned<CreateTable> {
        let setup = self.setup;
        let features = setup.server.features;
        for fields in &table.unique_together {
            let columns = table.columns(setup, fields)?;
            let unique = index::unique(setup, &table.head.name, columns);
            self.deferred.push(unique);
        }
        let mut columns = Vec::with_capacity(table.fields.len());
        let mut has_params = false;
        for field in &table.fields {
            let (column, given) = self.column_in_table(&table.head, field)?;
            has_params |= given;
            if column.references.is_none()
                && field.foreign_key().is_some()
                && features.supports_foreign_keys
            {
                let key = foreign_key(&table.head.name, field, Suffix::ForeignKeyTarget)?;
                self.deferred.push(key);
            }
            columns.push(column);
        }
        let mut constraints = Vec::new();
        for constraint in &table.constraints {
            if has_params {
                let statement =
                    index::create_constraint(setup, &table.head, &table.fields, constraint)?;
                self.deferred.extend(statement);
            } else {
                match index::inline_constraint(setup, &table.head, &table.fields, constraint)? {
                    index::Inline::Within(constraint) => constraints.push(constraint),
                    index::Inline::Later(statement) => self.deferred.push(*statement),
                    index::Inline::Unsupported => {}
                }
            }
        }
        if let Some(fields) = &table.composite_key {
            constraints.push(Constraint {
                name: None,
                kind: ConstraintKind::PrimaryKey {
                    columns: table.columns(setup, fields)?,
                },
            });
        }
        Ok(CreateTable {
            table: table.head.name.clone(),
            columns,
            constraints,
            tablespace: table
                .head
                .tablespace
                .clone()
                .filter(|_| features.supports_tablespaces),
            is_unlogged: false,
        })
    }

    /// What a table has beside its definition.
    pub(in crate::sql) fn complete(&mut self, table: &Table<'_>) -> Planned<()> {
        let setup = self.setup;
        let features = setup.server.features;
        if features.supports_comments {
            if let Some(comment) = &table.comment {
                self.execute(Statement::CommentOnTable {
                    table: table.head.name.clone(),
                    comment: comment.clone(),
                });
            }
            for field in &table.fields {
                if let Some(comment) = &field.comment
                    && !features.supports_comments_inline
                {
                    self.execute(Statement::CommentOnColumn {
                        table: table.head.name.clone(),
                        column: field.column_name()?.clone(),
                        comment: comment.clone(),
                    });
                }
            }
        }
        let indexes = index::of_model(self, table)?;
        self.deferred.extend(indexes);
        for field in &table.many_to_many {
            if makes_table(field) {
                self.leave_out(own_table(field));
            } else if is_automatic(field) {
                let through = through(setup, &table.head.model, field)?;
                self.create_model(&through.table)?;
            }
        }
        Ok(())
    }

    /// Goes on without something, and tells.
    fn leave_out(&mut self, problem: Unknown) {
        self.lines.push(super::not_understood(&problem));
        self.problems.push(problem);
    }

    /// A table that was there is made anew under another name, filled, dropped and
    /// replaced, which the catalog takes in one step. `columns` are those of
    /// [`Statement::CopyRows`].
    pub(in crate::sql) fn replace_table(
        &mut self,
        create: CreateTable,
        old: &TableName,
        columns: Vec<(String, String)>,
    ) {
        let server = self.setup.server;
        let new = create.table.clone();
        let create = Statement::CreateTable(create);
        let rest = [
            Statement::CopyRows {
                from: old.clone(),
                to: new.clone(),
                columns,
            },
            Statement::DropTable { table: old.clone() },
            Statement::RenameTable {
                from: new.clone(),
                to: old.clone(),
            },
        ];
        let effects = |statement: &Statement| effects::of(statement, server, &self.catalog);
        let (first, others) = (effects(&create), rest.each_ref().map(effects));
        self.begin_change();
        if let Statement::CreateTable(create) = &create {
            self.catalog.replace_table(server, create, old);
        }
        self.write(create, first, Vec::new());
        for (statement, effects) in rest.into_iter().zip(others) {
            self.write(statement, effects, Vec::new());
        }
        self.deferred.retain(|it| !it.references_table(old));
        self.deferred.change(
            |it| it.references_table(&new),
            |it| it.rename_table(&new, old),
        );
    }

    pub(in crate::sql) fn delete_model(&mut self, head: &Head<'_>) -> Planned<()> {
        for field in head.model.local_many_to_many() {
            if is_automatic(&field) {
                let through = through(self.setup, &head.model, &field)?;
                self.delete_model(&through.table.head)?;
            }
        }
        self.drop_table(&head.name);
        let procedures = self.setup.server.dialect.procedures;
        procedures.clean_up(self, &head.name);
        Ok(())
    }

    pub(in crate::sql) fn drop_table(&mut self, table: &TableName) {
        self.execute(Statement::DropTable {
            table: table.clone(),
        });
        self.deferred.retain(|it| !it.references_table(table));
    }

    pub(in crate::sql) fn rename_table(&mut self, from: &TableName, to: &TableName) {
        if from == to {
            return;
        }
        if self.setup.server.features.ignores_table_name_case
            && from.as_str().to_lowercase() == to.as_str().to_lowercase()
        {
            self.begin_change();
            self.catalog.rename_table(from, to);
            return;
        }
        self.execute(Statement::RenameTable {
            from: from.clone(),
            to: to.clone(),
        });
        self.deferred.change(
            |it| it.references_table(from),
            |it| it.rename_table(from, to),
        );
    }

    /// A field of any kind.
    pub(in crate::sql) fn add_field(
        &mut self,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        if makes_table(&field.state) {
            return Err(own_table(&field.state));
        }
        if is_automatic(&field.state) {
            let through = through(self.setup, &field.model, &field.state)?;
            return self.create_model(&through.table);
        }
        self.setup
            .server
            .dialect
            .procedures
            .add_column(self, head, field)
    }

    pub(in crate::sql) fn add_column(
        &mut self,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        if field.column.is_none() {
            return Ok(());
        }
        let features = self.setup.server.features;
        let (column, _) = self.column(head, field, Purpose::Rows)?;
        if column.references.is_none()
            && field.foreign_key().is_some()
            && features.supports_foreign_keys
        {
            let key = foreign_key(&head.name, field, Suffix::ForeignKeyTarget)?;
            self.deferred.push(key);
        }
        let name = column.name.clone();
        let procedures = self.setup.server.dialect.procedures;
        let has_default = field.db_default().is_none()
            && !procedures.skips_altered_default(self.setup, field)?
            && default::is_something(self.setup, field)?;
        self.execute(Statement::AddColumn {
            table: head.name.clone(),
            column: Box::new(column),
        });
        if has_default {
            self.execute(Statement::AlterColumn {
                table: head.name.clone(),
                column: name.clone(),
                changes: vec![ColumnChange::DropDefault {
                    is_null: field.is_null,
                }],
            });
        }
        if features.supports_comments
            && !features.supports_comments_inline
            && let Some(comment) = &field.comment
        {
            self.execute(Statement::CommentOnColumn {
                table: head.name.clone(),
                column: name,
                comment: comment.clone(),
            });
        }
        let mut indexes = Vec::new();
        index::of_field(self, head, field, &mut indexes)?;
        self.deferred.extend(indexes);
        Ok(())
    }

    /// A field of any kind.
    pub(in crate::sql) fn remove_field(
        &mut self,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        if is_automatic(&field.state) {
            let through = through(self.setup, &field.model, &field.state)?;
            return self.delete_model(&through.table.head);
        }
        if field.column.is_none() {
            return Ok(());
        }
        self.setup
            .server
            .dialect
            .procedures
            .remove_column(self, head, field)
    }

    pub(in crate::sql) fn remove_column(
        &mut self,
        head: &Head<'_>,
        field: &Resolved<'_>,
    ) -> Planned<()> {
        let column = field.column_name()?;
        if field.relation.is_some() {
            for name in self.foreign_keys(&head.name, field)? {
                self.drop_foreign_key(&head.name, name);
            }
        }
        self.execute(Statement::DropColumn {
            table: head.name.clone(),
            column: column.clone(),
        });
        self.deferred
            .retain(|it| !it.references_column(&head.name, column));
        Ok(())
    }

    /// The foreign key constraints on a field's column.
    pub(in crate::sql) fn foreign_keys(
        &self,
        table: &TableName,
        field: &Resolved<'_>,
    ) -> Planned<Vec<SmolStr>> {
        let columns = std::slice::from_ref(field.column_name()?);
        self.names(table, Some(columns), |kind| {
            matches!(kind, EntryKind::ForeignKey { .. })
        })
    }

    /// What Django's introspection finds: see [`Catalog::names`].
    pub(in crate::sql) fn names(
        &self,
        table: &TableName,
        columns: Option<&[ColumnName]>,
        is_wanted: impl Fn(&EntryKind) -> bool,
    ) -> Planned<Vec<SmolStr>> {
        self.certain(table)?;
        Ok(self
            .catalog
            .names(self.setup.server, table, columns, is_wanted))
    }

    /// Fails if it is not known which names a table has.
    pub(in crate::sql) fn certain(&self, table: &TableName) -> Planned<()> {
        match self.catalog.why_doubtful(table) {
            None => Ok(()),
            Some(after) => Err(Unknown::new(
                self.origin.at,
                format!(
                    "which constraints and indexes `{}` has is not known after {after}",
                    table.as_str()
                ),
            )),
        }
    }

    pub(in crate::sql) fn drop_foreign_key(&mut self, table: &TableName, name: smol_str::SmolStr) {
        self.execute(Statement::DropConstraint {
            table: table.clone(),
            name,
            class: ConstraintClass::ForeignKey,
        });
    }

    /// Drops an index; one that waits to be made is not made.
    pub(in crate::sql) fn drop_index(
        &mut self,
        table: &TableName,
        name: smol_str::SmolStr,
        concurrently: bool,
    ) {
        let renderer = Renderer {
            server: self.setup.server,
        };
        let quoted = renderer.quote(&name);
        self.deferred.retain(|statement| match statement {
            Statement::CreateIndex(index) => {
                index.table != *table || renderer.quote(&renderer.index_name(index)) != quoted
            }
            Statement::AddConstraint {
                table: own,
                constraint,
                ..
            } => {
                let is_generated = matches!(constraint.name, Some(Name::Generated(_)));
                !is_generated
                    || own != table
                    || renderer
                        .constraint_name(own, constraint)
                        .is_none_or(|own| renderer.quote(&own) != quoted)
            }
            _ => true,
        });
        self.execute(Statement::DropIndex {
            table: table.clone(),
            name,
            concurrently,
        });
    }
}

/// `_create_fk_sql`.
pub(in crate::sql) fn foreign_key(
    table: &TableName,
    field: &Resolved<'_>,
    suffix: Suffix,
) -> Planned<Statement> {
    let column = field.column_name()?.clone();
    let Some(relation) = &field.relation else {
        let reason = "it refers to no model";
        return Err(crate::ir::Unknown::new(field.state.origin, reason));
    };
    Ok(Statement::AddConstraint {
        table: table.clone(),
        constraint: Constraint {
            name: Some(Name::Generated(suffix)),
            kind: ConstraintKind::ForeignKey {
                column,
                to_table: relation.to_table.clone(),
                to_column: relation.to_column.clone(),
            },
        },
        not_valid: false,
    })
}
