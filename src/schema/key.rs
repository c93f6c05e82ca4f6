//! Under which name the project state files a model.

use std::fmt;

use smol_str::{SmolStr, format_smolstr};

use crate::ir::{AppLabel, ModelName};

/// `blog.post`: an app's label and a model's name in lower case. Keys sort by app,
/// then by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelKey(SmolStr);

/// Keys that are no longer than this, in bytes, are put together without a detour.
const USUAL: usize = 96;

impl ModelKey {
    #[must_use]
    pub fn new(app: &AppLabel, name: &ModelName) -> Self {
        Self::of(app.as_str(), name.as_str())
    }

    pub(crate) fn of(app: &str, name: &str) -> Self {
        let length = app.len() + 1 + name.len();
        let mut buffer = [0; USUAL];
        if name.is_ascii()
            && let Some(key) = buffer.get_mut(..length)
        {
            let (before, own) = key.split_at_mut(app.len() + 1);
            before[..app.len()].copy_from_slice(app.as_bytes());
            before[app.len()] = b'.';
            own.copy_from_slice(name.as_bytes());
            own.make_ascii_lowercase();
            if let Ok(key) = std::str::from_utf8(key) {
                return Self(SmolStr::new(key));
            }
        }
        Self(format_smolstr!("{app}.{}", name.to_lowercase()))
    }

    /// The model that a relation names: `"self"`, `"Post"` or `"blog.Post"`, said in
    /// `within`.
    /// Source: `django.db.migrations.utils.resolve_relation`, 5.2.
    #[must_use]
    pub fn resolve(name: &str, within: &Self) -> Self {
        match name.split_once('.') {
            Some((app, name)) => Self::of(app, name),
            None if name == "self" => within.clone(),
            None => Self::of(within.app(), name),
        }
    }

    #[must_use]
    pub fn app(&self) -> &str {
        self.0.split_once('.').map_or("", |(app, _)| app)
    }

    /// The model's name in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split_once('.').map_or(&self.0, |(_, name)| name)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn as_smol(&self) -> &SmolStr {
        &self.0
    }

    pub(super) fn from_smol(key: SmolStr) -> Self {
        Self(key)
    }
}

impl fmt::Display for ModelKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
