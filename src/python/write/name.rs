//! Dotted names: what is imported for one, and how it is spelt then.

use smol_str::{SmolStr, format_smolstr};

use super::super::eval::builtin;
use super::super::stdlib::is_standard_library;
use super::Writer;
use crate::base::Span;

/// What `django.db.models` takes from `django.db.models.deletion`, where a function
/// names itself by the module that defines it.
const DELETION: &[&str] = &[
    "CASCADE",
    "DO_NOTHING",
    "PROTECT",
    "RESTRICT",
    "SET_DEFAULT",
    "SET_NULL",
];

/// Modules of the standard library that hold classes with lower-case names, or
/// constants, and no modules.
const FLAT: &[&str] = &["datetime", "decimal", "functools", "re", "uuid"];

impl Writer<'_> {
    /// A class, function or other named thing, with the import that it needs.
    pub(super) fn path(&mut self, path: &str, span: Span) -> SmolStr {
        if let Some(part) = path.split('.').find(|part| part.starts_with('<')) {
            self.fail(span, format!("it is a function that has no name: `{part}`"));
            return SmolStr::new(path);
        }
        if let Some(inline) = self.surroundings.inline
            && let Some(name) = path.strip_prefix(inline.module)
            && let Some(name) = name.strip_prefix('.')
        {
            return SmolStr::new(name);
        }
        if let Some(name) = path.strip_prefix("django.db.models.")
            && !name.contains('.')
        {
            if DELETION.contains(&name) {
                self.import("import django.db.models.deletion");
                return format_smolstr!("django.db.models.deletion.{name}");
            }
            self.import("from django.db import models");
            return format_smolstr!("models.{name}");
        }
        if let Some(name) = path.strip_prefix("django.db.migrations.")
            && name.starts_with(char::is_uppercase)
        {
            if name.ends_with(".noop") {
                self.import("import django.db.migrations.operations.special");
                return format_smolstr!("django.db.migrations.operations.special.{name}");
            }
            return format_smolstr!("migrations.{name}");
        }
        if let Some(name) = path.strip_prefix("django.db.models.functions.")
            && let Some(module) = function_module(name)
        {
            self.import(format_smolstr!(
                "import django.db.models.functions.{module}"
            ));
            return format_smolstr!("django.db.models.functions.{module}.{name}");
        }
        if path == "django.conf.settings" {
            self.import("from django.conf import settings");
            return SmolStr::new_static("settings");
        }
        if path == "decimal.Decimal" {
            self.import("from decimal import Decimal");
            return SmolStr::new_static("Decimal");
        }
        let Some((root, _)) = path.split_once('.') else {
            if builtin(path).is_none() {
                self.import(format_smolstr!("import {path}"));
            }
            return SmolStr::new(path);
        };
        // `str.upper`.
        if builtin(root).is_some() && !is_standard_library(root) {
            return SmolStr::new(path);
        }
        if let Some(part) = path.split('.').find(|part| !is_identifier(part)) {
            let module = path.find(part).and_then(|at| path.get(..at + part.len()));
            let module = module.unwrap_or(path);
            self.fail(
                span,
                format!("`{path}` is defined in `{module}`, which no `import` can name"),
            );
            return SmolStr::new(path);
        }
        let module = self.module_of(path);
        self.import(format_smolstr!("import {module}"));
        SmolStr::new(path)
    }

    /// The part of a path that can be imported: the longest that is known to be a
    /// module, else what stands before the first name of a class.
    fn module_of<'p>(&self, path: &'p str) -> &'p str {
        let mut end = path.rfind('.').unwrap_or(path.len());
        loop {
            let part = &path[..end];
            if (self.surroundings.is_module)(part) == Some(true) {
                return part;
            }
            match part.rfind('.') {
                Some(shorter) => end = shorter,
                None => break,
            }
        }
        let root = path.split('.').next().unwrap_or(path);
        if FLAT.contains(&root) {
            return root;
        }
        let last = path.rfind('.').unwrap_or(path.len());
        let mut end = 0;
        for part in path[..last].split('.') {
            if end > 0 && part.starts_with(char::is_uppercase) {
                break;
            }
            end += part.len() + 1;
        }
        path.get(..end.saturating_sub(1)).unwrap_or(path)
    }
}

/// The module that defines what `django.db.models.functions` offers.
/// Source: `django/db/models/functions/__init__.py`, 5.2.
fn function_module(name: &str) -> Option<&'static str> {
    Some(match name {
        "Cast" | "Coalesce" | "Collate" | "Greatest" | "Least" | "NullIf" => "comparison",
        "Now" => "datetime",
        "JSONArray" | "JSONObject" => "json",
        "Abs" | "ACos" | "ASin" | "ATan" | "ATan2" | "Ceil" | "Cos" | "Cot" | "Degrees" | "Exp"
        | "Floor" | "Ln" | "Log" | "Mod" | "Pi" | "Power" | "Radians" | "Random" | "Round"
        | "Sign" | "Sin" | "Sqrt" | "Tan" => "math",
        "Chr" | "Concat" | "ConcatPair" | "Left" | "Length" | "Lower" | "LPad" | "LTrim"
        | "MD5" | "Ord" | "Repeat" | "Replace" | "Reverse" | "Right" | "RPad" | "RTrim"
        | "SHA1" | "SHA224" | "SHA256" | "SHA384" | "SHA512" | "StrIndex" | "Substr" | "Trim"
        | "Upper" => "text",
        _ if name.starts_with("Extract") || name.starts_with("Trunc") => "datetime",
        _ => return None,
    })
}

fn is_identifier(part: &str) -> bool {
    let mut characters = part.chars();
    characters
        .next()
        .is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && characters.all(unicode_ident::is_xid_continue)
}
