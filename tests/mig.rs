//! The language of `.mig` files: `fixtures/syntax/mig`.
//!
//! `ok` is read without a finding but for what is not compiled yet, and is in the one
//! style. `err` has what is shown of it beside it in `.expect` files, which
//! `UPDATE_EXPECT=1` rewrites.

use std::fs;
use std::path::{Path, PathBuf};

use whimbrel::base::Files;
use whimbrel::diag::Diagnostic;
use whimbrel::ir::{Migration, MigrationId};
use whimbrel::mig;
use whimbrel::python::finder::{ModuleFinder, ModuleSource};
use whimbrel::python::{Detail, Modules, Resolver};
use whimbrel::report::full::{self, Colour};

use crate::console::repository;

/// Nothing is imported.
struct Alone;

impl ModuleFinder for Alone {
    fn find(&self, _dotted: &str) -> Option<ModuleSource> {
        None
    }
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = repository().join("fixtures/syntax/mig").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "mig"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn name(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// A text read as `blog.0002_x`.
pub(crate) fn read(shown: &str, text: &str) -> (Files, Migration, Vec<Diagnostic>) {
    let files = Files::default();
    let file = files.add(shown, text);
    let read = {
        let modules = Modules::new(&files);
        let resolver = Resolver {
            modules: &modules,
            finder: &Alone,
            settings_module: None,
            constants: None,
        };
        let id = MigrationId::new("blog", "0002_x");
        mig::read_migration(resolver, file, "blog.migrations.0002_x", id, Detail::Whole)
    };
    (files, read.migration.unwrap(), read.diagnostics)
}

fn shown(files: &Files, diagnostics: &[Diagnostic]) -> String {
    let mut out = Vec::new();
    full::write(&mut out, files, diagnostics, Colour::Never).unwrap();
    String::from_utf8(out).unwrap()
}

/// The tree without places.
fn tree(text: &str) -> String {
    let arena = mig::arena_for(text);
    let parsed = mig::parse(text, &arena);
    assert_eq!(parsed.errors, [], "{text}");
    let told = format!("{:#?}", parsed.tree.statements);
    // Places are the only numbers behind `start:` and `end:`.
    told.lines()
        .filter(|line| {
            let line = line.trim_start();
            !line.starts_with("start: ") && !line.starts_with("end: ")
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Formatting keeps what a text means, and leaves what it made as it is.
fn check_style(what: &str, text: &str) -> String {
    let once = mig::format(text).unwrap_or_else(|why| panic!("{what}: {why:?}\n{text}"));
    assert_eq!(tree(text), tree(&once), "{what}");
    let twice = mig::format(&once).unwrap();
    assert_eq!(once, twice, "{what}: formatting again changes it");
    once
}

#[test]
fn accepted_files_are_read_whole_and_are_in_style() {
    for path in fixtures("ok") {
        let text = fs::read_to_string(&path).unwrap();
        let what = name(&path);
        let (files, migration, mut diagnostics) = read(what, &text);
        diagnostics.retain(|diagnostic| diagnostic.rule != "uncompiled-statement");
        assert!(
            diagnostics.is_empty(),
            "{what}\n{}",
            shown(&files, &diagnostics)
        );
        assert!(!migration.operations.is_empty() || !migration.unread.is_empty());
        assert_eq!(check_style(what, &text), text, "{what}");
    }
}

#[test]
fn mistakes_are_told_as_recorded() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let fixtures = fixtures("err");
    assert!(fixtures.len() >= 120, "{}", fixtures.len());
    for path in fixtures {
        let text = fs::read_to_string(&path).unwrap();
        let (files, _, diagnostics) = read(&format!("{}.mig", name(&path)), &text);
        assert!(!diagnostics.is_empty(), "{}", path.display());
        let found = shown(&files, &diagnostics);
        let expected = path.with_extension("expect");
        if update {
            fs::write(&expected, &found).unwrap();
            continue;
        }
        let expected = fs::read_to_string(&expected).unwrap_or_default();
        assert_eq!(
            found,
            expected,
            "{} (UPDATE_EXPECT=1 accepts it)",
            path.display()
        );
    }
}

/// Every file of `err` has one mistake, but for the one that is called so.
#[test]
fn a_mistake_costs_one_finding() {
    for path in fixtures("err") {
        if name(&path) == "several-mistakes" {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (files, _, mut diagnostics) = read(name(&path), &text);
        diagnostics.retain(|diagnostic| diagnostic.rule != "uncompiled-statement");
        assert_eq!(
            diagnostics.len(),
            1,
            "{}\n{}",
            path.display(),
            shown(&files, &diagnostics)
        );
    }
}

/// Every word that means something somewhere is the name of a field all the same.
#[test]
fn a_field_may_be_called_like_any_keyword() {
    let grammar = fs::read_to_string(repository().join("grammar/mig.ebnf")).unwrap();
    let mut words: Vec<&str> = grammar
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            word.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words.dedup();
    assert!(words.len() > 80, "{words:?}");
    let mut text = String::from("create model Post {\n");
    for word in &words {
        text.push_str(&format!("  {word}: int\n"));
    }
    text.push_str("}\n\nalter model Post {\n");
    for word in &words {
        text.push_str(&format!("  add {word}: int\n  change {word}: int null\n"));
        text.push_str(&format!("  rename {word} -> other\n  drop `{word}`\n"));
    }
    text.push_str("}\n");
    let (files, migration, diagnostics) = read("keywords", &text);
    assert!(diagnostics.is_empty(), "{}", shown(&files, &diagnostics));
    assert_eq!(migration.operations.len(), 1 + 4 * words.len());
    check_style("keywords", &text);
}

/// Examples in Markdown are fenced as `mig`.
#[test]
fn every_example_of_the_documentation_is_read() {
    let mut examples = 0;
    for folder in ["docs", "docs/rules", "grammar"] {
        for entry in fs::read_dir(repository().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for block in text.split("```mig\n").skip(1) {
                let example = block.split("```").next().unwrap();
                let (files, _, mut diagnostics) = read(path.to_str().unwrap(), example);
                diagnostics.retain(|diagnostic| diagnostic.rule != "uncompiled-statement");
                assert!(
                    diagnostics.is_empty(),
                    "{}\n{}",
                    path.display(),
                    shown(&files, &diagnostics)
                );
                let what = path.to_str().unwrap();
                assert_eq!(check_style(what, example), example, "{what}");
                examples += 1;
            }
        }
    }
    assert!(examples >= 18, "{examples}");
}

/// Whatever is cut off, and wherever, reading ends, and places lie in the text.
#[test]
fn cut_files_are_read_without_a_fault() {
    let files: Vec<PathBuf> = [fixtures("ok"), fixtures("err")].concat();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        if text.len() > 3_000 {
            continue;
        }
        for (at, _) in text.char_indices() {
            let cut = &text[..at];
            let arena = mig::arena_for(cut);
            let parsed = mig::parse(cut, &arena);
            for error in &parsed.errors {
                let range = error.range;
                assert!(
                    range.start <= range.end && range.end as usize <= at,
                    "{cut}"
                );
                assert!(cut.is_char_boundary(range.start as usize), "{cut}");
                assert!(cut.is_char_boundary(range.end as usize), "{cut}");
            }
            let _ = mig::format(cut);
        }
    }
}

#[test]
fn deep_nesting_ends_with_a_finding() {
    let deep = [
        format!(
            "create model A {{\n  a: json default={}{}\n}}\n",
            "[".repeat(100_000),
            "]".repeat(100_000)
        ),
        format!(
            "create model A {{\n  check a: {}b = 1\n}}\n",
            "not ".repeat(100_000)
        ),
        format!(
            "create model A {{\n  a: int default={}1\n}}\n",
            "- ".repeat(100_000)
        ),
        format!(
            "{}{}",
            "on postgres {\n".repeat(100_000),
            "}\n".repeat(100_000)
        ),
        format!(
            "create model A {{\n  index i (a{})\n}}\n",
            " + a".repeat(100_000)
        ),
    ];
    for text in deep {
        let (_, _, diagnostics) = read("deep", &text);
        assert!(!diagnostics.is_empty());
        assert!(mig::format(&text).is_err());
    }
}

/// Text blocks hold what they hold, wherever they are moved.
#[test]
fn text_blocks_keep_their_text() {
    let text =
        "on postgres {\nsql {\nup \"\"\"\n      SELECT 1\n\n        FROM x\n      \"\"\"\n}\n}\n";
    let once = check_style("text block", text);
    assert_eq!(
        once,
        "on postgres {\n  sql {\n    up \"\"\"\n      SELECT 1\n\n        FROM x\n      \"\"\"\n  }\n}\n"
    );
    let once = check_style("quotes at the end", "sql \"\"\"\nSELECT \"\"\"\"\"\"\n");
    assert_eq!(once, "sql \"\"\"\"\n  SELECT \"\"\"\n  \"\"\"\"\n");
}

#[test]
fn comments_keep_their_place() {
    let text = "# top\ninitial # first\n\n\n# about the model\ncreate model A { # here\n# field\na: int # int\n# last\n}\n# end\n";
    assert_eq!(
        check_style("comments", text),
        "# top\ninitial  # first\n\n# about the model\ncreate model A {  # here\n  # field\n  a: int  # int\n  # last\n}\n\n# end\n"
    );
    let text = "create model A {\n  options ordering=[ # why\n  \"a\", # first\n  # between\n  \"b\" # second\n  # last\n  ]\n}\n";
    check_style("comments in brackets", text);
}

/// The IR does not show how a file is laid out.
#[test]
fn layout_means_nothing() {
    for path in fixtures("ok") {
        let text = fs::read_to_string(&path).unwrap();
        let spread = text
            .replace(", ", ",\n        ")
            .replace(" {\n", "   {\n\n\n");
        let arena = mig::arena_for(&spread);
        if mig::parse(&spread, &arena).errors.is_empty() {
            assert_eq!(tree(&text), tree(&spread), "{}", path.display());
            check_style(name(&path), &spread);
        }
    }
}
