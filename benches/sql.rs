//! `whimbrel sql` beside Django, and over histories of growing length, in one run.
//!
//! ```text
//! cargo bench --bench sql                    the plan of the conformance project, by both
//! cargo bench --bench sql -- --scaling       the table over lengths, too
//!     --only-scaling                         that alone; needs no Django
//!     --only-dialects                        one dialect beside all in one call, alone
//!     --database postgresql|sqlite           only this one
//!     --rounds N                             repetitions of whimbrel (default 7)
//! ```
//!
//! Django makes all SQL of the plan once, which takes minutes: each migration is printed
//! forwards and backwards, and applied in between, since Django asks the database about
//! what it prints. Needs the Python environment of the conformance suite and a
//! PostgreSQL server; prints the Markdown of `docs/performance.md`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench prints its figures"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Operations in the histories of the scaling table.
const SCALE: &[usize] = &[1_000, 10_000, 100_000];

/// Operations in one migration of a history.
const PER_MIGRATION: usize = 50;

fn main() {
    let options = Options::read();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    if !options.only_scaling && !options.only_dialects {
        beside_django(&root, &options);
    }
    if !options.only_scaling {
        one_beside_all(&root, &options);
    }
    if options.scaling {
        over_lengths(&root, &options);
    }
}

struct Options {
    databases: Vec<String>,
    rounds: usize,
    scaling: bool,
    only_scaling: bool,
    only_dialects: bool,
}

impl Options {
    fn read() -> Self {
        let mut options = Self {
            databases: vec!["postgresql".to_owned(), "sqlite".to_owned()],
            rounds: 7,
            scaling: false,
            only_scaling: false,
            only_dialects: false,
        };
        let mut given = std::env::args().skip(1);
        while let Some(argument) = given.next() {
            let mut value = || given.next().expect("the option takes a value");
            match argument.as_str() {
                // Cargo adds it to every bench.
                "--bench" => {}
                "--scaling" => options.scaling = true,
                "--only-scaling" => (options.scaling, options.only_scaling) = (true, true),
                "--only-dialects" => options.only_dialects = true,
                "--database" => options.databases = vec![value()],
                "--rounds" => options.rounds = value().parse().expect("--rounds takes a number"),
                other => panic!("there is no option {other}"),
            }
        }
        options
    }
}

/// What `whimbrel sql` took, and what it printed.
struct Run {
    times: Vec<Duration>,
    processor: Duration,
    peak_mebibytes: f64,
    lines: usize,
    bytes: usize,
}

impl Run {
    fn fastest(&self) -> Duration {
        self.times.iter().copied().min().expect("it ran")
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times[times.len() / 2]
    }
}

/// Runs a command and prints its processor time in seconds and its peak memory in KiB.
const USAGE: &str = "import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss)";

fn whimbrel(project: &Path, environment: Option<&Path>, database: &str, rounds: usize) -> Run {
    let mut arguments = vec![
        "sql".into(),
        "--all".into(),
        "--format".into(),
        "json".into(),
    ];
    arguments.extend(["--dialect".into(), database.into()]);
    arguments.extend(["--project".into(), project.as_os_str().to_owned()]);
    if let Some(environment) = environment {
        arguments.extend(["--python-env".into(), environment.as_os_str().to_owned()]);
    }
    let command = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_whimbrel"));
        command.args(&arguments).stdin(Stdio::null());
        command
    };
    let output = command().output().expect("whimbrel starts");
    let code = output.status.code();
    // Packages have operations that only Python can tell; a history of ours has none.
    let is_good = code == Some(0) || code == Some(1) && environment.is_some();
    assert!(is_good, "{}", String::from_utf8_lossy(&output.stderr));
    let mut times = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let start = Instant::now();
        let status = command()
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        times.push(start.elapsed());
        assert_eq!(status.expect("whimbrel starts").code(), code);
    }
    let mut usage = Command::new("python3");
    usage
        .args(["-c", USAGE, env!("CARGO_BIN_EXE_whimbrel")])
        .args(&arguments);
    let usage = said(&mut usage);
    let (processor, peak) = usage.split_once(' ').expect("two numbers");
    let number = |text: &str| text.parse::<f64>().expect("a number");
    Run {
        times,
        processor: Duration::from_secs_f64(number(processor)),
        peak_mebibytes: number(peak) / 1024.0,
        lines: output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        bytes: output.stdout.len(),
    }
}

/// What Django took for the conformance project.
struct Django {
    migrations: usize,
    forwards: f64,
    backwards: f64,
    whole: f64,
}

fn django(root: &Path, environment: &Path, database: &str) -> Django {
    let start = Instant::now();
    let output = Command::new(environment.join("bin/python"))
        .args(["-B", "-W", "ignore"])
        .arg(root.join("tests/conformance/sql.py"))
        .args(["--anew", "--database", database])
        .output()
        .expect("the environment's Python starts");
    let whole = start.elapsed().as_secs_f64();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let line = told
        .lines()
        .find(|line| line.contains("printing took"))
        .expect("sql.py says how long Django took");
    let seconds = |before: &str| -> f64 {
        let words: Vec<&str> = line
            .split(before)
            .next()
            .unwrap_or_default()
            .split(' ')
            .collect();
        let [.., number, _, _] = words.as_slice() else {
            panic!("{line}");
        };
        number.parse().expect("seconds")
    };
    Django {
        migrations: output.stdout.iter().filter(|byte| **byte == b'\n').count(),
        forwards: seconds("forwards"),
        backwards: seconds("backwards"),
        whole,
    }
}

fn beside_django(root: &Path, options: &Options) {
    let mut script = Command::new("bash");
    script.arg(root.join("tests/conformance/environment.sh"));
    let environment = PathBuf::from(said(&mut script));
    let project = root.join("tests/conformance/project");
    let mut table = String::from(
        "| database | migrations | Django, printing forwards and backwards | its whole process \
         | `whimbrel sql`, both ways | printing divided by whimbrel |\n|---|--:|--:|--:|--:|--:|\n",
    );
    for database in &options.databases {
        let before = whimbrel(&project, Some(&environment), database, options.rounds);
        let django = django(root, &environment, database);
        let after = whimbrel(&project, Some(&environment), database, options.rounds);
        assert_eq!(before.lines, django.migrations, "migrations of {database}");
        let times = before.times.into_iter().chain(after.times).collect();
        let ours = Run { times, ..after };
        let printing = django.forwards + django.backwards;
        writeln!(
            table,
            "| {database} | {} | {:.1} s | {:.1} s | {} ({} fastest) | {:.0} |",
            django.migrations,
            printing,
            django.whole,
            milliseconds(ours.median()),
            milliseconds(ours.fastest()),
            printing / ours.median().as_secs_f64(),
        )
        .expect("a string takes all that is written");
    }
    println!("{table}");
}

/// One dialect beside all of them in one call: what takes a call of its own for each
/// takes no more than two of them.
fn one_beside_all(root: &Path, options: &Options) {
    const DIALECTS: &[&str] = &["postgresql", "sqlite", "mysql", "mariadb", "oracle"];
    let mut script = Command::new("bash");
    script.arg(root.join("tests/conformance/environment.sh"));
    let environment = PathBuf::from(said(&mut script));
    let project = root.join("tests/conformance/project");
    let mut runs: Vec<(&str, Vec<Run>)> = Vec::new();
    for _ in 0..options.rounds {
        for (at, name) in DIALECTS.iter().chain([&"all"]).enumerate() {
            if runs.len() == at {
                runs.push((name, Vec::new()));
            }
            // In turn, so that a busy moment of the machine falls on all alike.
            let run = whimbrel(&project, Some(&environment), name, 1);
            runs[at].1.push(run);
        }
    }
    println!("| dialects | elapsed, fastest | median | processor time | SQL | peak memory |");
    println!("|---|--:|--:|--:|--:|--:|");
    let mut fastest = Vec::new();
    for (name, runs) in runs {
        let mut times: Vec<Duration> = runs.iter().map(Run::fastest).collect();
        times.sort();
        let processor = runs.iter().map(|it| it.processor).min().expect("it ran");
        let last = runs.last().expect("it ran");
        println!(
            "| {name} | {} | {} | {} | {:.1} MB | {:.0} MiB |",
            milliseconds(times[0]),
            milliseconds(times[times.len() / 2]),
            milliseconds(processor),
            last.bytes as f64 / 1e6,
            last.peak_mebibytes,
        );
        fastest.push(times[0].as_secs_f64());
    }
    let (all, each) = fastest.split_last().expect("all of them ran");
    let mean = each.iter().sum::<f64>() / each.len() as f64;
    println!(
        "\nall at once: {:.2} of the mean dialect, {:.2} of the slowest, {:.2} of the fastest\n",
        all / mean,
        all / each.iter().copied().fold(0.0, f64::max),
        all / each.iter().copied().fold(f64::INFINITY, f64::min),
    );
}

/// A kind of history: its name, and the operations at a position.
type Shape = (&'static str, fn(usize) -> String);

const SHAPES: &[Shape] = &[
    ("many small models", small_models),
    ("one model altered", one_model),
    ("chains of renames", renames),
    ("relations to one model", relations),
];

const FIELDS: &[&str] = &[
    "models.CharField(max_length=40)",
    "models.CharField(max_length=80, null=True)",
    "models.IntegerField(default=0)",
    "models.TextField(blank=True, default='')",
    "models.DateTimeField(null=True, db_index=True)",
    "models.DecimalField(max_digits=8, decimal_places=2, null=True)",
];

fn create(name: &str, fields: &[&str]) -> String {
    let fields = fields.join(", ");
    format!(
        "migrations.CreateModel(name='{name}', fields=[\
         ('id', models.BigAutoField(primary_key=True)), {fields}])"
    )
}

/// Each model is made, gets a field and an index, loses the field and is altered.
fn small_models(at: usize) -> String {
    let (model, step) = (at / 5, at % 5);
    match step {
        0 => create(
            &format!("Model{model}"),
            &[
                "('title', models.CharField(max_length=100, db_index=True))",
                "('size', models.IntegerField(default=0))",
            ],
        ),
        1 => format!("migrations.AddField('model{model}', 'note', models.TextField(default=''))"),
        2 => format!(
            "migrations.AddIndex('model{model}', models.Index(fields=['size'], name='size_{model}'))"
        ),
        3 => format!("migrations.RemoveField('model{model}', 'note')"),
        _ => format!(
            "migrations.AlterField('model{model}', 'title', models.CharField(max_length=120))"
        ),
    }
}

/// One model whose fields come, change and go.
fn one_model(at: usize) -> String {
    if at == 0 {
        return create("Thing", &["('name', models.CharField(max_length=100))"]);
    }
    let (field, step) = (at / 4, at % 4);
    match step {
        0 => format!(
            "migrations.AlterField('thing', 'name', models.CharField(max_length={}))",
            100 + field % 50
        ),
        1 => format!(
            "migrations.AddField('thing', 'f{field}', {})",
            FIELDS[field % FIELDS.len()]
        ),
        2 => format!(
            "migrations.AlterField('thing', 'f{field}', {})",
            FIELDS[(field + 1) % FIELDS.len()]
        ),
        _ => format!("migrations.RemoveField('thing', 'f{field}')"),
    }
}

/// A model, a field and a table with a relation to the model, renamed again and again.
fn renames(at: usize) -> String {
    match at {
        0 => create(
            "Name0",
            &["('f1', models.CharField(max_length=100, db_index=True))"],
        ),
        1 => create(
            "Other",
            &["('name', models.ForeignKey('Name0', models.CASCADE))"],
        ),
        _ if at.is_multiple_of(2) => {
            let step = at / 2;
            format!("migrations.RenameModel('Name{}', 'Name{step}')", step - 1)
        }
        _ => {
            let step = at / 2;
            format!(
                "migrations.RenameField('name{step}', 'f{step}', 'f{}')",
                step + 1
            )
        }
    }
}

/// Models that refer to one model, which is altered as well.
fn relations(at: usize) -> String {
    if at == 0 {
        return create("Hub", &["('name', models.CharField(max_length=100))"]);
    }
    let (model, step) = (at / 4, at % 4);
    match step {
        1 => create(
            &format!("Spoke{model}"),
            &["('hub', models.ForeignKey('Hub', models.CASCADE))"],
        ),
        2 => format!("migrations.AddField('hub', 'f{model}', models.IntegerField(default=0))"),
        3 => format!(
            "migrations.AlterField('hub', 'name', models.CharField(max_length={}))",
            100 + model % 50
        ),
        _ => format!("migrations.RemoveField('hub', 'f{}')", model - 1),
    }
}

/// Writes a project with a history of that many operations, unless it is there.
fn history(root: &Path, (name, operation): Shape, operations: usize) -> PathBuf {
    let folder = root.join(format!(
        "target/bench/{}-{operations}",
        name.replace(' ', "-")
    ));
    if folder.join("manage.py").exists() {
        return folder;
    }
    let write = |path: &str, text: &str| {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("a folder is made");
        std::fs::write(path, text).expect("a file is written");
    };
    write(
        "settings.py",
        "INSTALLED_APPS = ['shop']\nDEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n",
    );
    write("shop/__init__.py", "");
    write("shop/migrations/__init__.py", "");
    let mut last = String::new();
    for (number, start) in (0..operations).step_by(PER_MIGRATION).enumerate() {
        let mut text = String::from(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n",
        );
        writeln!(text, "    dependencies = [{last}]\n    operations = [").expect("it is a string");
        for at in start..operations.min(start + PER_MIGRATION) {
            writeln!(text, "        {},", operation(at)).expect("it is a string");
        }
        text.push_str("    ]\n");
        write(&format!("shop/migrations/m{number:05}.py"), &text);
        last = format!("('shop', 'm{number:05}')");
    }
    write(
        "manage.py",
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n\
         from django.core.management import execute_from_command_line\n",
    );
    folder
}

fn over_lengths(root: &Path, options: &Options) {
    println!(
        "| history | database | operations | elapsed | processor time an operation | SQL | peak memory |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|");
    for shape in SHAPES {
        for database in options.databases.iter().map(String::as_str).chain(["all"]) {
            for operations in SCALE {
                let project = history(root, *shape, *operations);
                let run = whimbrel(&project, None, database, options.rounds.min(3));
                println!(
                    "| {} | {database} | {operations} | {} | {:.1} µs | {:.1} MB | {:.0} MiB |",
                    shape.0,
                    milliseconds(run.fastest()),
                    run.processor.as_secs_f64() * 1e6 / *operations as f64,
                    run.bytes as f64 / 1e6,
                    run.peak_mebibytes,
                );
            }
        }
    }
    println!();
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
