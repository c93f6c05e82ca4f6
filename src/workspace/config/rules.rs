//! What a configuration says about rules, and for which servers migrations are judged.
//!
//! ```toml
//! select = ["recommended", "missing-lock-timeout"]
//! ignore = ["rollout"]
//! severity = { blocking-index = "error" }
//! dialects = ["postgresql>=14"]
//! since = "orders.0042"
//! small = ["shop.setting"]
//! require-reason = true
//! [per-file-ignores]
//! "legacy/**" = ["blocking-index"]
//! [per-app.orders]
//! ignore = ["dropped-column-in-use"]
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::Gitignore;
use smol_str::SmolStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Reader, patterns};
use crate::base::Span;
use crate::diag::Level;
use crate::diag::wording::did_you_mean;
use crate::ir::AppLabel;
use crate::ir::policy::{AppPolicy, PathPattern, PerFileIgnore, Policy, Since};
use crate::ir::project::ConfiguredServer;
use crate::lint::selection;
use crate::sql::{Dialect, Version};
use crate::workspace::Error;

type Value<'v, 'i> = &'v Spanned<DeValue<'i>>;

/// Files below the folder of a configuration.
#[derive(Debug)]
struct Below {
    cwd: PathBuf,
    base: PathBuf,
    patterns: Gitignore,
}

impl PathPattern for Below {
    fn matches(&self, shown: &str) -> bool {
        let path = self.cwd.join(shown);
        path.strip_prefix(&self.base).is_ok_and(|relative| {
            self.patterns
                .matched_path_or_any_parents(relative, false)
                .is_ignore()
        })
    }
}

impl Reader<'_> {
    /// Reads a key about rules; false if it is none.
    pub(super) fn rules_key(
        &self,
        key: &str,
        value: Value<'_, '_>,
        base: &Path,
        policy: &mut Policy,
    ) -> Result<bool, Error> {
        match key {
            "select" => policy.select = Some(self.selectors(key, value)?),
            "extend-select" => policy.extend_select = self.selectors(key, value)?,
            "ignore" => policy.ignore = self.selectors(key, value)?,
            "severity" => policy.severity = self.severity(key, value)?,
            "per-file-ignores" => policy.per_file_ignores = self.per_file(value, base)?,
            "per-app" => policy.per_app = self.per_app(value)?,
            "require-reason" => policy.require_reason = self.flag(key, value)?,
            "since" => policy.since = self.since(value)?,
            "small" => policy.small = self.small(value)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn table<'v, 'i>(
        &self,
        key: &str,
        value: &'v Spanned<DeValue<'i>>,
    ) -> Result<&'v DeTable<'i>, Error> {
        match value.get_ref() {
            DeValue::Table(table) => Ok(table),
            _ => Err(self.wrong_type(key, value, "a table")),
        }
    }

    /// The strings of an array.
    fn strings<'v>(
        &self,
        key: &str,
        value: &'v Spanned<DeValue<'_>>,
    ) -> Result<Vec<(&'v str, std::ops::Range<usize>)>, Error> {
        let DeValue::Array(items) = value.get_ref() else {
            return Err(self.wrong_type(key, value, "an array of strings"));
        };
        items
            .iter()
            .map(|item| Ok((self.string(key, item)?, item.span())))
            .collect()
    }

    fn flag(&self, key: &str, value: Value<'_, '_>) -> Result<bool, Error> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Ok(*flag),
            _ => Err(self.wrong_type(key, value, "`true` or `false`")),
        }
    }

    fn selectors(&self, key: &str, value: Value<'_, '_>) -> Result<Vec<SmolStr>, Error> {
        let mut selectors = Vec::new();
        for (name, span) in self.strings(key, value)? {
            selectors.push(self.selector(name, span)?);
        }
        Ok(selectors)
    }

    fn selector(&self, name: &str, span: std::ops::Range<usize>) -> Result<SmolStr, Error> {
        if selection::is_selector(name) {
            return Ok(SmolStr::new(name));
        }
        let help = selection::nearest(name).map_or_else(
            || "`whimbrel rule` lists all rules".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        Err(self.error(
            span,
            format!("there is no rule, category or group `{name}`"),
            help,
        ))
    }

    fn severity(&self, key: &str, value: Value<'_, '_>) -> Result<Vec<(SmolStr, Level)>, Error> {
        const LEVELS: [(&str, Level); 3] = [
            ("error", Level::Error),
            ("warning", Level::Warning),
            ("info", Level::Info),
        ];
        let mut severity = Vec::new();
        for (name, level) in self.table(key, value)? {
            let rule = self.selector(name.get_ref(), name.span())?;
            let word = self.string(key, level)?;
            let known = LEVELS.iter().find(|(known, _)| *known == word);
            let Some((_, level)) = known else {
                return Err(self.error(
                    level.span(),
                    format!("there is no level `{word}`"),
                    "the levels are `error`, `warning` and `info`",
                ));
            };
            severity.push((rule, *level));
        }
        Ok(severity)
    }

    fn per_file(&self, value: Value<'_, '_>, base: &Path) -> Result<Vec<PerFileIgnore>, Error> {
        let mut ignores = Vec::new();
        for (pattern, rules) in self.table("per-file-ignores", value)? {
            let glob = pattern.get_ref();
            let read = patterns(base, [glob.as_ref()]);
            let read = read.map_err(|(_, reason)| {
                self.error(
                    pattern.span(),
                    format!("`{glob}` is not a glob pattern"),
                    reason,
                )
            })?;
            let Some(patterns) = read else { continue };
            ignores.push(PerFileIgnore {
                files: Arc::new(Below {
                    cwd: self.disk.cwd.clone(),
                    base: base.to_owned(),
                    patterns,
                }),
                ignore: self.selectors("per-file-ignores", rules)?,
            });
        }
        Ok(ignores)
    }

    fn per_app(&self, value: Value<'_, '_>) -> Result<Vec<AppPolicy>, Error> {
        const KEYS: [&str; 3] = ["extend-select", "ignore", "severity"];
        let mut apps = Vec::new();
        for (label, table) in self.table("per-app", value)? {
            let mut app = AppPolicy {
                app: AppLabel::from(label.get_ref().as_ref()),
                ignore: Vec::new(),
                extend_select: Vec::new(),
                severity: Vec::new(),
            };
            for (key, value) in self.table("per-app", table)? {
                let name = key.get_ref().as_ref();
                match name {
                    "ignore" => app.ignore = self.selectors(name, value)?,
                    "extend-select" => app.extend_select = self.selectors(name, value)?,
                    "severity" => app.severity = self.severity(name, value)?,
                    unknown => {
                        let help = did_you_mean(unknown, KEYS).map_or_else(
                            || "the keys are `extend-select`, `ignore` and `severity`".to_owned(),
                            |near| format!("did you mean `{near}`?"),
                        );
                        return Err(self.error(
                            key.span(),
                            format!("unknown configuration key `per-app.{}.{unknown}`", app.app),
                            help,
                        ));
                    }
                }
            }
            apps.push(app);
        }
        Ok(apps)
    }

    /// One point or several.
    fn since(&self, value: Value<'_, '_>) -> Result<Vec<Since>, Error> {
        let points = match value.get_ref() {
            DeValue::Array(_) => self.strings("since", value)?,
            _ => vec![(self.string("since", value)?, value.span())],
        };
        let mut since = Vec::new();
        for (text, span) in points {
            let Some(point) = point(text, || self.span(span.clone())) else {
                return Err(self.error(
                    span,
                    format!("`{text}` is neither a migration nor a date"),
                    format!(
                        "write it as `orders.0042` or `2024-06-30`; a revision of git is named in \
                         the call: `--since {text}`"
                    ),
                ));
            };
            since.push(point);
        }
        Ok(since)
    }

    fn small(&self, value: Value<'_, '_>) -> Result<Vec<SmolStr>, Error> {
        let names = self.strings("small", value)?;
        Ok(names
            .into_iter()
            .map(|(name, _)| SmolStr::new(name.to_lowercase()))
            .collect())
    }

    /// `postgresql`, `postgresql>=14`, `mysql=8.0`: the oldest server counts.
    pub(super) fn dialects(&self, value: Value<'_, '_>) -> Result<Vec<ConfiguredServer>, Error> {
        let mut servers = Vec::new();
        for (text, span) in self.strings("dialects", value)? {
            let end = text.find(['>', '=', '<', ' ']).unwrap_or(text.len());
            let (name, rest) = text.split_at(end);
            let Some(dialect) = Dialect::by_name(name.trim()) else {
                return Err(self.no_dialect(name.trim(), span));
            };
            let rest = rest.trim();
            let version = [">=", "==", "="]
                .iter()
                .find_map(|sign| rest.strip_prefix(sign))
                .map(str::trim);
            let is_understood = match version {
                None => rest.is_empty(),
                Some(version) => version.parse::<Version>().is_ok(),
            };
            if !is_understood {
                return Err(self.error(
                    span,
                    format!("`{text}` names no versions of a server"),
                    "write it as `postgresql>=14` or `mysql=8.0`",
                ));
            }
            servers.push(ConfiguredServer {
                dialect: Some(SmolStr::new_static(dialect.name)),
                version: version.map(SmolStr::new),
            });
        }
        Ok(servers)
    }
}

/// The point of the history that a text names; `None` for anything else, such as a
/// revision of git. `v1.0` is one: no app is called so.
pub(in crate::workspace) fn point(text: &str, span: impl FnOnce() -> Span) -> Option<Since> {
    if is_date(text) {
        return Some(Since::Date(SmolStr::new(text)));
    }
    let (app, name) = text.split_once('.')?;
    let is_name = |part: &str| {
        let mut bytes = part.bytes();
        !part.is_empty() && bytes.all(|it| it.is_ascii_alphanumeric() || it == b'_' || it >= 0x80)
    };
    let number = app.strip_prefix('v').unwrap_or(app);
    let is_version = number.bytes().all(|it| it.is_ascii_digit());
    (is_name(app) && is_name(name) && !is_version).then(|| Since::Migration {
        app: AppLabel::from(app),
        name: SmolStr::new(name),
        span: span(),
    })
}

/// `2024-06-30`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let is_number = |part: &&str| part.bytes().all(|it| it.is_ascii_digit());
    matches!(parts.as_slice(), [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2)
        && parts.iter().all(is_number)
}
