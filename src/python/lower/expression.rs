//! Expressions: built from evaluated objects as Django's constructors and operators
//! would build them.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::eval::Exception;
use super::super::eval::class::Ancestor;
use super::super::eval::object::{Arguments, Call, Item, Obj};
use super::super::functions::{
    DefaultArgument, ExpressionClass, FunctionParameter, Role, parameters,
};
use super::Lowering;
use super::value::Follow;
use crate::base::{Span, Spanned};
use crate::ir::expression::{
    Case, Combined, Comparison, Condition, Connector, Expression, ExpressionKind, FieldPath,
    Function, FunctionKind, Lookup, Operator, OrderBy, Q, RawSql, Typed, ValueExpression, When,
};
use crate::ir::{Field, Known, Unknown, Value};

/// What a string among expressions stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// The name of a field.
    Field,
    /// Itself.
    Literal,
}

/// Expressions nested deeper than this are not read.
const MAX_DEPTH: u32 = 60;

impl Lowering<'_> {
    /// An expression; what cannot be read is an unknown inside.
    pub(super) fn expression(&mut self, item: &Item, text: Text) -> Expression {
        if self.depth >= MAX_DEPTH || !self.evaluator.step() {
            return Expression::unknown(Unknown::new(item.span, "it is nested too deeply"));
        }
        self.depth += 1;
        let expression = self.expression_within(item, text);
        self.depth -= 1;
        expression
    }

    fn expression_within(&mut self, item: &Item, text: Text) -> Expression {
        let span = item.span;
        let obj = match self.evaluator.force(&item.obj, span) {
            Ok(obj) => obj,
            Err(exception) => return Expression::unknown(exception.into_unknown()),
        };
        match &obj {
            Obj::Str(name) if text == Text::Field => {
                Expression::new(ExpressionKind::Field(FieldPath::parse(name)), span)
            }
            Obj::Call(call) => self.expression_call(call, span),
            Obj::Cond(cond) => match self.ambient_side(&cond.condition) {
                Some(true) => self.expression(&cond.then.clone(), text),
                Some(false) => self.expression(&cond.otherwise.clone(), text),
                None => Expression::unknown(Unknown::new(
                    span,
                    "the expression depends on a condition that is not decided",
                )),
            },
            Obj::Guarded(inner) if self.ambient_side(&inner.condition) == Some(true) => {
                self.expression(&inner.item.clone(), text)
            }
            Obj::List(items) => {
                let items = items.borrow().clone();
                self.sequence(item, &items)
            }
            Obj::Tuple(items) => self.sequence(item, items),
            Obj::Ref(_) | Obj::Setting(_) | Obj::Unknown(_) => {
                Expression::unknown((*self.evaluator.unknown_of(&obj, span)).clone())
            }
            _ => Expression::value(self.value(item, Follow::Yes)),
        }
    }

    /// A list is a value unless something in it is an expression.
    fn sequence(&mut self, item: &Item, items: &[Item]) -> Expression {
        let has_expression = items.iter().any(|item| match &item.obj {
            Obj::Call(call) => self.expression_class(call).is_some(),
            _ => false,
        });
        if !has_expression {
            return Expression::value(self.value(item, Follow::Yes));
        }
        let items = items
            .iter()
            .map(|item| self.expression(item, Text::Literal))
            .collect();
        Expression::new(ExpressionKind::List(items), item.span)
    }

    /// The class of a call and, where the project's source defines it, that class.
    fn expression_class(&mut self, call: &Rc<Call>) -> Option<ExpressionClass> {
        if let Obj::Ref(path) = &call.callee {
            if let Some(class) = ExpressionClass::of_path(path) {
                return Some(class);
            }
            if let Some(operator) = path.strip_prefix("operator.") {
                return self.operator_class(operator, call);
            }
        }
        let class = self.evaluator.class_of_call(call)?;
        self.evaluator
            .ancestors(&class)
            .iter()
            .find_map(|ancestor| match ancestor {
                Ancestor::External(path) => ExpressionClass::of_path(path),
                Ancestor::Source(_) | Ancestor::Unknown(_) => None,
            })
    }

    /// Operators also apply to dates and the like; they make an expression if an
    /// operand is one.
    fn operator_class(&mut self, operator: &str, call: &Rc<Call>) -> Option<ExpressionClass> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let mut found = None;
        for operand in &call.args.positional {
            if let Obj::Call(operand) = &operand.obj {
                found = found.or_else(|| self.expression_class(operand));
            }
        }
        self.depth -= 1;
        found.map(|class| match class {
            ExpressionClass::Q => ExpressionClass::Q,
            _ if operator == "invert" => ExpressionClass::Not,
            _ => ExpressionClass::Combined,
        })
    }

    fn expression_call(&mut self, call: &Rc<Call>, span: Span) -> Expression {
        if let Obj::Ref(path) = &call.callee
            && let Some(operator) = path.strip_prefix("operator.")
            && self.expression_class(call).is_some()
        {
            return self.operator(operator, call, span);
        }
        let item = Item::new(Obj::Call(Rc::clone(call)), span);
        let Some(class) = self.expression_class(call) else {
            // A date, a decimal, an object of the project.
            let value = self.value(&item, Follow::Yes);
            return match &value.value {
                Value::Object(object) if !is_plain_value(&object.path) => {
                    Expression::unknown(Unknown::new(
                        call.callee_span,
                        format!("the expression class `{}` could not be read", object.path),
                    ))
                }
                _ => Expression::value(value),
            };
        };
        let args = match self.constructor_arguments(call, span) {
            Ok(args) => args,
            Err(unknown) => return Expression::unknown(unknown),
        };
        match self.built(class, call, &args, span) {
            Ok(kind) => Expression::new(kind, span),
            Err(unknown) => Expression::unknown(unknown),
        }
    }

    /// The arguments as the class of Django gets them.
    fn constructor_arguments(&mut self, call: &Rc<Call>, span: Span) -> Result<Arguments, Unknown> {
        let mut args = call.args.clone();
        if let Some(class) = self.evaluator.class_of_call(call)
            && self.evaluator.class_attribute(&class, "__init__").is_some()
        {
            self.evaluator
                .initialise(call, span)
                .map_err(Exception::into_unknown)?;
            match &call.state.borrow().base_init {
                Some(base) => args = base.clone(),
                None => {
                    return Err(Unknown::new(
                        span,
                        format!("what `{}` does with its arguments is not known", class.name),
                    ));
                }
            }
        }
        match &args.unknown {
            Some(unknown) => Err((**unknown).clone()),
            None => Ok(args),
        }
    }

    fn built(
        &mut self,
        class: ExpressionClass,
        call: &Rc<Call>,
        args: &Arguments,
        span: Span,
    ) -> Result<ExpressionKind, Unknown> {
        let given = Given { args, span };
        Ok(match class {
            ExpressionClass::Q => ExpressionKind::Q(self.q(args)?),
            ExpressionClass::F => {
                let name = self.text(given.require(0, "name")?)?;
                ExpressionKind::Field(FieldPath::parse(&name))
            }
            ExpressionClass::Value => {
                let value = self.value(given.require(0, "value")?, Follow::Yes);
                let output_field = self.output_field(given.get(1, "output_field"))?;
                ExpressionKind::Value(Box::new(ValueExpression {
                    value,
                    output_field,
                }))
            }
            ExpressionClass::Case => {
                let mut cases = Vec::with_capacity(args.positional.len());
                for item in &args.positional {
                    cases.push(self.when(item)?);
                }
                let default = match given.named("default") {
                    Some(item) => self.expression(item, Text::Field),
                    None => Expression::value(Spanned::new(Value::None, span)),
                };
                let output_field = self.output_field(given.named("output_field"))?;
                ExpressionKind::Case(Box::new(Case {
                    cases,
                    default,
                    output_field,
                }))
            }
            ExpressionClass::When => {
                return Err(Unknown::new(span, "`When` is used outside of `Case`"));
            }
            ExpressionClass::Cast | ExpressionClass::Wrapper => {
                let expression = self.expression(given.require(0, "expression")?, Text::Field);
                let output_field = match self.output_field(given.get(1, "output_field")) {
                    Ok(Some(field)) => Known::Yes(field),
                    Ok(None) => Known::No(Unknown::new(span, "no type is stated")),
                    Err(unknown) => Known::No(unknown),
                };
                let typed = Box::new(Typed {
                    expression,
                    output_field,
                });
                if class == ExpressionClass::Cast {
                    ExpressionKind::Cast(typed)
                } else {
                    ExpressionKind::Wrapper(typed)
                }
            }
            ExpressionClass::Not => {
                let inner = self.expression(given.require(0, "expression")?, Text::Field);
                ExpressionKind::Not(Box::new(inner))
            }
            ExpressionClass::Collate => ExpressionKind::Collate {
                expression: Box::new(self.expression(given.require(0, "expression")?, Text::Field)),
                collation: known(self.text(given.require(1, "collation")?)),
            },
            ExpressionClass::OpClass => ExpressionKind::OpClass {
                expression: Box::new(self.expression(given.require(0, "expression")?, Text::Field)),
                name: known(self.text(given.require(1, "name")?)),
            },
            ExpressionClass::OrderBy => {
                let expression = self.expression(given.require(0, "expression")?, Text::Literal);
                let descending = self.switch(given.get(1, "descending"))?;
                self.order(expression, descending, &given, 2)?
            }
            ExpressionClass::RawSql => {
                let sql = known(self.text(given.require(0, "sql")?));
                let params = match given.get(1, "params") {
                    Some(item) => self.value(item, Follow::Yes),
                    None => Spanned::new(Value::Tuple(Vec::new()), span),
                };
                let params = match params.value {
                    Value::List(items) | Value::Tuple(items) => items,
                    _ => vec![params],
                };
                ExpressionKind::RawSql(Box::new(RawSql { sql, params }))
            }
            ExpressionClass::Combined => {
                let connector = self.text(given.require(1, "connector")?)?;
                let operator = operator_by_connector(&connector)
                    .ok_or_else(|| Unknown::new(span, "the operator is not known"))?;
                ExpressionKind::Combined(Box::new(Combined {
                    operator,
                    left: self.expression(given.require(0, "lhs")?, Text::Literal),
                    right: self.expression(given.require(2, "rhs")?, Text::Literal),
                }))
            }
            ExpressionClass::Comparison(lookup) => {
                ExpressionKind::Comparison(Box::new(Comparison {
                    lookup: SmolStr::new_static(lookup),
                    left: self.expression(given.require(0, "lhs")?, Text::Literal),
                    right: self.expression(given.require(1, "rhs")?, Text::Literal),
                }))
            }
            ExpressionClass::Function(kind) => self.function(kind, call, args)?,
            ExpressionClass::Opaque => ExpressionKind::Opaque {
                class: class_path(call),
            },
        })
    }

    fn function(
        &mut self,
        kind: FunctionKind,
        call: &Rc<Call>,
        args: &Arguments,
    ) -> Result<ExpressionKind, Unknown> {
        let mut function = Function {
            kind,
            class: class_path(call),
            args: Vec::with_capacity(args.positional.len()),
            options: Vec::new(),
            output_field: None,
        };
        let named = parameters(kind);
        let mut rest = args.keywords.clone();
        for (at, parameter) in named.iter().enumerate() {
            let keyword = rest.iter().position(|(name, _)| name == parameter.name);
            let item = match (args.positional.get(at), keyword) {
                (Some(item), _) => Some(item.clone()),
                (None, Some(keyword)) => Some(rest.remove(keyword).1),
                (None, None) => None,
            };
            self.function_argument(&mut function, *parameter, item, call.callee_span)?;
        }
        for item in args.positional.iter().skip(named.len()) {
            let argument = self.expression(item, Text::Field);
            function.args.push(argument);
        }
        for (name, item) in rest {
            if name == "output_field" {
                function.output_field = self.output_field(Some(&item))?;
            } else if kind == FunctionKind::JSONObject {
                // Each name is an argument, too.
                let name = Spanned::new(Value::Str(name), item.span);
                function.args.push(Expression::value(name));
                let argument = self.expression(&item, Text::Field);
                function.args.push(argument);
            } else {
                let value = self.value(&item, Follow::Yes);
                function.options.push((name, value));
            }
        }
        self.stated_by_class(&mut function, call);
        Ok(ExpressionKind::Function(Box::new(function)))
    }

    fn function_argument(
        &mut self,
        function: &mut Function,
        parameter: FunctionParameter,
        item: Option<Item>,
        span: Span,
    ) -> Result<(), Unknown> {
        let Some(item) = item else {
            if let Some(default) = parameter.default {
                let value = match default {
                    DefaultArgument::Text(text) => Value::Str(SmolStr::new_static(text)),
                    DefaultArgument::Int(number) => Value::Int(number),
                };
                let value = Expression::value(Spanned::new(value, span));
                function.args.push(value);
            }
            return Ok(());
        };
        match parameter.role {
            Role::Expression => {
                let argument = self.expression(&item, Text::Field);
                function.args.push(argument);
            }
            Role::Literal => {
                let argument = self.expression(&item, Text::Literal);
                function.args.push(argument);
            }
            Role::Option => {
                let value = self.value(&item, Follow::Yes);
                let name = SmolStr::new_static(parameter.name);
                function.options.push((name, value));
            }
            Role::OutputField => function.output_field = self.output_field(Some(&item))?,
        }
        Ok(())
    }

    /// `function`, `template` and the like of a class of the project.
    fn stated_by_class(&mut self, function: &mut Function, call: &Rc<Call>) {
        let Some(class) = self.evaluator.class_of_call(call) else {
            return;
        };
        for name in ["function", "template", "arg_joiner", "arity"] {
            if function.options.iter().any(|(known, _)| known == name) {
                continue;
            }
            if let Some((obj, owner)) = self.evaluator.class_attribute(&class, name) {
                let value = self.value(&Item::new(obj, owner.span), Follow::Yes);
                function.options.push((SmolStr::new_static(name), value));
            }
        }
        if function.output_field.is_none()
            && let Some((obj, owner)) = self.evaluator.class_attribute(&class, "output_field")
            && matches!(obj, Obj::Call(_))
        {
            let item = Item::new(obj, owner.span);
            function.output_field = self.output_field(Some(&item)).ok().flatten();
        }
    }

    fn output_field(&mut self, item: Option<&Item>) -> Result<Option<Field>, Unknown> {
        let Some(item) = item else {
            return Ok(None);
        };
        if matches!(item.obj, Obj::None) {
            return Ok(None);
        }
        let mut not_understood = Vec::new();
        let field = self.field(item, &mut not_understood)?;
        match not_understood.into_iter().next() {
            Some(unknown) => Err(unknown),
            None => Ok(Some(field)),
        }
    }

    /// `When(condition, then=..., **lookups)`.
    fn when(&mut self, item: &Item) -> Result<When, Unknown> {
        let span = item.span;
        let obj = self
            .evaluator
            .force(&item.obj, span)
            .map_err(Exception::into_unknown)?;
        let Obj::Call(call) = obj else {
            return Err(Unknown::new(span, "a case of `Case` is not a `When`"));
        };
        if self.expression_class(&call) != Some(ExpressionClass::When) {
            return Err(Unknown::new(span, "a case of `Case` is not a `When`"));
        }
        let args = self.constructor_arguments(&call, span)?;
        let given = Given { args: &args, span };
        let then = self.expression(given.require(1, "then")?, Text::Field);
        let mut lookups = Arguments {
            keywords: args.keywords.clone(),
            ..Arguments::default()
        };
        lookups
            .keywords
            .retain(|(name, _)| name != "then" && name != "condition");
        let condition = given
            .get(0, "condition")
            .filter(|item| !matches!(item.obj, Obj::None));
        let condition = condition.map(|item| self.expression(item, Text::Literal));
        let condition = match condition {
            Some(condition) if lookups.keywords.is_empty() => condition,
            condition => {
                let mut q = self.q(&lookups)?;
                if let Some(condition) = condition {
                    q = as_q(condition).combine(q, Connector::And);
                }
                Expression::new(ExpressionKind::Q(q), span)
            }
        };
        Ok(When {
            condition,
            then,
            span,
        })
    }

    /// `Q(*children, **lookups)`; lookups go by name.
    fn q(&mut self, args: &Arguments) -> Result<Q, Unknown> {
        let mut q = Q::new(Connector::And, Vec::with_capacity(args.positional.len()));
        for item in &args.positional {
            let obj = self
                .evaluator
                .force(&item.obj, item.span)
                .map_err(Exception::into_unknown)?;
            let child = match &obj {
                Obj::Tuple(parts) => match parts.as_slice() {
                    [name, value] => {
                        let name = self.text(name)?;
                        Condition::Lookup(self.lookup(name, value))
                    }
                    _ => return Err(Unknown::new(item.span, "it is not a lookup")),
                },
                _ => match self.expression(item, Text::Literal) {
                    Expression {
                        kind: ExpressionKind::Q(q),
                        ..
                    } => Condition::Q(q),
                    expression => Condition::Expression(expression),
                },
            };
            q.children.push(child);
        }
        let mut lookups: Vec<&(SmolStr, Item)> = Vec::with_capacity(args.keywords.len());
        for keyword in &args.keywords {
            match keyword.0.as_str() {
                "_connector" => {
                    if let Some(name) = self.optional_text(Some(&keyword.1))? {
                        q.connector = Connector::by_name(&name).ok_or_else(|| {
                            Unknown::new(keyword.1.span, "it is no connector of `Q`")
                        })?;
                    }
                }
                "_negated" => q.negated = self.boolean(&keyword.1)?,
                _ => lookups.push(keyword),
            }
        }
        lookups.sort_by(|left, right| left.0.cmp(&right.0));
        for (name, value) in lookups {
            let lookup = self.lookup(name.clone(), value);
            q.children.push(Condition::Lookup(lookup));
        }
        Ok(q)
    }

    fn lookup(&mut self, name: SmolStr, value: &Item) -> Lookup {
        let value = self.expression(value, Text::Literal);
        Lookup::new(name, value)
    }

    /// An operator or a method that an expression was combined with.
    fn operator(&mut self, name: &str, call: &Rc<Call>, span: Span) -> Expression {
        let built = match name.strip_prefix("methodcaller.") {
            Some(method) => self.method(method, call, span),
            None => self.operation_on(name, call, span),
        };
        match built {
            Ok(kind) => Expression::new(kind, span),
            Err(unknown) => Expression::unknown(unknown),
        }
    }

    fn operation_on(
        &mut self,
        name: &str,
        call: &Rc<Call>,
        span: Span,
    ) -> Result<ExpressionKind, Unknown> {
        let operands: Vec<Expression> = call
            .args
            .positional
            .iter()
            .map(|item| self.expression(item, Text::Literal))
            .collect();
        let mut operands = operands.into_iter();
        let (first, second) = (operands.next(), operands.next());
        let strange = || Unknown::new(span, format!("`{name}` is not known to expressions"));
        match (name, first, second) {
            ("invert", Some(operand), None) => Ok(match operand.kind {
                ExpressionKind::Q(q) => ExpressionKind::Q(q.negate()),
                ExpressionKind::Not(inner) => inner.kind,
                _ => ExpressionKind::Not(Box::new(operand)),
            }),
            // `-F("a")` is `F("a") * -1`.
            ("neg", Some(operand), None) => Ok(ExpressionKind::Combined(Box::new(Combined {
                operator: Operator::Mul,
                left: operand,
                right: Expression::value(Spanned::new(Value::Int(-1), span)),
            }))),
            ("and_" | "or_" | "xor", Some(left), Some(right)) => {
                let connector = match name {
                    "and_" => Connector::And,
                    "or_" => Connector::Or,
                    _ => Connector::Xor,
                };
                for side in [&left, &right] {
                    if let ExpressionKind::Unknown(unknown) = &side.kind {
                        return Err(unknown.clone());
                    }
                }
                let combined = as_q(left).combine(as_q(right), connector);
                Ok(ExpressionKind::Q(combined))
            }
            (_, Some(left), Some(right)) => {
                let operator = match name {
                    "add" => Operator::Add,
                    "sub" => Operator::Sub,
                    "mul" => Operator::Mul,
                    "truediv" => Operator::Div,
                    "mod" => Operator::Mod,
                    "pow" => Operator::Pow,
                    _ => return Err(strange()),
                };
                Ok(ExpressionKind::Combined(Box::new(Combined {
                    operator,
                    left,
                    right,
                })))
            }
            _ => Err(strange()),
        }
    }

    /// `.desc()`, `.bitand(1)`: the object is the first argument.
    fn method(
        &mut self,
        name: &str,
        call: &Rc<Call>,
        span: Span,
    ) -> Result<ExpressionKind, Unknown> {
        let given = Given {
            args: &call.args,
            span,
        };
        let object = self.expression(given.require(0, "self")?, Text::Field);
        let operator = match name {
            "asc" | "desc" => return self.order(object, name == "desc", &given, 1),
            "copy" => return Ok(object.kind),
            "bitand" => Operator::BitAnd,
            "bitor" => Operator::BitOr,
            "bitxor" => Operator::BitXor,
            "bitleftshift" => Operator::BitLeftShift,
            "bitrightshift" => Operator::BitRightShift,
            _ => {
                return Err(Unknown::new(
                    span,
                    format!("the method `{name}` of an expression is not known"),
                ));
            }
        };
        let right = self.expression(given.require(1, "other")?, Text::Literal);
        Ok(ExpressionKind::Combined(Box::new(Combined {
            operator,
            left: object,
            right,
        })))
    }

    /// An ordering with `nulls_first` and `nulls_last`, which `OrderBy` also takes by
    /// position.
    fn order(
        &mut self,
        expression: Expression,
        descending: bool,
        given: &Given<'_>,
        from: usize,
    ) -> Result<ExpressionKind, Unknown> {
        Ok(ExpressionKind::OrderBy(Box::new(OrderBy {
            expression,
            descending,
            nulls_first: self.switch(given.get(from, "nulls_first"))?,
            nulls_last: self.switch(given.get(from + 1, "nulls_last"))?,
        })))
    }

    fn switch(&mut self, item: Option<&Item>) -> Result<bool, Unknown> {
        item.map_or(Ok(false), |item| self.boolean(item))
    }
}

/// Arguments by position or name.
struct Given<'a> {
    args: &'a Arguments,
    span: Span,
}

impl<'a> Given<'a> {
    fn named(&self, name: &str) -> Option<&'a Item> {
        let mut keywords = self.args.keywords.iter().rev();
        keywords.find(|(key, _)| key == name).map(|(_, item)| item)
    }

    fn get(&self, at: usize, name: &str) -> Option<&'a Item> {
        self.args.positional.get(at).or_else(|| self.named(name))
    }

    fn require(&self, at: usize, name: &str) -> Result<&'a Item, Unknown> {
        self.get(at, name)
            .ok_or_else(|| Unknown::new(self.span, format!("the argument `{name}` is missing")))
    }
}

fn known(text: Result<SmolStr, Unknown>) -> Known<SmolStr> {
    match text {
        Ok(text) => Known::Yes(text),
        Err(unknown) => Known::No(unknown),
    }
}

/// A condition as a node: any expression but a `Q` becomes the only child of one.
fn as_q(expression: Expression) -> Q {
    match expression.kind {
        ExpressionKind::Q(q) => q,
        _ => Q::of(expression),
    }
}

fn class_path(call: &Call) -> SmolStr {
    match &call.callee {
        Obj::Ref(path) => path.clone(),
        Obj::Class(class) => class.path.clone(),
        _ => SmolStr::new_static("?"),
    }
}

/// Objects that reach the database as parameters.
fn is_plain_value(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or_default();
    super::super::stdlib::is_standard_library(root)
        || path.starts_with("django.utils.")
        || path.starts_with("django.contrib.gis.geos.")
        || path.starts_with("django.contrib.gis.measure.")
}

fn operator_by_connector(connector: &str) -> Option<Operator> {
    use Operator::{
        Add, BitAnd, BitLeftShift, BitOr, BitRightShift, BitXor, Div, Mod, Mul, Pow, Sub,
    };
    [
        Add,
        Sub,
        Mul,
        Div,
        Mod,
        Pow,
        BitAnd,
        BitOr,
        BitXor,
        BitLeftShift,
        BitRightShift,
    ]
    .into_iter()
    .find(|operator| operator.as_str() == connector)
}
