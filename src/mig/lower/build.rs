//! Small builders of objects: calls, references, strings.

use std::cell::RefCell;
use std::rc::Rc;

use smol_str::SmolStr;

use super::Lowering;
use crate::base::TextRange;
use crate::ir::Unknown;
use crate::ir::value::Condition;
use crate::python::eval::object::{Arguments, Call, Dict, Guarded, InstanceState, Item, Obj};

impl Lowering<'_> {
    /// `path(*args, **kwargs)`. `callee` is the smallest place that names the class.
    pub(super) fn call(
        &self,
        path: impl Into<SmolStr>,
        callee: TextRange,
        positional: Vec<Item>,
        keywords: Vec<(SmolStr, Item)>,
        range: TextRange,
    ) -> Item {
        let call = Call {
            callee: Obj::Ref(path.into()),
            callee_span: self.span(callee),
            args: Arguments {
                positional,
                keywords,
                unknown: None,
            },
            state: RefCell::new(InstanceState::default()),
        };
        self.item(Obj::Call(Rc::new(call)), range)
    }

    pub(super) fn reference(&self, path: impl Into<SmolStr>, range: TextRange) -> Item {
        self.item(Obj::Ref(path.into()), range)
    }

    pub(super) fn string(&self, text: impl Into<SmolStr>, range: TextRange) -> Item {
        self.item(Obj::Str(text.into()), range)
    }

    pub(super) fn boolean(&self, value: bool, range: TextRange) -> Item {
        self.item(Obj::Bool(value), range)
    }

    pub(super) fn list(&self, items: Vec<Item>, range: TextRange) -> Item {
        self.item(Obj::list(items), range)
    }

    /// A dict of names; a later entry replaces an earlier one.
    pub(super) fn dict(&self, entries: Vec<(SmolStr, TextRange, Item)>, range: TextRange) -> Item {
        let mut dict = Dict::default();
        for (name, at, value) in entries {
            dict.set(self.string(name, at), value);
        }
        self.item(Obj::dict(dict), range)
    }

    /// An element of a list that stands for a line with a syntax error: the list is
    /// known to be incomplete, and goes on.
    pub(super) fn broken(&self, range: TextRange) -> Item {
        let unknown = Unknown::of_syntax_error(self.span(range));
        let condition = Condition::Unknown(unknown.clone());
        let item = self.item(Obj::Unknown(unknown.into()), range);
        self.item(Obj::Guarded(Rc::new(Guarded { condition, item })), range)
    }

    /// What stands for an operation that has a syntax error.
    pub(super) fn broken_operation(&self, range: TextRange) -> Item {
        let unknown = Unknown::of_syntax_error(self.span(range));
        self.item(Obj::Unknown(unknown.into()), range)
    }

    /// An element that is there only where the condition holds.
    pub(super) fn guarded(&self, condition: Condition, item: Item) -> Item {
        let range = item.span.range;
        self.item(Obj::Guarded(Rc::new(Guarded { condition, item })), range)
    }
}

/// `name=value`.
pub(super) fn keyword(name: &'static str, item: Item) -> (SmolStr, Item) {
    (SmolStr::new_static(name), item)
}
