//! Operations whose class has `database_forwards` or `database_backwards` of its own.

use std::sync::Arc;

use smol_str::SmolStr;

use super::special::with_params;
use super::{Context, indexes, run_inherited};
use crate::ir::Unknown;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::procedure::{
    Action, ConstraintSource, EntryTest, FieldSource, IndexSource, ModelRef, Piece, Procedure,
    SchemaTest, StateId, Step, Text, Way,
};
use crate::ir::value::Condition;
use crate::schema::{FieldState, Model, ModelKey, ProjectState};
use crate::sql::catalog::{Entry, EntryKind};
use crate::sql::ddl::{Statement, TableName};
use crate::sql::plan::alter::{Alteration, alter_field};
use crate::sql::plan::editor::Editor;
use crate::sql::plan::field::Resolved;
use crate::sql::plan::model::{Head, Table, can_migrate, model_of};
use crate::sql::plan::{Direction, Planned, index};

/// The entry of a table's constraints and indexes that a loop is at.
type Bound = Vec<(u32, Entry)>;

struct Run<'r> {
    context: &'r Context<'r>,
    from: &'r ProjectState,
    to: &'r ProjectState,
    derived: Vec<ProjectState>,
}

pub(super) fn run(
    editor: &mut Editor<'_>,
    context: &Context<'_>,
    procedure: &Procedure,
    from: &ProjectState,
    to: &ProjectState,
) -> Planned<()> {
    let mut run = Run {
        context,
        from,
        to,
        derived: Vec::new(),
    };
    let decide = |leaf: &Condition| context.planner.holds(leaf);
    for change in &procedure.states {
        let base = run.state(change.base)?;
        let changed = base.changed(context.app, context.operation, change, Some(&decide));
        run.derived.push(changed);
    }
    for step in &procedure.steps {
        run.step(editor, step)?;
    }
    Ok(())
}

impl Run<'_> {
    fn state(&self, id: StateId) -> Planned<&ProjectState> {
        let found = match (id, id.derived()) {
            (StateId::FROM, _) => Some(self.from),
            (StateId::TO, _) => Some(self.to),
            (_, at) => at.and_then(|at| self.derived.get(at)),
        };
        let at = self.context.operation.name_span;
        found.ok_or_else(|| Unknown::new(at, "a state that it works with is not known"))
    }

    /// A step is taken where its condition holds, and for each entry of a loop.
    fn step(&self, editor: &mut Editor<'_>, step: &Step) -> Planned<()> {
        let Some(condition) = &step.condition else {
            return self.act(editor, step, &Vec::new());
        };
        let parts = match condition {
            Condition::All(parts) => parts.as_slice(),
            condition => std::slice::from_ref(condition),
        };
        let mut found = Vec::new();
        if !self.bindings(editor, parts, &Vec::new(), &mut found)? {
            let reason = match condition.first_unknown() {
                Some(unknown) => unknown.clone(),
                None => Unknown::new(
                    step.span,
                    "whether it is done on this database is not known",
                ),
            };
            return Err(reason);
        }
        for bound in &found {
            self.act(editor, step, bound)?;
        }
        Ok(())
    }

    /// The entries of loops for which all parts of a condition hold, outermost first;
    /// `false` if that is not known.
    fn bindings(
        &self,
        editor: &Editor<'_>,
        parts: &[Condition],
        bound: &Bound,
        out: &mut Vec<Bound>,
    ) -> Planned<bool> {
        if let Some((at, entry, table)) = loop_of(parts, bound) {
            let table = self.table(editor, table, bound)?;
            let rest: Vec<Condition> = parts
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .map(|(_, part)| part.clone())
                .collect();
            for found in self.entries(editor, &table)? {
                let mut bound = bound.clone();
                bound.push((entry, found));
                if !self.bindings(editor, &rest, &bound, out)? {
                    return Ok(false);
                }
            }
            return Ok(true);
        }
        Ok(match self.all(editor, parts, bound)? {
            Some(true) => {
                out.push(bound.clone());
                true
            }
            Some(false) => true,
            None => false,
        })
    }

    fn entries(&self, editor: &Editor<'_>, table: &TableName) -> Planned<Vec<Entry>> {
        editor.certain(table)?;
        let entries = editor.catalog.entries(table).iter();
        Ok(entries
            .filter(|entry| entry.kind != EntryKind::Sequence)
            .cloned()
            .collect())
    }

    fn all(
        &self,
        editor: &Editor<'_>,
        parts: &[Condition],
        bound: &Bound,
    ) -> Planned<Option<bool>> {
        if let Some((at, entry, table)) = loop_of(parts, bound) {
            let table = self.table(editor, table, bound)?;
            let rest: Vec<Condition> = parts
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at)
                .map(|(_, part)| part.clone())
                .collect();
            let mut any = Some(false);
            for found in self.entries(editor, &table)? {
                let mut bound = bound.clone();
                bound.push((entry, found));
                match self.all(editor, &rest, &bound)? {
                    Some(true) => return Ok(Some(true)),
                    Some(false) => {}
                    None => any = None,
                }
            }
            return Ok(any);
        }
        let mut all = Some(true);
        for part in parts {
            match self.holds(editor, part, bound)? {
                Some(false) => return Ok(Some(false)),
                Some(true) => {}
                None => all = None,
            }
        }
        Ok(all)
    }

    fn holds(
        &self,
        editor: &Editor<'_>,
        condition: &Condition,
        bound: &Bound,
    ) -> Planned<Option<bool>> {
        Ok(match condition {
            Condition::Vendor { .. } | Condition::Feature { .. } | Condition::Version { .. } => {
                self.context.planner.holds(condition)
            }
            Condition::Unknown(_) => None,
            Condition::Not(inner) => self.holds(editor, inner, bound)?.map(|holds| !holds),
            Condition::All(parts) => self.all(editor, parts, bound)?,
            Condition::Any(parts) => {
                let mut any = Some(false);
                for part in parts {
                    match self.holds(editor, part, bound)? {
                        Some(true) => return Ok(Some(true)),
                        Some(false) => {}
                        None => any = None,
                    }
                }
                any
            }
            Condition::Schema { test, .. } => match &**test {
                SchemaTest::Table(table) => {
                    let table = self.table(editor, table, bound)?;
                    editor.certain(&table)?;
                    Some(editor.catalog.has_table(&table))
                }
                SchemaTest::Migrates(model) => {
                    Some(can_migrate(editor.setup.server, &self.model(model)?)?)
                }
                SchemaTest::Each { .. } => {
                    return self.all(editor, std::slice::from_ref(condition), bound);
                }
                SchemaTest::Entry { entry, is } => {
                    match bound.iter().find(|(known, _)| known == entry) {
                        Some((_, entry)) => self.is(editor, entry, is, bound)?,
                        None => None,
                    }
                }
            },
        })
    }

    /// Source: `DatabaseIntrospection.get_constraints` of the backends, 5.2.
    fn is(
        &self,
        editor: &Editor<'_>,
        entry: &Entry,
        test: &EntryTest,
        bound: &Bound,
    ) -> Planned<Option<bool>> {
        let kind = &entry.kind;
        Ok(Some(match test {
            EntryTest::Unique => match kind {
                EntryKind::Unique => true,
                // SQLite's introspection does not call its primary keys unique.
                EntryKind::PrimaryKey => editor.setup.server.dialect.vendor != "sqlite",
                EntryKind::Index { is_unique, .. } => *is_unique,
                _ => false,
            },
            EntryTest::PrimaryKey => *kind == EntryKind::PrimaryKey,
            EntryTest::Index => matches!(kind, EntryKind::Index { .. }),
            EntryTest::Check => *kind == EntryKind::Check,
            EntryTest::ForeignKey => matches!(kind, EntryKind::ForeignKey { .. }),
            EntryTest::Named(name) => entry.name == self.text(editor, name, bound)?,
            EntryTest::Columns {
                columns,
                is_ordered,
            } => {
                let mut wanted = Vec::with_capacity(columns.len());
                for column in columns {
                    wanted.push(self.text(editor, column, bound)?);
                }
                let mut own: Vec<SmolStr> = entry
                    .columns
                    .iter()
                    .map(|column| SmolStr::new(column.as_str()))
                    .collect();
                if !is_ordered {
                    for names in [&mut wanted, &mut own] {
                        names.sort();
                        names.dedup();
                    }
                }
                wanted == own
            }
        }))
    }

    fn act(&self, editor: &mut Editor<'_>, step: &Step, bound: &Bound) -> Planned<()> {
        match &step.action {
            Action::Unknown(unknown) => Err(unknown.clone()),
            Action::Run {
                operation,
                way,
                from,
                to,
            } => {
                let context = Context {
                    operation: operation.as_deref().unwrap_or(self.context.operation),
                    direction: match way {
                        Way::Forwards => Direction::Forwards,
                        Way::Backwards => Direction::Backwards,
                    },
                    ..*self.context
                };
                run_inherited(editor, &context, self.state(*from)?, self.state(*to)?)
            }
            Action::Execute { sql, params } => {
                let sql = self.text(editor, sql, bound)?;
                let sql = match params {
                    None => sql.to_string(),
                    Some(params) => with_params(editor, &sql, params)?,
                };
                editor.execute(Statement::Raw { sql });
                Ok(())
            }
            Action::CreateModel(model) => {
                let model = self.model(model)?;
                let table = Table::of(editor.setup, &model)?;
                editor.create_model(&table)
            }
            Action::DeleteModel(model) => {
                let head = self.head(editor, model)?;
                editor.delete_model(&head)
            }
            Action::RenameTable { from, to } => {
                let from = self.table(editor, from, bound)?;
                let to = self.table(editor, to, bound)?;
                editor.rename_table(&from, &to);
                Ok(())
            }
            Action::AddField { model, field } => {
                let head = self.head(editor, model)?;
                let field = self.field(editor, &head, field)?;
                editor.add_field(&head, &field)
            }
            Action::RemoveField { model, field } => {
                let head = self.head(editor, model)?;
                let field = self.field(editor, &head, field)?;
                editor.remove_field(&head, &field)
            }
            Action::AlterField { model, old, new } => {
                let head = self.head(editor, model)?;
                let before = self.field(editor, &head, old)?;
                let after = self.field(editor, &head, new)?;
                let change = Alteration {
                    head: &head,
                    old: &before,
                    new: &after,
                    from: self.state_of(model, old)?,
                    to: self.state_of(model, new)?,
                };
                alter_field(editor, &change)
            }
            Action::AddIndex {
                model,
                index,
                concurrently,
            } => {
                let head = self.head(editor, model)?;
                let index = self.index(index)?;
                indexes::create(editor, &head, &index, *concurrently)
            }
            Action::RemoveIndex {
                model,
                index,
                concurrently,
            } => {
                let head = self.head(editor, model)?;
                let index = self.index(index)?;
                let name = index::index_name(editor.setup, &head, &[], &index)?;
                editor.drop_index(&head.name, name, *concurrently);
                Ok(())
            }
            Action::AddConstraint { model, constraint } => {
                let head = self.head(editor, model)?;
                let constraint = self.constraint(constraint)?;
                indexes::add_constraint(editor, &head, &constraint, false)
            }
            Action::RemoveConstraint { model, constraint } => {
                let head = self.head(editor, model)?;
                let constraint = self.constraint(constraint)?;
                indexes::remove_constraint(editor, &head, &constraint)
            }
        }
    }

    fn model(&self, model: &ModelRef) -> Planned<Model<'_>> {
        let key = ModelKey::of(&model.app, &model.name);
        let at = self.context.operation.name_span;
        model_of(self.state(model.state)?, &key, at)
    }

    fn head(&self, editor: &Editor<'_>, model: &ModelRef) -> Planned<Head<'_>> {
        Head::of(editor.setup, &self.model(model)?)
    }

    fn field<'s>(
        &'s self,
        editor: &Editor<'_>,
        head: &Head<'s>,
        field: &FieldSource,
    ) -> Planned<Resolved<'s>> {
        match field {
            FieldSource::Model(field) => {
                let head = self.head(editor, &field.model)?;
                head.field(editor.setup, &field.field)
            }
            FieldSource::New { name, field } => {
                let state = FieldState {
                    name: name.as_str().into(),
                    origin: field.span,
                    field: Arc::clone(field),
                    uncertain: None,
                };
                Resolved::new(editor.setup, &head.model, state)
            }
        }
    }

    fn state_of(&self, model: &ModelRef, field: &FieldSource) -> Planned<&ProjectState> {
        match field {
            FieldSource::Model(field) => self.state(field.model.state),
            FieldSource::New { .. } => self.state(model.state),
        }
    }

    fn index(&self, index: &IndexSource) -> Planned<Arc<Index>> {
        match index {
            IndexSource::New(index) => Ok(Arc::clone(index)),
            IndexSource::Named { model, name } => {
                let model = self.model(model)?;
                let found = model.state().indexes.get(name);
                let found = found.map(|it| Arc::clone(&it.index));
                found.ok_or_else(|| self.missing(&model, "index", name))
            }
        }
    }

    fn constraint(&self, constraint: &ConstraintSource) -> Planned<Arc<Constraint>> {
        match constraint {
            ConstraintSource::New(constraint) => Ok(Arc::clone(constraint)),
            ConstraintSource::Named { model, name } => {
                let model = self.model(model)?;
                let found = model.state().constraints.get(name);
                let found = found.map(|it| Arc::clone(&it.constraint));
                found.ok_or_else(|| self.missing(&model, "constraint", name))
            }
        }
    }

    fn missing(&self, model: &Model<'_>, what: &str, name: &str) -> Unknown {
        let reason = format!("`{}` has no {what} `{name}`", model.key());
        Unknown::new(self.context.operation.name_span, reason)
    }

    fn table(&self, editor: &Editor<'_>, text: &Text, bound: &Bound) -> Planned<TableName> {
        self.text(editor, text, bound).map(TableName::new)
    }

    fn text(&self, editor: &Editor<'_>, text: &Text, bound: &Bound) -> Planned<SmolStr> {
        let mut out = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Str(text) => out.push_str(text),
                Piece::Table(model) => out.push_str(self.head(editor, model)?.name.as_str()),
                Piece::Column(field) => {
                    let head = self.head(editor, &field.model)?;
                    let field = head.field(editor.setup, &field.field)?;
                    out.push_str(field.column_name()?.as_str());
                }
                Piece::Quoted(text) => {
                    let text = self.text(editor, text, bound)?;
                    out.push_str(&editor.setup.server.quoting.name(&text));
                }
                Piece::Entry(entry) => match bound.iter().find(|(known, _)| known == entry) {
                    Some((_, entry)) => out.push_str(&entry.name),
                    None => {
                        let reason = "which constraint or index it means is not known";
                        return Err(Unknown::new(self.context.operation.name_span, reason));
                    }
                },
            }
        }
        Ok(out.into())
    }
}

/// A loop among the parts of a condition that is not at an entry yet.
fn loop_of<'p>(parts: &'p [Condition], bound: &Bound) -> Option<(usize, u32, &'p Text)> {
    let mut parts = parts.iter().enumerate();
    parts.find_map(|(at, part)| match part {
        Condition::Schema { test, .. } => match &**test {
            SchemaTest::Each { entry, table } => {
                let is_open = bound.iter().all(|(known, _)| known != entry);
                is_open.then_some((at, *entry, table))
            }
            _ => None,
        },
        _ => None,
    })
}
