//! What Django hands to the methods of operations and fields: the schema editor, the
//! connection, project states and their models.
//!
//! They are known by what they stand for. What a method does with them is recorded,
//! with the conditions under which it does it; what it reads of them is text with
//! holes, since only the state or the database can fill it in:
//!
//! ```text
//! model = to_state.apps.get_model(app_label, self.name)
//! schema_editor.execute("ALTER TABLE %s ..." % schema_editor.quote_name(model._meta.db_table))
//! ```

mod database;
mod state;

use std::cell::Cell;
use std::rc::Rc;

use smol_str::{SmolStr, format_smolstr};

use super::object::{Arguments, Call, Dict, Guarded, Item, Obj};
use super::{Eval, Evaluator, conjunction};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::procedure::{FieldRef, ModelRef, Piece, SchemaTest, StateId, Text, Way};
use crate::ir::value::Condition;

/// Characters that no text holds which is meant to be read (Unicode's noncharacters):
/// a hole in a text is its number between these.
const HOLE: (char, char) = ('\u{fdd0}', '\u{fdd1}');

/// Steps for one method.
const METHOD_STEPS: u64 = 50_000;

/// A thing of a running migration.
#[derive(Debug, Clone)]
pub(crate) enum Host {
    SchemaEditor,
    Cursor,
    /// A project state, which `state_forwards` of an operation moves on.
    State(Rc<Cell<StateId>>),
    /// `state.apps`.
    Apps(Rc<Cell<StateId>>),
    /// `state.models`.
    ModelStates(Rc<Cell<StateId>>),
    /// `state.models[app, name]`.
    ModelState(Rc<Cell<StateId>>, SmolStr, SmolStr),
    /// `state.models[app, name].options`.
    ModelOptions(Rc<Cell<StateId>>, SmolStr, SmolStr),
    Model(ModelRef),
    /// `model._meta`.
    Meta(ModelRef),
    Field(FieldRef),
    /// `model_state.get_index_by_name(name)`.
    IndexOf(ModelRef, SmolStr),
    ConstraintOf(ModelRef, SmolStr),
    /// `connection.introspection.table_names()`.
    Tables,
    /// `connection.introspection.get_constraints(cursor, table)`.
    Entries(Text),
    Entry(u32),
    EntryColumns {
        entry: u32,
        is_ordered: bool,
    },
}

/// A part of a text that is filled in later.
#[derive(Debug, Clone)]
pub(crate) enum Hole {
    Piece(Piece),
    /// The column type that Django's class of the field itself has.
    InheritedType,
    InheritedCheck,
    InheritedCollation,
    /// The column type of another field.
    TypeOf(Item),
}

/// What a method did.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// What Django's class of an operation does, whichever the object is.
    Run {
        operation: Rc<Call>,
        way: Way,
        from: StateId,
        to: StateId,
    },
    /// A method of the schema editor.
    Edit {
        method: SmolStr,
        args: Arguments,
    },
    Unknown(Unknown),
}

/// How a state was changed.
#[derive(Debug, Clone)]
pub(crate) enum Changed {
    /// What Django's class of an operation makes of a state.
    Operation(Rc<Call>),
    /// A method of the state: `state.add_field(...)`.
    Method {
        method: SmolStr,
        args: Arguments,
    },
    Bases {
        app: SmolStr,
        model: SmolStr,
        bases: Item,
    },
    Option {
        app: SmolStr,
        model: SmolStr,
        key: SmolStr,
        value: Item,
    },
    Unknown(Unknown),
}

/// Something recorded, with its place and the condition under which it happened.
#[derive(Debug, Clone)]
pub(crate) struct Noted<T> {
    pub(crate) condition: Option<Condition>,
    pub(crate) what: T,
    pub(crate) span: Span,
}

/// What methods do while they are evaluated.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    pub(crate) effects: Vec<Noted<Effect>>,
    /// States after the two that are given, each with the one that it was made of.
    pub(crate) states: Vec<(StateId, Noted<Changed>)>,
    entries: u32,
    /// The method takes too many steps, so that not all of it is here.
    pub(crate) is_cut_short: bool,
}

pub(crate) fn host(host: Host) -> Obj {
    Obj::Host(Rc::new(host))
}

pub(crate) fn has_holes(text: &str) -> bool {
    // No name or text of usual migrations gets further.
    !text.is_ascii() && text.contains(HOLE.0)
}

/// Whether running code gets hold of what it could change the database with.
fn hands_over(args: &Arguments) -> bool {
    let items = args.positional.iter();
    items
        .chain(args.keywords.iter().map(|(_, item)| item))
        .any(|item| {
            matches!(&item.obj, Obj::Host(host)
                if matches!(**host, Host::SchemaEditor | Host::Cursor | Host::State(_)))
        })
}

/// Methods of the schema editor that only make text, which is not known.
fn is_harmless(method: &str) -> bool {
    method.starts_with("_create_")
        || method.starts_with("_get_")
        || method.starts_with("_field_")
        || method.starts_with("_model_")
        || matches!(
            method,
            "effective_default" | "column_sql" | "quote_value" | "prepare_default" | "table_sql"
        )
}

/// Methods of the schema editor that change the database.
pub(crate) const EDITS: [&str; 12] = [
    "execute",
    "create_model",
    "delete_model",
    "alter_db_table",
    "add_field",
    "remove_field",
    "alter_field",
    "add_index",
    "remove_index",
    "add_constraint",
    "remove_constraint",
    "deferred_sql",
];

/// Methods of a project state that are the state side of an operation, and those that
/// change nothing of it.
const STATE_METHODS: [&str; 8] = [
    "add_field",
    "remove_field",
    "rename_field",
    "alter_field",
    "remove_model",
    "rename_model",
    "add_index",
    "add_constraint",
];
const STATE_NOTHING: [&str; 4] = [
    "reload_model",
    "reload_models",
    "clear_delayed_apps_cache",
    "_find_reload_model",
];

impl Evaluator<'_> {
    /// Runs a method with its effects recorded.
    pub(crate) fn recorded<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Recorder) {
        let outer = self.recorder.replace(Recorder::default());
        // What goes on without end in there does not take the rest of the file with it.
        let saved = self.steps_left;
        self.steps_left = saved.min(METHOD_STEPS);
        let given = self.steps_left;
        let result = run(self);
        let left = self.steps_left;
        self.steps_left = saved - (given - left);
        let recorder = std::mem::replace(&mut self.recorder, outer);
        let mut recorder = recorder.unwrap_or_default();
        recorder.is_cut_short |= left == 0;
        (result, recorder)
    }

    fn note(&mut self, what: Effect, span: Span) {
        let condition = conjunction(&self.guards);
        if let Some(recorder) = &mut self.recorder {
            recorder.effects.push(Noted {
                condition,
                what,
                span,
            });
        }
    }

    fn note_unknown(&mut self, span: Span, reason: impl Into<SmolStr>) -> Obj {
        let unknown = Unknown::new(span, reason);
        self.note(Effect::Unknown(unknown.clone()), span);
        Obj::Unknown(Rc::new(unknown))
    }

    /// Moves a state on.
    fn change(&mut self, state: &Cell<StateId>, what: Changed, span: Span) {
        let condition = conjunction(&self.guards);
        if let Some(recorder) = &mut self.recorder {
            let noted = Noted {
                condition,
                what,
                span,
            };
            recorder.states.push((state.get(), noted));
            let made = u32::try_from(recorder.states.len()).unwrap_or(u32::MAX);
            state.set(StateId(made.saturating_add(1)));
        }
    }

    /// A call of something that is not read: what it does with what it is given is not
    /// known.
    pub(super) fn note_handing_over(&mut self, name: &str, args: &Arguments, span: Span) {
        if self.recorder.is_some() && hands_over(args) {
            self.note_unknown(span, format!("what `{name}` does was not read"));
        }
    }

    pub(crate) fn hole(&mut self, hole: Hole) -> Obj {
        let number = self.holes.len();
        self.holes.push(hole);
        Obj::Str(format_smolstr!("{}{number}{}", HOLE.0, HOLE.1))
    }

    fn piece(&mut self, piece: Piece) -> Obj {
        self.hole(Hole::Piece(piece))
    }

    /// A text's parts: plain text, and holes.
    pub(crate) fn parts<'t>(&self, text: &'t str) -> Vec<Result<&'t str, Hole>> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(HOLE.0) {
            if !before.is_empty() {
                parts.push(Ok(before));
            }
            let Some((number, after)) = after.split_once(HOLE.1) else {
                break;
            };
            let hole = number.parse().ok().and_then(|at: usize| self.holes.get(at));
            parts.extend(hole.cloned().map(Err));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Ok(rest));
        }
        parts
    }

    /// A text that a state or the database fills in; `None` if it has holes of other
    /// kinds.
    pub(crate) fn text(&self, text: &str) -> Option<Text> {
        let parts = self.parts(text).into_iter();
        let pieces = parts.map(|part| match part {
            Ok(text) => Some(Piece::Str(SmolStr::new(text))),
            Err(Hole::Piece(piece)) => Some(piece),
            Err(_) => None,
        });
        Some(Text {
            pieces: pieces.collect::<Option<Vec<Piece>>>()?,
        })
    }

    fn text_argument(&mut self, item: Option<&Item>) -> Eval<Option<Text>> {
        let Some(item) = item else {
            return Ok(None);
        };
        Ok(match self.force(&item.obj, item.span)? {
            Obj::Str(text) => self.text(&text),
            _ => None,
        })
    }

    /// An answer that the state or the database gives.
    fn answer(&mut self, test: SchemaTest, span: Span) -> Obj {
        self.met_condition.set(true);
        super::condition::conditional(
            schema(test, span),
            Item::new(Obj::Bool(true), span),
            Item::new(Obj::Bool(false), span),
        )
    }

    pub(super) fn host_attribute(&mut self, object: &Rc<Host>, name: &str) -> Obj {
        let method = || Obj::Method(Rc::new(Obj::Host(Rc::clone(object))), Rc::from(name));
        match (&**object, name) {
            (Host::SchemaEditor, "connection") => {
                Obj::Ref(SmolStr::new_static("django.db.connection"))
            }
            (Host::SchemaEditor, "collect_sql") => Obj::Bool(true),
            (Host::State(state), "apps") => host(Host::Apps(Rc::clone(state))),
            (Host::State(state), "models") => host(Host::ModelStates(Rc::clone(state))),
            (Host::Model(model), "_meta") => host(Host::Meta(model.clone())),
            (Host::Model(model), "__name__") => Obj::Str(model.name.clone()),
            (Host::Meta(model), "db_table") => self.piece(Piece::Table(model.clone())),
            (Host::Meta(model), "app_label") => Obj::Str(model.app.clone()),
            (Host::Meta(model), "model_name") => Obj::str(model.name.to_lowercase()),
            (Host::Field(field), "column") => self.piece(Piece::Column(field.clone())),
            (Host::Field(field), "name") => Obj::Str(field.field.clone()),
            (Host::Field(field), "model") => host(Host::Model(field.model.clone())),
            (Host::IndexOf(_, index) | Host::ConstraintOf(_, index), "name") => {
                Obj::Str(index.clone())
            }
            (Host::ModelState(state, app, model), "options") => host(Host::ModelOptions(
                Rc::clone(state),
                app.clone(),
                model.clone(),
            )),
            _ => method(),
        }
    }

    /// `object[key]`.
    pub(super) fn host_item(&mut self, object: &Host, key: &Obj, span: Span) -> Eval {
        Ok(match object {
            Host::ModelStates(state) => {
                let Obj::Tuple(parts) = key else {
                    return Ok(Obj::unknown(span, "which model it is, is not known"));
                };
                match parts.iter().map(|part| &part.obj).collect::<Vec<_>>()[..] {
                    [Obj::Str(app), Obj::Str(model)] => host(Host::ModelState(
                        Rc::clone(state),
                        app.clone(),
                        model.clone(),
                    )),
                    _ => Obj::unknown(span, "which model it is, is not known"),
                }
            }
            Host::Entry(entry) => {
                let Obj::Str(key) = key else {
                    return Ok(Obj::unknown(span, "which property it is, is not known"));
                };
                self.entry_property(*entry, key, span)
            }
            _ => Obj::unknown(span, "its elements are known only to the running migration"),
        })
    }

    /// A method of one of the things here.
    pub(super) fn host_method(
        &mut self,
        object: &Rc<Host>,
        name: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval {
        let argument = |at: usize, keyword: &str| {
            let named = args.keywords.iter().find(|(key, _)| key == keyword);
            args.positional
                .get(at)
                .or(named.map(|(_, item)| item))
                .cloned()
        };
        Ok(match (&**object, name) {
            (Host::SchemaEditor, "quote_name") => {
                match self.text_argument(argument(0, "name").as_ref())? {
                    Some(text) => self.piece(Piece::Quoted(text)),
                    None => Obj::unknown(span, "the quoted name could not be read"),
                }
            }
            (Host::SchemaEditor, method) if EDITS.contains(&method) => {
                let mut args = args.clone();
                for item in args
                    .positional
                    .iter_mut()
                    .chain(args.keywords.iter_mut().map(|(_, item)| item))
                {
                    item.obj = self.force(&item.obj, item.span)?;
                }
                let method = SmolStr::new(method);
                self.note(Effect::Edit { method, args }, span);
                Obj::None
            }
            (Host::SchemaEditor, method) if is_harmless(method) => Obj::unknown(
                span,
                format!("what `schema_editor.{method}` gives is not evaluated"),
            ),
            (Host::SchemaEditor, method) => {
                let reason = format!("what `schema_editor.{method}` does is not evaluated");
                self.note_unknown(span, reason)
            }
            (Host::Cursor, "execute" | "executemany" | "callproc") => {
                let sql = match argument(0, "sql") {
                    Some(item) => self.force(&item.obj, item.span)?,
                    None => Obj::None,
                };
                let asks = matches!(&sql, Obj::Str(text)
                    if text.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("select")));
                if asks {
                    Obj::None
                } else {
                    let reason = "it runs SQL on a cursor, which Django does not print";
                    self.note_unknown(span, reason)
                }
            }
            (Host::Cursor, _) => Obj::unknown(span, "what the database answers is not known"),
            (Host::Apps(state), "get_model") => self.app_model(state, args, span)?,
            (Host::State(state), "clone") => host(Host::State(Rc::new(Cell::new(state.get())))),
            (Host::State(state), method) if STATE_METHODS.contains(&method) => {
                let changed = Changed::Method {
                    method: SmolStr::new(method),
                    args: args.clone(),
                };
                self.change(state, changed, span);
                Obj::None
            }
            (Host::State(_), method) if STATE_NOTHING.contains(&method) => Obj::None,
            (Host::State(state), method) => {
                let reason = format!("what `state.{method}` does is not evaluated");
                let unknown = Unknown::new(span, reason);
                self.change(state, Changed::Unknown(unknown.clone()), span);
                Obj::Unknown(Rc::new(unknown))
            }
            (
                Host::ModelState(state, app, model),
                "get_index_by_name" | "get_constraint_by_name",
            ) => {
                let model = model_ref(state, app, model);
                match argument(0, "name").map(|item| item.obj) {
                    Some(Obj::Str(index)) if name == "get_index_by_name" => {
                        host(Host::IndexOf(model, index))
                    }
                    Some(Obj::Str(constraint)) => host(Host::ConstraintOf(model, constraint)),
                    _ => Obj::unknown(span, "its name could not be read"),
                }
            }
            (Host::ModelOptions(state, app, model), "update") => {
                let given = match args.positional.first() {
                    Some(item) => self.force(&item.obj, item.span)?,
                    None => Obj::dict(keywords(args)),
                };
                let entries = match &given {
                    Obj::Dict(dict) if dict.borrow().unknown.is_none() => {
                        dict.borrow().entries().to_vec()
                    }
                    _ => {
                        let unknown = Unknown::new(span, "the options could not be read");
                        self.change(state, Changed::Unknown(unknown), span);
                        return Ok(Obj::None);
                    }
                };
                for (key, value) in entries {
                    self.set_option(state, (app, model), &key, value, span);
                }
                Obj::None
            }
            (Host::Meta(model), "get_field") => {
                let field = argument(0, "field_name");
                let field = match &field {
                    Some(item) => self.force(&item.obj, item.span)?,
                    None => Obj::None,
                };
                match field {
                    Obj::Str(field) if !has_holes(&field) => host(Host::Field(FieldRef {
                        model: model.clone(),
                        field,
                    })),
                    _ => Obj::unknown(span, "which field it is, is not known"),
                }
            }
            (Host::Entries(table), "values" | "items") => {
                let table = table.clone();
                let (guard, entry) = self.each(&table, span);
                let properties = host(Host::Entry(entry));
                let element = if name == "items" {
                    let key = self.piece(Piece::Entry(entry));
                    Obj::tuple(vec![Item::new(key, span), Item::new(properties, span)])
                } else {
                    properties
                };
                Obj::list(vec![guarded(guard, element, span)])
            }
            (Host::Entries(_), "keys") => Obj::Host(Rc::clone(object)),
            (Host::Entry(entry), "get") => match argument(0, "key").map(|item| item.obj) {
                Some(Obj::Str(key)) => self.entry_property(*entry, &key, span),
                _ => Obj::unknown(span, "which property it is, is not known"),
            },
            _ => {
                self.note_handing_over(name, args, span);
                Obj::unknown(
                    span,
                    format!("what `{name}` gives is known only to the running migration"),
                )
            }
        })
    }
}

fn keywords(args: &Arguments) -> Dict {
    let mut dict = Dict::default();
    for (key, value) in &args.keywords {
        dict.set(Item::new(Obj::Str(key.clone()), value.span), value.clone());
    }
    dict
}

fn guarded(condition: Condition, obj: Obj, span: Span) -> Item {
    let item = Item::new(obj, span);
    Item::new(Obj::Guarded(Rc::new(Guarded { condition, item })), span)
}

fn schema(test: SchemaTest, span: Span) -> Condition {
    Condition::Schema {
        test: Box::new(test),
        span,
    }
}

fn model_ref(state: &Cell<StateId>, app: &str, model: &str) -> ModelRef {
    ModelRef {
        state: state.get(),
        app: SmolStr::new(app),
        name: SmolStr::new(model),
    }
}
