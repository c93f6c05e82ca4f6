//! Where values come from besides the nearest file: `extend`, the environment, and
//! `--config KEY=VALUE`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use toml::de::DeTable;

use super::schema::{Kind, config_keys};
use super::{Config, Reader};
use crate::workspace::Options;
use crate::workspace::disk::Disk;
use crate::workspace::error::Error;

/// Keys of which the command line reads the variable itself.
const OF_THE_CALL: [&str; 2] = ["baseline", "since"];

/// A configuration with what the environment and the call say, in this order.
pub(in crate::workspace) fn overridden(
    disk: &Disk,
    options: &Options,
    config: Arc<Config>,
) -> Result<Arc<Config>, Error> {
    if options.variables.is_empty() && options.overrides.is_empty() {
        return Ok(config);
    }
    let mut config = (*config).clone();
    let base = std::mem::replace(&mut config.base, options.cwd.clone());
    let variables = options.variables.iter();
    let variables =
        variables.filter_map(|(name, value)| Some((name.as_str(), of_variable(name, value)?)));
    let overrides = options.overrides.iter();
    let overrides = overrides.map(|text| ("--config", of_call(text)));
    for (shown, text) in variables.chain(overrides) {
        config = read(disk, options, shown, &text, config)?;
    }
    config.base = base;
    Ok(Arc::new(config))
}

fn read(
    disk: &Disk,
    options: &Options,
    shown: &str,
    text: &str,
    onto: Config,
) -> Result<Config, Error> {
    let path = options.cwd.join(shown);
    let reader = Reader::new(disk, &path, text);
    let document = DeTable::parse(text).map_err(|error| {
        reader.error(
            error.span().unwrap_or(0..0),
            format!("`{shown}` is not valid TOML: {}", error.message()),
            "write it as `KEY=VALUE`, such as `dialects=[\"mysql\"]`",
        )
    })?;
    reader.config(document.get_ref(), onto)
}

/// `key = value` of the call; a value that is no TOML is a string.
fn of_call(text: &str) -> String {
    if DeTable::parse(text).is_ok() {
        return text.to_owned();
    }
    match text.split_once('=') {
        Some((key, value)) => format!("{} = {}", key.trim(), quoted(value.trim())),
        None => text.to_owned(),
    }
}

/// `WHIMBREL_EXTEND_SELECT=strict,locking` as TOML. `None` for a variable that is no key's,
/// or for a key that is a table.
fn of_variable(name: &str, value: &str) -> Option<String> {
    let wanted = name
        .strip_prefix("WHIMBREL_")?
        .to_lowercase()
        .replace('_', "-");
    if OF_THE_CALL.contains(&wanted.as_str()) {
        return None;
    }
    let key = config_keys().into_iter().find(|key| key.name == wanted)?;
    let value = match key.kind {
        Kind::Text => quoted(value),
        Kind::Flag => value.to_owned(),
        Kind::List | Kind::TextOrList => {
            let items = value
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            format!("[{}]", items.map(quoted).collect::<Vec<_>>().join(", "))
        }
        Kind::Table => return None,
    };
    Some(format!("{wanted} = {value}"))
}

fn quoted(value: &str) -> String {
    // JSON's strings are TOML's as well.
    serde_json::to_string(value).unwrap_or_default()
}

/// Where a value was said, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// `whimbrel.toml:3`, `WHIMBREL_SELECT`, `--config`.
    pub place: String,
    pub value: String,
}

/// What was said of keys.
pub(super) type Origins = BTreeMap<String, Said>;

/// The files on the way to the one that is read, to tell a circle.
pub(super) type Way = Vec<PathBuf>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_toml_is_a_string() {
        assert_eq!(of_call("dialect=mariadb"), "dialect = \"mariadb\"");
        assert_eq!(of_call("select=[\"all\"]"), "select=[\"all\"]");
        assert_eq!(of_call("require-reason=true"), "require-reason=true");
        assert_eq!(
            of_variable("WHIMBREL_EXTEND_SELECT", "strict, locking").as_deref(),
            Some("extend-select = [\"strict\", \"locking\"]")
        );
        assert_eq!(
            of_variable("WHIMBREL_REQUIRE_REASON", "true").as_deref(),
            Some("require-reason = true")
        );
        assert_eq!(of_variable("WHIMBREL_SINCE", "main"), None);
        assert_eq!(of_variable("WHIMBREL_CONFIG", "x.toml"), None);
    }
}
