//! Settings modules: the few settings that decide what migrations mean.

use smol_str::SmolStr;

use super::eval::object::{Item, Obj};
use super::eval::{Evaluator, Resolver};
use super::finder::ModuleFinder;
use super::module::Modules;
use crate::base::Span;
use crate::ir::project::{Database, Settings, SqlSettings};
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
    if let Some(obj) = databases {
        let is_certain = reader.is_plain(&obj);
        for (alias, database) in reader.entries(&obj) {
            let database = reader.database(alias, &database, is_certain);
            settings.databases.extend(database);
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

/// What `SET name = value` sets a variable to, with its quotes taken off.
fn variable(command: &str, name: &str) -> Option<SmolStr> {
    let at = command.to_ascii_lowercase().find(name)?;
    let rest = command.get(at + name.len()..)?.trim_start();
    let value = rest.strip_prefix('=')?.trim_start();
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value.get(1..)?.split(quote).next()?,
        _ => value.split([',', ';', ' ']).next()?,
    };
    Some(SmolStr::new(value))
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

    /// Whether a value is the same whatever the environment says.
    fn is_plain(&mut self, obj: &Obj) -> bool {
        matches!(
            self.evaluator.force(obj, self.span),
            Ok(Obj::Str(_) | Obj::Dict(_))
        )
    }

    fn database(&mut self, alias: SmolStr, obj: &Obj, is_certain: bool) -> Option<Database> {
        let is_certain = is_certain && self.is_plain(obj);
        let mut database = None;
        let (mut sql_mode, mut storage_engine) = (None, None);
        for (key, value) in self.entries(obj) {
            match key.as_str() {
                "ENGINE" => {
                    let engine = self.text(&value);
                    let is_certain = is_certain && self.is_plain(&value);
                    database = engine.map(|engine| (engine, is_certain));
                }
                "OPTIONS" => {
                    for (option, value) in self.entries(&value) {
                        let Some(text) = self.text(&value) else {
                            continue;
                        };
                        match option.as_str() {
                            "sql_mode" => sql_mode = Some(text),
                            "init_command" => {
                                sql_mode = sql_mode.or_else(|| variable(&text, "sql_mode"));
                                storage_engine = variable(&text, "default_storage_engine");
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let (engine, is_certain) = database?;
        Some(Database {
            alias,
            engine,
            is_certain,
            sql_mode,
            storage_engine,
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_read_from_what_a_connection_starts_with() {
        let command = "SET sql_mode='ANSI,STRICT_ALL_TABLES', default_storage_engine=MyISAM";
        let read = |name| variable(command, name);
        assert_eq!(read("sql_mode").as_deref(), Some("ANSI,STRICT_ALL_TABLES"));
        assert_eq!(read("default_storage_engine").as_deref(), Some("MyISAM"));
        assert_eq!(read("time_zone"), None);
        assert_eq!(variable("SET sql_mode", "sql_mode"), None);
    }
}
