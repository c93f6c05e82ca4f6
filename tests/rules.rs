//! Case documents of rules: `fixtures/rules/<rule>.md`.
//!
//! A trailing comment `# error: [rule-name] "part of the message"` expects a finding
//! whose primary label begins on that line, with `# ^ error: ...` on the line above;
//! several may follow each other.
//!
//! Checked unasked: no findings beyond those expected, a flagged and an accepted case
//! for each rule, and the same findings from one thread and from many.
//! `CASE=part-of-a-name` runs only some documents.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use whimbrel::base::Files;
use whimbrel::diag::Diagnostic;
use whimbrel::lint::{Category, RULES};
use whimbrel::pipeline::{Language, Purpose, convert};
use whimbrel::workspace::{self, Compare, Options};

use crate::console::repository;
use crate::support::branch::plain_path;
use crate::support::documents::{Case, cases, compare};
use crate::support::git;

/// A finding as a comment tells it, or as a test compares it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Expected {
    path: String,
    line: usize,
    level: String,
    rule: String,
    part: String,
}

fn documents() -> Vec<PathBuf> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut documents: Vec<PathBuf> = std::fs::read_dir(repository().join("fixtures/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .filter(|path| path.to_str().unwrap().contains(&wanted))
        .collect();
    documents.sort();
    documents
}

/// `# error: [rule] "part"  # info: [other]`.
fn expected(path: &str, content: &str) -> Vec<Expected> {
    let mut out = Vec::new();
    for (at, line) in content.lines().enumerate() {
        for comment in line.split("# ").skip(1) {
            let Some((level, rest)) = comment.split_once(": [") else {
                continue;
            };
            let (level, above) = match level.strip_prefix("^ ") {
                Some(level) => (level, 1),
                None => (level, 0),
            };
            if !["error", "warning", "info", "bug"].contains(&level) {
                continue;
            }
            let (rule, rest) = rest.split_once(']').expect("a rule ends with `]`");
            let part = rest.trim().trim_matches('"');
            out.push(Expected {
                path: path.to_owned(),
                line: at + 1 - above,
                level: level.to_owned(),
                rule: rule.to_owned(),
                part: part.to_owned(),
            });
        }
    }
    out
}

/// What a conversion of a folder to the language that its files are not in tells.
fn unconverted(root: &Path) -> (Arc<Files>, Vec<Diagnostic>) {
    let files = Arc::new(Files::default());
    let options = Options {
        cwd: root.to_owned(),
        ..Options::default()
    };
    let sources = workspace::discover(&files, &options, &[root.to_owned()]).unwrap();
    let mut left = Vec::new();
    for language in [Language::Mig, Language::Python] {
        let _ = convert(language, &files, &sources, &mut left);
    }
    (files, left)
}

/// The findings in a folder, and all that is said in them as one text.
fn findings(
    document: &str,
    root: &Path,
    since: Option<&str>,
    threads: usize,
) -> (Vec<Expected>, String) {
    if document == "unconverted-migration" {
        let (files, left) = unconverted(root);
        let found = left.iter().map(|diagnostic| observed(&files, diagnostic));
        return (found.collect(), String::new());
    }
    let against = since.map(|since| Compare {
        since: Some(since.to_owned()),
        ..Compare::default()
    });
    let (files, analysis) = compare(root, Purpose::Check, threads, against);
    let found = analysis.diagnostics.iter();
    let found = found
        .map(|diagnostic| observed(&files, diagnostic))
        .collect();
    let mut said = String::new();
    for diagnostic in &analysis.diagnostics {
        say(&files, diagnostic, &mut said);
    }
    (found, said)
}

fn observed(files: &Files, diagnostic: &Diagnostic) -> Expected {
    let (start, _) = files.positions(diagnostic.primary.span);
    Expected {
        path: files.path(diagnostic.primary.span.file).to_string(),
        line: start.line as usize,
        level: diagnostic.level.as_str().to_owned(),
        rule: diagnostic.rule.to_owned(),
        part: diagnostic.message.clone(),
    }
}

fn say(files: &Files, diagnostic: &Diagnostic, out: &mut String) {
    let _ = writeln!(out, "{} [{}]", diagnostic.message, diagnostic.rule);
    for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.labels) {
        let path = files.path(label.span.file);
        let (start, end) = files.positions(label.span);
        let _ = writeln!(
            out,
            "  {path}:{}:{}-{}:{} {}",
            start.line, start.column, end.line, end.column, label.message
        );
    }
    for line in diagnostic.notes.iter().chain(&diagnostic.help) {
        let _ = writeln!(out, "  = {line}");
    }
}

/// Compares one case; faults are added to `out`. Returns the rules that it expects.
fn run(document: &str, case: &Case, out: &mut String) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let since = if case.is_branch() {
        case.unpack_branch(folder.path());
        Some("main")
    } else {
        case.unpack(folder.path());
        None
    };
    let wanted: Vec<Expected> = case
        .files
        .iter()
        .flat_map(|(path, content)| expected(plain_path(path), content))
        .collect();
    let (found, said) = findings(document, folder.path(), since, 1);
    let (_, said_by_many) = findings(document, folder.path(), since, 4);
    let name = format!("{document}: {}", case.name);
    if said != said_by_many {
        let _ = writeln!(
            out,
            "{name}\n  one thread:\n{said}\n  four:\n{said_by_many}"
        );
    }
    let fits = |wanted: &Expected, found: &Expected| {
        wanted.line == found.line
            && wanted.level == found.level
            && wanted.rule == found.rule
            && found.path.ends_with(&wanted.path)
            && found.part.contains(&wanted.part)
    };
    let mut left = found.clone();
    for wanted in &wanted {
        match left.iter().position(|found| fits(wanted, found)) {
            Some(at) => {
                left.remove(at);
            }
            None => {
                let _ = writeln!(out, "{name}\n  lacks {wanted:?}");
            }
        }
    }
    for found in left {
        if !is_beside_the_point(document, &found.rule) {
            let _ = writeln!(out, "{name}\n  unexpected {found:?}");
        }
    }
    wanted.into_iter().map(|wanted| wanted.rule).collect()
}

/// Rules on what a migration does to rows and to those who use them have much to say
/// about cases of rules on files, the graph and the models, which are not about that.
fn is_beside_the_point(document: &str, found: &str) -> bool {
    let judges_execution = |name: &str| {
        whimbrel::lint::rule(name).is_some_and(|rule| {
            matches!(
                rule.category,
                Category::Locking | Category::Rollout | Category::Data
            )
        })
    };
    judges_execution(found) && !judges_execution(document)
}

#[test]
fn findings_equal_the_annotations() {
    let mut faults = String::new();
    for path in documents() {
        let document = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let cases = cases(&text);
        if cases.iter().any(Case::is_branch) && !git::is_there() {
            continue;
        }
        let mut flagged = 0;
        for case in &cases {
            if run(document, case, &mut faults)
                .iter()
                .any(|rule| rule == document)
            {
                flagged += 1;
            }
        }
        if flagged == 0 {
            let _ = writeln!(faults, "{document}: no case flags the rule");
        }
        if flagged == cases.len() {
            let _ = writeln!(faults, "{document}: no case is accepted");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

const FUNCTIONS: &str = "it is about functions, which are Python's for both languages";

/// Rules that lack a flagged or an accepted case in a language, and why.
const IN_ONE_LANGUAGE: &[(&str, &str, &str)] = &[
    (
        "doubled-migration",
        "Python",
        "it points at the `.mig` file",
    ),
    ("formatted-sql", "`.mig`", FUNCTIONS),
    ("imported-app-code", "`.mig`", FUNCTIONS),
    ("imported-model", "`.mig`", FUNCTIONS),
    ("missing-init", "`.mig`", "packages are Python's"),
    (
        "not-a-migration",
        "`.mig`",
        "every `.mig` file is a migration",
    ),
    (
        "removed-django-api",
        "`.mig`",
        "it is about imports, and `.mig` has none",
    ),
    ("row-by-row-write", "`.mig`", FUNCTIONS),
    ("schema-change-in-function", "`.mig`", FUNCTIONS),
    (
        "settings-dependent-operations",
        "`.mig`",
        "it is about tests in Python, and `.mig` has none",
    ),
    ("unbatched-read", "`.mig`", FUNCTIONS),
    ("unbounded-update", "`.mig`", FUNCTIONS),
    ("uncopied-squash-function", "`.mig`", FUNCTIONS),
    (
        "uncompiled-statement",
        "Python",
        "it is about statements of `.mig`",
    ),
    (
        "unknown-starting-point",
        "`.mig`",
        "it is about the configuration",
    ),
    (
        "unknown-starting-point",
        "Python",
        "it is about the configuration",
    ),
    (
        "unreadable-file",
        "`.mig`",
        "it is about bytes, whatever the language",
    ),
];

/// No rule knows languages, so each has a flagged and an accepted case in both.
#[test]
fn every_rule_has_cases_in_both_languages() {
    let mut faults = String::new();
    for path in documents() {
        let document = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut counts = [[0; 2]; 2];
        for case in cases(&text) {
            let is_flagged = |extension: &str| {
                let mut files = case
                    .files
                    .iter()
                    .filter(|(path, _)| path.ends_with(extension));
                let expected = |(path, content): &(String, String)| expected(path, content);
                files.any(|file| expected(file).iter().any(|it| it.rule == document))
            };
            let has = |extension: &str| {
                let mut files = case.files.iter();
                files.any(|(path, _)| path.contains("migrations/") && path.ends_with(extension))
            };
            for (language, extension) in [".py", ".mig"].into_iter().enumerate() {
                if is_flagged(extension) {
                    counts[language][0] += 1;
                } else if has(extension) {
                    counts[language][1] += 1;
                }
            }
        }
        let is_exempt = |language: &str| {
            let mut exempt = IN_ONE_LANGUAGE.iter();
            exempt.any(|(rule, other, _)| *rule == document && *other == language)
        };
        for (language, of_language) in ["Python", "`.mig`"].into_iter().zip(counts) {
            for (kind, count) in ["flagged", "accepted"].into_iter().zip(of_language) {
                if count == 0 && !is_exempt(language) {
                    let _ = writeln!(faults, "{document}: no {kind} case in {language}");
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn every_rule_has_a_document_of_cases_and_the_reverse() {
    let rules: BTreeSet<String> = RULES.iter().map(|rule| rule.name.to_owned()).collect();
    let folder = std::fs::read_dir(repository().join("fixtures/rules")).unwrap();
    let documents: BTreeSet<String> = folder
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(rules, documents);
}

#[test]
fn every_rule_has_a_page_with_all_headings() {
    const HEADINGS: [&str; 6] = [
        "## What it does",
        "## Why it is bad",
        "## Example",
        "## Use instead",
        "## When it is silent",
        "## References",
    ];
    for rule in RULES {
        let headings: Vec<&str> = rule
            .page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        assert_eq!(headings, HEADINGS, "{}", rule.name);
        let title = format!("# {}\n", rule.name);
        assert!(rule.page.starts_with(&title), "{}", rule.name);
        for link in rule.page.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            if let Some(other) = target.strip_suffix(".md") {
                assert!(
                    whimbrel::lint::rule(other).is_some(),
                    "{}: {other}",
                    rule.name
                );
            }
        }
    }
}

#[test]
fn rules_are_sorted_and_named_in_kebab_case() {
    assert!(RULES.is_sorted_by(|left, right| left.name < right.name));
    for rule in RULES {
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(rule.name.bytes().all(kebab), "{}", rule.name);
        assert!(!rule.summary.ends_with('.'), "{}", rule.name);
        assert!(rule.summary.len() <= 80, "{}", rule.name);
        assert!(std::ptr::eq(
            whimbrel::lint::rule(rule.name).unwrap(),
            *rule
        ));
    }
}
