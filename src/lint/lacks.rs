//! What operations make that a server of the project has nothing like, gathered while
//! the plan is replayed.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::operation::{CreateModel, TogetherOption};
use crate::ir::value::SpannedValue;
use crate::ir::{Field, Migration, ModelName, Operation, OperationKind, Project};
use crate::schema::{Model, ModelKey, ProjectState};
use crate::sql::Server;
use crate::sql::support::Lack;

/// One thing that a server has nothing like.
#[derive(Debug, Clone)]
pub(super) struct Lacking<'p> {
    pub(super) migration: &'p Migration,
    pub(super) operation: &'p Operation,
    /// In the migration's own file.
    pub(super) span: Span,
    /// `` constraint `once` of `shop.book` ``.
    pub(super) subject: String,
    /// As people write it: `MySQL`.
    pub(super) server: &'static str,
    pub(super) lack: Lack,
    part: Part,
    model: ModelKey,
}

/// What is looked for at the end of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Constraint(SmolStr),
    Index(SmolStr),
    Field(SmolStr),
    /// Something of the table that has no name.
    Table,
}

pub(super) struct Gather<'p> {
    servers: Vec<Server>,
    found: Vec<Lacking<'p>>,
}

/// An operation in its place.
#[derive(Clone, Copy)]
struct Site<'a, 'p> {
    migration: &'p Migration,
    operation: &'p Operation,
    before: &'a ProjectState,
}

/// Gives a model's field by its name.
type Fields<'f> = &'f dyn Fn(&str) -> Option<Arc<Field>>;

impl Site<'_, '_> {
    fn key(&self, model: &ModelName) -> ModelKey {
        ModelKey::new(&self.migration.id.app, model)
    }

    /// A field of a model: a model in the making has its fields in the operation.
    fn field(&self, model: &ModelKey, name: &str) -> Option<Arc<Field>> {
        if let OperationKind::CreateModel(create) = &self.operation.kind {
            let mut fields = create.fields.iter();
            let made = fields.find(|(known, _)| known.value.as_str() == name);
            return made.map(|(_, field)| Arc::clone(field));
        }
        let model = self.before.model(model)?;
        let field = model.state().fields.get(name)?;
        Some(Arc::clone(&field.field))
    }
}

impl<'p> Gather<'p> {
    pub(super) fn new(project: &Project) -> Self {
        Self {
            servers: Server::of_project(&project.settings),
            found: Vec::new(),
        }
    }

    pub(super) fn operation(
        &mut self,
        migration: &'p Migration,
        operation: &'p Operation,
        before: &ProjectState,
    ) {
        if self.servers.is_empty() || !operation.not_understood.is_empty() {
            return;
        }
        // What a class of the project does on the database is its own affair.
        let methods = operation.methods.as_ref();
        if methods.is_some_and(|it| it.database_forwards.is_some()) {
            return;
        }
        let site = Site {
            migration,
            operation,
            before,
        };
        match &operation.kind {
            OperationKind::SeparateDatabaseAndState {
                database_operations,
                ..
            } => {
                for nested in database_operations {
                    self.operation(migration, nested, before);
                }
            }
            OperationKind::CreateModel(create) => self.create(site, create),
            OperationKind::AddConstraint {
                model_name,
                constraint,
                ..
            } => self.constraint(site, model_name, constraint),
            OperationKind::AddIndex {
                model_name, index, ..
            } => self.index(site, model_name, index),
            OperationKind::AddField {
                model_name,
                name,
                field,
                ..
            }
            | OperationKind::AlterField {
                model_name,
                name,
                field,
                ..
            } => self.field(site, model_name, name.as_str(), field),
            OperationKind::AlterTogether {
                name,
                option,
                fields,
            } => {
                let sets = fields.iter().map(|set| {
                    let names = set.iter().map(|name| SmolStr::new(name.as_str()));
                    names.collect::<Vec<_>>()
                });
                self.together(site, name, *option, sets.collect());
            }
            _ => {}
        }
    }

    fn create(&mut self, site: Site<'_, 'p>, create: &'p CreateModel) {
        for (name, field) in &create.fields {
            self.field(site, &create.name, name.value.as_str(), field);
        }
        for constraint in &create.options.constraints {
            self.constraint(site, &create.name, constraint);
        }
        for index in &create.options.indexes {
            self.index(site, &create.name, index);
        }
        for (option, name) in [
            (TogetherOption::Unique, "unique_together"),
            (TogetherOption::Index, "index_together"),
        ] {
            let sets = create.options.get(name).map(sets).unwrap_or_default();
            self.together(site, &create.name, option, sets);
        }
    }

    fn constraint(&mut self, site: Site<'_, 'p>, model: &ModelName, constraint: &Constraint) {
        let Some(name) = constraint.name() else {
            return;
        };
        if !constraint.class.starts_with("django.") {
            return;
        }
        let subject = format!("constraint `{name}` of `{}`", site.key(model));
        let part = Part::Constraint(SmolStr::new(name));
        self.find(
            site,
            model,
            constraint.span,
            (subject, part),
            |server, fields| server.lacks_constraint(constraint, fields),
        );
    }

    fn index(&mut self, site: Site<'_, 'p>, model: &ModelName, index: &Index) {
        if !index.class.starts_with("django.") {
            return;
        }
        let key = site.key(model);
        let (subject, part) = match index.name() {
            Some(name) => (
                format!("index `{name}` of `{key}`"),
                Part::Index(SmolStr::new(name)),
            ),
            None => (format!("an index of `{key}`"), Part::Table),
        };
        self.find(
            site,
            model,
            index.span,
            (subject, part),
            |server, fields| server.lacks_index(index, fields),
        );
    }

    fn field(&mut self, site: Site<'_, 'p>, model: &ModelName, name: &str, field: &Field) {
        let subject = format!("field `{name}` of `{}`", site.key(model));
        let part = Part::Field(SmolStr::new(name));
        self.find(site, model, field.span, (subject, part), |server, _| {
            server.lacks_field(field)
        });
    }

    fn together(
        &mut self,
        site: Site<'_, 'p>,
        model: &ModelName,
        option: TogetherOption,
        sets: Vec<Vec<SmolStr>>,
    ) {
        let option = match option {
            TogetherOption::Unique => "unique_together",
            TogetherOption::Index => "index_together",
        };
        for set in sets {
            let fields: Vec<&str> = set.iter().map(SmolStr::as_str).collect();
            let subject = format!(
                "`{option}` of `{}` on `{}`",
                site.key(model),
                fields.join("`, `")
            );
            let span = site.operation.name_span;
            self.find(
                site,
                model,
                span,
                (subject, Part::Table),
                |server, fields| server.lacks_key(&set, fields),
            );
        }
    }

    /// Asks each server that the operation runs on and that has a table of the model.
    fn find(
        &mut self,
        site: Site<'_, 'p>,
        model: &ModelName,
        span: Span,
        (subject, part): (String, Part),
        lacks: impl Fn(&Server, Fields<'_>) -> Option<Lack>,
    ) {
        let key = site.key(model);
        let fields = |name: &str| site.field(&key, name);
        for server in &self.servers {
            let Some(lack) = lacks(server, &fields) else {
                continue;
            };
            if !is_made(server, site, &key) {
                continue;
            }
            let is_here = span.file == site.migration.file;
            self.found.push(Lacking {
                migration: site.migration,
                operation: site.operation,
                span: if is_here {
                    span
                } else {
                    site.operation.name_span
                },
                subject: subject.clone(),
                server: server.dialect.title,
                lack,
                part: part.clone(),
                model: key.clone(),
            });
        }
    }

    /// What is still there when all migrations have run, in the order of the plan.
    pub(super) fn finish(self, state: &ProjectState) -> Vec<Lacking<'p>> {
        let mut found = self.found;
        if !found.is_empty() {
            let there = There::of(state);
            found.retain(|lacking| there.has(lacking));
        }
        found
    }
}

/// Whether an operation makes something for a model on a server. Not where that is not
/// known.
fn is_made(server: &Server, site: Site<'_, '_>, key: &ModelKey) -> bool {
    if server.runs(site.operation.condition.as_ref()) != Some(true) {
        return false;
    }
    let has_table = |model: &Model<'_>| server.has_table_of(model) == Some(true);
    if matches!(site.operation.kind, OperationKind::CreateModel(_)) {
        let app = &site.migration.id.app;
        let after = site.before.after(app, site.operation, None);
        return after.model(key).is_some_and(|model| has_table(&model));
    }
    site.before
        .model(key)
        .is_some_and(|model| has_table(&model))
}

/// The names that models of an app have at the end; models may have been renamed.
#[derive(Default)]
struct There<'s> {
    constraints: FxHashSet<(&'s str, &'s str)>,
    indexes: FxHashSet<(&'s str, &'s str)>,
    fields: FxHashSet<(&'s str, &'s str)>,
    models: FxHashSet<&'s str>,
}

impl<'s> There<'s> {
    fn of(state: &'s ProjectState) -> Self {
        let mut there = Self::default();
        for (key, model) in state.entries() {
            let app = key.app();
            there.models.insert(key.as_str());
            let constraints = model.constraints.values();
            let names = constraints.filter_map(|it| it.constraint.name());
            there.constraints.extend(names.map(|name| (app, name)));
            let names = model.indexes.values().filter_map(|it| it.index.name());
            there.indexes.extend(names.map(|name| (app, name)));
            let names = model.fields.values().map(|it| it.name.as_str());
            there.fields.extend(names.map(|name| (app, name)));
        }
        there
    }

    fn has(&self, lacking: &Lacking<'_>) -> bool {
        let app = lacking.model.app();
        match &lacking.part {
            Part::Constraint(name) => self.constraints.contains(&(app, name)),
            Part::Index(name) => self.indexes.contains(&(app, name)),
            Part::Field(name) => self.fields.contains(&(app, name)),
            Part::Table => self.models.contains(lacking.model.as_str()),
        }
    }
}

/// `unique_together` as an option has it: one set of names or several.
fn sets(option: &SpannedValue) -> Vec<Vec<SmolStr>> {
    let names = |value: &SpannedValue| -> Option<Vec<SmolStr>> {
        let items = value.value.items()?.iter();
        items
            .map(|it| it.value.as_str().map(SmolStr::new))
            .collect()
    };
    if let Some(set) = names(option) {
        return vec![set];
    }
    let items = option.value.items().unwrap_or_default();
    items.iter().filter_map(names).collect()
}
