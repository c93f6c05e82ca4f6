//! Whether two migrations, told as JSON, are the same to Django.

use serde_json::{Value as Json, json};

/// `blog.migrations.0002_fill` of `blog.migrations._0002_fill`.
pub(crate) fn unmoved(path: &str) -> String {
    path.replace("migrations._", "migrations.")
}

/// The first place where two values differ. The public path of a class and the one
/// where it is defined are the same, and so are all that Django takes for the same.
pub(crate) fn difference(place: &str, expected: &Json, found: &Json) -> Option<String> {
    match (expected, found) {
        // Named comparisons of a `Q` are its children, too.
        (Json::Object(left), Json::Object(right)) if is_q(left) && is_q(right) => {
            difference(&format!("{place}.Q"), &children(left), &children(right))
        }
        (Json::Object(left), Json::Object(right)) => {
            let keys: std::collections::BTreeSet<&String> =
                left.keys().chain(right.keys()).collect();
            keys.into_iter().find_map(|key| {
                let null = Json::Null;
                difference(
                    &format!("{place}.{key}"),
                    left.get(key).unwrap_or(&null),
                    right.get(key).unwrap_or(&null),
                )
            })
        }
        // Django makes a tuple of `fields`, and gives a model that has no base this one.
        (Json::Object(tuple), Json::Array(list))
            if place.ends_with(".fields")
                && tuple.get("$tuple") == Some(&Json::from(list.as_slice())) =>
        {
            None
        }
        (Json::Object(_), Json::Null)
            if place.ends_with(".bases")
                && *expected == json!({"$tuple": [{"$path": "django.db.models.Model"}]}) =>
        {
            None
        }
        // Django lists choices.
        (Json::Object(tuple), Json::Array(_)) if place.ends_with(".choices") => {
            difference(place, tuple.get("$tuple")?, found)
        }
        (Json::Array(left), Json::Array(right)) if left.len() == right.len() => left
            .iter()
            .zip(right)
            .enumerate()
            .find_map(|(at, (left, right))| difference(&format!("{place}[{at}]"), left, right)),
        (Json::String(left), Json::String(right)) if is_same_name(left, right) => None,
        _ if expected == found => None,
        _ => Some(format!("{place}: {expected} is now {found}")),
    }
}

fn is_q(object: &serde_json::Map<String, Json>) -> bool {
    let call = object.get("$call");
    call.and_then(|call| call["path"].as_str().or(call["class"].as_str()))
        .is_some_and(|path| path.starts_with("django.db.models") && path.ends_with(".Q"))
}

/// Arguments, then named comparisons as pairs.
fn children(q: &serde_json::Map<String, Json>) -> Json {
    let call = &q["$call"];
    let mut children = call["args"].as_array().cloned().unwrap_or_default();
    let mut own = serde_json::Map::new();
    for (name, value) in call["kwargs"].as_object().into_iter().flatten() {
        if name.starts_with('_') {
            own.insert(name.clone(), value.clone());
        } else {
            children.push(json!({"$tuple": [name, value]}));
        }
    }
    json!({"children": children, "own": own})
}

fn is_same_name(left: &str, right: &str) -> bool {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned);
    left == right
        || left == unmoved(right)
        || left.starts_with("django.") && right.starts_with("django.") && last(left) == last(right)
}
