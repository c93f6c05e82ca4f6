//! The syntax tree of one Python module, as flat tables addressed by index.
//!
//! Flat, because a chain such as `a.b.c...` or `1 + 1 + ...` may be as long as a
//! file: nothing here is recursive, so dropping a tree never overflows the stack,
//! and a tree is a handful of allocations. Names and literals are not copied:
//! nodes carry byte ranges into the source text.
//!
//! Function bodies stay a byte range ([`Body::Deferred`]) until someone asks.

use crate::base::TextRange;

/// Index of an expression in [`Tree::exprs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// Index of a statement in [`Tree::stmts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StmtId(pub u32);

/// A run of entries in one of the tree's side tables.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct List<T> {
    pub start: u32,
    pub len: u32,
    marker: std::marker::PhantomData<fn() -> T>,
}

impl<T> Clone for List<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for List<T> {}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self::new(0, 0)
    }
}

impl<T> List<T> {
    #[must_use]
    pub const fn new(start: u32, len: u32) -> Self {
        Self {
            start,
            len,
            marker: std::marker::PhantomData,
        }
    }

    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// One module, or one function body parsed on demand.
#[derive(Debug, Default)]
pub struct Tree {
    pub body: List<StmtId>,
    pub exprs: Vec<Expr>,
    pub stmts: Vec<Stmt>,
    pub expr_ids: Vec<ExprId>,
    pub stmt_ids: Vec<StmtId>,
    pub ranges: Vec<TextRange>,
    pub keywords: Vec<Keyword>,
    pub dict_items: Vec<DictItem>,
    pub comprehensions: Vec<Comprehension>,
    pub string_parts: Vec<StringPart>,
    pub parameters: Vec<Parameter>,
    pub aliases: Vec<Alias>,
    pub handlers: Vec<Handler>,
    pub with_items: Vec<WithItem>,
    pub cases: Vec<MatchCase>,
}

#[derive(Debug, Clone, Copy)]
pub struct Expr {
    pub range: TextRange,
    pub kind: ExprKind,
}

#[derive(Debug, Clone, Copy)]
pub enum ExprKind {
    /// The range is the identifier; compare after NFKC if it is not ASCII.
    Name,
    None,
    True,
    False,
    Ellipsis,
    /// Integer, float or imaginary literal, to be read from the range.
    Number,
    /// One or more adjacent string literals without interpolation, or adjacent
    /// bytes literals; each range is one token with prefix and quotes.
    Str(List<TextRange>),
    Bytes(List<TextRange>),
    /// Adjacent literals of which at least one is an f-string (or t-string).
    FString(List<StringPart>),
    TString(List<StringPart>),
    Tuple(List<ExprId>),
    List(List<ExprId>),
    Set(List<ExprId>),
    Dict(List<DictItem>),
    ListComp {
        element: ExprId,
        comprehensions: List<Comprehension>,
    },
    SetComp {
        element: ExprId,
        comprehensions: List<Comprehension>,
    },
    Generator {
        element: ExprId,
        comprehensions: List<Comprehension>,
    },
    DictComp {
        key: ExprId,
        value: ExprId,
        comprehensions: List<Comprehension>,
    },
    /// `attribute` is the range of the name after the dot.
    Attribute {
        value: ExprId,
        attribute: TextRange,
    },
    Subscript {
        value: ExprId,
        index: ExprId,
    },
    Slice {
        lower: Option<ExprId>,
        upper: Option<ExprId>,
        step: Option<ExprId>,
    },
    /// Positional arguments (with `Starred` among them) and keyword arguments, each
    /// in source order.
    Call {
        function: ExprId,
        args: List<ExprId>,
        keywords: List<Keyword>,
    },
    Starred(ExprId),
    Unary {
        operator: UnaryOperator,
        operand: ExprId,
    },
    Binary {
        left: ExprId,
        operator: BinaryOperator,
        right: ExprId,
    },
    BoolOp {
        operator: BoolOperator,
        values: List<ExprId>,
    },
    /// `left op[0] rights[0] op[1] rights[1] ...`; operators stand in the text
    /// between operands and are stored as the `operator` of each pair.
    Compare {
        left: ExprId,
        rest: List<ExprId>,
        operators: Operators,
    },
    /// `then if test else otherwise`
    Conditional {
        test: ExprId,
        then: ExprId,
        otherwise: ExprId,
    },
    /// The body is an expression, so it is parsed with the rest.
    Lambda {
        parameters: List<Parameter>,
        body: ExprId,
    },
    Walrus {
        target: ExprId,
        value: ExprId,
    },
    Await(ExprId),
    Yield(Option<ExprId>),
    YieldFrom(ExprId),
    /// Stands where an expression could not be parsed, or was nested too deeply.
    Error,
}

/// Comparison operators of one chain: the first eight in order, packed in four bits
/// each; a longer chain has `overflow` set and its further operators are unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operators {
    packed: u32,
    pub overflow: bool,
}

impl Operators {
    #[must_use]
    pub fn new(operators: &[CompareOperator]) -> Self {
        let mut packed = 0;
        for (index, operator) in operators.iter().take(8).enumerate() {
            packed |= (*operator as u32) << (index * 4);
        }
        Self {
            packed,
            overflow: operators.len() > 8,
        }
    }

    /// The operator at `index`, `None` from the ninth on.
    #[must_use]
    pub fn get(self, index: usize) -> Option<CompareOperator> {
        if index >= 8 {
            return None;
        }
        CompareOperator::ALL
            .get((self.packed >> (index * 4) & 0xf) as usize)
            .copied()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOperator {
    Eq,
    NotEq,
    Lt,
    LtE,
    Gt,
    GtE,
    Is,
    IsNot,
    In,
    NotIn,
}

impl CompareOperator {
    pub const ALL: [Self; 10] = [
        Self::Eq,
        Self::NotEq,
        Self::Lt,
        Self::LtE,
        Self::Gt,
        Self::GtE,
        Self::Is,
        Self::IsNot,
        Self::In,
        Self::NotIn,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    Not,
    Minus,
    Plus,
    Invert,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    Add,
    Sub,
    Mul,
    MatMul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    BitOr,
    BitXor,
    BitAnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoolOperator {
    And,
    Or,
}

/// A keyword argument; `name` is `None` for `**value`.
#[derive(Debug, Clone, Copy)]
pub struct Keyword {
    pub name: Option<TextRange>,
    pub value: ExprId,
    pub range: TextRange,
}

/// An entry of a dict display; `key` is `None` for `**value`.
#[derive(Debug, Clone, Copy)]
pub struct DictItem {
    pub key: Option<ExprId>,
    pub value: ExprId,
}

/// One `for ... in ... if ...` of a comprehension.
#[derive(Debug, Clone, Copy)]
pub struct Comprehension {
    pub target: ExprId,
    pub iterable: ExprId,
    pub conditions: List<ExprId>,
    pub is_async: bool,
}

/// A piece of an f-string or t-string.
#[derive(Debug, Clone, Copy)]
pub enum StringPart {
    /// A whole plain literal token, with prefix and quotes, adjacent to an f-string.
    Token(TextRange),
    /// Text inside an f-string: `{{` and `}}` still doubled; escapes are decoded
    /// unless `raw`.
    Literal { range: TextRange, raw: bool },
    /// `{value!r:spec}`; `debug` is the text up to `=` for `{value=}`.
    Interpolation {
        value: ExprId,
        debug: Option<TextRange>,
        /// `s`, `r` or `a`.
        conversion: Option<char>,
        format_spec: Option<List<StringPart>>,
    },
}

#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: TextRange,
    pub kind: ParameterKind,
    pub default: Option<ExprId>,
    pub annotation: Option<ExprId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    PositionalOnly,
    Ordinary,
    /// `*args`
    Args,
    KeywordOnly,
    /// `**kwargs`
    Kwargs,
}

#[derive(Debug, Clone, Copy)]
pub struct Stmt {
    pub range: TextRange,
    pub kind: StmtKind,
}

#[derive(Debug, Clone, Copy)]
pub enum StmtKind {
    Expr(ExprId),
    /// `targets[0] = targets[1] = ... = value`
    Assign {
        targets: List<ExprId>,
        value: ExprId,
    },
    AugAssign {
        target: ExprId,
        operator: BinaryOperator,
        value: ExprId,
    },
    AnnAssign {
        target: ExprId,
        annotation: ExprId,
        value: Option<ExprId>,
    },
    Return(Option<ExprId>),
    Delete(List<ExprId>),
    Raise {
        exception: Option<ExprId>,
        cause: Option<ExprId>,
    },
    Assert {
        test: ExprId,
        message: Option<ExprId>,
    },
    Pass,
    Break,
    Continue,
    Global(List<TextRange>),
    Nonlocal(List<TextRange>),
    Import(List<Alias>),
    /// `module` is `None` for `from . import x`; `star` for `from m import *`.
    ImportFrom {
        module: Option<TextRange>,
        level: u32,
        names: List<Alias>,
        star: bool,
    },
    If {
        test: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    },
    While {
        test: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    },
    For {
        target: ExprId,
        iterable: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
        is_async: bool,
    },
    With {
        items: List<WithItem>,
        body: List<StmtId>,
        is_async: bool,
    },
    Try {
        body: List<StmtId>,
        handlers: List<Handler>,
        orelse: List<StmtId>,
        finalbody: List<StmtId>,
        /// `except*`
        is_star: bool,
    },
    Match {
        subject: ExprId,
        cases: List<MatchCase>,
    },
    FunctionDef {
        name: TextRange,
        decorators: List<ExprId>,
        parameters: List<Parameter>,
        returns: Option<ExprId>,
        body: Body,
        is_async: bool,
    },
    ClassDef {
        name: TextRange,
        decorators: List<ExprId>,
        bases: List<ExprId>,
        keywords: List<Keyword>,
        body: List<StmtId>,
    },
    TypeAlias {
        name: TextRange,
        value: ExprId,
    },
    /// A statement that could not be parsed; a syntax error tells why.
    Error,
}

/// A function's body.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    Parsed(List<StmtId>),
    /// The suite as a byte range, to be handed to
    /// `parse_body`. It starts after the colon.
    Deferred(TextRange),
}

/// `name as alias` in an import; `name` is dotted in `import a.b`.
#[derive(Debug, Clone, Copy)]
pub struct Alias {
    pub name: TextRange,
    pub alias: Option<TextRange>,
}

#[derive(Debug, Clone, Copy)]
pub struct Handler {
    pub exception: Option<ExprId>,
    pub name: Option<TextRange>,
    pub body: List<StmtId>,
}

#[derive(Debug, Clone, Copy)]
pub struct WithItem {
    pub context: ExprId,
    pub target: Option<ExprId>,
}

/// A `case`; patterns are checked for syntax and kept as a range only, since
/// nothing evaluates them.
#[derive(Debug, Clone, Copy)]
pub struct MatchCase {
    pub pattern: TextRange,
    pub guard: Option<ExprId>,
    pub body: List<StmtId>,
}

/// Tables of more entries than this are not kept for the next file.
const LARGEST_KEPT: usize = 1 << 16;
/// A file's own tree and those of the bodies in it that are looked into.
const MOST_KEPT: usize = 8;

thread_local! {
    /// Emptied trees, whose tables the next file fills. Most files are small and
    /// read one after the other: growing fresh tables for each costs as much as
    /// parsing it.
    static SPARE: std::cell::RefCell<Vec<Tree>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Tree {
    /// An empty tree, with the tables of the one that was given back last if there is one.
    #[must_use]
    pub(super) fn spare() -> Self {
        SPARE.with_borrow_mut(Vec::pop).unwrap_or_default()
    }

    /// Gives the tables back for the next file that this thread reads.
    pub(super) fn give_back(mut self) {
        self.body = List::default();
        self.exprs.clear();
        self.stmts.clear();
        self.expr_ids.clear();
        self.stmt_ids.clear();
        self.ranges.clear();
        self.keywords.clear();
        self.dict_items.clear();
        self.comprehensions.clear();
        self.string_parts.clear();
        self.parameters.clear();
        self.aliases.clear();
        self.handlers.clear();
        self.with_items.clear();
        self.cases.clear();
        if self.exprs.capacity() <= LARGEST_KEPT {
            SPARE.with_borrow_mut(|spare| {
                if spare.len() < MOST_KEPT {
                    spare.push(self);
                }
            });
        }
    }

    /// Frees room that no entry uses, for a tree that stays.
    pub(super) fn shrink(&mut self) {
        self.exprs.shrink_to_fit();
        self.stmts.shrink_to_fit();
        self.expr_ids.shrink_to_fit();
        self.stmt_ids.shrink_to_fit();
        self.ranges.shrink_to_fit();
        self.keywords.shrink_to_fit();
        self.dict_items.shrink_to_fit();
        self.aliases.shrink_to_fit();
        self.parameters.shrink_to_fit();
    }

    #[inline]
    #[must_use]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    #[inline]
    #[must_use]
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }
}

macro_rules! side_table {
    ($($table:ident: $item:ty),* $(,)?) => {
        /// Types that live in a side table of the tree.
        pub trait InTree: Sized + Copy {
            fn table(tree: &Tree) -> &Vec<Self>;
            fn table_mut(tree: &mut Tree) -> &mut Vec<Self>;
        }

        $(impl InTree for $item {
            fn table(tree: &Tree) -> &Vec<Self> {
                &tree.$table
            }

            fn table_mut(tree: &mut Tree) -> &mut Vec<Self> {
                &mut tree.$table
            }
        })*
    };
}

side_table! {
    expr_ids: ExprId,
    stmt_ids: StmtId,
    ranges: TextRange,
    keywords: Keyword,
    dict_items: DictItem,
    comprehensions: Comprehension,
    string_parts: StringPart,
    parameters: Parameter,
    aliases: Alias,
    handlers: Handler,
    with_items: WithItem,
    cases: MatchCase,
}

impl Tree {
    /// The entries of a list.
    #[inline]
    #[must_use]
    pub fn list<T: InTree>(&self, list: List<T>) -> &[T] {
        let start = list.start as usize;
        &T::table(self)[start..start + list.len as usize]
    }

    /// Stores entries and returns their list.
    pub fn push_list<T: InTree>(&mut self, items: &[T]) -> List<T> {
        let table = T::table_mut(self);
        let start = u32::try_from(table.len()).unwrap_or(u32::MAX);
        match items {
            // Most calls lack arguments of one kind; most strings are one literal.
            [] => {}
            [only] => table.push(*only),
            several => table.extend_from_slice(several),
        }
        List::new(start, u32::try_from(items.len()).unwrap_or(u32::MAX))
    }

    #[inline]
    pub fn push_expr(&mut self, range: TextRange, kind: ExprKind) -> ExprId {
        self.exprs.push(Expr { range, kind });
        ExprId(u32::try_from(self.exprs.len() - 1).unwrap_or(u32::MAX))
    }

    pub fn push_stmt(&mut self, range: TextRange, kind: StmtKind) -> StmtId {
        self.stmts.push(Stmt { range, kind });
        StmtId(u32::try_from(self.stmts.len() - 1).unwrap_or(u32::MAX))
    }
}
