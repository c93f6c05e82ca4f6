//! SARIF 2.1.0, for code scanning: findings with the metadata of their rules.
//!
//! Source: the OASIS standard "Static Analysis Results Interchange Format (SARIF)
//! Version 2.1.0".

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Place, details, fingerprints};
use crate::base::{Files, Span};
use crate::diag::{Diagnostic, Level};
use crate::lint::{self, Rule, Suppressed};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Writes one document: findings, and those that comments take away as suppressed.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    files: &Files,
    diagnostics: &[Diagnostic],
    suppressed: &[Suppressed],
) -> io::Result<()> {
    let all = suppressed.iter().map(|it| it.finding.clone());
    let all: Vec<Diagnostic> = diagnostics.iter().cloned().chain(all).collect();
    let used: BTreeSet<&str> = all.iter().map(|it| it.rule).collect();
    let rules: Vec<&Rule> = used.iter().filter_map(|name| lint::rule(name)).collect();
    let prints = fingerprints(files, &all);
    let mut results: Vec<Value> = all
        .iter()
        .zip(&prints)
        .map(|(diagnostic, print)| result(files, diagnostic, print, &rules))
        .collect();
    for (result, by) in results.iter_mut().skip(diagnostics.len()).zip(suppressed) {
        let mut suppression = json!({ "kind": "inSource" });
        if !by.reason.is_empty() {
            suppression["justification"] = json!(by.reason);
        }
        result["suppressions"] = json!([suppression]);
    }
    let document = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "whimbrel",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
                }
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.name,
        "shortDescription": { "text": rule.summary },
        "help": { "text": rule.page, "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.level) },
        "properties": { "tags": [rule.category.as_str()] },
    })
}

fn result(files: &Files, diagnostic: &Diagnostic, print: &str, rules: &[&Rule]) -> Value {
    let mut text = diagnostic.message.clone();
    for detail in details(diagnostic) {
        text.push('\n');
        text.push_str(&detail);
    }
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|label| {
            let mut location = location(files, label.span);
            location["message"] = json!({ "text": label.message });
            location
        })
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "level": level(diagnostic.level),
        "message": { "text": text },
        "locations": [location(files, diagnostic.primary.span)],
        "partialFingerprints": { "whimbrel/v1": print },
    });
    if let Some(at) = rules.iter().position(|rule| rule.name == diagnostic.rule) {
        result["ruleIndex"] = json!(at);
    }
    if !related.is_empty() {
        result["relatedLocations"] = json!(related);
    }
    result
}

fn location(files: &Files, span: Span) -> Value {
    let place = Place::new(files, span);
    json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&place.path) },
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endLine": place.end_line,
                "endColumn": place.end_column,
            },
        },
    })
}

/// A path as a relative URI.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'\\' => out.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Bug | Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}
