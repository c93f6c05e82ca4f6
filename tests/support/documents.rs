//! Case documents: Markdown in which a line `` `path`: `` before a fenced block makes a
//! file.
//!
//! Files above the first heading are shared by all cases. Every folder of a file gets an `__init__.py`, unless `<!-- absent: path -->` says
//! not. A `settings.py` at the root is the project's settings module.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use whimbrel::base::{Afterwards, Files};
use whimbrel::pipeline::{self, Analysis, Progress, Purpose};
use whimbrel::workspace::{self, Compare, Options};

/// One case: the part of a document below a `## ` heading, or all of it.
#[derive(Clone, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, String)>,
    pub(crate) absent: BTreeSet<String>,
}

/// The cases of a document, in its order; a document without `## ` headings is one.
/// Files above the first heading are part of every case that has none of the same path.
pub(crate) fn cases(document: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut shared = Case::default();
    let has_headings = document.contains("\n## ");
    if !has_headings {
        cases.push(Case::default());
    }
    let mut path = None;
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("## ") {
            cases.push(Case {
                name: name.to_owned(),
                ..Case::default()
            });
        } else if let Some(absent) = line
            .strip_prefix("<!-- absent: ")
            .and_then(|rest| rest.strip_suffix(" -->"))
        {
            let case = cases.last_mut().unwrap_or(&mut shared);
            case.absent.insert(absent.to_owned());
        } else if let Some(named) = line
            .strip_prefix('`')
            .and_then(|rest| rest.strip_suffix("`:"))
        {
            path = Some(named.to_owned());
        } else if line.starts_with("```") {
            let content: String = lines
                .by_ref()
                .take_while(|line| *line != "```")
                .flat_map(|line| [line, "\n"])
                .collect();
            let case = cases.last_mut().unwrap_or(&mut shared);
            let path = path.take().expect("a block has a path");
            case.files.push((path, content));
        }
    }
    for case in &mut cases {
        for (path, content) in &shared.files {
            if case.files.iter().all(|(own, _)| own != path) {
                case.files.push((path.clone(), content.clone()));
            }
        }
        case.absent.extend(shared.absent.iter().cloned());
    }
    cases
}

impl Case {
    /// The first parts of the files' paths, sorted.
    pub(crate) fn top_folders(&self) -> BTreeSet<&str> {
        let paths = self.files.iter();
        paths
            .filter_map(|(path, _)| path.split_once('/'))
            .map(|(folder, _)| folder)
            .collect()
    }

    pub(crate) fn unpack(&self, root: &Path) {
        for (path, content) in &self.files {
            let file = root.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, content).unwrap();
            for folder in Path::new(path).ancestors().skip(1) {
                let init = folder.join("__init__.py");
                let is_absent = self.absent.contains(init.to_str().unwrap());
                let init = root.join(init);
                if folder != Path::new("") && !is_absent && !init.exists() {
                    std::fs::write(init, "").unwrap();
                }
            }
        }
    }
}

/// Analyses what was unpacked, as the command would.
pub(crate) fn analyse(root: &Path, purpose: Purpose, threads: usize) -> (Arc<Files>, Analysis) {
    compare(root, purpose, threads, None)
}

/// As [`analyse`], of what is new against a revision.
pub(crate) fn compare(
    root: &Path,
    purpose: Purpose,
    threads: usize,
    compare: Option<Compare>,
) -> (Arc<Files>, Analysis) {
    let files = Arc::new(Files::default());
    let settings = root.join("settings.py").exists();
    let options = Options {
        cwd: root.to_owned(),
        settings: settings.then(|| "settings".to_owned()),
        compare,
        ..Options::default()
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(16 * 1024 * 1024)
        .build()
        .unwrap();
    let analysis = pool.install(|| {
        let sources = workspace::discover(&files, &options, &[root.to_owned()])
            .unwrap_or_else(|error| panic!("{error:?}"));
        pipeline::analyse(
            &files,
            &sources,
            purpose,
            Afterwards::Continue,
            &Progress::default(),
        )
    });
    (files, analysis)
}
