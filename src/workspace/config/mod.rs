//! Configuration: `whimbrel.toml`, `.whimbrel.toml` or `[tool.whimbrel]` of a
//! `pyproject.toml`; the nearest one at or above a folder counts, and only that.
//!
//! ```toml
//! settings = "shop.settings"       # or a path: "shop/settings.py"
//! dialect = "mariadb"
//! server-version = "10.6"
//! python-env = ".venv"
//! exclude = ["legacy/"]            # patterns as in .gitignore
//! [apps]
//! orders = "src/orders/migrations"
//! ```
//!
//! `rules` reads what is said about rules.

mod layers;
mod rules;
mod schema;

pub use layers::Said;
pub(super) use layers::overridden;
pub(super) use rules::point;
pub use schema::{Key, config_keys, config_schema};

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use smol_str::SmolStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use layers::{Origins, Way};

use super::disk::Disk;
use super::error::{Error, unreadable};
use crate::base::{FileId, Span, TextRange};
use crate::diag::wording::{did_you_mean, list};
use crate::diag::{Diagnostic, Level};
use crate::ir::policy::Policy;
use crate::ir::project::ConfiguredServer;
use crate::sql::dialect::DIALECTS;
use crate::sql::{Dialect, Version};

/// File names, in the order in which they are tried.
pub(super) const FILE_NAMES: [&str; 3] = ["whimbrel.toml", ".whimbrel.toml", "pyproject.toml"];

/// What a configuration file says. Paths are absolute.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The file, `None` for the defaults.
    pub file: Option<PathBuf>,
    /// The folder that paths and patterns start from.
    pub base: PathBuf,
    /// A dotted module, or a path to a file below `base`.
    pub settings: Option<String>,
    pub python_env: Option<PathBuf>,
    /// The file of accepted findings.
    pub baseline: Option<PathBuf>,
    pub server: Option<ConfiguredServer>,
    /// `dialects`.
    pub dialects: Vec<ConfiguredServer>,
    pub policy: Arc<Policy>,
    /// App label and migrations folder, in the order of the file.
    pub apps: Vec<(String, PathBuf)>,
    /// With the folder that the patterns start from.
    exclude: Option<(PathBuf, Gitignore)>,
    /// Where each key was said.
    pub origins: Origins,
}

impl Config {
    pub(super) fn none(base: &Path) -> Self {
        Self {
            file: None,
            base: base.to_owned(),
            settings: None,
            python_env: None,
            baseline: None,
            server: None,
            dialects: Vec::new(),
            policy: Arc::default(),
            apps: Vec::new(),
            exclude: None,
            origins: Origins::new(),
        }
    }

    /// Whether `exclude` names the path or a folder above it.
    pub(super) fn excludes(&self, path: &Path, is_dir: bool) -> bool {
        self.exclude.as_ref().is_some_and(|(base, exclude)| {
            path.strip_prefix(base).is_ok_and(|relative| {
                !relative.as_os_str().is_empty()
                    && exclude
                        .matched_path_or_any_parents(relative, is_dir)
                        .is_ignore()
            })
        })
    }

    pub(super) fn excludes_anything(&self) -> bool {
        self.exclude.is_some()
    }
}

/// Patterns in the manner of `.gitignore`, relative to `base`.
pub(super) fn patterns<'p>(
    base: &Path,
    patterns: impl IntoIterator<Item = &'p str>,
) -> Result<Option<Gitignore>, (String, String)> {
    let mut builder = GitignoreBuilder::new(base);
    let mut any = false;
    for pattern in patterns {
        any = true;
        builder
            .add_line(None, pattern)
            .map_err(|error| (pattern.to_owned(), reason(error)))?;
    }
    if !any {
        return Ok(None);
    }
    builder
        .build()
        .map(Some)
        .map_err(|error| (String::new(), reason(error)))
}

fn reason(error: ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err,
        other => other.to_string(),
    }
}

/// The configuration that holds for `folder`.
pub(super) fn nearest(disk: &Disk, folder: &Path) -> Result<Arc<Config>, Error> {
    for ancestor in folder.ancestors() {
        if let Some(config) = of_folder(disk, ancestor)? {
            return Ok(Arc::new(config));
        }
    }
    Ok(Arc::new(Config::none(folder)))
}

/// The configuration in `folder` itself.
pub(super) fn of_folder(disk: &Disk, folder: &Path) -> Result<Option<Config>, Error> {
    for name in FILE_NAMES {
        let file = folder.join(name);
        match std::fs::read_to_string(&file) {
            Ok(text) => {
                if name == "pyproject.toml" && !text.contains("whimbrel") {
                    continue;
                }
                if let Some(config) = parse(disk, &file, &text)? {
                    return Ok(Some(config));
                }
            }
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound
                        | std::io::ErrorKind::NotADirectory
                        | std::io::ErrorKind::PermissionDenied
                        | std::io::ErrorKind::IsADirectory
                ) => {}
            Err(_) if name == "pyproject.toml" => {}
            Err(error) => return Err(unreadable(disk.shown(&file), &error)),
        }
    }
    Ok(None)
}

/// The configuration in the file that `--config` names.
pub(super) fn of_file(disk: &Disk, file: &Path) -> Result<Arc<Config>, Error> {
    let text =
        std::fs::read_to_string(file).map_err(|error| unreadable(disk.shown(file), &error))?;
    match parse(disk, file, &text)? {
        Some(config) => Ok(Arc::new(config)),
        None => {
            let id = disk.files.add(disk.shown(file), text);
            Err(Error::Config(Box::new(
                Diagnostic::new(
                    "",
                    Level::Error,
                    Span::file_start(id),
                    "the file has no `[tool.whimbrel]` table",
                )
                .help("add the table, or name another file with `--config`"),
            )))
        }
    }
}

/// `None` if the file is a `pyproject.toml` without our table.
fn parse(disk: &Disk, path: &Path, text: &str) -> Result<Option<Config>, Error> {
    parse_on(disk, path, text, Vec::new())
}

/// As [`parse`], behind the files that lead here with `extend`.
fn parse_on(disk: &Disk, path: &Path, text: &str, way: Way) -> Result<Option<Config>, Error> {
    let reader = Reader {
        way,
        ..Reader::new(disk, path, text)
    };
    let document = DeTable::parse(text).map_err(|error| {
        reader.error(
            error.span().unwrap_or(0..0),
            format!("the configuration is not valid TOML: {}", error.message()),
            String::new(),
        )
    })?;
    let root = document.get_ref();
    if path
        .file_name()
        .is_some_and(|name| name == "pyproject.toml")
    {
        let Some(tool) = entry(root, "tool").and_then(|tool| tool.get_ref().as_table()) else {
            return Ok(None);
        };
        let Some(section) = entry(tool, "whimbrel") else {
            return Ok(None);
        };
        let Some(table) = section.get_ref().as_table() else {
            return Err(reader.wrong_type("tool.whimbrel", section, "a table"));
        };
        reader.config(table, reader.start()).map(Some)
    } else {
        reader.config(root, reader.start()).map(Some)
    }
}

fn entry<'t, 'i>(table: &'t DeTable<'i>, wanted: &str) -> Option<&'t Spanned<DeValue<'i>>> {
    table
        .iter()
        .find(|(key, _)| key.get_ref() == wanted)
        .map(|(_, value)| value)
}

fn server(config: &mut Config) -> &mut ConfiguredServer {
    config.server.get_or_insert(ConfiguredServer {
        dialect: None,
        version: None,
    })
}

struct Reader<'a> {
    disk: &'a Disk,
    path: &'a Path,
    text: &'a str,
    /// The file joins the analysis' files only to show an error.
    file: std::cell::OnceCell<FileId>,
    way: Way,
}

impl<'a> Reader<'a> {
    fn new(disk: &'a Disk, path: &'a Path, text: &'a str) -> Self {
        Self {
            disk,
            path,
            text,
            file: std::cell::OnceCell::new(),
            way: Vec::new(),
        }
    }
}

impl Reader<'_> {
    /// What a file adds to.
    fn start(&self) -> Config {
        let mut config = Config::none(self.path.parent().unwrap_or(self.path));
        config.file = Some(self.path.to_owned());
        config
    }

    /// The file that `extend` names, as what this one adds to.
    fn extended(&self, value: &Spanned<DeValue<'_>>, onto: &Config) -> Result<Config, Error> {
        let named = self.string("extend", value)?;
        let path = super::paths::absolute(&onto.base, Path::new(named));
        let mut way = self.way.clone();
        way.push(self.path.to_owned());
        if way.contains(&path) {
            return Err(self.error(
                value.span(),
                "configuration files extend each other in a circle",
                format!("`{}` leads here", self.disk.shown(&path)),
            ));
        }
        let read = std::fs::read_to_string(&path).map_err(|error| {
            let near = super::error::suggest(&path).map(|near| self.disk.shown(&near));
            let reason = super::error::io_reason(&error);
            self.error(
                value.span(),
                format!("`{named}` cannot be read: {reason}"),
                near.map_or_else(
                    || format!("there is no `{}`", self.disk.shown(&path)),
                    |near| format!("did you mean `{near}`?"),
                ),
            )
        })?;
        let Some(mut config) = parse_on(self.disk, &path, &read, way)? else {
            return Err(self.error(
                value.span(),
                format!("`{named}` has no `[tool.whimbrel]` table"),
                "name another file",
            ));
        };
        // Paths start at the file that names them.
        if let Some(settings) = &mut config.settings
            && (settings.ends_with(".py") || settings.contains('/'))
        {
            let file = super::paths::absolute(&config.base, Path::new(settings.as_str()));
            *settings = file.to_string_lossy().into_owned();
        }
        config.base.clone_from(&onto.base);
        config.file.clone_from(&onto.file);
        Ok(config)
    }

    fn note_origin(&self, key: &str, value: &Spanned<DeValue<'_>>, config: &mut Config) {
        let span = value.span();
        let line = self
            .text
            .get(..span.start)
            .unwrap_or_default()
            .matches('\n')
            .count()
            + 1;
        let shown = self.disk.shown(self.path);
        let is_file = self.path.extension().is_some_and(|it| it == "toml");
        let said = Said {
            place: if is_file {
                format!("{shown}:{line}")
            } else {
                shown
            },
            value: self.text.get(span).unwrap_or_default().to_owned(),
        };
        config.origins.insert(key.to_owned(), said);
    }

    /// What a table says, on top of what is known.
    fn config(&self, table: &DeTable<'_>, onto: Config) -> Result<Config, Error> {
        let mut config = match entry(table, "extend") {
            Some(value) => self.extended(value, &onto)?,
            None => onto,
        };
        let base = config.base.clone();
        let base = base.as_path();
        let mut policy = (*config.policy).clone();
        for (key, value) in table {
            self.note_origin(key.get_ref(), value, &mut config);
            match key.get_ref().as_ref() {
                "extend" => {}
                "settings" => config.settings = Some(self.string("settings", value)?.to_owned()),
                "python-env" => {
                    let folder = self.string("python-env", value)?;
                    config.python_env = Some(super::paths::absolute(base, Path::new(folder)));
                }
                "baseline" => {
                    let file = self.string("baseline", value)?;
                    config.baseline = Some(super::paths::absolute(base, Path::new(file)));
                }
                "dialect" => {
                    let name = self.string("dialect", value)?;
                    let Some(dialect) = Dialect::by_name(name) else {
                        return Err(self.no_dialect(name, value.span()));
                    };
                    server(&mut config).dialect = Some(SmolStr::new_static(dialect.name));
                }
                "server-version" => {
                    let version = self.string("server-version", value)?;
                    if version.parse::<Version>().is_err() {
                        return Err(self.error(
                            value.span(),
                            format!("`{version}` is no version"),
                            "write it as `16` or `8.0.36`",
                        ));
                    }
                    server(&mut config).version = Some(SmolStr::new(version));
                }
                "apps" => {
                    let DeValue::Table(apps) = value.get_ref() else {
                        return Err(self.wrong_type("apps", value, "a table"));
                    };
                    config.apps.clear();
                    for (label, folder) in apps {
                        let shown = self.string(&format!("apps.{}", label.get_ref()), folder)?;
                        let path = super::paths::absolute(base, Path::new(shown));
                        if !path.is_dir() {
                            return Err(self.error(
                                folder.span(),
                                format!("`apps.{}` names no folder", label.get_ref()),
                                format!("there is no folder `{}`", self.disk.shown(&path)),
                            ));
                        }
                        config
                            .apps
                            .push((label.get_ref().clone().into_owned(), path));
                    }
                }
                "exclude" => {
                    let DeValue::Array(items) = value.get_ref() else {
                        return Err(self.wrong_type("exclude", value, "an array of strings"));
                    };
                    let mut globs = Vec::new();
                    for item in items {
                        let glob = self.string("exclude", item)?;
                        if let Err((_, reason)) = patterns(base, [glob]) {
                            return Err(self.error(
                                item.span(),
                                format!("`{glob}` is not a glob pattern"),
                                reason,
                            ));
                        }
                        globs.push(glob);
                    }
                    let exclude = patterns(base, globs).map_err(|(_, reason)| {
                        self.error(value.span(), "the patterns cannot be used", reason)
                    })?;
                    config.exclude = exclude.map(|exclude| (base.to_owned(), exclude));
                }
                "dialects" => config.dialects = self.dialects(value)?,
                name if self.rules_key(name, value, base, &mut policy)? => {}
                unknown => return Err(self.unknown_key(unknown, key.span())),
            }
        }
        config.policy = Arc::new(policy);
        Ok(config)
    }

    fn no_dialect(&self, name: &str, span: Range<usize>) -> Error {
        let names: Vec<&str> = DIALECTS.iter().map(|it| it.name).collect();
        let here = did_you_mean(name, names.iter().copied()).map_or_else(
            || format!("the dialects are {}", list(&names)),
            |near| format!("did you mean `{near}`?"),
        );
        self.error(span, format!("there is no dialect `{name}`"), here)
    }

    fn string<'v>(&self, key: &str, value: &'v Spanned<DeValue<'_>>) -> Result<&'v str, Error> {
        value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong_type(key, value, "a string"))
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) -> Error {
        self.error(
            value.span(),
            format!("`{key}` must be {wanted}"),
            format!("this is of type {}", value.get_ref().type_str()),
        )
    }

    fn unknown_key(&self, key: &str, span: Range<usize>) -> Error {
        let keys = config_keys();
        let keys: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
        let help = did_you_mean(key, keys.iter().copied()).map_or_else(
            || format!("the keys are {}", list(&keys)),
            |near| format!("did you mean `{near}`?"),
        );
        let diagnostic = Diagnostic::new(
            "",
            Level::Error,
            self.span(span),
            format!("unknown configuration key `{key}`"),
        )
        .help(help);
        Error::Config(Box::new(diagnostic))
    }

    fn error(
        &self,
        span: Range<usize>,
        message: impl Into<String>,
        here: impl Into<String>,
    ) -> Error {
        Error::Config(Box::new(
            Diagnostic::new("", Level::Error, self.span(span), message).here(here),
        ))
    }

    fn span(&self, range: Range<usize>) -> Span {
        let file = *self
            .file
            .get_or_init(|| self.disk.files.add(self.disk.shown(self.path), self.text));
        let at = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span::new(file, TextRange::new(at(range.start), at(range.end)))
    }
}
