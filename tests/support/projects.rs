//! Projects built in code, for tests that need no front end.
//!
//! ```ignore
//! let project = project([app("blog", [migration("0001_initial"),
//!     migration("0002_slug").after("blog.0001_initial")])]);
//! ```
//! Spans are invented: each entry gets its own range in its migration's file.

use smol_str::SmolStr;
use whimbrel::base::{FileId, Span, TextRange};
use whimbrel::ir::project::Settings;
use whimbrel::ir::{
    App, AppLabel, AppOrigin, Dependency, DependencyTarget, Known, Migration, MigrationId,
    Operation, Project,
};

pub(crate) fn project(apps: impl IntoIterator<Item = App>) -> Project {
    let mut project = Project {
        root: ".".to_owned(),
        settings: Settings {
            all_apps_found: true,
            ..Settings::default()
        },
        apps: apps.into_iter().collect(),
        change_set: None,
    };
    for (at, migration) in project
        .apps
        .iter_mut()
        .flat_map(|app| &mut app.migrations)
        .enumerate()
    {
        place(migration, FileId(u32::try_from(at).unwrap()));
    }
    project
}

/// Gives every entry of a migration a range of its own.
fn place(migration: &mut Migration, file: FileId) {
    migration.file = file;
    migration.span = Span::new(file, TextRange::new(0, 1));
    let mut at = 10;
    let lists = [
        &mut migration.dependencies,
        &mut migration.run_before,
        &mut migration.replaces,
    ];
    for entry in lists.into_iter().flatten() {
        entry.span = Span::new(file, TextRange::new(at, at + 5));
        at += 10;
    }
    for operation in &mut migration.operations {
        operation.span = Span::new(file, TextRange::new(at, at + 9));
        operation.name_span = Span::new(file, TextRange::new(at, at + 4));
        at += 10;
    }
}

pub(crate) fn app(label: &str, migrations: impl IntoIterator<Item = Builder>) -> App {
    let mut migrations: Vec<Migration> = migrations
        .into_iter()
        .map(|builder| {
            let mut migration = builder.0;
            migration.id.app = AppLabel::from(label);
            migration
        })
        .collect();
    migrations.sort_by(|left, right| left.id.cmp(&right.id));
    App {
        label: AppLabel::from(label),
        package: SmolStr::new(label),
        origin: AppOrigin::Project,
        folder: Some(format!("{label}/migrations")),
        missing_init: None,
        max_migration: None,
        migrations,
        unreadable: Vec::new(),
    }
}

pub(crate) struct Builder(pub(crate) Migration);

pub(crate) fn migration(name: &str) -> Builder {
    let nowhere = Span::file_start(FileId(0));
    Builder(Migration::empty(MigrationId::new("", name), nowhere))
}

/// `"blog.0001_initial"`.
pub(crate) fn id(dotted: &str) -> MigrationId {
    let (app, name) = dotted.split_once('.').unwrap();
    MigrationId::new(app, name)
}

pub(crate) fn entry(target: DependencyTarget) -> Dependency {
    Dependency {
        target,
        call: None,
        span: Span::file_start(FileId(0)),
    }
}

impl Builder {
    pub(crate) fn with(mut self, operation: Operation) -> Self {
        self.0.operations.push(operation);
        self
    }

    pub(crate) fn after(mut self, dotted: &str) -> Self {
        let target = DependencyTarget::Migration(id(dotted));
        self.0.dependencies.push(entry(target));
        self
    }

    pub(crate) fn replaces(mut self, dotted: &str) -> Self {
        let target = DependencyTarget::Migration(id(dotted));
        self.0.replaces.push(entry(target));
        self
    }
}

pub(crate) fn swappable(setting: &str, model: &str) -> DependencyTarget {
    DependencyTarget::Swappable {
        setting: SmolStr::new(setting),
        model: Known::Yes(SmolStr::new(model)),
    }
}

/// Operations, for [`Builder::with`].
pub(crate) mod operations {
    use std::sync::Arc;

    use smol_str::SmolStr;
    use whimbrel::base::{FileId, Span, Spanned};
    use whimbrel::ir::operation::{CreateModel, Options, RunPython};
    use whimbrel::ir::{
        Field, FieldKind, FieldName, Known, ModelName, Operation, OperationKind, Value,
    };

    fn nowhere() -> Span {
        Span::file_start(FileId(0))
    }

    fn operation(class: &str, kind: OperationKind) -> Operation {
        Operation {
            kind,
            span: nowhere(),
            name_span: nowhere(),
            class: SmolStr::new(class),
            methods: None,
            condition: None,
            not_understood: Vec::new(),
            written: None,
        }
    }

    pub(crate) fn field(kind: FieldKind, to: Option<&str>) -> Field {
        let to = to.map(|to| Spanned::new(Value::Str(SmolStr::new(to)), nowhere()));
        Field {
            kind: Known::Yes(kind),
            extends: None,
            class: SmolStr::new(kind.as_str()),
            span: nowhere(),
            options: to.into_iter().map(|to| ("to".into(), to)).collect(),
            base_options: None,
            inner: None,
            generated: None,
            db_default: None,
            own: None,
        }
    }

    pub(crate) fn create_model(name: &str) -> Operation {
        operation(
            "CreateModel",
            OperationKind::CreateModel(CreateModel {
                name: ModelName::from(name),
                name_span: nowhere(),
                fields: Vec::new(),
                options: Options::default(),
                bases: Vec::new(),
                managers: Arc::default(),
            }),
        )
    }

    pub(crate) fn add_field(model: &str, name: &str, field: Field) -> Operation {
        operation(
            "AddField",
            OperationKind::AddField {
                model_name: ModelName::from(model),
                name: FieldName::from(name),
                field: Arc::new(field),
                preserve_default: true,
            },
        )
    }

    pub(crate) fn rename_field(model: &str, old: &str, new: &str) -> Operation {
        operation(
            "RenameField",
            OperationKind::RenameField {
                model_name: ModelName::from(model),
                old_name: FieldName::from(old),
                new_name: FieldName::from(new),
            },
        )
    }

    pub(crate) fn rename_model(old: &str, new: &str) -> Operation {
        operation(
            "RenameModel",
            OperationKind::RenameModel {
                old_name: ModelName::from(old),
                new_name: ModelName::from(new),
            },
        )
    }

    pub(crate) fn delete_model(name: &str) -> Operation {
        operation(
            "DeleteModel",
            OperationKind::DeleteModel {
                name: ModelName::from(name),
            },
        )
    }

    pub(crate) fn run_python() -> Operation {
        let code = Spanned::new(Value::Path("blog.forwards".into()), nowhere());
        operation(
            "RunPython",
            OperationKind::RunPython(Box::new(RunPython {
                code,
                is_noop: false,
                reverse_code: None,
                atomic: None,
                hints: None,
                elidable: false,
                forwards: None,
                backwards: None,
            })),
        )
    }
}
