//! Our replay beside what `tests/conformance/state.py` told of Django's.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};
use whimbrel::graph::MigrationGraph;
use whimbrel::ir::operation::Base;
use whimbrel::ir::value::Condition;
use whimbrel::ir::{Field, Known, Migration, Project};
use whimbrel::schema::{FieldState, History, Model, ModelState, ProjectState, Together};

use crate::compare::Differences;
use crate::vocabulary;

/// What a comparison came to.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) differences: Differences,
    pub(crate) states: usize,
    pub(crate) models: usize,
    pub(crate) rendered: usize,
    /// Answers that were not known, with the reason.
    pub(crate) unknown: Vec<String>,
}

/// The plan of a project, replayed as a vendor's database runs it.
pub(crate) fn replayed<'p>(project: &'p Project, vendor: &str) -> History<'p> {
    let graph = MigrationGraph::build(project);
    let plan: Vec<&Migration> = graph
        .full_plan()
        .into_iter()
        .filter_map(|node| graph.migration(project, node))
        .collect();
    History::of(
        project,
        plan,
        Some(&|condition| on_vendor(condition, vendor)),
    )
}

/// The answers of a vendor's database.
pub(crate) fn on_vendor(condition: &Condition, vendor: &str) -> Option<bool> {
    match condition {
        Condition::Vendor { vendors, .. } => Some(vendors.iter().any(|name| name == vendor)),
        Condition::Feature { name, .. } if name == "supports_json_field" => Some(true),
        _ => None,
    }
}

/// Compares every step up to the first that Django refuses.
pub(crate) fn compare(history: &History<'_>, told: &Json, out: &mut Compared) {
    let steps = told["steps"].as_array().expect("a list");
    let mut expected: BTreeMap<String, Json> = BTreeMap::new();
    let mut rendered: BTreeMap<String, Json> = BTreeMap::new();
    for (at, django) in steps.iter().enumerate() {
        let name = format!(
            "{}.{}",
            django["app"].as_str().expect("a label"),
            django["migration"].as_str().expect("a name")
        );
        let Some(step) = history.steps().get(at) else {
            out.differences.found.push(format!("{name}: no such step"));
            return;
        };
        if step.migration.id.to_string() != name {
            let found = format!("{name}: whimbrel runs {}", step.migration.id);
            out.differences.found.push(found);
            return;
        }
        // What is refused leaves no state that counts.
        let changed = django["models"].as_object();
        let Some(changed) = changed.filter(|_| django["error"].is_null()) else {
            return;
        };
        let state = step.after().expect("a state after each migration");
        update(&mut expected, changed);
        out.states += 1;
        compare_models(&name, state, &expected, changed, out);
        if let Some(changed) = django["rendered"].as_object() {
            update(&mut rendered, changed);
            for (key, django) in &rendered {
                out.rendered += 1;
                compare_rendered(&name, state, key, django, out);
            }
        }
    }
}

fn update(all: &mut BTreeMap<String, Json>, changed: &Map<String, Json>) {
    for (key, value) in changed {
        if value.is_null() {
            all.remove(key);
        } else {
            all.insert(key.clone(), value.clone());
        }
    }
}

/// Keys of all models, and everything of those that changed on either side.
fn compare_models(
    name: &str,
    state: &ProjectState,
    expected: &BTreeMap<String, Json>,
    changed: &Map<String, Json>,
    out: &mut Compared,
) {
    let ours: Vec<String> = state.models().map(|it| it.key().to_string()).collect();
    let theirs: Vec<&String> = expected.keys().collect();
    if ours.iter().collect::<Vec<_>>() != theirs {
        out.differences.found.push(format!(
            "{name}: Django has {theirs:?}, whimbrel has {ours:?}"
        ));
    }
    for (key, django) in expected {
        let Some(model) = find(state, key) else {
            continue;
        };
        // What is the same as before was compared before; a model that only we
        // changed is told by its fields' names and options.
        out.models += 1;
        let django = changed.get(key).unwrap_or(django);
        let all = &mut out.differences;
        all.within(format!("{name}: {key}"), |it| {
            compare_model(it, django, model.state())
        });
    }
}

fn find<'s>(state: &'s ProjectState, key: &str) -> Option<Model<'s>> {
    state.models().find(|model| model.key().as_str() == key)
}

fn compare_model(out: &mut Differences, django: &Json, ours: &ModelState) {
    out.equal("name", &django["name"], &json!(ours.name.as_str()));
    let told: Vec<(&str, &Json)> = pairs(&django["fields"]);
    let names: Vec<&str> = told.iter().map(|(name, _)| *name).collect();
    let own: Vec<&str> = ours.fields.iter().map(|(name, _)| name.as_str()).collect();
    out.equal("fields", &json!(names), &json!(own));
    for (name, field) in told {
        if let Some(known) = ours.fields.get(name) {
            out.within(name, |it| it.value(field, &told_field(&known.field)));
        }
    }
    let bases: Vec<Json> = ours.bases.iter().map(told_base).collect();
    if bases.is_empty() {
        let plain = json!([{"$class": "django.db.models.base.Model"}]);
        out.equal("bases", &django["bases"], &plain);
    } else {
        out.within("bases", |it| it.bases(&django["bases"], &json!(bases)));
    }
    let managers = vocabulary::values(&ours.managers);
    let told: Vec<Json> = pairs(&django["managers"])
        .into_iter()
        .map(|(name, manager)| json!({"$tuple": [name, manager]}))
        .collect();
    out.within("managers", |it| it.value(&json!(told), &managers));
    compare_options(out, &django["options"], ours);
}

fn told_field(field: &Field) -> Json {
    vocabulary::field(field)
}

fn told_base(base: &Base) -> Json {
    vocabulary::base(base)
}

fn pairs(list: &Json) -> Vec<(&str, &Json)> {
    let list = list.as_array().expect("a list");
    list.iter()
        .map(|pair| (pair[0].as_str().expect("a name"), &pair[1]))
        .collect()
}

fn compare_options(out: &mut Differences, django: &Json, ours: &ModelState) {
    let told = django.as_object().expect("options");
    let indexes: Vec<Json> = ours
        .indexes
        .values()
        .map(|known| vocabulary::index(&known.index))
        .collect();
    let constraints: Vec<Json> = ours
        .constraints
        .values()
        .map(|known| vocabulary::constraint(&known.constraint))
        .collect();
    let mut read: BTreeMap<&str, Json> = BTreeMap::new();
    for (name, value) in ours.options.iter() {
        read.insert(name, vocabulary::value(&value.value));
    }
    read.insert("indexes", json!(indexes));
    read.insert("constraints", json!(constraints));
    let mut names: Vec<&str> = told.keys().map(String::as_str).collect();
    names.extend(read.keys());
    names.sort_unstable();
    names.dedup();
    for name in names {
        if name.ends_with("_together") {
            continue;
        }
        let absent = Json::Null;
        let django = told.get(name).unwrap_or(&absent);
        let ours = read.get(name).unwrap_or(&absent);
        out.within(format!("options {name}"), |it| match (django, ours) {
            (Json::Array(_), Json::Array(_)) => it.value(django, ours),
            _ if told.contains_key(name) != read.contains_key(name) => it.differ(django, ours),
            _ => it.value(django, ours),
        });
    }
    for (name, own) in [
        ("unique_together", &ours.unique_together),
        ("index_together", &ours.index_together),
    ] {
        let django = told.get(name).map(together);
        let ours = own.as_ref().map(own_together);
        out.equal(name, &json!(django), &json!(ours));
    }
}

/// Sets of fields in any of their forms, sorted.
fn together(value: &Json) -> Vec<Vec<String>> {
    let items = |value: &Json| -> Vec<Json> {
        let inner = ["$set", "$tuple"].iter().find_map(|key| value.get(*key));
        inner
            .unwrap_or(value)
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let names = |value: &Json| -> Vec<String> {
        let names = items(value);
        names
            .iter()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    let mut all: Vec<Vec<String>> = if items(value).iter().any(Json::is_string) {
        vec![names(value)]
    } else {
        items(value).iter().map(names).collect()
    };
    all.sort();
    all
}

fn own_together(value: &Together) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = value
        .iter()
        .map(|names| names.iter().map(ToString::to_string).collect())
        .collect();
    all.sort();
    all
}

fn compare_rendered(
    name: &str,
    state: &ProjectState,
    key: &str,
    django: &Json,
    out: &mut Compared,
) {
    let Some(model) = find(state, key) else {
        let found = format!("{name}: {key} is rendered, but not in our state");
        out.differences.found.push(found);
        return;
    };
    let place = format!("{name}: rendered {key}");
    let mut told = Told {
        place,
        unknown: &mut out.unknown,
    };
    let is_swapped = !django["swapped"].is_null();
    let ours = json!({
        "table": told.say(model.db_table().map(|it| json!(it.as_str()))),
        "pk": told.say(model.primary_key().map(|it| json!(it.name.as_str()))),
        "managed": told.say(model.is_managed().map(|it| json!(it))),
        "proxy": told.say(model.is_proxy().map(|it| json!(it))),
        "swapped": told.say(model.swapped().map(|it| json!(it.map(|key| key.to_string())))),
        "concrete": told.say(model.concrete().map(|it| json!(it.key().as_str()))),
        "parents": told.say(model.parents().map(|all| {
            all.iter()
                .map(|parent| {
                    let link = parent.link.as_ref().map(|link| link.name.to_string());
                    (parent.model.to_string(), json!(link))
                })
                .collect::<Map<String, Json>>()
                .into()
        })),
        "fields": if is_swapped { json!([]) } else { fields(&model, &mut told) },
        "many_to_many": if is_swapped { json!([]) } else { many(&model, &mut told) },
    });
    let place = told.place;
    let mut parts = Differences::default();
    parts.within(place, |it| {
        for part in [
            "table", "pk", "managed", "proxy", "swapped", "concrete", "parents",
        ] {
            if ours[part] != "?" {
                it.equal(part, &django[part], &ours[part]);
            }
        }
        for part in ["fields", "many_to_many"] {
            if ours[part] == "?" {
                continue;
            }
            let (django, ours) = (django[part].as_array(), ours[part].as_array());
            let (django, ours) = (django.expect("a list"), ours.expect("a list"));
            let names = |all: &[Json]| all.iter().map(|it| it["name"].clone()).collect::<Json>();
            it.equal(part, &names(django), &names(ours));
            for (django, ours) in django.iter().zip(ours) {
                for (fact, told) in django.as_object().expect("facts") {
                    let ours = ours.get(fact).unwrap_or(&Json::Null);
                    if ours != "?" {
                        it.equal(&format!("{part} {} {fact}", django["name"]), told, ours);
                    }
                }
            }
        }
    });
    out.differences.found.extend(parts.found);
}

/// Turns answers into JSON; `"?"` for those that are not known.
struct Told<'o> {
    place: String,
    unknown: &'o mut Vec<String>,
}

impl Told<'_> {
    fn say(&mut self, answer: Known<Json>) -> Json {
        match answer {
            Known::Yes(told) => told,
            Known::No(unknown) => {
                let told = format!("{}: {}", self.place, unknown.reason);
                self.unknown.push(told);
                json!("?")
            }
        }
    }
}

fn fields(model: &Model<'_>, told: &mut Told<'_>) -> Json {
    let Known::Yes(fields) = model.local_fields() else {
        let fields = model.local_fields().map(|_| Json::Null);
        return told.say(fields);
    };
    fields
        .iter()
        .map(|field| column(model, field, told))
        .collect()
}

fn column(model: &Model<'_>, field: &FieldState, told: &mut Told<'_>) -> Json {
    let mut out = json!({
        "name": field.name.as_str(),
        "column": told.say(model.column(field).map(|it| json!(it.map(|it| it.to_string())))),
        "kind": told.say(field.field.kind.clone().map(|kind| json!(kind.as_str()))),
    });
    if matches!(out["kind"].as_str(), Some("ForeignKey" | "OneToOneField")) {
        let label = |model: &Model<'_>, field: &FieldState| {
            json!(format!("{}.{}", model.key(), field.name))
        };
        let target = model.target(field).map(|it| label(&it.model, &it.field));
        out["target"] = told.say(target);
        let typed = model.typed_by(field).map(|it| label(&it.model, &it.field));
        out["typed_by"] = told.say(typed);
    }
    out
}

fn many(model: &Model<'_>, told: &mut Told<'_>) -> Json {
    let fields = model.local_many_to_many();
    fields
        .iter()
        .map(|field| {
            let name = field.name.as_str();
            let Known::Yes(many) = model.many_to_many(field) else {
                let unknown = model.many_to_many(field).map(|_| Json::Null);
                told.say(unknown);
                let all = [
                    "through",
                    "auto_created",
                    "table",
                    "managed",
                    "from",
                    "to",
                    "columns",
                ];
                let mut out: Map<String, Json> = all
                    .iter()
                    .map(|it| ((*it).to_owned(), json!("?")))
                    .collect();
                out.insert("name".to_owned(), json!(name));
                return out.into();
            };
            let through = &many.through;
            let mut columns = |of: Known<Vec<FieldState>>| match of {
                Known::Yes(fields) => {
                    let columns = fields.iter().map(|field| {
                        told.say(
                            through
                                .column(field)
                                .map(|it| json!(it.map(|it| it.to_string()))),
                        )
                    });
                    columns.collect::<Json>()
                }
                Known::No(unknown) => told.say(Known::No(unknown)),
            };
            let own = |field: &FieldState| Known::Yes(vec![field.clone()]);
            json!({
                "name": name,
                "columns": columns(through.local_fields()),
                "from": columns(own(&many.from))[0],
                "to": columns(own(&many.to))[0],
                "through": through.key().as_str(),
                "auto_created": many.is_auto_created,
                "table": told.say(through.db_table().map(|it| json!(it.as_str()))),
                "managed": told.say(through.is_managed().map(|it| json!(it))),
            })
        })
        .collect()
}
