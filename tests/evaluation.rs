//! Case documents of static evaluation: `fixtures/python/evaluation/*.md`.
//!
//! A case has files and, under `` `output`: ``, what is read of their migrations.
//! `UPDATE_EXPECT=1` rewrites the outputs; `CASE=part-of-a-name` runs only some
//! documents. The conformance suite compares the same cases with Django.

use std::path::{Path, PathBuf};

use whimbrel::pipeline::Purpose;

use crate::console::repository;
use crate::support::documents::{Case, analyse, cases};
use crate::support::dump::Dump;

const OUTPUT: &str = "output";

fn documents() -> Vec<PathBuf> {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut documents: Vec<PathBuf> =
        std::fs::read_dir(repository().join("fixtures/python/evaluation"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_str().unwrap().contains(&wanted))
            .collect();
    documents.sort();
    documents
}

fn observe(mut case: Case) -> String {
    case.files.retain(|(path, _)| path != OUTPUT);
    let folder = tempfile::tempdir().unwrap();
    case.unpack(folder.path());
    let (files, analysis) = analyse(folder.path(), Purpose::Graph, 1);
    let mut dump = Dump {
        files: &files,
        out: String::new(),
    };
    for app in analysis.projects.iter().flat_map(|it| &it.project.apps) {
        // Django's own, which the settings may name, are told elsewhere.
        if app.folder.is_some() {
            for migration in &app.migrations {
                dump.migration(migration);
            }
        }
    }
    for diagnostic in &analysis.diagnostics {
        // What the front end says itself; other rules have documents of their own.
        if matches!(
            diagnostic.rule,
            "syntax-error" | "not-a-migration" | "unreadable-file" | "internal-error"
        ) {
            dump.diagnostic(diagnostic);
        }
    }
    dump.out
}

/// The document with what each case gives as its output.
fn rewritten(text: &str) -> String {
    let mut outputs = cases(text).into_iter().map(observe);
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line.strip_prefix('`') != Some("output`:") {
            continue;
        }
        for line in lines.by_ref() {
            out.push_str(line);
            out.push('\n');
            if line.starts_with("```") {
                break;
            }
        }
        let output = outputs.next().expect("each output has a case");
        out.push_str(&output);
        let _ = lines.by_ref().find(|line| *line == "```");
        out.push_str("```\n");
    }
    assert!(
        outputs.next().is_none(),
        "each case has a block under `{OUTPUT}`:"
    );
    out
}

#[test]
fn what_is_read_equals_what_is_recorded() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut faults = Vec::new();
    let mut count = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        count += cases(&text).len();
        let read = rewritten(&text);
        if read == text {
            continue;
        }
        if update {
            std::fs::write(&document, read).unwrap();
        } else {
            faults.push(difference(&document, &text, &read));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    assert!(count > 0);
}

/// The first line that differs, with those before it.
fn difference(document: &Path, recorded: &str, read: &str) -> String {
    let (recorded, read): (Vec<&str>, Vec<&str>) =
        (recorded.lines().collect(), read.lines().collect());
    let shared = recorded
        .iter()
        .zip(&read)
        .take_while(|(left, right)| left == right)
        .count();
    let heading = recorded[..shared]
        .iter()
        .rfind(|line| line.starts_with("## "))
        .unwrap_or(&"");
    let told = |lines: &[&str]| lines.get(shared).copied().unwrap_or("(the end)").to_owned();
    format!(
        "{}:{} {heading}\n  recorded: {}\n  read:     {}",
        document.file_name().unwrap().to_string_lossy(),
        shared + 1,
        told(&recorded),
        told(&read)
    )
}
