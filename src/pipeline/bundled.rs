//! The migrations of Django's own apps, for projects read without their Python
//! environment: what each does to models, described in `.mig` beside this file.
//!
//! Left out is what no database and no function of a migration shows: names for people,
//! help texts, validators, and what functions do to rows. So a plan, SQL and rules come
//! out as they do with Django at hand. What the descriptions lack is unknown, not
//! absent: another version of Django may have it.
//!
//! Source: `django/contrib/*/migrations`, Django 5.2.

use smol_str::{SmolStr, format_smolstr};

use crate::ir::project::AppOrigin;
use crate::ir::{App, AppLabel, MigrationId};
use crate::mig;
use crate::python::{Detail, Resolver};

/// One of Django's apps.
#[derive(Debug)]
pub struct BundledApp {
    label: &'static str,
    /// Names of migrations and what they are, in the order of names.
    migrations: &'static [(&'static str, &'static str)],
}

macro_rules! apps {
    ($($label:literal [$($name:literal),* $(,)?];)*) => {
        &[$(BundledApp {
            label: $label,
            migrations: &[$((
                $name,
                include_str!(concat!("django/", $label, "/", $name, ".mig")),
            )),*],
        }),*]
    };
}

/// All that have migrations, sorted by label.
static APPS: &[BundledApp] = apps! {
    "admin" [
        "0001_initial",
        "0002_logentry_remove_auto_add",
        "0003_logentry_add_action_flag_choices",
    ];
    "auth" [
        "0001_initial",
        "0002_alter_permission_name_max_length",
        "0003_alter_user_email_max_length",
        "0004_alter_user_username_opts",
        "0005_alter_user_last_login_null",
        "0006_require_contenttypes_0002",
        "0007_alter_validators_add_error_messages",
        "0008_alter_user_username_max_length",
        "0009_alter_user_last_name_max_length",
        "0010_alter_group_name_max_length",
        "0011_update_proxy_permissions",
        "0012_alter_user_first_name_max_length",
    ];
    "contenttypes" [
        "0001_initial",
        "0002_remove_content_type_name",
    ];
    "flatpages" [
        "0001_initial",
    ];
    "redirects" [
        "0001_initial",
        "0002_alter_redirect_new_path_help_text",
    ];
    "sessions" [
        "0001_initial",
    ];
    "sites" [
        "0001_initial",
        "0002_alter_domain_unique",
    ];
};

/// An app of Django by its package (`django.contrib.auth`) or by its label (`auth`).
pub(super) fn find(name: &str) -> Option<&'static BundledApp> {
    let label = name.strip_prefix("django.contrib.").unwrap_or(name);
    APPS.iter().find(|app| app.label == label)
}

impl BundledApp {
    pub(super) const fn label(&self) -> &'static str {
        self.label
    }

    pub(super) fn package(&self) -> SmolStr {
        format_smolstr!("django.contrib.{}", self.label)
    }

    /// The app with its migrations, as a project's settings have them.
    pub(super) fn read(&self, resolver: Option<Resolver<'_>>, detail: Detail) -> App {
        let migrations = self.migrations.iter().map(|(name, text)| {
            let id = MigrationId::new(self.label, *name);
            mig::read_description(resolver?, text, id, detail).migration
        });
        App {
            label: AppLabel::from(self.label),
            package: self.package(),
            origin: AppOrigin::Bundled,
            folder: None,
            missing_init: None,
            max_migration: None,
            migrations: migrations.flatten().collect(),
            unreadable: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_found_by_package_and_by_label() {
        let admin = find("django.contrib.admin").unwrap();
        assert_eq!(admin.label(), "admin");
        assert_eq!(admin.migrations.len(), 3);
        assert!(find("auth").is_some());
        assert!(find("django.contrib.humanize").is_none());
    }

    #[test]
    fn descriptions_parse_in_the_one_style_and_stand_in_order() {
        assert!(APPS.is_sorted_by_key(|app| app.label));
        for app in APPS {
            assert!(
                app.migrations.is_sorted_by_key(|(name, _)| name),
                "{}",
                app.label
            );
            for (name, text) in app.migrations {
                assert_eq!(
                    mig::format(text).as_deref().ok(),
                    Some(*text),
                    "{}.{name}",
                    app.label
                );
            }
        }
    }
}
