//! The names that a historical model has: what its rows, its class and its queries
//! answer to.
//!
//! Source: `django/db/models/{base,manager,query}.py` and
//! `django/db/migrations/state.py`, 5.2.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use crate::base::text::concat;
use crate::ir::Value;
use crate::ir::operation::Base;
use crate::schema::{FieldState, Model, ModelKey, ProjectState};

/// Inheritance is followed no further.
const DEEPEST: usize = 16;

/// What a name of a row leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leads {
    /// To a value.
    Value,
    /// To a row of another model.
    Row(ModelKey),
    /// To a manager of rows of another model.
    Rows(ModelKey),
    /// To something that is not known.
    Unknown,
}

/// The names of one model.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Attributes of rows: fields, `author_id`, reverse accessors.
    pub(super) attributes: FxHashMap<SmolStr, Leads>,
    /// Names in lookups: fields and the query names of reverse relations.
    pub(super) lookups: FxHashMap<SmolStr, Leads>,
    /// Fields alone, in order.
    pub(super) fields: Vec<SmolStr>,
    /// Fields of classes that are not Django's, which may bring names of their own.
    own_classes: Vec<SmolStr>,
    /// It has a base class that is no model of the state, with whatever that brings.
    pub(super) has_mixin: bool,
    /// Managers of the state, with whether they are of Django's plain class.
    pub(super) managers: Vec<(SmolStr, bool)>,
}

impl Names {
    /// `None` if the model is not there or not sure.
    pub(super) fn of(state: &ProjectState, key: &ModelKey) -> Option<Self> {
        let mut names = Self::default();
        names.add(state, key, 0)?;
        Some(names)
    }

    fn add(&mut self, state: &ProjectState, key: &ModelKey, depth: usize) -> Option<()> {
        let model = state.model(key)?;
        if model.why_uncertain().is_some() || depth > DEEPEST {
            return None;
        }
        let own = model.state();
        for base in own.bases.iter() {
            match base {
                Base::Model { app, name, .. } => {
                    self.add(state, &ModelKey::of(app, name.as_str()), depth + 1)?;
                }
                Base::Class { .. } => self.has_mixin |= !base.is_plain(),
                Base::Unknown(_) => return None,
            }
        }
        let fields = model.local_fields();
        let room = 2 * (own.fields.len() + 1);
        self.attributes.reserve(room);
        self.lookups.reserve(room);
        for field in fields.known()? {
            self.field(&model, field);
        }
        // Fields without a column, such as those to many rows.
        for field in own.fields.values() {
            self.field(&model, field);
        }
        self.managers(&model);
        for (from, via) in state.referrers(key) {
            self.referrer(state, &from, via.map(|name| name.as_str()))?;
        }
        Some(())
    }

    fn field(&mut self, model: &Model<'_>, field: &FieldState) {
        let name = field.name.to_smol();
        if self.attributes.contains_key(&name) {
            return;
        }
        let kind = field.field.kind.known();
        let is_many = field.field.class.ends_with("ManyToManyField");
        let is_relation = kind.is_some_and(|kind| kind.is_relation());
        let leads = if is_relation {
            match model.related(field).known() {
                Some(target) if is_many => Leads::Rows(target.clone()),
                Some(target) => Leads::Row(target.clone()),
                None => Leads::Unknown,
            }
        } else if kind.is_none() {
            Leads::Unknown
        } else {
            Leads::Value
        };
        if is_relation && !is_many {
            let attname = concat([&name, "_id"]);
            self.attributes.insert(attname.clone(), Leads::Value);
            self.lookups.insert(attname, Leads::Value);
        }
        if !field.field.class.starts_with("django.") {
            self.own_classes.push(name.clone());
        }
        self.attributes.insert(name.clone(), leads.clone());
        self.lookups.insert(name.clone(), leads);
        self.fields.push(name);
    }

    fn managers(&mut self, model: &Model<'_>) {
        for manager in model.state().managers.iter() {
            let Value::Tuple(pair) = &manager.value else {
                self.has_mixin = true;
                continue;
            };
            let [name, object] = pair.as_slice() else {
                continue;
            };
            let is_plain = matches!(&object.value, Value::Object(object)
                if object.path == "django.db.models.Manager"
                    || object.path == "django.db.models.manager.Manager");
            match name.value.as_str() {
                Some(name) => self.managers.push((SmolStr::new(name), is_plain)),
                None => self.has_mixin = true,
            }
        }
    }

    /// What a relation of another model to this one adds.
    fn referrer(
        &mut self,
        state: &ProjectState,
        from: &ModelKey,
        field: Option<&str>,
    ) -> Option<()> {
        let model = state.model(from)?;
        let source = from.clone();
        let Some(field) = field else {
            // A child model: `place.restaurant`.
            let name = SmolStr::new(from.name());
            self.attributes
                .entry(name.clone())
                .or_insert_with(|| Leads::Row(source.clone()));
            self.lookups.entry(name).or_insert(Leads::Row(source));
            return Some(());
        };
        let field = model.state().fields.get(field)?;
        let text = |name: &str| match field.field.option(name).map(|value| &value.value) {
            None | Some(Value::None) => Some(None),
            Some(Value::Str(text)) => Some(Some(placeholders(text, &model))),
            Some(_) => None,
        };
        let related_name = match text("related_name")? {
            Some(name) => Some(name),
            None => model
                .state()
                .text("default_related_name")
                .known()?
                .as_ref()
                .map(|name| placeholders(name, &model)),
        };
        let is_hidden = related_name.as_ref().is_some_and(|it| it.ends_with('+'));
        let query_name = text("related_query_name")?
            .or_else(|| related_name.clone())
            .unwrap_or_else(|| SmolStr::new(from.name()));
        self.lookups
            .entry(query_name)
            .or_insert_with(|| Leads::Rows(source.clone()));
        if is_hidden {
            return Some(());
        }
        let is_one = field.field.class.ends_with("OneToOneField");
        let accessor = related_name.unwrap_or_else(|| {
            if is_one {
                SmolStr::new(from.name())
            } else {
                concat([from.name(), "_set"])
            }
        });
        let leads = if is_one {
            Leads::Row(source)
        } else {
            Leads::Rows(source)
        };
        self.attributes.entry(accessor).or_insert(leads);
        Some(())
    }

    /// What a name of a lookup leads to; `None` if the model has no such name.
    pub(super) fn lookup(&self, name: &str) -> Option<Leads> {
        if name == "pk" {
            return Some(Leads::Value);
        }
        match self.lookups.get(name) {
            Some(leads) => Some(leads.clone()),
            None => self.is_of_own_class(name).then_some(Leads::Unknown),
        }
    }

    /// What an attribute of a row leads to; `None` if there is none of the name.
    pub(super) fn attribute(&self, name: &str) -> Option<Leads> {
        if let Some(leads) = self.attributes.get(name) {
            return Some(leads.clone());
        }
        if is_of_every_row(name) || self.is_made_of_field(name) {
            return Some(Leads::Value);
        }
        (self.has_mixin || self.is_of_own_class(name)).then_some(Leads::Unknown)
    }

    /// A field class of the project may add names beside its own.
    fn is_of_own_class(&self, name: &str) -> bool {
        self.own_classes
            .iter()
            .any(|field| name.contains(field.as_str()))
    }

    /// `get_status_display`, `get_next_by_created`.
    fn is_made_of_field(&self, name: &str) -> bool {
        let of = |name: &str| self.attributes.contains_key(name);
        let inside = name
            .strip_prefix("get_")
            .and_then(|rest| rest.strip_suffix("_display"));
        let beside = name
            .strip_prefix("get_next_by_")
            .or_else(|| name.strip_prefix("get_previous_by_"));
        let order =
            name.ends_with("_order") && (name.starts_with("get_") || name.starts_with("set_"));
        inside.is_some_and(of) || beside.is_some_and(of) || order
    }

    /// Whether the class has an attribute.
    pub(super) fn class_has(&self, name: &str) -> bool {
        let is_manager = if self.managers.is_empty() {
            name == "objects"
        } else {
            self.managers.iter().any(|(known, _)| known == name)
        };
        is_manager
            || name == "objects" && self.has_mixin
            || self.attribute(name).is_some()
            || matches!(name, "_default_manager" | "_base_manager" | "mro")
    }

    /// Whether all managers are of Django's own class.
    pub(super) fn managers_are_plain(&self) -> bool {
        self.managers.iter().all(|(_, is_plain)| *is_plain)
    }
}

/// `%(class)s` and its like in a related name.
fn placeholders(text: &str, model: &Model<'_>) -> SmolStr {
    if !text.contains('%') {
        return SmolStr::new(text);
    }
    let key = model.key();
    text.replace("%(class)s", key.name())
        .replace("%(model_name)s", key.name())
        .replace("%(app_label)s", key.app())
        .into()
}

/// What every model has: methods of `Model`, and of every Python object.
pub(super) fn is_of_every_row(name: &str) -> bool {
    name.starts_with("__")
        || matches!(
            name,
            "pk" | "_meta"
                | "_state"
                | "_deferred"
                | "DoesNotExist"
                | "MultipleObjectsReturned"
                | "NotUpdated"
                | "Meta"
                | "save"
                | "asave"
                | "save_base"
                | "delete"
                | "adelete"
                | "refresh_from_db"
                | "arefresh_from_db"
                | "from_db"
                | "full_clean"
                | "clean"
                | "clean_fields"
                | "validate_unique"
                | "validate_constraints"
                | "get_constraints"
                | "get_deferred_fields"
                | "serializable_value"
                | "unique_error_message"
                | "date_error_message"
                | "prepare_database_save"
                | "check"
                | "_prefetched_objects_cache"
                | "_do_insert"
                | "_do_update"
                | "_get_pk_val"
                | "_set_pk_val"
                | "_perform_date_checks"
                | "_perform_unique_checks"
                | "_get_next_or_previous_by_FIELD"
        )
}

/// Methods and attributes of Django's managers and queries.
pub(super) fn query_has(name: &str) -> bool {
    name.starts_with('_')
        || matches!(
            name.strip_prefix('a').unwrap_or(name),
            "get"
                | "create"
                | "count"
                | "first"
                | "last"
                | "delete"
                | "update"
                | "exists"
                | "contains"
                | "explain"
                | "earliest"
                | "latest"
                | "in_bulk"
                | "iterator"
                | "ggregate"
                | "aggregate"
                | "bulk_create"
                | "bulk_update"
                | "get_or_create"
                | "update_or_create"
        )
        || matches!(
            name,
            "all"
                | "filter"
                | "exclude"
                | "complex_filter"
                | "annotate"
                | "alias"
                | "order_by"
                | "reverse"
                | "distinct"
                | "values"
                | "values_list"
                | "dates"
                | "datetimes"
                | "none"
                | "union"
                | "intersection"
                | "difference"
                | "select_related"
                | "prefetch_related"
                | "extra"
                | "defer"
                | "only"
                | "using"
                | "raw"
                | "select_for_update"
                | "db_manager"
                | "get_queryset"
                | "as_manager"
                | "db"
                | "query"
                | "model"
                | "name"
                | "ordered"
                | "totally_ordered"
                | "is_dirty"
                | "resolve_expression"
                | "as_sql"
                | "deconstruct"
                | "check"
                | "contribute_to_class"
                | "use_in_migrations"
                | "from_queryset"
                | "auto_created"
        )
}
