//! For which server SQL is, and the values that Django would compute while it writes.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use super::output::Failure;
use crate::diag::wording::{did_you_mean, list};
use crate::ir::Project;
use crate::ir::project::Database;
use crate::sql::plan::{Now, Settings};
use crate::sql::value::{Date, DateTime, Time};
use crate::sql::{Dialect, Server, Version, dialect};

/// Which servers.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServerArgs {
    /// `postgresql`, `sqlite`, `mysql`, `mariadb` or `oracle`; several between commas, or
    /// `all`. Default: the engine of the settings' default database, which is MySQL for
    /// MariaDB, too.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    dialect: Vec<String>,
    /// The server's version, such as `16`; with several dialects `postgresql=16`, between
    /// commas.
    #[arg(long, value_name = "VERSION", value_delimiter = ',')]
    server_version: Vec<String>,
    /// The `sql_mode` of MySQL or MariaDB, of which `NO_BACKSLASH_ESCAPES` shows in SQL.
    /// Default: that of the settings' `OPTIONS`.
    #[arg(long, value_name = "MODES")]
    sql_mode: Option<String>,
}

impl ServerArgs {
    /// The servers for a project, one a dialect, in the order in which they are named.
    pub(super) fn servers(&self, project: &Project) -> Result<Vec<Server>, Failure> {
        let dialects = self.dialects(project)?;
        let versions = self.versions(&dialects)?;
        let servers = dialects.iter().map(|dialect| {
            let given = versions.iter().find(|(of, _)| of == &dialect.name);
            self.server(project, dialect, given.map(|(_, version)| *version))
        });
        servers.collect()
    }

    fn dialects(&self, project: &Project) -> Result<Vec<&'static Dialect>, Failure> {
        let names: Vec<&str> = dialect::DIALECTS.iter().map(|it| it.name).collect();
        if self.dialect.is_empty() {
            let server = of_settings(project).ok_or_else(|| {
                Failure::usage(
                    format!(
                        "the settings of `{}` tell no database that SQL can be written for",
                        project.root
                    ),
                    Some(format!("name one with `--dialect`: {}", list(&names))),
                )
            })?;
            return Ok(vec![server.dialect]);
        }
        let mut dialects: Vec<&'static Dialect> = Vec::new();
        for name in &self.dialect {
            let found = match Dialect::by_name(name) {
                Some(dialect) => vec![dialect],
                None if name == ALL => dialect::DIALECTS.to_vec(),
                None => return Err(no_dialect(name, &names)),
            };
            for dialect in found {
                if dialects.iter().all(|it| it.name != dialect.name) {
                    dialects.push(dialect);
                }
            }
        }
        Ok(dialects)
    }

    /// Versions by the names of dialects.
    fn versions(
        &self,
        dialects: &[&'static Dialect],
    ) -> Result<Vec<(&'static str, Version)>, Failure> {
        let names: Vec<&str> = dialects.iter().map(|it| it.name).collect();
        let mut versions: Vec<(&'static str, Version)> = Vec::new();
        for given in &self.server_version {
            let (of, text) = match (given.split_once('='), dialects) {
                (Some((name, text)), _) => {
                    let named = Dialect::by_name(name).ok_or_else(|| no_dialect(name, &names))?;
                    if !names.contains(&named.name) {
                        return Err(Failure::usage(
                            format!(
                                "`--server-version {given}` is of a dialect that is not asked for"
                            ),
                            Some(format!("the SQL is for {}", list(&names))),
                        ));
                    }
                    (named.name, text)
                }
                (None, [only]) => (only.name, given.as_str()),
                (None, several) => {
                    let example = several.first().map_or("", |it| it.name);
                    return Err(Failure::usage(
                        format!("`--server-version {given}` does not say of which dialect"),
                        Some(format!("write it as `{example}={given}`")),
                    ));
                }
            };
            let version = text.parse::<Version>().map_err(|()| {
                Failure::usage(
                    format!("`{text}` is no version"),
                    Some("write it as `16` or `8.0.36`".to_owned()),
                )
            })?;
            if versions.iter().any(|(known, _)| *known == of) {
                return Err(Failure::usage(
                    format!("`--server-version` tells two versions of `{of}`"),
                    None,
                ));
            }
            versions.push((of, version));
        }
        Ok(versions)
    }

    fn server(
        &self,
        project: &Project,
        found: &'static Dialect,
        version: Option<Version>,
    ) -> Result<Server, Failure> {
        // What the settings say of this database counts.
        let settings = of_settings(project).filter(|it| it.dialect.vendor == found.vendor);
        let configured = settings.filter(|it| it.dialect.name == found.name);
        let version = version.or_else(|| configured.map(|it| it.version));
        if version.is_some_and(|version| version < found.oldest_version) {
            return Err(Failure::usage(
                format!(
                    "Django 5.2 supports {} from version {} on",
                    found.title, found.oldest_version
                ),
                None,
            ));
        }
        let mut server = Server::new(found, version);
        let database = settings.and_then(|_| default_database(project));
        let modes = database.and_then(|it| it.sql_mode.as_deref());
        if let Some(modes) = self.sql_mode.as_deref().or(modes) {
            server = server.with_sql_mode(modes);
        }
        if let Some(engine) = database.and_then(|it| it.storage_engine.as_deref()) {
            server = server.with_storage_engine(engine);
        }
        Ok(server)
    }
}

/// What stands for all dialects.
const ALL: &str = "all";

fn no_dialect(name: &str, names: &[&str]) -> Failure {
    let help = did_you_mean(name, names.iter().copied()).map_or_else(
        || format!("dialects: {}", list(names)),
        |near| format!("did you mean `{near}`?"),
    );
    Failure::usage(format!("there is no dialect `{name}`"), Some(help))
}

fn default_database(project: &Project) -> Option<&Database> {
    let mut databases = project.settings.databases.iter();
    databases.find(|database| database.alias == "default")
}

/// The server of the settings' default database, or the one of the configuration.
fn of_settings(project: &Project) -> Option<Server> {
    let settings = &project.settings;
    match default_database(project) {
        Some(database) => Server::of_database(settings, database),
        None => Server::of_project(settings).into_iter().next(),
    }
}

/// The project's settings, and the time and the random value of this run.
pub(super) fn settings(project: &Project) -> Result<Settings, Failure> {
    let now =
        now().ok_or_else(|| Failure::usage("the clock of this machine is out of range", None))?;
    let now = Now {
        utc: DateTime {
            offset: Some(0),
            ..now
        },
        local: now,
    };
    Ok(Settings::new(&project.settings.sql, now, uuid()))
}

/// The time, in UTC.
fn now() -> Option<DateTime> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let seconds = i64::try_from(since.as_secs()).unwrap_or_default();
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let micros = i64::from(since.subsec_micros());
    Some(DateTime {
        date: Date::of_unix_days(days)?,
        time: Time::new(rest / 3600, rest / 60 % 60, rest % 60, micros)?,
        offset: None,
    })
}

/// A random UUID of version 4, as 32 digits. The standard library's seeds of hash
/// tables are random enough for what is only printed.
fn uuid() -> String {
    let half = || RandomState::new().build_hasher().finish();
    let bits = u128::from(half()) << 64 | u128::from(half());
    let versioned = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    format!("{versioned:032x}")
}
