//! The migrations of `fixtures/sql` as `.mig` files, and as Python again: they mean the
//! same in every dialect.
//!
//! That Django holds the same of what came back is for the conformance suite.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use whimbrel::base::Files;
use whimbrel::diag::Diagnostic;
use whimbrel::ir::{Dependency, DependencyTarget, Migration, Value};
use whimbrel::mig;
use whimbrel::pipeline::{Analysis, Language, Purpose, convert};
use whimbrel::sql::Server;
use whimbrel::sql::dialect::DIALECTS;
use whimbrel::workspace::{self, Options};

use crate::console::repository;
use crate::sql::{STACK, cases, config, planned, settings, unpack};

type Sql = Vec<BTreeMap<String, Option<String>>>;

/// A folder's SQL in all dialects, and what every migration is but for its operations.
fn read(root: &Path, case: &Path) -> (Sql, Vec<String>) {
    let (_, Analysis { mut projects, .. }) =
        crate::support::documents::analyse(root, Purpose::Graph, 1);
    assert_eq!(projects.len(), 1, "{}", case.display());
    let project = projects.remove(0).project;
    let settings = settings(&config(case));
    let sql = DIALECTS
        .iter()
        .map(|dialect| planned(&project, &Server::new(dialect, None), &settings))
        .collect();
    let apps = project.apps.iter().filter(|app| app.folder.is_some());
    let heads = apps.flat_map(|app| &app.migrations).map(head).collect();
    (sql, heads)
}

fn head(migration: &Migration) -> String {
    let Migration {
        id,
        initial,
        atomic,
        dependencies,
        run_before,
        replaces,
        operations,
        ..
    } = migration;
    let flag = |flag: &Option<whimbrel::base::Spanned<whimbrel::ir::Known<bool>>>| {
        format!("{:?}", flag.as_ref().map(|flag| &flag.value))
    };
    let target = |it: &Dependency| {
        let target = match &it.target {
            DependencyTarget::Computed(call) => shape(&call.value),
            other => format!("{other:?}"),
        };
        match &it.call {
            Some(call) => format!("{target} of {}", shape(&call.value)),
            None => target,
        }
    };
    let targets = |list: &[Dependency]| -> Vec<String> { list.iter().map(target).collect() };
    format!(
        "{id} {} {} {:?} {:?} {:?} {}",
        flag(initial),
        flag(atomic),
        targets(dependencies),
        targets(run_before),
        targets(replaces),
        operations.len()
    )
}

/// A call without places.
fn shape(value: &Value) -> String {
    let Value::Object(call) = value else {
        return format!("{value:?}");
    };
    let args: Vec<String> = call.args.iter().map(|it| shape(&it.value)).collect();
    let kwargs = call.kwargs.iter();
    let kwargs: Vec<String> = kwargs
        .map(|(name, it)| format!("{name}={}", shape(&it.value)))
        .collect();
    format!("{}({args:?}, {kwargs:?})", call.path)
}

/// Cases that stay `.mig` on the way back, and why.
pub(crate) const STAY: &[(&str, &str)] = &[(
    "custom-field-made-class",
    "a class that a call makes stands in no module, and Python names classes by modules",
)];

/// Converts all files of a folder; what stays as it is.
fn converted(root: &Path, language: Language) -> (usize, Vec<Diagnostic>) {
    let files = Arc::new(Files::default());
    let options = Options {
        cwd: root.to_owned(),
        ..Options::default()
    };
    let sources = workspace::discover(&files, &options, &[root.to_owned()]).unwrap();
    let mut left = Vec::new();
    let all = convert(language, &files, &sources, &mut left);
    for one in &all {
        if language == Language::Mig {
            assert_eq!(
                mig::format(&one.text).as_ref(),
                Ok(&one.text),
                "{}",
                one.shown
            );
        }
        let folder = one.from.parent().unwrap();
        let module = one.module.iter().map(|(name, text)| (name, text));
        for (name, text) in module.chain([(&one.file, &one.text)]) {
            assert!(!folder.join(name).exists(), "{name}");
            std::fs::write(folder.join(name), text).unwrap();
        }
        std::fs::remove_file(&one.from).unwrap();
    }
    (all.len(), left)
}

/// Compares a case in both languages; how many migrations were converted, and what is
/// wrong.
fn same_in_both(case: &Path) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    unpack(case, &config(case), root);
    let name = case.file_name().unwrap().to_string_lossy();
    let mut faults = Vec::new();
    let as_written = read(root, case);
    let (count, left) = converted(root, Language::Mig);
    faults.extend(left.iter().map(|it| format!("{name}: {}", it.message)));
    let as_mig = read(root, case);
    faults.extend(difference(&as_written, &as_mig).map(|it| format!("{name}: {it}")));
    let (_, left) = converted(root, Language::Python);
    let stays = STAY.iter().any(|(case, _)| *case == name);
    assert!(!stays || !left.is_empty(), "{name} no longer stays");
    if !stays {
        faults.extend(
            left.iter()
                .map(|it| format!("{name}: back: {}", it.message)),
        );
    }
    let as_python = read(root, case);
    faults.extend(difference(&as_written, &as_python).map(|it| format!("{name}, back: {it}")));
    (count, faults)
}

/// The first thing that differs.
fn difference(before: &(Sql, Vec<String>), after: &(Sql, Vec<String>)) -> Option<String> {
    for (before, after) in before.0.iter().zip(&after.0) {
        if let Some((key, sql)) = before
            .iter()
            .find(|(key, sql)| after.get(*key) != Some(sql))
        {
            return Some(format!("{key}: {sql:?} is now {:?}", after.get(key)));
        }
    }
    let mut heads = before.1.iter().zip(&after.1);
    let differs = heads.find(|(before, after)| before != after);
    differs.map(|(before, after)| format!("{before} is now {after}"))
}

/// Does something with all cases, on as many threads as the machine has. A worker of
/// rayon would begin further cases on the same stack while it waits for one.
pub(crate) fn of_all_cases<T: Send>(work: impl Fn(&Path) -> T + Sync) -> Vec<T> {
    let cases = cases();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let until_all_are_done = || {
        let mut out = Vec::new();
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            out.push(work(case));
        }
        out
    };
    std::thread::scope(|scope| {
        let start = |_| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, until_all_are_done).unwrap()
        };
        let threads: Vec<_> = (0..threads).map(start).collect();
        let done = threads.into_iter().flat_map(|it| it.join().unwrap());
        done.collect()
    })
}

#[test]
fn migrations_are_the_same_in_both_languages() {
    let all = of_all_cases(same_in_both);
    let count: usize = all.iter().map(|(count, _)| count).sum();
    let faults: Vec<&String> = all.iter().flat_map(|(_, faults)| faults).collect();
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(count > 500, "{count} migrations");
}

/// Functions of the class's body and lambda expressions move to the module beside the
/// migration; a condition on the database becomes an `on` block and then a test again.
#[test]
fn own_functions_move_and_conditions_stay() {
    let folder = tempfile::tempdir().unwrap();
    let migrations = folder.path().join("shop/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    for init in ["shop/__init__.py", "shop/migrations/__init__.py"] {
        std::fs::write(folder.path().join(init), "").unwrap();
    }
    let source = repository().join("fixtures/python/converted");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    std::fs::copy(
        source.join("0001_initial.py"),
        migrations.join("0001_initial.py"),
    )
    .unwrap();
    let mut faults = String::new();
    let mut compare = |name: &str, expected: &str| {
        let found = read(&migrations.join(name));
        let expected = source.join(expected);
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(expected, found).unwrap();
        } else if found != read(&expected) {
            faults.push_str(&format!("{}:\n{found}", expected.display()));
        }
    };
    let (count, left) = converted(folder.path(), Language::Mig);
    assert_eq!((count, left.len()), (1, 0), "{left:?}");
    compare("0001_initial.mig", "0001_initial.mig");
    compare("_0001_initial.py", "_0001_initial.py");
    let (count, left) = converted(folder.path(), Language::Python);
    assert_eq!((count, left.len()), (1, 0), "{left:?}");
    compare("0001_initial.py", "back.py");
    assert!(faults.is_empty(), "(UPDATE_EXPECT=1 accepts it)\n{faults}");
}

/// A project whose first migration depends on what functions compute.
fn swapping(root: &Path, dependencies: &[&str], swaps: Option<&str>) {
    let migrations = root.join("shop/migrations");
    std::fs::create_dir_all(&migrations).unwrap();
    for init in ["shop/__init__.py", "shop/migrations/__init__.py"] {
        std::fs::write(root.join(init), "").unwrap();
    }
    if let Some(swaps) = swaps {
        std::fs::write(root.join("shop/swaps.py"), swaps).unwrap();
    }
    let mut python = String::from(
        "import swapper\nfrom django.db import migrations\n\n\
         from shop import swaps\nfrom shop.swaps import first\n\n\n\
         class Migration(migrations.Migration):\n    dependencies = [\n",
    );
    for dependency in dependencies {
        python.push_str(&format!("        {dependency},\n"));
    }
    python.push_str("    ]\n    operations = []\n");
    std::fs::write(migrations.join("0001_initial.py"), python).unwrap();
}

/// What is read of the migration of [`swapping`], and what could not be.
fn told(root: &Path, purpose: Purpose) -> (Migration, Vec<String>) {
    let (_, analysis) = crate::support::documents::analyse(root, purpose, 1);
    let project = &analysis.projects[0].project;
    let app = project.apps.iter().find(|app| app.label.as_str() == "shop");
    let migration = app.unwrap().migrations[0].clone();
    let unread = migration.unread.iter();
    let reasons = unread
        .map(|it| format!("{} {} {}", it.attribute, it.is_element, it.unknown.reason))
        .collect();
    (migration, reasons)
}

/// Converts the migration of [`swapping`] to `.mig`, which is compared, and back to
/// Python; its lines. Both mean what it meant.
fn there_and_back(root: &Path, mig: &str) -> Vec<String> {
    let told = || {
        let (migration, reasons) = told(root, Purpose::Graph);
        (head(&migration), reasons)
    };
    let as_written = told();
    let (count, left) = converted(root, Language::Mig);
    assert_eq!((count, left.len()), (1, 0), "{left:?}");
    let text = std::fs::read_to_string(root.join("shop/migrations/0001_initial.mig")).unwrap();
    assert_eq!(text, mig);
    assert_eq!(told(), as_written);
    let (count, left) = converted(root, Language::Python);
    assert_eq!((count, left.len()), (1, 0), "{left:?}");
    assert_eq!(told(), as_written);
    let text = std::fs::read_to_string(root.join("shop/migrations/0001_initial.py")).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// What only running code can tell goes into `.mig` and back as it was written, at its
/// place in the list, and the graph says of both that it was not read.
#[test]
fn computed_dependencies_stay_calls() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let dependencies = [
        "swapper.dependency(\"reversion\", \"Revision\")",
        "(\"shop\", \"__first__\")",
        "first(\"ledger\", version=2)",
    ];
    swapping(root, &dependencies, None);
    let (_, unread) = told(root, Purpose::Graph);
    assert_eq!(unread.len(), 2, "{unread:?}");
    let lines = there_and_back(
        root,
        "after swapper.dependency(\"reversion\", \"Revision\"), __first__, \
         shop.swaps.first(\"ledger\", version=2)\n",
    );
    for line in [
        "swapper.dependency('reversion', 'Revision'),",
        "shop.swaps.first('ledger', version=2),",
        "import shop",
        "import swapper",
    ] {
        assert!(lines.iter().any(|it| it == line), "{line}: {lines:#?}");
    }
}

/// A call whose result is known stays a call all the same, and the graph has the result.
#[test]
fn dependencies_that_are_evaluated_stay_calls() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let dependencies = [
        "first(\"ledger\", version=2)",
        "swaps.model(\"accounts\", \"User\")",
        "swaps.Swap.pair(\"billing\")",
        "swapper.dependency(\"reversion\", \"Revision\")",
        "(\"tax\", \"0002_rates\")",
        "migrations.swappable_dependency(\"people.Person\")",
    ];
    let swaps = "from django.db import migrations\n\n\n\
        def first(app, version=1):\n    return (app, \"000%d_first\" % version)\n\n\n\
        def model(app, name):\n    \
            return migrations.swappable_dependency(app + \".\" + name)\n\n\n\
        class Swap:\n    @staticmethod\n    def pair(app):\n        \
            return [app, \"__latest__\"]\n";
    swapping(root, &dependencies, Some(swaps));
    let keys = |purpose| -> Vec<(Option<String>, bool)> {
        let (migration, _) = told(root, purpose);
        let listed = migration.dependencies.iter();
        let key = |it: &Dependency| it.target.key().map(|id| id.to_string());
        listed.map(|it| (key(it), it.call.is_some())).collect()
    };
    let graph = [
        (Some("ledger.0002_first"), true),
        (Some("accounts.__first__"), true),
        (Some("billing.__latest__"), true),
        (None, false),
        (Some("tax.0002_rates"), false),
        (Some("people.__first__"), false),
    ]
    .map(|(key, has_call)| (key.map(str::to_owned), has_call));
    assert_eq!(keys(Purpose::Graph), graph);
    // Who does not write migrations has the same keys without the calls.
    let lean = graph.clone().map(|(key, _)| (key, false));
    assert_eq!(keys(Purpose::Review), lean);
    let lines = there_and_back(
        root,
        "after shop.swaps.first(\"ledger\", version=2), \
         shop.swaps.model(\"accounts\", \"User\")\n\
         after shop.swaps.Swap.pair(\"billing\"), \
         swapper.dependency(\"reversion\", \"Revision\"), tax.0002_rates\n\
         after swappable \"people.Person\"\n",
    );
    assert_eq!(keys(Purpose::Graph), graph);
    let from = lines
        .iter()
        .position(|it| it == "dependencies = [")
        .unwrap();
    assert_eq!(
        lines[from + 1..=from + dependencies.len()],
        [
            "shop.swaps.first('ledger', version=2),",
            "shop.swaps.model('accounts', 'User'),",
            "shop.swaps.Swap.pair('billing'),",
            "swapper.dependency('reversion', 'Revision'),",
            "('tax', '0002_rates'),",
            "migrations.swappable_dependency('people.Person'),",
        ]
    );
}
