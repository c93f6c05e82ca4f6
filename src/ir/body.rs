//! What a function of a migration does with the database, as plain data.
//!
//! ```python
//! def forwards(apps, schema_editor):
//!     Book = apps.get_model("catalog", "Book")          # Act::GetModel
//!     for book in Book.objects.filter(price=None):      # Act::Field, Act::Query, a Loop
//!         book.price = 0
//!         book.save()                                   # Act::Save within the loop
//! ```
//!
//! Both sides of a condition count: whether a step runs is not known. What could not be
//! followed is kept in [`Function::not_analysed`].

use smol_str::SmolStr;

use super::value::Unknown;
use crate::base::Span;

/// A function that `RunPython` calls, with the functions that it calls in turn.
#[derive(Debug, Clone)]
pub struct Function {
    /// Dotted path: `blog.migrations.0002_fill.forwards`.
    pub path: SmolStr,
    /// Its name where it is defined.
    pub span: Span,
    pub parameters: Parameters,
    /// Those that are given by place, and no `*args`.
    pub parameter_names: Vec<SmolStr>,
    /// Variables that hold models of the project state.
    pub model_variables: Vec<ModelVariable>,
    /// In the order of the text, each once.
    pub steps: Vec<Step>,
    pub loops: Vec<Loop>,
    /// It asks which database it runs on, or names one.
    pub names_database: bool,
    /// Names that rows have beside their fields: annotations, and attributes that the
    /// function sets itself.
    pub introduced: Vec<SmolStr>,
    /// Rows may have further names that could not be read.
    pub introduces_unknown: bool,
    /// It makes rows that otherwise only exist after `post_migrate`: permissions and
    /// content types.
    pub makes_permissions: bool,
    pub not_analysed: Vec<Unknown>,
}

/// How many arguments a function takes by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    pub required: usize,
    /// `None` for `*args`.
    pub most: Option<usize>,
    /// A parameter without default that can only be given by name.
    pub needs_keyword: bool,
}

impl Parameters {
    /// Whether the function can be called with so many arguments.
    #[must_use]
    pub fn take(&self, count: usize) -> bool {
        !self.needs_keyword && self.required <= count && self.most.is_none_or(|most| count <= most)
    }
}

/// `Book = apps.get_model("catalog", "Book")`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelVariable {
    pub name: SmolStr,
    pub model: ModelRef,
    pub span: Span,
}

/// One thing that a function does.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub act: Act,
    pub span: Span,
    /// Where the function itself calls the helper that does this, if a helper does.
    pub via: Option<Span>,
    /// The innermost loop around it.
    pub within: Option<usize>,
    /// What fails here is caught, or it only runs where a test of the code says that it
    /// can.
    pub is_guarded: bool,
    /// A test inside of the innermost loop decides whether it runs.
    pub is_conditional: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// `apps.get_model("app", "Model")`, as written.
    GetModel { app: SmolStr, name: SmolStr },
    /// A model of today's code is used: `from catalog.models import Book`.
    ImportedModel { path: SmolStr },
    /// A lookup or an assignment names a field: `author__name__in`, `price`.
    Field { model: ModelRef, path: SmolStr },
    /// `book.author.full_name`, `Book.STATUS`, `Book.objects.published`.
    Attribute {
        model: ModelRef,
        of: Owner,
        /// Attributes one of the other, from the row on.
        path: Vec<SmolStr>,
        is_call: bool,
    },
    /// A method of a manager or query that reads or writes rows.
    Query {
        model: ModelRef,
        method: SmolStr,
        /// It is about some rows of the table and not about all.
        is_narrowed: bool,
        /// The fields that an update sets to something.
        fields: Vec<SmolStr>,
    },
    /// A row is made that is not saved yet: `Book(title="...")`.
    Make { model: ModelRef },
    /// An attribute of a row is set to something: `book.author_id = 1`.
    Assign { model: ModelRef, name: SmolStr },
    /// `save()` or `delete()` of one row.
    Save {
        model: Option<ModelRef>,
        method: SmolStr,
    },
    /// A statement handed to a cursor or to the schema editor; `None` where its text
    /// is not known.
    Sql {
        text: Option<SmolStr>,
        /// A value that is formatted into a text that is not known.
        formatted: Option<Span>,
    },
    /// A method of the schema editor that changes tables.
    Schema { method: SmolStr },
    /// Something that no rollback takes back.
    Outside { effect: Outside, name: SmolStr },
    /// Code of the project or of a package is called, which a later version of it
    /// changes.
    Code { path: SmolStr },
    /// `call_command("loaddata")`.
    Command { name: Option<SmolStr> },
}

/// Whose attribute it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Row,
    Class,
    /// A manager or a query of the model.
    Query,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outside {
    Mail,
    Request,
    Task,
    File,
    Process,
    Sleep,
}

/// A model as a function got it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ModelRef {
    /// Of the project state, by label and name as written.
    State { app: SmolStr, name: SmolStr },
    /// A class of today's code.
    Code(SmolStr),
}

/// `for row in rows`, or a comprehension.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// What is iterated over.
    pub span: Span,
    pub over: Over,
    /// The loop around it.
    pub outer: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// Rows of a table; the model is not known of a related manager's.
    Rows {
        model: Option<ModelRef>,
        is_narrowed: bool,
        /// They come in batches: `iterator()`, a slice.
        is_batched: bool,
        /// Only some columns are read: `values_list("pk")`.
        is_light: bool,
    },
    Other,
}

impl Function {
    /// The nearest loop over rows around a step.
    #[must_use]
    pub fn row_loop(&self, step: &Step) -> Option<&Loop> {
        let mut at = step.within;
        while let Some(found) = at.and_then(|at| self.loops.get(at)) {
            if matches!(found.over, Over::Rows { .. }) {
                return Some(found);
            }
            at = found.outer;
        }
        None
    }
}
