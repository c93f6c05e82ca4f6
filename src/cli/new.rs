//! `whimbrel new`: the next migration of an app, empty.

use std::path::{Path, PathBuf};

use super::Outcome;
use super::output::{self, Failure};
use super::plan::{ProjectArgs, with_app};
use crate::base::{FileId, Files, Span, Spanned};
use crate::diag::wording::{did_you_mean, list};
use crate::graph::MigrationGraph;
use crate::ir::{
    Dependency, DependencyTarget, Known, Migration, MigrationId, MigrationName, Project,
};
use crate::pipeline::{self, Analysed, Content, Language, Purpose};
use crate::python::sources::{MigrationFolder, ProjectSource, Sources};
use crate::python::write::{Surroundings, write_migration};
use crate::python::{Modules, read_app};

/// Writes the next migration of an app, without operations.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: $EDITOR $(whimbrel new blog post_subtitle)")]
pub(super) struct Args {
    /// The app's label.
    app: String,
    /// What the migration does, in words that make a Python name: `post_subtitle`. The
    /// number comes before it.
    name: String,
    /// The language. Default: that of the app's newest migration, or `.mig` for its
    /// first one.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Write nothing; print the text.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    Mig,
    #[value(alias = "py")]
    Python,
}

/// Where the migrations of an app are, or will be.
struct Home {
    folder: PathBuf,
    /// The folder is made with the migration.
    is_new: bool,
    /// Names of the migrations that are there.
    names: Vec<String>,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    check_name(&args.name)?;
    args.project.with_everything(|files, sources, projects| {
        let planned = pipeline::plan(files, sources, Purpose::Graph);
        if let Some(found) = unmigrated(files, sources, &planned, &args.app)? {
            return write(args, &found, None);
        }
        let project = project(projects, &args.app)?;
        let home = home(&planned, &args.app)?;
        let leaf = leaf(project, &args.app)?;
        write(args, &home, leaf)
    })
}

/// Django's own rule for `makemigrations --name`.
fn check_name(name: &str) -> Result<(), Failure> {
    let mut characters = name.chars();
    let begins = |first: char| first == '_' || unicode_ident::is_xid_start(first);
    let is_identifier =
        characters.next().is_some_and(begins) && characters.all(unicode_ident::is_xid_continue);
    if is_identifier {
        return Ok(());
    }
    let rest = name.trim_start_matches(|it: char| it.is_ascii_digit() || it == '_');
    let rest = rest.trim_end_matches(".mig").trim_end_matches(".py");
    let words: String = rest
        .chars()
        .map(|it| {
            if unicode_ident::is_xid_continue(it) {
                it
            } else {
                '_'
            }
        })
        .collect();
    let help = if words.is_empty() {
        "the number comes by itself; say what the migration does: `post_subtitle`".to_owned()
    } else {
        format!("the number comes by itself; write `{words}`")
    };
    Err(Failure::usage(
        format!("`{name}` is no name that Python could import"),
        Some(help),
    ))
}

/// The one project that has the app.
fn project<'p>(projects: &'p [Analysed], app: &str) -> Result<&'p Project, Failure> {
    match with_app(projects, Some(app))?.as_slice() {
        [only] => Ok(only),
        several => {
            let roots: Vec<&str> = several.iter().map(|it| it.root.as_str()).collect();
            Err(Failure::usage(
                format!("several projects have an app `{app}`: {}", list(&roots)),
                Some("name one with `--project`".to_owned()),
            ))
        }
    }
}

fn home(planned: &[pipeline::PlannedProject], label: &str) -> Result<Home, Failure> {
    let apps = planned.iter().flat_map(|project| &project.apps);
    let mut apps = apps.filter(|app| app.label.as_str() == label);
    match apps.next().map(|app| &app.content) {
        Some(Content::Folder(folder)) if !folder.is_installed => Ok(Home {
            folder: folder.path.clone(),
            is_new: false,
            names: folder.names.iter().map(ToString::to_string).collect(),
        }),
        _ => Err(Failure::usage(
            format!("`{label}` is installed; its migrations are not this project's"),
            Some("`MIGRATION_MODULES` gives an installed app another folder".to_owned()),
        )),
    }
}

/// Where the first migration of an app goes that has none so far; `None` if the label
/// is none of those.
fn unmigrated(
    files: &Files,
    sources: &Sources,
    planned: &[pipeline::PlannedProject],
    label: &str,
) -> Result<Option<Home>, Failure> {
    let modules = Modules::new(files);
    for project in planned {
        let settings = &project.settings;
        let is_it = settings
            .unmigrated_apps
            .iter()
            .any(|it| it.as_str() == label);
        let Some(source) = sources.projects.get(project.source).filter(|_| is_it) else {
            continue;
        };
        let named = settings.migration_modules.iter();
        if let Some((_, module)) = named.clone().find(|(name, _)| name == label) {
            let what = match module {
                Some(module) => format!("to `{module}`, which is not there"),
                None => "to `None`: it has no migrations".to_owned(),
            };
            return Err(Failure::usage(
                format!("`MIGRATION_MODULES` sets `{label}` {what}"),
                None,
            ));
        }
        let folder = app_folder(&modules, source, &settings.installed_apps, label);
        return match folder {
            Some(folder) if !folder.is_installed => Ok(Some(Home {
                folder: folder.path.join("migrations"),
                is_new: true,
                names: Vec::new(),
            })),
            _ => Err(Failure::usage(
                format!("`{label}` is installed; its migrations are not this project's"),
                None,
            )),
        };
    }
    no_such_app(planned, label)
}

/// An error for a label that nothing has, with the labels of apps without migrations
/// among those that may be meant.
fn no_such_app(planned: &[pipeline::PlannedProject], label: &str) -> Result<Option<Home>, Failure> {
    let has = |project: &pipeline::PlannedProject| {
        project.apps.iter().any(|app| app.label.as_str() == label)
    };
    if planned.iter().any(has) {
        return Ok(None);
    }
    let mut labels: Vec<&str> = Vec::new();
    for project in planned {
        let unmigrated = project.settings.unmigrated_apps.iter();
        labels.extend(unmigrated.map(crate::ir::AppLabel::as_str));
        labels.extend(project.apps.iter().map(|app| app.label.as_str()));
    }
    labels.sort_unstable();
    labels.dedup();
    let help = did_you_mean(label, labels.iter().copied()).map_or_else(
        || format!("apps: {}", list(&labels)),
        |near| format!("did you mean `{near}`?"),
    );
    Err(Failure::usage(
        format!("no app has the label `{label}`"),
        Some(help),
    ))
}

fn app_folder(
    modules: &Modules<'_>,
    source: &ProjectSource,
    entries: &[smol_str::SmolStr],
    label: &str,
) -> Option<MigrationFolder> {
    let mut configs = entries
        .iter()
        .map(|entry| read_app(modules, source.files.as_finder(), entry));
    let config = configs.find(|config| config.label.as_str() == label)?;
    source.files.migration_folder(&config.package)
}

/// The app's newest migration; `None` before its first.
fn leaf(project: &Project, label: &str) -> Result<Option<MigrationId>, Failure> {
    let Some(app) = project.app(label) else {
        return Ok(None);
    };
    if let Some(name) = app.unreadable.first() {
        return Err(Failure::usage(
            format!(
                "`{label}.{name}` could not be read, so that the newest migration of `{label}` is \
                 not known"
            ),
            Some("`whimbrel check` says what is wrong with it".to_owned()),
        ));
    }
    let graph = MigrationGraph::build(project);
    let leaves = graph.leaf_nodes(Some(label));
    let ids: Vec<&MigrationId> = leaves.iter().map(|leaf| graph.id(*leaf)).collect();
    match ids.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some((*only).clone())),
        several => {
            let names: Vec<&MigrationName> = several.iter().map(|id| &id.name).collect();
            Err(Failure::usage(
                format!(
                    "app `{label}` has several leaf migrations: {}",
                    list(&names)
                ),
                Some("let one of them depend on the others first".to_owned()),
            ))
        }
    }
}

/// The number behind the newest migration's.
/// Source: `MigrationAutodetector.parse_number`, Django 5.2.
fn next_number(leaf: Option<&MigrationId>) -> u64 {
    let Some(leaf) = leaf else {
        return 1;
    };
    let name = leaf.name.as_str();
    let leading = |text: &str| -> Option<u64> {
        let end = text
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(text.len());
        text.get(..end)?.parse().ok()
    };
    let squashed = name.rmatch_indices("_squashed_");
    let last = squashed
        .filter_map(|(at, marker)| leading(&name[at + marker.len()..]))
        .next();
    last.or_else(|| leading(name)).unwrap_or(0) + 1
}

fn write(args: &Args, home: &Home, leaf: Option<MigrationId>) -> Result<Outcome, Failure> {
    let name = format!("{:04}_{}", next_number(leaf.as_ref()), args.name);
    let is_mig = |name: &str| home.folder.join(format!("{name}.mig")).is_file();
    let language = match (args.format, &leaf) {
        (Some(Format::Mig), _) => Language::Mig,
        (Some(Format::Python), _) => Language::Python,
        (None, Some(leaf)) if !is_mig(leaf.name.as_str()) => Language::Python,
        (None, _) => Language::Mig,
    };
    if home.names.contains(&name) {
        return Err(Failure::usage(
            format!("`{}.{name}` is there already", args.app),
            Some("choose another name; nothing is overwritten".to_owned()),
        ));
    }
    let (text, extension) = match language {
        Language::Mig => (declared(leaf.as_ref()), "mig"),
        Language::Python => (python(&args.app, &name, leaf)?, "py"),
    };
    if args.dry_run {
        output::print(&text)?;
        return Ok(Outcome::Fine);
    }
    let path = home.folder.join(format!("{name}.{extension}"));
    if path.exists() {
        return Err(Failure::usage(
            format!("`{}` is there already", shown(&path)),
            Some("choose another name; nothing is overwritten".to_owned()),
        ));
    }
    // A package of Python's, unless the app itself is none.
    let app = home.folder.parent().unwrap_or(Path::new("."));
    if home.is_new && app.join("__init__.py").is_file() {
        let init = home.folder.join("__init__.py");
        if !init.exists() {
            output::write_file(&init, "")?;
        }
    }
    output::write_file(&path, &text)?;
    output::print(&format!("{}\n", shown(&path)))?;
    Ok(Outcome::Fine)
}

/// A path from the working directory on, where it lies below that.
fn shown(path: &Path) -> String {
    let cwd = std::env::current_dir().unwrap_or_default();
    let shown = path.strip_prefix(&cwd).unwrap_or(path);
    shown.display().to_string()
}

fn declared(leaf: Option<&MigrationId>) -> String {
    match leaf {
        None => "initial\n".to_owned(),
        Some(leaf) => format!("after {}\n", crate::mig::segment(leaf.name.as_str())),
    }
}

fn python(app: &str, name: &str, leaf: Option<MigrationId>) -> Result<String, Failure> {
    let span = Span::file_start(FileId(0));
    let mut migration = Migration::empty(MigrationId::new(app, name), span);
    match leaf {
        None => migration.initial = Some(Spanned::new(Known::Yes(true), span)),
        Some(leaf) => migration.dependencies.push(Dependency {
            target: DependencyTarget::Migration(leaf),
            call: None,
            span,
        }),
    }
    let surroundings = Surroundings {
        is_module: &|_| None,
        inline: None,
    };
    write_migration(&migration, surroundings)
        .map_err(|_| Failure::usage("an empty migration cannot be written".to_owned(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_those_of_django() {
        let number = |name: &str| next_number(Some(&MigrationId::new("blog", name)));
        assert_eq!(next_number(None), 1);
        assert_eq!(number("0001_initial"), 2);
        assert_eq!(number("0001_squashed_0004_post_content"), 5);
        assert_eq!(number("0099_x"), 100);
        assert_eq!(number("first"), 1);
        assert_eq!(number("20240101_x"), 20_240_102);
    }
}
