//! What operations make that a server of the project has nothing like, gathered
//! from the history of the plan.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use crate::base::Span;
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::operation::{CreateModel, TogetherOption};
use crate::ir::value::SpannedValue;
use crate::ir::{Field, FieldName, Migration, ModelName, Operation, OperationKind, Project};
use crate::schema::{Model, ModelKey, ProjectState};
use crate::sql::Server;
use crate::sql::support::{Key, Lack};

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
    /// The keys that the operation has made so far, of a model in the making.
    made: Option<&'a [Key]>,
}

/// What a finding is about, and what is looked for at the end of the plan; told of a
/// model when it is known that something lacks.
type Told<'t> = &'t dyn Fn(&ModelKey) -> (String, Part);

/// Gives a model's field by its name.
type Fields<'f> = &'f dyn Fn(&str) -> Option<Arc<Field>>;

impl<'a> Site<'a, '_> {
    /// After some keys of a model in the making.
    const fn after(self, made: &'a [Key]) -> Self {
        Self {
            made: Some(made),
            ..self
        }
    }

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
            made: None,
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
        let mut made: Vec<Key> = Vec::new();
        for (name, field) in &create.fields {
            let name = name.value.as_str();
            self.field(site.after(&made), &create.name, name, field);
            made.extend(Key::of_field(name, field));
        }
        for constraint in &create.options.constraints {
            self.constraint(site.after(&made), &create.name, constraint);
            made.extend(Key::of_constraint(constraint));
        }
        for (option, name) in [
            (TogetherOption::Unique, "unique_together"),
            (TogetherOption::Index, "index_together"),
        ] {
            let sets = create.options.get(name).map(sets).unwrap_or_default();
            self.together(site.after(&made), &create.name, option, sets);
        }
        for index in &create.options.indexes {
            self.index(site.after(&made), &create.name, index);
            made.extend(Key::of_index(index));
        }
    }

    fn constraint(&mut self, site: Site<'_, 'p>, model: &ModelName, constraint: &Constraint) {
        let Some(name) = constraint.name() else {
            return;
        };
        if !constraint.class.starts_with("django.") {
            return;
        }
        let told = |key: &ModelKey| {
            let subject = format!("constraint `{name}` of `{key}`");
            (subject, Part::Constraint(SmolStr::new(name)))
        };
        self.find(site, model, constraint.span, &told, |server, fields| {
            let lack = server.lacks_constraint(constraint, fields);
            lack.or_else(|| second(server, site, model, &Key::of_constraint(constraint)?))
        });
    }

    fn index(&mut self, site: Site<'_, 'p>, model: &ModelName, index: &Index) {
        if !index.class.starts_with("django.") {
            return;
        }
        let told = |key: &ModelKey| match index.name() {
            Some(name) => (
                format!("index `{name}` of `{key}`"),
                Part::Index(SmolStr::new(name)),
            ),
            None => (format!("an index of `{key}`"), Part::Table),
        };
        self.find(site, model, index.span, &told, |server, fields| {
            let lack = server.lacks_index(index, fields);
            lack.or_else(|| second(server, site, model, &Key::of_index(index)?))
        });
    }

    fn field(&mut self, site: Site<'_, 'p>, model: &ModelName, name: &str, field: &Field) {
        let told = |key: &ModelKey| {
            let subject = format!("field `{name}` of `{key}`");
            (subject, Part::Field(SmolStr::new(name)))
        };
        self.find(site, model, field.span, &told, |server, _| {
            let lack = server.lacks_field(field);
            lack.or_else(|| second(server, site, model, &Key::of_field(name, field)?))
        });
    }

    fn together(
        &mut self,
        site: Site<'_, 'p>,
        model: &ModelName,
        option: TogetherOption,
        sets: Vec<Vec<SmolStr>>,
    ) {
        let (option, is_unique) = match option {
            TogetherOption::Unique => ("unique_together", true),
            TogetherOption::Index => ("index_together", false),
        };
        for set in sets {
            let told = |key: &ModelKey| {
                let fields: Vec<&str> = set.iter().map(SmolStr::as_str).collect();
                let fields = fields.join("`, `");
                (format!("`{option}` of `{key}` on `{fields}`"), Part::Table)
            };
            let span = site.operation.name_span;
            self.find(site, model, span, &told, |server, fields| {
                let lack = server.lacks_key(&set, fields);
                lack.or_else(|| second(server, site, model, &Key::new(&set, is_unique)))
            });
        }
    }

    /// Asks each server that the operation runs on and that has a table of the model.
    fn find(
        &mut self,
        site: Site<'_, 'p>,
        model: &ModelName,
        span: Span,
        told: Told<'_>,
        lacks: impl Fn(&Server, Fields<'_>) -> Option<Lack>,
    ) {
        let fields = |name: &str| site.field(&site.key(model), name);
        for server in &self.servers {
            let Some(lack) = lacks(server, &fields) else {
                continue;
            };
            let key = site.key(model);
            if !is_made(server, site, &key) {
                continue;
            }
            let is_here = span.file == site.migration.file;
            let (subject, part) = told(&key);
            self.found.push(Lacking {
                migration: site.migration,
                operation: site.operation,
                span: if is_here {
                    span
                } else {
                    site.operation.name_span
                },
                subject,
                server: server.dialect.title,
                lack,
                part,
                model: key,
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

/// Whether a server refuses a key that an operation makes, because of the others that the
/// model has. In a model in the making, constraints come before indexes.
fn second(server: &Server, site: Site<'_, '_>, model: &ModelName, key: &Key) -> Option<Lack> {
    if server.features.takes_second_key {
        return None;
    }
    let Some(made) = site.made else {
        let before = site.before.model(&site.key(model))?;
        let others = Key::all_of(&before);
        // An altered field or set has its key already.
        let is_kept = match &site.operation.kind {
            OperationKind::AlterField { name, .. } => {
                let former = site.field(&site.key(model), name.as_str());
                former
                    .and_then(|former| Key::of_field(name.as_str(), &former))
                    .as_ref()
                    == Some(key)
            }
            OperationKind::AlterTogether { option, .. } => {
                let sets = match option {
                    TogetherOption::Unique => &before.state().unique_together,
                    TogetherOption::Index => &before.state().index_together,
                };
                let mut sets = sets.iter().flat_map(|sets| sets.iter());
                sets.any(|set| set.iter().map(FieldName::as_str).eq(&key.fields))
            }
            _ => false,
        };
        return (!is_kept).then(|| server.lacks_second_key(key, &others))?;
    };
    let mut others = made.to_vec();
    if !key.is_unique {
        let after = site
            .before
            .after(&site.migration.id.app, site.operation, None);
        let after = after.model(&site.key(model))?;
        others.extend(Key::all_of(&after).into_iter().filter(|key| key.is_unique));
    }
    server.lacks_second_key(key, &others)
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
