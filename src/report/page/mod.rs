//! A graph as one page for a browser: what can be asked of it is in `page.js`, all that
//! it shows in one JSON text. The page asks for nothing from anywhere.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::Place;
use super::explained::{Explained, Script};
use crate::base::{FileId, Files};
use crate::diag::Diagnostic;
use crate::graph::draw::Picture;
use crate::ir::{Migration, MigrationId, Project};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub struct Contents<'a> {
    pub project: &'a Project,
    pub picture: &'a Picture,
    pub files: &'a Files,
    pub diagnostics: &'a [Diagnostic],
    pub sql: &'a Explained,
}

#[derive(Serialize)]
struct Data<'a> {
    project: &'a str,
    servers: &'a [String],
    apps: Vec<App<'a>>,
    migrations: Vec<Node<'a>>,
    /// What is about no migration that is shown.
    others: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct App<'a> {
    label: &'a str,
    outside: bool,
}

#[derive(Serialize)]
struct Node<'a> {
    app: usize,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<&'static str>,
    squashes: usize,
    /// What it depends on, by place.
    after: Vec<usize>,
    operations: Vec<String>,
    findings: Vec<Finding<'a>>,
    /// A script for each server.
    sql: &'a [Script],
}

#[derive(Serialize)]
struct Finding<'a> {
    level: &'static str,
    rule: &'a str,
    message: &'a str,
    place: String,
    notes: &'a [String],
    help: &'a [String],
}

/// The page.
#[must_use]
pub fn page(contents: Contents<'_>) -> String {
    // Names, paths and numbers alone: nothing in them can fail.
    let data = serde_json::to_string(&data(contents)).unwrap_or_default();
    // No text of the data ends the element that holds it, or begins a comment in it.
    let data = data.replace('<', "\\u003c");
    // Each mark stands once and before what is put in for the next one.
    let (before, rest) = cut(PAGE, "{{style}}");
    let (between, rest) = cut(rest, "{{data}}");
    let (after, end) = cut(rest, "{{script}}");
    [before, STYLE, between, &data, after, SCRIPT, end].concat()
}

fn cut<'t>(text: &'t str, mark: &str) -> (&'t str, &'t str) {
    text.split_once(mark).unwrap_or((text, ""))
}

fn data<'a>(contents: Contents<'a>) -> Data<'a> {
    let Contents {
        project,
        picture,
        files,
        sql,
        ..
    } = contents;
    let migrations: FxHashMap<(&str, &str), &Migration> = project
        .apps
        .iter()
        .flat_map(|app| &app.migrations)
        .map(|it| ((it.id.app.as_str(), it.id.name.as_str()), it))
        .collect();
    let mut nodes: Vec<Node<'a>> = Vec::with_capacity(picture.nodes.len());
    let mut of_id: FxHashMap<(&str, &str), usize> = FxHashMap::default();
    let mut of_file: FxHashMap<FileId, usize> = FxHashMap::default();
    for (at, node) in picture.nodes.iter().enumerate() {
        let label = picture.apps[node.app].label.as_str();
        let migration = migrations.get(&(label, node.name.as_str())).copied();
        of_id.insert((label, &node.name), at);
        // Migrations of Django that whimbrel describes itself stand in no file.
        let file = migration
            .map(|it| it.file)
            .filter(|file| *file != FileId::NONE);
        of_file.extend(file.map(|file| (file, at)));
        nodes.push(Node {
            app: node.app,
            name: &node.name,
            path: file.map(|file| files.path(file).to_string()),
            mark: node.mark.map(|mark| mark.as_str()),
            squashes: node.squashes,
            after: Vec::new(),
            operations: migration.map_or_else(Vec::new, operations),
            findings: Vec::new(),
            sql: sql
                .scripts
                .get(&MigrationId::new(label, node.name.as_str()))
                .map_or(&[], Vec::as_slice),
        });
    }
    for edge in &picture.edges {
        nodes[edge.to].after.push(edge.from);
    }
    let mut others = Vec::new();
    for diagnostic in contents.diagnostics {
        let subject = &diagnostic.subject;
        let named = subject.app.as_deref().zip(subject.migration.as_deref());
        let at = named
            .and_then(|name| of_id.get(&name))
            .or_else(|| of_file.get(&diagnostic.primary.span.file));
        let finding = finding(files, diagnostic);
        match at.and_then(|at| nodes.get_mut(*at)) {
            Some(node) => node.findings.push(finding),
            None => others.push(finding),
        }
    }
    Data {
        project: &project.root,
        servers: &sql.servers,
        apps: picture
            .apps
            .iter()
            .map(|app| App {
                label: &app.label,
                outside: app.outside,
            })
            .collect(),
        migrations: nodes,
        others,
    }
}

fn operations(migration: &Migration) -> Vec<String> {
    let operations = migration.walk_operations();
    operations.map(|operation| operation.describe()).collect()
}

fn finding<'a>(files: &Files, diagnostic: &'a Diagnostic) -> Finding<'a> {
    let Place {
        path, line, column, ..
    } = Place::new(files, diagnostic.primary.span);
    Finding {
        level: diagnostic.level.as_str(),
        rule: diagnostic.rule,
        message: &diagnostic.message,
        place: format!("{path}:{line}:{column}"),
        notes: &diagnostic.notes,
        help: &diagnostic.help,
    }
}
