//! The states themselves: what a project's models are at one point of its history.
//!
//! ```python
//! migrations.CreateModel("Post", fields=[...], options={"db_table": "posts"})
//! ```
//! is one [`ModelState`] under the key `blog.post`.

use std::sync::Arc;

use imbl::OrdMap;
use rustc_hash::FxHashSet;
use smol_str::SmolStr;

use super::key::ModelKey;
use super::meta::Model;
use super::ordered::Ordered;
use super::relation::{self, Via};
use super::shelf::{Named, Past, Shelf};
use crate::base::{Span, Spanned};
use crate::ir::constraint::Constraint;
use crate::ir::index::Index;
use crate::ir::operation::Base;
use crate::ir::project::{AppOrigin, NO_FILE, Project};
use crate::ir::value::SpannedValue;
use crate::ir::{AppLabel, Field, FieldName, Known, ModelName, Unknown, Value};

/// All models at one point of a project's history. A copy of one that comes from a
/// [`History`](super::History) shares its memory.
#[derive(Debug, Clone)]
pub struct ProjectState {
    models: Shelf<ModelState>,
    referrers: Shelf<Referrers>,
    /// Apps in which something happened that was not understood.
    blurred: OrdMap<SmolStr, Blur>,
    surroundings: Arc<Surroundings>,
    /// Counts models as they are added and blurs as they happen.
    tick: u32,
}

/// A moment of the history of a state.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    models: u32,
    referrers: u32,
    blurred: OrdMap<SmolStr, Blur>,
    tick: u32,
}

/// All states that a state went through.
#[derive(Debug)]
pub(super) struct Recorded {
    models: Arc<Past<ModelState>>,
    referrers: Arc<Past<Referrers>>,
    surroundings: Arc<Surroundings>,
}

/// Who refers to a model, by the key of whoever does.
#[derive(Debug, Clone)]
struct Referrers {
    target: ModelKey,
    by: Ordered<Via>,
}

impl Named for Referrers {
    fn name(&self) -> &SmolStr {
        self.target.as_smol()
    }
}

impl Named for ModelState {
    fn name(&self) -> &SmolStr {
        self.key.as_smol()
    }
}

impl Recorded {
    pub(super) fn at(&self, mark: &Mark) -> ProjectState {
        ProjectState {
            models: Shelf::of_past(&self.models, mark.models),
            referrers: Shelf::of_past(&self.referrers, mark.referrers),
            blurred: mark.blurred.clone(),
            surroundings: Arc::clone(&self.surroundings),
            tick: mark.tick,
        }
    }
}

/// Something may have changed any model of an app.
#[derive(Debug, Clone)]
struct Blur {
    /// Models that were created later are as their creation says.
    tick: u32,
    why: Arc<Unknown>,
}

/// What every state of a project shares.
#[derive(Debug)]
struct Surroundings {
    user_model: Known<SmolStr>,
    /// Other settings that name models.
    models: Vec<(SmolStr, SmolStr)>,
    /// All settings, if they are known.
    setting_names: Option<Vec<SmolStr>>,
    default_auto_field: Known<SmolStr>,
    /// Apps whose migrations were read.
    apps: FxHashSet<AppLabel>,
}

/// A model as its operations have left it.
#[derive(Debug, Clone)]
pub struct ModelState {
    pub key: ModelKey,
    pub app: AppLabel,
    /// As written.
    pub name: ModelName,
    /// As written in operations, in Django's order: a field that was renamed stands
    /// last. [`Model::local_fields`] adds what Django adds.
    pub fields: Ordered<FieldState>,
    /// Options but for those below.
    pub options: Ordered<Arc<SpannedValue>>,
    pub indexes: Ordered<IndexState>,
    pub constraints: Ordered<ConstraintState>,
    /// `None` if the option was never given.
    pub unique_together: Option<Together>,
    pub index_together: Option<Together>,
    pub bases: Arc<[Base]>,
    pub managers: Arc<[SpannedValue]>,
    /// What created the model, or gave it its name.
    pub origin: Span,
    /// Models stand in this order in Django's state.
    pub sequence: u32,
    /// When the model was created, whatever its name was; 0 for a new one.
    pub(super) known_since: u32,
    /// Part of the definition was not understood.
    pub uncertain: Option<Arc<Unknown>>,
}

/// `unique_together` and `index_together`: sets of fields.
pub type Together = Arc<[Arc<[FieldName]>]>;

#[derive(Debug, Clone)]
pub struct FieldState {
    pub name: FieldName,
    pub field: Arc<Field>,
    /// What added, altered or renamed the field last.
    pub origin: Span,
    /// Part of the definition was not understood.
    pub uncertain: Option<Arc<Unknown>>,
}

#[derive(Debug, Clone)]
pub struct IndexState {
    pub index: Arc<Index>,
    pub origin: Span,
}

#[derive(Debug, Clone)]
pub struct ConstraintState {
    pub constraint: Arc<Constraint>,
    pub origin: Span,
}

impl ProjectState {
    /// The state before any migration. Apps of which not everything could be read are
    /// uncertain from the start, and for good.
    #[must_use]
    pub fn empty(project: &Project) -> Self {
        let nowhere = |reason: &str| Unknown::new(Span::file_start(NO_FILE), reason);
        let settings = &project.settings;
        let otherwise = |default: &'static str| match settings.module {
            Some(_) => Known::Yes(SmolStr::new_static(default)),
            None => Known::No(nowhere("the settings were not read")),
        };
        let mut state = Self {
            models: Shelf::default(),
            referrers: Shelf::default(),
            blurred: OrdMap::new(),
            surroundings: Arc::new(Surroundings {
                user_model: match &settings.auth_user_model {
                    Some((model, _)) => Known::Yes(model.clone()),
                    None => otherwise("auth.User"),
                },
                models: settings.models.clone(),
                setting_names: settings.names.clone(),
                default_auto_field: match &settings.default_auto_field {
                    Some(path) => Known::Yes(path.clone()),
                    // Django 5.2; it warns where a project relies on it.
                    None => otherwise("django.db.models.AutoField"),
                },
                apps: project.apps.iter().map(|app| app.label.clone()).collect(),
            }),
            tick: 0,
        };
        for app in &project.apps {
            let (why, tick) = if app.origin == AppOrigin::Bundled {
                // What is described is there; another version of Django may have more.
                ("Django itself was not read", 0)
            } else if app.missing_init.is_some() {
                ("Django does not load the app's migrations", u32::MAX)
            } else if !app.unreadable.is_empty() {
                ("a migration of the app could not be read", u32::MAX)
            } else {
                continue;
            };
            let why = Arc::new(nowhere(why));
            state
                .blurred
                .insert(SmolStr::new(app.label.as_str()), Blur { tick, why });
        }
        state
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            models: self.models.changes(),
            referrers: self.referrers.changes(),
            blurred: self.blurred.clone(),
            tick: self.tick,
        }
    }

    /// Takes back what has happened since.
    pub(super) fn undo_to(&mut self, mark: Mark) {
        self.models.undo_to(mark.models);
        self.referrers.undo_to(mark.referrers);
        self.blurred = mark.blurred;
        self.tick = mark.tick;
    }

    /// All that a state went through that began as [`ProjectState::empty`].
    pub(super) fn recorded(self) -> Recorded {
        Recorded {
            models: self.models.into_past(),
            referrers: self.referrers.into_past(),
            surroundings: self.surroundings,
        }
    }

    /// A model with its answers.
    #[must_use]
    pub fn model(&self, key: &ModelKey) -> Option<Model<'_>> {
        let model = self.models.get(key.as_str())?;
        Some(Model::new(self, model))
    }

    /// As [`ProjectState::model`]; a model that the state lacks is an unknown one if
    /// its app is not wholly known, and `None` if it is sure not to exist.
    #[must_use]
    pub fn find(&self, key: &ModelKey) -> Known<Option<Model<'_>>> {
        let found = self.model(key);
        if found.is_some() {
            return Known::Yes(found);
        }
        match self.why_incomplete(key.app()) {
            Some(why) => Known::No(why),
            None => Known::Yes(None),
        }
    }

    /// All models, by app and name.
    pub fn models(&self) -> impl Iterator<Item = Model<'_>> {
        self.models.iter().map(|model| Model::new(self, model))
    }

    /// The states of all models under their keys, by app and name.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&ModelKey, &ModelState)> {
        self.models.iter().map(|model| (&model.key, &**model))
    }

    /// The models of an app, by name.
    pub fn models_of(&self, app: &AppLabel) -> impl Iterator<Item = Model<'_>> {
        let start = ModelKey::of(app.as_str(), "");
        let of_app = self.models.starting_at(start.as_str());
        of_app
            .map(|model| Model::new(self, model))
            .take_while(move |model| model.key().app() == app.as_str())
    }

    /// Models and fields that refer to a model by a foreign key, a many-to-many field
    /// (the field is named) or as a base (no field is).
    pub fn referrers(
        &self,
        key: &ModelKey,
    ) -> impl Iterator<Item = (ModelKey, Option<&FieldName>)> {
        let known = self.referrers.get(key.as_str()).into_iter();
        let all = known.flat_map(|known| known.by.iter());
        all.map(|(from, via)| {
            let field = match via {
                Via::Field(name) => Some(name),
                Via::Base => None,
            };
            (ModelKey::from_smol(from.clone()), field)
        })
    }

    /// Why there may be models of an app that the state does not have.
    #[must_use]
    pub fn why_incomplete(&self, app: &str) -> Option<Unknown> {
        if let Some(blur) = self.blurred.get(app) {
            return Some((*blur.why).clone());
        }
        let is_read = self.surroundings.apps.contains(app);
        (!is_read).then(|| {
            Unknown::new(
                Span::file_start(NO_FILE),
                format!("the migrations of `{app}` were not read"),
            )
        })
    }

    /// Whether a setting is sure not to be set, by the project or by Django.
    #[must_use]
    pub fn is_setting_absent(&self, name: &str) -> bool {
        let known = self.surroundings.setting_names.as_ref();
        name != "AUTH_USER_MODEL"
            && known
                .is_some_and(|names| names.binary_search_by(|it| it.as_str().cmp(name)).is_err())
    }

    /// Whether no setting of the project swaps a model out, whatever the setting's name
    /// is: all settings are known, and none but `AUTH_USER_MODEL`, which user models
    /// name as a text, names another model.
    #[must_use]
    pub(super) fn is_swapped_by_none(&self, model: &ModelKey) -> bool {
        let surroundings = &self.surroundings;
        surroundings.setting_names.is_some()
            && surroundings.models.iter().all(|(setting, named)| {
                setting == "AUTH_USER_MODEL" || matches!(named.split_once('.'), Some((app, name)) if ModelKey::of(app, name) == *model)
            })
    }

    /// The model that takes the place of no other where the project does not set a setting
    /// that code reads: some app does it then, with the model that the setting is for.
    /// That is the one that says so, or the only one that it is named after,
    /// `SHOP_ORDER_MODEL` after `shop.Order`.
    fn swappable_by(&self, setting: &str) -> Option<ModelKey> {
        if !self.is_setting_absent(setting) {
            return None;
        }
        let says_so = |model: &&Arc<ModelState>| {
            let option = model.option("swappable");
            option.and_then(|it| it.value.as_str()) == Some(setting)
        };
        let is_named_so = |model: &&Arc<ModelState>| {
            let (app, name) = (model.app.as_str(), model.name.as_str());
            format!("{app}_{name}_MODEL").to_uppercase() == setting
        };
        let only = |found: Vec<&Arc<ModelState>>| match found.as_slice() {
            [model] => Some(model.key.clone()),
            _ => None,
        };
        only(self.models.iter().filter(says_so).collect())
            .or_else(|| only(self.models.iter().filter(is_named_so).collect()))
    }

    /// The model that a setting names.
    #[must_use]
    pub fn setting(&self, name: &str, at: Span) -> Known<ModelKey> {
        let mut models = self.surroundings.models.iter();
        let model = if name == "AUTH_USER_MODEL" {
            match &self.surroundings.user_model {
                Known::No(unknown) => return Known::No(unknown.clone()),
                Known::Yes(model) => model,
            }
        } else if let Some((_, model)) = models.find(|(known, _)| known == name) {
            model
        } else if let Some(model) = self.swappable_by(name) {
            return Known::Yes(model);
        } else {
            return Known::No(Unknown::new(at, format!("`settings.{name}` was not read")));
        };
        match model.split_once('.') {
            Some((app, name)) => Known::Yes(ModelKey::of(app, name)),
            None => Known::No(Unknown::new(
                at,
                format!("`settings.{name}` is no `app.Model`"),
            )),
        }
    }

    /// `DEFAULT_AUTO_FIELD`. Django gives no app's `default_auto_field` to historical
    /// models (`AppConfigStub`, 5.2).
    #[must_use]
    pub fn default_auto_field(&self) -> &Known<SmolStr> {
        &self.surroundings.default_auto_field
    }

    /// Why a model may be other than the state has it.
    pub(super) fn why_uncertain(&self, model: &ModelState) -> Option<Arc<Unknown>> {
        if let Some(blur) = self.blurred.get(model.app.as_str())
            && blur.tick > model.known_since
        {
            return Some(Arc::clone(&blur.why));
        }
        model.uncertain.clone()
    }

    pub(super) fn state_of(&self, key: &ModelKey) -> Option<&Arc<ModelState>> {
        self.models.get(key.as_str())
    }

    /// The names of an app's models, as written.
    pub(super) fn names_of_app(&self, app: &str) -> Vec<SmolStr> {
        let first = ModelKey::of(app, "");
        let models = self.models.starting_at(first.as_str());
        models
            .take_while(|model| model.app.as_str() == app)
            .map(|model| model.name.to_smol())
            .collect()
    }

    /// Everything in an app may have changed.
    pub(super) fn blur(&mut self, app: &AppLabel, why: Unknown) {
        self.tick += 1;
        let known = self.blurred.get(app.as_str());
        if known.is_none_or(|known| known.tick < self.tick) {
            let blur = Blur {
                tick: self.tick,
                why: Arc::new(why),
            };
            self.blurred.insert(SmolStr::new(app.as_str()), blur);
        }
    }

    /// Adds a model or takes the place of the one of the same key.
    pub(super) fn add_model(&mut self, mut model: ModelState) {
        self.remove_model(&model.key.clone());
        self.tick += 1;
        model.sequence = self.tick;
        if model.known_since == 0 {
            model.known_since = self.tick;
        }
        for (_, field) in model.fields.iter() {
            self.link(&model.key, &field.name, &field.field);
        }
        for base in model.bases.iter() {
            if let Some(target) = relation::base(base) {
                self.refer(target, &model.key, Via::Base);
            }
        }
        self.models.insert(model);
    }

    pub(super) fn remove_model(&mut self, key: &ModelKey) -> Option<Arc<ModelState>> {
        let model = self.models.remove(key.as_str())?;
        for (_, field) in model.fields.iter() {
            self.unlink(key, &field.name, &field.field);
        }
        for base in model.bases.iter() {
            if let Some(target) = relation::base(base) {
                self.forget(&target, key, &Via::Base);
            }
        }
        Some(model)
    }

    /// Notes that a model has other models as its bases.
    pub(super) fn rebase(&mut self, model: &ModelKey, old: &[ModelKey], new: &[ModelKey]) {
        for target in old {
            self.forget(target, model, &Via::Base);
        }
        for target in new {
            self.refer(target.clone(), model, Via::Base);
        }
    }

    /// Changes a model in place; relations are kept up by whoever changes fields.
    pub(super) fn change<T>(
        &mut self,
        key: &ModelKey,
        change: impl FnOnce(&mut ModelState) -> T,
    ) -> Option<T> {
        self.models.change(key.as_str(), change)
    }

    /// Notes what a field refers to.
    pub(super) fn link(&mut self, from: &ModelKey, name: &FieldName, field: &Field) {
        for target in relation::targets(self, from, field) {
            self.refer(target, from, Via::Field(name.clone()));
        }
    }

    pub(super) fn unlink(&mut self, from: &ModelKey, name: &FieldName, field: &Field) {
        for target in relation::targets(self, from, field) {
            self.forget(&target, from, &Via::Field(name.clone()));
        }
    }

    fn refer(&mut self, target: ModelKey, from: &ModelKey, via: Via) {
        let from = from.as_smol();
        match self.referrers.get(target.as_str()) {
            Some(known) if known.by.all(from).contains(&&via) => {}
            Some(known) => {
                let mut known = Referrers::clone(known);
                known.by.push(from.clone(), via);
                self.referrers.insert(known);
            }
            None => {
                let by = Ordered::of(vec![(from.clone(), via)]);
                self.referrers.insert(Referrers { target, by });
            }
        }
    }

    fn forget(&mut self, target: &ModelKey, from: &ModelKey, via: &Via) {
        let Some(known) = self.referrers.get(target.as_str()) else {
            return;
        };
        let mut known = Referrers::clone(known);
        known.by.remove_one(from.as_str(), |it| it == via);
        if known.by.is_empty() {
            self.referrers.remove(target.as_str());
        } else {
            self.referrers.insert(known);
        }
    }
}

impl ModelState {
    /// A model of nothing but fields.
    pub(super) fn new(
        app: AppLabel,
        name: ModelName,
        fields: Vec<FieldState>,
        origin: Span,
    ) -> Self {
        let named = fields
            .into_iter()
            .map(|field| (field.name.to_smol(), field));
        Self {
            key: ModelKey::new(&app, &name),
            app,
            name,
            fields: Ordered::of(named.collect()),
            options: Ordered::default(),
            indexes: Ordered::default(),
            constraints: Ordered::default(),
            unique_together: None,
            index_together: None,
            bases: Arc::default(),
            managers: Arc::default(),
            origin,
            sequence: 0,
            known_since: 0,
            uncertain: None,
        }
    }

    pub(super) fn set_fields(&mut self, fields: Vec<FieldState>) {
        let named = fields
            .into_iter()
            .map(|field| (field.name.to_smol(), field));
        self.fields = Ordered::of(named.collect());
    }

    pub(super) fn set_option(&mut self, name: &str, value: Value) {
        let value = Arc::new(Spanned::new(value, self.origin));
        self.options.set(SmolStr::new(name), value);
    }

    /// An option's value; `indexes`, `constraints` and the `_together`s have their own
    /// places.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&SpannedValue> {
        self.options.get(name).map(Arc::as_ref)
    }

    /// A boolean option; `None` if it is written and not known.
    #[must_use]
    pub fn flag(&self, name: &str, default: bool) -> Option<bool> {
        match self.option(name).map(|value| &value.value) {
            None => Some(default),
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::Int(number)) => Some(*number != 0),
            Some(Value::None) => Some(false),
            Some(_) => None,
        }
    }

    /// A textual option; `None` too if it is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Known<Option<SmolStr>> {
        known_text(self.option(name))
    }
}

impl FieldState {
    #[must_use]
    pub fn new(name: FieldName, field: Arc<Field>, origin: Span) -> Self {
        Self {
            name,
            field,
            origin,
            uncertain: None,
        }
    }

    /// A textual option of the field; `None` too if it is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Known<Option<SmolStr>> {
        known_text(self.field.option(name))
    }
}

fn known_text(value: Option<&SpannedValue>) -> Known<Option<SmolStr>> {
    let Some(Spanned { value, span }) = value else {
        return Known::Yes(None);
    };
    match value {
        Value::None => Known::Yes(None),
        Value::Str(text) if text.is_empty() => Known::Yes(None),
        Value::Str(text) => Known::Yes(Some(text.clone())),
        Value::Unknown(unknown) => Known::No((**unknown).clone()),
        _ => Known::No(Unknown::new(*span, "it is not a text")),
    }
}
