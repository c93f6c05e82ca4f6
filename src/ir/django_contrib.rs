//! The migrations of Django's own apps, for projects read without their Python
//! environment: names, dependencies and which model each creates.
//!
//! Source: `django/contrib/*/migrations`, Django 5.2. The operations are left out,
//! so the state that these migrations make is not known from here.

use super::migration::{Dependency, DependencyTarget, Migration};
use super::names::{AppLabel, MigrationId};
use super::project::{App, AppOrigin, NO_FILE};
use super::value::Known;
use crate::base::Span;
use smol_str::SmolStr;

/// One app as facts.
struct Contrib {
    label: &'static str,
    package: &'static str,
    migrations: &'static [Entry],
}

/// One migration: its name, its dependencies and the models that it creates.
struct Entry {
    name: &'static str,
    dependencies: &'static [(&'static str, &'static str)],
    creates: &'static [&'static str],
}

const fn entry(
    name: &'static str,
    dependencies: &'static [(&'static str, &'static str)],
    creates: &'static [&'static str],
) -> Entry {
    Entry {
        name,
        dependencies,
        creates,
    }
}

/// Stands for `swappable_dependency(settings.AUTH_USER_MODEL)`.
const USER_MODEL: (&str, &str) = ("AUTH_USER_MODEL", "");

/// Sorted by label.
static CONTRIB: &[Contrib] = &[
    Contrib {
        label: "admin",
        package: "django.contrib.admin",
        migrations: &[
            entry(
                "0001_initial",
                &[USER_MODEL, ("contenttypes", "__first__")],
                &["LogEntry"],
            ),
            entry(
                "0002_logentry_remove_auto_add",
                &[("admin", "0001_initial")],
                &[],
            ),
            entry(
                "0003_logentry_add_action_flag_choices",
                &[("admin", "0002_logentry_remove_auto_add")],
                &[],
            ),
        ],
    },
    Contrib {
        label: "auth",
        package: "django.contrib.auth",
        migrations: &[
            entry(
                "0001_initial",
                &[("contenttypes", "__first__")],
                &["Permission", "Group", "User"],
            ),
            entry(
                "0002_alter_permission_name_max_length",
                &[("auth", "0001_initial")],
                &[],
            ),
            entry(
                "0003_alter_user_email_max_length",
                &[("auth", "0002_alter_permission_name_max_length")],
                &[],
            ),
            entry(
                "0004_alter_user_username_opts",
                &[("auth", "0003_alter_user_email_max_length")],
                &[],
            ),
            entry(
                "0005_alter_user_last_login_null",
                &[("auth", "0004_alter_user_username_opts")],
                &[],
            ),
            entry(
                "0006_require_contenttypes_0002",
                &[
                    ("auth", "0005_alter_user_last_login_null"),
                    ("contenttypes", "0002_remove_content_type_name"),
                ],
                &[],
            ),
            entry(
                "0007_alter_validators_add_error_messages",
                &[("auth", "0006_require_contenttypes_0002")],
                &[],
            ),
            entry(
                "0008_alter_user_username_max_length",
                &[("auth", "0007_alter_validators_add_error_messages")],
                &[],
            ),
            entry(
                "0009_alter_user_last_name_max_length",
                &[("auth", "0008_alter_user_username_max_length")],
                &[],
            ),
            entry(
                "0010_alter_group_name_max_length",
                &[("auth", "0009_alter_user_last_name_max_length")],
                &[],
            ),
            entry(
                "0011_update_proxy_permissions",
                &[
                    ("auth", "0010_alter_group_name_max_length"),
                    ("contenttypes", "0002_remove_content_type_name"),
                ],
                &[],
            ),
            entry(
                "0012_alter_user_first_name_max_length",
                &[("auth", "0011_update_proxy_permissions")],
                &[],
            ),
        ],
    },
    Contrib {
        label: "contenttypes",
        package: "django.contrib.contenttypes",
        migrations: &[
            entry("0001_initial", &[], &["ContentType"]),
            entry(
                "0002_remove_content_type_name",
                &[("contenttypes", "0001_initial")],
                &[],
            ),
        ],
    },
    Contrib {
        label: "flatpages",
        package: "django.contrib.flatpages",
        migrations: &[entry(
            "0001_initial",
            &[("sites", "0001_initial")],
            &["FlatPage"],
        )],
    },
    Contrib {
        label: "redirects",
        package: "django.contrib.redirects",
        migrations: &[
            entry("0001_initial", &[("sites", "0001_initial")], &["Redirect"]),
            entry(
                "0002_alter_redirect_new_path_help_text",
                &[("redirects", "0001_initial")],
                &[],
            ),
        ],
    },
    Contrib {
        label: "sessions",
        package: "django.contrib.sessions",
        migrations: &[entry("0001_initial", &[], &["Session"])],
    },
    Contrib {
        label: "sites",
        package: "django.contrib.sites",
        migrations: &[
            entry("0001_initial", &[], &["Site"]),
            entry(
                "0002_alter_domain_unique",
                &[("sites", "0001_initial")],
                &[],
            ),
        ],
    },
];

/// The apps of Django that have migrations: `(label, package)`, sorted by label.
pub fn bundled_apps() -> impl Iterator<Item = (&'static str, &'static str)> {
    CONTRIB.iter().map(|app| (app.label, app.package))
}

/// An app of Django by its package (`django.contrib.auth`) or by its label (`auth`).
/// `user_model` is the project's `AUTH_USER_MODEL`, on which `admin` depends.
#[must_use]
pub fn bundled_app(name: &str, user_model: &Known<SmolStr>) -> Option<App> {
    let contrib = CONTRIB
        .iter()
        .find(|app| app.package == name || app.label == name)?;
    Some(App {
        label: AppLabel::from(contrib.label),
        package: SmolStr::new_static(contrib.package),
        origin: AppOrigin::Bundled,
        folder: None,
        missing_init: None,
        migrations: contrib
            .migrations
            .iter()
            .map(|entry| migration(contrib.label, entry, user_model))
            .collect(),
        unreadable: Vec::new(),
    })
}

/// The models that the bundled migration `id` creates.
#[must_use]
pub fn bundled_models(id: &MigrationId) -> &'static [&'static str] {
    CONTRIB
        .iter()
        .find(|app| app.label == id.app.as_str())
        .and_then(|app| {
            app.migrations
                .iter()
                .find(|entry| entry.name == id.name.as_str())
        })
        .map_or(&[], |entry| entry.creates)
}

fn migration(label: &'static str, entry: &Entry, user_model: &Known<SmolStr>) -> Migration {
    let span = Span::file_start(NO_FILE);
    let id = MigrationId::new(SmolStr::new_static(label), SmolStr::new_static(entry.name));
    let mut migration = Migration::empty(id, span);
    migration.dependencies = entry
        .dependencies
        .iter()
        .map(|(app, name)| Dependency {
            target: if (*app, *name) == USER_MODEL {
                DependencyTarget::Swappable {
                    setting: SmolStr::new_static(USER_MODEL.0),
                    model: user_model.clone(),
                }
            } else {
                DependencyTarget::migration(app, name)
            },
            span,
        })
        .collect();
    migration
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_are_found_by_package_and_by_label() {
        let user = Known::Yes(SmolStr::new_static("people.Person"));
        let admin = bundled_app("django.contrib.admin", &user).unwrap();
        assert_eq!(admin.label.as_str(), "admin");
        assert_eq!(admin.migrations.len(), 3);
        assert_eq!(
            admin.migrations[0].dependencies[0].target.key(),
            Some(MigrationId::new("people", "__first__"))
        );
        assert!(bundled_app("auth", &user).is_some());
        assert!(bundled_app("django.contrib.humanize", &user).is_none());
    }

    #[test]
    fn migrations_stand_in_the_order_of_their_names() {
        for app in CONTRIB {
            let names: Vec<_> = app.migrations.iter().map(|entry| entry.name).collect();
            assert!(names.is_sorted(), "{}", app.label);
        }
        assert!(CONTRIB.is_sorted_by_key(|app| app.label));
    }

    #[test]
    fn created_models_are_known_by_migration() {
        assert_eq!(
            bundled_models(&MigrationId::new("auth", "0001_initial")),
            ["Permission", "Group", "User"]
        );
        assert!(bundled_models(&MigrationId::new("blog", "0001_initial")).is_empty());
    }
}
