//! The report for people: source excerpts with labels, drawn by codespan.

use std::io::{self, Write};

use codespan_reporting::diagnostic as codespan;
use codespan_reporting::files::Error as FilesError;
use codespan_reporting::term::termcolor::{Ansi, NoColor};
use codespan_reporting::term::{self, Chars, Config, Styles, StylesWriter};
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;

use crate::base::{FileId, Files};
use crate::diag::{Diagnostic, Label, Level};

/// How codespan draws, for the command and for tests alike.
#[must_use]
pub fn codespan_config() -> Config {
    Config {
        tab_width: 4,
        chars: Chars::box_drawing(),
        start_context_lines: 2,
        end_context_lines: 1,
        ..Config::default()
    }
}

/// Whether output carries ANSI colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    Always,
    Never,
}

/// Diagnostics that are drawn at once.
const DRAWN_AT_ONCE: usize = 32;

/// Writes each diagnostic with its source, an empty line after each. They are drawn in
/// parallel, and stand in their order.
///
/// # Errors
/// Those of `out`.
pub fn write(
    out: &mut dyn Write,
    files: &Files,
    diagnostics: &[Diagnostic],
    colour: Colour,
) -> io::Result<()> {
    let parts = diagnostics.par_chunks(DRAWN_AT_ONCE);
    let drawn: Vec<io::Result<Vec<u8>>> = parts
        .map(|some| {
            let mut text = Vec::new();
            draw(&mut text, files, some, colour)?;
            Ok(text)
        })
        .collect();
    for text in drawn {
        out.write_all(&text?)?;
    }
    Ok(())
}

fn draw(
    out: &mut Vec<u8>,
    files: &Files,
    diagnostics: &[Diagnostic],
    colour: Colour,
) -> io::Result<()> {
    let config = codespan_config();
    let styles = Styles::default();
    for diagnostic in diagnostics {
        let shown = to_codespan(files, diagnostic);
        let result = match colour {
            Colour::Always => term::emit_to_write_style(
                &mut StylesWriter::new(Ansi::new(&mut *out), &styles),
                &config,
                files,
                &shown,
            ),
            Colour::Never => term::emit_to_write_style(
                &mut StylesWriter::new(NoColor::new(&mut *out), &styles),
                &config,
                files,
                &shown,
            ),
        };
        match result {
            Ok(()) => {}
            Err(FilesError::Io(error)) => return Err(error),
            Err(error) => return Err(io::Error::other(error)),
        }
    }
    Ok(())
}

fn to_codespan(files: &Files, diagnostic: &Diagnostic) -> codespan::Diagnostic<FileId> {
    let severity = match diagnostic.level {
        Level::Info => codespan::Severity::Note,
        Level::Warning => codespan::Severity::Warning,
        Level::Error => codespan::Severity::Error,
        Level::Bug => codespan::Severity::Bug,
    };
    let mut labels = vec![label(
        files,
        codespan::LabelStyle::Primary,
        &diagnostic.primary,
    )];
    labels.extend(
        diagnostic
            .labels
            .iter()
            .map(|secondary| label(files, codespan::LabelStyle::Secondary, secondary)),
    );
    let notes = diagnostic
        .notes
        .iter()
        .map(|note| format!("note: {note}"))
        .chain(diagnostic.help.iter().map(|help| format!("help: {help}")))
        .collect();
    let mut shown = codespan::Diagnostic::new(severity)
        .with_message(&diagnostic.message)
        .with_labels(labels)
        .with_notes(notes);
    if !diagnostic.rule.is_empty() {
        shown = shown.with_code(diagnostic.rule);
    }
    shown
}

/// A range that lies in the text and on character boundaries, whatever was asked.
fn label(files: &Files, style: codespan::LabelStyle, label: &Label) -> codespan::Label<FileId> {
    let file = files.get(label.span.file);
    let text: &str = &file.text;
    let inside = |offset: u32| {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let start = inside(label.span.range.start);
    let end = inside(label.span.range.end).max(start);
    codespan::Label::new(style, label.span.file, start..end).with_message(&label.message)
}
