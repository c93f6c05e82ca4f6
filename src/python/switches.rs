//! Where the project's settings decide what a migration does.
//!
//! ```python
//! if settings.WITH_ARCHIVE:
//!     operations.append(migrations.CreateModel("Archive", ...))
//! ```
//!
//! Settings that name a model are left out, since a swappable dependency is made for
//! them, and so are those on databases, which a condition on the database is made for.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use smol_str::SmolStr;

use super::module::Module;
use super::tree::{ExprId, ExprKind, Keyword, StmtKind, Tree};
use crate::base::word::ascii_word_length;
use crate::base::{Span, TextRange};
use crate::ir::migration::{Decided, Switch};

/// What the settings are called.
static SETTINGS: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("settings"));

/// Options of fields that decide what the column is.
const OPTIONS: &[&str] = &[
    "db_column",
    "db_index",
    "decimal_places",
    "max_digits",
    "max_length",
    "null",
    "primary_key",
    "unique",
];

/// Arguments of operations that decide what they do.
const PARTS: &[&str] = &[
    "bases",
    "code",
    "database_operations",
    "fields",
    "operations",
    "options",
    "reverse_code",
    "reverse_sql",
    "sql",
    "state_operations",
];

/// What settings decide of the operations of a module, whose list stands at a place.
pub(super) fn switches(module: &Module, operations: Option<Span>) -> Vec<Switch> {
    // Most modules ask for none that counts, and are not gone through.
    if !may_read(&module.text) {
        return Vec::new();
    }
    let tree = &*module.tree;
    let read = read(tree, &module.text);
    let mut found = Vec::new();
    let mut add = |range: TextRange, setting: &SmolStr, decides| {
        let span = Span::new(module.file, range);
        if !found.iter().any(|it: &Switch| it.span == span) {
            found.push(Switch {
                setting: setting.clone(),
                span,
                decides,
            });
        }
    };
    for stmt in &tree.stmts {
        let StmtKind::If { test, .. } = stmt.kind else {
            continue;
        };
        let test = tree.expr(test).range;
        let behind = TextRange::new(test.end, stmt.range.end);
        if let Some(setting) = read.within(test)
            && behind.text(&module.text).contains("operations")
        {
            add(test, setting, Decided::Operations);
        }
    }
    let Some(list) = operations.filter(|it| it.file == module.file) else {
        return found;
    };
    let in_list = |range: TextRange| contains(list.range, range);
    for expr in tree.exprs.iter().filter(|it| in_list(it.range)) {
        let ExprKind::Conditional { test, .. } = expr.kind else {
            continue;
        };
        let test = tree.expr(test).range;
        let Some(setting) = read.within(test) else {
            continue;
        };
        match innermost(tree, &module.text, expr.range) {
            Some(name) if OPTIONS.contains(&name) => add(test, setting, option(name)),
            Some(name) if !PARTS.contains(&name) => {}
            Some(_) | None => add(test, setting, Decided::Operations),
        }
    }
    for keyword in &tree.keywords {
        let value = tree.expr(keyword.value).range;
        let Some(name) = keyword.name.map(|it| it.text(&module.text)) else {
            continue;
        };
        let is_conditional = matches!(tree.expr(keyword.value).kind, ExprKind::Conditional { .. });
        if OPTIONS.contains(&name)
            && in_list(value)
            && !is_conditional
            && let Some(setting) = read.within(value)
        {
            add(value, setting, option(name));
        }
    }
    found
}

/// Whether a text looks as if settings were read in it that decide anything.
fn may_read(text: &str) -> bool {
    SETTINGS.find_iter(text.as_bytes()).any(|at| {
        let behind = text.get(at + SETTINGS.needle().len()..);
        let behind = behind.unwrap_or_default().trim_start();
        match behind.strip_prefix('.') {
            Some(name) => {
                let name = name.trim_start().as_bytes();
                let (name, rest) = name.split_at(ascii_word_length(name));
                // What stands in several lines, or is not ASCII, is looked at in the tree.
                let is_all = rest.first().is_none_or(u8::is_ascii) && !name.is_empty();
                !is_all || std::str::from_utf8(name).is_ok_and(decides_alone)
            }
            // `getattr(settings, ...)`, `(settings).NAME`, and what may stand in between.
            None => behind.starts_with([',', ')', '#', '\\']),
        }
    })
}

fn option(name: &str) -> Decided {
    Decided::Option(SmolStr::new(name))
}

const fn contains(outer: TextRange, inner: TextRange) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// The name of the innermost argument that a place is part of.
fn innermost<'t>(tree: &Tree, text: &'t str, range: TextRange) -> Option<&'t str> {
    let around = tree
        .keywords
        .iter()
        .filter(|keyword| contains(tree.expr(keyword.value).range, range));
    let nearest = around.min_by_key(|keyword: &&Keyword| tree.expr(keyword.value).range.len());
    nearest?.name.map(|name| name.text(text))
}

/// The places where settings are read, or names that hold one.
struct Read {
    places: Vec<(TextRange, SmolStr)>,
}

impl Read {
    fn within(&self, range: TextRange) -> Option<&SmolStr> {
        let mut places = self.places.iter();
        places
            .find(|(place, _)| contains(range, *place))
            .map(|(_, setting)| setting)
    }
}

fn read(tree: &Tree, text: &str) -> Read {
    let is_settings = |id: ExprId| {
        let expr = tree.expr(id);
        matches!(expr.kind, ExprKind::Name) && expr.range.text(text) == "settings"
    };
    let mut places = Vec::new();
    for expr in &tree.exprs {
        let setting = match expr.kind {
            ExprKind::Attribute { value, attribute } if is_settings(value) => attribute.text(text),
            // `getattr(settings, "WITH_ARCHIVE", False)`, `hasattr(...)`.
            ExprKind::Call { function, args, .. } => match tree.list(args) {
                [first, second, ..]
                    if is_settings(*first)
                        && tree.expr(function).range.text(text).ends_with("attr") =>
                {
                    let quotes = ['"', '\''];
                    tree.expr(*second).range.text(text).trim_matches(quotes)
                }
                _ => continue,
            },
            _ => continue,
        };
        if decides_alone(setting) {
            places.push((expr.range, SmolStr::new(setting)));
        }
    }
    let mut read = Read { places };
    if read.places.is_empty() {
        return read;
    }
    let mut held: Vec<(&str, SmolStr)> = Vec::new();
    for stmt in &tree.stmts {
        if let StmtKind::Assign { targets, value } = stmt.kind
            && let [target] = tree.list(targets)
            && matches!(tree.expr(*target).kind, ExprKind::Name)
            && let Some(setting) = read.within(tree.expr(value).range)
        {
            held.push((tree.expr(*target).range.text(text), setting.clone()));
        }
    }
    held.retain(|(name, _)| *name != "operations" && *name != "dependencies");
    for expr in &tree.exprs {
        if let ExprKind::Name = expr.kind
            && let Some((_, setting)) = held.iter().find(|it| it.0 == expr.range.text(text))
        {
            read.places.push((expr.range, setting.clone()));
        }
    }
    read
}

/// Whether no other means is there for what a setting decides.
fn decides_alone(setting: &str) -> bool {
    let is_upper = setting
        .chars()
        .all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_');
    let mut words = setting.split('_');
    let is_of_database = words.any(|it| matches!(it, "DATABASE" | "DATABASES" | "DB" | "ENGINE"));
    is_upper && !setting.ends_with("_MODEL") && !is_of_database
}
