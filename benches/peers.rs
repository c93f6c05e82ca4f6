//! Whimbrel on large trees, beside `cat` and beside ruff, in one run.
//!
//! ```text
//! cargo bench --bench peers                  make a tree of 15,000 migrations, then time all
//! cargo bench --bench peers -- TREE          time on a tree that generate_tree.py made
//!     --rounds N                             repetitions of everything (default 7)
//!     --scaling, --only-scaling              the table over tree sizes, too or alone
//! ```
//!
//! The repetitions are interleaved, so that a busy moment of the machine falls on
//! all of them alike. Needs Python 3; prints the Markdown of `docs/performance.md`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Migrations in the tree that everything is timed on.
const FILES: usize = 15_000;

/// Sizes of the trees of the scaling table.
const SCALE: &[usize] = &[1_000, 5_000, 15_000, 50_000, 100_000];

/// Runs a command and prints the peak resident memory of it, in KiB.
const PEAK: &str = "import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";

fn main() {
    let options = Options::read();
    let tools = Tools::find();
    println!("{}\n", tools.machine());
    if !options.only_scaling {
        let tree = options.tree.clone().unwrap_or_else(|| tools.tree(FILES));
        beside_peers(&tools, &tree, options.rounds);
    }
    if options.scaling {
        over_sizes(&tools, options.rounds.min(3));
    }
}

struct Options {
    tree: Option<PathBuf>,
    rounds: usize,
    scaling: bool,
    only_scaling: bool,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            tree: None,
            rounds: 7,
            scaling: false,
            only_scaling: false,
        };
        let mut given = std::env::args_os().skip(1);
        while let Some(argument) = given.next() {
            match argument.to_str() {
                // Cargo adds it to every bench.
                Some("--bench") => {}
                Some("--scaling") => options.scaling = true,
                Some("--only-scaling") => (options.scaling, options.only_scaling) = (true, true),
                Some("--rounds") => {
                    let rounds = given.next().and_then(|text| text.to_str()?.parse().ok());
                    options.rounds = rounds.expect("--rounds takes a number");
                }
                _ => options.tree = Some(PathBuf::from(argument)),
            }
        }
        options
    }
}

/// The programs and folders that the bench uses.
struct Tools {
    root: PathBuf,
    environment: PathBuf,
    ruff: PathBuf,
}

impl Tools {
    fn find() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut script = Command::new("bash");
        script.arg(root.join("tests/conformance/environment.sh"));
        let environment = PathBuf::from(said(&mut script));
        let ruff = Self::ruff(&root);
        Self {
            root,
            environment,
            ruff,
        }
    }

    /// Ruff, installed into an environment of its own on first use.
    fn ruff(root: &Path) -> PathBuf {
        let folder = root.join("target/bench/ruff");
        let requirements = root.join("benches/requirements.txt");
        let python = folder.join("bin/python");
        if !folder.join("bin/ruff").exists() {
            said(Command::new("python3").args(["-m", "venv"]).arg(&folder));
            let install = ["-m", "pip", "install", "--quiet", "--requirement"];
            said(Command::new(&python).args(install).arg(&requirements));
        }
        folder.join("bin/ruff")
    }

    /// A tree of that many migrations, made unless it is there.
    fn tree(&self, files: usize) -> PathBuf {
        let tree = self.root.join(format!("target/bench/tree-{files}"));
        if !tree.exists() {
            eprintln!("making {}", tree.display());
            let mut generate = Command::new(self.environment.join("bin/python"));
            generate
                .args(["-W", "ignore"])
                .arg(self.root.join("benches/generate_tree.py"));
            said(generate.arg(&tree).args(["--files", &files.to_string()]));
        }
        tree
    }

    fn machine(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processor
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let model = model.map_or("unknown processor", |(_, model)| model);
        let ruff = said(Command::new(&self.ruff).arg("--version"));
        format!("{cores} cores of {model}; {ruff}; files in the page cache.")
    }

    fn whimbrel(&self, path: &Path) -> Vec<OsString> {
        let mut line = vec![
            OsString::from(env!("CARGO_BIN_EXE_whimbrel")),
            "check".into(),
        ];
        line.extend([
            "--output-format".into(),
            "json".into(),
            "--python-env".into(),
        ]);
        line.extend([self.environment.clone().into_os_string(), path.into()]);
        line
    }
}

/// One program to time, and what it took each time.
struct Contender {
    name: String,
    line: Vec<OsString>,
    /// A file to put on its standard input.
    input: Option<PathBuf>,
    times: Vec<Duration>,
}

impl Contender {
    fn new(name: impl Into<String>, line: Vec<OsString>) -> Self {
        Self {
            name: name.into(),
            line,
            input: None,
            times: Vec::new(),
        }
    }

    fn run(&mut self) {
        let mut command = Command::new(&self.line[0]);
        command
            .args(&self.line[1..])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match &self.input {
            Some(path) => command.stdin(File::open(path).expect("the list of files opens")),
            None => command.stdin(Stdio::null()),
        };
        let start = Instant::now();
        let status = command.status().expect("the program starts");
        self.times.push(start.elapsed());
        // Linters answer 1 when they have findings.
        assert!(
            matches!(status.code(), Some(0 | 1)),
            "{}: {status}",
            self.name
        );
    }

    fn fastest(&self) -> Duration {
        self.times.iter().copied().min().expect("it ran")
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times[times.len() / 2]
    }

    fn peak_mebibytes(&self) -> f64 {
        let mut command = Command::new("python3");
        command.args(["-c", PEAK]).args(&self.line);
        let kibibytes: f64 = said(&mut command).parse().expect("a number of KiB");
        kibibytes / 1024.0
    }
}

fn beside_peers(tools: &Tools, tree: &Path, rounds: usize) {
    let files = python_files(tree);
    let list = tools.root.join("target/bench/files");
    let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
    std::fs::write(&list, names.join("\0")).expect("the list of files is written");
    let migrations: Vec<_> = files.iter().filter(|file| is_migration(file)).collect();
    let one = migrations[migrations.len() / 2].as_path();
    assert_counted(tools, tree, migrations.len());

    let mut cat = Contender::new("`cat` of every file", words(&["xargs", "-0", "cat"]));
    cat.input = Some(list);
    let mut ruff = vec![tools.ruff.clone().into_os_string()];
    ruff.extend(words(&[
        "check",
        "--no-cache",
        "--isolated",
        "--select",
        "DJ",
    ]));
    ruff.push(tree.into());
    let mut contenders = [
        cat,
        Contender::new("`ruff check --no-cache --isolated --select DJ`", ruff),
        Contender::new("`whimbrel check`", tools.whimbrel(tree)),
        Contender::new("`whimbrel check` of one file", tools.whimbrel(one)),
    ];
    for _ in 0..rounds {
        contenders.iter_mut().for_each(Contender::run);
    }

    let bytes: u64 = files
        .iter()
        .filter_map(|file| file.metadata().ok())
        .map(|data| data.len())
        .sum();
    println!(
        "{} migrations in {} Python files of {:.1} MB; {rounds} rounds.\n",
        migrations.len(),
        files.len(),
        bytes as f64 / 1e6
    );
    println!("| | fastest | median | peak memory |\n|---|--:|--:|--:|");
    for contender in &contenders {
        let peak = match contender.input {
            Some(_) => String::new(),
            None => format!("{:.0} MiB", contender.peak_mebibytes()),
        };
        let [fastest, median] = [contender.fastest(), contender.median()].map(milliseconds);
        println!("| {} | {fastest} | {median} | {peak} |", contender.name);
    }
    println!();
}

fn over_sizes(tools: &Tools, rounds: usize) {
    let trees: Vec<_> = SCALE
        .iter()
        .map(|files| (*files, tools.tree(*files)))
        .collect();
    let mut contenders: Vec<_> = trees
        .iter()
        .map(|(_, tree)| Contender::new("check", tools.whimbrel(tree)))
        .collect();
    for (files, tree) in &trees {
        assert_counted(tools, tree, *files);
    }
    for _ in 0..rounds {
        contenders.iter_mut().for_each(Contender::run);
    }
    println!("| migrations | fastest | median | per file | peak memory |\n|--:|--:|--:|--:|--:|");
    for ((files, _), contender) in trees.iter().zip(&contenders) {
        let fastest = contender.fastest();
        println!(
            "| {files} | {} | {} | {:.1} µs | {:.0} MiB |",
            milliseconds(fastest),
            milliseconds(contender.median()),
            fastest.as_secs_f64() * 1e6 / *files as f64,
            contender.peak_mebibytes(),
        );
    }
    println!();
}

/// Fails unless whimbrel reads every migration of the tree: speed on files that
/// were passed over would mean nothing.
fn assert_counted(tools: &Tools, tree: &Path, migrations: usize) {
    let line = tools.whimbrel(tree);
    let output = Command::new(&line[0])
        .args(&line[1..])
        .output()
        .expect("whimbrel starts");
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            panic!("{}: no report: {error}: {told}", tree.display())
        });
    let read = report["summary"]["migrations"].as_u64();
    assert_eq!(
        read,
        Some(migrations as u64),
        "migrations read of {}",
        tree.display()
    );
}

fn python_files(tree: &Path) -> Vec<PathBuf> {
    let entries = walkdir::WalkDir::new(tree).sort_by_file_name().into_iter();
    let paths = entries.map(|entry| entry.expect("the tree can be walked").into_path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect()
}

/// The generator numbers migrations as Django does; helper modules are not numbered.
fn is_migration(file: &Path) -> bool {
    let within = file
        .parent()
        .is_some_and(|folder| folder.ends_with("migrations"));
    let text = || std::fs::read_to_string(file).unwrap_or_default();
    within && text().contains("class Migration")
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1e3)
}

/// What a command that must succeed prints, trimmed.
fn said(command: &mut Command) -> String {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
