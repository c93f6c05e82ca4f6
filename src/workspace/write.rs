//! Writing: a file is there whole, or as it was before.

use std::fs;
use std::io;
use std::path::Path;

/// Writes a file, with the folders above it, in one step: the text goes to a file
/// beside it, which then takes its name.
///
/// # Errors
/// If any of that fails; a file that was there before is as it was.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it names no file"))?;
    let mut unfinished = name.to_owned();
    unfinished.push(format!(".{}.unfinished", std::process::id()));
    let unfinished = folder.join(unfinished);
    fs::write(&unfinished, text)
        .and_then(|()| fs::rename(&unfinished, path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&unfinished);
        })
}
