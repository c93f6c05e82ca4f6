//! Tree to IR.
//!
//! A statement becomes the call that Django's own migration would make, in the objects
//! of the Python front end's evaluation, and those are lowered by its code. So a
//! construct means here what it means there, for custom classes of the project as well.
//!
//! What has a syntax error is marked as unread, so that nobody takes the rest for all.

mod build;
mod dialect;
mod expression;
mod field;
mod operation;
mod part;
mod run;
mod value;

use smol_str::SmolStr;

use super::grammar::Parsed;
use super::tree::{
    Call, Dependency, Dotted, Expr, ExprKind, MigrationRef, Statement, StatementKind,
};
use crate::base::{FileId, Files, Span, Spanned, TextRange};
use crate::diag::{Diagnostic, Level};
use crate::ir::migration::Unread;
use crate::ir::project::NO_FILE;
use crate::ir::{MigrationId, Unknown};
use crate::parse::SyntaxError;
use crate::python::eval::object::{Item, Obj};
use crate::python::{
    Description, Detail, ReadMigration, Resolver, Written, lower_description, syntax_diagnostic,
    write_description,
};

/// Reads a file of a migrations folder. `module` is its dotted name, for names that
/// begin with a dot. Never fails: what is wrong is among the diagnostics.
#[must_use]
pub fn read_migration(
    resolver: Resolver<'_>,
    file: FileId,
    module: &str,
    id: MigrationId,
    detail: Detail,
) -> ReadMigration {
    let files: &Files = resolver.modules.files;
    read_text(resolver, &files.text(file), file, module, id, detail)
}

/// Reads a text whose places are those of `file`.
fn read_text(
    resolver: Resolver<'_>,
    text: &str,
    file: FileId,
    module: &str,
    id: MigrationId,
    detail: Detail,
) -> ReadMigration {
    let (description, mut diagnostics) = describe(text, file, module, &id, detail);
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.span.range);
    ReadMigration {
        migration: Some(lower_description(resolver, description, id, detail)),
        diagnostics,
    }
}

/// The objects that a text stands for, and what is wrong with it.
fn describe(
    text: &str,
    file: FileId,
    module: &str,
    id: &MigrationId,
    detail: Detail,
) -> (Description, Vec<Diagnostic>) {
    super::with_arena(text, |arena| {
        let parsed = super::parse(text, arena);
        let mut lowering = Lowering::new(file, module, id, detail);
        let description = lowering.file(&parsed);
        let errors = parsed.errors.iter();
        let mut diagnostics: Vec<Diagnostic> =
            errors.map(|error| syntax_diagnostic(error, file)).collect();
        diagnostics.append(&mut lowering.diagnostics);
        (description, diagnostics)
    })
}

/// Reads a text that stands in no file, and has no places that can be shown.
#[must_use]
pub fn read_description(
    resolver: Resolver<'_>,
    text: &str,
    id: MigrationId,
    detail: Detail,
) -> ReadMigration {
    read_text(resolver, text, NO_FILE, "", id, detail)
}

/// Reads a file as it was written, to write it in another language.
///
/// # Errors
/// What is wrong with the file.
pub fn read_written(
    resolver: Resolver<'_>,
    file: FileId,
    module: &str,
    id: MigrationId,
) -> Result<Written, Vec<Diagnostic>> {
    let text = resolver.modules.files.text(file);
    let (description, diagnostics) = describe(&text, file, module, &id, Detail::Whole);
    if diagnostics.is_empty() {
        Ok(write_description(resolver, description, module, id))
    } else {
        Err(diagnostics)
    }
}

/// One file on its way to objects.
struct Lowering<'t> {
    file: FileId,
    /// The folder of migrations as Python imports it: `blog.migrations`.
    package: &'t str,
    id: &'t MigrationId,
    detail: Detail,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Lowering<'t> {
    fn new(file: FileId, module: &'t str, id: &'t MigrationId, detail: Detail) -> Self {
        let package = module.rsplit_once('.').map_or("", |(package, _)| package);
        Self {
            file,
            package,
            id,
            detail,
            diagnostics: Vec::new(),
        }
    }

    const fn span(&self, range: TextRange) -> Span {
        Span::new(self.file, range)
    }

    const fn item(&self, obj: Obj, range: TextRange) -> Item {
        Item::new(obj, self.span(range))
    }

    /// Tells of a mistake and returns what stands for the part that has it.
    fn mistake(&mut self, error: SyntaxError) -> Item {
        let range = error.range;
        let span = self.span(range);
        let told = syntax_diagnostic(&error, self.file);
        if !self.diagnostics.contains(&told) {
            self.diagnostics.push(told);
        }
        Item::new(Obj::Unknown(Unknown::of_syntax_error(span).into()), span)
    }

    /// What is part of the language and not compiled so far.
    fn not_compiled(&mut self, range: TextRange, what: &str) {
        let span = self.span(range);
        self.diagnostics.push(
            Diagnostic::new(
                "uncompiled-statement",
                Level::Error,
                span,
                format!("{what} is not compiled yet"),
            )
            .here("left out of the plan, of SQL and of other findings"),
        );
    }

    fn file(&mut self, parsed: &Parsed) -> Description {
        let start = parsed
            .tree
            .statements
            .first()
            .map_or(TextRange::empty(0), |first| {
                TextRange::empty(first.range.start)
            });
        let mut out = Description::new(self.span(start));
        let mut first_item: Option<TextRange> = None;
        let mut seen: Vec<(&'static str, TextRange)> = Vec::new();
        for statement in parsed.tree.statements {
            match header_name(&statement.kind) {
                Some(name) => {
                    if let Some(item) = first_item {
                        self.late_header(name, statement.range, item);
                    }
                    if matches!(name, "initial" | "atomic" | "mig" | "migration") {
                        match seen.iter().find(|(other, _)| *other == name) {
                            Some((_, earlier)) => {
                                self.twice(name, statement.range, *earlier);
                            }
                            None => seen.push((name, statement.range)),
                        }
                    }
                    self.header(statement, &mut out);
                }
                None => {
                    if !matches!(statement.kind, StatementKind::Error) {
                        first_item.get_or_insert(statement.range);
                    }
                    let mut operations = Vec::new();
                    self.statement(statement, &mut operations);
                    let span = self.span(statement.range);
                    out.operations_span = Some(match out.operations_span {
                        Some(before) => before.cover(span),
                        None => span,
                    });
                    for operation in operations {
                        self.add(operation, &mut out);
                    }
                }
            }
        }
        out
    }

    /// An operation, or what stands for one that has a syntax error.
    fn add(&self, operation: Item, out: &mut Description) {
        match &operation.obj {
            Obj::Unknown(unknown) if unknown.is_syntax_error() => {
                out.unread.push(Unread {
                    attribute: "operations",
                    is_element: true,
                    is_written: false,
                    unknown: (**unknown).clone(),
                });
            }
            _ => out.operations.push(operation),
        }
    }

    fn late_header(&mut self, name: &str, range: TextRange, item: TextRange) {
        let head = TextRange::new(range.start, range.start + length(name));
        self.mistake(
            SyntaxError::new(head, format!("`{name}` stands behind operations"))
                .with_label("move this line to the top of the file")
                .with_note(
                    TextRange::new(item.start, item.start + first_word(item)),
                    "the first operation",
                ),
        );
    }

    fn twice(&mut self, name: &str, range: TextRange, earlier: TextRange) {
        self.mistake(
            SyntaxError::new(range, format!("`{name}` stands twice"))
                .with_label("the second time")
                .with_note(earlier, "the first time")
                .with_help("keep one of the two"),
        );
    }

    fn header(&mut self, statement: &Statement, out: &mut Description) {
        let range = statement.range;
        let cover = |known: &mut Option<Span>, span: Span| {
            *known = Some(known.map_or(span, |before| before.cover(span)));
        };
        match &statement.kind {
            StatementKind::Edition(edition) if edition.text != "1" => {
                self.mistake(
                    SyntaxError::new(
                        edition.range,
                        format!("there is no edition {} of the language", edition.text),
                    )
                    .with_label("the only edition is 1"),
                );
            }
            StatementKind::Migration(migration) => self.own_name(migration),
            StatementKind::After(dependencies) => {
                cover(&mut out.dependencies_span, self.span(range));
                for dependency in *dependencies {
                    let item = self.dependency(dependency);
                    out.dependencies.push(item);
                }
            }
            StatementKind::Before(migrations) => {
                for migration in *migrations {
                    let item = self.migration_ref(migration);
                    out.run_before.push(item);
                }
            }
            StatementKind::Replaces(migrations) => {
                cover(&mut out.replaces_span, self.span(range));
                for migration in *migrations {
                    let item = self.migration_ref(migration);
                    out.replaces.push(item);
                }
            }
            StatementKind::Initial(value) => {
                out.initial = Some(Spanned::new(*value, self.span(range)));
            }
            StatementKind::Atomic(value) => {
                out.atomic = Some(Spanned::new(*value, self.span(range)));
            }
            StatementKind::Attribute { name, value } => {
                let item = self.value(value);
                out.attributes.push((SmolStr::new(name.text), item));
            }
            _ => {}
        }
    }

    /// `migration blog.0002_x` must agree with the path.
    fn own_name(&mut self, migration: &MigrationRef) {
        let app = migration.app.as_ref().map(|app| app.text);
        let agrees = migration.name.text == self.id.name.as_str()
            && app.is_none_or(|app| app == self.id.app.as_str());
        if !agrees && !self.id.name.as_str().is_empty() {
            self.mistake(
                SyntaxError::new(
                    migration.range,
                    format!("the file's path makes this migration `{}`", self.id),
                )
                .with_label("does not agree with the path")
                .with_help(format!("write `migration {}`, or rename the file", self.id)),
            );
        }
    }

    /// `("app", "name")`.
    fn migration_ref(&self, migration: &MigrationRef) -> Item {
        let app = match &migration.app {
            Some(app) => self.item(Obj::str(app.text), app.range),
            None => self.item(Obj::str(self.id.app.as_str()), migration.range),
        };
        let name = self.item(Obj::str(migration.name.text), migration.name.range);
        self.item(Obj::tuple(vec![app, name]), migration.range)
    }

    fn dependency(&mut self, dependency: &Dependency) -> Item {
        match dependency {
            Dependency::Swappable { model, range } => {
                let model = self.swappable(model);
                self.call(
                    "django.db.migrations.swappable_dependency",
                    *range,
                    vec![model],
                    Vec::new(),
                    *range,
                )
            }
            Dependency::Migration { migration, phase } => {
                if let Some(phase) = phase {
                    self.not_compiled(phase.range, "a dependency on a phase");
                }
                self.migration_ref(migration)
            }
            Dependency::Computed(call) => self.computed(call),
        }
    }

    /// What a function of Python computes: the path of the function, called.
    fn computed(&mut self, call: &Call) -> Item {
        let callee = &call.callee;
        let range = TextRange::new(callee.range.start, call.args.range.end);
        let is_function = callee.words > 1 || callee.is_relative && callee.words == 1;
        if is_function && callee.path.split('.').all(is_identifier) {
            return self.object_call(call, range);
        }
        self.mistake(
            SyntaxError::new(
                callee.range,
                format!("`{}` is no path of a Python function", callee.path),
            )
            .with_label("called to compute the dependency")
            .with_help("write `after module.function(...)`, or `after app.0001_name`"),
        )
    }

    /// `settings.AUTH_USER_MODEL`, or what else holds a model's label.
    fn swappable(&mut self, model: &Expr) -> Item {
        match &model.kind {
            ExprKind::Name(path) if path.word().is_some() => self.mistake(
                SyntaxError::new(model.range, "a swappable model is named by a setting")
                    .with_label("expected a setting")
                    .with_help("write `after swappable settings.AUTH_USER_MODEL`"),
            ),
            _ => self.value(model),
        }
    }
}

fn length(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or_default()
}

/// Whether Python can call something so.
fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && characters.all(unicode_ident::is_xid_continue)
}

/// How long the start of a statement is that a label shows.
fn first_word(range: TextRange) -> u32 {
    range.len().min(6)
}

/// `NAME` of `settings.NAME`.
fn setting_name(path: &Dotted) -> Option<SmolStr> {
    let name = match path.words {
        2 => path.path.strip_prefix("settings."),
        4 => path.path.strip_prefix("django.conf.settings."),
        _ => None,
    };
    name.filter(|name| !path.is_relative && !name.contains('.'))
        .map(SmolStr::new)
}

const fn header_name(kind: &StatementKind) -> Option<&'static str> {
    Some(match kind {
        StatementKind::Edition(_) => "mig",
        StatementKind::Migration(_) => "migration",
        StatementKind::After(_) => "after",
        StatementKind::Before(_) => "before",
        StatementKind::Replaces(_) => "replaces",
        StatementKind::Initial(_) => "initial",
        StatementKind::Atomic(_) => "atomic",
        StatementKind::Attribute { .. } => "attr",
        _ => return None,
    })
}
