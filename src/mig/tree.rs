//! The tree of a `.mig` file: what the grammar accepts, with places.

use smol_str::SmolStr;

use crate::base::TextRange;

/// A parsed file. What could not be parsed is an `Error` statement in its place.
#[derive(Debug, Default)]
pub struct Tree {
    pub statements: Vec<Statement>,
    pub(super) layout: Layout,
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

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    pub text: SmolStr,
    pub range: TextRange,
}

/// A string with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub text: String,
    pub range: TextRange,
}

#[derive(Debug)]
pub struct Statement {
    pub range: TextRange,
    pub kind: StatementKind,
}

/// A statement of a file or of a block of operations.
#[derive(Debug)]
pub enum StatementKind {
    /// `mig 1`: the edition of the language.
    Edition(Text),
    /// `migration blog.0002_x`: what the path must agree with.
    Migration(MigrationRef),
    After(Vec<Dependency>),
    Before(Vec<MigrationRef>),
    Replaces(Vec<MigrationRef>),
    Initial(bool),
    Atomic(bool),
    Attribute {
        name: Name,
        value: Expr,
    },
    CreateModel {
        name: Name,
        bases: Option<Args>,
        members: Vec<Member>,
    },
    AlterModel {
        name: Name,
        changes: Vec<Change>,
    },
    DropModel {
        name: Name,
    },
    RenameModel {
        from: Name,
        to: Name,
        online: Option<TextRange>,
    },
    Phase {
        name: Name,
        gate: Option<Text>,
        items: Vec<Statement>,
    },
    On {
        tests: Vec<DialectTest>,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    Separate(Vec<Statement>),
    State(Vec<Statement>),
    Database(Vec<Statement>),
    Sql(Run),
    Python(Run),
    Backfill {
        model: Name,
        lines: Vec<BackfillLine>,
    },
    Extension(ExtensionName),
    DropExtension(ExtensionName),
    Collation {
        name: Name,
        options: Vec<FieldOption>,
        is_drop: bool,
    },
    Op(Call),
    Error,
}

/// `pg_trgm` or `"pg_trgm"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionName {
    pub name: Text,
    pub is_string: bool,
}

/// `blog.0001_initial`, or `0001_initial` of the same app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationRef {
    pub app: Option<Name>,
    pub name: Name,
    pub range: TextRange,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Dependency {
    Swappable {
        model: Expr,
        range: TextRange,
    },
    Migration {
        migration: MigrationRef,
        phase: Option<Name>,
    },
}

/// `postgres >= 12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialectTest {
    pub name: Name,
    pub version: Option<(Comparison, Text)>,
    pub range: TextRange,
}

#[derive(Debug)]
pub struct Member {
    pub range: TextRange,
    pub kind: MemberKind,
}

#[derive(Debug)]
pub enum MemberKind {
    Field(Field),
    Part(Part),
    Setting(Setting),
    Error,
}

#[derive(Debug)]
pub struct Change {
    pub range: TextRange,
    /// The verb and the name that it is about.
    pub head: TextRange,
    pub kind: ChangeKind,
}

#[derive(Debug)]
pub enum ChangeKind {
    AddField(Field),
    ChangeField(Field),
    AddPart(Part),
    ChangePart(Part),
    DropField {
        name: Name,
        online: Option<TextRange>,
    },
    DropIndex {
        name: Name,
        concurrently: bool,
    },
    DropConstraint {
        name: Name,
    },
    RenameField {
        from: Name,
        to: Name,
        online: Option<TextRange>,
    },
    RenameIndex {
        from: Renamed,
        to: Name,
    },
    Mirror {
        from: Name,
        to: Name,
    },
    Unmirror {
        from: Name,
        to: Name,
    },
    Validate {
        name: Name,
    },
    Setting(Setting),
    Error,
}

/// What `rename index` starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    Name(Name),
    Fields(Vec<Name>),
}

/// `title: char(200) blank`.
#[derive(Debug)]
pub struct Field {
    pub name: Name,
    /// A name or a call.
    pub of: Expr,
    pub options: Vec<FieldOption>,
    /// From the type to the last option.
    pub range: TextRange,
}

/// `blank`, `default=0`.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldOption {
    pub name: Name,
    pub value: Option<Expr>,
}

impl FieldOption {
    #[must_use]
    pub fn range(&self) -> TextRange {
        match &self.value {
            Some(value) => self.name.range.cover(value.range),
            None => self.name.range,
        }
    }
}

/// An index or a constraint.
#[derive(Debug)]
pub struct Part {
    pub range: TextRange,
    pub kind: PartKind,
    pub clauses: Vec<Clause>,
}

#[derive(Debug)]
pub enum PartKind {
    Index {
        name: Name,
        keys: Vec<Key>,
    },
    /// `index my.pkg.Class(...)`.
    IndexClass(Call),
    Unique {
        name: Name,
        keys: Vec<Key>,
    },
    Check {
        name: Name,
        condition: Expr,
    },
    Exclude {
        name: Name,
        using: Option<Name>,
        keys: Vec<Key>,
    },
    /// `constraint my.pkg.Class(...)`.
    ConstraintClass(Call),
}

#[derive(Debug)]
pub struct Key {
    pub range: TextRange,
    /// `-published`.
    pub is_negative: bool,
    pub value: Expr,
    pub order: Option<Order>,
    /// `nulls first` is `true`.
    pub nulls_first: Option<bool>,
    pub op: Option<Text>,
    pub with: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

#[derive(Debug)]
pub struct Clause {
    pub range: TextRange,
    pub kind: ClauseKind,
}

#[derive(Debug)]
pub enum ClauseKind {
    Using { method: Dotted, args: Option<Args> },
    Where(Expr),
    Include(Vec<Name>),
    Tablespace(Text),
    Deferrable { is_deferred: bool },
    NullsDistinct(bool),
    Error(Expr),
    Code(Text),
    NotValid,
    Concurrently,
    Online,
}

#[derive(Debug)]
pub enum Setting {
    Table(Option<Text>),
    Comment(Option<Text>),
    Options(Vec<FieldOption>),
    UniqueTogether(Vec<Vec<Name>>),
    IndexTogether(Vec<Vec<Name>>),
    OrderWithRespectTo(Option<Name>),
    Managers(Vec<(Name, Expr)>),
}

/// `sql` or `python`.
#[derive(Debug)]
pub struct Run {
    pub lines: Vec<RunLine>,
    /// The word that begins it.
    pub head: TextRange,
}

#[derive(Debug)]
pub struct RunLine {
    pub range: TextRange,
    pub kind: RunLineKind,
}

#[derive(Debug)]
pub enum RunLineKind {
    Up(Code),
    Down(Code),
    State(Vec<Statement>),
    Hints(Expr),
    Atomic(bool),
    Elidable,
    Batch,
    Error,
}

/// What runs: texts or a function.
#[derive(Debug)]
pub enum Code {
    Value(Expr),
    Function {
        module: Dotted,
        name: Name,
        range: TextRange,
    },
    Noop(TextRange),
}

#[derive(Debug)]
pub struct BackfillLine {
    pub range: TextRange,
    pub kind: BackfillLineKind,
}

#[derive(Debug)]
pub enum BackfillLineKind {
    Set { field: Name, value: Expr },
    Where(Expr),
    Batch,
    Down,
    Error,
}

/// A dotted name; one that begins with a dot starts at the folder of migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dotted {
    pub is_relative: bool,
    pub parts: Vec<Name>,
    pub range: TextRange,
}

impl Dotted {
    /// The only word, if it is one.
    #[must_use]
    pub fn word(&self) -> Option<&Name> {
        match self.parts.as_slice() {
            [only] if !self.is_relative => Some(only),
            _ => None,
        }
    }

    #[must_use]
    pub fn joined(&self) -> String {
        let parts: Vec<&str> = self.parts.iter().map(|part| part.text.as_str()).collect();
        parts.join(".")
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub callee: Dotted,
    pub args: Args,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Args {
    pub list: Vec<Arg>,
    /// With its parentheses.
    pub range: TextRange,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    pub name: Option<Name>,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    pub range: TextRange,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Str(String),
    Bytes(Vec<u8>),
    /// Decimal digits.
    Int(SmolStr),
    Dec(SmolStr),
    Bool(bool),
    Null,
    List(Vec<Expr>),
    Tuple(Vec<Expr>),
    /// An expression in parentheses.
    Group(Box<Expr>),
    Dict(Vec<(Expr, Expr)>),
    Name(Dotted),
    Call(Box<Call>),
    Negative(Box<Expr>),
    /// Operands of one precedence, from left to right.
    Arithmetic(Box<Expr>, Vec<(Operator, Expr)>),
    Compare(Box<Expr>, Comparison, Box<Expr>),
    IsNull {
        value: Box<Expr>,
        is_null: bool,
    },
    In {
        value: Box<Expr>,
        is_in: bool,
        list: Box<Expr>,
    },
    Not(Box<Expr>),
    /// Two or more.
    Logical(Logic, Vec<Expr>),
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
