//! What methods ask the database: its tables, and their constraints and indexes.

use super::super::super::tree::CompareOperator;
use super::super::object::{Arguments, Item, Obj};
use super::super::{Eval, Evaluator};
use super::{Hole, Host, guarded, has_holes, host, schema};
use crate::base::Span;
use crate::ir::procedure::{EntryTest, Piece, SchemaTest, Text};
use crate::ir::value::Condition;

impl Evaluator<'_> {
    pub(super) fn entry_property(&mut self, entry: u32, key: &str, span: Span) -> Obj {
        let is = match key {
            "unique" => EntryTest::Unique,
            "primary_key" => EntryTest::PrimaryKey,
            "index" => EntryTest::Index,
            "check" => EntryTest::Check,
            "foreign_key" => EntryTest::ForeignKey,
            "columns" => {
                return host(Host::EntryColumns {
                    entry,
                    is_ordered: true,
                });
            }
            _ => return Obj::unknown(span, "it is known only to the database"),
        };
        self.answer(SchemaTest::Entry { entry, is }, span)
    }

    /// `set(constraint["columns"])`.
    pub(in crate::python::eval) fn host_as_set(object: &Host) -> Option<Obj> {
        match object {
            Host::EntryColumns { entry, .. } => Some(host(Host::EntryColumns {
                entry: *entry,
                is_ordered: false,
            })),
            _ => None,
        }
    }

    /// Elements: one for all that there may be.
    pub(in crate::python::eval) fn host_elements(
        &mut self,
        object: &Host,
        span: Span,
    ) -> Option<Vec<Item>> {
        let Host::Entries(table) = object else {
            return None;
        };
        let (guard, entry) = self.each(table, span);
        let name = self.piece(Piece::Entry(entry));
        Some(vec![guarded(guard, name, span)])
    }

    pub(super) fn each(&mut self, table: &Text, span: Span) -> (Condition, u32) {
        let entry = match &mut self.recorder {
            Some(recorder) => {
                recorder.entries += 1;
                recorder.entries
            }
            None => 0,
        };
        let table = table.clone();
        (schema(SchemaTest::Each { entry, table }, span), entry)
    }

    /// A comparison with something that only the database knows; `None` if neither side
    /// is such a thing.
    pub(in crate::python::eval) fn host_comparison(
        &mut self,
        left: &Obj,
        operator: CompareOperator,
        right: &Obj,
        span: Span,
    ) -> Eval<Option<Condition>> {
        use CompareOperator::{Eq, In, NotEq, NotIn};
        Ok(match (left, operator, right) {
            (Obj::Str(text), In | NotIn, Obj::Host(object)) => {
                let Some(text) = self.text(text) else {
                    return Ok(None);
                };
                match &**object {
                    Host::Tables => Some(schema(SchemaTest::Table(text), span)),
                    Host::Entries(table) => {
                        let (each, entry) = self.each(table, span);
                        let is = EntryTest::Named(text);
                        let named = schema(SchemaTest::Entry { entry, is }, span);
                        Some(Condition::All(vec![each, named]))
                    }
                    _ => None,
                }
            }
            (Obj::Host(object), Eq | NotEq, other) | (other, Eq | NotEq, Obj::Host(object)) => {
                let Host::EntryColumns { entry, is_ordered } = **object else {
                    return Ok(None);
                };
                let fits = match other {
                    Obj::List(_) => is_ordered,
                    Obj::Set(_) => !is_ordered,
                    _ => false,
                };
                let Ok(items) = self.iterate(other, span)? else {
                    return Ok(None);
                };
                let mut columns = Vec::with_capacity(items.len());
                for item in &items {
                    match self.text_argument(Some(item))? {
                        Some(text) => columns.push(text),
                        None => return Ok(None),
                    }
                }
                let is = EntryTest::Columns {
                    columns,
                    is_ordered,
                };
                fits.then(|| schema(SchemaTest::Entry { entry, is }, span))
            }
            (Obj::Str(left), Eq | NotEq, Obj::Str(right)) => {
                // `name == "blog_post_title"` in a loop over constraints.
                let (entry, other) = match (self.entry_of(left), self.entry_of(right)) {
                    (Some(entry), _) => (entry, right),
                    (None, Some(entry)) => (entry, left),
                    (None, None) => return Ok(None),
                };
                let Some(text) = self.text(other) else {
                    return Ok(None);
                };
                let is = EntryTest::Named(text);
                Some(schema(SchemaTest::Entry { entry, is }, span))
            }
            _ => None,
        })
    }

    /// The entry whose name a text is, as a whole.
    fn entry_of(&self, text: &str) -> Option<u32> {
        if !has_holes(text) {
            return None;
        }
        match self.parts(text).as_slice() {
            [Err(Hole::Piece(Piece::Entry(entry)))] => Some(*entry),
            _ => None,
        }
    }

    /// What is asked of the connection; `None` for what is not known of it.
    pub(in crate::python::eval) fn connection_method(
        &mut self,
        path: &str,
        args: &Arguments,
        span: Span,
    ) -> Eval<Option<Obj>> {
        // `router.allow_migrate(...)`: routers of the project's own are not read.
        if matches!(
            path,
            "django.db.router.allow_migrate" | "django.db.router.allow_migrate_model"
        ) && self.recorder.is_some()
        {
            return Ok(Some(Obj::Bool(true)));
        }
        let Some(method) = path.strip_prefix("django.db.connection.") else {
            return Ok(None);
        };
        Ok(match method {
            "cursor" => Some(host(Host::Cursor)),
            "ops.quote_name" => match self.text_argument(args.positional.first())? {
                Some(text) => Some(self.piece(Piece::Quoted(text))),
                None => Some(Obj::unknown(span, "the quoted name could not be read")),
            },
            "introspection.table_names" => Some(host(Host::Tables)),
            "introspection.get_constraints" => match self.text_argument(args.positional.get(1))? {
                Some(table) => Some(host(Host::Entries(table))),
                None => Some(Obj::unknown(span, "which table it is, is not known")),
            },
            _ => None,
        })
    }
}
