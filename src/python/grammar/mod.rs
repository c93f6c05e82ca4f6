//! Tokens to tree: nom parsers over the token slice.
//!
//! Follows CPython 3.14's `Grammar/python.gram`, whose rule names the functions
//! bear where there is one. Where that grammar tries alternatives, these parsers
//! look at the next token or two, so nothing is read twice but the items of a
//! parenthesised `with`. Assignment targets are read as expressions and judged
//! afterwards.
//!
//! Nodes go straight into the flat [`Tree`]; entries of unfinished lists wait on
//! stacks in [`Build`], so that a list is one run in its table however it nests.

mod atom;
mod call;
mod compound;
mod expression;
mod parameter;
mod pattern;
mod statement;
mod string;
mod target;

use std::cell::{Cell, RefCell};

use crate::base::TextRange;
use crate::parse::{Context, Failure, Parsing, Reason, SyntaxError, Tokens};

use super::lexer::{self, Lexed, MAX_ERRORS};
use super::syntax::{Bodies, Parsed};
use super::token::{Kind, Token};
use super::tree::{DictItem, ExprId, ExprKind, Keyword, List, StmtId, StmtKind, StringPart, Tree};

/// How deep expressions may nest before they are refused: 200 brackets, CPython's
/// limit, with an operator in each. The deepest takes half a megabyte of stack in a
/// release build, and less than two without optimisation.
const MAX_DEPTH: u32 = 400;

pub(super) type Input<'a> = Tokens<'a, Source<'a>>;
pub(super) type Res<'a, T> = Parsing<'a, Source<'a>, T>;

/// The module being parsed.
pub(super) struct Source<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    bodies: Bodies,
    build: RefCell<Build>,
    depth: Cell<u32>,
    newest: Cell<(u8, u8)>,
    removed: Cell<Option<(u8, u8)>>,
    /// Index of the token behind the last finished block: where to go on if the
    /// statement around it turns out to be broken.
    block_end: Cell<u32>,
}

/// What is being built.
#[derive(Default)]
struct Build {
    tree: Tree,
    errors: Vec<SyntaxError>,
    exprs: Vec<ExprId>,
    stmts: Vec<StmtId>,
    keywords: Vec<Keyword>,
    dict_items: Vec<DictItem>,
    string_parts: Vec<StringPart>,
}

impl Context for Source<'_> {
    type Kind = Kind;
    const END: Kind = Kind::EndOfFile;

    #[inline]
    fn tokens(&self) -> &[Token] {
        &self.tokens
    }
}

/// Parses a whole module.
pub(super) fn module(text: &str, lexed: Lexed, bodies: Bodies) -> Parsed {
    parse(text, lexed, bodies, |input| {
        statement::statements(input, Kind::EndOfFile).1
    })
}

/// Parses what stands behind the colon of a function definition.
pub(super) fn body(text: &str, lexed: Lexed) -> Parsed {
    parse(text, lexed, Bodies::Parse, statement::lone_block)
}

fn parse(
    text: &str,
    lexed: Lexed,
    bodies: Bodies,
    parse: impl FnOnce(Input) -> List<StmtId>,
) -> Parsed {
    let source = Source {
        text,
        tokens: lexed.tokens,
        bodies,
        build: RefCell::new(Build {
            tree: Tree::spare(),
            ..Build::default()
        }),
        depth: Cell::new(0),
        newest: Cell::new(lexed.newest),
        removed: Cell::new(lexed.removed),
        block_end: Cell::new(0),
    };
    {
        let tree = &mut source.build.borrow_mut().tree;
        let share = match bodies {
            Bodies::Parse => 2,
            Bodies::Skip => 8,
        };
        tree.exprs.reserve(source.tokens.len() / share);
    }
    let body = parse(Tokens::new(&source, 0));
    lexer::give_back(source.tokens);
    let (newest, removed) = (source.newest.get(), source.removed.get());
    let build = source.build.into_inner();
    let mut tree = build.tree;
    tree.body = body;
    let mut errors = lexed.errors;
    errors.extend(build.errors);
    errors.sort_by_key(|error| error.range);
    errors.truncate(MAX_ERRORS);
    Parsed {
        tree,
        errors,
        comments: lexed.comments,
        newest,
        removed,
    }
}

impl<'t> Source<'t> {
    fn text(&self, range: TextRange) -> &'t str {
        range.text(self.text)
    }

    /// The start of a text, for a message of one line.
    fn shown(&self, range: TextRange) -> String {
        let text = self.text(range);
        let short: String = text
            .chars()
            .take_while(|character| !character.is_control())
            .take(32)
            .collect();
        if short.len() < text.len() {
            format!("{short}...")
        } else {
            short
        }
    }

    /// The module uses syntax of Python 3.`minor`.
    fn need(&self, minor: u8) {
        self.newest.set(self.newest.get().max((3, minor)));
    }

    /// The module uses syntax that Python 3.`minor` has dropped.
    fn drop_in(&self, minor: u8) {
        let earlier = self.removed.get().unwrap_or((3, minor));
        self.removed.set(Some(earlier.min((3, minor))));
    }

    #[inline]
    fn expr(&self, range: TextRange, kind: ExprKind) -> ExprId {
        self.build.borrow_mut().tree.push_expr(range, kind)
    }

    fn stmt(&self, range: TextRange, kind: StmtKind) -> StmtId {
        self.build.borrow_mut().tree.push_stmt(range, kind)
    }

    fn kind_of(&self, id: ExprId) -> ExprKind {
        self.build.borrow().tree.expr(id).kind
    }

    fn range_of(&self, id: ExprId) -> TextRange {
        self.build.borrow().tree.expr(id).range
    }

    /// Where the list that begins now starts on the stack of expressions.
    #[inline]
    fn mark(&self) -> usize {
        self.build.borrow().exprs.len()
    }

    #[inline]
    fn hold(&self, id: ExprId) {
        self.build.borrow_mut().exprs.push(id);
    }

    /// The list of everything held since `mark`.
    fn take_exprs(&self, mark: usize) -> List<ExprId> {
        let build = &mut *self.build.borrow_mut();
        let list = build.tree.push_list(&build.exprs[mark..]);
        build.exprs.truncate(mark);
        list
    }

    fn report(&self, error: SyntaxError) {
        let errors = &mut self.build.borrow_mut().errors;
        if errors.len() < MAX_ERRORS {
            errors.push(error);
        }
    }
}

/// Runs a parser one level deeper, or refuses to.
#[inline]
fn nested<'a, T>(input: Input<'a>, parse: impl FnOnce(Input<'a>) -> Res<'a, T>) -> Res<'a, T> {
    let depth = &input.context().depth;
    if depth.get() >= MAX_DEPTH {
        return too_deep(input);
    }
    depth.set(depth.get() + 1);
    let result = parse(input);
    depth.set(depth.get() - 1);
    result
}

#[cold]
fn too_deep<'a, T>(input: Input<'a>) -> Res<'a, T> {
    crate::parse::fault(
        input,
        SyntaxError::new(input.range(), "this expression is nested too deeply")
            .with_help("give its inner parts names"),
    )
}

/// From `start` to the end of the last token before `input` that has text, passing
/// over line ends and dedents: the range of a statement that ends with a block.
fn range_of_block(input: Input, start: u32) -> TextRange {
    let mut last = input;
    while last.at() > 0
        && matches!(
            last.jump(last.at() - 1).kind(),
            Kind::Newline | Kind::Indent | Kind::Dedent
        )
    {
        last = last.jump(last.at() - 1);
    }
    last.range_from(start)
}

/// Words a failure: what was expected, and what stands there.
fn describe(input: Input, failure: Failure) -> SyntaxError {
    let what = match failure.reason {
        Reason::Fault(error) => return *error,
        Reason::Expected(what) => what,
    };
    let here = input.jump(failure.at);
    let (range, found) = match here.kind() {
        Kind::Newline => (
            TextRange::empty(here.previous_end()),
            "the end of the line".to_owned(),
        ),
        Kind::EndOfFile => (
            TextRange::empty(here.previous_end()),
            "the end of the file".to_owned(),
        ),
        Kind::Indent => (here.advance().range(), "an indented line".to_owned()),
        Kind::Dedent => (here.range(), "the end of the block".to_owned()),
        _ => {
            let shown = here.context().shown(here.range());
            (here.range(), format!("`{shown}`"))
        }
    };
    SyntaxError::new(range, format!("expected {what}, found {found}"))
}
