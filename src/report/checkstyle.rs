//! Checkstyle's XML, which many tools of continuous integration read.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use super::{Place, details};
use crate::base::Files;
use crate::diag::{Diagnostic, Level};

/// Writes one document. Findings come sorted by path.
///
/// # Errors
/// Those of `out`.
pub fn write(out: &mut dyn Write, files: &Files, diagnostics: &[Diagnostic]) -> io::Result<()> {
    let placed: Vec<(Place, &Diagnostic)> = diagnostics
        .iter()
        .map(|diagnostic| (Place::new(files, diagnostic.primary.span), diagnostic))
        .collect();
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("checkstyle")
        .with_attribute(("version", "4.3"))
        .write_inner_content(|writer| {
            for of_file in placed.chunk_by(|left, right| left.0.path == right.0.path) {
                let Some((first, _)) = of_file.first() else {
                    continue;
                };
                writer
                    .create_element("file")
                    .with_attribute(("name", first.path.as_ref()))
                    .write_inner_content(|writer| {
                        for (place, diagnostic) in of_file {
                            error(writer, place, diagnostic)?;
                        }
                        Ok(())
                    })?;
            }
            Ok(())
        })?;
    writeln!(out)
}

fn error<W: Write>(
    writer: &mut Writer<W>,
    place: &Place,
    diagnostic: &Diagnostic,
) -> io::Result<()> {
    let severity = match diagnostic.level {
        Level::Bug | Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    };
    let mut message = diagnostic.message.clone();
    for detail in details(diagnostic) {
        message.push_str("; ");
        message.push_str(&detail);
    }
    let source = format!("whimbrel.{}", diagnostic.rule);
    writer
        .create_element("error")
        .with_attribute(("line", place.line.to_string().as_str()))
        .with_attribute(("column", place.column.to_string().as_str()))
        .with_attribute(("severity", severity))
        .with_attribute(("message", message.as_str()))
        .with_attribute(("source", source.as_str()))
        .write_empty()?;
    Ok(())
}
