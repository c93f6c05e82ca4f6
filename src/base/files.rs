//! `Files`: path and text by `FileId`, filled from any thread.
//!
//! Text is shared, never copied: trees and spans refer to it by offset.

use std::ops::Range;
use std::sync::{Arc, OnceLock, RwLock};

use super::lines::{LineIndex, Position};
use super::span::{FileId, Span};

/// One file: the path as it is shown to people, and its text.
#[derive(Debug)]
pub struct SourceFile {
    pub path: Arc<str>,
    /// Empty once the file was released.
    pub text: Arc<str>,
    lines: OnceLock<LineIndex>,
    is_released: bool,
}

impl SourceFile {
    /// Computed when first asked for: most files never appear in a diagnostic.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// All files of an analysis. Adding takes `&self`, so that modules found while
/// others are analysed can join.
#[derive(Debug, Default)]
pub struct Files {
    files: RwLock<Vec<Arc<SourceFile>>>,
}

impl Files {
    /// Adds a file; the same path may be added twice and gets two ids.
    pub fn add(&self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let file = Arc::new(SourceFile {
            path: path.into(),
            text: text.into(),
            lines: OnceLock::new(),
            is_released: false,
        });
        let mut files = self.write();
        files.push(file);
        FileId(u32::try_from(files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Forgets the texts of files to which no diagnostic refers and that nobody
    /// asks for again, unless by [`Files::restore`]. With them kept, the memory of
    /// a run would grow with all the text that there is.
    pub fn release(&self, ids: impl IntoIterator<Item = FileId>) {
        let nothing: Arc<str> = Arc::from("");
        let mut files = self.write();
        for id in ids {
            if let Some(file) = files.get_mut(id.0 as usize) {
                *file = Arc::new(SourceFile {
                    path: Arc::clone(&file.path),
                    text: Arc::clone(&nothing),
                    lines: OnceLock::new(),
                    is_released: true,
                });
            }
        }
    }

    #[must_use]
    pub fn is_released(&self, id: FileId) -> bool {
        self.get(id).is_released
    }

    /// Gives a released file its text, read anew.
    pub fn restore(&self, id: FileId, text: impl Into<Arc<str>>) {
        if let Some(file) = self.write().get_mut(id.0 as usize) {
            *file = Arc::new(SourceFile {
                path: Arc::clone(&file.path),
                text: text.into(),
                lines: OnceLock::new(),
                is_released: false,
            });
        }
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Arc<SourceFile>>> {
        self.files
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// # Panics
    /// If `id` is not of this `Files`: ids are only made by [`Files::add`].
    #[must_use]
    pub fn get(&self, id: FileId) -> Arc<SourceFile> {
        let files = self
            .files
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        Arc::clone(
            files
                .get(id.0 as usize)
                .expect("file ids are made by Files::add"),
        )
    }

    #[must_use]
    pub fn path(&self, id: FileId) -> Arc<str> {
        Arc::clone(&self.get(id).path)
    }

    #[must_use]
    pub fn text(&self, id: FileId) -> Arc<str> {
        Arc::clone(&self.get(id).text)
    }

    /// Start and end as people read them.
    #[must_use]
    pub fn positions(&self, span: Span) -> (Position, Position) {
        let file = self.get(span.file);
        let lines = file.lines();
        (
            lines.position(&file.text, span.range.start),
            lines.position(&file.text, span.range.end),
        )
    }
}

/// Text of a file that codespan can hold on to.
#[derive(Debug, Clone)]
pub struct SharedText(Arc<str>);

impl AsRef<str> for SharedText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'a> codespan_reporting::files::Files<'a> for Files {
    type FileId = FileId;
    type Name = Arc<str>;
    type Source = SharedText;

    fn name(&'a self, id: FileId) -> Result<Self::Name, codespan_reporting::files::Error> {
        Ok(self.path(id))
    }

    fn source(&'a self, id: FileId) -> Result<Self::Source, codespan_reporting::files::Error> {
        Ok(SharedText(self.text(id)))
    }

    fn line_index(
        &'a self,
        id: FileId,
        byte_index: usize,
    ) -> Result<usize, codespan_reporting::files::Error> {
        let offset = u32::try_from(byte_index).unwrap_or(u32::MAX);
        Ok(self.get(id).lines().line_of(offset))
    }

    fn line_range(
        &'a self,
        id: FileId,
        line_index: usize,
    ) -> Result<Range<usize>, codespan_reporting::files::Error> {
        let file = self.get(id);
        let lines = file.lines();
        lines
            .line_range(line_index)
            .ok_or(codespan_reporting::files::Error::LineTooLarge {
                given: line_index,
                max: lines.line_count(),
            })
    }
}
