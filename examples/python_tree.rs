//! Reads paths from standard input, one a line, and prints the tree of each in one
//! line, for `tests/conformance/syntax_trees.py`, which prints Python's own tree in
//! the same form: `(Kind start end field ...)`, lists in brackets, `-` for nothing.
//! A file that does not parse gives an empty line.

#![allow(clippy::print_stdout, reason = "its output is what it is for")]

use std::fmt::Write as _;
use std::io::BufRead;

use whimbrel::base::TextRange;
use whimbrel::python::tree::{
    Alias, Body, BoolOperator, Comprehension, Expr, ExprId, ExprKind, InTree, Keyword, List,
    Parameter, StmtId, StmtKind, StringPart, Tree, UnaryOperator,
};
use whimbrel::python::{
    Bodies, Number, decode_bytes, decode_fstring_literal, decode_source, decode_str, parse_module,
    parse_number,
};

fn main() {
    for path in std::io::stdin().lock().lines().map_while(Result::ok) {
        let bytes = std::fs::read(&path).unwrap_or_default();
        let Ok(text) = decode_source(&bytes) else {
            println!();
            continue;
        };
        let parsed = parse_module(&text, Bodies::Parse);
        let mut printer = Printer {
            text: &text,
            tree: &parsed.tree,
            comments: &parsed.comments,
            out: String::new(),
        };
        if parsed.errors.is_empty() {
            printer.stmts(parsed.tree.body);
        }
        println!("{}", printer.out);
    }
}

struct Printer<'a> {
    text: &'a str,
    tree: &'a Tree,
    comments: &'a [TextRange],
    out: String,
}

impl Printer<'_> {
    fn word(&mut self, word: impl std::fmt::Display) {
        write!(self.out, " {word}").unwrap_or_default();
    }

    fn name(&mut self, range: TextRange) {
        self.word(range.text(self.text));
    }

    fn names(&mut self, list: List<TextRange>) {
        self.each(list, Self::name);
    }

    fn string(&mut self, text: &str) {
        self.word(serde_json::to_string(text).unwrap_or_default());
    }

    fn each<T: InTree>(&mut self, list: List<T>, mut print: impl FnMut(&mut Self, T)) {
        self.out.push_str(" [");
        for item in self.tree.list(list) {
            print(self, *item);
        }
        self.out.push_str(" ]");
    }

    fn exprs(&mut self, list: List<ExprId>) {
        self.each(list, Self::expr);
    }

    fn stmts(&mut self, list: List<StmtId>) {
        self.each(list, Self::stmt);
    }

    fn maybe(&mut self, id: Option<ExprId>) {
        match id {
            Some(id) => self.expr(id),
            None => self.word("-"),
        }
    }

    fn maybe_name(&mut self, name: Option<TextRange>) {
        match name {
            Some(name) => self.name(name),
            None => self.word("-"),
        }
    }

    fn keyword(&mut self, keyword: Keyword) {
        self.maybe_name(keyword.name);
        self.expr(keyword.value);
    }

    fn comprehension(&mut self, comprehension: Comprehension) {
        self.word(comprehension.is_async);
        self.expr(comprehension.target);
        self.expr(comprehension.iterable);
        self.exprs(comprehension.conditions);
    }

    fn parameter(&mut self, parameter: Parameter) {
        self.word(format!("{:?}", parameter.kind));
        self.name(parameter.name);
        self.maybe(parameter.annotation);
        self.maybe(parameter.default);
    }

    fn alias(&mut self, alias: Alias) {
        // `a . b` is one name.
        let name: String = alias.name.text(self.text).split_whitespace().collect();
        self.word(name);
        self.maybe_name(alias.alias);
    }

    fn expr(&mut self, id: ExprId) {
        let Expr { range, kind } = *self.tree.expr(id);
        let head = |name: &str| format!(" ({name} {} {}", range.start, range.end);
        let kind_name = format!("{kind:?}");
        let kind_name = kind_name
            .split(|character: char| !character.is_alphanumeric())
            .next()
            .unwrap_or_default();
        self.out.push_str(&head(kind_name));
        match kind {
            ExprKind::Name => self.name(range),
            ExprKind::None | ExprKind::True | ExprKind::False | ExprKind::Ellipsis => {}
            ExprKind::Error => {}
            ExprKind::Number => match parse_number(range.text(self.text)) {
                Some(Number::Int(value)) => self.word(value),
                Some(Number::BigInt(value)) => self.word(value),
                Some(Number::Float(value)) => self.word(format!("{:016x}", value.to_bits())),
                Some(Number::Imaginary(value)) => {
                    self.word(format!("{:016x}j", value.to_bits()));
                }
                None => self.word("?"),
            },
            ExprKind::Str(tokens) => {
                let value: String = self
                    .tree
                    .list(tokens)
                    .iter()
                    .map(|token| decode_str(token.text(self.text)).unwrap_or_default())
                    .collect();
                self.string(&value);
            }
            ExprKind::Bytes(tokens) => {
                for token in self.tree.list(tokens) {
                    for byte in decode_bytes(token.text(self.text)).unwrap_or_default() {
                        write!(self.out, "{byte:02x}").unwrap_or_default();
                    }
                }
            }
            ExprKind::FString(parts) | ExprKind::TString(parts) => self.parts(parts),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                self.exprs(items);
            }
            ExprKind::Dict(items) => self.each(items, |printer, item| {
                printer.maybe(item.key);
                printer.expr(item.value);
            }),
            ExprKind::ListComp {
                element,
                comprehensions,
            }
            | ExprKind::SetComp {
                element,
                comprehensions,
            }
            | ExprKind::Generator {
                element,
                comprehensions,
            } => {
                self.expr(element);
                self.each(comprehensions, Self::comprehension);
            }
            ExprKind::DictComp {
                key,
                value,
                comprehensions,
            } => {
                self.expr(key);
                self.expr(value);
                self.each(comprehensions, Self::comprehension);
            }
            ExprKind::Attribute { value, attribute } => {
                self.expr(value);
                self.name(attribute);
            }
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Slice { lower, upper, step } => {
                self.maybe(lower);
                self.maybe(upper);
                self.maybe(step);
            }
            ExprKind::Call {
                function,
                args,
                keywords,
            } => {
                self.expr(function);
                self.exprs(args);
                self.each(keywords, Self::keyword);
            }
            ExprKind::Starred(value) | ExprKind::Await(value) | ExprKind::YieldFrom(value) => {
                self.expr(value);
            }
            ExprKind::Unary { operator, operand } => {
                self.word(match operator {
                    UnaryOperator::Not => "Not",
                    UnaryOperator::Minus => "USub",
                    UnaryOperator::Plus => "UAdd",
                    UnaryOperator::Invert => "Invert",
                });
                self.expr(operand);
            }
            ExprKind::Binary {
                left,
                operator,
                right,
            } => {
                self.word(format!("{operator:?}"));
                self.expr(left);
                self.expr(right);
            }
            ExprKind::BoolOp { operator, values } => {
                self.word(match operator {
                    BoolOperator::And => "And",
                    BoolOperator::Or => "Or",
                });
                self.exprs(values);
            }
            ExprKind::Compare {
                left,
                rest,
                operators,
            } => {
                self.expr(left);
                let mut index = 0;
                self.each(rest, |printer, id: ExprId| {
                    match operators.get(index) {
                        Some(operator) => printer.word(format!("{operator:?}")),
                        None => printer.word("-"),
                    }
                    index += 1;
                    printer.expr(id);
                });
            }
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => {
                self.expr(test);
                self.expr(then);
                self.expr(otherwise);
            }
            ExprKind::Lambda { parameters, body } => {
                self.each(parameters, Self::parameter);
                self.expr(body);
            }
            ExprKind::Walrus { target, value } => {
                self.expr(target);
                self.expr(value);
            }
            ExprKind::Yield(value) => self.maybe(value),
        }
        self.out.push(')');
    }

    /// Python leaves comments out of what `{value=}` shows.
    fn without_comments(&self, range: TextRange) -> String {
        let mut out = String::new();
        let mut start = range.start;
        for comment in self.comments {
            if range.start <= comment.start && comment.end <= range.end {
                out.push_str(TextRange::new(start, comment.start).text(self.text));
                start = comment.end;
            }
        }
        out.push_str(TextRange::new(start, range.end).text(self.text));
        out
    }

    /// Literal text is joined, as Python does.
    fn parts(&mut self, parts: List<StringPart>) {
        let mut literal = String::new();
        self.out.push_str(" [");
        for part in self.tree.list(parts) {
            match *part {
                StringPart::Token(range) => {
                    literal.push_str(&decode_str(range.text(self.text)).unwrap_or_default());
                }
                StringPart::Literal { range, raw } => {
                    let text = range.text(self.text);
                    literal.push_str(&decode_fstring_literal(text, raw).unwrap_or_default());
                }
                StringPart::Interpolation {
                    value,
                    debug,
                    conversion,
                    format_spec,
                } => {
                    let mut conversion = conversion;
                    if let Some(range) = debug {
                        literal.push_str(&self.without_comments(range));
                        if conversion.is_none() && format_spec.is_none() {
                            conversion = Some('r');
                        }
                    }
                    if !literal.is_empty() {
                        self.string(&std::mem::take(&mut literal));
                    }
                    self.out.push_str(" {");
                    self.expr(value);
                    self.word(conversion.unwrap_or('-'));
                    match format_spec {
                        Some(spec) => self.parts(spec),
                        None => self.word("-"),
                    }
                    self.out.push('}');
                }
            }
        }
        if !literal.is_empty() {
            self.string(&literal);
        }
        self.out.push_str(" ]");
    }

    fn stmt(&mut self, id: StmtId) {
        let stmt = *self.tree.stmt(id);
        let kind_name = format!("{:?}", stmt.kind);
        let kind_name = kind_name
            .split(|character: char| !character.is_alphanumeric())
            .next()
            .unwrap_or_default();
        let range = stmt.range;
        self.out
            .push_str(&format!("\u{1}({kind_name} {} {}", range.start, range.end));
        match stmt.kind {
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign { targets, value } => {
                self.exprs(targets);
                self.expr(value);
            }
            StmtKind::AugAssign {
                target,
                operator,
                value,
            } => {
                self.expr(target);
                self.word(format!("{operator:?}"));
                self.expr(value);
            }
            StmtKind::AnnAssign {
                target,
                annotation,
                value,
            } => {
                self.expr(target);
                self.expr(annotation);
                self.maybe(value);
            }
            StmtKind::Return(value) => self.maybe(value),
            StmtKind::Delete(targets) => self.exprs(targets),
            StmtKind::Raise { exception, cause } => {
                self.maybe(exception);
                self.maybe(cause);
            }
            StmtKind::Assert { test, message } => {
                self.expr(test);
                self.maybe(message);
            }
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Error => {}
            StmtKind::Global(names) | StmtKind::Nonlocal(names) => self.names(names),
            StmtKind::Import(names) => self.each(names, Self::alias),
            StmtKind::ImportFrom {
                module,
                level,
                names,
                star,
            } => {
                let module: Option<String> =
                    module.map(|range| range.text(self.text).split_whitespace().collect());
                self.word(module.as_deref().unwrap_or("-"));
                self.word(level);
                self.word(star);
                self.each(names, Self::alias);
            }
            StmtKind::If { test, body, orelse } | StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.stmts(body);
                self.stmts(orelse);
            }
            StmtKind::For {
                target,
                iterable,
                body,
                orelse,
                is_async,
            } => {
                self.word(is_async);
                self.expr(target);
                self.expr(iterable);
                self.stmts(body);
                self.stmts(orelse);
            }
            StmtKind::With {
                items,
                body,
                is_async,
            } => {
                self.word(is_async);
                self.each(items, |printer, item| {
                    printer.expr(item.context);
                    printer.maybe(item.target);
                });
                self.stmts(body);
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finalbody,
                is_star,
            } => {
                self.word(is_star);
                self.stmts(body);
                self.each(handlers, |printer, handler| {
                    printer.maybe(handler.exception);
                    printer.maybe_name(handler.name);
                    printer.stmts(handler.body);
                });
                self.stmts(orelse);
                self.stmts(finalbody);
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                self.each(cases, |printer, case| {
                    printer.maybe(case.guard);
                    printer.stmts(case.body);
                });
            }
            StmtKind::FunctionDef {
                name,
                decorators,
                parameters,
                returns,
                body,
                is_async,
            } => {
                self.word(is_async);
                self.name(name);
                self.exprs(decorators);
                self.each(parameters, Self::parameter);
                self.maybe(returns);
                match body {
                    Body::Parsed(body) => self.stmts(body),
                    Body::Deferred(_) => self.word("deferred"),
                }
            }
            StmtKind::ClassDef {
                name,
                decorators,
                bases,
                keywords,
                body,
            } => {
                self.name(name);
                self.exprs(decorators);
                self.exprs(bases);
                self.each(keywords, Self::keyword);
                self.stmts(body);
            }
            StmtKind::TypeAlias { name, value } => {
                self.name(name);
                self.expr(value);
            }
        }
        self.out.push(')');
    }
}
