//! Conditions and expressions: `where`, `check`, keys, generated columns, database
//! defaults, and arguments of functions.
//!
//! What a bare name and a string mean depends on where they stand (`Position`); what
//! each becomes is what Django's own constructors would be called with.

use smol_str::SmolStr;

use super::super::names::{self, COMPARISONS};
use super::super::tree::{Arg, Call, Comparison, Dotted, Expr, ExprKind, Logic, Operator};
use super::Lowering;
use super::build::keyword;
use crate::base::TextRange;
use crate::parse::SyntaxError;
use crate::python::eval::object::{Item, Obj};

/// What a bare name and a string stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// A Python value: a name is a Python object.
    Value,
    /// The right side of a comparison: a name is `F("name")`, a string itself.
    Right,
    /// An operand of arithmetic: a name is `F("name")`, all else a `Value(...)`.
    Operand,
    /// An argument of a function: a name is a string, which Django takes for a field,
    /// and a string `Value("...")`.
    Argument,
}

impl Position {
    /// The position of elements of a list that stands here.
    pub(super) const fn inside(self) -> Self {
        match self {
            Self::Right | Self::Operand | Self::Argument => Self::Right,
            Self::Value => Self::Value,
        }
    }
}

const Q: &str = "django.db.models.Q";

impl Lowering<'_> {
    pub(super) fn expression(&mut self, expr: &Expr, position: Position) -> Item {
        let range = expr.range;
        match &expr.kind {
            ExprKind::Group(inner) => return self.expression(inner, position),
            ExprKind::Name(path) => return self.name(path, position),
            ExprKind::Call(call) => return self.call_of(call, range),
            ExprKind::Arithmetic(all) => return self.arithmetic(all.first, all.rest, range),
            ExprKind::Compare(..)
            | ExprKind::IsNull { .. }
            | ExprKind::In { .. }
            | ExprKind::Not(_)
            | ExprKind::Logical(..) => {
                if position == Position::Value {
                    return self.mistake(
                        SyntaxError::new(range, "a condition cannot be a value")
                            .with_label("expected a value")
                            .with_help("write `Q(...)` around a condition"),
                    );
                }
                return self.condition(expr);
            }
            _ => {}
        }
        if let Some(item) = self.plain(expr, position) {
            let is_text = matches!(expr.kind, ExprKind::Str(_));
            return match position {
                Position::Operand => self.wrapped(item, range),
                Position::Argument if is_text => self.wrapped(item, range),
                _ => item,
            };
        }
        // What is left is the sign before something else than a number.
        let ExprKind::Negative(inner) = &expr.kind else {
            return self.mistake(SyntaxError::new(range, "this is no value"));
        };
        let inner = self.expression(inner, Position::Operand);
        let minus = self.item(Obj::Int(-1), range);
        let minus = self.wrapped(minus, range);
        self.combined(inner, "*", minus, range)
    }

    /// `Value(...)`.
    fn wrapped(&self, item: Item, range: TextRange) -> Item {
        self.call(
            "django.db.models.Value",
            range,
            vec![item],
            Vec::new(),
            range,
        )
    }

    /// `F("name")`.
    pub(super) fn field_reference(&self, name: &str, range: TextRange) -> Item {
        let name = self.string(name, range);
        self.call("django.db.models.F", range, vec![name], Vec::new(), range)
    }

    fn combined(&self, left: Item, sign: &'static str, right: Item, range: TextRange) -> Item {
        let sign = self.string(SmolStr::new_static(sign), range);
        self.call(
            "django.db.models.expressions.CombinedExpression",
            range,
            vec![left, sign, right],
            Vec::new(),
            range,
        )
    }

    fn name(&mut self, path: &Dotted, position: Position) -> Item {
        match (path.word(), position) {
            (Some(word), Position::Right | Position::Operand) => self
                .check_word(word.text, path.range)
                .unwrap_or_else(|| self.field_reference(word.text, path.range)),
            (Some(word), Position::Argument) => self
                .check_word(word.text, path.range)
                .unwrap_or_else(|| self.string(word.text, path.range)),
            _ => self.object(path),
        }
    }

    /// Constants of Python where fields are named.
    fn check_word(&mut self, word: &str, range: TextRange) -> Option<Item> {
        let constant = match word {
            "True" => "true",
            "False" => "false",
            "None" => "null",
            _ => return None,
        };
        Some(
            self.mistake(
                SyntaxError::new(range, format!("`{word}` is no value"))
                    .with_label("not known")
                    .with_help(format!("write `{constant}`")),
            ),
        )
    }

    /// Operands of one precedence, from left to right.
    fn arithmetic(&mut self, first: &Expr, rest: &[(Operator, &Expr)], range: TextRange) -> Item {
        let mut left = self.expression(first, Position::Operand);
        for (operator, operand) in rest {
            let sign = match operator {
                Operator::Add => "+",
                Operator::Sub => "-",
                Operator::Mul => "*",
                Operator::Div => "/",
                // Doubled, since the text goes through `%` once more.
                Operator::Mod => "%%",
            };
            let right = self.expression(operand, Position::Operand);
            let range = TextRange::new(range.start, operand.range.end);
            left = self.combined(left, sign, right, range);
        }
        left
    }

    fn call_of(&mut self, call: &Call, range: TextRange) -> Item {
        let Some(word) = call.callee.word() else {
            return self.path_call(call, range);
        };
        let args = &call.args.list;
        match word.text {
            "F" => self.field_call(call, range),
            "Q" => self.q(args, range),
            "Value" => {
                let (positional, keywords) = self.arguments(args, Position::Value);
                self.named_call("django.db.models.Value", call, positional, keywords, range)
            }
            "case" => {
                let (positional, keywords) = self.case_arguments(args);
                self.named_call("django.db.models.Case", call, positional, keywords, range)
            }
            "when" => self.when(call, range),
            "cast" => {
                let mut positional = Vec::new();
                let mut keywords = Vec::new();
                for (at, arg) in args.iter().enumerate() {
                    let named = arg.name.as_ref().map(|name| name.text);
                    let is_type = match &named {
                        Some(name) => *name == "output_field",
                        None => at == 1,
                    };
                    let item = if is_type {
                        self.type_value(arg.value)
                    } else {
                        self.expression(arg.value, Position::Argument)
                    };
                    match named {
                        Some(name) => keywords.push((SmolStr::new(name), item)),
                        None => positional.push(item),
                    }
                }
                if positional.len() + keywords.len() != 2 {
                    return self.mistake(
                        SyntaxError::new(range, "`cast` takes an expression and a type")
                            .with_help("write `cast(price, decimal(8, 2))`"),
                    );
                }
                let class = "django.db.models.functions.Cast";
                self.named_call(class, call, positional, keywords, range)
            }
            name if names::CONSTRUCTS.iter().any(|(own, _)| *own == name) => {
                let class = names::CONSTRUCTS
                    .iter()
                    .find(|(own, _)| *own == name)
                    .map_or("", |(_, class)| *class);
                self.function(class.into(), call, range)
            }
            name => match names::function(name) {
                Some((package, class)) => {
                    self.function(SmolStr::new(format!("{package}.{class}")), call, range)
                }
                None => match self.special_call(call, range) {
                    Some(item) => item,
                    None => self.unknown_function(call, range),
                },
            },
        }
    }

    fn named_call(
        &self,
        class: &'static str,
        call: &Call,
        positional: Vec<Item>,
        keywords: Vec<(SmolStr, Item)>,
        range: TextRange,
    ) -> Item {
        self.call(class, call.callee.range, positional, keywords, range)
    }

    /// A class of the project or of Django by its path: `my.functions.Slugify(title)`.
    /// In an expression of Django, bare names are fields.
    fn path_call(&mut self, call: &Call, range: TextRange) -> Item {
        let path = self.full_path(&call.callee);
        if !names::is_expression_class(&path) {
            return self.object_call(call, range);
        }
        self.function(path, call, range)
    }

    /// Positional arguments are expressions, named ones are options.
    fn function(&mut self, class: SmolStr, call: &Call, range: TextRange) -> Item {
        let own = names::function_key(&class);
        let mut positional = Vec::with_capacity(call.args.list.len());
        let mut keywords = Vec::new();
        for (at, arg) in call.args.list.iter().enumerate() {
            match &arg.name {
                None => {
                    let position = if names::is_plain_argument(own, at) {
                        Position::Value
                    } else {
                        Position::Argument
                    };
                    let item = self.expression(arg.value, position);
                    positional.push(item);
                }
                Some(name) => {
                    let item = if super::value::is_type_argument(name.text) {
                        self.type_value(arg.value)
                    } else if own == "json_object" || is_expression_option(name.text) {
                        self.expression(arg.value, Position::Argument)
                    } else {
                        self.value(arg.value)
                    };
                    keywords.push((SmolStr::new(name.text), item));
                }
            }
        }
        if own == "sql" {
            return self.raw_sql(class, call, positional, keywords, range);
        }
        self.call(class, call.callee.range, positional, keywords, range)
    }

    /// `sql("...")`, with parameters as a second argument.
    fn raw_sql(
        &mut self,
        class: SmolStr,
        call: &Call,
        mut positional: Vec<Item>,
        keywords: Vec<(SmolStr, Item)>,
        range: TextRange,
    ) -> Item {
        let is_dialect = |name: &str| {
            name == "default" || names::DIALECTS.iter().any(|(dialect, _)| *dialect == name)
        };
        if let Some((name, _)) = keywords.iter().find(|(name, _)| is_dialect(name)) {
            let name = name.clone();
            self.not_compiled(
                call.callee.range,
                &format!("SQL for each dialect (`{name}=`)"),
            );
            return self.broken_operation(range);
        }
        if positional.len() == 1 && keywords.is_empty() {
            positional.push(self.item(Obj::tuple(Vec::new()), range));
        }
        self.call(class, call.callee.range, positional, keywords, range)
    }

    /// `F(name)`.
    fn field_call(&mut self, call: &Call, range: TextRange) -> Item {
        match call.args.list {
            [Arg { name: None, value }] => match &value.kind {
                ExprKind::Name(path) if path.word().is_some() => {
                    self.field_reference(path.path, range)
                }
                ExprKind::Str(text) => self.field_reference(text, range),
                _ => self.mistake(
                    SyntaxError::new(value.range, "`F` takes the name of a field")
                        .with_label("expected a name"),
                ),
            },
            _ => self.mistake(
                SyntaxError::new(range, "`F` takes the name of a field")
                    .with_help("write `F(name)`"),
            ),
        }
    }

    /// Arguments of `case`: cases, and a default.
    fn case_arguments(&mut self, args: &[Arg]) -> (Vec<Item>, Vec<(SmolStr, Item)>) {
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        for arg in args {
            match &arg.name {
                None => {
                    let item = self.expression(arg.value, Position::Argument);
                    positional.push(item);
                }
                Some(name) => {
                    let item = if name.text == "output_field" {
                        self.type_value(arg.value)
                    } else {
                        self.expression(arg.value, Position::Argument)
                    };
                    keywords.push((SmolStr::new(name.text), item));
                }
            }
        }
        (positional, keywords)
    }

    /// `when(condition, value)`.
    fn when(&mut self, call: &Call, range: TextRange) -> Item {
        let mut positional = Vec::new();
        let mut keywords = Vec::new();
        for arg in call.args.list {
            match &arg.name {
                None if positional.is_empty() && keywords.is_empty() => {
                    let item = self.condition(arg.value);
                    positional.push(item);
                }
                None => {
                    let item = self.expression(arg.value, Position::Argument);
                    keywords.push(keyword("then", item));
                }
                Some(name) => {
                    let item = match name.text {
                        "then" => self.expression(arg.value, Position::Argument),
                        "condition" => self.condition(arg.value),
                        _ => self.expression(arg.value, Position::Right),
                    };
                    keywords.push((SmolStr::new(name.text), item));
                }
            }
        }
        if keywords.iter().all(|(name, _)| name != "then") {
            return self.mistake(
                SyntaxError::new(range, "`when` takes a condition and a value")
                    .with_help("write `when(status = \"d\", 1)`"),
            );
        }
        self.named_call("django.db.models.When", call, positional, keywords, range)
    }

    /// `Q(...)`: comparisons by name, conditions without; all in the order written.
    fn q(&mut self, args: &[Arg], range: TextRange) -> Item {
        let mut children = Vec::new();
        let mut own = Vec::new();
        for arg in args {
            match &arg.name {
                None => children.push(self.child(arg.value)),
                Some(name) if name.text.starts_with('_') => {
                    let item = self.value(arg.value);
                    own.push((SmolStr::new(name.text), item));
                }
                Some(name) => {
                    let value = self.expression(arg.value, Position::Right);
                    let range = name.range.cover(arg.value.range);
                    let name = self.string(name.text, name.range);
                    children.push(self.item(Obj::tuple(vec![name, value]), range));
                }
            }
        }
        self.call(Q, range, children, own, range)
    }

    /// A condition: a `Q`, or an expression that is one itself. Parentheses around all
    /// of it only group, as those behind `not`; any others make a `Q` inside of a `Q`.
    pub(super) fn condition(&mut self, expr: &Expr) -> Item {
        let inner = match &expr.kind {
            ExprKind::Group(inner) => inner,
            _ => expr,
        };
        match &inner.kind {
            ExprKind::Call(_) => self.expression(inner, Position::Right),
            ExprKind::Compare(left, ..)
            | ExprKind::IsNull { value: left, .. }
            | ExprKind::In { value: left, .. }
                if field_name(left).is_none() && !is_negated(&inner.kind) =>
            {
                self.comparison_of_expressions(inner)
            }
            ExprKind::Name(path) => self.lone_name(path),
            ExprKind::Compare(..)
            | ExprKind::IsNull { .. }
            | ExprKind::In { .. }
            | ExprKind::Not(_)
            | ExprKind::Logical(..)
            | ExprKind::Group(_) => self.node(inner),
            _ => self.mistake(
                SyntaxError::new(expr.range, "this is no condition")
                    .with_label("expected a condition such as `views >= 0`"),
            ),
        }
    }

    /// `check name: is_active`.
    fn lone_name(&mut self, path: &Dotted) -> Item {
        let name = path.path;
        self.mistake(
            SyntaxError::new(path.range, format!("`{name}` alone is no condition"))
                .with_label("expected a comparison")
                .with_help(format!("write `{name} = true`")),
        )
    }

    /// A condition as a `Q`.
    fn node(&mut self, expr: &Expr) -> Item {
        let range = expr.range;
        match &expr.kind {
            // Parentheses behind `not` only group.
            ExprKind::Not(inner) => {
                let operand = match &inner.kind {
                    ExprKind::Group(operand) => operand,
                    _ => inner,
                };
                let (children, connector) = self.children_of(operand);
                self.make_q(children, connector, true, range)
            }
            ExprKind::Compare(left, Comparison::NotEqual, right) if field_name(left).is_some() => {
                let child = self.lookup(left, "", right, range);
                self.make_q(vec![child], None, true, range)
            }
            ExprKind::In {
                value,
                is_in: false,
                list,
            } if field_name(value).is_some() => {
                let child = self.lookup(value, "in", list, range);
                self.make_q(vec![child], None, true, range)
            }
            // What is compared is no field.
            kind if is_negated(kind) => self.comparison_of_expressions(expr),
            _ => {
                let (children, connector) = self.children_of(expr);
                self.make_q(children, connector, false, range)
            }
        }
    }

    /// The children that a `Q` of this condition has, and how they are connected.
    fn children_of(&mut self, expr: &Expr) -> (Vec<Item>, Option<&'static str>) {
        match &expr.kind {
            ExprKind::Logical(logic, operands) => {
                let children = operands.iter().map(|operand| self.child(operand)).collect();
                let connector = match logic {
                    Logic::And => None,
                    Logic::Or => Some("OR"),
                    Logic::Xor => Some("XOR"),
                };
                (children, connector)
            }
            _ => (vec![self.child(expr)], None),
        }
    }

    /// A condition as a child of a `Q`.
    fn child(&mut self, expr: &Expr) -> Item {
        let range = expr.range;
        match &expr.kind {
            ExprKind::Compare(left, comparison, right)
                if *comparison != Comparison::NotEqual && field_name(left).is_some() =>
            {
                let suffix = COMPARISONS
                    .iter()
                    .find(|(sign, ..)| sign == comparison)
                    .map_or("", |(_, lookup, _)| *lookup);
                self.lookup(left, suffix, right, range)
            }
            ExprKind::IsNull { value, is_null } if field_name(value).is_some() => {
                let name = field_name(value).unwrap_or_default();
                let name = self.string(format!("{name}__isnull"), value.range);
                let flag = self.boolean(*is_null, range);
                self.item(Obj::tuple(vec![name, flag]), range)
            }
            ExprKind::In {
                value,
                is_in: true,
                list,
            } if field_name(value).is_some() => self.lookup(value, "in", list, range),
            ExprKind::Group(inner) => self.node(inner),
            ExprKind::Not(_) | ExprKind::Logical(..) => self.node(expr),
            ExprKind::Compare(_, Comparison::NotEqual, _) | ExprKind::In { is_in: false, .. } => {
                self.node(expr)
            }
            ExprKind::Compare(..) | ExprKind::IsNull { .. } | ExprKind::In { .. } => {
                self.comparison_of_expressions(expr)
            }
            ExprKind::Name(path) => self.lone_name(path),
            _ => self.condition(expr),
        }
    }

    /// `("name__lookup", value)`.
    fn lookup(&mut self, left: &Expr, suffix: &str, right: &Expr, range: TextRange) -> Item {
        let mut name = field_name(left).unwrap_or_default().to_owned();
        if !suffix.is_empty() {
            name.push_str("__");
            name.push_str(suffix);
        }
        let name = self.string(name, left.range);
        let value = self.expression(right, Position::Right);
        self.item(Obj::tuple(vec![name, value]), range)
    }

    /// A comparison whose left side is no field: `lower(name) = "x"` is
    /// `Exact(Lower("name"), "x")`.
    fn comparison_of_expressions(&mut self, expr: &Expr) -> Item {
        let range = expr.range;
        let (class, left, right) = match &expr.kind {
            ExprKind::Compare(left, comparison, right) => {
                let class = COMPARISONS
                    .iter()
                    .find(|(sign, ..)| sign == comparison)
                    .map(|(.., class)| *class);
                let Some(class) = class else {
                    let inner = Expr {
                        range,
                        kind: ExprKind::Compare(left, Comparison::Equal, right),
                    };
                    let child = self.comparison_of_expressions(&inner);
                    return self.make_q(vec![child], None, true, range);
                };
                let right = self.expression(right, Position::Right);
                (class, left, right)
            }
            ExprKind::IsNull { value, is_null } => ("IsNull", value, self.boolean(*is_null, range)),
            ExprKind::In { value, list, .. } => {
                let list = self.expression(list, Position::Right);
                ("In", value, list)
            }
            _ => return self.condition(expr),
        };
        let left = self.expression(left, Position::Right);
        let path = format!("django.db.models.lookups.{class}");
        let compared = self.call(path, range, vec![left, right], Vec::new(), range);
        match &expr.kind {
            ExprKind::In { is_in: false, .. } => self.make_q(vec![compared], None, true, range),
            _ => compared,
        }
    }

    fn make_q(
        &self,
        children: Vec<Item>,
        connector: Option<&'static str>,
        is_negated: bool,
        range: TextRange,
    ) -> Item {
        let mut keywords = Vec::new();
        if let Some(connector) = connector {
            let connector = self.string(SmolStr::new_static(connector), range);
            keywords.push(keyword("_connector", connector));
        }
        if is_negated {
            keywords.push(keyword("_negated", self.boolean(true, range)));
        }
        self.call(Q, range, children, keywords, range)
    }
}

/// The field of a comparison's left side, with lookups: a bare name.
fn field_name<'t>(expr: &Expr<'t>) -> Option<&'t str> {
    match &expr.kind {
        ExprKind::Name(path) => path.word().map(|word| word.text),
        _ => None,
    }
}

const fn is_negated(kind: &ExprKind) -> bool {
    matches!(
        kind,
        ExprKind::Compare(_, Comparison::NotEqual, _) | ExprKind::In { is_in: false, .. }
    )
}

/// Named arguments of functions that are expressions.
fn is_expression_option(name: &str) -> bool {
    matches!(name, "expression" | "default" | "condition" | "filter")
}
