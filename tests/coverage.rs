//! `fixtures/sql` has a case for everything that Django 5.2 offers: each operation, each
//! kind of field made, added and altered, each option, index and constraint. What there
//! is comes from the IR's own lists; what has no case is named.

use std::collections::BTreeSet;
use std::fmt::Write;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use whimbrel::graph::MigrationGraph;
use whimbrel::ir::constraint::{Constraint, ConstraintKind};
use whimbrel::ir::index::Index;
use whimbrel::ir::operation::TogetherOption;
use whimbrel::ir::{Field, FieldKind, Known, Operation, OperationKind};
use whimbrel::pipeline::Purpose;
use whimbrel::schema::{History, ModelKey, ProjectState};

use crate::sql::{cases, config, unpack};
use crate::support::documents::analyse;

macro_rules! operations {
    ($($kind:ident),* $(,)?) => {
        const OPERATIONS: &[&str] = &[$(stringify!($kind)),*];

        const fn name(kind: &OperationKind) -> &'static str {
            match kind { $(OperationKind::$kind { .. } => stringify!($kind)),* }
        }
    };
}

operations! {
    CreateModel, DeleteModel, RenameModel, AlterModelTable, AlterModelTableComment,
    AlterModelOptions, AlterModelManagers, AlterOrderWithRespectTo, AlterTogether, AddField,
    AlterField, RemoveField, RenameField, AddIndex, RemoveIndex, RenameIndex, AddConstraint,
    RemoveConstraint, AlterConstraint, ValidateConstraint, SeparateDatabaseAndState, RunSql,
    RunPython, CreateExtension, CreateCollation, RemoveCollation, Custom, Opaque,
}

/// What is not understood has no SQL.
const NO_SQL: &[&str] = &["Opaque"];

/// Ways that there are not.
const NOT_SHOWN: &[(FieldKind, &[Way], &str)] = &[
    (
        FieldKind::AutoField,
        &[Way::Add],
        "a model has a key from the start",
    ),
    (
        FieldKind::BigAutoField,
        &[Way::Add],
        "a model has a key from the start",
    ),
    (
        FieldKind::SmallAutoField,
        &[Way::Add],
        "a model has a key from the start",
    ),
];

/// Kinds without a column of their own, or that Django 5.2 refuses.
const NO_COLUMN: &[(FieldKind, &str)] = &[
    (FieldKind::Field, "the base of all fields has no type"),
    (
        FieldKind::CommaSeparatedIntegerField,
        "removed in Django 2.0",
    ),
    (FieldKind::IPAddressField, "removed in Django 1.9"),
    (FieldKind::NullBooleanField, "removed in Django 4.0"),
    (FieldKind::FloatRangeField, "removed in Django 3.1"),
    (FieldKind::CICharField, "removed in Django 5.1"),
    (FieldKind::CIEmailField, "removed in Django 5.1"),
    (FieldKind::CITextField, "removed in Django 5.1"),
    (FieldKind::OrderWrt, "made by `order_with_respect_to`"),
    (FieldKind::CompositePrimaryKey, "columns of other fields"),
    (FieldKind::ForeignObject, "columns of other fields"),
    (FieldKind::GenericForeignKey, "columns of other fields"),
    (FieldKind::GenericRelation, "columns of another model"),
    (FieldKind::SearchQueryField, "the type of an expression"),
    (FieldKind::ExtentField, "the type of an aggregate"),
    (
        FieldKind::ImageField,
        "a `FileField` whose system check asks for Pillow",
    ),
];

/// Options of fields that show in a database, with the ways that there are to set them
/// besides creating a model.
const OPTIONS: &[(&str, &[Way])] = &[
    ("null", &[Way::Add, Way::Alter]),
    ("unique", &[Way::Add, Way::Alter]),
    ("primary_key", &[Way::Add, Way::Alter]),
    ("db_index", &[Way::Add, Way::Alter]),
    ("db_column", &[Way::Add, Way::Alter]),
    ("db_comment", &[Way::Add, Way::Alter]),
    ("db_collation", &[Way::Add, Way::Alter]),
    ("db_tablespace", &[Way::Add, Way::Alter]),
    ("db_default", &[Way::Add, Way::Alter]),
    ("default", &[Way::Add, Way::Alter]),
    ("choices", &[Way::Add, Way::Alter]),
    ("blank", &[Way::Add, Way::Alter]),
    ("max_length", &[Way::Add, Way::Alter]),
    ("max_digits", &[Way::Add, Way::Alter]),
    ("decimal_places", &[Way::Add, Way::Alter]),
    ("auto_now", &[Way::Add, Way::Alter]),
    ("auto_now_add", &[Way::Add, Way::Alter]),
    ("db_constraint", &[Way::Add, Way::Alter]),
    ("to_field", &[Way::Add, Way::Alter]),
    ("to", &[Way::Add, Way::Alter]),
    ("on_delete", &[Way::Add, Way::Alter]),
    ("through", &[Way::Add]),
    ("db_table", &[Way::Add, Way::Alter]),
    ("size", &[Way::Add, Way::Alter]),
    ("dim", &[Way::Alter]),
    ("srid", &[Way::Add]),
    ("geography", &[]),
    ("spatial_index", &[Way::Alter]),
    ("expression", &[Way::Add]),
    ("output_field", &[Way::Add, Way::Alter]),
    ("db_persist", &[Way::Add]),
];

/// Classes of indexes, and their own options.
const INDEXES: &[(&str, &[&str])] = &[
    (
        "django.db.models.Index",
        &[
            "fields",
            "name",
            "db_tablespace",
            "opclasses",
            "condition",
            "include",
        ],
    ),
    (
        "django.contrib.postgres.indexes.BloomIndex",
        &["length", "columns"],
    ),
    (
        "django.contrib.postgres.indexes.BrinIndex",
        &["autosummarize", "pages_per_range"],
    ),
    (
        "django.contrib.postgres.indexes.BTreeIndex",
        &["fillfactor", "deduplicate_items"],
    ),
    (
        "django.contrib.postgres.indexes.GinIndex",
        &["fastupdate", "gin_pending_list_limit"],
    ),
    (
        "django.contrib.postgres.indexes.GistIndex",
        &["buffering", "fillfactor"],
    ),
    ("django.contrib.postgres.indexes.HashIndex", &["fillfactor"]),
    (
        "django.contrib.postgres.indexes.SpGistIndex",
        &["fillfactor"],
    ),
];

/// Options of constraints by their kinds.
const fn options_of(kind: ConstraintKind) -> &'static [&'static str] {
    match kind {
        ConstraintKind::Check => &["condition", "violation_error_message"],
        ConstraintKind::Unique => &[
            "fields",
            "condition",
            "deferrable",
            "include",
            "opclasses",
            "nulls_distinct",
        ],
        ConstraintKind::Exclusion => &["index_type", "condition", "deferrable", "include"],
        ConstraintKind::Other => &[],
    }
}

const CONSTRAINTS: &[ConstraintKind] = &[
    ConstraintKind::Check,
    ConstraintKind::Unique,
    ConstraintKind::Exclusion,
];

/// Kinds that alterations are shown between, each with texts and numbers with numbers.
const NUMBERS: &[FieldKind] = &[
    FieldKind::SmallIntegerField,
    FieldKind::IntegerField,
    FieldKind::BigIntegerField,
    FieldKind::PositiveSmallIntegerField,
    FieldKind::PositiveIntegerField,
    FieldKind::PositiveBigIntegerField,
    FieldKind::DecimalField,
    FieldKind::FloatField,
];
const TEXTS: &[FieldKind] = &[FieldKind::CharField, FieldKind::TextField];
const OTHERS: &[FieldKind] = &[
    FieldKind::BooleanField,
    FieldKind::DateField,
    FieldKind::DateTimeField,
    FieldKind::TimeField,
    FieldKind::DurationField,
    FieldKind::UUIDField,
    FieldKind::JSONField,
    FieldKind::BinaryField,
    FieldKind::GenericIPAddressField,
    FieldKind::SlugField,
    FieldKind::URLField,
    FieldKind::EmailField,
    FieldKind::FileField,
    FieldKind::FilePathField,
];

/// What a case does with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Create,
    Add,
    Alter,
    Remove,
    Rename,
}

/// What the cases show.
#[derive(Debug, Default)]
struct Shown {
    operations: BTreeSet<&'static str>,
    fields: BTreeSet<(&'static str, Way)>,
    options: BTreeSet<(String, Way)>,
    /// In the order of their names, since every case goes both ways.
    pairs: BTreeSet<[&'static str; 2]>,
    indexes: BTreeSet<(String, Way)>,
    index_options: BTreeSet<(String, String)>,
    constraints: BTreeSet<(String, Way)>,
    constraint_options: BTreeSet<(String, String)>,
}

fn kind(field: &Field) -> Option<&'static str> {
    match &field.kind {
        Known::Yes(kind) => Some(kind.as_str()),
        Known::No(_) => None,
    }
}

impl Shown {
    fn field(&mut self, field: &Field, way: Way) {
        self.fields.extend(kind(field).map(|kind| (kind, way)));
        let options = field
            .options
            .iter()
            .map(|(name, _)| (name.to_string(), way));
        self.options.extend(options);
    }

    fn altered(&mut self, old: &Field, new: &Field) {
        for side in [old, new] {
            self.fields
                .extend(kind(side).map(|kind| (kind, Way::Alter)));
        }
        if let (Some(old), Some(new)) = (kind(old), kind(new)) {
            let mut pair = [old, new];
            pair.sort_unstable();
            self.pairs.insert(pair);
        }
        for (name, _) in old.options.iter().chain(&new.options) {
            let value = |field: &Field| field.option(name).map(|it| format!("{:?}", it.value));
            if value(old) != value(new) {
                self.options.insert((name.to_string(), Way::Alter));
            }
        }
    }

    fn index(&mut self, index: &Index, way: Way) {
        let class = index.class.to_string();
        self.indexes.insert((class.clone(), way));
        let mut options: Vec<String> = index.options.iter().map(|it| it.0.to_string()).collect();
        if !index.expressions.is_empty() {
            options.push("expressions".to_owned());
        }
        self.index_options
            .extend(options.into_iter().map(|name| (class.clone(), name)));
    }

    fn constraint(&mut self, constraint: &Constraint, way: Way) {
        let kind = format!("{:?}", constraint.kind);
        self.constraints.insert((kind.clone(), way));
        let options = constraint.options.iter().map(|(name, _)| name.to_string());
        self.constraint_options
            .extend(options.map(|name| (kind.clone(), name)));
    }

    fn operation(&mut self, app: &str, operation: &Operation, before: &ProjectState) {
        self.operations.insert(name(&operation.kind));
        let model = |name: &str| before.model(&key(app, name));
        match &operation.kind {
            OperationKind::CreateModel(create) => {
                for (_, field) in &create.fields {
                    self.field(field, Way::Create);
                }
                for index in &create.options.indexes {
                    self.index(index, Way::Create);
                }
                for constraint in &create.options.constraints {
                    self.constraint(constraint, Way::Create);
                }
            }
            OperationKind::AddField { field, .. } => self.field(field, Way::Add),
            OperationKind::AlterField {
                model_name,
                name,
                field,
                ..
            } => {
                if let Some(model) = model(model_name.as_str())
                    && let Some(old) = model.state().fields.get(name.as_str())
                {
                    self.altered(&old.field, field);
                }
            }
            OperationKind::RemoveField { model_name, name } => {
                if let Some(model) = model(model_name.as_str())
                    && let Some(old) = model.state().fields.get(name.as_str())
                {
                    self.field(&old.field, Way::Remove);
                }
            }
            OperationKind::AddIndex { index, .. } => self.index(index, Way::Add),
            OperationKind::RemoveIndex {
                model_name, name, ..
            } => {
                if let Some(model) = model(model_name.as_str())
                    && let Some(old) = model.state().indexes.get(name.as_str())
                {
                    self.index(&old.index, Way::Remove);
                }
            }
            OperationKind::RenameIndex { .. } => {
                self.indexes
                    .insert(("django.db.models.Index".to_owned(), Way::Rename));
            }
            OperationKind::AddConstraint { constraint, .. } => {
                self.constraint(constraint, Way::Add);
            }
            OperationKind::RemoveConstraint { model_name, name } => {
                if let Some(model) = model(model_name.as_str())
                    && let Some(old) = model.state().constraints.get(name.as_str())
                {
                    self.constraint(&old.constraint, Way::Remove);
                }
            }
            OperationKind::AlterTogether { option, .. } => {
                self.operations.insert(match option {
                    TogetherOption::Unique => "AlterUniqueTogether",
                    TogetherOption::Index => "AlterIndexTogether",
                });
            }
            OperationKind::SeparateDatabaseAndState {
                database_operations,
                state_operations,
                ..
            } => {
                for nested in database_operations.iter().chain(state_operations) {
                    self.operation(app, nested, before);
                }
            }
            _ => {}
        }
    }

    fn of_case(folder: &std::path::Path) -> Self {
        let mut shown = Self::default();
        let root = tempfile::tempdir().unwrap();
        unpack(folder, &config(folder), root.path());
        let (_, analysis) = analyse(root.path(), Purpose::Graph, 1);
        for analysed in &analysis.projects {
            let graph = MigrationGraph::build(&analysed.project);
            let plan = graph.full_plan();
            let migrations = plan
                .iter()
                .filter_map(|node| graph.migration(&analysed.project, *node));
            let history = History::of(&analysed.project, migrations, None);
            for step in history.steps() {
                for states in step.operations() {
                    let app = step.migration.id.app.as_str();
                    shown.operation(app, states.operation, states.before);
                }
            }
        }
        shown
    }

    fn merge(mut self, other: Self) -> Self {
        self.operations.extend(other.operations);
        self.fields.extend(other.fields);
        self.options.extend(other.options);
        self.pairs.extend(other.pairs);
        self.indexes.extend(other.indexes);
        self.index_options.extend(other.index_options);
        self.constraints.extend(other.constraints);
        self.constraint_options.extend(other.constraint_options);
        self
    }
}

fn key(app: &str, model: &str) -> ModelKey {
    ModelKey::new(&app.into(), &model.into())
}

/// What Django offers and no case shows.
fn missing(shown: &Shown) -> Vec<String> {
    let mut missing = Vec::new();
    let mut must = |is_shown: bool, what: String| {
        if !is_shown {
            missing.push(what);
        }
    };
    for operation in OPERATIONS.iter().filter(|it| !NO_SQL.contains(it)) {
        must(
            shown.operations.contains(operation),
            format!("operation {operation}"),
        );
    }
    for operation in ["AlterUniqueTogether", "AlterIndexTogether"] {
        must(
            shown.operations.contains(operation),
            format!("operation {operation}"),
        );
    }
    for kind in FieldKind::ALL {
        if NO_COLUMN.iter().any(|(known, _)| known == kind) {
            continue;
        }
        for way in [Way::Create, Way::Add, Way::Alter] {
            let is_left_out =
                |it: &&(FieldKind, &[Way], &str)| it.0 == *kind && it.1.contains(&way);
            if NOT_SHOWN.iter().find(is_left_out).is_some() {
                continue;
            }
            let is_shown = shown.fields.contains(&(kind.as_str(), way));
            must(is_shown, format!("{way:?} {}", kind.as_str()));
        }
    }
    for (option, ways) in OPTIONS {
        for way in ways.iter().chain(&[Way::Create]) {
            let is_shown = shown.options.contains(&((*option).to_owned(), *way));
            must(is_shown, format!("{way:?} with option {option}"));
        }
    }
    let texts = TEXTS
        .iter()
        .flat_map(|text| NUMBERS.iter().chain(OTHERS).map(move |kind| [*text, *kind]));
    let numbers = NUMBERS.iter().enumerate().flat_map(|(at, left)| {
        let rest = NUMBERS.iter().skip(at + 1);
        rest.map(move |right| [*left, *right])
    });
    for pair in texts.chain(numbers) {
        let mut names = pair.map(FieldKind::as_str);
        names.sort_unstable();
        must(
            shown.pairs.contains(&names),
            format!("alteration between {names:?}"),
        );
    }
    for (class, options) in INDEXES {
        for way in [Way::Create, Way::Add, Way::Remove] {
            let is_shown = shown.indexes.contains(&((*class).to_owned(), way));
            must(is_shown, format!("{way:?} {class}"));
        }
        for option in *options {
            let wanted = ((*class).to_owned(), (*option).to_owned());
            must(
                shown.index_options.contains(&wanted),
                format!("{class}({option}=...)"),
            );
        }
    }
    for kind in CONSTRAINTS {
        for way in [Way::Create, Way::Add, Way::Remove] {
            let wanted = (format!("{kind:?}"), way);
            must(
                shown.constraints.contains(&wanted),
                format!("{way:?} {kind:?} constraint"),
            );
        }
        for option in options_of(*kind) {
            let wanted = (format!("{kind:?}"), (*option).to_owned());
            must(
                shown.constraint_options.contains(&wanted),
                format!("{kind:?} constraint with {option}"),
            );
        }
    }
    missing
}

#[test]
fn everything_that_django_offers_has_a_case() {
    if std::env::var_os("CASE").is_some() {
        return;
    }
    let folders = cases();
    let pool = rayon::ThreadPoolBuilder::new()
        .stack_size(crate::sql::STACK)
        .build();
    let shown = pool.unwrap().install(|| {
        folders
            .par_iter()
            .map(|folder| Shown::of_case(folder))
            .reduce(Shown::default, Shown::merge)
    });
    let missing = missing(&shown);
    let mut report = String::new();
    for what in &missing {
        writeln!(report, "no case: {what}").unwrap();
    }
    assert!(
        missing.is_empty(),
        "{report}of {} cases, which show {} alterations between kinds of fields",
        folders.len(),
        shown.pairs.len()
    );
}
