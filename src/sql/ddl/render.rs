//! Statements as text, by the templates of a dialect.

use std::convert::Infallible;

use super::{
    Column, ColumnChange, ColumnKey, ColumnName, Constraint, ConstraintClass, ConstraintKind,
    Conversion, CreateIndex, CreateTable, Deferrable, Fragment, Indexed, Name, Statement, Suffix,
    TableName,
};
use crate::sql::catalog::nameless;
use crate::sql::dialect::{Server, Templates};
use crate::sql::names;
use crate::sql::template;
use crate::sql::value::Datum;

/// Writes statements for a server.
#[derive(Clone, Copy)]
pub(in crate::sql) struct Renderer<'a> {
    pub(in crate::sql) server: &'a Server,
}

/// A template with `%(name)s` filled in. A name that is not given stays out.
fn fill(template: &str, parts: &[(&str, &str)]) -> String {
    let filled = template::fill(template, |name, out| {
        if let Some((_, value)) = parts.iter().find(|(known, _)| *known == name) {
            out.push_str(value);
        }
        Ok::<(), Infallible>(())
    });
    match filled {
        Ok(filled) => filled,
        Err(never) => match never {},
    }
}

impl Renderer<'_> {
    fn templates(self) -> &'static Templates {
        &self.server.dialect.templates
    }

    pub(in crate::sql) fn quote(self, name: &str) -> String {
        self.server.quoting.name(name)
    }

    fn table(self, table: &TableName) -> String {
        self.quote(table.as_str())
    }

    fn column(self, column: &ColumnName) -> String {
        self.quote(column.as_str())
    }

    fn columns(self, columns: &[ColumnName]) -> String {
        let quoted: Vec<String> = columns.iter().map(|column| self.column(column)).collect();
        quoted.join(", ")
    }

    fn literal(self, text: &str) -> String {
        let text = Datum::text(text);
        self.server.quoting.value(&text).unwrap_or_default()
    }

    /// Without the semicolon at the end.
    pub(in crate::sql) fn statement(self, statement: &Statement) -> String {
        let templates = self.templates();
        match statement {
            Statement::CreateTable(create) => self.create_table(create),
            Statement::DropTable { table } => {
                fill(templates.drop_table, &[("table", &self.table(table))])
            }
            Statement::RenameTable { from, to } => fill(
                templates.rename_table,
                &[
                    ("old_table", &self.table(from)),
                    ("new_table", &self.table(to)),
                ],
            ),
            Statement::AddColumn { table, column } => fill(
                templates.add_column,
                &[
                    ("table", &self.table(table)),
                    ("definition", &self.definition(table, column, Place::Added)),
                ],
            ),
            Statement::DropColumn { table, column } => fill(
                templates.drop_column,
                &[
                    ("table", &self.table(table)),
                    ("column", &self.column(column)),
                ],
            ),
            Statement::RenameColumn { table, from, to } => format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {}",
                self.table(table),
                self.column(from),
                self.column(to)
            ),
            Statement::AlterColumn {
                table,
                column,
                changes,
            } => self.alter_column(table, column, changes),
            Statement::CreateIndex(index) => self.create_index(index),
            Statement::DropIndex {
                table,
                name,
                concurrently,
            } => {
                let template = match templates.drop_index_concurrently {
                    Some(template) if *concurrently => template,
                    _ => templates.drop_index,
                };
                let name = self.quote(name);
                fill(template, &[("table", &self.table(table)), ("name", &name)])
            }
            Statement::RenameIndex { table, from, to } => fill(
                templates.rename_index,
                &[
                    ("table", &self.table(table)),
                    ("old_name", &self.quote(from)),
                    ("new_name", &self.quote(to)),
                ],
            ),
            Statement::AddConstraint {
                table,
                constraint,
                not_valid,
            } => self.add_constraint(table, constraint, *not_valid),
            Statement::DropConstraint { table, name, class } => {
                let template = match class {
                    ConstraintClass::PrimaryKey => templates.drop_primary_key,
                    ConstraintClass::Unique => templates.drop_unique,
                    ConstraintClass::Check => templates.drop_check,
                    ConstraintClass::ForeignKey => templates.drop_foreign_key,
                    ConstraintClass::Exclusion => templates.drop_constraint,
                };
                let name = if nameless::is_placeholder(name) {
                    name.to_string()
                } else {
                    self.quote(name)
                };
                fill(template, &[("table", &self.table(table)), ("name", &name)])
            }
            Statement::ValidateConstraint { table, name } => format!(
                "ALTER TABLE {} VALIDATE CONSTRAINT {}",
                self.table(table),
                self.quote(name)
            ),
            Statement::FillNulls {
                table,
                column,
                value,
            } => fill(
                templates.fill_nulls,
                &[
                    ("table", &self.table(table)),
                    ("column", &self.column(column)),
                    ("default", value),
                ],
            ),
            Statement::FillColumn {
                table,
                column,
                value,
            } => fill(
                templates.fill_column,
                &[
                    ("table", &self.table(table)),
                    ("column", &self.column(column)),
                    ("value", value),
                ],
            ),
            Statement::CopyRows { from, to, columns } => {
                let targets: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
                let values: Vec<&str> = columns.iter().map(|(_, value)| value.as_str()).collect();
                format!(
                    "INSERT INTO {} ({}) SELECT {} FROM {}",
                    self.table(to),
                    targets.join(", "),
                    values.join(", "),
                    self.table(from)
                )
            }
            Statement::Raw { sql } => sql.clone(),
            // It is sent within its text.
            Statement::ByHand(_) => String::new(),
            Statement::CommentOnTable { .. }
            | Statement::CommentOnColumn { .. }
            | Statement::AddIdentity { .. }
            | Statement::DropIdentity { .. }
            | Statement::AlterSequenceType { .. }
            | Statement::DropSequence { .. }
            | Statement::DropOldSequence { .. }
            | Statement::CreateExtension { .. }
            | Statement::DropExtension { .. }
            | Statement::CreateCollation { .. }
            | Statement::DropCollation { .. } => self.rare(statement),
        }
    }

    fn rare(self, statement: &Statement) -> String {
        match statement {
            Statement::CommentOnTable { table, comment } => fill(
                self.templates().comment_on_table,
                &[
                    ("table", &self.table(table)),
                    ("comment", &self.literal(comment)),
                ],
            ),
            Statement::CommentOnColumn {
                table,
                column,
                comment,
            } => fill(
                self.templates().comment_on_column,
                &[
                    ("table", &self.table(table)),
                    ("column", &self.column(column)),
                    ("comment", &self.literal(comment)),
                ],
            ),
            Statement::AddIdentity { table, column } => format!(
                "ALTER TABLE {} ALTER COLUMN {} ADD GENERATED BY DEFAULT AS IDENTITY",
                self.table(table),
                self.column(column)
            ),
            Statement::DropIdentity { table, column } => fill(
                self.templates().drop_identity,
                &[
                    ("table", &self.table(table)),
                    ("column", &self.column(column)),
                ],
            ),
            Statement::DropOldSequence { sequence } => fill(
                self.templates().drop_old_sequence,
                &[("sequence", sequence)],
            ),
            Statement::AlterSequenceType { sequence, db_type } => format!(
                "ALTER SEQUENCE IF EXISTS {} AS {db_type}",
                self.quote(sequence)
            ),
            Statement::DropSequence { sequence } => {
                format!("DROP SEQUENCE IF EXISTS {} CASCADE", self.quote(sequence))
            }
            Statement::CreateExtension { name } => {
                format!("CREATE EXTENSION IF NOT EXISTS {}", self.quote(name))
            }
            Statement::DropExtension { name } => {
                format!("DROP EXTENSION IF EXISTS {}", self.quote(name))
            }
            Statement::CreateCollation {
                name,
                locale,
                provider,
                is_deterministic,
            } => {
                let mut options = format!("locale={}", self.quote(locale));
                if let Some(provider) = provider {
                    options.push_str(", provider=");
                    options.push_str(&self.quote(provider));
                }
                if !is_deterministic {
                    options.push_str(", deterministic=false");
                }
                format!("CREATE COLLATION {} ({options})", self.quote(name))
            }
            Statement::DropCollation { name } => format!("DROP COLLATION {}", self.quote(name)),
            _ => String::new(),
        }
    }

    fn create_table(self, create: &CreateTable) -> String {
        let columns = create
            .columns
            .iter()
            .map(|column| self.definition(&create.table, column, Place::Created));
        let constraints = create
            .constraints
            .iter()
            .map(|constraint| self.constraint(&create.table, constraint));
        let parts: Vec<String> = columns.chain(constraints).collect();
        let mut sql = format!(
            "CREATE TABLE {} ({})",
            self.table(&create.table),
            parts.join(", ")
        );
        if let Some(tablespace) = &create.tablespace {
            sql.push_str(" TABLESPACE ");
            sql.push_str(&self.quote(tablespace));
        }
        sql
    }

    /// A column with its name.
    fn definition(self, table: &TableName, column: &Column, place: Place) -> String {
        let mut sql = self.column(&column.name);
        let mut add = |part: &str| {
            sql.push(' ');
            sql.push_str(part);
        };
        add(&column.db_type);
        if let Some(collation) = &column.collation {
            add(&format!("COLLATE {}", self.collation(collation)));
        }
        if let Some(comment) = &column.comment {
            add(&self.comment(comment));
        }
        if let Some(default) = &column.default {
            add(&format!("DEFAULT {default}"));
        }
        match &column.generated {
            Some(generated) => {
                let kept = if generated.is_stored {
                    "STORED"
                } else {
                    "VIRTUAL"
                };
                add(&format!(
                    "GENERATED ALWAYS AS ({}) {kept}",
                    generated.expression
                ));
            }
            None if column.is_null => add("NULL"),
            None => add("NOT NULL"),
        }
        match column.key {
            ColumnKey::Primary => add("PRIMARY KEY"),
            ColumnKey::Unique => add("UNIQUE"),
            ColumnKey::None => {}
        }
        if let Some(tablespace) = &column.index_tablespace {
            add(&format!(
                "USING INDEX TABLESPACE {}",
                self.quote(tablespace)
            ));
        }
        let check = column
            .check
            .as_ref()
            .map(|check| format!("CHECK ({check})"));
        // `add_field` puts the suffix before the check, `table_sql` behind it.
        let (first, second) = match place {
            Place::Created => (check.as_deref(), column.suffix),
            Place::Added => (column.suffix, check.as_deref()),
        };
        first.into_iter().chain(second).for_each(&mut add);
        if let Some(reference) = &column.references {
            let template = match place {
                Place::Created => self.templates().inline_foreign_key,
                Place::Added => self.templates().added_foreign_key,
            };
            if let Some(template) = template {
                let to = [reference.to_table.as_str(), reference.to_column.as_str()];
                let columns = [column.name.as_str()];
                let name = self.generated(table, &columns, Suffix::ForeignKeyTarget, Some(to));
                let (namespace, _) = names::split_identifier(table.as_str());
                let namespace = match namespace {
                    "" => String::new(),
                    namespace => format!("{}.", self.quote(namespace)),
                };
                add(&fill(
                    template,
                    &[
                        ("name", &self.quote(&name)),
                        ("namespace", &namespace),
                        ("column", &self.column(&column.name)),
                        ("to_table", &self.table(&reference.to_table)),
                        ("to_column", &self.column(&reference.to_column)),
                        ("deferrable", self.templates().deferrable_foreign_key),
                    ],
                ));
            }
        }
        sql
    }

    fn collation(self, name: &str) -> String {
        if self.templates().is_collation_quoted {
            self.quote(name)
        } else {
            name.to_owned()
        }
    }

    /// `_comment_sql` of the dialects with comments in a column's definition: MySQL's.
    fn comment(self, comment: &str) -> String {
        format!(" COMMENT {}", self.literal(comment))
    }

    fn alter_column(
        self,
        table: &TableName,
        column: &ColumnName,
        changes: &[ColumnChange],
    ) -> String {
        let column = self.column(column);
        let templates = self.templates();
        let one = |template, key, value: &str| fill(template, &[("column", &column), (key, value)]);
        let changes: Vec<String> = changes
            .iter()
            .map(|change| match change {
                ColumnChange::Type {
                    db_type,
                    kept,
                    collation,
                    comment,
                    conversion,
                } => {
                    let collation = collation.as_ref().map_or_else(String::new, |collation| {
                        format!(" COLLATE {}", self.collation(collation))
                    });
                    let using = match conversion {
                        // What somebody wrote is sent within its text.
                        Conversion::Implicit | Conversion::Expression => String::new(),
                        Conversion::Cast => format!(" USING {column}::{db_type}"),
                        Conversion::Force3d => {
                            format!(" USING ST_Force3D({column})::{db_type}")
                        }
                        Conversion::Force2d => {
                            format!(" USING ST_Force2D({column})::{db_type}")
                        }
                    };
                    let comment = comment.as_ref().map(|comment| self.comment(comment));
                    let db_type = restated(db_type, kept.default.as_deref(), kept.is_null);
                    fill(
                        templates.alter_type,
                        &[
                            ("column", &column),
                            ("type", &db_type),
                            ("collation", &collation),
                            ("comment", &comment.unwrap_or_default()),
                            ("using", &using),
                        ],
                    )
                }
                ColumnChange::SetDefault(value) => one(templates.set_default, "default", value),
                ColumnChange::DropDefault { is_null } => {
                    let template = if *is_null {
                        templates.drop_default_to_null
                    } else {
                        templates.drop_default
                    };
                    one(template, "", "")
                }
                ColumnChange::SetNotNull(column) => {
                    let db_type = restated(&column.db_type, column.default.as_deref(), None);
                    one(templates.set_not_null, "type", &db_type)
                }
                ColumnChange::DropNotNull(column) => {
                    let db_type = restated(&column.db_type, column.default.as_deref(), None);
                    one(templates.drop_not_null, "type", &db_type)
                }
            })
            .collect();
        format!("ALTER TABLE {} {}", self.table(table), changes.join(", "))
    }

    fn create_index(self, index: &CreateIndex) -> String {
        let templates = self.templates();
        let template = match templates.create_index_concurrently {
            _ if index.is_unique => templates.create_unique_index,
            Some(template) if index.concurrently => template,
            _ => templates.create_index,
        };
        let columns = match &index.indexed {
            Indexed::Expressions(fragment) => fragment.sql.clone(),
            Indexed::Columns(columns) => {
                let columns: Vec<String> = columns
                    .iter()
                    .map(|column| {
                        let mut sql = self.column(&column.name);
                        if let Some(opclass) = &column.opclass {
                            sql.push(' ');
                            sql.push_str(opclass);
                        }
                        if column.is_descending {
                            sql.push_str(" DESC");
                        }
                        sql
                    })
                    .collect();
                columns.join(", ")
            }
        };
        let using = match &index.method {
            Some(method) => format!(" USING {method}"),
            None => String::new(),
        };
        let include = self.include(&index.include);
        let mut extra = String::new();
        if !index.parameters.is_empty() {
            extra.push_str(" WITH (");
            extra.push_str(&index.parameters.join(", "));
            extra.push(')');
        }
        if let Some(tablespace) = &index.tablespace {
            // Where there are none, Django leaves the blank.
            extra.push(' ');
            if self.server.features.supports_tablespaces {
                extra.push_str("TABLESPACE ");
                extra.push_str(&self.quote(tablespace));
            }
        }
        let condition = match &index.condition {
            Some(condition) => format!(" WHERE {condition}"),
            None => String::new(),
        };
        fill(
            template,
            &[
                ("name", &self.quote(&self.index_name(index))),
                ("table", &self.table(&index.table)),
                ("using", &using),
                ("columns", &columns),
                ("include", &include),
                ("nulls_distinct", nulls_distinct(index.nulls_distinct)),
                ("extra", &extra),
                ("condition", &condition),
            ],
        )
    }

    fn include(self, columns: &[ColumnName]) -> String {
        if columns.is_empty() || !self.server.features.supports_covering_indexes {
            return String::new();
        }
        format!(" INCLUDE ({})", self.columns(columns))
    }

    /// The column that the expressions of an index begin with.
    pub(in crate::sql) fn first_column(self, fragment: &Fragment) -> Option<ColumnName> {
        let quoting = self.server.quoting;
        let (place, name) = quoting.names_in(&fragment.sql).into_iter().next()?;
        let after = fragment.sql.get(place.end..)?;
        let is_alone = place.start == 0
            && (after.is_empty() || after.starts_with(',') || after.starts_with(' '));
        is_alone.then(|| ColumnName::new(name))
    }

    /// The name of an index that is created.
    pub(in crate::sql) fn index_name(self, index: &CreateIndex) -> String {
        match &index.name {
            Name::Given(name) => name.to_string(),
            Name::Generated(suffix) => {
                let columns: Vec<&str> = match &index.indexed {
                    Indexed::Columns(columns) => {
                        columns.iter().map(|column| column.name.as_str()).collect()
                    }
                    Indexed::Expressions(_) => Vec::new(),
                };
                self.generated(&index.table, &columns, *suffix, None)
            }
        }
    }

    /// The name of a constraint that is created; `None` if the database chooses it.
    pub(in crate::sql) fn constraint_name(
        self,
        table: &TableName,
        constraint: &Constraint,
    ) -> Option<String> {
        let suffix = match constraint.name.as_ref()? {
            Name::Given(name) => return Some(name.to_string()),
            Name::Generated(suffix) => *suffix,
        };
        let (columns, to): (Vec<&str>, _) = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } | ConstraintKind::Unique { columns, .. } => {
                (columns.iter().map(ColumnName::as_str).collect(), None)
            }
            ConstraintKind::Check(check) => {
                (check.columns.iter().map(ColumnName::as_str).collect(), None)
            }
            ConstraintKind::ForeignKey {
                column,
                to_table,
                to_column,
            } => (
                vec![column.as_str()],
                Some([to_table.as_str(), to_column.as_str()]),
            ),
            ConstraintKind::Exclusion { .. } => (Vec::new(), None),
        };
        Some(self.generated(table, &columns, suffix, to))
    }

    /// A name that Django generates.
    pub(in crate::sql) fn generated(
        self,
        table: &TableName,
        columns: &[&str],
        suffix: Suffix,
        to: Option<[&str; 2]>,
    ) -> String {
        let max_length = self.server.features.max_name_length;
        match (suffix, to) {
            (Suffix::Text(suffix), _) => {
                names::index_name(table.as_str(), columns, suffix, max_length)
            }
            (Suffix::ForeignKeyTarget, to) => {
                let [to_table, to_column] = to.unwrap_or_default();
                let (_, to_table) = names::split_identifier(to_table);
                let suffix = format!("_fk_{to_table}_{to_column}");
                names::index_name(table.as_str(), columns, &suffix, max_length)
            }
        }
    }

    fn add_constraint(self, table: &TableName, constraint: &Constraint, not_valid: bool) -> String {
        let mut sql = format!(
            "ALTER TABLE {} ADD {}",
            self.table(table),
            self.constraint(table, constraint)
        );
        if not_valid {
            sql.push_str(" NOT VALID");
        }
        sql
    }

    /// A constraint as it stands in a table's definition.
    fn constraint(self, table: &TableName, constraint: &Constraint) -> String {
        let body = match &constraint.kind {
            ConstraintKind::PrimaryKey { columns } => {
                format!("PRIMARY KEY ({})", self.columns(columns))
            }
            ConstraintKind::Unique {
                columns,
                nulls_distinct: distinct,
                deferrable,
            } => format!(
                "UNIQUE{} ({}){}",
                nulls_distinct(*distinct),
                self.columns(columns),
                self::deferrable(*deferrable)
            ),
            ConstraintKind::Check(check) => format!("CHECK ({})", check.sql),
            ConstraintKind::ForeignKey {
                column,
                to_table,
                to_column,
            } => format!(
                "FOREIGN KEY ({}) REFERENCES {} ({}){}",
                self.column(column),
                self.table(to_table),
                self.column(to_column),
                self.templates().deferrable_foreign_key
            ),
            ConstraintKind::Exclusion {
                method,
                expressions,
                include,
                condition,
                deferrable,
            } => {
                let condition = match condition {
                    Some(condition) => format!(" WHERE ({condition})"),
                    None => String::new(),
                };
                format!(
                    "EXCLUDE USING {method} ({}){}{condition}{}",
                    expressions.sql,
                    self.include(include),
                    self::deferrable(*deferrable)
                )
            }
        };
        match self.constraint_name(table, constraint) {
            Some(name) => format!("CONSTRAINT {} {body}", self.quote(&name)),
            None => body,
        }
    }
}

/// A column's type with its default and whether it may be null.
fn restated(db_type: &str, default: Option<&str>, is_null: Option<bool>) -> String {
    let mut sql = db_type.to_owned();
    if let Some(default) = default {
        sql.push_str(" DEFAULT ");
        sql.push_str(default);
    }
    match is_null {
        None => {}
        Some(true) => sql.push_str(" NULL"),
        Some(false) => sql.push_str(" NOT NULL"),
    }
    sql
}

/// Where a column's definition stands.
#[derive(Clone, Copy)]
enum Place {
    Created,
    Added,
}

const fn nulls_distinct(distinct: Option<bool>) -> &'static str {
    match distinct {
        None => "",
        Some(true) => " NULLS DISTINCT",
        Some(false) => " NULLS NOT DISTINCT",
    }
}

const fn deferrable(deferrable: Option<Deferrable>) -> &'static str {
    match deferrable {
        None => "",
        Some(Deferrable::Deferred) => " DEFERRABLE INITIALLY DEFERRED",
        Some(Deferrable::Immediate) => " DEFERRABLE INITIALLY IMMEDIATE",
    }
}
