//! What stands between two leaves of an app: the operations of the two branches that
//! touch the same thing, or that they do not meet.
//!
//! ```text
//! 0001_initial ─┬─ 0002_slug    AddField `post.slug`
//!               └─ 0002_rename  RenameField `post.slug`    → these clash
//! ```

use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::{MigrationGraph, NodeId};
use crate::ir::operation::{CreateModel, TogetherOption};
use crate::ir::{Field, FieldName, Migration, ModelName, Operation, OperationKind, Project};

/// No more clashes than these are looked for.
const MOST_CLASHES: usize = 20;

/// Two branches of an app, from where they part to their leaves.
#[derive(Debug)]
pub struct Comparison<'p> {
    pub left: Branch<'p>,
    pub right: Branch<'p>,
    /// Pairs of operations that touch the same thing, in the order of the branches.
    pub clashes: Vec<Clash<'p>>,
    /// Operations that may touch anything: `RunSQL`, `RunPython` and those that were
    /// not understood.
    pub unclear: Vec<Step<'p>>,
}

/// The migrations of one branch that the other does not have, in the order of names.
#[derive(Debug)]
pub struct Branch<'p> {
    pub leaf: NodeId,
    pub migrations: Vec<&'p Migration>,
}

/// An operation and the migration that holds it.
#[derive(Debug, Clone, Copy)]
pub struct Step<'p> {
    pub migration: &'p Migration,
    pub operation: &'p Operation,
}

#[derive(Debug, Clone)]
pub struct Clash<'p> {
    pub left: Step<'p>,
    pub right: Step<'p>,
    pub about: Subject,
}

/// What two operations both touch. Model and field names are in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    Model(SmolStr),
    Field(SmolStr, SmolStr),
    /// An option of a model: `unique_together`, `options`, `managers`, ...
    Option(SmolStr, &'static str),
    Index(SmolStr, SmolStr),
    Constraint(SmolStr, SmolStr),
    Collation(SmolStr),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Model(model) => write!(out, "model `{model}`"),
            Self::Field(model, field) => write!(out, "field `{model}.{field}`"),
            Self::Option(model, option) => write!(out, "`{option}` of model `{model}`"),
            Self::Index(_, name) => write!(out, "index `{name}`"),
            Self::Constraint(_, name) => write!(out, "constraint `{name}`"),
            Self::Collation(name) => write!(out, "collation `{name}`"),
        }
    }
}

impl Comparison<'_> {
    /// The branches can be merged in either order.
    #[must_use]
    pub const fn commutes(&self) -> bool {
        self.clashes.is_empty() && self.unclear.is_empty()
    }
}

/// Compares the branches that end in two leaves of one app.
#[must_use]
pub fn compare<'p>(
    project: &'p Project,
    graph: &MigrationGraph,
    left: NodeId,
    right: NodeId,
) -> Comparison<'p> {
    let left_side = history(graph, left);
    let right_side = history(graph, right);
    let left = branch(project, graph, left, &left_side, &right_side);
    let right = branch(project, graph, right, &right_side, &left_side);

    let mut index = Index::default();
    for step in steps(&left.migrations) {
        for touch in touches(&step) {
            index.add(touch, step);
        }
    }
    let mut clashes = Vec::new();
    // The same two operations are told once, however many things they share.
    let mut told = FxHashSet::default();
    for step in steps(&right.migrations) {
        for touch in touches(&step) {
            if clashes.len() >= MOST_CLASHES {
                break;
            }
            let Some((other, about)) = index.clash(&touch) else {
                continue;
            };
            if told.insert((other.operation.span, step.operation.span)) {
                clashes.push(Clash {
                    left: other,
                    right: step,
                    about,
                });
            }
        }
    }
    Comparison {
        unclear: unclear(&left.migrations, &right.migrations),
        left,
        right,
        clashes,
    }
}

fn history(graph: &MigrationGraph, leaf: NodeId) -> Vec<NodeId> {
    let mut nodes = graph.ancestors_in_app(leaf);
    nodes.push(leaf);
    nodes.sort_unstable();
    nodes
}

fn branch<'p>(
    project: &'p Project,
    graph: &MigrationGraph,
    leaf: NodeId,
    own: &[NodeId],
    other: &[NodeId],
) -> Branch<'p> {
    Branch {
        leaf,
        migrations: own
            .iter()
            .filter(|node| other.binary_search(node).is_err())
            .filter_map(|node| graph.migration(project, *node))
            .collect(),
    }
}

fn steps<'p>(migrations: &[&'p Migration]) -> impl Iterator<Item = Step<'p>> {
    migrations.iter().flat_map(|migration| {
        migration
            .walk_operations()
            .map(|operation| Step {
                migration,
                operation,
            })
            .collect::<Vec<_>>()
    })
}

/// Operations of either branch that may touch anything, if there is anything on the
/// other branch to touch.
fn unclear<'p>(left: &[&'p Migration], right: &[&'p Migration]) -> Vec<Step<'p>> {
    let mut found = Vec::new();
    for (own, other) in [(left, right), (right, left)] {
        if other
            .iter()
            .all(|migration| migration.operations.is_empty())
        {
            continue;
        }
        found.extend(steps(own).filter(|step| is_unclear(step.operation)));
    }
    found
}

fn is_unclear(operation: &Operation) -> bool {
    !operation.is_understood()
        || matches!(
            operation.kind,
            OperationKind::RunSql(_) | OperationKind::RunPython(_)
        )
}

/// One thing that an operation touches.
#[derive(Debug)]
struct Touch {
    subject: Subject,
    /// It makes, changes or removes it; else it relies on it.
    changes: bool,
}

/// What the left branch touches, by what a touch of the right branch may meet.
#[derive(Default)]
struct Index<'p> {
    exact: FxHashMap<Subject, (Step<'p>, bool)>,
    /// The first touch of anything of a model, the model itself included.
    of_model: FxHashMap<SmolStr, (Step<'p>, Subject)>,
    /// The first operation that makes, renames or removes a model.
    model_changes: FxHashMap<SmolStr, Step<'p>>,
}

impl<'p> Index<'p> {
    fn add(&mut self, touch: Touch, step: Step<'p>) {
        if let Some(model) = model_of(&touch.subject) {
            self.of_model
                .entry(model.clone())
                .or_insert_with(|| (step, touch.subject.clone()));
            if touch.changes && matches!(touch.subject, Subject::Model(_)) {
                self.model_changes.entry(model.clone()).or_insert(step);
            }
        }
        let first = self
            .exact
            .entry(touch.subject)
            .or_insert((step, touch.changes));
        // An operation that changes the thing says more than one that relies on it.
        if touch.changes && !first.1 {
            *first = (step, true);
        }
    }

    fn clash(&self, touch: &Touch) -> Option<(Step<'p>, Subject)> {
        if let Some((step, changes)) = self.exact.get(&touch.subject)
            && (*changes || touch.changes)
        {
            return Some((*step, touch.subject.clone()));
        }
        let model = model_of(&touch.subject)?;
        if let Some(step) = self.model_changes.get(model) {
            return Some((*step, Subject::Model(model.clone())));
        }
        if touch.changes && matches!(touch.subject, Subject::Model(_)) {
            let (step, _) = self.of_model.get(model)?;
            return Some((*step, touch.subject.clone()));
        }
        None
    }
}

const fn model_of(subject: &Subject) -> Option<&SmolStr> {
    match subject {
        Subject::Model(model)
        | Subject::Field(model, _)
        | Subject::Option(model, _)
        | Subject::Index(model, _)
        | Subject::Constraint(model, _) => Some(model),
        Subject::Collation(_) => None,
    }
}

fn field_key(name: &FieldName) -> SmolStr {
    SmolStr::new(name.as_str().to_lowercase())
}

/// What an operation touches by itself; those nested in it are walked apart.
fn touches(step: &Step<'_>) -> Vec<Touch> {
    let mut out = Vec::new();
    let app = step.migration.id.app.as_str();
    let changes = |subject| Touch {
        subject,
        changes: true,
    };
    let model = |name: &ModelName| changes(Subject::Model(name.key()));
    let option = |name: &ModelName, option| changes(Subject::Option(name.key(), option));
    let field = |name: &ModelName, field| changes(Subject::Field(name.key(), field_key(field)));
    match &step.operation.kind {
        OperationKind::CreateModel(create) => {
            out.push(model(&create.name));
            relies_on_models(app, create, &mut out);
        }
        OperationKind::DeleteModel { name } => out.push(model(name)),
        OperationKind::RenameModel { old_name, new_name } => {
            out.push(model(old_name));
            out.push(model(new_name));
        }
        OperationKind::AlterModelTable { name, .. } => out.push(option(name, "db_table")),
        OperationKind::AlterModelTableComment { name, .. } => {
            out.push(option(name, "db_table_comment"));
        }
        OperationKind::AlterModelOptions { name, .. } => out.push(option(name, "options")),
        OperationKind::AlterModelManagers { name, .. } => out.push(option(name, "managers")),
        OperationKind::AlterOrderWithRespectTo {
            name,
            order_with_respect_to,
        } => {
            out.push(option(name, "order_with_respect_to"));
            relies_on_fields(name, order_with_respect_to.iter().map(field_key), &mut out);
        }
        OperationKind::AlterTogether {
            name,
            option: together,
            fields,
        } => {
            out.push(option(
                name,
                match together {
                    TogetherOption::Unique => "unique_together",
                    TogetherOption::Index => "index_together",
                },
            ));
            relies_on_fields(name, fields.iter().flatten().map(field_key), &mut out);
        }
        OperationKind::AddField {
            model_name,
            name,
            field: definition,
            ..
        }
        | OperationKind::AlterField {
            model_name,
            name,
            field: definition,
            ..
        } => {
            out.push(field(model_name, name));
            relies_on_target(app, definition, &mut out);
        }
        OperationKind::RemoveField { model_name, name } => out.push(field(model_name, name)),
        OperationKind::RenameField {
            model_name,
            old_name,
            new_name,
        } => {
            out.push(field(model_name, old_name));
            out.push(field(model_name, new_name));
        }
        OperationKind::AddIndex {
            model_name, index, ..
        } => {
            if let Some(name) = index.name() {
                out.push(changes(Subject::Index(model_name.key(), name.into())));
            }
            let fields = index.fields();
            let names = fields.iter().map(|name| name.trim_start_matches('-'));
            relies_on_fields(model_name, names.map(str::to_lowercase), &mut out);
        }
        OperationKind::RemoveIndex {
            model_name, name, ..
        } => out.push(changes(Subject::Index(model_name.key(), name.clone()))),
        OperationKind::RenameIndex {
            model_name,
            new_name,
            old_name,
            old_fields,
        } => {
            for name in old_name.iter().chain([new_name]) {
                out.push(changes(Subject::Index(model_name.key(), name.clone())));
            }
            let fields = old_fields.iter().flatten().map(field_key);
            relies_on_fields(model_name, fields, &mut out);
        }
        OperationKind::AddConstraint {
            model_name,
            constraint,
            ..
        } => {
            if let Some(name) = constraint.name() {
                out.push(changes(Subject::Constraint(model_name.key(), name.into())));
            }
            let fields = constraint
                .option("fields")
                .and_then(|fields| fields.value.items())
                .unwrap_or_default()
                .iter()
                .filter_map(|field| field.value.as_str());
            relies_on_fields(model_name, fields.map(str::to_lowercase), &mut out);
        }
        OperationKind::RemoveConstraint { model_name, name }
        | OperationKind::AlterConstraint {
            model_name, name, ..
        }
        | OperationKind::ValidateConstraint { model_name, name } => {
            out.push(changes(Subject::Constraint(model_name.key(), name.clone())));
        }
        OperationKind::CreateCollation(collation) | OperationKind::RemoveCollation(collation) => {
            out.push(changes(Subject::Collation(collation.name.clone())));
        }
        // Creating an extension twice is no clash: Django asks for it `IF NOT EXISTS`
        // (`CreateExtension.database_forwards`, Django 5.2).
        OperationKind::CreateExtension { .. }
        | OperationKind::SeparateDatabaseAndState { .. }
        | OperationKind::RunSql(_)
        | OperationKind::RunPython(_)
        | OperationKind::Custom(_)
        | OperationKind::Opaque(_) => {}
    }
    out
}

fn relies_on_fields(
    model: &ModelName,
    fields: impl Iterator<Item = impl Into<SmolStr>>,
    out: &mut Vec<Touch>,
) {
    out.extend(fields.map(|field| Touch {
        subject: Subject::Field(model.key(), field.into()),
        changes: false,
    }));
}

fn relies_on_models(app: &str, create: &CreateModel, out: &mut Vec<Touch>) {
    for (_, field) in &create.fields {
        relies_on_target(app, field, out);
    }
}

/// The model that a relation points at, if it is one of the app.
fn relies_on_target(app: &str, field: &Field, out: &mut Vec<Touch>) {
    let Some(to) = field.to().and_then(|to| to.value.as_str()) else {
        return;
    };
    let (of, name) = to.split_once('.').unwrap_or((app, to));
    if of == app && name != "self" {
        out.push(Touch {
            subject: Subject::Model(ModelName::from(name).key()),
            changes: false,
        });
    }
}
