//! What is left of the findings once configuration and comments have had their say,
//! and what is to be said of the comments.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::baseline::fingerprint;
use super::meaning;
use super::rule::Rule;
use super::rules::control::{unknown_suppression, unreasoned_suppression, unused_suppression};
use super::selection;
use super::since::settled;
use super::suppress::{self, Misspelt, Reach, Suppression};
use crate::base::{FileId, Files, TextRange};
use crate::diag::{Diagnostic, Subject};
use crate::graph::MigrationGraph;
use crate::ir::migration::Language;
use crate::ir::policy::Policy;
use crate::ir::{AppOrigin, Migration, MigrationId, Operation, Project};
use crate::{mig, python};

/// What holds for files of a project, kept after its migrations are gone.
#[derive(Debug, Default)]
pub struct Controls {
    files: FxHashMap<FileId, FileControl>,
}

/// What holds for one file.
#[derive(Debug)]
struct FileControl {
    policy: Arc<Policy>,
    migration: MigrationId,
    /// django-migration-linter's `IgnoreMigration()` is among the operations.
    is_ignored: bool,
    /// It ran long ago, so that what running it does is not judged.
    is_settled: bool,
    /// Few files have comments for whimbrel.
    comments: Option<Box<Comments>>,
    /// The places of its operations with what they mean, where that was asked for.
    prints: Option<Vec<(TextRange, String)>>,
}

/// What the comments of a file say.
#[derive(Debug)]
struct Comments {
    suppressions: Vec<Suppression>,
    misspelt: Vec<Misspelt>,
}

/// Whether findings are to be known again in another run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fingerprints {
    Wanted,
    Unwanted,
}

fn prints(files: &Files, migration: &Migration) -> Vec<(TextRange, String)> {
    let operations = migration.operations.iter();
    let own = operations.filter(|operation| operation.span.file == migration.file);
    own.map(|operation| {
        let meaning = meaning::of_operation(files, migration, operation);
        (operation.span.range, fingerprint(&meaning))
    })
    .collect()
}

/// What comments and the configuration make of the findings.
#[derive(Debug, Default)]
pub struct Applied {
    pub left: Vec<Diagnostic>,
    /// In the order in which they were found.
    pub suppressed: Vec<Suppressed>,
}

/// A finding that a comment takes away.
#[derive(Debug, Clone)]
pub struct Suppressed {
    pub finding: Diagnostic,
    /// What the comment gives as its reason; may be empty.
    pub reason: String,
}

impl Controls {
    /// What holds for the files of a project's own apps.
    #[must_use]
    pub fn of(
        project: &Project,
        graph: &MigrationGraph,
        files: &Files,
        fingerprints: Fingerprints,
    ) -> Self {
        let mut controls = Self::default();
        let settled = settled(project, graph, files);
        let own = project
            .apps
            .iter()
            .filter(|app| app.origin == AppOrigin::Project);
        let own = own.flat_map(|app| &app.migrations);
        controls.files.reserve(own.clone().count());
        for migration in own {
            let policy = &project.settings.policy;
            let mut control = FileControl::of(migration, files, policy);
            let is_settled = || {
                graph
                    .node(&migration.id)
                    .map(|node| settled.contains(&node))
            };
            control.is_settled = !settled.is_empty() && is_settled() == Some(true);
            if fingerprints == Fingerprints::Wanted {
                control.prints = Some(prints(files, migration));
            }
            controls.files.insert(migration.file, control);
        }
        // Of what is gone only the configuration can say something.
        let changes = project.change_set.iter().flat_map(|set| set.apps.values());
        for migration in changes.flat_map(|changes| &changes.deleted) {
            let control = FileControl::new(migration, &project.settings.policy);
            controls.files.insert(migration.file, control);
        }
        controls
    }

    /// The files that have comments for whimbrel.
    pub fn commented(&self) -> impl Iterator<Item = FileId> {
        let files = self.files.iter();
        files
            .filter(|(_, it)| it.comments.is_some())
            .map(|(file, _)| *file)
    }

    /// Joins what holds for other files.
    pub fn extend(&mut self, other: Self) {
        self.files.extend(other.files);
    }

    /// What is left of all findings, with what is said of the comments of the files that
    /// were asked about. Callers sort.
    #[must_use]
    pub fn apply(
        &self,
        files: &Files,
        found: Vec<Diagnostic>,
        is_asked: impl Fn(FileId) -> bool,
    ) -> Applied {
        let mut used: FxHashMap<FileId, Vec<bool>> = FxHashMap::default();
        let mut suppressed = Vec::new();
        let mut left = Vec::with_capacity(found.len());
        for mut finding in found {
            let (Some(rule), Some(control)) = (
                super::rule(finding.rule),
                self.files.get(&finding.primary.span.file),
            ) else {
                left.push(finding);
                continue;
            };
            let app = Some(control.migration.app.as_str());
            let shown = files.path(finding.primary.span.file);
            if !selection::counts(&control.policy, app, &shown, rule) {
                continue;
            }
            if control.is_ignored && rule.category.judges_execution() {
                suppressed.push(Suppressed {
                    finding,
                    reason: "`IgnoreMigration()`".to_owned(),
                });
                continue;
            }
            if let Some(at) = control.suppressed_by(&finding, rule) {
                let used = used
                    .entry(finding.primary.span.file)
                    .or_insert_with(|| vec![false; control.suppressions().len()]);
                if let Some(used) = used.get_mut(at) {
                    *used = true;
                }
                let by = control.suppressions().get(at);
                suppressed.push(Suppressed {
                    finding,
                    reason: by.map(|it| it.reason.clone()).unwrap_or_default(),
                });
                continue;
            }
            if let Some(level) = selection::level(&control.policy, app, rule) {
                finding.level = level;
            }
            left.push(finding);
        }
        let mut commented: Vec<FileId> = self.commented().filter(|file| is_asked(*file)).collect();
        commented.sort_unstable();
        for file in commented {
            let used = used.get(&file).map_or(&[][..], Vec::as_slice);
            if let Some(control) = self.files.get(&file) {
                left.extend(control.remarks(used, &files.path(file)));
            }
        }
        for finding in &mut left {
            let control = self.files.get(&finding.primary.span.file);
            if let Some(control) = control {
                finding.subject.fingerprint = control.fingerprint(files, finding);
            }
        }
        Applied { left, suppressed }
    }
}

impl FileControl {
    fn of(migration: &Migration, files: &Files, policy: &Arc<Policy>) -> Self {
        Self {
            comments: Comments::of(migration, files).map(Box::new),
            is_ignored: migration.operations.iter().any(ignores_migration),
            ..Self::new(migration, policy)
        }
    }

    /// What holds where nothing was written into the file.
    fn new(migration: &Migration, policy: &Arc<Policy>) -> Self {
        Self {
            policy: Arc::clone(policy),
            migration: migration.id.clone(),
            comments: None,
            is_ignored: false,
            is_settled: false,
            prints: None,
        }
    }

    fn suppressions(&self) -> &[Suppression] {
        let comments = self.comments.as_ref();
        comments.map_or(&[], |it| it.suppressions.as_slice())
    }

    /// What tells a finding of the file from others.
    fn fingerprint(&self, files: &Files, finding: &Diagnostic) -> Option<String> {
        let prints = self.prints.as_ref()?;
        let place = finding.primary.span;
        let is_around =
            |range: &TextRange| range.start <= place.range.start && place.range.end <= range.end;
        let known = prints.iter().find(|(range, _)| is_around(range));
        Some(match known {
            Some((_, print)) => print.clone(),
            None => fingerprint(&meaning::source(files, place)),
        })
    }

    fn suppressed_by(&self, finding: &Diagnostic, rule: &Rule) -> Option<usize> {
        let start = finding.primary.span.range.start;
        self.suppressions().iter().position(|suppression| {
            let reaches = match &suppression.reach {
                Reach::File => true,
                Reach::Range(range) => range.start <= start && start <= range.end,
            };
            reaches
                && suppression
                    .names
                    .iter()
                    .any(|(name, _)| selection::names_rule(name, rule))
        })
    }

    /// What is to be said of the comments of the file.
    fn remarks(&self, used: &[bool], shown: &str) -> Vec<Diagnostic> {
        let Some(comments) = &self.comments else {
            return Vec::new();
        };
        let app = Some(self.migration.app.as_str());
        let mut found = Vec::new();
        found.extend(comments.misspelt.iter().map(unknown_suppression::misspelt));
        for (at, suppression) in comments.suppressions.iter().enumerate() {
            let unknown = suppression
                .names
                .iter()
                .filter(|(name, _)| !selection::is_selector(name));
            let unknown: Vec<Diagnostic> = unknown
                .map(|(name, span)| unknown_suppression::no_rule(name, *span))
                .collect();
            let is_known = unknown.is_empty();
            found.extend(unknown);
            if self.policy.require_reason && suppression.reason.is_empty() {
                found.push(unreasoned_suppression::finding(suppression.span));
            }
            let is_used = used.get(at).copied().unwrap_or(false);
            // What no rule looks for cannot be missed.
            let is_looked_for = suppression
                .names
                .iter()
                .any(|(name, _)| selection::looks_for(&self.policy, app, name, self.is_settled));
            if is_known && !is_used && is_looked_for {
                found.push(unused_suppression::finding(suppression));
            }
        }
        found.retain(|finding| {
            super::rule(finding.rule)
                .is_some_and(|rule| selection::counts(&self.policy, app, shown, rule))
        });
        for finding in &mut found {
            finding.subject = Subject {
                app: Some(self.migration.app.to_string()),
                migration: Some(self.migration.name.to_string()),
                ..Subject::default()
            };
        }
        found
    }
}

impl Comments {
    /// `None` where none is for whimbrel.
    fn of(migration: &Migration, files: &Files) -> Option<Self> {
        if !migration.may_suppress {
            return None;
        }
        let text = files.text(migration.file);
        if !suppress::may_suppress(&text) {
            return None;
        }
        let comments = match migration.language {
            Language::Python => python::comments(&text),
            Language::Mig => mig::comments(&text),
        };
        let (suppressions, misspelt) = suppress::read(migration.file, &text, &comments, migration);
        let says_nothing = suppressions.is_empty() && misspelt.is_empty();
        (!says_nothing).then_some(Self {
            suppressions,
            misspelt,
        })
    }
}

/// `IgnoreMigration()` of django-migration-linter, which asks linters to pass over a
/// migration.
fn ignores_migration(operation: &Operation) -> bool {
    python::is_marker(&operation.class)
}
