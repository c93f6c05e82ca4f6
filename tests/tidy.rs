//! What the source text must keep to: layers, sizes, headers, words.

use std::path::{Path, PathBuf};

use crate::console::repository;

/// The layers, lowest first. A module uses lower layers only; modules of one layer
/// do not use each other.
const LAYERS: &[&[&str]] = &[
    &["base"],
    &["diag"],
    &["ir"],
    &["parse"],
    &["python"],
    // It lowers through the objects of Python's evaluation.
    &["mig"],
    &["graph", "schema"],
    &["sql"],
    &["lint"],
    &["pipeline", "workspace", "report"],
    &["cli", "lsp"],
];

/// Modules of one layer that may use each other all the same, with the reason.
const ALLOWED: &[(&str, &str, &str)] = &[];

const LONGEST_FILE: usize = 800;

struct Source {
    /// From the repository's root, with `/`.
    path: String,
    text: String,
}

fn sources(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if extensions.contains(&extension(&path)) {
                found.push(Source {
                    path: shown(&path),
                    // Some fixtures are not UTF-8 on purpose.
                    text: String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
                });
            }
        }
    }
    found.sort_by(|left, right| left.path.cmp(&right.path));
    assert!(!found.is_empty(), "{folder}");
    found
}

fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

fn shown(path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(repository()).unwrap().into();
    path.to_str().unwrap().replace('\\', "/")
}

fn rust() -> Vec<Source> {
    let mut all = sources("src", &["rs"]);
    all.extend(sources("tests", &["rs"]));
    if repository().join("benches").exists() {
        all.extend(sources("benches", &["rs"]));
    }
    all
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// `src/graph/order.rs` and `src/graph.rs` are of `graph`.
fn module(path: &str) -> &str {
    let inner = path.strip_prefix("src/").unwrap_or(path);
    let first = inner.split('/').next().unwrap_or_default();
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The modules that a text names as `crate::module` or in `crate::{module, ...}`,
/// outside of comments.
fn used_modules(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n");
    let mut used = Vec::new();
    for after in code.split("crate::").skip(1) {
        let group = after.strip_prefix('{').map(|rest| group(rest));
        let names = group.unwrap_or_else(|| vec![after]);
        for name in names {
            let end = name.find(|it: char| !it.is_alphanumeric() && it != '_');
            used.push(name[..end.unwrap_or(name.len())].to_owned());
        }
    }
    used
}

/// The members of `{a::b, c::{d, e}}`, given what follows the first brace.
fn group(text: &str) -> Vec<&str> {
    let mut members = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, it) in text.char_indices() {
        match it {
            '{' => depth += 1,
            '}' if depth == 0 => {
                members.push(text[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                members.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    members.retain(|member| !member.is_empty());
    members
}

/// What is true of one dialect only is a feature or a limit of it, which a further
/// dialect sets as well.
#[test]
fn names_of_dialects_are_compared_in_sql_only() {
    let mut faults = Vec::new();
    for source in sources("src", &["rs"]) {
        if source.path.starts_with("src/sql/") {
            continue;
        }
        for (at, line) in source.text.lines().enumerate() {
            let asks = ["dialect.name", "dialect.vendor", "it.vendor", "it.name"]
                .iter()
                .any(|field| {
                    let compared = ["==", "!="];
                    compared
                        .iter()
                        .any(|sign| line.contains(&format!("{field} {sign} \"")))
                });
            let chooses = line.contains("match ")
                && (line.contains("dialect.name") || line.contains("dialect.vendor"));
            if asks || chooses {
                faults.push(format!("{}:{}: {line}", source.path, at + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn modules_use_lower_layers_only() {
    let mut faults = Vec::new();
    for source in sources("src", &["rs"]) {
        let own = module(&source.path);
        if ["lib", "main"].contains(&own) {
            continue;
        }
        let Some(own_layer) = layer(own) else {
            faults.push(format!("{}: `{own}` is in no layer", source.path));
            continue;
        };
        for used in used_modules(&source.text) {
            let Some(used_layer) = layer(&used) else {
                continue;
            };
            let allowed = ALLOWED
                .iter()
                .any(|(from, to, _)| *from == own && *to == used);
            if used != own && used_layer >= own_layer && !allowed {
                faults.push(format!("{}: uses `{used}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn uses_are_found_in_every_form() {
    assert_eq!(
        used_modules(
            "use crate::base::{Files, Span};\nuse crate::{\n    diag::Level,\n    ir::{App, names},\n};\n"
        ),
        ["base", "diag", "ir"]
    );
    assert_eq!(
        used_modules("// crate::cli is above\nlet a = crate::graph::x();"),
        ["graph"]
    );
}

#[test]
fn the_library_lists_its_modules_lowest_first() {
    let text = std::fs::read_to_string(repository().join("src/lib.rs")).unwrap();
    let listed: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|module| layer(module).unwrap_or_else(|| panic!("`{module}` is in no layer")))
        .collect();
    assert!(listed.is_sorted(), "{listed:?}");
    assert!(listed.len() > 5);
}

/// What only one module may name, and which.
#[test]
fn libraries_stay_where_they_belong() {
    let homes: &[(&str, &[&str])] = &[
        ("petgraph", &["src/graph/"]),
        ("imbl", &["src/schema/", "src/sql/catalog.rs"]),
        ("codespan_reporting", &["src/report/", "src/base/files.rs"]),
        ("clap", &["src/cli/"]),
        ("sqlparser", &["src/sql/handwritten/"]),
        ("std::fs", &["src/workspace/", "src/cli/"]),
        ("std::env", &["src/workspace/", "src/cli/", "src/main.rs"]),
        (
            "std::process",
            &["src/workspace/", "src/cli/", "src/main.rs"],
        ),
        ("std::time", &["src/cli/", "src/report/"]),
    ];
    let mut faults = Vec::new();
    for source in sources("src", &["rs"]) {
        for (library, allowed) in homes {
            let at_home = allowed.iter().any(|home| source.path.starts_with(home));
            let named = source.text.lines().any(|line| {
                let code = line.split("//").next().unwrap_or_default();
                code.contains(&format!("{library}::"))
            });
            if named && !at_home {
                faults.push(format!("{}: names `{library}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn files_have_a_header_and_a_size_that_can_be_read() {
    let mut faults = Vec::new();
    for source in rust() {
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE {
            faults.push(format!("{}: {lines} lines", source.path));
        }
        let header = source
            .text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .count();
        if header == 0 {
            faults.push(format!("{}: no `//!` header", source.path));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn nothing_is_left_for_later_or_switched_off() {
    // Spelt in two parts, so that this file does not find itself.
    let words = [
        concat!("to", "do!("),
        concat!("unimple", "mented!("),
        concat!("#[ign", "ore]"),
        concat!("#[should_", "panic]"),
        concat!("FIX", "ME"),
        concat!("XX", "X"),
    ];
    let mut faults = Vec::new();
    for source in rust() {
        for word in words {
            if source.text.contains(word) {
                faults.push(format!("{}: `{word}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_file_names_a_place_on_somebodys_machine() {
    let words = [
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("C:\\", "Users"),
    ];
    let mut all = rust();
    all.extend(sources("docs", &["md", "json"]));
    all.extend(sources("fixtures", &["md", "json", "py", "toml"]));
    all.extend(sources("tests", &["py", "sh", "txt"]));
    let mut faults = Vec::new();
    for source in &all {
        for word in words {
            if source.text.contains(word) {
                faults.push(format!("{}: `{word}`", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn text_ends_with_one_line_end_and_has_no_trailing_space() {
    let mut faults = Vec::new();
    let mut all = rust();
    all.extend(sources("docs", &["md"]));
    all.extend(sources("fixtures/rules", &["md"]));
    all.extend(sources("fixtures/graph", &["md", "json", "py"]));
    for source in &all {
        if !source.text.ends_with('\n') || source.text.ends_with("\n\n") {
            faults.push(format!("{}: its last line", source.path));
        }
        // Inside of strings and tables of tests a space may be meant.
        if extension(Path::new(&source.path)) == "md"
            && let Some(at) = source.text.lines().position(|line| line.ends_with(' '))
        {
            faults.push(format!("{}:{}: trailing space", source.path, at + 1));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_recorded_graph_has_its_case() {
    let folder = repository().join("fixtures/graph");
    let stems = |wanted: &str| -> Vec<String> {
        let mut stems: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| extension(path) == wanted)
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        stems.sort();
        stems
    };
    assert_eq!(stems("md"), stems("json"));
}
