//! Settings modules: the few settings that decide what migrations mean.

use smol_str::SmolStr;

use super::eval::object::{Item, Obj};
use super::eval::{Evaluator, Resolver};
use super::finder::ModuleFinder;
use super::module::Modules;
use crate::base::Span;
use crate::ir::project::{Settings, SqlSettings};
use crate::ir::{Known, Unknown};

/// Reads a settings module by its dotted name, through star imports, joined lists
/// and environment variables' defaults. What cannot be read is absent from the
/// result; elements of lists that depend on undecided conditions are included.
/// A module that the finder does not know gives settings with nothing but its name.
#[must_use]
pub fn read_settings(modules: &Modules<'_>, finder: &dyn ModuleFinder, module: &str) -> Settings {
    let mut evaluator = Evaluator::new(Resolver {
        modules,
        finder,
        settings_module: Some(module),
        constants: None,
    });
    let Some(found) = evaluator.find_module(module) else {
        return Settings {
            module: Some(SmolStr::new(module)),
            ..Settings::default()
        };
    };
    let start = Span::file_start(found.file);
    let is_complete = !evaluator.hands_out_names(&found, 0);
    let mut read = |name: &str| evaluator.module_attribute(&found, name);
    let installed_apps = read("INSTALLED_APPS");
    let auth_user_model = read("AUTH_USER_MODEL");
    let default_auto_field = read("DEFAULT_AUTO_FIELD");
    let databases = read("DATABASES");
    let migration_modules = read("MIGRATION_MODULES");
    let (mut names, all_known) = evaluator.names_of(&found);
    names.retain(|name| name.chars().all(|it| !it.is_lowercase()));
    names.sort_unstable();
    names.dedup();
    let mut models = Vec::new();
    for name in names.iter().filter(|name| name.ends_with("_MODEL")) {
        if let Some(obj) = evaluator.module_attribute(&found, name) {
            models.push((name.clone(), obj));
        }
    }
    let sql = [
        "DEFAULT_TABLESPACE",
        "DEFAULT_INDEX_TABLESPACE",
        "USE_TZ",
        "TIME_ZONE",
    ]
    .map(|name| evaluator.module_attribute(&found, name));
    let mut reader = Reader {
        evaluator: &mut evaluator,
        span: start,
    };
    let mut settings = Settings {
        module: Some(SmolStr::new(module)),
        auth_user_model: auth_user_model
            .and_then(|obj| reader.text(&obj))
            .map(|text| (text, start)),
        default_auto_field: default_auto_field.and_then(|obj| reader.text(&obj)),
        sql: reader.sql_settings(sql),
        ..Settings::default()
    };
    for (name, obj) in models {
        if let Some(model) = reader.text(&obj) {
            settings.models.push((name, model));
        }
    }
    settings.names = all_known.then_some(names);
    if let Some(obj) = installed_apps {
        let items = reader.items(&obj);
        settings.all_apps_found = items.is_some() && is_complete;
        for item in items.unwrap_or_default() {
            match reader.text(&item.obj) {
                Some(entry) if !settings.installed_apps.contains(&entry) => {
                    settings.installed_apps.push(entry);
                }
                Some(_) => {}
                None => settings.all_apps_found = false,
            }
        }
    }
    for (alias, database) in databases
        .map(|obj| reader.entries(&obj))
        .unwrap_or_default()
    {
        for (key, value) in reader.entries(&database) {
            if key == "ENGINE"
                && let Some(engine) = reader.text(&value)
            {
                settings.database_engines.push((alias.clone(), engine));
            }
        }
    }
    for (label, value) in migration_modules
        .map(|obj| reader.entries(&obj))
        .unwrap_or_default()
    {
        match reader.evaluator.force(&value, start) {
            Ok(Obj::None) => settings.migration_modules.push((label, None)),
            _ => {
                if let Some(package) = reader.text(&value) {
                    settings.migration_modules.push((label, Some(package)));
                }
            }
        }
    }
    settings
}

struct Reader<'r, 'a> {
    evaluator: &'r mut Evaluator<'a>,
    span: Span,
}

impl Reader<'_, '_> {
    /// A string; of a conditional one the side that holds without the condition.
    fn text(&mut self, obj: &Obj) -> Option<SmolStr> {
        match self.evaluator.force(obj, self.span).ok()? {
            Obj::Str(text) => Some(text),
            Obj::Cond(cond) => {
                let otherwise = self.text(&cond.otherwise.obj);
                otherwise.or_else(|| self.text(&cond.then.obj))
            }
            Obj::Guarded(inner) => self.text(&inner.item.obj),
            _ => None,
        }
    }

    fn sql_settings(&mut self, found: [Option<Obj>; 4]) -> SqlSettings {
        let defaults = SqlSettings::default();
        let [tablespace, index_tablespace, use_tz, time_zone] = found;
        let span = self.span;
        let not_read = |name| Unknown::new(span, format!("the setting `{name}` could not be read"));
        let mut named = |obj: Option<Obj>| {
            let text = self.text(&obj?)?;
            (!text.is_empty()).then_some(text)
        };
        let default_tablespace = named(tablespace);
        let default_index_tablespace = named(index_tablespace);
        SqlSettings {
            default_tablespace,
            default_index_tablespace,
            use_tz: match use_tz.map(|obj| self.evaluator.force(&obj, self.span)) {
                None => defaults.use_tz,
                Some(Ok(Obj::Bool(flag))) => Known::Yes(flag),
                Some(_) => Known::No(not_read("USE_TZ")),
            },
            time_zone: match time_zone {
                None => defaults.time_zone,
                Some(obj) => match self.text(&obj) {
                    Some(zone) => Known::Yes(zone),
                    None => Known::No(not_read("TIME_ZONE")),
                },
            },
        }
    }

    fn items(&mut self, obj: &Obj) -> Option<Vec<Item>> {
        match self.evaluator.iterate(obj, self.span) {
            Ok(Ok(items)) => Some(items),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    fn entries(&mut self, obj: &Obj) -> Vec<(SmolStr, Obj)> {
        match self.evaluator.force(obj, self.span) {
            Ok(Obj::Dict(dict)) => {
                let entries = dict.borrow().entries().to_vec();
                entries
                    .into_iter()
                    .filter_map(|(key, value)| Some((self.text(&key.obj)?, value.obj)))
                    .collect()
            }
            Ok(Obj::Cond(cond)) => {
                let mut entries = self.entries(&cond.otherwise.obj);
                if entries.is_empty() {
                    entries = self.entries(&cond.then.obj);
                }
                entries
            }
            _ => Vec::new(),
        }
    }
}
