//! How fast migrations are parsed and read in both languages: the same migrations, once
//! as Python and once as `.mig`.
//!
//! ```sh
//! cargo bench --bench languages [-- PROJECT SETTINGS PYTHON_ENV]
//! ```
//! Without arguments, the migrations are those of `fixtures/sql`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints its figures, and ends where it cannot run"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use whimbrel::base::Files;
use whimbrel::ir::MigrationId;
use whimbrel::mig;
use whimbrel::pipeline::{Language, convert};
use whimbrel::python::finder::NoModules;
use whimbrel::python::{self, Bodies, Detail, Modules, Resolver, parse_module};
use whimbrel::workspace::{self, Options};

/// The allocator of the program, which the time depends on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Every figure is the fastest of so many runs.
const RUNS: usize = 15;

/// The migrations of one project in both languages.
fn both(options: &Options, root: &Path) -> Vec<(String, String)> {
    let files = Arc::new(Files::default());
    let sources = workspace::discover(&files, options, &[root.to_owned()]).unwrap();
    let converted = convert(Language::Mig, &files, &sources, &mut Vec::new());
    let of = |path: &Path| std::fs::read_to_string(path).unwrap();
    let converted = converted.into_iter();
    converted.map(|it| (of(&it.from), it.text)).collect()
}

/// The cases of `fixtures/sql`, each as an app of one project.
fn fixtures() -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sql");
    for case in std::fs::read_dir(cases).unwrap().flatten() {
        if !case.path().is_dir() {
            continue;
        }
        let app = case.file_name().to_string_lossy().replace('-', "_");
        let migrations = folder.path().join(app).join("migrations");
        std::fs::create_dir_all(&migrations).unwrap();
        std::fs::write(migrations.join("__init__.py"), "").unwrap();
        for file in std::fs::read_dir(case.path()).unwrap().flatten() {
            let name = file.file_name().to_string_lossy().into_owned();
            let is_migration = name.starts_with(|first: char| first.is_ascii_digit());
            if is_migration && Path::new(&name).extension().is_some_and(|it| it == "py") {
                std::fs::copy(file.path(), migrations.join(name)).unwrap();
            }
        }
    }
    std::fs::write(folder.path().join("pyproject.toml"), "").unwrap();
    let options = Options {
        cwd: folder.path().to_owned(),
        ..Options::default()
    };
    (folder, options)
}

fn fastest(mut run: impl FnMut()) -> Duration {
    let once = |run: &mut dyn FnMut()| {
        let started = Instant::now();
        run();
        started.elapsed()
    };
    (0..RUNS).map(|_| once(&mut run)).min().unwrap()
}

fn read(texts: &[&str], extension: &str) {
    let files = Files::default();
    let modules = Modules::new(&files);
    let resolver = Resolver {
        modules: &modules,
        finder: &NoModules,
        settings_module: None,
        constants: None,
    };
    for (at, text) in texts.iter().enumerate() {
        let file = files.add(format!("app/migrations/{at}.{extension}"), *text);
        let id = MigrationId::new("app", at.to_string());
        let module = "app.migrations.0001_initial";
        black_box(match extension {
            "mig" => mig::read_migration(resolver, file, module, id, Detail::Schema),
            _ => python::read_migration(resolver, file, module, id, Detail::Schema),
        });
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|it| it != "--bench")
        .collect();
    let texts = match arguments.as_slice() {
        [project, settings, environment] => {
            let options = Options {
                cwd: PathBuf::from(project),
                settings: Some(settings.clone()),
                python_env: Some(PathBuf::from(environment)),
                ..Options::default()
            };
            both(&options, Path::new(project))
        }
        _ => {
            let (folder, options) = fixtures();
            both(&options, folder.path())
        }
    };
    let python: Vec<&str> = texts.iter().map(|(python, _)| python.as_str()).collect();
    let mig: Vec<&str> = texts.iter().map(|(_, mig)| mig.as_str()).collect();
    println!("{} migrations", texts.len());
    println!("| | Python | `.mig` |\n|---|---:|---:|");
    let bytes = |texts: &[&str]| texts.iter().map(|it| it.len()).sum::<usize>();
    let sizes = [bytes(&python), bytes(&mig)];
    println!("| bytes | {} | {} |", sizes[0], sizes[1]);
    let parsed = [
        fastest(|| {
            for text in &python {
                black_box(parse_module(text, Bodies::Skip));
            }
        }),
        fastest(|| {
            for text in &mig {
                mig::with_arena(text, |arena| {
                    black_box(mig::parse(text, arena));
                });
            }
        }),
    ];
    let read = [
        fastest(|| read(&python, "py")),
        fastest(|| read(&mig, "mig")),
    ];
    for (what, times) in [("tree", parsed), ("migration", read)] {
        let shown = |at: usize| {
            let time = times[at];
            let nanos = time.as_secs_f64() * 1e9 / sizes[at] as f64;
            let files = time.as_secs_f64() * 1e6 / texts.len() as f64;
            format!("{nanos:.1} ns a byte, {files:.1} µs a file")
        };
        println!("| text to {what} | {} | {} |", shown(0), shown(1));
    }
}
