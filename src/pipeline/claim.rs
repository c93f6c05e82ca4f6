//! Which app is whose: `INSTALLED_APPS` claims folders for its project, what no
//! project claims stays with its nearest root, and labels never collide inside one
//! project.

use std::path::Path;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::{Context, Purpose};
use crate::ir::django_contrib::bundled_app;
use crate::ir::project::Settings;
use crate::ir::{App, AppLabel, AppOrigin, Known};
use crate::python::sources::{Checked, FoundFolder, MigrationFolder, ProjectSource, Sources};
use crate::python::{AppConfig, read_app, read_settings};

/// Where an app's migrations come from.
#[derive(Debug)]
pub enum Content {
    Folder(MigrationFolder),
    /// Described by whimbrel itself.
    Bundled(App),
}

/// An app before its migrations are read.
#[derive(Debug)]
pub struct PlannedApp {
    pub label: AppLabel,
    pub package: SmolStr,
    pub origin: AppOrigin,
    pub content: Content,
    /// Which of its files get findings; `None` if it is only context.
    pub checked: Option<Checked>,
    /// How its label is known, for people.
    pub reason: String,
}

/// A project before its migrations are read.
#[derive(Debug)]
pub struct PlannedProject {
    pub shown: String,
    /// Index into [`Sources::projects`], for its files.
    pub source: usize,
    pub settings: Settings,
    pub settings_from: Option<String>,
    pub apps: Vec<PlannedApp>,
    pub missing_apps: Vec<SmolStr>,
    pub unlisted: Vec<SmolStr>,
    /// Apps that dependencies name may be looked for elsewhere: no settings say
    /// which apps there are.
    pub is_open: bool,
}

impl PlannedProject {
    pub(super) fn has(&self, label: &str) -> bool {
        self.apps.iter().any(|app| app.label.as_str() == label)
    }

    fn is_checked(&self) -> bool {
        self.apps.iter().any(|app| app.checked.is_some())
    }

    /// `AUTH_USER_MODEL`, or Django's default where nothing sets it.
    pub(super) fn user_model(&self) -> Known<SmolStr> {
        user_model(&self.settings)
    }
}

fn user_model(settings: &Settings) -> Known<SmolStr> {
    Known::Yes(settings.auth_user_model.as_ref().map_or_else(
        || SmolStr::new_static("auth.User"),
        |(model, _)| model.clone(),
    ))
}

pub(super) fn claim(
    context: &Context<'_>,
    sources: &Sources,
    purpose: Purpose,
) -> Vec<PlannedProject> {
    let found: FxHashMap<&Path, &FoundFolder> = sources
        .folders
        .iter()
        .map(|folder| (folder.folder.path.as_path(), folder))
        .collect();
    let indices: Vec<usize> = (0..sources.projects.len()).collect();
    let mut projects: Vec<PlannedProject> = indices
        .par_iter()
        .filter_map(|index| {
            let source = sources.projects.get(*index)?;
            Some(from_settings(context, source, *index, &found))
        })
        .collect();
    let claimed: FxHashSet<&Path> = projects
        .iter()
        .flat_map(|project| &project.apps)
        .filter_map(|app| match &app.content {
            Content::Folder(folder) => found.get_key_value(folder.path.as_path()),
            Content::Bundled(_) => None,
        })
        .map(|(path, _)| *path)
        .collect();
    let loose: Vec<&FoundFolder> = sources
        .folders
        .iter()
        .filter(|folder| !claimed.contains(folder.folder.path.as_path()))
        .collect();
    let apps: Vec<Option<PlannedApp>> = loose
        .par_iter()
        .map(|folder| {
            Some(loose_app(
                context,
                sources.projects.get(folder.home)?,
                folder,
            ))
        })
        .collect();
    add_loose(&mut projects, sources, &loose, apps, purpose);
    projects.retain(|project| {
        project.is_checked() || (purpose == Purpose::Graph && !project.apps.is_empty())
    });
    projects
}

/// The apps that a project's settings name, in their order.
fn from_settings(
    context: &Context<'_>,
    source: &ProjectSource,
    index: usize,
    found: &FxHashMap<&Path, &FoundFolder>,
) -> PlannedProject {
    let mut project = PlannedProject {
        shown: source.shown.clone(),
        source: index,
        settings: Settings::default(),
        settings_from: source
            .settings
            .as_ref()
            .map(|settings| settings.from.clone()),
        apps: Vec::new(),
        missing_apps: Vec::new(),
        unlisted: Vec::new(),
        is_open: source.settings.is_none(),
    };
    let Some(settings) = &source.settings else {
        return project;
    };
    let finder = source.files.as_finder();
    project.settings = read_settings(context.modules, finder, &settings.module);
    let user_model = user_model(&project.settings);
    let entries = project.settings.installed_apps.clone();
    let configs: Vec<Option<AppConfig>> = entries
        .par_iter()
        .map(|entry| app_config(context, source, entry))
        .collect();
    let mut labels: FxHashSet<SmolStr> = FxHashSet::default();
    for (entry, config) in entries.iter().zip(configs) {
        let Some(config) = config else {
            let package = entry.split(".apps.").next().unwrap_or(entry);
            if let Some(app) = bundled_app(package, &user_model) {
                if labels.insert(SmolStr::new(app.label.as_str())) {
                    project.apps.push(bundled(app));
                }
            } else if package.starts_with("django.contrib.") {
                let label = package.rsplit('.').next().unwrap_or(package);
                project.settings.unmigrated_apps.push(AppLabel::new(label));
            } else {
                project.missing_apps.push(entry.clone());
            }
            continue;
        };
        // Django refuses to start with two apps of one label; the first is kept.
        if !labels.insert(SmolStr::new(config.label.as_str())) {
            continue;
        }
        match migration_folder(source, &project.settings, &config) {
            Some(folder) => {
                let checked = found
                    .get(folder.path.as_path())
                    .map(|found| found.checked.clone());
                let origin = if folder.is_installed && checked.is_none() {
                    AppOrigin::Installed
                } else {
                    AppOrigin::Project
                };
                project.apps.push(PlannedApp {
                    label: config.label,
                    package: config.package,
                    origin,
                    content: Content::Folder(folder),
                    checked,
                    reason: format!("`{entry}` in INSTALLED_APPS"),
                });
            }
            None => project.settings.unmigrated_apps.push(config.label),
        }
    }
    project.settings.all_apps_found &= project.missing_apps.is_empty();
    // An `INSTALLED_APPS` that could not be read says nothing about what exists.
    project.is_open = entries.is_empty();
    project
}

/// The app behind an entry of `INSTALLED_APPS`, if its package exists.
fn app_config(context: &Context<'_>, source: &ProjectSource, entry: &str) -> Option<AppConfig> {
    let config = read_app(context.modules, source.files.as_finder(), entry);
    let exists = source.files.migration_folder(&config.package).is_some()
        || source.files.find(&config.package).is_some();
    exists.then_some(config)
}

/// Where Django's `MigrationLoader.migrations_module` looks; the configuration's
/// `apps` come first. `None` if the app has no migrations package.
fn migration_folder(
    source: &ProjectSource,
    settings: &Settings,
    config: &AppConfig,
) -> Option<MigrationFolder> {
    let label = config.label.as_str();
    if let Some((_, folder)) = source.apps.iter().find(|(name, _)| name == label) {
        return Some(folder.clone());
    }
    let named = settings
        .migration_modules
        .iter()
        .find(|(name, _)| name == label);
    let folder = match named {
        Some((_, None)) => return None,
        Some((_, Some(module))) => source.files.migration_folder(module)?,
        None => source
            .files
            .migration_folder(&format!("{}.migrations", config.package))?,
    };
    // An empty folder without `__init__.py` is nothing at all.
    (folder.has_init || !folder.names.is_empty()).then_some(folder)
}

fn bundled(app: App) -> PlannedApp {
    PlannedApp {
        label: app.label.clone(),
        package: app.package.clone(),
        origin: AppOrigin::Bundled,
        content: Content::Bundled(app),
        checked: None,
        reason: "one of Django's own apps, known without an environment".to_owned(),
    }
}

/// An app that is known by its folder alone.
fn loose_app(context: &Context<'_>, source: &ProjectSource, found: &FoundFolder) -> PlannedApp {
    let configured = source
        .apps
        .iter()
        .find(|(_, folder)| folder.path == found.folder.path);
    let (label, reason) = if let Some((label, _)) = configured {
        (
            AppLabel::new(label.clone()),
            "named by the configuration".to_owned(),
        )
    } else if let Some(config) = app_config(context, source, &found.app_package) {
        (
            config.label,
            format!("the label of `{}`", found.app_package),
        )
    } else {
        let last = found
            .app_package
            .rsplit('.')
            .next()
            .unwrap_or(&found.app_package);
        (AppLabel::new(last), "the name of its folder".to_owned())
    };
    PlannedApp {
        label,
        package: found.app_package.clone(),
        origin: AppOrigin::Project,
        content: Content::Folder(found.folder.clone()),
        checked: Some(found.checked.clone()),
        reason,
    }
}

/// Adds what nobody claimed to its nearest project, or to one of its own where its
/// label is taken.
fn add_loose(
    projects: &mut Vec<PlannedProject>,
    sources: &Sources,
    loose: &[&FoundFolder],
    apps: Vec<Option<PlannedApp>>,
    purpose: Purpose,
) {
    let mut entries: Vec<(&FoundFolder, PlannedApp)> = loose
        .iter()
        .copied()
        .zip(apps)
        .filter_map(|(found, app)| Some((found, app?)))
        .collect();
    entries.sort_by(|(left_found, left), (right_found, right)| {
        (left_found.home, &left.label, &left_found.folder.path).cmp(&(
            right_found.home,
            &right.label,
            &right_found.folder.path,
        ))
    });
    let mut own: Vec<PlannedProject> = Vec::new();
    for (found, mut app) in entries {
        let Some(home) = projects.get_mut(found.home) else {
            continue;
        };
        let is_listed = home.is_open;
        if !is_listed {
            app.reason.push_str(", not in INSTALLED_APPS");
            home.unlisted.push(SmolStr::new(app.label.as_str()));
            if purpose == Purpose::Graph {
                continue;
            }
        }
        let is_taken =
            home.has(app.label.as_str()) || home.settings.unmigrated_apps.contains(&app.label);
        if !is_taken {
            home.apps.push(app);
            continue;
        }
        let settings = Settings {
            all_apps_found: false,
            ..home.settings.clone()
        };
        let shown = sources
            .projects
            .get(found.home)
            .map(|_| found.folder.shown.clone())
            .map(|shown| {
                shown
                    .rsplit_once('/')
                    .map_or(shown.clone(), |(above, _)| above.to_owned())
            })
            .unwrap_or_default();
        let place = own
            .iter_mut()
            .find(|project| project.source == found.home && !project.has(app.label.as_str()));
        if let Some(project) = place {
            project.apps.push(app);
        } else {
            own.push(PlannedProject {
                shown,
                source: found.home,
                settings,
                settings_from: None,
                apps: vec![app],
                missing_apps: Vec::new(),
                unlisted: Vec::new(),
                is_open: true,
            });
        }
    }
    projects.extend(own);
}

/// An app that a dependency of an open project names: from the same run where the
/// label is unique, else from the project's files, else Django's own.
pub(super) fn context_app(
    context: &Context<'_>,
    source: &ProjectSource,
    project: &PlannedProject,
    label: &str,
    known: &FxHashMap<&str, Vec<(usize, &PlannedApp)>>,
) -> Option<PlannedApp> {
    if let Some(candidates) = known.get(label) {
        let near: Vec<&PlannedApp> = candidates
            .iter()
            .filter(|(index, _)| *index == project.source)
            .map(|(_, app)| *app)
            .collect();
        let folders = |apps: &[&PlannedApp]| -> Option<PlannedApp> {
            let mut distinct: Vec<&PlannedApp> = Vec::new();
            for app in apps {
                let Content::Folder(folder) = &app.content else {
                    continue;
                };
                let is_new = distinct.iter().all(|other| {
                    !matches!(&other.content, Content::Folder(known) if known.path == folder.path)
                });
                if is_new {
                    distinct.push(app);
                }
            }
            match distinct.as_slice() {
                [only] => {
                    let Content::Folder(folder) = &only.content else {
                        return None;
                    };
                    Some(PlannedApp {
                        label: only.label.clone(),
                        package: only.package.clone(),
                        origin: AppOrigin::Installed,
                        content: Content::Folder(folder.clone()),
                        checked: None,
                        reason: "a dependency names it".to_owned(),
                    })
                }
                _ => None,
            }
        };
        let all: Vec<&PlannedApp> = candidates.iter().map(|(_, app)| *app).collect();
        if let Some(app) = folders(&near).or_else(|| folders(&all)) {
            return Some(app);
        }
        if !near.is_empty() {
            return None;
        }
    }
    for package in [format!("django.contrib.{label}"), label.to_owned()] {
        let Some(config) = app_config(context, source, &package) else {
            continue;
        };
        if config.label.as_str() != label {
            continue;
        }
        if let Some(folder) = migration_folder(source, &project.settings, &config)
            && folder.is_installed
        {
            return Some(PlannedApp {
                label: config.label,
                package: config.package,
                origin: AppOrigin::Installed,
                content: Content::Folder(folder),
                checked: None,
                reason: "a dependency names it".to_owned(),
            });
        }
    }
    bundled_app(label, &project.user_model()).map(bundled)
}
