//! Files and settings become an analysis: the whole flow in one screen, pure but
//! for the files that it asks `ProjectFiles` for.
//!
//! `claim` decides which app is whose, `read` makes IR of every migration in
//! parallel, then graph and rules run on each project. Output is sorted here, once.

mod bundled;
mod claim;
mod convert;
mod declared;
mod entry;
mod guard;
mod lookup;
mod read;
mod recall;
mod revise;

use std::sync::atomic::AtomicUsize;

use rayon::iter::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use lookup::Known;
use read::Read;
use recall::Recall;

pub use claim::{Content, PlannedApp, PlannedProject, Reach};
pub use convert::{Converted, Language, convert, without_migration};
pub use declared::{declared_groundwork, declared_model};

use crate::base::{Afterwards, FileId, Files};
use crate::diag::Diagnostic;
use crate::graph::MigrationGraph;
use crate::ir::{App, Project};
use crate::lint::baseline::Scope;
use crate::lint::{self, Applied, Controls, Fingerprints, Suppressed};
use crate::python::sources::{ProjectSource, Sources};
use crate::python::{Constants, Detail, Modules, Resolver};

/// What an analysis is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Findings on every app that was found, installed or not.
    Check,
    /// The same, and the projects keep their apps.
    Review,
    /// The graph that Django would load: only apps in `INSTALLED_APPS` where
    /// settings were read, and projects without migrations of their own as well.
    Graph,
    /// That graph with findings.
    Picture,
}

impl Purpose {
    const fn is_graph(self) -> bool {
        matches!(self, Self::Graph | Self::Picture)
    }

    const fn is_judged(self) -> bool {
        !matches!(self, Self::Graph)
    }

    const fn keeps_apps(self) -> bool {
        !matches!(self, Self::Check)
    }
}

/// How far an analysis is, for anyone who watches from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    pub total: AtomicUsize,
    pub done: AtomicUsize,
}

/// One project, read.
#[derive(Debug)]
pub struct Analysed {
    pub project: Project,
    /// Entries of `INSTALLED_APPS` that no file and no description of ours defines.
    pub missing_apps: Vec<SmolStr>,
    /// Apps below the root that `INSTALLED_APPS` does not name; absent from
    /// `project` when the purpose is the graph.
    pub unlisted: Vec<SmolStr>,
}

/// Everything that is known at the end.
#[derive(Debug)]
pub struct Analysis {
    /// For [`Purpose::Check`] without their apps, which have been judged.
    pub projects: Vec<Analysed>,
    /// Sorted by path and place, without duplicates.
    pub diagnostics: Vec<Diagnostic>,
    /// What comments take away, sorted likewise.
    pub suppressed: Vec<Suppressed>,
    /// The files that were asked about.
    pub checked: FxHashSet<FileId>,
    pub figures: Figures,
    /// What was checked.
    pub scope: Scope,
}

/// How much was checked, and how much more was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    pub projects: usize,
    pub apps: usize,
    pub migrations: usize,
    pub operations: usize,
    pub not_understood: usize,
    pub context: usize,
}

/// What all projects of a run share.
#[derive(Clone, Copy)]
struct Context<'a> {
    modules: &'a Modules<'a>,
    recall: &'a Recall,
    detail: Detail,
    /// For each project source.
    constants: &'a [Constants],
}

impl<'a> Context<'a> {
    /// Looks for modules as one project does.
    fn resolver(&self, index: usize, source: &'a ProjectSource) -> Resolver<'a> {
        Resolver {
            modules: self.modules,
            finder: source.files.as_finder(),
            settings_module: source
                .settings
                .as_ref()
                .map(|settings| settings.module.as_str()),
            constants: self.constants.get(index),
        }
    }
}

/// Which apps there are and which folder belongs to which, without reading any
/// migration.
#[must_use]
pub fn plan(files: &Files, sources: &Sources, purpose: Purpose) -> Vec<PlannedProject> {
    let modules = Modules::new(files);
    let context = Context {
        modules: &modules,
        recall: &Recall::default(),
        detail: Detail::Schema,
        constants: &[],
    };
    claim::claim(&context, sources, purpose)
}

/// Reads and judges everything.
#[must_use]
pub fn analyse(
    files: &Files,
    sources: &Sources,
    purpose: Purpose,
    afterwards: Afterwards,
    progress: &Progress,
) -> Analysis {
    let modules = Modules::new(files);
    let constants: Vec<Constants> = sources
        .projects
        .iter()
        .map(|_| Constants::default())
        .collect();
    let context = Context {
        modules: &modules,
        recall: &Recall::default(),
        detail: match purpose {
            Purpose::Check | Purpose::Review | Purpose::Picture => Detail::Schema,
            Purpose::Graph => Detail::Whole,
        },
        constants: &constants,
    };
    let wanted = if sources.wants_fingerprints {
        Fingerprints::Wanted
    } else {
        Fingerprints::Unwanted
    };
    let planned = claim::claim(&context, sources, purpose);
    let known = Known::new(&planned);
    let mut read = Read::default();
    let mut projects = Vec::with_capacity(planned.len());
    let mut judged: Vec<Diagnostic> = Vec::new();
    let mut of_configuration: Vec<Diagnostic> = Vec::new();
    let mut controls = Controls::default();
    let mut waiting: Vec<Analysed> = Vec::new();
    // Files to which diagnostics point, and how many diagnostics that covers.
    let mut pointed_at: FxHashSet<FileId> = FxHashSet::default();
    let mut told = (0, 0);
    let mut batches = batches(planned).into_iter();
    loop {
        // One batch is judged while the next one is read.
        let next = batches.next();
        let is_last = next.is_none();
        let judging = Judging {
            files,
            purpose,
            fingerprints: wanted,
            afterwards: if is_last {
                afterwards
            } else {
                Afterwards::Continue
            },
        };
        let (done, analysed) = rayon::join(
            || judging.all(std::mem::take(&mut waiting)),
            || match next {
                Some(batch) => read::read(&context, sources, batch, &known, &mut read, progress),
                None => Vec::new(),
            },
        );
        judged.extend(done.found);
        of_configuration.extend(done.of_configuration);
        // Something may be said of their comments.
        pointed_at.extend(done.controls.commented());
        controls.extend(done.controls);
        projects.extend(done.projects);
        pointed_at.extend(judged.iter().skip(told.0).flat_map(places));
        pointed_at.extend(read.diagnostics.iter().skip(told.1).flat_map(places));
        told = (judged.len(), read.diagnostics.len());
        // Texts of checked files to which nothing points are not asked for again, unless
        // a project of the next batch shares them: it has read them and may yet point.
        pointed_at.extend(shared_files(&analysed, &done.files));
        files.release(
            done.files
                .into_iter()
                .filter(|file| read.checked.contains(file) && !pointed_at.contains(file)),
        );
        if is_last {
            break;
        }
        waiting = analysed;
    }
    let mut diagnostics = sources.diagnostics.clone();
    diagnostics.extend(read.diagnostics);
    diagnostics.extend(
        judged
            .into_iter()
            .filter(|diagnostic| concerns(diagnostic, &read.checked)),
    );
    let applied = controls.apply(files, diagnostics, |file| read.checked.contains(&file));
    let Applied {
        left: mut diagnostics,
        mut suppressed,
    } = applied;
    suppressed.sort_by_key(|it| {
        let place = it.finding.primary.span;
        (files.path(place.file), place.range, it.finding.rule)
    });
    diagnostics.extend(of_configuration);
    sort(files, &mut diagnostics);
    Analysis {
        projects,
        diagnostics,
        suppressed,
        checked: read.checked,
        figures: read.figures,
        scope: read.scope,
    }
}

/// The files of a judged batch that projects still to be judged have read as well.
fn shared_files(waiting: &[Analysed], judged: &[FileId]) -> Vec<FileId> {
    let judged: FxHashSet<FileId> = judged.iter().copied().collect();
    waiting
        .iter()
        .flat_map(|analysed| &analysed.project.apps)
        .flat_map(|app| &app.migrations)
        .map(|migration| migration.file)
        .filter(|file| judged.contains(file))
        .collect()
}

/// A batch after graph and rules.
struct Judged {
    projects: Vec<Analysed>,
    found: Vec<Diagnostic>,
    /// Faults of the configuration.
    of_configuration: Vec<Diagnostic>,
    controls: Controls,
    /// The migrations' files, where the migrations themselves are gone.
    files: Vec<FileId>,
}

/// What comes of judging a project.
#[derive(Default)]
struct Verdict {
    found: Vec<Diagnostic>,
    of_configuration: Vec<Diagnostic>,
    controls: Controls,
}

/// How projects are judged.
#[derive(Clone, Copy)]
struct Judging<'a> {
    files: &'a Files,
    purpose: Purpose,
    fingerprints: Fingerprints,
    afterwards: Afterwards,
}

impl Judging<'_> {
    /// Judges projects, if that is what the analysis is for. Migrations that have been
    /// judged make room for the next projects'.
    fn all(self, mut projects: Vec<Analysed>) -> Judged {
        let mut found = Vec::new();
        let mut of_configuration = Vec::new();
        let mut controls = Controls::default();
        let mut files = Vec::new();
        if self.purpose.is_judged() {
            let each: Vec<Verdict> = projects
                .par_iter()
                .map(|analysed| self.one(analysed))
                .collect();
            for verdict in each {
                found.extend(verdict.found);
                of_configuration.extend(verdict.of_configuration);
                controls.extend(verdict.controls);
            }
        }
        if !self.purpose.keeps_apps() {
            let apps: Vec<App> = projects
                .iter_mut()
                .flat_map(|analysed| std::mem::take(&mut analysed.project.apps))
                .collect();
            let migrations = apps.iter().flat_map(|app| &app.migrations);
            files.extend(migrations.map(|migration| migration.file));
            apps.into_par_iter()
                .for_each(|app| self.afterwards.leave(app));
        }
        Judged {
            projects,
            found,
            of_configuration,
            controls,
            files,
        }
    }

    /// Graph and rules of one project.
    fn one(self, analysed: &Analysed) -> Verdict {
        let mut verdict = Verdict::default();
        verdict.found = guard::findings(analysed, || {
            let project = &analysed.project;
            let graph = MigrationGraph::build(project);
            verdict.of_configuration = lint::unknown_points(project, &graph);
            verdict.controls = Controls::of(project, &graph, self.files, self.fingerprints);
            lint::run(project, &graph, self.files, self.afterwards)
        });
        verdict
    }
}

/// Migrations that are read before any is judged: several projects of usual size, since
/// much of judging one follows the order of its plan, on one thread. A run's memory grows
/// with this and with its largest project only.
const BATCH: usize = 3_000;

/// The projects in their order, in batches of whole projects.
fn batches(planned: Vec<PlannedProject>) -> Vec<Vec<PlannedProject>> {
    let mut batches: Vec<Vec<PlannedProject>> = Vec::new();
    let mut room = 0;
    for project in planned {
        let size = project.migration_count();
        match batches.last_mut() {
            Some(batch) if room >= size => batch.push(project),
            _ => {
                room = BATCH.max(size);
                batches.push(vec![project]);
            }
        }
        room -= size;
    }
    batches
}

/// Findings count for files that were asked about: those that a finding is in, and
/// those that share in the fault.
fn concerns(diagnostic: &Diagnostic, checked: &FxHashSet<FileId>) -> bool {
    places(diagnostic).any(|file| checked.contains(&file))
}

/// The files that a diagnostic points at.
fn places(diagnostic: &Diagnostic) -> impl Iterator<Item = FileId> {
    std::iter::once(&diagnostic.primary)
        .chain(&diagnostic.labels)
        .map(|label| label.span.file)
}

/// By path, place and rule. File numbers depend on the order of loading and take
/// no part.
fn sort(files: &Files, diagnostics: &mut Vec<Diagnostic>) {
    let mut keyed: Vec<_> = diagnostics
        .drain(..)
        .map(|diagnostic| (files.path(diagnostic.primary.span.file), diagnostic))
        .collect();
    keyed.sort_by(|(left_path, left), (right_path, right)| {
        let place = |diagnostic: &Diagnostic| {
            let range = diagnostic.primary.span.range;
            (range.start, range.end)
        };
        left_path
            .cmp(right_path)
            .then_with(|| place(left).cmp(&place(right)))
            .then_with(|| left.rule.cmp(right.rule))
            .then_with(|| left.message.cmp(&right.message))
    });
    diagnostics.extend(keyed.into_iter().map(|(_, diagnostic)| diagnostic));
    diagnostics.dedup();
}
