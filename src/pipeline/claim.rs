//! Which app is whose: `INSTALLED_APPS` claims folders for its project, what no
//! project claims stays with its nearest root, and labels never collide inside one
//! project.

use std::path::Path;
use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::bundled::BundledApp;
use super::entry::{self, Claimed};
use super::{Context, Purpose};
use crate::ir::project::Settings;
use crate::ir::{AppLabel, AppOrigin};
use crate::python::read_settings;
use crate::python::sources::{Checked, FoundFolder, MigrationFolder, ProjectSource, Sources};

/// Where an app's migrations come from.
#[derive(Debug)]
pub enum Content {
    Folder(MigrationFolder),
    /// Described by whimbrel itself.
    Bundled(&'static BundledApp),
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
    pub reach: Reach,
    /// Claimed and not wanted by any dependency so far.
    pub(super) rest: Vec<PlannedApp>,
}

/// Where apps are looked for that a dependency names and `apps` does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Nowhere else: `apps` holds all that the settings name, but for installed
    /// apps that nothing has led to.
    Settings,
    /// Among the entries of `INSTALLED_APPS`, one by one.
    Named,
    /// Wherever they may be: no settings say which apps there are.
    Open,
}

impl PlannedApp {
    fn is_in(&self, path: &Path) -> bool {
        matches!(&self.content, Content::Folder(folder) if folder.path == path)
    }
}

impl PlannedProject {
    pub(super) fn has(&self, label: &str) -> bool {
        self.apps.iter().any(|app| app.label.as_str() == label)
    }

    /// How many migration files its apps have.
    pub(super) fn migration_count(&self) -> usize {
        self.apps
            .iter()
            .map(|app| match &app.content {
                Content::Folder(folder) => folder.names.len(),
                Content::Bundled(_) => 0,
            })
            .sum()
    }

    fn is_checked(&self) -> bool {
        self.apps.iter().any(|app| app.checked.is_some())
    }
}

/// Migration folders below the given paths, by path.
pub(super) type Found<'s> = FxHashMap<&'s Path, &'s FoundFolder>;

pub(super) fn found(sources: &Sources) -> Found<'_> {
    sources
        .folders
        .iter()
        .map(|folder| (folder.folder.path.as_path(), folder))
        .collect()
}

pub(super) fn claim(
    context: &Context<'_>,
    sources: &Sources,
    purpose: Purpose,
) -> Vec<PlannedProject> {
    let found = found(sources);
    if !purpose.is_graph()
        && let Some(projects) = claim_named(context, sources, &found)
    {
        return projects;
    }
    let indices: Vec<usize> = (0..sources.projects.len()).collect();
    let mut projects: Vec<PlannedProject> = indices
        .par_iter()
        .filter_map(|index| {
            let source = sources.projects.get(*index)?;
            let mut project = with_settings(context, source, *index);
            if project.reach == Reach::Settings {
                claim_installed(context, source, &mut project, &found);
            }
            Some(project)
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
    if !purpose.is_graph() {
        for project in &mut projects {
            // Installed apps are read when a dependency leads to them.
            project.rest = project
                .apps
                .extract_if(.., |app| app.origin != AppOrigin::Project)
                .collect();
        }
    }
    projects
        .retain(|project| project.is_checked() || (purpose.is_graph() && !project.apps.is_empty()));
    projects
}

/// A project with its settings read and no app claimed yet.
fn with_settings(context: &Context<'_>, source: &ProjectSource, index: usize) -> PlannedProject {
    let mut project = PlannedProject {
        shown: source.shown.clone(),
        source: index,
        settings: Settings::default(),
        settings_from: None,
        apps: Vec::new(),
        missing_apps: Vec::new(),
        unlisted: Vec::new(),
        reach: Reach::Open,
        rest: Vec::new(),
    };
    if let Some(settings) = &source.settings {
        let finder = source.files.as_finder();
        let read = read_settings(context.modules, finder, &settings.module);
        project.settings_from = Some(settings.from.clone());
        // An `INSTALLED_APPS` that could not be read says nothing about what exists.
        if !read.installed_apps.is_empty() {
            project.reach = Reach::Settings;
        }
        project.settings = read;
    }
    let settings = &mut project.settings;
    settings.server.clone_from(&source.server);
    settings.dialects.clone_from(&source.dialects);
    settings.policy = Arc::clone(&source.policy);
    project
}

/// Claims every app that the settings name, in their order.
pub(super) fn claim_installed(
    context: &Context<'_>,
    source: &ProjectSource,
    project: &mut PlannedProject,
    found: &Found<'_>,
) {
    let entries = std::mem::take(&mut project.settings.installed_apps);
    let claimed: Vec<Claimed> = entries
        .par_iter()
        .map(|entry| entry::claim(context, source, &project.settings, entry, found))
        .collect();
    let mut labels: FxHashSet<SmolStr> = FxHashSet::default();
    for (entry, claimed) in entries.iter().zip(claimed) {
        // Django refuses to start with two apps of one label; the first is kept.
        match claimed {
            Claimed::App(app) => {
                if labels.insert(SmolStr::new(app.label.as_str())) {
                    project.apps.push(*app);
                }
            }
            Claimed::Unmigrated(label) => {
                if labels.insert(SmolStr::new(label.as_str())) {
                    project.settings.unmigrated_apps.push(label);
                }
            }
            Claimed::Missing => project.missing_apps.push(entry.clone()),
        }
    }
    project.settings.installed_apps = entries;
    project.settings.all_apps_found &= project.missing_apps.is_empty();
}

/// Claims only the folders that were named, when each is claimed by the entry of
/// `INSTALLED_APPS` that its name suggests: other apps are looked up when a
/// dependency leads to them, so that one file of a large project is answered at
/// once. `None` if that does not work out.
fn claim_named(
    context: &Context<'_>,
    sources: &Sources,
    found: &Found<'_>,
) -> Option<Vec<PlannedProject>> {
    if sources.folders.is_empty() || !sources.names_files {
        return None;
    }
    let mut claimed: FxHashSet<&Path> = FxHashSet::default();
    let mut projects = Vec::new();
    for (index, source) in sources.projects.iter().enumerate() {
        let mut project = with_settings(context, source, index);
        if project.reach != Reach::Settings {
            return None;
        }
        project.reach = Reach::Named;
        for wanted in &sources.folders {
            let guess = entry::last_part(&wanted.app_package);
            let app = project
                .settings
                .installed_apps
                .iter()
                .filter(|name| entry::may_be(name, guess))
                .find_map(|name| {
                    match entry::claim(context, source, &project.settings, name, found) {
                        Claimed::App(app) if app.is_in(&wanted.folder.path) => Some(*app),
                        _ => None,
                    }
                });
            if let Some(app) = app
                && !project.has(app.label.as_str())
            {
                claimed.insert(&wanted.folder.path);
                project.apps.push(app);
            }
        }
        if !project.apps.is_empty() {
            projects.push(project);
        }
    }
    (claimed.len() == sources.folders.len()).then_some(projects)
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
    } else if let Some(config) = entry::package_config(context, source, &found.app_package) {
        (
            config.label,
            format!("the label of `{}`", found.app_package),
        )
    } else {
        let last = entry::last_part(&found.app_package);
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
    let mut taken: FxHashSet<(usize, AppLabel)> = projects
        .iter()
        .enumerate()
        .flat_map(|(index, project)| {
            let planned = project.apps.iter().map(|app| &app.label);
            planned
                .chain(&project.settings.unmigrated_apps)
                .map(move |label| (index, label.clone()))
        })
        .collect();
    for (found, mut app) in entries {
        let Some(home) = projects.get_mut(found.home) else {
            continue;
        };
        let is_listed = home.reach == Reach::Open;
        if !is_listed {
            app.reason.push_str(", not in INSTALLED_APPS");
            home.unlisted.push(SmolStr::new(app.label.as_str()));
            if purpose.is_graph() {
                continue;
            }
        }
        if taken.insert((found.home, app.label.clone())) {
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
                reach: Reach::Open,
                rest: Vec::new(),
            });
        }
    }
    projects.extend(own);
}
