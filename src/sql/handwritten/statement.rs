//! Statements as `sqlparser` reads them.

use std::sync::Arc;

use smol_str::SmolStr;
use sqlparser::ast::{
    AlterIndexOperation, AlterSchemaOperation, AlterTypeOperation, CommentObject, ContextModifier,
    CopySource, CreateIndex as ParsedIndex, Delete, FromTable, Insert, ObjectType, Query,
    SchemaName, Set, SetExpr, Statement as Parsed, TableFactor, TableObject, TableWithJoins,
    Truncate, Update, UserDefinedTypeRepresentation,
};

use super::names::Names;
use super::table::{if_exists, if_not_exists, indexed};
use super::{Existence, Read, by_hand};
use crate::sql::ddl::{
    ByHand, ColumnName, CreateIndex, Name, Statement, TableName, TransactionControl,
};

fn one(statement: ByHand) -> Read {
    Ok(vec![(Existence::Fails, by_hand(statement))])
}

fn harmless(what: &str) -> Read {
    one(ByHand::Harmless { what: what.into() })
}

impl Names {
    #[allow(clippy::too_many_lines, reason = "one arm a statement")]
    pub(super) fn statement(self, parsed: Parsed) -> Read {
        match &parsed {
            Parsed::CreateTable(create) => self.create_table(create),
            Parsed::AlterTable(alter) => {
                let table = self.table(&alter.name);
                let mut all = Vec::new();
                for operation in &alter.operations {
                    all.extend(self.alter_table(&table, operation)?);
                }
                Ok(all)
            }
            Parsed::CreateIndex(index) => Ok(vec![self.create_index(index)]),
            Parsed::AlterIndex { name, operation } => {
                let AlterIndexOperation::RenameIndex { index_name } = operation;
                Ok(vec![(
                    Existence::Fails,
                    Statement::RenameIndex {
                        table: TableName::new(""),
                        from: self.last(name),
                        to: self.last(index_name),
                    },
                )])
            }
            Parsed::RenameTable(all) => Ok(all
                .iter()
                .map(|rename| {
                    let rename = Statement::RenameTable {
                        from: self.table(&rename.old_name),
                        to: self.table(&rename.new_name),
                    };
                    (Existence::Fails, rename)
                })
                .collect()),
            Parsed::Drop {
                object_type,
                if_exists: is_given,
                names,
                table,
                ..
            } => {
                let existence = if_exists(*is_given);
                Ok(names
                    .iter()
                    .map(|name| {
                        let last = self.last(name);
                        let drop = match object_type {
                            ObjectType::Table | ObjectType::ForeignTable => Statement::DropTable {
                                table: self.table(name),
                            },
                            ObjectType::Index => Statement::DropIndex {
                                table: table
                                    .as_ref()
                                    .map_or_else(|| TableName::new(""), |it| self.table(it)),
                                name: last,
                                concurrently: false,
                            },
                            ObjectType::Collation => Statement::DropCollation { name: last },
                            ObjectType::Sequence => Statement::DropSequence { sequence: last },
                            ObjectType::View | ObjectType::MaterializedView => {
                                by_hand(ByHand::DropView {
                                    view: self.table(name),
                                    is_materialized: *object_type == ObjectType::MaterializedView,
                                })
                            }
                            ObjectType::Type => by_hand(ByHand::DropType { name: last }),
                            ObjectType::Schema | ObjectType::Database => {
                                by_hand(ByHand::DropSchema { name: last })
                            }
                            _ => by_hand(ByHand::Harmless {
                                what: "DROP of what holds no rows".into(),
                            }),
                        };
                        (existence, drop)
                    })
                    .collect())
            }
            Parsed::Truncate(truncate) => self.truncate(truncate),
            Parsed::Insert(insert) => self.insert(insert),
            Parsed::Update(update) => self.update(update),
            Parsed::Delete(delete) => self.delete(delete),
            Parsed::Merge(merge) => {
                let table = self.factor(&merge.table)?;
                one(ByHand::Update {
                    reads: self.others(&parsed, &table),
                    table,
                    columns: Vec::new(),
                    has_where: true,
                })
            }
            Parsed::Query(query) => self.query(query),
            Parsed::Copy {
                source: CopySource::Table { table_name, .. },
                to: false,
                ..
            } => one(ByHand::LoadRows {
                table: self.table(table_name),
            }),
            Parsed::CreateView(view) => {
                let reads = self.reads(&*view.query);
                Ok(vec![(
                    if_not_exists(view.if_not_exists),
                    by_hand(ByHand::CreateView {
                        view: self.table(&view.name),
                        is_materialized: view.materialized,
                        is_replacement: view.or_replace,
                        reads,
                        query: view.query.to_string(),
                    }),
                )])
            }
            Parsed::RefreshMaterializedView(refresh) => one(ByHand::RefreshMaterializedView {
                view: self.table(&refresh.name),
                concurrently: refresh.concurrently,
            }),
            Parsed::CreateTrigger(trigger) => Ok(vec![(
                if_not_exists(trigger.or_replace),
                by_hand(ByHand::CreateTrigger {
                    table: self.table(&trigger.table_name),
                    name: self.last(&trigger.name),
                }),
            )]),
            Parsed::DropTrigger(trigger) => Ok(vec![(
                if_exists(trigger.if_exists),
                by_hand(ByHand::DropTrigger {
                    table: trigger.table_name.as_ref().map(|it| self.table(it)),
                    name: self.last(&trigger.trigger_name),
                }),
            )]),
            Parsed::CreateFunction(function) => one(ByHand::CreateFunction {
                name: self.last(&function.name),
            }),
            Parsed::CreateProcedure { name, .. } => one(ByHand::CreateFunction {
                name: self.last(name),
            }),
            Parsed::DropFunction(drop) => {
                let name = drop.func_desc.first().map(|it| self.last(&it.name));
                Ok(vec![(
                    if_exists(drop.if_exists),
                    by_hand(ByHand::DropFunction {
                        name: name.unwrap_or_default(),
                    }),
                )])
            }
            Parsed::DropProcedure {
                if_exists: is_given,
                proc_desc,
                ..
            } => {
                let name = proc_desc.first().map(|it| self.last(&it.name));
                Ok(vec![(
                    if_exists(*is_given),
                    by_hand(ByHand::DropFunction {
                        name: name.unwrap_or_default(),
                    }),
                )])
            }
            Parsed::Call(function) => one(ByHand::Call {
                name: self.last(&function.name),
            }),
            Parsed::CreateType {
                name,
                representation,
            } => {
                let name = self.last(name);
                one(match representation {
                    Some(UserDefinedTypeRepresentation::Enum { .. }) => ByHand::CreateEnum { name },
                    _ => ByHand::CreateType { name },
                })
            }
            Parsed::CreateDomain(domain) => one(ByHand::CreateDomain {
                name: self.last(&domain.name),
                base: domain.data_type.to_string().to_lowercase().into(),
                has_check: !domain.constraints.is_empty(),
            }),
            Parsed::DropDomain(domain) => Ok(vec![(
                if_exists(domain.if_exists),
                by_hand(ByHand::DropType {
                    name: self.last(&domain.name),
                }),
            )]),
            Parsed::AlterType(alter) => {
                let name = self.last(&alter.name);
                match &alter.operation {
                    AlterTypeOperation::AddValue(add) => Ok(vec![(
                        if_not_exists(add.if_not_exists),
                        by_hand(ByHand::AddEnumValue {
                            name,
                            value: SmolStr::new(&add.value.value),
                            has_position: add.position.is_some(),
                        }),
                    )]),
                    AlterTypeOperation::RenameValue(rename) => one(ByHand::RenameEnumValue {
                        name,
                        from: SmolStr::new(&rename.from.value),
                    }),
                    AlterTypeOperation::Rename(_) => one(ByHand::RenameType { name }),
                }
            }
            Parsed::CreateExtension(extension) => Ok(vec![(
                if_not_exists(extension.if_not_exists),
                Statement::CreateExtension {
                    name: self.ident(&extension.name),
                },
            )]),
            Parsed::DropExtension(drop) => Ok(drop
                .names
                .iter()
                .map(|name| {
                    let drop_one = Statement::DropExtension {
                        name: self.ident(name),
                    };
                    (if_exists(drop.if_exists), drop_one)
                })
                .collect()),
            Parsed::CreateSchema {
                schema_name,
                if_not_exists: is_given,
                ..
            } => {
                let name = match schema_name {
                    SchemaName::Simple(name) | SchemaName::NamedAuthorization(name, _) => {
                        self.last(name)
                    }
                    SchemaName::UnnamedAuthorization(name) => self.ident(name),
                };
                Ok(vec![(
                    if_not_exists(*is_given),
                    by_hand(ByHand::CreateSchema { name }),
                )])
            }
            Parsed::AlterSchema(alter) => {
                let name = self.last(&alter.name);
                let renames =
                    |it: &AlterSchemaOperation| matches!(it, AlterSchemaOperation::Rename { .. });
                if alter.operations.iter().any(renames) {
                    one(ByHand::RenameSchema { name })
                } else {
                    harmless("ALTER SCHEMA")
                }
            }
            Parsed::CreateSequence {
                if_not_exists: is_given,
                name,
                ..
            } => Ok(vec![(
                if_not_exists(*is_given),
                by_hand(ByHand::CreateSequence {
                    name: self.last(name),
                }),
            )]),
            Parsed::Comment {
                object_type,
                object_name,
                comment,
                ..
            } => {
                let comment: SmolStr = comment.as_deref().unwrap_or_default().into();
                let statement = match object_type {
                    CommentObject::Table
                    | CommentObject::View
                    | CommentObject::MaterializedView
                    | CommentObject::ForeignTable => Statement::CommentOnTable {
                        table: self.table(object_name),
                        comment,
                    },
                    CommentObject::Column => {
                        let parts: Vec<SmolStr> = object_name
                            .0
                            .iter()
                            .filter_map(|part| part.as_ident())
                            .map(|ident| self.ident(ident))
                            .collect();
                        let Some((column, table)) = parts.split_last() else {
                            return harmless("COMMENT ON");
                        };
                        Statement::CommentOnColumn {
                            table: self.qualified(table),
                            column: ColumnName::new(column.clone()),
                            comment,
                        }
                    }
                    _ => return harmless("COMMENT ON"),
                };
                Ok(vec![(Existence::Fails, statement)])
            }
            Parsed::CreatePolicy(policy) => one(ByHand::Policy {
                table: self.table(&policy.table_name),
            }),
            Parsed::DropPolicy(policy) => one(ByHand::Policy {
                table: self.table(&policy.table_name),
            }),
            Parsed::AlterPolicy(policy) => one(ByHand::Policy {
                table: self.table(&policy.table_name),
            }),
            Parsed::CreateRule(rule) => one(ByHand::Policy {
                table: self.table(&rule.table_name),
            }),
            Parsed::Lock(lock) => one(ByHand::Lock {
                tables: lock.tables.iter().map(|it| self.table(&it.name)).collect(),
                mode: lock.lock_mode.as_ref().map(|mode| mode.to_string().into()),
                nowait: lock.nowait,
            }),
            Parsed::LockTables { tables } => one(ByHand::Lock {
                tables: tables
                    .iter()
                    .map(|it| TableName::new(self.ident(&it.table)))
                    .collect(),
                mode: None,
                nowait: false,
            }),
            Parsed::Analyze(analyze) => one(ByHand::Analyze {
                table: analyze.table_name.as_ref().map(|it| self.table(it)),
            }),
            Parsed::Vacuum(vacuum) => one(ByHand::Vacuum {
                table: vacuum.table_name.as_ref().map(|it| self.table(it)),
                is_full: vacuum.full,
            }),
            Parsed::OptimizeTable { name, .. } => one(ByHand::Optimize {
                table: self.table(name),
            }),
            Parsed::Set(set) => self.set(set),
            Parsed::StartTransaction { .. } => one(ByHand::Transaction(TransactionControl::Begin)),
            Parsed::Commit { .. } => one(ByHand::Transaction(TransactionControl::Commit)),
            Parsed::Rollback {
                savepoint: None, ..
            } => one(ByHand::Transaction(TransactionControl::Rollback)),
            Parsed::Rollback { .. }
            | Parsed::Savepoint { .. }
            | Parsed::ReleaseSavepoint { .. } => {
                one(ByHand::Transaction(TransactionControl::Savepoint))
            }
            Parsed::CreateCollation(collation) => Ok(vec![(
                if_not_exists(collation.if_not_exists),
                Statement::CreateCollation {
                    name: self.last(&collation.name),
                    locale: SmolStr::default(),
                    provider: None,
                    is_deterministic: !collation
                        .to_string()
                        .to_lowercase()
                        .replace(' ', "")
                        .contains("deterministic=false"),
                },
            )]),
            Parsed::Grant(_) | Parsed::Revoke(_) | Parsed::AlterDefaultPrivileges(_) => {
                harmless("GRANT, REVOKE")
            }
            Parsed::CreateRole(_)
            | Parsed::AlterRole { .. }
            | Parsed::CreateOperator(_)
            | Parsed::CreateOperatorClass(_)
            | Parsed::CreateOperatorFamily(_)
            | Parsed::DropOperator(_)
            | Parsed::CreateTextSearch(_)
            | Parsed::AlterTextSearch(_)
            | Parsed::CreateAggregate(_)
            | Parsed::AlterFunction(_)
            | Parsed::NOTIFY { .. }
            | Parsed::LISTEN { .. }
            | Parsed::ShowVariable { .. }
            | Parsed::Reset(_)
            | Parsed::Use(_)
            | Parsed::CreateServer(_)
            | Parsed::CreateForeignDataWrapper(_)
            | Parsed::CreateUserMapping(_)
            | Parsed::AlterView(_) => harmless("statements that touch no table"),
            other => {
                let text = other.to_string();
                let start: Vec<&str> = text.split_whitespace().take(2).collect();
                Err(format!("`{}` was not understood", start.join(" ")))
            }
        }
    }

    /// A query, or what changes rows with the help of queries.
    fn query(self, query: &Query) -> Read {
        let mut all = Vec::new();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            if let SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement) = &*cte.query.body
            {
                all.extend(self.statement(statement.clone())?);
            }
        }
        match &*query.body {
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement) => {
                all.extend(self.statement(statement.clone())?);
            }
            _ => all.push((
                Existence::Fails,
                by_hand(ByHand::Select {
                    reads: self.reads(query),
                    locks_rows: !query.locks.is_empty(),
                    calls: self.calls(query),
                }),
            )),
        }
        Ok(all)
    }

    fn create_index(self, index: &ParsedIndex) -> (Existence, Statement) {
        let table = self.table(&index.table_name);
        let statement = Statement::CreateIndex(Arc::new(CreateIndex {
            name: Name::Given(match &index.name {
                Some(name) => self.last(name),
                None => super::words::index_name(&table, &index.columns, self),
            }),
            table,
            is_unique: index.unique,
            concurrently: index.concurrently,
            method: index.using.as_ref().map(|it| it.to_string().into()),
            indexed: indexed(self, &index.columns),
            include: self.columns(&index.include),
            nulls_distinct: index.nulls_distinct,
            parameters: index.with.iter().map(ToString::to_string).collect(),
            tablespace: None,
            condition: index.predicate.as_ref().map(ToString::to_string),
        }));
        (if_not_exists(index.if_not_exists), statement)
    }

    fn factor(self, table: &TableFactor) -> Result<TableName, String> {
        match table {
            TableFactor::Table { name, .. } => Ok(self.table(name)),
            other => Err(format!("`{other}` is no table")),
        }
    }

    /// The tables that a statement names besides one.
    fn others(self, statement: &impl sqlparser::ast::Visit, own: &TableName) -> Vec<TableName> {
        let mut reads = self.reads(statement);
        reads.retain(|table| table != own);
        reads
    }

    fn truncate(self, truncate: &Truncate) -> Read {
        one(ByHand::Truncate {
            tables: truncate
                .table_names
                .iter()
                .map(|it| self.table(&it.name))
                .collect(),
            is_cascade: matches!(
                truncate.cascade,
                Some(sqlparser::ast::CascadeOption::Cascade)
            ),
        })
    }

    fn insert(self, insert: &Insert) -> Read {
        let TableObject::TableName(name) = &insert.table else {
            return Err("rows are inserted into what is no table".to_owned());
        };
        let table = self.table(name);
        let reads = insert.source.as_ref().map(|it| self.reads(&**it));
        one(ByHand::Insert {
            table,
            reads: reads.unwrap_or_default(),
        })
    }

    fn update(self, update: &Update) -> Read {
        let table = self.factor(&update.table.relation)?;
        let columns = update
            .assignments
            .iter()
            .filter_map(|it| {
                let target = it.target.to_string();
                let last = target.rsplit('.').next()?;
                Some(ColumnName::new(last.trim_matches(['"', '`'])))
            })
            .collect();
        one(ByHand::Update {
            reads: self.others(update, &table),
            table,
            columns,
            has_where: update.selection.is_some() || update.limit.is_some(),
        })
    }

    fn delete(self, delete: &Delete) -> Read {
        let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
        let named = delete.tables.first().map(|it| Ok(self.table(it)));
        let first = from.first();
        let table = named
            .or_else(|| first.map(|TableWithJoins { relation, .. }| self.factor(relation)))
            .ok_or_else(|| "the statement names no table".to_owned())??;
        one(ByHand::Delete {
            reads: self.others(delete, &table),
            table,
            has_where: delete.selection.is_some() || delete.limit.is_some(),
        })
    }

    fn set(self, set: &Set) -> Read {
        let setting = |name: SmolStr, value: String, is_local| {
            by_hand(ByHand::SetSetting {
                name,
                value,
                is_local,
            })
        };
        let read = match set {
            Set::SingleAssignment {
                scope,
                variable,
                values,
                ..
            } => {
                let values: Vec<String> = values.iter().map(ToString::to_string).collect();
                vec![setting(
                    self.last(variable),
                    values.join(", "),
                    *scope == Some(ContextModifier::Local),
                )]
            }
            Set::MultipleAssignments { assignments } => assignments
                .iter()
                .map(|it| {
                    let is_local = it.scope == Some(ContextModifier::Local);
                    setting(self.last(&it.name), it.value.to_string(), is_local)
                })
                .collect(),
            Set::SetTimeZone { local, value } => {
                vec![setting("timezone".into(), value.to_string(), *local)]
            }
            _ => return harmless("SET"),
        };
        let read = read.into_iter().map(|it| (Existence::Fails, it));
        Ok(read.collect())
    }
}
