//! Tests that are not decided: conditions on the database, and unknowns.

use std::rc::Rc;

use smol_str::SmolStr;

use super::object::{Cond, Dict, Item, Obj};
use super::{Eval, Evaluator};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::value::Condition;

/// The outcome of a test.
#[derive(Debug, Clone)]
pub(super) enum Truth {
    Yes,
    No,
    Undecided(Condition),
}

/// Whether an object is the database's vendor name.
fn is_vendor(obj: &Obj) -> bool {
    matches!(obj, Obj::Ref(path) if path == "django.db.connection.vendor")
}

pub(in crate::python) fn negate(condition: Condition) -> Condition {
    match condition {
        Condition::Not(inner) => *inner,
        other => Condition::Not(Box::new(other)),
    }
}

/// `then` if the condition holds, else `otherwise`; branches that the condition
/// itself rules out are dropped.
pub(super) fn conditional(condition: Condition, then: Item, otherwise: Item) -> Obj {
    let then = match then.obj {
        Obj::Cond(inner) if inner.condition == condition => inner.then.clone(),
        Obj::Cond(inner) if inner.condition == negate(condition.clone()) => inner.otherwise.clone(),
        obj => Item::new(obj, then.span),
    };
    let otherwise = match otherwise.obj {
        Obj::Cond(inner) if inner.condition == condition => inner.otherwise.clone(),
        Obj::Cond(inner) if inner.condition == negate(condition.clone()) => inner.then.clone(),
        obj => Item::new(obj, otherwise.span),
    };
    let depth_of = |item: &Item| match &item.obj {
        Obj::Cond(inner) => inner.depth,
        _ => 0,
    };
    let depth = 1 + depth_of(&then).max(depth_of(&otherwise));
    if depth > MAX_DEPTH {
        return Obj::unknown(then.span, "it depends on too many conditions");
    }
    Obj::Cond(Rc::new(Cond {
        condition: bounded(condition),
        then,
        otherwise,
        depth,
    }))
}

/// Conditional objects nested deeper than this are given up.
const MAX_DEPTH: u32 = 24;
/// Conditions with more parts than this are given up.
const MAX_PARTS: usize = 48;

/// The condition, or an unknown in its place if it has grown too large.
pub(super) fn bounded(condition: Condition) -> Condition {
    fn parts(condition: &Condition, left: usize) -> Option<usize> {
        let left = left.checked_sub(1)?;
        match condition {
            Condition::Vendor { .. }
            | Condition::Feature { .. }
            | Condition::Schema { .. }
            | Condition::Version { .. }
            | Condition::Unknown(_) => Some(left),
            Condition::Not(inner) => parts(inner, left),
            Condition::All(all) | Condition::Any(all) => {
                all.iter().try_fold(left, |left, part| parts(part, left))
            }
        }
    }
    fn place(condition: &Condition) -> Option<Span> {
        match condition {
            Condition::Vendor { span, .. }
            | Condition::Feature { span, .. }
            | Condition::Schema { span, .. }
            | Condition::Version { span, .. } => Some(*span),
            Condition::Unknown(unknown) => Some(unknown.span),
            Condition::Not(inner) => place(inner),
            Condition::All(all) | Condition::Any(all) => all.first().and_then(place),
        }
    }
    match (parts(&condition, MAX_PARTS), place(&condition)) {
        (None, Some(span)) => {
            Condition::Unknown(Unknown::new(span, "it depends on too many conditions"))
        }
        _ => condition,
    }
}

/// An unknown as an undecided test.
pub(super) fn unknown_condition(unknown: &Unknown) -> Condition {
    Condition::Unknown(unknown.clone())
}

/// No more of the conditions under which a statement runs are taken as facts.
const MAX_FACTS: usize = 32;

impl Evaluator<'_> {
    /// Whether Python would take the object for true, where the running statement's
    /// own conditions hold.
    pub(super) fn truth(&mut self, obj: &Obj, span: Span) -> Eval<Truth> {
        let truth = self.truth_anywhere(obj, span)?;
        if matches!(truth, Truth::Undecided(_)) {
            self.met_condition.set(true);
        }
        Ok(match &truth {
            Truth::Undecided(condition) if holds(self.facts(), condition) => Truth::Yes,
            Truth::Undecided(condition) if fails(self.facts(), condition) => Truth::No,
            _ => truth,
        })
    }

    /// The innermost conditions of the running statement.
    fn facts(&self) -> &[Condition] {
        let from = self.guards.len().saturating_sub(MAX_FACTS);
        self.guards.get(from..).unwrap_or_default()
    }

    fn truth_anywhere(&mut self, obj: &Obj, span: Span) -> Eval<Truth> {
        Ok(match obj {
            Obj::None | Obj::Missing => Truth::No,
            Obj::Bool(value) => decided(*value),
            Obj::Int(value) => decided(*value != 0),
            Obj::BigInt(_)
            | Obj::Complex(_)
            | Obj::Ellipsis
            | Obj::Settings
            | Obj::Class(_)
            | Obj::Function(_)
            | Obj::Bound(..)
            | Obj::Method(..)
            | Obj::Builtin(_)
            | Obj::Host(_)
            | Obj::Super(..) => Truth::Yes,
            Obj::Float(value) => decided(*value != 0.0),
            Obj::Str(text) => decided(!text.is_empty()),
            Obj::Bytes(bytes) => decided(!bytes.is_empty()),
            Obj::List(items) | Obj::Set(items) => sequence_truth(&items.borrow()),
            Obj::Tuple(items) => sequence_truth(items),
            Obj::Dict(dict) => {
                let dict = dict.borrow();
                match &dict.unknown {
                    Some(unknown) if dict.len() == 0 => {
                        Truth::Undecided(unknown_condition(unknown))
                    }
                    _ => decided(dict.len() > 0),
                }
            }
            Obj::Member(member) => {
                let value = member.value.obj.clone();
                return self.truth(&value, span);
            }
            Obj::Cond(cond) => {
                let then = self.truth(&cond.then.obj, span)?;
                let otherwise = self.truth(&cond.otherwise.obj, span)?;
                combine(&cond.condition, then, otherwise)
            }
            Obj::Unknown(unknown) => Truth::Undecided(unknown_condition(unknown)),
            Obj::Ref(path) if path.starts_with("django.db.connection") => {
                Truth::Undecided(connection_condition(path, span))
            }
            Obj::Ref(_) | Obj::Setting(_) => match self.force(obj, span)? {
                Obj::Ref(path) => Truth::Undecided(Condition::Unknown(Unknown::new(
                    span,
                    format!("`{path}` could not be read"),
                ))),
                Obj::Setting(name) => Truth::Undecided(Condition::Unknown(Unknown::new(
                    span,
                    format!("the setting `{name}` could not be read"),
                ))),
                value => return self.truth(&value, span),
            },
            // Objects of classes count as true unless the class says otherwise.
            Obj::Call(_) => match self.force(obj, span)? {
                Obj::Call(call) => match &call.callee {
                    // What a function returns that is not read may be anything.
                    Obj::Ref(path) if !names_class(path) => {
                        let unknown = self.unknown_of(&Obj::Call(call), span);
                        Truth::Undecided(unknown_condition(&unknown))
                    }
                    _ => Truth::Yes,
                },
                value => return self.truth(&value, span),
            },
            Obj::Guarded(inner) => {
                let inner = Rc::clone(inner);
                let truth = self.truth(&inner.item.obj, span)?;
                combine(&inner.condition, truth, Truth::No)
            }
        })
    }

    /// The side of a conditional object that the running statement's own conditions
    /// decide.
    pub(super) fn under_guards(&self, obj: &Obj) -> Obj {
        settled(obj, self.facts())
    }

    /// The entry of a dict by the database's vendor or engine: each under the condition
    /// that it is that one.
    pub(super) fn of_database(
        &mut self,
        dict: &Dict,
        database: &Obj,
        missing: Obj,
        span: Span,
    ) -> Obj {
        self.met_condition.set(true);
        let mut found = match &dict.unknown {
            Some(unknown) => Obj::Unknown(Rc::clone(unknown)),
            None => missing,
        };
        for (key, value) in dict.entries().iter().rev() {
            let Obj::Str(key) = &key.obj else {
                continue;
            };
            let vendors = vendors_where(database, |name| name == key).unwrap_or_default();
            if !vendors.is_empty() {
                let condition = Condition::Vendor { vendors, span };
                let value = Item::new(value.obj.present(), value.span);
                found = conditional(condition, value, Item::new(found, span));
            }
        }
        found
    }

    /// One object or the other, by a condition.
    pub(crate) fn either(condition: Condition, then: Item, otherwise: Item) -> Obj {
        conditional(condition, then, otherwise)
    }

    /// A truth as a Python value.
    pub(super) fn truth_value(&self, truth: Truth, span: Span) -> Obj {
        match truth {
            Truth::Yes => Obj::Bool(true),
            Truth::No => Obj::Bool(false),
            Truth::Undecided(condition) => {
                self.met_condition.set(true);
                conditional(
                    condition,
                    Item::new(Obj::Bool(true), span),
                    Item::new(Obj::Bool(false), span),
                )
            }
        }
    }
}

/// The side of a conditional object that the facts decide.
pub(super) fn settled(obj: &Obj, facts: &[Condition]) -> Obj {
    let mut obj = obj;
    while let Obj::Cond(cond) = obj {
        if holds(facts, &cond.condition) {
            obj = &cond.then.obj;
        } else if fails(facts, &cond.condition) {
            obj = &cond.otherwise.obj;
        } else {
            break;
        }
    }
    obj.clone()
}

/// Whether a path looks like that of a class, by the convention that all of Django
/// and nearly all other code follows.
pub(super) fn names_class(path: &str) -> bool {
    path.rsplit('.')
        .next()
        .is_some_and(|name| name.starts_with(char::is_uppercase))
}

/// The texts by which code tells databases apart: the vendor, and the ends of what
/// `ENGINE` may be. Source: `DatabaseWrapper.vendor` and the packages below
/// `django.db.backends` and `django.contrib.gis.db.backends`, Django 5.2.
const VENDORS: [(&str, &[&str]); 4] = [
    (
        "postgresql",
        &[
            "django.db.backends.postgresql",
            "django.db.backends.postgresql_psycopg2",
            "django.contrib.gis.db.backends.postgis",
        ],
    ),
    (
        "mysql",
        &[
            "django.db.backends.mysql",
            "django.contrib.gis.db.backends.mysql",
        ],
    ),
    (
        "sqlite",
        &[
            "django.db.backends.sqlite3",
            "django.contrib.gis.db.backends.spatialite",
        ],
    ),
    (
        "oracle",
        &[
            "django.db.backends.oracle",
            "django.contrib.gis.db.backends.oracle",
        ],
    ),
];

/// A path of the `ENGINE` of a connection.
pub(super) const ENGINE_PATH: &str = "django.db.connection.settings_dict.ENGINE";

/// Whether an object is what tells databases apart.
pub(super) fn is_database(obj: &Obj) -> bool {
    vendors_where(obj, |_| true).is_some()
}

/// The vendors for which a test of the vendor's name or of `ENGINE` holds.
pub(super) fn vendors_where(obj: &Obj, test: impl Fn(&str) -> bool) -> Option<Vec<SmolStr>> {
    let by_engine = matches!(obj, Obj::Ref(path) if path == ENGINE_PATH);
    if !by_engine && !is_vendor(obj) {
        return None;
    }
    let holds = |(vendor, engines): &&(&str, &[&str])| {
        if by_engine {
            engines.iter().any(|engine| test(engine))
        } else {
            test(vendor)
        }
    };
    Some(
        VENDORS
            .iter()
            .filter(holds)
            .map(|(vendor, _)| SmolStr::new_static(vendor))
            .collect(),
    )
}

/// Whether the facts imply the condition.
pub(crate) fn holds(facts: &[Condition], condition: &Condition) -> bool {
    let stated = facts.iter().any(|fact| match (fact, condition) {
        (fact, condition) if fact == condition => true,
        (Condition::All(parts), _) => holds(parts, condition),
        // A narrower choice of vendors.
        (Condition::Vendor { vendors, .. }, Condition::Vendor { vendors: wider, .. }) => {
            !vendors.is_empty() && vendors.iter().all(|vendor| is_among(vendor, wider))
        }
        _ => false,
    });
    stated
        || match condition {
            Condition::All(parts) => parts.iter().all(|part| holds(facts, part)),
            Condition::Any(parts) => parts.iter().any(|part| holds(facts, part)),
            Condition::Not(inner) => fails(facts, inner),
            Condition::Vendor { .. }
            | Condition::Feature { .. }
            | Condition::Schema { .. }
            | Condition::Version { .. }
            | Condition::Unknown(_) => false,
        }
}

/// Whether the facts rule the condition out.
pub(crate) fn fails(facts: &[Condition], condition: &Condition) -> bool {
    let stated = facts.iter().any(|fact| match fact {
        Condition::Not(inner) => **inner == *condition,
        Condition::All(parts) => fails(parts, condition),
        _ => false,
    });
    if let Condition::Vendor { vendors, .. } = condition
        && vendors.iter().all(|vendor| is_ruled_out(facts, vendor))
    {
        return true;
    }
    stated
        || match condition {
            Condition::All(parts) => parts.iter().any(|part| fails(facts, part)),
            Condition::Any(parts) => {
                !parts.is_empty() && parts.iter().all(|part| fails(facts, part))
            }
            Condition::Not(inner) => !matches!(**inner, Condition::Not(_)) && holds(facts, inner),
            Condition::Vendor { .. }
            | Condition::Feature { .. }
            | Condition::Schema { .. }
            | Condition::Version { .. }
            | Condition::Unknown(_) => false,
        }
}

/// Whether the facts say that the database is not of a vendor.
fn is_ruled_out(facts: &[Condition], vendor: &str) -> bool {
    facts.iter().any(|fact| match fact {
        Condition::All(parts) => is_ruled_out(parts, vendor),
        Condition::Vendor { vendors, .. } => {
            // One vendor rules out the others.
            let fits = |other: &SmolStr| {
                is_among(vendor, std::slice::from_ref(other))
                    || is_among(other, &[SmolStr::new(vendor)])
            };
            !vendors.iter().any(fits)
        }
        Condition::Not(inner) => match &**inner {
            Condition::Vendor { vendors, .. } => is_among(vendor, vendors),
            _ => false,
        },
        _ => false,
    })
}

/// Whether a database of the vendor is one of those named. MariaDB's vendor is
/// `mysql` as well.
fn is_among(vendor: &str, vendors: &[SmolStr]) -> bool {
    vendors
        .iter()
        .any(|other| other == vendor || (vendor == "mariadb" && other == "mysql"))
}

/// A test of the connection itself: `connection.mysql_is_mariadb`,
/// `connection.features.has_json_object_function`.
fn connection_condition(path: &str, span: Span) -> Condition {
    if path.ends_with(".mysql_is_mariadb") {
        return Condition::Vendor {
            vendors: vec![SmolStr::new_static("mariadb")],
            span,
        };
    }
    match path.rsplit_once(".features.") {
        Some((_, name)) => Condition::Feature {
            name: SmolStr::new(name),
            span,
        },
        None => Condition::Unknown(Unknown::new(
            span,
            format!("`{path}` is known only to the database connection"),
        )),
    }
}

const fn decided(value: bool) -> Truth {
    if value { Truth::Yes } else { Truth::No }
}

/// A sequence is true as soon as one element is there for certain.
fn sequence_truth(items: &[Item]) -> Truth {
    let mut conditions = Vec::new();
    for item in items {
        match &item.obj {
            Obj::Guarded(inner) => conditions.push(inner.condition.clone()),
            _ => return Truth::Yes,
        }
    }
    match conditions.len() {
        0 => Truth::No,
        _ => Truth::Undecided(bounded(Condition::Any(conditions))),
    }
}

fn combine(condition: &Condition, then: Truth, otherwise: Truth) -> Truth {
    match (then, otherwise) {
        (Truth::Yes, Truth::Yes) => Truth::Yes,
        (Truth::No, Truth::No) => Truth::No,
        (Truth::Yes, Truth::No) => Truth::Undecided(condition.clone()),
        (Truth::No, Truth::Yes) => Truth::Undecided(negate(condition.clone())),
        (then, otherwise) => {
            // One side that never or always holds leaves less to be asked.
            let (condition, negated) = (condition.clone(), negate(condition.clone()));
            let combined = match (then, otherwise) {
                (Truth::Undecided(then), Truth::No) => and(condition, then),
                (Truth::No, Truth::Undecided(otherwise)) => and(negated, otherwise),
                (Truth::Yes, Truth::Undecided(otherwise)) => {
                    Condition::Any(vec![condition, otherwise])
                }
                (Truth::Undecided(then), Truth::Yes) => Condition::Any(vec![negated, then]),
                (then, otherwise) => {
                    let then = as_condition(then).map(|then| and(condition, then));
                    let otherwise = as_condition(otherwise).map(|it| and(negated, it));
                    Condition::Any(then.into_iter().chain(otherwise).collect())
                }
            };
            Truth::Undecided(bounded(combined))
        }
    }
}

/// `None` for a truth that never holds.
fn as_condition(truth: Truth) -> Option<Condition> {
    match truth {
        Truth::Yes => Some(Condition::All(Vec::new())),
        Truth::No => None,
        Truth::Undecided(condition) => Some(condition),
    }
}

fn and(left: Condition, right: Condition) -> Condition {
    match right {
        Condition::All(parts) if parts.is_empty() => left,
        Condition::All(mut parts) => {
            parts.insert(0, left);
            Condition::All(parts)
        }
        right => Condition::All(vec![left, right]),
    }
}
