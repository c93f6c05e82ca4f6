//! The tree of a `.mig` file: what the grammar accepts, with places.
//!
//! It lives in the arena of its file and borrows from the text what stands there as it
//! is meant, so that all of it can be copied and nothing has to be dropped.

use crate::base::TextRange;

/// A parsed file. What could not be parsed is an `Error` statement in its place.
#[derive(Debug, Default)]
pub struct Tree<'t> {
    pub statements: &'t [&'t Statement<'t>],
}

/// How signs were meant that can be meant in two ways, by their offsets, for the
/// formatter; sorted.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// `=` of options and named arguments, which stands without spaces.
    pub(super) tight_equals: Vec<u32>,
    /// `(` behind a name that is no call: `index name (keys)`.
    pub(super) spaced_parens: Vec<u32>,
    /// `(` of calls.
    pub(super) calls: Vec<u32>,
    /// `-` of a negative number or a descending key.
    pub(super) signs: Vec<u32>,
    /// `:` of `module:function`, and dots that begin a name.
    pub(super) tight: Vec<u32>,
}

impl Layout {
    /// As it is looked up.
    pub(super) fn sorted(mut self) -> Self {
        self.tight_equals.sort_unstable();
        self.spaced_parens.sort_unstable();
        self.calls.sort_unstable();
        self.signs.sort_unstable();
        self.tight.sort_unstable();
        self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'t> {
    pub text: &'t str,
    pub range: TextRange,
}

/// A string with its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'t> {
    pub text: &'t str,
    pub range: TextRange,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statement<'t> {
    pub range: TextRange,
    pub kind: StatementKind<'t>,
}

/// A statement of a file or of a block of operations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StatementKind<'t> {
    /// `mig 1`: the edition of the language.
    Edition(Text<'t>),
    /// `migration blog.0002_x`: what the path must agree with.
    Migration(&'t MigrationRef<'t>),
    After(&'t [Dependency<'t>]),
    Before(&'t [&'t MigrationRef<'t>]),
    Replaces(&'t [&'t MigrationRef<'t>]),
    Initial(bool),
    Atomic(bool),
    Attribute {
        name: Name<'t>,
        value: &'t Expr<'t>,
    },
    CreateModel {
        name: Name<'t>,
        bases: Option<Args<'t>>,
        members: &'t [Member<'t>],
    },
    AlterModel {
        name: Name<'t>,
        changes: &'t [&'t Change<'t>],
    },
    DropModel {
        name: Name<'t>,
    },
    RenameModel {
        from: Name<'t>,
        to: Name<'t>,
        online: Option<TextRange>,
    },
    Phase {
        name: Name<'t>,
        gate: Option<Text<'t>>,
        items: &'t [&'t Statement<'t>],
    },
    On {
        tests: &'t [DialectTest<'t>],
        then: &'t [&'t Statement<'t>],
        otherwise: &'t [&'t Statement<'t>],
    },
    Separate(&'t [&'t Statement<'t>]),
    State(&'t [&'t Statement<'t>]),
    Database(&'t [&'t Statement<'t>]),
    Sql(Run<'t>),
    Python(Run<'t>),
    Backfill {
        model: Name<'t>,
        lines: &'t [BackfillLine<'t>],
    },
    Extension(ExtensionName<'t>),
    DropExtension(ExtensionName<'t>),
    Collation {
        name: Name<'t>,
        options: &'t [FieldOption<'t>],
        is_drop: bool,
    },
    Op(&'t Call<'t>),
    Error,
}

/// `pg_trgm` or `"pg_trgm"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtensionName<'t> {
    pub name: Text<'t>,
    pub is_string: bool,
}

/// `blog.0001_initial`, or `0001_initial` of the same app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MigrationRef<'t> {
    pub app: Option<Name<'t>>,
    pub name: Name<'t>,
    pub range: TextRange,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dependency<'t> {
    Swappable {
        model: &'t Expr<'t>,
        range: TextRange,
    },
    Migration {
        migration: &'t MigrationRef<'t>,
        phase: Option<Name<'t>>,
    },
    /// `swapper.dependency("app", "Model")`.
    Computed(&'t Call<'t>),
}

/// `postgres >= 12`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialectTest<'t> {
    pub name: Name<'t>,
    pub version: Option<(Comparison, Text<'t>)>,
    pub range: TextRange,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member<'t> {
    pub range: TextRange,
    pub kind: MemberKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MemberKind<'t> {
    Field(&'t Field<'t>),
    Part(&'t Part<'t>),
    Setting(&'t Setting<'t>),
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change<'t> {
    pub range: TextRange,
    /// The verb and the name that it is about.
    pub head: TextRange,
    pub kind: ChangeKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ChangeKind<'t> {
    AddField(&'t Field<'t>),
    ChangeField(&'t Field<'t>),
    AddPart(&'t Part<'t>),
    ChangePart(&'t Part<'t>),
    DropField {
        name: Name<'t>,
        online: Option<TextRange>,
    },
    DropIndex {
        name: Name<'t>,
        concurrently: bool,
    },
    DropConstraint {
        name: Name<'t>,
    },
    RenameField {
        from: Name<'t>,
        to: Name<'t>,
        online: Option<TextRange>,
    },
    RenameIndex {
        from: Renamed<'t>,
        to: Name<'t>,
    },
    Mirror {
        from: Name<'t>,
        to: Name<'t>,
    },
    Unmirror {
        from: Name<'t>,
        to: Name<'t>,
    },
    Validate {
        name: Name<'t>,
    },
    Setting(&'t Setting<'t>),
    Error,
}

/// What `rename index` starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renamed<'t> {
    Name(Name<'t>),
    Fields(&'t [Name<'t>]),
}

/// `title: char(200) blank`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Field<'t> {
    pub name: Name<'t>,
    /// A name or a call.
    pub of: &'t Expr<'t>,
    pub options: &'t [FieldOption<'t>],
    /// From the type to the last option.
    pub range: TextRange,
}

/// `blank`, `default=0`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FieldOption<'t> {
    pub name: Name<'t>,
    pub value: Option<&'t Expr<'t>>,
}

impl<'t> FieldOption<'t> {
    #[must_use]
    pub fn range(&self) -> TextRange {
        match &self.value {
            Some(value) => self.name.range.cover(value.range),
            None => self.name.range,
        }
    }
}

/// An index or a constraint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part<'t> {
    pub range: TextRange,
    pub kind: PartKind<'t>,
    pub clauses: &'t [&'t Clause<'t>],
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartKind<'t> {
    Index {
        name: Name<'t>,
        keys: &'t [&'t Key<'t>],
    },
    /// `index my.pkg.Class(...)`.
    IndexClass(&'t Call<'t>),
    Unique {
        name: Name<'t>,
        keys: &'t [&'t Key<'t>],
    },
    Check {
        name: Name<'t>,
        condition: &'t Expr<'t>,
    },
    Exclude {
        name: Name<'t>,
        using: Option<Name<'t>>,
        keys: &'t [&'t Key<'t>],
    },
    /// `constraint my.pkg.Class(...)`.
    ConstraintClass(&'t Call<'t>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key<'t> {
    pub range: TextRange,
    /// `-published`.
    pub is_negative: bool,
    pub value: &'t Expr<'t>,
    pub order: Option<Order>,
    /// `nulls first` is `true`.
    pub nulls_first: Option<bool>,
    pub op: Option<Text<'t>>,
    pub with: Option<&'t Expr<'t>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clause<'t> {
    pub range: TextRange,
    pub kind: ClauseKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClauseKind<'t> {
    Using {
        method: Dotted<'t>,
        args: Option<Args<'t>>,
    },
    Where(&'t Expr<'t>),
    Include(&'t [Name<'t>]),
    Tablespace(Text<'t>),
    Deferrable {
        is_deferred: bool,
    },
    NullsDistinct(bool),
    Error(&'t Expr<'t>),
    Code(Text<'t>),
    NotValid,
    Concurrently,
    Online,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Setting<'t> {
    Table(Option<Text<'t>>),
    Comment(Option<Text<'t>>),
    Options(&'t [FieldOption<'t>]),
    UniqueTogether(&'t [&'t [Name<'t>]]),
    IndexTogether(&'t [&'t [Name<'t>]]),
    OrderWithRespectTo(Option<Name<'t>>),
    Managers(&'t [(Name<'t>, &'t Expr<'t>)]),
}

/// `sql` or `python`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run<'t> {
    pub lines: &'t [&'t RunLine<'t>],
    /// The word that begins it.
    pub head: TextRange,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunLine<'t> {
    pub range: TextRange,
    pub kind: RunLineKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RunLineKind<'t> {
    Up(Code<'t>),
    Down(Code<'t>),
    State(&'t [&'t Statement<'t>]),
    Hints(&'t Expr<'t>),
    Atomic(bool),
    Elidable,
    Batch,
    Error,
}

/// What runs: texts or a function.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Code<'t> {
    Value(&'t Expr<'t>),
    Function {
        module: Dotted<'t>,
        name: Name<'t>,
        range: TextRange,
    },
    Noop(TextRange),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BackfillLine<'t> {
    pub range: TextRange,
    pub kind: BackfillLineKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BackfillLineKind<'t> {
    Set {
        field: Name<'t>,
        value: &'t Expr<'t>,
    },
    Where(&'t Expr<'t>),
    Batch,
    Down,
    Error,
}

/// A dotted name; one that begins with a dot starts at the folder of migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dotted<'t> {
    pub is_relative: bool,
    /// The words with dots between.
    pub path: &'t str,
    /// How many words.
    pub words: u32,
    pub range: TextRange,
}

impl<'t> Dotted<'t> {
    /// The only word, if it is one.
    #[must_use]
    pub fn word(&self) -> Option<Name<'t>> {
        (self.words == 1 && !self.is_relative).then_some(Name {
            text: self.path,
            range: self.range,
        })
    }

    /// The last word.
    #[must_use]
    pub fn last(&self) -> &'t str {
        match self.words {
            1 => self.path,
            _ => self.path.rsplit('.').next().unwrap_or_default(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call<'t> {
    pub callee: Dotted<'t>,
    pub args: Args<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Args<'t> {
    pub list: &'t [Arg<'t>],
    /// With its parentheses.
    pub range: TextRange,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arg<'t> {
    pub name: Option<Name<'t>>,
    pub value: &'t Expr<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expr<'t> {
    pub range: TextRange,
    pub kind: ExprKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ExprKind<'t> {
    Str(&'t str),
    Bytes(&'t [u8]),
    /// Decimal digits.
    Int(&'t str),
    Dec(&'t str),
    Bool(bool),
    Null,
    List(&'t [&'t Expr<'t>]),
    Tuple(&'t [&'t Expr<'t>]),
    /// An expression in parentheses.
    Group(&'t Expr<'t>),
    Dict(&'t [(&'t Expr<'t>, &'t Expr<'t>)]),
    Name(Dotted<'t>),
    Call(&'t Call<'t>),
    Negative(&'t Expr<'t>),
    /// Operands of one precedence, from left to right.
    Arithmetic(&'t Arithmetic<'t>),
    Compare(&'t Expr<'t>, Comparison, &'t Expr<'t>),
    IsNull {
        value: &'t Expr<'t>,
        is_null: bool,
    },
    In {
        value: &'t Expr<'t>,
        is_in: bool,
        list: &'t Expr<'t>,
    },
    Not(&'t Expr<'t>),
    /// Two or more.
    Logical(Logic, &'t [&'t Expr<'t>]),
}

/// The first operand, and each that follows with the operator before it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arithmetic<'t> {
    pub first: &'t Expr<'t>,
    pub rest: &'t [(Operator, &'t Expr<'t>)],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logic {
    And,
    Or,
    Xor,
}
