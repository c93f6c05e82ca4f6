//! Expressions compiled to SQL, as Django compiles them: what `fixtures/expressions/`
//! records of Django's own compiler, and the expressions in the cases of
//! `fixtures/sql/`, looked for in the statements recorded there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use whimbrel::ir::constraint::{Constraint, ConstraintKind};
use whimbrel::ir::{Field, Migration, OperationKind, Project, Unknown};
use whimbrel::pipeline::Purpose;
use whimbrel::schema::{History, Model, ModelKey, ProjectState};
use whimbrel::sql::expression::Compile;
use whimbrel::sql::value::Clock;
use whimbrel::sql::{Dialect, Server};

use crate::console::repository;
use crate::support::documents::analyse;

/// Copies migrations into a project of the app `shop` and reads it.
fn read(migrations: &Path, settings: &str) -> Project {
    let root = tempfile::tempdir().unwrap();
    let place = root.path().join("shop/migrations");
    std::fs::create_dir_all(&place).unwrap();
    for init in ["shop/__init__.py", "shop/migrations/__init__.py"] {
        std::fs::write(root.path().join(init), "").unwrap();
    }
    std::fs::write(root.path().join("settings.py"), settings).unwrap();
    for entry in std::fs::read_dir(migrations).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".py") {
            let is_migration = name.starts_with(|it: char| it.is_ascii_digit());
            let folder = if is_migration {
                place.clone()
            } else {
                root.path().join("shop")
            };
            std::fs::copy(&path, folder.join(name)).unwrap();
        }
    }
    let (_, mut analysis) = analyse(root.path(), Purpose::Graph, 2);
    assert_eq!(analysis.projects.len(), 1, "{}", migrations.display());
    analysis.projects.remove(0).project
}

fn shop(project: &Project) -> Vec<&Migration> {
    project.app("shop").unwrap().migrations.iter().collect()
}

/// What an operation adds, as SQL: of each expression its name and its text.
type Texts = Vec<(String, Result<String, Unknown>)>;

/// An operation's expressions, about the model as it is after the operation.
fn texts(server: &Server, clock: &Clock, state: &ProjectState, kind: &OperationKind) -> Texts {
    let model_of = |name: &str| state.model(&ModelKey::new(&"shop".into(), &name.into()));
    let mut out = Vec::new();
    match kind {
        OperationKind::AddConstraint {
            model_name,
            constraint,
            ..
        } => {
            let model = model_of(model_name.as_str()).unwrap();
            constraint_texts(server, clock, &model, constraint, &mut out);
        }
        OperationKind::AddIndex {
            model_name, index, ..
        } => {
            let model = model_of(model_name.as_str()).unwrap();
            let compile = Compile {
                server,
                clock,
                model: &model,
            };
            let name = index.name().unwrap_or_default().to_owned();
            if !index.expressions.is_empty() {
                out.push((name.clone(), compile.index(&index.expressions)));
            }
            if let Some(condition) = &index.condition {
                out.push((name, compile.condition(condition)));
            }
        }
        OperationKind::AddField {
            model_name,
            name,
            field,
            ..
        } => {
            let model = model_of(model_name.as_str()).unwrap();
            field_texts(server, clock, &model, name.as_str(), field, &mut out);
        }
        OperationKind::CreateModel(create) => {
            let model = model_of(create.name.as_str()).unwrap();
            for (name, field) in model.state().fields.iter() {
                field_texts(server, clock, &model, name, &field.field, &mut out);
            }
            for (_, constraint) in model.state().constraints.iter() {
                constraint_texts(server, clock, &model, &constraint.constraint, &mut out);
            }
        }
        _ => {}
    }
    out
}

fn constraint_texts(
    server: &Server,
    clock: &Clock,
    model: &Model<'_>,
    constraint: &Constraint,
    out: &mut Texts,
) {
    let compile = Compile {
        server,
        clock,
        model,
    };
    let name = constraint.name().unwrap_or_default().to_owned();
    if !constraint.expressions.is_empty() {
        let text = if constraint.kind == ConstraintKind::Exclusion {
            compile.exclusion(&constraint.expressions, &constraint.operators)
        } else {
            compile.index(&constraint.expressions)
        };
        out.push((name.clone(), text));
    }
    if let Some(condition) = &constraint.condition {
        out.push((name, compile.condition(condition)));
    }
}

fn field_texts(
    server: &Server,
    clock: &Clock,
    model: &Model<'_>,
    name: &str,
    field: &Field,
    out: &mut Texts,
) {
    let compile = Compile {
        server,
        clock,
        model,
    };
    if let Some(expression) = &field.generated {
        let text = compile.generated(expression).map(|sql| sql.alone());
        out.push((name.to_owned(), text));
    }
    if let Some(expression) = &field.db_default {
        let text = compile.database_default(field, expression);
        out.push((name.to_owned(), text.map(|sql| sql.alone())));
    }
}

fn servers() -> [Server; 2] {
    ["postgresql", "sqlite"].map(server)
}

/// `postgresql`, `postgresql-16`.
fn server(name: &str) -> Server {
    let (dialect, version) = name.split_once('-').unwrap_or((name, ""));
    Server::new(Dialect::by_name(dialect).unwrap(), version.parse().ok())
}

/// Expressions with lists and ranges of PostgreSQL, which MySQL's driver, and Django for
/// Oracle, writes as
/// something that no server takes. whimbrel refuses them.
const MEANINGLESS: &[&str] = &[
    "array_empty",
    "array_gt",
    "array_in",
    "d_array",
    "d_array_empty",
    "d_range",
    "g_search_rank_weights",
    "g_value_list",
    "g_value_range",
    "range_exact",
];

fn is_meaningless(server: &Server, name: &str) -> bool {
    matches!(server.dialect.vendor, "mysql" | "oracle") && MEANINGLESS.contains(&name)
}

#[test]
fn expressions_are_compiled_as_django_compiles_them() {
    let folder = repository().join("fixtures/expressions");
    let project = read(
        &folder,
        "INSTALLED_APPS = ['shop']\nUSE_TZ = True\nTIME_ZONE = 'UTC'\n",
    );
    let clock = Clock {
        time_zone: whimbrel::ir::Known::Yes("UTC".into()),
        ..Clock::default()
    };
    let history = History::of(&project, shop(&project), None);
    assert!(history.errors().is_empty(), "{:?}", history.errors());
    let mut wrong = Vec::new();
    let mut equal = 0;
    for name in [
        "postgresql",
        "postgresql-16",
        "sqlite",
        "mysql",
        "mariadb",
        "oracle",
        "oracle-23",
    ] {
        let server = server(name);
        let path = folder.join(format!("{name}.json"));
        let text = std::fs::read_to_string(path).unwrap();
        let is_partial = name.contains('-');
        let mut recorded: BTreeMap<String, String> = serde_json::from_str(&text).unwrap();
        for step in history.steps() {
            for operation in step.operations() {
                for (name, text) in
                    texts(&server, &clock, operation.after, &operation.operation.kind)
                {
                    let Some(expected) = recorded.remove(&name) else {
                        if is_partial {
                            continue;
                        }
                        wrong.push(format!("{name}: Django has no such expression"));
                        continue;
                    };
                    let is_equal = match &text {
                        Ok(text) => *text == expected,
                        Err(_) => expected.starts_with("! ") || is_meaningless(&server, &name),
                    };
                    if is_equal {
                        equal += 1;
                    } else {
                        wrong.push(format!(
                            "{} {name}\n  django: {expected}\n  ours:   {}",
                            server.dialect.name,
                            text.unwrap_or_else(|why| format!("? {}", why.reason)),
                        ));
                    }
                }
            }
        }
        wrong.extend(
            recorded
                .keys()
                .map(|name| format!("{name} was not compiled")),
        );
    }
    assert!(
        wrong.is_empty(),
        "{} differ, {equal} are equal\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(equal > 1000, "only {equal}");
}

/// The settings of a case, as far as expressions depend on them.
fn clock_of(case: &Path) -> Clock {
    let mut clock = Clock::default();
    let text = std::fs::read_to_string(case.join("case.toml")).unwrap_or_default();
    for line in text.lines() {
        if line == "USE_TZ = false" {
            clock.use_tz = whimbrel::ir::Known::Yes(false);
        } else if let Some(zone) = line.strip_prefix("TIME_ZONE = ") {
            clock.time_zone = whimbrel::ir::Known::Yes(zone.trim_matches('"').into());
        }
    }
    clock
}

/// Of one case: what is not in the recorded statements, and how many are.
fn compare(case: &Path) -> (Vec<String>, usize) {
    let name = case.file_name().unwrap().to_str().unwrap();
    let clock = clock_of(case);
    let project = read(
        case,
        "INSTALLED_APPS = ['shop']\nDEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n",
    );
    let history = History::of(&project, shop(&project), None);
    let mut wrong = Vec::new();
    let mut equal = 0;
    for server in servers() {
        let path = case.join(format!("{}.sql", server.dialect.name));
        let Ok(recorded) = std::fs::read_to_string(path) else {
            continue;
        };
        for step in history.steps() {
            for operation in step.operations() {
                for (of, text) in texts(&server, &clock, operation.after, &operation.operation.kind)
                {
                    match text {
                        Ok(text) if recorded.contains(&text) => equal += 1,
                        Ok(text) => {
                            wrong.push(format!("{name} {} {of}: {text}", server.dialect.name));
                        }
                        Err(why) => wrong.push(format!(
                            "{name} {} {of}: ? {}",
                            server.dialect.name, why.reason
                        )),
                    }
                }
            }
        }
    }
    (wrong, equal)
}

#[test]
fn expressions_of_the_recorded_cases_stand_in_their_statements() {
    let mut cases: Vec<PathBuf> = std::fs::read_dir(repository().join("fixtures/sql"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            // Cases of several apps need more than one.
            path.join("0001_initial.py").exists()
        })
        .collect();
    cases.sort();
    let mut wrong = Vec::new();
    let mut equal = 0;
    for case in &cases {
        let holds = std::fs::read_dir(case).unwrap().any(|entry| {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
            ["Constraint(", "Index(", "GeneratedField(", "db_default"]
                .iter()
                .any(|word| text.contains(word))
        });
        if holds {
            let (differences, found) = compare(case);
            wrong.extend(differences);
            equal += found;
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ, {equal} are equal\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(equal > 200, "only {equal}");
}
