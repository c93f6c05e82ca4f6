//! What help names in the words of a migration's own file. Rules ask it, and do not know
//! which language that is; `advice` words whole steps.

use super::context::Context;
use crate::base::Span;
use crate::ir::migration::Language;
use crate::ir::{Migration, MigrationId};
use crate::mig::segment;

/// How a migration names another one, or the model behind a setting, in what it depends
/// on.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    is_declarative: bool,
    text: String,
}

impl Entry {
    /// `("blog", "0001_initial")`, or `blog.0001_initial`.
    pub(super) fn migration(within: &Migration, id: &MigrationId) -> Self {
        let is_declarative = within.language == Language::Mig;
        let (app, name) = (id.app.as_str(), id.name.as_str());
        let text = match is_declarative {
            true if id.app == within.id.app => segment(name),
            true => format!("{}.{}", segment(app), segment(name)),
            false => format!("(\"{app}\", \"{name}\")"),
        };
        Self {
            is_declarative,
            text,
        }
    }

    /// The dependency on whichever model a setting names.
    pub(super) fn user_model(within: &Migration) -> Self {
        let is_declarative = within.language == Language::Mig;
        let text = if is_declarative {
            "swappable settings.AUTH_USER_MODEL"
        } else {
            "migrations.swappable_dependency(settings.AUTH_USER_MODEL)"
        };
        Self {
            is_declarative,
            text: text.to_owned(),
        }
    }

    /// The entry alone.
    pub(super) fn shown(&self) -> &str {
        &self.text
    }

    /// What to do to have it: words that follow "to depend on it, ...".
    pub(super) fn add(&self) -> String {
        let text = &self.text;
        if self.is_declarative {
            format!("add `after {text}`")
        } else {
            format!("add `{text},` to `dependencies`")
        }
    }
}

impl Context<'_> {
    /// Whether a string is written out at its place, with or without quotes, and not
    /// read from a name that another project may set otherwise.
    pub(super) fn is_written_out(&self, text: &str, span: Span) -> bool {
        let written = self.text(span);
        let inner = written
            .trim_start_matches(['u', 'U', 'r', 'R'])
            .trim_matches(['"', '\'']);
        inner == text
    }
}
