//! Under which name the project state files a model.

use std::fmt;

use smol_str::{SmolStr, SmolStrBuilder};

use crate::ir::{AppLabel, ModelName};

/// `blog.post`: an app's label and a model's name in lower case. Keys sort by app,
/// then by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelKey(SmolStr);

impl ModelKey {
    #[must_use]
    pub fn new(app: &AppLabel, name: &ModelName) -> Self {
        Self::of(app.as_str(), name.as_str())
    }

    pub(crate) fn of(app: &str, name: &str) -> Self {
        let mut key = SmolStrBuilder::new();
        key.push_str(app);
        key.push('.');
        if name.is_ascii() {
            for part in name.split_inclusive(|letter: char| letter.is_ascii_uppercase()) {
                let small = part.trim_end_matches(|letter: char| letter.is_ascii_uppercase());
                key.push_str(small);
                for byte in part.as_bytes().iter().skip(small.len()) {
                    key.push(char::from(byte.to_ascii_lowercase()));
                }
            }
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
