//! Files that several projects read as context, such as the migrations of installed
//! apps: what one project read is valid for the next one if that project answers all
//! questions alike that reading asked.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::base::FileId;
use crate::ir::{Migration, MigrationId};
use crate::python::finder::{ModuleFinder, ModuleSource};

/// What reading a file asked the project, with the answers.
#[derive(Debug, Default)]
struct Questions {
    modules: Vec<(SmolStr, Option<ModuleSource>)>,
    absences: Vec<(SmolStr, bool)>,
}

impl Questions {
    fn have_the_same_answers(&self, finder: &dyn ModuleFinder) -> bool {
        let modules = &self.modules;
        let absences = &self.absences;
        modules
            .iter()
            .all(|(name, known)| finder.find(name) == *known)
            && absences
                .iter()
                .all(|(root, known)| finder.is_absent(root) == *known)
    }
}

/// A finder that notes what it is asked.
pub(super) struct Noting<'a> {
    inner: &'a dyn ModuleFinder,
    questions: Mutex<Questions>,
}

impl<'a> Noting<'a> {
    pub(super) fn new(inner: &'a dyn ModuleFinder) -> Self {
        Self {
            inner,
            questions: Mutex::default(),
        }
    }

    fn note(&self, note: impl FnOnce(&mut Questions)) {
        note(
            &mut self
                .questions
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
    }
}

impl ModuleFinder for Noting<'_> {
    fn find(&self, dotted: &str) -> Option<ModuleSource> {
        let found = self.inner.find(dotted);
        self.note(|questions| questions.modules.push((SmolStr::new(dotted), found)));
        found
    }

    fn is_absent(&self, root: &str) -> bool {
        let is_absent = self.inner.is_absent(root);
        self.note(|questions| questions.absences.push((SmolStr::new(root), is_absent)));
        is_absent
    }
}

/// A file as one project read it.
#[derive(Debug)]
struct Reading {
    /// The file's dotted name.
    module: SmolStr,
    /// Without settings, nothing tells whether reading wanted any.
    has_settings: bool,
    questions: Questions,
    migration: Option<Migration>,
}

/// All such files of a run.
#[derive(Debug, Default)]
pub(super) struct Recall {
    readings: RwLock<FxHashMap<FileId, Arc<Reading>>>,
}

impl Recall {
    /// The migration as another project has read it, `None` if none did that
    /// answers as this one does.
    pub(super) fn recalled(
        &self,
        file: FileId,
        module: &str,
        has_settings: bool,
        finder: &dyn ModuleFinder,
        id: &MigrationId,
    ) -> Option<Option<Migration>> {
        let readings = self.readings.read().unwrap_or_else(PoisonError::into_inner);
        let reading = Arc::clone(readings.get(&file)?);
        drop(readings);
        if reading.module != module
            || has_settings && !reading.has_settings
            || !reading.questions.have_the_same_answers(finder)
        {
            return None;
        }
        Some(reading.migration.clone().map(|migration| Migration {
            id: id.clone(),
            ..migration
        }))
    }

    pub(super) fn keep(
        &self,
        file: FileId,
        module: &str,
        has_settings: bool,
        noted: Noting<'_>,
        migration: Option<&Migration>,
    ) {
        let reading = Arc::new(Reading {
            module: SmolStr::new(module),
            has_settings,
            questions: noted
                .questions
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
            migration: migration.cloned(),
        });
        self.readings
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(file)
            .or_insert(reading);
    }
}
