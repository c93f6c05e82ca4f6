//! Console cases: Markdown documents in `fixtures/cli/`, each with files and
//! commands and what the commands print.
//!
//! A line `` `path`: `` before a fenced block makes a file in a fresh folder, in
//! which the commands then run; without files they run in the repository. A
//! `console` block holds one command after `$ `, then its standard output, then its
//! standard error behind `! `, then `exit N` unless the command succeeded.
//! `UPDATE_EXPECT=1` rewrites what follows the commands.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const WHIMBREL: &str = env!("CARGO_BIN_EXE_whimbrel");

/// The repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A command as every test runs it: nothing of the caller's environment shows.
pub(crate) fn whimbrel(folder: &Path) -> Command {
    let mut command = Command::new(WHIMBREL);
    command.current_dir(folder);
    for name in [
        "VIRTUAL_ENV",
        "NO_COLOR",
        "FORCE_COLOR",
        "WHIMBREL_BASELINE",
        "WHIMBREL_CONFIG",
        "WHIMBREL_OUTPUT_FORMAT",
        "WHIMBREL_SINCE",
    ] {
        command.env_remove(name);
    }
    command.env("COLUMNS", "100");
    command
}

/// A part of a document.
#[derive(Debug)]
enum Part {
    Text(String),
    File { path: String, content: String },
    Console { fence: String, command: String },
}

/// Splits a document; what a console block expects is returned beside it.
fn parse(document: &str) -> (Vec<Part>, Vec<String>) {
    let mut parts = Vec::new();
    let mut expected = Vec::new();
    let mut file = None;
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        let language = line.trim_start_matches('`');
        let fence = &line[..line.len() - language.len()];
        if fence.len() < 3 {
            if !line.is_empty() {
                file = line
                    .strip_prefix('`')
                    .and_then(|rest| rest.strip_suffix("`:"))
                    .map(str::to_owned);
            }
            parts.push(Part::Text(format!("{line}\n")));
            continue;
        }
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != fence).collect();
        if language == "console" {
            let command = body
                .first()
                .and_then(|line| line.strip_prefix("$ "))
                .expect("a console block starts with a command");
            let mut output = body[1..].join("\n");
            if !output.is_empty() {
                output.push('\n');
            }
            expected.push(output);
            parts.push(Part::Console {
                fence: fence.to_owned(),
                command: command.to_owned(),
            });
        } else if let Some(path) = file.take() {
            let mut content = body.join("\n");
            content.push('\n');
            parts.push(Part::Text(format!("{line}\n{content}{fence}\n")));
            parts.push(Part::File { path, content });
        } else {
            parts.push(Part::Text(format!(
                "{line}\n{}\n{fence}\n",
                body.join("\n")
            )));
        }
    }
    (parts, expected)
}

/// What a command prints, with everything removed that differs from run to run.
pub(crate) fn observe(folder: &Path, arguments: &[&str]) -> String {
    let output = whimbrel(folder)
        .args(arguments)
        .output()
        .expect("the binary runs");
    let mut seen = without_times(&String::from_utf8(output.stdout).expect("output is UTF-8"));
    for line in without_times(&String::from_utf8(output.stderr).expect("output is UTF-8")).lines() {
        if line.is_empty() {
            seen.push_str("!\n");
        } else {
            let _ = writeln!(seen, "! {line}");
        }
    }
    let code = output.status.code().expect("no signal ends the binary");
    if code != 0 {
        let _ = writeln!(seen, "exit {code}");
    }
    seen
}

/// Times replaced: `; 12 ms`, `"seconds": 0.012`.
fn without_times(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let body = line.trim_end_matches('\n');
        if let Some((before, _)) = body.split_once("\"seconds\": ") {
            let _ = writeln!(out, "{before}\"seconds\": [time]");
        } else if let Some((before, time)) = body.rsplit_once("; ")
            && (time.ends_with(" ms") || time.ends_with(" s"))
            && time.starts_with(|first: char| first.is_ascii_digit())
        {
            let _ = writeln!(out, "{before}; [time]");
        } else {
            out.push_str(line);
        }
    }
    out
}

fn run(document: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(document).expect("a fixture can be read");
    let (parts, expected) = parse(&text);
    let has_files = parts.iter().any(|part| matches!(part, Part::File { .. }));
    let fresh = tempfile::tempdir().expect("a temporary folder can be made");
    for part in &parts {
        if let Part::File { path, content } = part {
            write(fresh.path(), path, content);
        }
    }
    let folder = if has_files {
        fresh.path()
    } else {
        repository()
    };
    let mut expected = expected.into_iter();
    let mut rewritten = String::new();
    let mut wrong = String::new();
    for part in &parts {
        match part {
            Part::Text(text) => rewritten.push_str(text),
            Part::File { .. } => {}
            Part::Console { fence, command } => {
                let mut words = command.split_whitespace();
                assert_eq!(words.next(), Some("whimbrel"), "{command}");
                let arguments: Vec<&str> = words.collect();
                let seen = observe(folder, &arguments);
                let wanted = expected.next().unwrap_or_default();
                if seen != wanted {
                    let _ = writeln!(
                        wrong,
                        "{}: `{command}`\n--- expected\n{wanted}--- seen\n{seen}",
                        document.display()
                    );
                }
                let _ = write!(rewritten, "{fence}console\n$ {command}\n{seen}{fence}\n");
            }
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(document, rewritten).expect("a fixture can be written");
        return Ok(());
    }
    Err(wrong)
}

/// Makes a file and the folders above it.
pub(crate) fn write(root: &Path, path: &str, content: &str) -> PathBuf {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().expect("files lie in folders"))
        .expect("a temporary folder can be made");
    std::fs::write(&file, content).expect("a temporary file can be written");
    file
}

#[test]
fn commands_print_what_the_documents_say() {
    let mut documents: Vec<PathBuf> = std::fs::read_dir(repository().join("fixtures/cli"))
        .expect("the folder of console cases is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    documents.sort();
    assert!(!documents.is_empty());
    let wrong: Vec<String> = documents
        .iter()
        .filter_map(|document| run(document).err())
        .collect();
    assert!(
        wrong.is_empty(),
        "{}\nUPDATE_EXPECT=1 rewrites the expectations",
        wrong.join("\n")
    );
}
