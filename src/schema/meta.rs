//! What Django's `Options` and fields say of a model once it is rendered: table, fields
//! with those that Django adds, columns, primary key, parents, targets of relations.
//!
//! Source: `django/db/models/{base,options}.py` and `fields/related.py`, 5.2. Names are
//! as long as they come out; a dialect shortens them.

use std::sync::Arc;

use smol_str::{SmolStr, format_smolstr};

use super::key::ModelKey;
use super::relation;
use super::state::{FieldState, ModelState, ProjectState};
use crate::base::Span;
use crate::base::text::concat;
use crate::ir::operation::Base;
use crate::ir::project::NO_FILE;
use crate::ir::{Field, FieldKind, FieldName, Known, ModelName, Unknown, Value};

/// Inheritance and foreign keys are followed no further than this; beyond it lies a
/// circle.
const DEEPEST: usize = 64;

/// A model in a state.
#[derive(Debug, Clone)]
pub struct Model<'s> {
    state: &'s ProjectState,
    model: Arc<ModelState>,
}

/// A model that another one inherits from, with a table of its own.
#[derive(Debug, Clone)]
pub struct Parent {
    pub model: ModelKey,
    /// The link to it: a field as written, or the `..._ptr` that Django adds. A proxy
    /// has none.
    pub link: Option<FieldState>,
}

/// What a foreign key points at.
#[derive(Debug, Clone)]
pub struct Target<'s> {
    pub model: Model<'s>,
    pub field: FieldState,
}

/// What stands behind a many-to-many field.
#[derive(Debug, Clone)]
pub struct ManyToMany<'s> {
    /// The model with the two foreign keys: as written, or the one that Django makes.
    pub through: Model<'s>,
    pub is_auto_created: bool,
    /// The foreign keys of `through` to the model of the field and to its target.
    pub from: FieldState,
    pub to: FieldState,
}

fn unknown<T>(span: Span, reason: impl Into<SmolStr>) -> Known<T> {
    Known::No(Unknown::new(span, reason))
}

/// `?` for `Known`: the value, or the reason handed on.
macro_rules! known {
    ($known:expr) => {
        match $known {
            Known::Yes(value) => value,
            Known::No(unknown) => return Known::No(unknown),
        }
    };
}

impl<'s> Model<'s> {
    pub(super) fn new(state: &'s ProjectState, model: &Arc<ModelState>) -> Self {
        Self {
            state,
            model: Arc::clone(model),
        }
    }

    /// The same model as if it had just these fields.
    #[must_use]
    pub fn with_fields(&self, fields: Vec<FieldState>) -> Self {
        let mut model = (*self.model).clone();
        model.set_fields(fields);
        Self {
            state: self.state,
            model: Arc::new(model),
        }
    }

    #[must_use]
    pub fn key(&self) -> &ModelKey {
        &self.model.key
    }

    /// The model as its operations have left it.
    #[must_use]
    pub fn state(&self) -> &Arc<ModelState> {
        &self.model
    }

    /// Why the model may be other than the state has it, if it may.
    #[must_use]
    pub fn why_uncertain(&self) -> Option<Arc<Unknown>> {
        self.state.why_uncertain(&self.model)
    }

    /// Whether the state has a model under a key as it was found before, as far as it
    /// matters to a foreign key to one of its written fields: the table, and the fields up
    /// to this one, any of which could be the primary key in its place.
    #[must_use]
    pub fn sees(&self, key: &ModelKey, model: &Arc<ModelState>, field: &FieldName) -> bool {
        let Some(found) = self.state.state_of(key) else {
            return false;
        };
        if Arc::ptr_eq(found, model) {
            return true;
        }
        let option = |model: &ModelState, name| model.options.get(name).map(Arc::as_ptr);
        if ["db_table", "proxy"]
            .iter()
            .any(|name| option(found, name) != option(model, name))
        {
            return false;
        }
        for (now, before) in found.fields.values().zip(model.fields.values()) {
            if now.name != before.name || !Arc::ptr_eq(&now.field, &before.field) {
                return false;
            }
            if now.name == *field {
                return true;
            }
        }
        false
    }

    /// The model of a key, or why there is none.
    fn other(&self, key: &ModelKey, at: Span) -> Known<Self> {
        match self.state.find(key) {
            Known::Yes(Some(model)) => Known::Yes(model),
            Known::Yes(None) => unknown(at, format!("there is no model `{key}`")),
            // What is not known of a whole app has no place but where it is asked for.
            Known::No(why) if why.span.file == NO_FILE => {
                unknown(at, format!("`{key}` may be there or not: {}", why.reason))
            }
            Known::No(why) => Known::No(why),
        }
    }

    #[must_use]
    pub fn is_proxy(&self) -> Known<bool> {
        self.flag("proxy", false)
    }

    #[must_use]
    pub fn is_managed(&self) -> Known<bool> {
        self.flag("managed", true)
    }

    fn flag(&self, name: &str, default: bool) -> Known<bool> {
        match self.model.flag(name, default) {
            Some(flag) => Known::Yes(flag),
            None => unknown(
                self.model.origin,
                format!("the option `{name}` is not known"),
            ),
        }
    }

    /// The model that takes this one's place by a setting: `people.Person` for
    /// `auth.User`.
    #[must_use]
    pub fn swapped(&self) -> Known<Option<ModelKey>> {
        let Some(setting) = self.model.option("swappable") else {
            return Known::Yes(None);
        };
        match &setting.value {
            Value::Str(name) if self.state.is_setting_absent(name) => Known::Yes(None),
            Value::Str(name) => {
                let instead = known!(self.state.setting(name, setting.span));
                Known::Yes((instead != self.model.key).then_some(instead))
            }
            Value::None => Known::Yes(None),
            _ if self.state.is_swapped_by_none(&self.model.key) => Known::Yes(None),
            value => match value.first_unknown() {
                Some(why) => Known::No(why.clone()),
                None => unknown(setting.span, "which setting swaps the model is not known"),
            },
        }
    }

    /// Whether migrations change the database for this model, as far as the model
    /// decides it (`Options.can_migrate` without `required_db_vendor` and
    /// `required_db_features`).
    #[must_use]
    pub fn can_migrate(&self) -> Known<bool> {
        Known::Yes(
            !known!(self.is_proxy())
                && known!(self.is_managed())
                && known!(self.swapped()).is_none(),
        )
    }

    /// The model whose table it is: itself, or what a proxy stands for.
    #[must_use]
    pub fn concrete(&self) -> Known<Self> {
        let mut model = self.clone();
        for _ in 0..DEEPEST {
            if !known!(model.is_proxy()) {
                return Known::Yes(model);
            }
            let base = model.model.bases.iter().find_map(relation::base);
            let Some(base) = base else {
                return unknown(
                    model.model.origin,
                    "which model it is a proxy of is not known",
                );
            };
            model = known!(model.other(&base, model.model.origin));
        }
        unknown(self.model.origin, "its bases go in a circle")
    }

    /// `blog_post`, or the option `db_table`; at full length.
    #[must_use]
    pub fn db_table(&self) -> Known<SmolStr> {
        if known!(self.is_proxy()) {
            return known!(self.concrete()).own_table();
        }
        self.own_table()
    }

    /// The table of a model that is no proxy.
    fn own_table(&self) -> Known<SmolStr> {
        let model = &self.model;
        Known::Yes(match known!(model.text("db_table")) {
            Some(table) => table,
            None => concat([model.app.as_str(), "_", model.key.name()]),
        })
    }

    /// The concrete models that it inherits from directly, in the order of its bases.
    #[must_use]
    pub fn parents(&self) -> Known<Vec<Parent>> {
        let is_proxy = known!(self.is_proxy());
        let mut parents: Vec<Parent> = Vec::new();
        for base in self.model.bases.iter() {
            if let Base::Unknown(unknown) = base {
                return Known::No(unknown.clone());
            }
            let Some(key) = relation::base(base) else {
                continue;
            };
            let base = known!(known!(self.other(&key, self.model.origin)).concrete());
            if parents.iter().any(|known| known.model == *base.key()) {
                continue;
            }
            let link = match self.written_link(base.key()) {
                Some(link) => Some(link),
                None if is_proxy => None,
                None => Some(parent_link(&base.model, self.model.origin)),
            };
            parents.push(Parent {
                model: base.key().clone(),
                link,
            });
        }
        Known::Yes(parents)
    }

    /// The `OneToOneField(parent_link=True)` to a parent.
    fn written_link(&self, parent: &ModelKey) -> Option<FieldState> {
        self.model
            .fields
            .values()
            .find(|field| {
                field.field.kind.known() == Some(&FieldKind::OneToOneField)
                    && field.field.flag("parent_link", false) == Some(true)
                    && self.related(field).known() == Some(parent)
            })
            .cloned()
    }

    /// The model's own fields as rendered, in the order of Django's `local_fields`
    /// (those with a column, foreign objects and composite primary
    /// keys): parent links and the primary key
    /// that Django adds, `_order`. Many-to-many fields are not among them.
    #[must_use]
    pub fn local_fields(&self) -> Known<Vec<FieldState>> {
        let mut fields: Vec<FieldState> = Vec::with_capacity(self.model.fields.len() + 1);
        let mut created: Vec<FieldState> = Vec::new();
        for field in self.model.fields.values() {
            match field.field.kind.known() {
                Some(
                    FieldKind::ManyToManyField
                    | FieldKind::GenericForeignKey
                    | FieldKind::GenericRelation,
                ) => {}
                _ if field.field.flag("auto_created", false) == Some(true) => {
                    created.push(field.clone());
                }
                _ => fields.push(field.clone()),
            }
        }
        for parent in known!(self.parents()) {
            if let Some(link) = parent.link
                && !self.model.fields.contains(link.name.as_str())
            {
                created.push(link);
            }
        }
        if let Some(order) = known!(self.order_field()) {
            fields.push(order);
        }
        let has_key = known!(self.written_primary_key()).is_some();
        let is_proxy = known!(self.is_proxy());
        if !has_key && !is_proxy && !self.has_parents() {
            created.push(known!(self.auto_field()));
        }
        // What is created automatically counts down (`Field.auto_creation_counter`).
        created.reverse();
        created.append(&mut fields);
        if !has_key && !is_proxy {
            let key = known!(self.primary_key());
            if let Some(field) = created.iter_mut().find(|field| field.name == key.name) {
                *field = key;
            }
        }
        Known::Yes(created)
    }

    /// Fields that are tables, in order.
    #[must_use]
    pub fn local_many_to_many(&self) -> Vec<FieldState> {
        let is_many =
            |field: &&FieldState| field.field.kind.known() == Some(&FieldKind::ManyToManyField);
        let fields = self.model.fields.values();
        fields.filter(is_many).cloned().collect()
    }

    /// The field `_order`, if `order_with_respect_to` is set and no field has the name.
    fn order_field(&self) -> Known<Option<FieldState>> {
        let Some(_) = known!(self.model.text("order_with_respect_to")) else {
            return Known::Yes(None);
        };
        let is_there = self
            .model
            .fields
            .values()
            .any(|field| field.field.kind.known() == Some(&FieldKind::OrderWrt));
        let field = generated(
            FieldKind::OrderWrt,
            "django.db.models.fields.proxy.OrderWrt",
            self.model.origin,
            &[
                ("name", Value::Str("_order".into())),
                ("editable", Value::Bool(false)),
            ],
        );
        Known::Yes((!is_there).then(|| {
            FieldState::new(
                FieldName::from("_order"),
                Arc::new(field),
                self.model.origin,
            )
        }))
    }

    fn written_primary_key(&self) -> Known<Option<&FieldState>> {
        for field in self.model.fields.values() {
            if field.field.kind.known() == Some(&FieldKind::CompositePrimaryKey) {
                return Known::Yes(Some(field));
            }
            match field.field.flag("primary_key", false) {
                Some(true) => return Known::Yes(Some(field)),
                Some(false) => {}
                None => {
                    return unknown(field.origin, "whether it is the primary key is not known");
                }
            }
        }
        Known::Yes(None)
    }

    fn needs_auto_field(&self) -> Known<bool> {
        if known!(self.is_proxy()) || known!(self.written_primary_key()).is_some() {
            return Known::Yes(false);
        }
        Known::Yes(!self.has_parents())
    }

    fn has_parents(&self) -> bool {
        let bases = self.model.bases.iter();
        bases.filter_map(relation::base).next().is_some()
    }

    /// The `id` that Django adds.
    fn auto_field(&self) -> Known<FieldState> {
        let path = known!(self.state.default_auto_field().clone());
        let kind = path.rsplit('.').next().and_then(FieldKind::by_name);
        let is_auto = matches!(
            kind,
            Some(FieldKind::AutoField | FieldKind::BigAutoField | FieldKind::SmallAutoField)
        );
        let Some(kind) = kind.filter(|_| is_auto && path.starts_with("django.db.models.")) else {
            return unknown(
                self.model.origin,
                format!("`DEFAULT_AUTO_FIELD` is `{path}`, which was not read"),
            );
        };
        let field = generated(
            kind,
            &path,
            self.model.origin,
            &[
                ("verbose_name", Value::Str("ID".into())),
                ("primary_key", Value::Bool(true)),
                ("auto_created", Value::Bool(true)),
            ],
        );
        let name = FieldName::from("id");
        Known::Yes(FieldState::new(name, Arc::new(field), self.model.origin))
    }

    /// The primary key: as written, else the link to the first parent, else the field
    /// that `DEFAULT_AUTO_FIELD` says. May be a `CompositePrimaryKey`.
    #[must_use]
    pub fn primary_key(&self) -> Known<FieldState> {
        let concrete = known!(self.concrete());
        if let Some(field) = known!(concrete.written_primary_key()) {
            return Known::Yes(field.clone());
        }
        let parents = known!(concrete.parents());
        match parents.into_iter().find_map(|parent| parent.link) {
            // It becomes the primary key by being the first link.
            Some(link) => Known::Yes(promoted(link)),
            None => concrete.auto_field(),
        }
    }

    /// A field by its name or attribute name (`author_id`), of the model or of one that
    /// it inherits from; `None` if there is none for sure.
    /// Source: `Options.get_field`, 5.2, without reverse relations.
    #[must_use]
    pub fn field(&self, name: &str) -> Known<Option<FieldState>> {
        self.field_within(name, DEEPEST)
    }

    fn field_within(&self, name: &str, depth: usize) -> Known<Option<FieldState>> {
        if let Some(field) = self.model.fields.get(name) {
            return Known::Yes(Some(field.clone()));
        }
        if depth == 0 {
            return unknown(self.model.origin, "its bases go in a circle");
        }
        let by_attribute = name.strip_suffix("_id").and_then(|stem| {
            let field = self.model.fields.get(stem)?;
            is_foreign_key(field).then(|| field.clone())
        });
        if by_attribute.is_some() {
            return Known::Yes(by_attribute);
        }
        if let Some(why) = self.why_uncertain() {
            return Known::No((*why).clone());
        }
        let mut has_parent = false;
        for base in self.model.bases.iter() {
            match base {
                Base::Unknown(unknown) => return Known::No(unknown.clone()),
                Base::Class { .. } if base.is_plain() => {}
                Base::Class { path, span } => {
                    return unknown(
                        *span,
                        format!("what `{path}` adds to the model is not known"),
                    );
                }
                Base::Model { .. } => {
                    let Some(key) = relation::base(base) else {
                        return unknown(self.model.origin, "a base was not understood");
                    };
                    let base = known!(self.other(&key, self.model.origin));
                    if let Some(field) = known!(base.field_within(name, depth - 1)) {
                        return Known::Yes(Some(field));
                    }
                    has_parent = true;
                }
            }
        }
        if name == "_order" {
            return self.order_field();
        }
        if has_parent && name.ends_with("_ptr") || name.ends_with("_ptr_id") {
            let stem = name.strip_suffix("_id").unwrap_or(name);
            let links = known!(self.parents()).into_iter();
            let link = links
                .filter_map(|parent| parent.link)
                .find(|link| link.name.as_str() == stem);
            return Known::Yes(link);
        }
        if name == "id" && known!(self.needs_auto_field()) {
            return Known::Yes(Some(known!(self.auto_field())));
        }
        Known::Yes(None)
    }

    /// The column of a field; `None` for one without.
    #[must_use]
    pub fn column(&self, field: &FieldState) -> Known<Option<SmolStr>> {
        let kind = match &field.field.kind {
            Known::Yes(kind) => *kind,
            Known::No(unknown) => return Known::No(unknown.clone()),
        };
        match kind {
            FieldKind::ManyToManyField
            | FieldKind::GenericForeignKey
            | FieldKind::GenericRelation
            | FieldKind::ForeignObject
            | FieldKind::CompositePrimaryKey => Known::Yes(None),
            FieldKind::OrderWrt => Known::Yes(Some("_order".into())),
            _ => Known::Yes(Some(match known!(field.text("db_column")) {
                Some(column) => column,
                None => attribute_name(field),
            })),
        }
    }

    /// The model that a relation names in `to`.
    #[must_use]
    pub fn related(&self, field: &FieldState) -> Known<ModelKey> {
        match field.field.to() {
            Some(to) => relation::named(self.state, &self.model.key, to),
            None => unknown(field.origin, "the field names no other model"),
        }
    }

    /// The model and field that a foreign key refers to: `to_field`, or the primary key
    /// of the related model.
    #[must_use]
    pub fn target(&self, field: &FieldState) -> Known<Target<'s>> {
        let key = known!(self.related(field));
        let model = known!(known!(self.other(&key, field.origin)).concrete());
        let target = match known!(field.text("to_field")) {
            None => known!(model.primary_key()),
            Some(name) => match known!(model.field(&name)) {
                Some(target) => target,
                None => {
                    return unknown(field.origin, format!("`{key}` has no field `{name}`"));
                }
            },
        };
        Known::Yes(Target {
            model,
            field: target,
        })
    }

    /// The field whose type a column has: the field itself, or for a foreign key what
    /// it refers to in the end.
    #[must_use]
    pub fn typed_by(&self, field: &FieldState) -> Known<Target<'s>> {
        let own = Target {
            model: self.clone(),
            field: field.clone(),
        };
        own.typed_by(field.origin)
    }

    /// The through model of a many-to-many field and its two foreign keys.
    #[must_use]
    pub fn many_to_many(&self, field: &FieldState) -> Known<ManyToMany<'s>> {
        let target = known!(self.related(field));
        let through = field.field.option("through");
        let through = through.filter(|value| value.value != Value::None);
        let Some(through) = through else {
            return self.auto_created(field, &target);
        };
        let key = known!(relation::named(self.state, &self.model.key, through));
        let through = known!(self.other(&key, through.span));
        let named = known!(through_fields(field));
        // The first foreign key to each side; of two to the same model, the first and
        // the second.
        let mut from = None;
        let mut to = None;
        for candidate in through.model.fields.values() {
            if !is_foreign_key(candidate) {
                continue;
            }
            let related = known!(through.related(candidate));
            let fits = |side: usize| {
                named
                    .as_ref()
                    .is_none_or(|names| names.get(side) == Some(&candidate.name))
            };
            if from.is_none() && related == self.model.key && fits(0) {
                from = Some(candidate.clone());
            } else if to.is_none() && related == target && fits(1) {
                to = Some(candidate.clone());
            }
        }
        match (from, to) {
            (Some(from), Some(to)) => Known::Yes(ManyToMany {
                through,
                is_auto_created: false,
                from,
                to,
            }),
            _ => unknown(
                field.origin,
                format!("`{key}` lacks a foreign key to one of the two models"),
            ),
        }
    }

    /// Source: `create_many_to_many_intermediary_model`, 5.2.
    fn auto_created(&self, field: &FieldState, target: &ModelKey) -> Known<ManyToMany<'s>> {
        let table = match known!(field.text("db_table")) {
            Some(table) => table,
            None => format_smolstr!("{}_{}", known!(self.db_table()), field.name),
        };
        let related = known!(self.other(target, field.origin));
        let managed = known!(self.is_managed()) || known!(related.is_managed());
        let (own, other) = (self.model.key.name(), target.name());
        let (from, to) = if own == other {
            (format_smolstr!("from_{own}"), format_smolstr!("to_{other}"))
        } else {
            (SmolStr::new(own), SmolStr::new(other))
        };
        let side = |name: &SmolStr, to: &ModelKey| {
            let mut options = vec![
                ("to", Value::Str(to.as_smol().clone())),
                (
                    "on_delete",
                    Value::Path("django.db.models.deletion.CASCADE".into()),
                ),
            ];
            for kept in ["db_tablespace", "db_constraint"] {
                if let Some(value) = field.field.option(kept) {
                    options.push((kept, value.value.clone()));
                }
            }
            let key = generated(
                FieldKind::ForeignKey,
                "django.db.models.ForeignKey",
                field.origin,
                &options,
            );
            FieldState::new(FieldName::new(name.clone()), Arc::new(key), field.origin)
        };
        let from = side(&from, &self.model.key);
        let to = side(&to, target);
        let name = ModelName::new(format_smolstr!("{}_{}", self.model.name, field.name));
        let mut model = ModelState::new(
            self.model.app.clone(),
            name,
            vec![from.clone(), to.clone()],
            field.origin,
        );
        let text = |value: SmolStr| Value::Str(value);
        model.set_option("db_table", text(table));
        model.set_option("auto_created", text(self.model.key.as_smol().clone()));
        model.set_option("managed", Value::Bool(managed));
        if let Some(space) = self.model.option("db_tablespace") {
            model.set_option("db_tablespace", space.value.clone());
        }
        model.unique_together = Some(Arc::new([Arc::new([from.name.clone(), to.name.clone()])]));
        Known::Yes(ManyToMany {
            through: Model::new(self.state, &Arc::new(model)),
            is_auto_created: true,
            from,
            to,
        })
    }
}

impl Target<'_> {
    /// As [`Model::typed_by`], for a foreign key that leads here and stands at `origin`.
    #[must_use]
    pub fn typed_by(self, origin: Span) -> Known<Self> {
        let mut at = self;
        for _ in 0..DEEPEST {
            if !is_foreign_key(&at.field) {
                return Known::Yes(at);
            }
            at = known!(at.model.target(&at.field));
        }
        unknown(origin, "its foreign keys go in a circle")
    }
}

pub(super) fn is_foreign_key(field: &FieldState) -> bool {
    matches!(
        field.field.kind.known(),
        Some(FieldKind::ForeignKey | FieldKind::OneToOneField)
    )
}

/// `author_id` of a foreign key `author`; any other field's own name.
fn attribute_name(field: &FieldState) -> SmolStr {
    if is_foreign_key(field) {
        concat([field.name.as_str(), "_id"])
    } else {
        field.name.to_smol()
    }
}

fn through_fields(field: &FieldState) -> Known<Option<Vec<FieldName>>> {
    let Some(value) = field.field.option("through_fields") else {
        return Known::Yes(None);
    };
    if value.value == Value::None {
        return Known::Yes(None);
    }
    let names = value.value.items().map(|items| {
        items
            .iter()
            .map(|item| item.value.as_str().map(FieldName::from))
            .collect::<Option<Vec<_>>>()
    });
    match names.flatten() {
        Some(names) => Known::Yes(Some(names)),
        None => unknown(value.span, "`through_fields` is not known"),
    }
}

/// The link that Django adds for a parent (`ModelBase.__new__`).
fn parent_link(parent: &ModelState, origin: Span) -> FieldState {
    let field = generated(
        FieldKind::OneToOneField,
        "django.db.models.OneToOneField",
        origin,
        &[
            ("to", Value::Str(parent.key.as_smol().clone())),
            (
                "on_delete",
                Value::Path("django.db.models.deletion.CASCADE".into()),
            ),
            ("auto_created", Value::Bool(true)),
            ("parent_link", Value::Bool(true)),
        ],
    );
    let name = FieldName::new(format_smolstr!("{}_ptr", parent.key.name()));
    FieldState::new(name, Arc::new(field), origin)
}

fn promoted(mut link: FieldState) -> FieldState {
    let field = link.field.with_option("primary_key", Value::Bool(true));
    link.field = Arc::new(field);
    link
}

/// A field that no migration writes.
pub(super) fn generated(
    kind: FieldKind,
    class: &str,
    span: Span,
    options: &[(&'static str, Value)],
) -> Field {
    let options = options.iter().map(|(name, value)| {
        let value = crate::base::Spanned::new(value.clone(), span);
        (SmolStr::new_static(name), value)
    });
    Field {
        kind: Known::Yes(kind),
        extends: None,
        class: SmolStr::new(class),
        span,
        options: options.collect(),
        base_options: None,
        inner: None,
        generated: None,
        db_default: None,
        own: None,
    }
}
