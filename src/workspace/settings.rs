//! Which settings module a project uses, and which folders its scripts put on
//! `sys.path`: found by scanning text, before anything is parsed.

use std::path::{Path, PathBuf};

const VARIABLE: &str = "DJANGO_SETTINGS_MODULE";

/// The default that `manage.py` and `wsgi.py` set:
/// `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`, or with `=`.
pub(super) fn module_in_script(text: &str) -> Option<&str> {
    let mut rest = text;
    while let Some(at) = rest.find(VARIABLE) {
        rest = rest.get(at + VARIABLE.len()..)?;
        let Some(after) = rest.strip_prefix(['"', '\'']) else {
            continue;
        };
        let value = after.trim_start_matches([' ', '\t', '\r', '\n', ',', ']', '=', '\\']);
        if let Some((module, _)) = string(value)
            && is_module(module)
        {
            return Some(module);
        }
    }
    None
}

/// `DJANGO_SETTINGS_MODULE = tests.settings` of `pytest.ini`, `setup.cfg`,
/// `tox.ini` and `pyproject.toml`.
pub(super) fn module_in_ini(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let value = line.trim_start().strip_prefix(VARIABLE)?.trim_start();
        let value = value.strip_prefix('=')?.trim();
        let value = value.trim_matches(['"', '\'']);
        is_module(value).then_some(value)
    })
}

fn is_module(name: &str) -> bool {
    !name.is_empty()
        && name.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || letter == '_')
        })
}

/// A plain string literal at the start of `text`, and what follows it.
fn string(text: &str) -> Option<(&str, &str)> {
    let quote = text
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''))?;
    let body = text.get(1..)?;
    let end = body.find([quote, '\n'])?;
    Some((body.get(..end)?, body.get(end + 1..)?))
}

/// Folders that a script adds to `sys.path` by joining plain strings to its own
/// folder: `sys.path.append(str(BASE_DIR / "apps"))`. Only folders that exist.
pub(super) fn added_to_path(text: &str, bases: &[&Path]) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = Vec::new();
    for line in text.lines() {
        let code = line.trim_start();
        if !code.starts_with("sys.path.") {
            continue;
        }
        let mut parts = Vec::new();
        let mut rest = code;
        while let Some(at) = rest.find(['"', '\'']) {
            let Some((part, after)) = rest.get(at..).and_then(string) else {
                break;
            };
            parts.push(part);
            rest = after;
        }
        if parts.is_empty() {
            continue;
        }
        for base in bases {
            let mut folder = (*base).to_owned();
            folder.extend(parts.iter().map(|part| part.trim_start_matches('/')));
            let folder = super::paths::absolute(base, &folder);
            if folder.is_dir() && !out.contains(&folder) {
                out.push(folder);
            }
        }
    }
    out
}

/// Whether a text is a settings module by what it says: it binds or changes
/// `INSTALLED_APPS` at its top level. Helpers of settings mention the name, too, and a
/// module that reads Django's settings when it is imported cannot be them.
pub(super) fn looks_like_settings(text: &str) -> bool {
    let binds = |line: &str| {
        let Some(rest) = line.strip_prefix("INSTALLED_APPS") else {
            return false;
        };
        let rest = rest.trim_start();
        rest.starts_with(['+', ':', '.']) || (rest.starts_with('=') && !rest.starts_with("=="))
    };
    text.lines().any(binds) && !(text.lines().any(imports_settings) && reads_setting(text))
}

/// How many of some apps a settings module names, each by its dotted path; `None` where it
/// takes apps over from another module, which may name more.
pub(super) fn installed_of(text: &str, apps: &[String]) -> Option<usize> {
    if text.contains(".INSTALLED_APPS") || text.lines().any(takes_over_apps) {
        return None;
    }
    let names = |app: &str| {
        text.match_indices(app).any(|(at, _)| {
            let before = text.get(..at).unwrap_or_default();
            let after = text.get(at + app.len()..).unwrap_or_default();
            before.ends_with(['"', '\'']) && after.starts_with(['"', '\'', '.'])
        })
    };
    Some(apps.iter().filter(|app| names(app)).count())
}

/// `from .base import *`, or `INSTALLED_APPS`, `LOCAL_APPS` in place of the star.
fn takes_over_apps(line: &str) -> bool {
    let code = line.split('#').next().unwrap_or(line).trim();
    let names = code
        .strip_prefix("from ")
        .and_then(|it| it.split_once(" import "));
    names.is_some_and(|(_, names)| {
        let mut names = names.split([',', ' ', '(', ')']);
        names.any(|name| name == "*" || name.ends_with("_APPS"))
    })
}

fn imports_settings(line: &str) -> bool {
    let names = line.strip_prefix("from django.conf import ");
    names.is_some_and(|names| names.split(',').any(|name| name.trim() == "settings"))
}

/// Whether a statement outside of functions and classes reads an attribute of `settings`.
fn reads_setting(text: &str) -> bool {
    let mut runs = true;
    text.lines().any(|line| {
        if line.starts_with(|first: char| !first.is_whitespace()) {
            let later = ["def ", "async ", "class ", "@", "#", "from ", "import "];
            runs = !later.iter().any(|start| line.starts_with(start));
        }
        runs && names_setting(line)
    })
}

/// `settings.NAME` or `getattr(settings, "NAME")`.
fn names_setting(line: &str) -> bool {
    let code = line.split('#').next().unwrap_or(line);
    code.match_indices("settings").any(|(at, name)| {
        let before = code.get(..at).unwrap_or_default();
        let after = code.get(at + name.len()..).unwrap_or_default();
        let is_name = !before.ends_with(|last: char| {
            last.is_alphanumeric() || matches!(last, '_' | '.' | '"' | '\'' | '/')
        });
        let attribute = after.strip_prefix('.');
        is_name
            && (attribute.is_some_and(|name| name.starts_with(|first: char| first.is_uppercase()))
                || (before.ends_with("getattr(") && after.starts_with(',')))
    })
}

/// How likely a module is a settings module by its name alone, the likeliest first;
/// `None` if it is not worth a look inside.
pub(super) fn likelihood(folder: &Path, module: &str) -> Option<u8> {
    let folder = folder.file_name().and_then(|name| name.to_str());
    if module.contains("settings") || folder.is_some_and(|name| name.contains("settings")) {
        return Some(0);
    }
    // `conf/server.py`, `config/base.py`.
    matches!(folder, Some("conf" | "config")).then_some(1)
}

/// The order in which settings modules found by content are preferred: what a
/// production server would use first.
pub(super) fn preference(module: &str) -> usize {
    const ORDER: [&str; 8] = [
        "settings",
        "__init__",
        "base",
        "common",
        "default",
        "production",
        "prod",
        "main",
    ];
    ORDER
        .iter()
        .position(|name| *name == module)
        .unwrap_or(ORDER.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_module_is_read_from_scripts() {
        let manage = "def main():\n    os.environ.setdefault(\"DJANGO_SETTINGS_MODULE\",\n        'shop.settings.dev')\n";
        assert_eq!(module_in_script(manage), Some("shop.settings.dev"));
        let assigned = "os.environ['DJANGO_SETTINGS_MODULE'] = 'a.b'";
        assert_eq!(module_in_script(assigned), Some("a.b"));
        let computed = "os.environ.setdefault('DJANGO_SETTINGS_MODULE', f'{name}.x')\n";
        assert_eq!(module_in_script(computed), None);
    }

    #[test]
    fn settings_are_told_from_what_mentions_them() {
        assert!(looks_like_settings("DEBUG = True\nINSTALLED_APPS = [\n]\n"));
        assert!(looks_like_settings(
            "from .base import *\nINSTALLED_APPS += ['a']"
        ));
        assert!(looks_like_settings("INSTALLED_APPS: list[str] = []"));
        assert!(!looks_like_settings(
            "def check(settings):\n    hasattr(settings, \"INSTALLED_APPS\")"
        ));
        assert!(!looks_like_settings(
            "from django.conf import settings\n\nINSTALLED_APPS = [\"survey\"]\nUSER = settings.AUTH_USER_MODEL\n"
        ));
        assert!(!looks_like_settings(
            "from django.conf import settings\n\nINSTALLED_APPS = [\n    *getattr(settings, \"MORE\", []),\n]\n"
        ));
        assert!(looks_like_settings(
            "from django.conf import settings\n\nINSTALLED_APPS = [\"shop\"]\n\ndef debug(request):\n    return settings.DEBUG\n"
        ));
        assert!(looks_like_settings(
            "from django.conf import settings\n\nROOT_URLCONF = \"shop.settings.urls\"\nINSTALLED_APPS = []\n"
        ));
        assert!(!looks_like_settings(
            "settings.configure(\n    INSTALLED_APPS=[],\n)"
        ));
    }

    #[test]
    fn settings_tell_which_apps_they_install() {
        let apps = ["shop".to_owned(), "shop.till".to_owned()];
        let installed = |text| installed_of(text, &apps);
        assert_eq!(installed("INSTALLED_APPS = ['shop', 'till']"), Some(1));
        let classes = "INSTALLED_APPS = [\"shop.apps.Shop\", \"shop.till\"]";
        assert_eq!(installed(classes), Some(2));
        assert_eq!(installed("INSTALLED_APPS = ['workshop']"), Some(0));
        for taken_over in [
            "from .base import *\nINSTALLED_APPS += []",
            "from .base import *  # noqa: F403\nINSTALLED_APPS += []",
            "if True:\n    from .base import (DEBUG, INSTALLED_APPS)\n",
            "from . import base\nINSTALLED_APPS = [*base.INSTALLED_APPS, 'shop']",
        ] {
            assert_eq!(installed(taken_over), None, "{taken_over}");
        }
    }

    #[test]
    fn the_settings_module_is_read_from_test_configuration() {
        assert_eq!(
            module_in_ini("[pytest]\nDJANGO_SETTINGS_MODULE = tests.settings\n"),
            Some("tests.settings")
        );
        assert_eq!(
            module_in_ini("DJANGO_SETTINGS_MODULE=\"tests.settings\""),
            Some("tests.settings")
        );
        assert_eq!(module_in_ini("# DJANGO_SETTINGS_MODULE = x"), None);
    }
}
