//! The tables of a state, as one script.
//!
//! What Django's schema editor prints for `CreateModel` of every model as the state has
//! it, one after another, foreign keys and indexes after all tables. Extensions and
//! collations are no part of a state: those that migrations left come first.

use std::collections::hash_map::Entry;

use rustc_hash::{FxHashMap, FxHashSet};

use super::editor::{Care, Editor};
use super::model::{Head, Table, can_migrate, is_automatic};
use super::{Line, Placeholder, Planned, Planner};
use crate::ir::Unknown;
use crate::schema::{History, Model, ModelKey, ProjectState};
use crate::sql::catalog::Catalog;
use crate::sql::ddl::render::Renderer;
use crate::sql::ddl::{Statement, TableName};

/// A script that makes the tables of a state on an empty database.
#[derive(Debug, Clone, Default)]
pub struct PlannedSchema {
    pub lines: Vec<Line>,
    /// The models that have tables in it, in its order.
    pub models: Vec<ModelKey>,
    /// Each once.
    pub placeholders: Vec<Placeholder>,
    /// Why models could not be written, each once. In their place stands a comment.
    pub problems: Vec<Unknown>,
}

impl Planner<'_> {
    /// The tables at the end of a history: those of the models that are wanted, and those
    /// that these refer to.
    #[must_use]
    pub fn schema(
        &self,
        history: &History<'_>,
        is_wanted: impl Fn(&Model<'_>) -> bool,
    ) -> PlannedSchema {
        let steps = history.steps();
        let mut planned = PlannedSchema::default();
        let Some(state) = steps.last().and_then(|step| step.after()) else {
            return planned;
        };
        let mut editor = Editor::new(self.setup, Catalog::default(), false);
        for statement in self.groundwork(history) {
            editor.execute(statement);
        }
        let mut missing: FxHashSet<TableName> = FxHashSet::default();
        for model in in_order(state, is_wanted) {
            let mark = editor.mark(Care::Careful);
            match self.table(&mut editor, &model) {
                Ok(true) => planned.models.push(model.key().clone()),
                Ok(false) => {}
                Err(problem) => {
                    // A careful mark always leads back.
                    let _ = editor.roll_back(mark);
                    comment(&mut editor, &model);
                    let line = format!("-- THIS MODEL WAS NOT UNDERSTOOD: {}", problem.reason);
                    editor.lines.push(Line::Comment(line));
                    if let Ok(head) = Head::of(self.setup, &model) {
                        missing.insert(head.name);
                    }
                    if !planned.problems.contains(&problem) {
                        planned.problems.push(problem);
                    }
                }
            }
        }
        for problem in editor.problems.drain(..) {
            if !planned.problems.contains(&problem) {
                planned.problems.push(problem);
            }
        }
        execute_deferred(&mut editor, &missing);
        planned.lines = editor.lines;
        planned.placeholders = editor.placeholders;
        planned
    }

    /// Whether the model has a table.
    fn table(&self, editor: &mut Editor<'_>, model: &Model<'_>) -> Planned<bool> {
        if let Some(unknown) = model.why_uncertain() {
            return Err((*unknown).clone());
        }
        if !can_migrate(self.setup.server, model)? {
            return Ok(false);
        }
        let table = Table::of(self.setup, model)?;
        comment(editor, model);
        editor.create_model(&table)?;
        Ok(true)
    }

    /// The statements that made the extensions and collations which are there at the end.
    #[must_use]
    pub fn groundwork(&self, history: &History<'_>) -> Vec<Statement> {
        let mut left: Vec<Statement> = Vec::new();
        if !self.setup.server.features.has_extensions {
            return left;
        }
        let mut catalog = Catalog::default();
        for step in history.steps() {
            for line in self.without_text().forwards(step, &mut catalog).lines {
                let Line::Statement { statement, .. } = line else {
                    continue;
                };
                match &*statement {
                    Statement::CreateExtension { .. } | Statement::CreateCollation { .. } => {
                        left.push(*statement);
                    }
                    Statement::DropExtension { name } => left.retain(
                        |it| !matches!(it, Statement::CreateExtension { name: it } if it == name),
                    ),
                    Statement::DropCollation { name } => left.retain(|it| {
                        !matches!(it, Statement::CreateCollation { name: it, .. } if it == name)
                    }),
                    _ => {}
                }
            }
        }
        left
    }
}

/// Executes what waits for all tables, but for foreign keys to tables that could not be
/// written, so that a database takes the rest.
fn execute_deferred(editor: &mut Editor<'_>, missing: &FxHashSet<TableName>) {
    let renderer = Renderer {
        server: editor.setup.server,
    };
    // A state may hold an index twice: `RenameIndex(old_fields=...)` adds the one that an
    // earlier migration, edited since, makes as well.
    let mut once: FxHashMap<String, Statement> = FxHashMap::default();
    for (statement, _) in editor.deferred.take() {
        match &statement {
            Statement::CreateIndex(index) => {
                let known = once.entry(renderer.index_name(index));
                match known {
                    Entry::Occupied(known) if *known.get() == statement => continue,
                    Entry::Occupied(_) => {}
                    Entry::Vacant(place) => {
                        place.insert(statement.clone());
                    }
                }
            }
            Statement::AddConstraint {
                table, constraint, ..
            } => {
                if let Some(target) = constraint.to_table().filter(|it| missing.contains(*it)) {
                    let line = format!(
                        "-- THE FOREIGN KEY OF `{}` TO `{}` IS LEFT OUT",
                        table.as_str(),
                        target.as_str()
                    );
                    editor.lines.push(Line::Comment(line));
                    continue;
                }
            }
            _ => {}
        }
        editor.execute(statement);
    }
}

fn comment(editor: &mut Editor<'_>, model: &Model<'_>) {
    let state = model.state();
    let title = format!("-- Create model {}.{}", state.app, state.name);
    for line in ["--", &title, "--"] {
        editor.lines.push(Line::Comment(line.to_owned()));
    }
}

/// The models that are wanted and those that they refer to, each after the ones that it
/// refers to as far as these do not refer back; else in the order of the state.
#[must_use]
pub fn in_order<'s>(
    state: &'s ProjectState,
    is_wanted: impl Fn(&Model<'_>) -> bool,
) -> Vec<Model<'s>> {
    let mut roots: Vec<Model<'s>> = state.models().filter(is_wanted).collect();
    roots.sort_by_key(|model| model.state().sequence);
    let mut met: FxHashSet<ModelKey> = FxHashSet::default();
    let mut ordered = Vec::new();
    // References can be as long as the history, so that the stack is ours.
    let mut open: Vec<(Model<'s>, std::vec::IntoIter<Model<'s>>)> = Vec::new();
    for root in roots {
        if met.insert(root.key().clone()) {
            let targets = targets(&root);
            open.push((root, targets.into_iter()));
        }
        while let Some((model, mut rest)) = open.pop() {
            let next = rest.find(|target| met.insert(target.key().clone()));
            match next {
                None => ordered.push(model),
                Some(next) => {
                    open.push((model, rest));
                    let targets = targets(&next);
                    open.push((next, targets.into_iter()));
                }
            }
        }
    }
    ordered
}

/// The models with the tables that a model's tables refer to. What is not known of them
/// shows where the table is written.
fn targets<'s>(model: &Model<'s>) -> Vec<Model<'s>> {
    let mut found = Vec::new();
    let fields = model.local_fields();
    for field in fields.known().into_iter().flatten() {
        if let Some(target) = model.target(field).known() {
            found.push(target.model.clone());
        }
    }
    for field in model.local_many_to_many() {
        if is_automatic(&field)
            && let Some(between) = model.many_to_many(&field).known()
            && let Some(target) = between.through.target(&between.to).known()
        {
            found.push(target.model.clone());
        }
    }
    found
}
