//! Methods of managers, queries and rows.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::eval::object::Obj;
use super::Walker;
use super::call::Args;
use super::known::{self, Gives};
use super::thing::{Rows, Thing};
use crate::base::Span;
use crate::ir::body::{Act, ModelRef, Owner};

impl Walker<'_, '_> {
    pub(super) fn query(&mut self, rows: Rows, name: &SmolStr, place: Span, args: &Args) -> Thing {
        if rows.is_list {
            return Thing::Unknown;
        }
        if matches!(name.as_str(), "using" | "db_manager") {
            self.out.names_database = true;
        }
        let Some(method) = known::method(name) else {
            if let Some(model) = &rows.model {
                self.note_attribute(
                    &model.clone(),
                    Owner::Query,
                    vec![name.clone()],
                    place,
                    true,
                );
            }
            return Thing::Rows(Rows {
                is_narrowed: true,
                ..rows
            });
        };
        if name == "raw" {
            self.out.introduces_unknown = true;
        }
        if method.touches_rows
            && let Some(model) = &rows.model
        {
            let fields = match name.as_str() {
                "update" => {
                    let named = args.named.iter();
                    let set = named.filter(|it| !matches!(it.1, Thing::Plain(Obj::None)));
                    set.map(|it| it.0.clone()).collect()
                }
                "bulk_update" => self.listed(args.argument(1, "fields"), place),
                _ => Vec::new(),
            };
            let act = Act::Query {
                model: model.clone(),
                method: name.clone(),
                is_narrowed: rows.is_narrowed,
                fields,
            };
            self.note(act, place);
        }
        let model = rows.model.clone();
        if method.has_lookups {
            self.fields(model.as_ref(), args);
        }
        if method.introduces {
            self.introduced(args, name);
            self.inner_fields(model.as_ref(), args);
        }
        if method.has_names {
            self.field_names(model.as_ref(), args);
        }
        if name == "bulk_update"
            && let Some((list, _)) = args.positional.get(1)
        {
            let list = list.clone();
            self.names_in(model.as_ref(), &list, place);
        }
        let narrowed = rows.is_narrowed || !args.is_empty();
        match method.gives {
            Gives::Same => Thing::Rows(rows),
            Gives::Some => Thing::Rows(Rows {
                is_narrowed: narrowed || name == "none",
                ..rows
            }),
            Gives::Light => Thing::Rows(Rows {
                is_light: true,
                ..rows
            }),
            Gives::Batches => Thing::Rows(Rows {
                is_batched: true,
                ..rows
            }),
            Gives::Row => Thing::Row(rows.model, Vec::new()),
            Gives::RowAndFlag => {
                let row = Thing::Row(rows.model, Vec::new());
                Thing::Seq(Rc::new(vec![(row, place), (Thing::Unknown, place)]))
            }
            Gives::Nothing => Thing::Unknown,
        }
    }

    /// Keywords that name fields, and conditions among the positional arguments.
    pub(super) fn fields(&mut self, model: Option<&ModelRef>, args: &Args) {
        for (name, thing, span) in &args.named {
            match name.as_str() {
                "defaults" | "create_defaults" => {
                    let keys = match thing {
                        Thing::Names(names) | Thing::Keys(names) => names.to_vec(),
                        other => self.keys(other),
                    };
                    for (key, span) in keys {
                        self.field(model, &key, span);
                    }
                }
                _ => {
                    self.field(model, name, *span);
                    if let Thing::Names(names) = thing {
                        for (name, span) in names.iter() {
                            self.field(model, name, *span);
                        }
                    }
                }
            }
        }
        for (thing, _) in &args.positional {
            if let Thing::Names(names) = thing {
                for (name, span) in names.iter() {
                    self.field(model, name, *span);
                }
            }
        }
    }

    /// Fields inside of the expressions of `annotate(total=F("a") + F("b"))`.
    fn inner_fields(&mut self, model: Option<&ModelRef>, args: &Args) {
        let positional = args.positional.iter().map(|(thing, _)| thing);
        let named = args.named.iter().map(|(_, thing, _)| thing);
        let names: Vec<_> = positional
            .chain(named)
            .filter_map(|thing| match thing {
                Thing::Names(names) => Some(Rc::clone(names)),
                _ => None,
            })
            .collect();
        for (name, span) in names.iter().flat_map(|names| names.iter()) {
            self.field(model, name, *span);
        }
    }

    fn introduced(&mut self, args: &Args, method: &str) {
        if args.has_more {
            self.out.introduces_unknown = true;
        }
        for (name, thing, _) in &args.named {
            if method == "extra" && name == "select" {
                let keys = match thing {
                    Thing::Names(names) | Thing::Keys(names) => names.to_vec(),
                    other => self.keys(other),
                };
                for (key, _) in keys {
                    self.introduce(&key);
                }
                self.out.introduces_unknown |= matches!(thing, Thing::Unknown);
            } else {
                self.introduce(name);
            }
        }
        // `annotate(Count("books"))` names the result `books__count`.
        if matches!(method, "annotate" | "aggregate") && !args.positional.is_empty() {
            self.out.introduces_unknown = true;
        }
    }

    /// `order_by("-price", "author__name")`.
    fn field_names(&mut self, model: Option<&ModelRef>, args: &Args) {
        for (thing, span) in &args.positional {
            if let Some(text) = thing.text() {
                let name = text.trim_start_matches(['-', '+']).to_owned();
                if name != "?" && !name.is_empty() {
                    self.field(model, &name, *span);
                }
            } else if let Thing::Names(names) = thing {
                for (name, span) in names.iter() {
                    self.field(model, name, *span);
                }
            }
        }
    }

    /// The strings of a list of field names.
    fn names_in(&mut self, model: Option<&ModelRef>, list: &Thing, span: Span) {
        let Thing::Plain(obj) = list else {
            return;
        };
        if let Ok(Ok(items)) = self.evaluator.iterate(obj, span) {
            for item in items {
                if let Obj::Str(name) = &item.obj {
                    self.field(model, name, item.span);
                }
            }
        }
    }

    /// The strings of a list.
    fn listed(&mut self, list: Option<&Thing>, span: Span) -> Vec<SmolStr> {
        let Some(Thing::Plain(obj)) = list else {
            return Vec::new();
        };
        let items = self.evaluator.iterate(obj, span);
        let items = items.ok().and_then(Result::ok).into_iter().flatten();
        let names = items.filter_map(|item| match item.obj {
            Obj::Str(name) => Some(name),
            _ => None,
        });
        names.collect()
    }

    fn field(&mut self, model: Option<&ModelRef>, path: &str, span: Span) {
        if let Some(model @ ModelRef::State { .. }) = model {
            let act = Act::Field {
                model: model.clone(),
                path: SmolStr::new(path),
            };
            self.note(act, span);
        }
    }

    /// A method of a row, or of what its attributes lead to.
    pub(super) fn row_method(
        &mut self,
        model: Option<ModelRef>,
        path: Vec<SmolStr>,
        name: &SmolStr,
        place: Span,
        args: &Args,
    ) -> Thing {
        if path.is_empty() && matches!(name.as_str(), "save" | "delete") {
            if let Some(list) = args.named("update_fields") {
                let list = list.clone();
                self.names_in(model.as_ref(), &list, place);
            }
            let act = Act::Save {
                model,
                method: name.clone(),
            };
            self.note(act, place);
            return Thing::Unknown;
        }
        // What belongs to a row by a relation is a manager: `author.books.filter(...)`.
        if !path.is_empty()
            && let Some(method) = known::method(name)
        {
            return match method.gives {
                Gives::Nothing => Thing::Unknown,
                Gives::Row => Thing::Row(None, Vec::new()),
                Gives::RowAndFlag => {
                    let row = Thing::Row(None, Vec::new());
                    Thing::Seq(Rc::new(vec![(row, place), (Thing::Unknown, place)]))
                }
                Gives::Same | Gives::Some | Gives::Light | Gives::Batches => Thing::Rows(Rows {
                    model: None,
                    is_narrowed: true,
                    is_batched: method.gives == Gives::Batches,
                    is_light: method.gives == Gives::Light,
                    is_list: false,
                }),
            };
        }
        self.attribute(Thing::Row(model, path), name, place, true);
        Thing::Unknown
    }
}
