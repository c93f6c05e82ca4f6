//! Where an operation as Django holds it and one as whimbrel read it differ.
//!
//! Forms that mean the same are taken as the same: a name by any of the paths that
//! lead to it, translated text and its source, an option that is not given and
//! its default.

use serde_json::{Map, Value as Json, json};

/// Collects differences with the place of each.
#[derive(Default)]
pub(crate) struct Differences {
    place: Vec<String>,
    pub(crate) found: Vec<String>,
}

/// What a field's constructor takes where nothing is given, and what
/// `Field.deconstruct` leaves out. Source: `django/db/models/fields/`, 5.2.
fn default_of(kind: &str, option: &str) -> Json {
    match (kind, option) {
        ("SlugField", "max_length") => json!(50),
        ("URLField", "max_length") => json!(200),
        ("EmailField", "max_length") => json!(254),
        ("FileField" | "ImageField" | "FilePathField", "max_length") => json!(100),
        ("UUIDField", "max_length") => json!(32),
        ("GenericIPAddressField", "max_length") => json!(39),
        ("IPAddressField", "max_length") => json!(15),
        ("NullBooleanField", "null" | "blank") => json!(true),
        ("AutoField" | "BigAutoField" | "SmallAutoField", "blank") => json!(true),
        ("ForeignKey" | "OneToOneField" | "SlugField", "db_index") => json!(true),
        ("ForeignKey" | "OneToOneField" | "ManyToManyField", "db_constraint") => json!(true),
        ("OneToOneField", "unique") => json!(true),
        ("BinaryField" | "GeneratedField" | "CompositePrimaryKey", "editable") => json!(false),
        ("GeneratedField" | "CompositePrimaryKey", "blank") => json!(true),
        ("CompositePrimaryKey", "primary_key") => json!(true),
        ("DateField" | "DateTimeField" | "TimeField", "auto_now" | "auto_now_add") => json!(false),
        (_, "editable" | "serialize" | "allow_files") => json!(true),
        (
            _,
            "primary_key" | "unique" | "blank" | "null" | "db_index" | "auto_created"
            | "parent_link" | "allow_unicode" | "unpack_ipv4" | "recursive" | "allow_folders",
        ) => json!(false),
        (_, "help_text" | "path" | "upload_to") => json!(""),
        (_, "validators") => json!([]),
        (_, "limit_choices_to") => json!({}),
        (_, "protocol") => json!("both"),
        _ => Json::Null,
    }
}

/// Options that a constructor takes and `deconstruct()` never tells.
fn is_untold(kind: &str, option: &str) -> bool {
    matches!(
        (kind, option),
        ("ManyToManyField", "symmetrical")
            | (
                "UUIDField" | "IPAddressField" | "GenericIPAddressField",
                "max_length"
            )
            | ("NullBooleanField", "null" | "blank")
            | ("OneToOneField", "unique")
            | ("AutoField" | "BigAutoField" | "SmallAutoField", "blank")
            | (
                "DateField" | "DateTimeField" | "TimeField",
                "blank" | "editable"
            )
            | (_, "name" | "rel")
    )
}

/// Parameters of operations that `deconstruct()` tells by position.
fn positional(class: &str) -> &'static [&'static str] {
    match class {
        "AlterModelManagers" => &["name", "managers"],
        "CreateCollation" | "RemoveCollation" => &["name", "locale", "provider", "deterministic"],
        _ => &[],
    }
}

impl Differences {
    pub(crate) fn within(&mut self, place: impl Into<String>, compare: impl FnOnce(&mut Self)) {
        self.place.push(place.into());
        compare(self);
        self.place.pop();
    }

    pub(crate) fn differ(&mut self, django: &Json, ours: &Json) {
        let short = |value: &Json| {
            let text = value.to_string();
            match text.char_indices().nth(300) {
                Some((end, _)) => format!("{}...", &text[..end]),
                None => text,
            }
        };
        self.found.push(format!(
            "{}: Django {}, whimbrel {}",
            self.place.join(" "),
            short(django),
            short(ours)
        ));
    }

    pub(crate) fn equal(&mut self, place: &str, django: &Json, ours: &Json) {
        self.within(place, |it| {
            if django != ours {
                it.differ(django, ours);
            }
        });
    }

    pub(crate) fn migration(&mut self, django: &Json, ours: &Json) {
        let name = format!(
            "{}.{}",
            django["app"].as_str().unwrap_or("?"),
            django["migration"].as_str().unwrap_or("?")
        );
        self.within(name, |it| {
            it.equal("initial", &django["initial"], &ours["initial"]);
            let atomic = match &ours["atomic"] {
                Json::Null => &Json::Bool(true),
                told => told,
            };
            it.equal("atomic", &django["atomic"], atomic);
            it.equal("unread", &json!([]), &ours["unread"]);
            it.equal(
                "dependencies",
                &django["dependencies"],
                &ours["dependencies"],
            );
            for list in ["run_before", "replaces"] {
                let ours = ours[list].as_array().expect("a list");
                let pairs: Vec<&Json> = ours.iter().map(|entry| &entry["on"]).collect();
                it.equal(list, &django[list], &json!(pairs));
            }
            it.operations(&django["operations"], &ours["operations"]);
        });
    }

    fn operations(&mut self, django: &Json, ours: &Json) {
        let (django, ours) = (list_of(django), list_of(ours));
        if django.len() != ours.len() {
            let classes = |all: &[Json]| -> Json {
                all.iter()
                    .map(|each| unwrapped(each)["class"].clone())
                    .collect()
            };
            self.within("operations", |it| {
                it.differ(&classes(&django), &classes(&ours));
            });
            return;
        }
        for (at, (django, ours)) in django.iter().zip(&ours).enumerate() {
            let (django, ours) = (unwrapped(django), unwrapped(ours));
            let class = django["class"].as_str().unwrap_or_default();
            self.within(format!("[{at}] {class}"), |it| it.operation(django, ours));
        }
    }

    fn operation(&mut self, django: &Json, ours: &Json) {
        self.equal("class", &django["class"], &ours["class"]);
        let module = django["module"].as_str().unwrap_or_default();
        let path = ours["path"].as_str().unwrap_or_default();
        if root(module) != root(path) {
            self.within("module", |it| it.differ(&django["module"], &ours["path"]));
        }
        for unread in ["opaque", "not_understood", "condition"] {
            if let Some(reason) = ours.get(unread) {
                self.within(unread, |it| it.differ(&Json::Null, reason));
            }
        }
        if ours.get("opaque").is_some() {
            return;
        }
        let extends = match django["extends"].as_str().unwrap_or_default() {
            // `CreateExtension` with the name filled in.
            name if name.ends_with("Extension") => "CreateExtension",
            name => name,
        };
        self.equal("extends", &json!(extends), &ours["extends"]);
        self.equal("elidable", &django["elidable"], &ours["elidable"]);
        let mut told = django["kwargs"].as_object().cloned().unwrap_or_default();
        let class = django["class"].as_str().unwrap_or_default();
        let args = django["args"].as_array().map_or(&[][..], Vec::as_slice);
        for (place, value) in args.iter().enumerate() {
            // Of an operation of its own kind nobody knows the names.
            let name = match positional(class).get(place) {
                Some(name) => (*name).to_owned(),
                None => place.to_string(),
            };
            told.insert(name, value.clone());
        }
        let empty = Map::new();
        let read = ours["kwargs"].as_object().unwrap_or(&empty);
        for name in names_of(&told, read) {
            let (django, ours) = (told.get(name), read.get(name));
            self.within(name, |it| it.argument(name, django, ours));
        }
    }

    fn argument(&mut self, name: &str, django: Option<&Json>, ours: Option<&Json>) {
        match (django, ours) {
            (Some(django), Some(ours)) if is_nothing(django) && is_nothing(ours) => {}
            (Some(django), Some(ours)) => match name {
                "database_operations" | "state_operations" => self.operations(django, ours),
                "bases" => self.bases(django, ours),
                "fields" => self.items(&list_of(django), &list_of(ours)),
                "sql" | "reverse_sql" => self.value(&statements(django), &statements(ours)),
                _ => self.value(django, ours),
            },
            (None, Some(ours)) => {
                let is_default = match name {
                    "preserve_default" | "deterministic" => ours == &json!(true),
                    "provider" => ours == &json!("libc"),
                    "bases" => is_model_alone(ours),
                    _ => is_nothing(ours),
                };
                if !is_default {
                    self.differ(&Json::Null, ours);
                }
            }
            (Some(django), None) => {
                if !is_nothing(django) {
                    self.differ(django, &Json::Null);
                }
            }
            (None, None) => {}
        }
    }

    /// Models by label, in any case; classes by path.
    pub(crate) fn bases(&mut self, django: &Json, ours: &Json) {
        let (django, ours) = (list_of(django), list_of(ours));
        if django.len() != ours.len() {
            self.differ(&json!(django), &json!(ours));
        }
        for (django, ours) in django.iter().zip(&ours) {
            match (django.as_str(), ours.as_str()) {
                (Some(left), Some(right)) if left.to_lowercase() == right.to_lowercase() => {}
                _ => self.value(django, ours),
            }
        }
    }

    pub(crate) fn value(&mut self, django: &Json, ours: &Json) {
        if let Some(told) = django.get("$field") {
            return match ours.get("$field") {
                Some(read) => self.field(told, read),
                None => self.differ(django, ours),
            };
        }
        if let Some(text) = django.get("$lazy") {
            return self.value(text, ours);
        }
        if let Some(parts) = django.get("$enum") {
            let name = ours["$path"]
                .as_str()
                .and_then(|path| path.rsplit('.').next());
            if name.is_some() && name == parts[1].as_str() {
                return;
            }
            return self.value(&parts[2], ours);
        }
        for key in ["$function", "$class"] {
            if let Some(told) = django[key].as_str() {
                let read = ours["$path"].as_str();
                // `SET(value)` returns a function made on the spot.
                if ours["$call"]["path"] == "django.db.models.SET" && told.contains(".SET.") {
                    return;
                }
                if !read.is_some_and(|read| is_same_name(told, read)) {
                    self.differ(django, ours);
                }
                return;
            }
        }
        if let Some(told) = django.get("$setting") {
            // A model that a setting can swap is told by the setting, however written.
            let named = ours.as_str().map(str::to_lowercase);
            if ours["$setting"][0] != told[0] && named.as_deref() != told[1].as_str() {
                self.differ(django, ours);
            }
            return;
        }
        if let (Some(told), Some(read)) = (django.get("$call"), ours.get("$call")) {
            return self.call(told, read);
        }
        match (django, ours) {
            (Json::Object(told), Json::Object(read)) => {
                if told.keys().ne(read.keys()) {
                    return self.differ(django, ours);
                }
                for (key, told) in told {
                    let read = &read[key];
                    match key.as_str() {
                        "$set" => {
                            let (told, read) = (sorted(told), sorted(read));
                            self.items(&told, &read);
                        }
                        _ => self.within(key, |it| it.value(told, read)),
                    }
                }
            }
            (Json::Array(told), Json::Array(read)) => self.items(told, read),
            _ => {
                if django != ours {
                    self.differ(django, ours);
                }
            }
        }
    }

    fn items(&mut self, django: &[Json], ours: &[Json]) {
        if django.len() != ours.len() {
            return self.differ(&json!(django), &json!(ours));
        }
        for (at, (django, ours)) in django.iter().zip(ours).enumerate() {
            self.within(format!("[{at}]"), |it| it.value(django, ours));
        }
    }

    /// Objects by class and arguments; lists and tuples are the same to the
    /// constructors that take them.
    fn call(&mut self, django: &Json, ours: &Json) {
        let path = |call: &Json| call["path"].as_str().unwrap_or_default().to_owned();
        if !is_same_name(&path(django), &path(ours)) {
            return self.within("path", |it| it.differ(&django["path"], &ours["path"]));
        }
        if let Some(typed) = django.get("typed") {
            self.within("typed", |it| it.value(typed, &ours["typed"]));
        } else {
            self.args(&django["args"], &ours["args"]);
        }
        let is_typed = |name: &str| {
            django.get("typed").is_some() && matches!(name, "condition" | "expressions")
        };
        let empty = Map::new();
        let told = django["kwargs"].as_object().unwrap_or(&empty);
        let read = ours["kwargs"].as_object().unwrap_or(&empty);
        for name in names_of(told, read) {
            if is_typed(name) {
                continue;
            }
            self.within(name, |it| match (told.get(name), read.get(name)) {
                (Some(django), Some(ours)) => {
                    if is_list(django) && is_list(ours) {
                        it.items(&list_of(django), &list_of(ours));
                    } else {
                        it.value(django, ours);
                    }
                }
                (django, ours) => {
                    let (django, ours) =
                        (django.unwrap_or(&Json::Null), ours.unwrap_or(&Json::Null));
                    if !(is_nothing(django) && is_nothing(ours)) {
                        it.differ(django, ours);
                    }
                }
            });
        }
    }

    fn args(&mut self, django: &Json, ours: &Json) {
        self.within("args", |it| {
            let (told, read) = (list_of(django), list_of(ours));
            it.items(&told, &read);
        });
    }

    fn field(&mut self, django: &Json, ours: &Json) {
        let path = |field: &Json, key: &str| field[key].as_str().unwrap_or_default().to_owned();
        let (class, path, read) = (
            path(django, "class"),
            path(django, "path"),
            path(ours, "class"),
        );
        if !is_same_name(&class, &read) && !is_same_name(&path, &read) {
            self.within("class", |it| it.differ(&django["class"], &ours["class"]));
        }
        self.equal("kind", &django["kind"], &ours["kind"]);
        let kind = django["kind"].as_str().unwrap_or_default();
        let empty = Map::new();
        let told = django["kwargs"].as_object().unwrap_or(&empty);
        let read = ours["options"].as_object().unwrap_or(&empty);
        for name in names_of(told, read) {
            if told.get(name).is_none() && is_untold(kind, name) {
                continue;
            }
            let default = default_of(kind, name);
            match name {
                // Compared as trees, below.
                "expression" | "db_default" => continue,
                "base_field" | "output_field" if ours.get("inner").is_some() => {
                    let inner = &ours["inner"];
                    self.within(name, |it| it.value(&told[name], inner));
                    continue;
                }
                "field_names" => {
                    self.equal(name, &json!({"$tuple": django["args"]}), &read[name]);
                    continue;
                }
                _ => {}
            }
            let django = told.get(name).unwrap_or(&default);
            let ours = read.get(name).unwrap_or(&default);
            self.within(name, |it| it.option(name, django, ours));
        }
        self.effective(kind, django, ours);
        self.within("typed", |it| it.value(&django["typed"], &ours["typed"]));
    }

    fn option(&mut self, name: &str, django: &Json, ours: &Json) {
        match name {
            "choices" => self.value(&choices(django), &choices(ours)),
            // Models are named in any case, and told in lower case.
            "to" if ours.is_string() && django.is_string() => {
                if lowered(django) != lowered(ours) {
                    self.differ(django, ours);
                }
            }
            _ => self.value(django, ours),
        }
    }

    /// What the constructor made of the options, where the column depends on it.
    fn effective(&mut self, kind: &str, django: &Json, ours: &Json) {
        let Some(told) = django["effective"].as_object() else {
            return;
        };
        let read = match ours.get("base_options") {
            Some(base) => base,
            None => &ours["options"],
        };
        let is_automatic = ["auto_now", "auto_now_add"]
            .iter()
            .any(|name| read.get(*name) == Some(&json!(true)));
        for (name, told) in told {
            let ours = match (name.as_str(), read.get(name)) {
                ("null" | "blank", _) if kind == "NullBooleanField" => json!(true),
                ("blank", _) if kind.ends_with("AutoField") => json!(true),
                ("unique", _) if kind == "OneToOneField" => json!(true),
                ("max_length", _) if kind == "UUIDField" => json!(32),
                ("blank", _) if is_automatic => json!(true),
                ("editable", _) if is_automatic => json!(false),
                (_, Some(read)) => read.clone(),
                (_, None) => default_of(kind, name),
            };
            if told != &ours {
                self.within(format!("effective {name}"), |it| it.differ(told, &ours));
            }
        }
    }
}

fn unwrapped(operation: &Json) -> &Json {
    operation.get("$operation").unwrap_or(operation)
}

fn root(path: &str) -> &str {
    path.split('.').next().unwrap_or_default()
}

/// The same class or function by two of its paths: packages export names that
/// their modules define.
fn is_same_name(left: &str, right: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let builtin = left.strip_prefix("builtins.");
    builtin == Some(right) || (last(left) == last(right) && root(left) == root(right))
}

fn names_of<'a>(left: &'a Map<String, Json>, right: &'a Map<String, Json>) -> Vec<&'a str> {
    let mut names: Vec<&str> = left
        .keys()
        .chain(right.keys())
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn is_list(value: &Json) -> bool {
    value.is_array() || value.get("$tuple").is_some()
}

fn list_of(value: &Json) -> Vec<Json> {
    let items = value.get("$tuple").unwrap_or(value);
    items.as_array().cloned().unwrap_or_default()
}

fn is_nothing(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => {
            entries.is_empty()
                || ["$tuple", "$set"]
                    .iter()
                    .any(|key| value[key].as_array().is_some_and(Vec::is_empty))
        }
        Json::Bool(true) | Json::Number(_) => false,
    }
}

fn is_model_alone(bases: &Json) -> bool {
    is_nothing(bases)
        || matches!(&*list_of(bases), [only]
            if only["$path"].as_str().is_some_and(|path| is_same_name(path, "django.db.models.Model")))
}

fn sorted(items: &Json) -> Vec<Json> {
    let mut items = list_of(items);
    items.sort_by_key(ToString::to_string);
    items
}

fn lowered(value: &Json) -> Json {
    json!(value.as_str().map(str::to_lowercase))
}

/// SQL without parameters that are `None`; statements are told as a list.
fn statements(sql: &Json) -> Json {
    if !is_list(sql) {
        return sql.clone();
    }
    let statements =
        list_of(sql)
            .into_iter()
            .map(|statement| match list_of(&statement).as_slice() {
                [text, Json::Null] => text.clone(),
                [text, params] => json!({"$tuple": [text, params]}),
                _ => statement,
            });
    statements.collect()
}

/// Choices as `normalize_choices` makes them: a list of pairs, groups included.
fn choices(value: &Json) -> Json {
    let pairs: Vec<Json> = match value.as_object() {
        Some(entries) if value.get("$tuple").is_none() => match value.get("$dict") {
            Some(pairs) => list_of(pairs),
            None if entries.keys().any(|key| key.starts_with('$')) => return value.clone(),
            None => entries
                .iter()
                .map(|(key, value)| json!([key, value]))
                .collect(),
        },
        _ if is_list(value) => list_of(value),
        _ => return value.clone(),
    };
    pairs
        .iter()
        .map(|pair| match &*list_of(pair) {
            [value, label]
                if is_list(label) || label.is_object() && label.get("$lazy").is_none() =>
            {
                json!({"$tuple": [value, choices(label)]})
            }
            [value, label] => json!({"$tuple": [value, label]}),
            _ => pair.clone(),
        })
        .collect()
}
