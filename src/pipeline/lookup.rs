//! Apps that a dependency names and that are not planned yet: found one by one,
//! where the project's reach allows.

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use super::Context;
use super::bundled;
use super::claim::{Content, Found, PlannedApp, PlannedProject, Reach, claim_installed};
use super::entry::{self, Claimed};
use crate::ir::AppOrigin;
use crate::python::sources::{ProjectSource, Sources};

/// All planned apps of a run by label, with the index of their project's source.
pub(super) struct Known {
    by_label: FxHashMap<SmolStr, Vec<(usize, PlannedApp)>>,
}

impl Known {
    pub(super) fn new(projects: &[PlannedProject]) -> Self {
        let mut by_label: FxHashMap<SmolStr, Vec<(usize, PlannedApp)>> = FxHashMap::default();
        if projects.iter().any(|project| project.reach == Reach::Open) {
            for project in projects {
                for app in &project.apps {
                    if let Some(copy) = as_context(app) {
                        by_label
                            .entry(SmolStr::new(app.label.as_str()))
                            .or_default()
                            .push((project.source, copy));
                    }
                }
            }
        }
        Self { by_label }
    }
}

/// The same app for another project, without findings.
fn as_context(app: &PlannedApp) -> Option<PlannedApp> {
    let Content::Folder(folder) = &app.content else {
        return None;
    };
    Some(PlannedApp {
        label: app.label.clone(),
        package: app.package.clone(),
        origin: AppOrigin::Installed,
        content: Content::Folder(folder.clone()),
        checked: None,
        reason: "a dependency names it".to_owned(),
    })
}

/// The apps of these labels, as far as they can be found.
pub(super) fn find(
    context: &Context<'_>,
    sources: &Sources,
    project: &mut PlannedProject,
    labels: &[SmolStr],
    known: &Known,
    found: &Found<'_>,
) -> Vec<PlannedApp> {
    let Some(source) = sources.projects.get(project.source) else {
        return Vec::new();
    };
    match project.reach {
        Reach::Settings => take(&mut project.rest, labels),
        Reach::Named => installed(context, source, project, labels, found),
        Reach::Open => labels
            .iter()
            .filter_map(|label| anywhere(context, source, project, label, known))
            .collect(),
    }
}

/// Asks first the entries of `INSTALLED_APPS` whose names suggest the label, and
/// all of them if that fails: then everything about the project is known.
fn installed(
    context: &Context<'_>,
    source: &ProjectSource,
    project: &mut PlannedProject,
    labels: &[SmolStr],
    found: &Found<'_>,
) -> Vec<PlannedApp> {
    let settings = &project.settings;
    let guessed: Vec<Option<Claimed>> = labels
        .par_iter()
        .map(|label| {
            settings
                .installed_apps
                .iter()
                .filter(|name| entry::may_be(name, label))
                .map(|name| entry::claim(context, source, settings, name, found))
                .find(|claimed| match claimed {
                    Claimed::App(app) => app.label.as_str() == label,
                    Claimed::Unmigrated(known) => known.as_str() == label,
                    Claimed::Missing => false,
                })
        })
        .collect();
    let mut apps = Vec::new();
    let mut is_lost = false;
    for claimed in guessed {
        match claimed {
            Some(Claimed::App(app)) => apps.push(*app),
            Some(Claimed::Unmigrated(label)) => project.settings.unmigrated_apps.push(label),
            Some(Claimed::Missing) | None => is_lost = true,
        }
    }
    if is_lost {
        project.apps.clear();
        project.settings.unmigrated_apps.clear();
        claim_installed(context, source, project, found);
        project.reach = Reach::Settings;
        project.rest = std::mem::take(&mut project.apps);
        apps = take(&mut project.rest, labels);
    }
    apps
}

/// The apps of these labels, taken out of `rest`.
fn take(rest: &mut Vec<PlannedApp>, labels: &[SmolStr]) -> Vec<PlannedApp> {
    if rest.is_empty() {
        return Vec::new();
    }
    let wanted: FxHashSet<&str> = labels.iter().map(SmolStr::as_str).collect();
    rest.extract_if(.., |app| wanted.contains(app.label.as_str()))
        .collect()
}

/// An app from the same run where the label is unique, else from the project's
/// files, else one of Django's own.
fn anywhere(
    context: &Context<'_>,
    source: &ProjectSource,
    project: &PlannedProject,
    label: &str,
    known: &Known,
) -> Option<PlannedApp> {
    if let Some(candidates) = known.by_label.get(label) {
        let near: Vec<&PlannedApp> = candidates
            .iter()
            .filter(|(index, _)| *index == project.source)
            .map(|(_, app)| app)
            .collect();
        let all: Vec<&PlannedApp> = candidates.iter().map(|(_, app)| app).collect();
        if let Some(app) = only(&near).or_else(|| only(&all)) {
            return as_context(app);
        }
        if !near.is_empty() {
            return None;
        }
    }
    let mut packages = vec![format!("django.contrib.{label}"), label.to_owned()];
    // Beside the apps that are known: `shop.orders` names `shop.customers`.
    for app in &project.apps {
        if let Some((above, _)) = app.package.rsplit_once('.') {
            let beside = format!("{above}.{label}");
            if !packages.contains(&beside) {
                packages.push(beside);
            }
        }
    }
    for package in packages {
        let Some(config) = entry::package_config(context, source, &package) else {
            continue;
        };
        if config.label.as_str() != label {
            continue;
        }
        if let Some(folder) = entry::folder(source, &project.settings, &config) {
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
    bundled::find(label).map(entry::bundled)
}

/// The app, if all of them are one and the same.
fn only<'a>(apps: &[&'a PlannedApp]) -> Option<&'a PlannedApp> {
    let path = |app: &'a PlannedApp| match &app.content {
        Content::Folder(folder) => Some(&folder.path),
        Content::Bundled(_) => None,
    };
    let (first, rest) = apps.split_first()?;
    rest.iter()
        .all(|app| path(app) == path(first))
        .then_some(*first)
}
