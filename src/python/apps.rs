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

/// The configuration behind a package where no entry is known: what Django would pick
/// for the package, else the one class that names it, which projects then install by
/// the path of the class.
#[must_use]
pub fn read_package(modules: &Modules<'_>, finder: &dyn ModuleFinder, package: &str) -> AppConfig {
    if let Some(contrib) = contrib_app(package) {
        return contrib;
    }
    let mut evaluator = evaluator(modules, finder);
    let class = default_config(&mut evaluator, package)
        .or_else(|| naming_config(&mut evaluator, &format!("{package}.apps"), package))
        .or_else(|| naming_config(&mut evaluator, package, package));
    match class {
        Some(class) => config_of(&mut evaluator, &class, package),
        None => plain(package),
    }
}

fn evaluator<'a>(modules: &'a Modules<'a>, finder: &'a dyn ModuleFinder) -> Evaluator<'a> {
    Evaluator::new(Resolver {
        modules,
        finder,
        settings_module: None,
        constants: None,
    })
}

fn configured(modules: &Modules<'_>, finder: &dyn ModuleFinder, entry: &str) -> AppConfig {
    let mut evaluator = evaluator(modules, finder);
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
    let package = text(evaluator, class, "name").unwrap_or_else(|| SmolStr::new(fallback));
    let label = text(evaluator, class, "label");
    let config = plain(&package);
    match label {
        Some(label) => AppConfig {
            label: AppLabel::new(label),
            ..config
        },
        None => config,
    }
}

/// An attribute of a configuration class that is text.
fn text(evaluator: &mut Evaluator<'_>, class: &Rc<Class>, name: &str) -> Option<SmolStr> {
    let (obj, _) = evaluator.class_attribute(class, name)?;
    match evaluator.force(&obj, class.span) {
        Ok(Obj::Str(text)) => Some(text),
        _ => None,
    }
}

/// The configuration class that Django picks for a package: the only one of its
/// `apps` module, or the only one that says `default = True`.
fn default_config(evaluator: &mut Evaluator<'_>, package: &str) -> Option<Rc<Class>> {
    let classes = configs(evaluator, &format!("{package}.apps"), package)?;
    // `default` counts where the class itself or a base sets it.
    let mut candidates: Vec<(Rc<Class>, Option<bool>)> = classes
        .into_iter()
        .map(|class| match evaluator.class_attribute(&class, "default") {
            Some((Obj::Bool(flag), _)) => (class, Some(flag)),
            _ => (class, None),
        })
        .collect();
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

/// The only configuration class of a module that names the package.
fn naming_config(evaluator: &mut Evaluator<'_>, module: &str, package: &str) -> Option<Rc<Class>> {
    let mut classes = configs(evaluator, module, package)?;
    classes.retain(|class| text(evaluator, class, "name").as_deref() == Some(package));
    match classes.as_slice() {
        [only] => Some(Rc::clone(only)),
        _ => None,
    }
}

/// The configuration classes of a module. One whose bases are not read counts if it
/// names the package, which every configuration has to.
fn configs(evaluator: &mut Evaluator<'_>, module: &str, package: &str) -> Option<Vec<Rc<Class>>> {
    let module = evaluator.find_module(module)?;
    let mut names: Vec<SmolStr> = module.bindings().by_name.keys().cloned().collect();
    names.sort_unstable();
    let start = Span::file_start(module.file);
    let mut classes: Vec<Rc<Class>> = Vec::new();
    for name in names {
        let Some(obj) = evaluator.module_attribute(&module, &name) else {
            continue;
        };
        let Ok(Obj::Class(class)) = evaluator.force(&obj, start) else {
            continue;
        };
        if classes.iter().any(|known| known.path == class.path) {
            continue;
        }
        let ancestors = evaluator.ancestors(&class);
        let is_config = ancestors.iter().any(|ancestor| {
            matches!(ancestor, Ancestor::External(path)
                if path == "django.apps.AppConfig" || path == "django.apps.config.AppConfig"
                    || (path.starts_with("django.contrib.") && path.contains(".apps.")))
        });
        let is_open = ancestors.iter().any(|ancestor| match ancestor {
            Ancestor::External(path) => path != "object",
            Ancestor::Unknown(_) => true,
            Ancestor::Source(_) => false,
        });
        if is_config || (is_open && text(evaluator, &class, "name").as_deref() == Some(package)) {
            classes.push(class);
        }
    }
    Some(classes)
}
