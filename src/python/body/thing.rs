//! What an expression of a function's body may stand for.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::eval::object::Obj;
use crate::base::Span;
use crate::ir::body::ModelRef;

#[derive(Debug, Clone)]
pub(super) enum Thing {
    /// What evaluation knows of: constants, functions, imported names.
    Plain(Obj),
    /// `apps`, the registry of historical models.
    Apps,
    /// `apps.get_app_config(label)`.
    AppConfig(SmolStr),
    Editor,
    Connection,
    Cursor,
    Model(ModelRef),
    /// An attribute of a model's class, which may be a manager.
    Manager(ModelRef, SmolStr),
    Rows(Rows),
    /// A row, or what its attributes lead to.
    Row(Option<ModelRef>, Vec<SmolStr>),
    /// A list or tuple of which every element is known.
    Seq(Rc<Vec<(Thing, Span)>>),
    /// Pairs of a number and an element: `enumerate(rows)`.
    Numbered(Box<Thing>),
    /// Names of fields with their places: `Q(a=1) | Q(b=2)`.
    Names(Rc<Vec<(SmolStr, Span)>>),
    /// The keys of a dict, which name fields where it is spread: `{"a": 1}`.
    Keys(Rc<Vec<(SmolStr, Span)>>),
    /// A text of SQL into which a value is formatted, and where.
    Formatted(Span),
    Unknown,
}

/// A manager's or query's rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    /// `None` for those of a related manager.
    pub(super) model: Option<ModelRef>,
    pub(super) is_narrowed: bool,
    pub(super) is_batched: bool,
    /// Only some columns, as dicts, tuples or values.
    pub(super) is_light: bool,
    /// A list of the rows: it has a list's methods.
    pub(super) is_list: bool,
}

impl Thing {
    pub(super) const fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Whether it belongs to the running migration, so that a function that is handed
    /// it may do anything with the database.
    pub(super) const fn is_live(&self) -> bool {
        matches!(
            self,
            Self::Apps
                | Self::AppConfig(_)
                | Self::Editor
                | Self::Connection
                | Self::Cursor
                | Self::Model(_)
                | Self::Manager(..)
                | Self::Rows(_)
                | Self::Row(..)
        )
    }

    /// One of two: the one of which more is known.
    pub(super) fn or(self, other: Self) -> Self {
        match self {
            Self::Unknown | Self::Plain(Obj::None | Obj::Unknown(_)) => other,
            known => known,
        }
    }

    /// Names or keys.
    pub(super) fn names(&self) -> Option<&Rc<Vec<(SmolStr, Span)>>> {
        match self {
            Self::Names(names) | Self::Keys(names) => Some(names),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Plain(Obj::Str(text)) => Some(text),
            _ => None,
        }
    }
}
