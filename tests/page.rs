//! `whimbrel graph --format html`: what the page holds. How it behaves in a browser is
//! tried by `tests/browser/check.sh`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::console::{repository, whimbrel};

const BOOKSHOP: &str = "fixtures/projects/bookshop";

fn run(folder: &Path, args: &[&str]) -> String {
    let output = whimbrel(folder).args(args).output().unwrap();
    assert_ne!(
        output.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The data of a page, and all that stands around it.
fn parts(page: &str) -> (Value, String) {
    let (before, rest) = page
        .split_once("<script type=\"application/json\" id=\"data\">")
        .unwrap();
    let (data, after) = rest.split_once("</script>").unwrap();
    (
        serde_json::from_str(data).unwrap(),
        before.to_owned() + after,
    )
}

fn names(data: &Value) -> Vec<String> {
    let label = |node: &Value| {
        let app = usize::try_from(node["app"].as_u64().unwrap()).unwrap();
        data["apps"][app]["label"].as_str().unwrap().to_owned()
    };
    let nodes = data["migrations"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| format!("{}.{}", label(node), node["name"].as_str().unwrap()))
        .collect()
}

fn node<'d>(data: &'d Value, name: &str) -> &'d Value {
    let at = names(data).iter().position(|it| it == name).unwrap();
    &data["migrations"][at]
}

#[test]
fn the_page_holds_every_migration_finding_and_dependency() {
    let page = run(
        repository(),
        &["graph", "--format", "html", "--project", BOOKSHOP],
    );
    let (data, _) = parts(&page);
    let names = names(&data);
    let plan = run(repository(), &["plan", "--project", BOOKSHOP]);
    assert!(!plan.is_empty());
    for name in plan.lines() {
        assert_eq!(names.iter().filter(|it| *it == name).count(), 1, "{name}");
    }

    let reported = run(
        repository(),
        &["check", BOOKSHOP, "--output-format", "json-lines"],
    );
    let reported: Vec<String> = reported
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["message"].to_string())
        .collect();
    let nodes = data["migrations"].as_array().unwrap().iter();
    let mut shown: Vec<String> = nodes
        .map(|node| &node["findings"])
        .chain([&data["others"]])
        .flat_map(|findings| findings.as_array().unwrap())
        .map(|finding| finding["message"].to_string())
        .collect();
    let mut expected = reported;
    expected.sort();
    shown.sort();
    assert!(!shown.is_empty());
    assert_eq!(shown, expected);

    let after: BTreeSet<&str> = node(&data, "orders.0004_order_points_spent")["after"]
        .as_array()
        .unwrap()
        .iter()
        .map(|at| names[usize::try_from(at.as_u64().unwrap()).unwrap()].as_str())
        .collect();
    assert_eq!(
        after,
        BTreeSet::from(["customers.0002_customer_loyalty", "orders.0003_fill_totals"])
    );
    assert_eq!(
        node(&data, "customers.0002_customer_loyalty")["mark"],
        "missing"
    );
    assert_eq!(
        node(&data, "catalog.0003_book_subtitle")["mark"],
        "conflict"
    );
}

#[test]
fn the_page_shows_the_sql_that_sql_prints() {
    let page = run(
        repository(),
        &["graph", "--format", "html", "--project", BOOKSHOP],
    );
    let (data, _) = parts(&page);
    assert_eq!(data["servers"], serde_json::json!(["PostgreSQL 15"]));
    let sql = run(
        repository(),
        &["sql", "catalog", "0002", "--locks", "--project", BOOKSHOP],
    );
    let pieces = node(&data, "catalog.0002_book_isbn")["sql"][0]
        .as_array()
        .unwrap();
    let mut shown = String::new();
    for piece in pieces {
        for lock in piece["locks"].as_array().into_iter().flatten() {
            shown += &format!("-- {}\n", lock.as_str().unwrap());
        }
        shown += &format!("{}\n", piece["text"].as_str().unwrap());
    }
    assert!(sql.contains("ACCESS EXCLUSIVE"), "{sql}");
    assert_eq!(shown, sql);
}

#[test]
fn the_page_asks_for_nothing_from_anywhere() {
    let page = run(
        repository(),
        &["graph", "--format", "html", "--project", BOOKSHOP],
    );
    let (_, page) = parts(&page);
    // The name of a namespace, which nobody opens.
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for word in ["http:", "https:", "src=", "@import", "url(", "fetch(", "{{"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn what_a_migration_holds_stays_data() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "manage.py",
        "import os\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"settings\")\n",
    );
    write("settings.py", "INSTALLED_APPS = [\"shop\"]\n");
    write("shop/migrations/__init__.py", "");
    let hostile = "</script><script>alert(1)</script><!-- {{script}}";
    write(
        "shop/migrations/0001_initial.py",
        &format!(
            "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n    \
             operations = [migrations.RunSQL(\"SELECT '{hostile}'\")]\n"
        ),
    );
    let page = run(folder.path(), &["graph", "--format", "html"]);
    assert_eq!(page.matches("</script>").count(), 2);
    let (data, _) = parts(&page);
    // No database is named: it is shown for those that are judged.
    assert_eq!(data["servers"].as_array().unwrap().len(), 3);
    let sql = node(&data, "shop.0001_initial")["sql"][0].to_string();
    assert!(sql.contains(hostile), "{sql}");
}

#[test]
fn the_page_is_written_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("graph.html");
    let args = [
        "graph",
        "catalog",
        "--format",
        "html",
        "--project",
        BOOKSHOP,
        "--output",
    ];
    let output = whimbrel(repository())
        .args(args)
        .arg(&path)
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    let (data, _) = parts(&fs::read_to_string(path).unwrap());
    let labels: Vec<&str> = data["apps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|app| app["outside"] == false)
        .map(|app| app["label"].as_str().unwrap())
        .collect();
    assert_eq!(labels, ["catalog"]);
}
