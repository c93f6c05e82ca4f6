//! Newtypes for names that must not be swapped.

use std::fmt;

use smol_str::SmolStr;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(SmolStr);

        impl $name {
            #[must_use]
            pub fn new(name: impl Into<SmolStr>) -> Self {
                Self(name.into())
            }

            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, which shares the name's memory.
            #[must_use]
            pub fn to_smol(&self) -> SmolStr {
                self.0.clone()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(SmolStr::new(name))
            }
        }
    };
}

name!(
    /// An app's label, as in `INSTALLED_APPS` lookups and dependencies: `auth`.
    AppLabel
);
name!(
    /// A migration's name without its app: `0001_initial`.
    MigrationName
);
name!(
    /// A model's name as it was written; Django compares model names without case,
    /// see [`ModelName::key`].
    ModelName
);
name!(
    /// A model field's name.
    FieldName
);

impl ModelName {
    /// The form under which Django's project state files the model.
    #[must_use]
    pub fn key(&self) -> SmolStr {
        if self.as_str().bytes().any(|byte| !byte.is_ascii_lowercase()) {
            SmolStr::new(self.as_str().to_lowercase())
        } else {
            self.0.clone()
        }
    }
}

/// What Django calls a migration key: `(app_label, name)`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MigrationId {
    pub app: AppLabel,
    pub name: MigrationName,
}

impl MigrationId {
    #[must_use]
    pub fn new(app: impl Into<SmolStr>, name: impl Into<SmolStr>) -> Self {
        Self {
            app: AppLabel::new(app),
            name: MigrationName::new(name),
        }
    }
}

impl fmt::Display for MigrationId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.app, self.name)
    }
}
