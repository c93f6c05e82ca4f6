//! Under which name the project state files a model.

use std::fmt;

use smol_str::{SmolStr, SmolStrBuilder};

use crate::ir::{AppLabel, ModelName};

/// `blog.post`: an app's label and a model's name in lower case. Keys sort by app,
/// then by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelKey(SmolStr);

/// Names that are no longer than this, in bytes, are put into small letters without a
/// detour.
const USUAL: usize = 32;

impl ModelKey {
    #[must_use]
    pub fn new(app: &AppLabel, name: &ModelName) -> Self {
        Self::of(app.as_str(), name.as_str())
    }

    pub(crate) fn of(app: &str, name: &str) -> Self {
        let mut key = SmolStrBuilder::new();
        key.push_str(app);
        key.push_str(".");
        let mut buffer = [0; USUAL];
        if name.is_ascii()
            && let Some(own) = buffer.get_mut(..name.len())
        {
            own.copy_from_slice(name.as_bytes());
            own.make_ascii_lowercase();
            key.push_str(std::str::from_utf8(own).unwrap_or(name));
        } else {
            key.push_str(&name.to_lowercase());
        }
        Self(key.finish())
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
        self.dot().map_or("", |at| &self.0[..at])
    }

    /// The model's name in lower case.
    #[must_use]
    pub fn name(&self) -> &str {
        self.dot().map_or(&self.0, |at| &self.0[at + 1..])
    }

    /// Where the app ends.
    fn dot(&self) -> Option<usize> {
        self.0.bytes().position(|byte| byte == b'.')
    }

    #[must_use]
    #[inline]
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
