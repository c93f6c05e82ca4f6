//! App configurations: which label an entry of `INSTALLED_APPS` gets.
//!
//! Source: `AppConfig.create` in `django/apps/config.py`, Django 5.2.

use std::rc::Rc;

use smol_str::SmolStr;

use super::eval::class::Ancestor;
use super::eval::object::{Class, Obj};
use super::eval::{Evaluator, Resolver};
use super::finder::ModuleFinder;
use super::module::Modules;
use crate::base::Span;
use crate::ir::AppLabel;

/// What Django would register for an entry of `INSTALLED_APPS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppConfig {
    pub label: AppLabel,
    /// Dotted path of the app's package.
    pub package: SmolStr,
}

/// The configuration behind an entry: a package, or a configuration class. What
/// cannot be read falls back to what Django does without a configuration class.
/// Whether the package exists is not asked.
#[must_use]
pub fn read_app(modules: &Modules<'_>, finder: &dyn ModuleFinder, entry: &str) -> AppConfig {
    match contrib_app(entry) {
        Some(contrib) => contrib,
        None => configured(modules, finder, entry),
    }
}

fn configured(modules: &Modules<'_>, finder: &dyn ModuleFinder, entry: &str) -> AppConfig {
    let mut evaluator = Evaluator::new(Resolver {
        modules,
        finder,
        settings_module: None,
        constants: None,
    });
    if let Some((module, class)) = entry.rsplit_once('.')
        && evaluator.find_module(entry).is_none()
        && evaluator.find_module(module).is_some()
    {
        // A path to a class; it may be imported from elsewhere.
        if let Obj::Class(class) = evaluator.resolve(&SmolStr::new(entry)) {
            return config_of(&mut evaluator, &class, entry_package(entry));
        }
        if class.starts_with(char::is_uppercase) {
            return plain(entry_package(entry));
        }
    }
    match default_config(&mut evaluator, entry) {
        Some(class) => config_of(&mut evaluator, &class, entry),
        None => plain(entry),
    }
}

fn contrib_app(entry: &str) -> Option<AppConfig> {
    let rest = entry.strip_prefix("django.contrib.")?;
    let label = rest.split('.').next()?;
    Some(AppConfig {
        label: AppLabel::new(label),
        package: SmolStr::new(format!("django.contrib.{label}")),
    })
}

/// `blog` of `blog.apps.BlogConfig`, when the class itself cannot be read.
fn entry_package(entry: &str) -> &str {
    let module = entry.rsplit_once('.').map_or(entry, |(module, _)| module);
    module.strip_suffix(".apps").unwrap_or(module)
}

fn plain(package: &str) -> AppConfig {
    AppConfig {
        label: AppLabel::new(package.rsplit('.').next().unwrap_or(package)),
        package: SmolStr::new(package),
    }
}

/// The label of the app that a module belongs to, by its nearest package below which
/// models live: `blog` of `blog.models.post`.
pub(super) fn label_of_module(evaluator: &mut Evaluator<'_>, module: &str) -> AppLabel {
    let dotted = format!("{module}.");
    let package = match dotted.find(".models.") {
        Some(end) => module.get(..end).unwrap_or(module),
        None => module.rsplit_once('.').map_or(module, |(head, _)| head),
    };
    if let Some(contrib) = contrib_app(package) {
        return contrib.label;
    }
    match default_config(evaluator, package) {
        Some(class) => config_of(evaluator, &class, package).label,
        None => plain(package).label,
    }
}

fn config_of(evaluator: &mut Evaluator<'_>, class: &Rc<Class>, fallback: &str) -> AppConfig {
    let mut text = |name: &str| match evaluator.class_attribute(class, name) {
        Some((obj, _)) => match evaluator.force(&obj, class.span) {
            Ok(Obj::Str(text)) => Some(text),
            _ => None,
        },
        None => None,
    };
    let package = text("name").unwrap_or_else(|| SmolStr::new(fallback));
    let label = text("label");
    let config = plain(&package);
    match label {
        Some(label) => AppConfig {
            label: AppLabel::new(label),
            ..config
        },
        None => config,
    }
}

/// The configuration class that Django picks for a package: the only one of its
/// `apps` module, or the only one that says `default = True`.
fn default_config(evaluator: &mut Evaluator<'_>, package: &str) -> Option<Rc<Class>> {
    let module = evaluator.find_module(&format!("{package}.apps"))?;
    let mut names: Vec<SmolStr> = module.bindings().by_name.keys().cloned().collect();
    names.sort_unstable();
    let start = Span::file_start(module.file);
    let mut candidates: Vec<(Rc<Class>, Option<bool>)> = Vec::new();
    for name in names {
        let Some(obj) = evaluator.module_attribute(&module, &name) else {
            continue;
        };
        let Ok(Obj::Class(class)) = evaluator.force(&obj, start) else {
            continue;
        };
        let is_config = evaluator.ancestors(&class).iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(path)
                if path == "django.apps.AppConfig" || path == "django.apps.config.AppConfig"
                    || (path.starts_with("django.contrib.") && path.contains(".apps.")))
        });
        if !is_config || candidates.iter().any(|(known, _)| known.path == class.path) {
            continue;
        }
        // `default` counts where the class itself or a base sets it.
        let default = match evaluator.class_attribute(&class, "default") {
            Some((Obj::Bool(flag), _)) => Some(flag),
            _ => None,
        };
        candidates.push((class, default));
    }
    candidates.retain(|(_, default)| *default != Some(false));
    if let [(only, _)] = candidates.as_slice() {
        return Some(Rc::clone(only));
    }
    candidates.retain(|(_, default)| *default == Some(true));
    match candidates.as_slice() {
        [(only, _)] => Some(Rc::clone(only)),
        _ => None,
    }
}
