//! One entry of `INSTALLED_APPS`: the app behind it and its migrations folder.

use smol_str::SmolStr;

use super::Context;
use super::bundled::{self, BundledApp};
use super::claim::{Content, Found, PlannedApp};
use crate::ir::project::Settings;
use crate::ir::{AppLabel, AppOrigin, Known};
use crate::python::sources::{MigrationFolder, ProjectSource};
use crate::python::{AppConfig, read_app, read_package};

/// What became of an entry.
pub(super) enum Claimed {
    App(Box<PlannedApp>),
    /// The app has no migrations.
    Unmigrated(AppLabel),
    /// Nothing defines it.
    Missing,
}

pub(super) fn claim(
    context: &Context<'_>,
    source: &ProjectSource,
    settings: &Settings,
    entry: &str,
    found: &Found<'_>,
) -> Claimed {
    let Some(config) = config(context, source, entry) else {
        let package = package(entry);
        return match bundled::find(package) {
            Some(app) => Claimed::App(Box::new(bundled(app))),
            // `django.forms` among them.
            None if package.starts_with("django.") => {
                Claimed::Unmigrated(AppLabel::new(last_part(package)))
            }
            None => Claimed::Missing,
        };
    };
    let Some(folder) = folder(source, settings, &config) else {
        return Claimed::Unmigrated(config.label);
    };
    let checked = found
        .get(folder.path.as_path())
        .map(|found| found.checked.clone());
    let origin = if folder.is_installed && checked.is_none() {
        AppOrigin::Installed
    } else {
        AppOrigin::Project
    };
    Claimed::App(Box::new(PlannedApp {
        label: config.label,
        package: config.package,
        origin,
        content: Content::Folder(folder),
        checked,
        reason: format!("`{entry}` in INSTALLED_APPS"),
    }))
}

/// The app behind an entry or a package, if its package exists.
pub(super) fn config(
    context: &Context<'_>,
    source: &ProjectSource,
    entry: &str,
) -> Option<AppConfig> {
    let config = read_app(context.modules, source.files.as_finder(), entry);
    exists(source, &config).then_some(config)
}

/// The app of a package that no entry is known to install, if it exists.
pub(super) fn package_config(
    context: &Context<'_>,
    source: &ProjectSource,
    package: &str,
) -> Option<AppConfig> {
    let config = read_package(context.modules, source.files.as_finder(), package);
    exists(source, &config).then_some(config)
}

fn exists(source: &ProjectSource, config: &AppConfig) -> bool {
    source.files.migration_folder(&config.package).is_some()
        || source.files.find(&config.package).is_some()
}

/// Where Django's `MigrationLoader.migrations_module` looks; the configuration's
/// `apps` come first. `None` if the app has no migrations package.
pub(super) fn folder(
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

pub(super) fn bundled(app: &'static BundledApp) -> PlannedApp {
    PlannedApp {
        label: AppLabel::from(app.label()),
        package: app.package(),
        origin: AppOrigin::Bundled,
        content: Content::Bundled(app),
        checked: None,
        reason: "one of Django's own apps, known without an environment".to_owned(),
    }
}

/// `AUTH_USER_MODEL`, or Django's default where nothing sets it.
pub(super) fn user_model(settings: &Settings) -> Known<SmolStr> {
    Known::Yes(settings.auth_user_model.as_ref().map_or_else(
        || SmolStr::new_static("auth.User"),
        |(model, _)| model.clone(),
    ))
}

/// Whether an entry's name suggests the label: `blog` for `shop.blog`, and
/// `wagtailforms` for `wagtail.contrib.forms`.
pub(super) fn may_be(entry: &str, label: &str) -> bool {
    let package = package(entry);
    let first = package.split('.').next().unwrap_or(package);
    let last = last_part(package);
    last == label || (label.starts_with(first) && label.ends_with(last))
}

fn package(entry: &str) -> &str {
    entry
        .split_once(".apps.")
        .map_or(entry, |(package, _)| package)
}

pub(super) fn last_part(dotted: &str) -> &str {
    dotted.rsplit('.').next().unwrap_or(dotted)
}
