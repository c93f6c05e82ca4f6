//! Reads paths from standard input, one a line, and prints for each whether our
//! Python front end parses it, for `tests/conformance/syntax_parity.py`:
//!
//! `verdict TAB verdict with deferred bodies TAB newest syntax TAB first Python
//! without the syntax, or - TAB microseconds TAB path TAB first message`
//!
//! A verdict is `ok`, `error` or `panic`.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::io::BufRead;
use std::panic::catch_unwind;
use std::time::Instant;

use whimbrel::python::tree::{Body, StmtKind, Tree};
use whimbrel::python::{Bodies, decode_source, parse_body, parse_module};

struct Answer {
    whole: bool,
    deferred: bool,
    newest: (u8, u8),
    removed: Option<(u8, u8)>,
    microseconds: u128,
    message: String,
}

fn main() {
    for path in std::io::stdin().lock().lines().map_while(Result::ok) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                println!("error\terror\t3.8\t-\t0\t{path}\t{error}");
                continue;
            }
        };
        match catch_unwind(|| answer(&bytes)) {
            Ok(answer) => println!(
                "{}\t{}\t{}.{}\t{}\t{}\t{path}\t{}",
                verdict(answer.whole),
                verdict(answer.deferred),
                answer.newest.0,
                answer.newest.1,
                answer
                    .removed
                    .map_or("-".to_owned(), |(major, minor)| format!("{major}.{minor}")),
                answer.microseconds,
                answer.message,
            ),
            Err(_) => println!("panic\tpanic\t3.8\t-\t0\t{path}\t"),
        }
    }
}

fn verdict(ok: bool) -> &'static str {
    if ok { "ok" } else { "error" }
}

fn answer(bytes: &[u8]) -> Answer {
    let start = Instant::now();
    let text = match decode_source(bytes) {
        Ok(text) => text,
        Err(error) => {
            return Answer {
                whole: false,
                deferred: false,
                newest: (3, 8),
                removed: None,
                microseconds: start.elapsed().as_micros(),
                message: error.to_string(),
            };
        }
    };
    let whole = parse_module(&text, Bodies::Parse);
    let microseconds = start.elapsed().as_micros();
    let message = whole
        .errors
        .first()
        .map(|error| {
            let line = text
                .get(..error.range.start as usize)
                .unwrap_or_default()
                .lines()
                .count();
            format!("line {line}: {}", error.message)
        })
        .unwrap_or_default();
    Answer {
        whole: whole.errors.is_empty(),
        deferred: parses_piecewise(&text),
        newest: whole.newest,
        removed: whole.removed,
        microseconds,
        message,
    }
}

/// Whether the module parses with bodies skipped, and then each body.
fn parses_piecewise(text: &str) -> bool {
    let skipped = parse_module(text, Bodies::Skip);
    skipped.errors.is_empty()
        && deferred(&skipped.tree).all(|range| parse_body(text, range).errors.is_empty())
}

fn deferred(tree: &Tree) -> impl Iterator<Item = whimbrel::base::TextRange> + '_ {
    tree.stmts.iter().filter_map(|stmt| match stmt.kind {
        StmtKind::FunctionDef {
            body: Body::Deferred(range),
            ..
        } => Some(range),
        _ => None,
    })
}
