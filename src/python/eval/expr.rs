//! Expressions.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::tree::{
    BinaryOperator, BoolOperator, Comprehension, DictItem, Expr, ExprId, ExprKind, List, Parameter,
    UnaryOperator,
};
use super::super::{Number, decode_bytes, decode_str, parse_number};
use super::condition::{Truth, conditional, negate};
use super::object::{
    Decoration, Dict, Function, FunctionBody, Item, Items, Obj, Scope, many, name_in,
};
use super::{Eval, Evaluator, Frame, MAX_DEPTH, MAX_LENGTH};
use crate::base::{Span, TextRange};

impl Evaluator<'_> {
    /// The value of an expression with its place.
    pub(super) fn item(&mut self, frame: &Frame, id: ExprId) -> Eval<Item> {
        let expr = frame.tree.expr(id);
        let span = frame.span(expr.range);
        Ok(Item::new(self.eval_at(frame, id, expr, span)?, span))
    }

    /// The value of an expression. Fails only with exceptions that Python would
    /// raise; what is not known is a value.
    pub(crate) fn eval(&mut self, frame: &Frame, id: ExprId) -> Eval {
        let expr = frame.tree.expr(id);
        self.eval_at(frame, id, expr, frame.span(expr.range))
    }

    #[inline]
    fn eval_at(&mut self, frame: &Frame, id: ExprId, expr: &Expr, span: Span) -> Eval {
        // Leaves need neither budget nor depth.
        match expr.kind {
            ExprKind::Name => self.name(frame, id),
            ExprKind::None => Ok(Obj::None),
            ExprKind::True => Ok(Obj::Bool(true)),
            ExprKind::False => Ok(Obj::Bool(false)),
            ExprKind::Ellipsis => Ok(Obj::Ellipsis),
            _ => self.within_limits(frame, id, expr, span),
        }
    }

    fn within_limits(&mut self, frame: &Frame, id: ExprId, expr: &Expr, span: Span) -> Eval {
        if self.depth >= MAX_DEPTH {
            return Ok(Obj::unknown(span, "it is nested too deeply"));
        }
        if !self.step() {
            return Ok(Obj::unknown(
                span,
                "evaluating the file takes too many steps",
            ));
        }
        // Most of what is evaluated, and spared the frame of all the rest.
        match expr.kind {
            ExprKind::Str(parts) => return Ok(string(frame, parts, span)),
            ExprKind::Attribute { value, attribute } => {
                if let Some(found) = self.of_named_path(frame, value, attribute) {
                    return Ok(found);
                }
            }
            _ => {}
        }
        self.depth += 1;
        let result = self.compound(frame, id, span);
        self.depth -= 1;
        result
    }

    #[inline(never)]
    fn compound(&mut self, frame: &Frame, id: ExprId, span: Span) -> Eval {
        let tree = &*frame.tree;
        match tree.expr(id).kind {
            ExprKind::Name
            | ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Ellipsis => self.eval(frame, id),
            ExprKind::Number => Ok(match parse_number(frame.text(tree.expr(id).range)) {
                Some(Number::Int(value)) => Obj::Int(value),
                Some(Number::BigInt(digits)) => Obj::BigInt(digits.into()),
                Some(Number::Float(value)) => Obj::Float(value),
                Some(Number::Imaginary(text)) => Obj::Complex(text.to_string().into()),
                None => Obj::unknown(span, "the number cannot be read"),
            }),
            ExprKind::Str(parts) => Ok(string(frame, parts, span)),
            ExprKind::Bytes(parts) => {
                let mut bytes = Vec::new();
                for part in tree.list(parts) {
                    match decode_bytes(frame.text(*part)) {
                        Some(piece) => bytes.extend(piece),
                        None => return Ok(Obj::unknown(span, "the bytes cannot be decoded")),
                    }
                }
                Ok(Obj::Bytes(bytes.into()))
            }
            ExprKind::FString(parts) => self.fstring(frame, parts, span),
            ExprKind::TString(_) => Ok(Obj::unknown(span, "template strings are not evaluated")),
            ExprKind::Tuple(items) => Ok(Obj::tuple(self.elements(frame, items)?)),
            ExprKind::List(items) => Ok(Obj::list(self.elements(frame, items)?)),
            ExprKind::Set(items) => {
                let items = self.elements(frame, items)?;
                Ok(self.set(items))
            }
            ExprKind::Dict(items) => self.dict_display(frame, items, span),
            // A generator is used up where it is made: its elements are all that counts.
            ExprKind::ListComp {
                element,
                comprehensions,
            }
            | ExprKind::Generator {
                element,
                comprehensions,
            } => {
                let guards = self.guards.len();
                let mut out = Vec::new();
                self.comprehend(frame, comprehensions, span, &mut |evaluator, inner| {
                    let item = evaluator.item(inner, element)?;
                    out.push(evaluator.guarded_since(guards, item));
                    Ok(())
                })
                .map(|unknown| unknown.unwrap_or_else(|| Obj::list(out)))
            }
            ExprKind::SetComp {
                element,
                comprehensions,
            } => {
                let guards = self.guards.len();
                let mut out = Vec::new();
                let unknown =
                    self.comprehend(frame, comprehensions, span, &mut |evaluator, inner| {
                        let item = evaluator.item(inner, element)?;
                        out.push(evaluator.guarded_since(guards, item));
                        Ok(())
                    })?;
                Ok(unknown.unwrap_or_else(|| self.set(out)))
            }
            ExprKind::DictComp {
                key,
                value,
                comprehensions,
            } => {
                let guards = self.guards.len();
                let mut dict = Dict::default();
                let unknown =
                    self.comprehend(frame, comprehensions, span, &mut |evaluator, inner| {
                        let key = evaluator.item(inner, key)?;
                        let value = evaluator.item(inner, value)?;
                        let known = key.obj.key();
                        let former = known.and_then(|known| dict.get(&known).cloned());
                        let value = evaluator.one_sided_since(guards, value, former);
                        dict_insert(&mut dict, key, value);
                        Ok(())
                    })?;
                Ok(unknown.unwrap_or_else(|| Obj::dict(dict)))
            }
            ExprKind::Attribute { value, attribute } => {
                let object = self.eval(frame, value)?;
                let name = name_in(&frame.module.text, attribute);
                self.attribute(&object, &name, span)
            }
            ExprKind::Subscript { value, index } => {
                let object = self.eval(frame, value)?;
                if let ExprKind::Slice { lower, upper, step } = tree.expr(index).kind {
                    let mut bounds = [Obj::None, Obj::None, Obj::None];
                    for (bound, id) in bounds.iter_mut().zip([lower, upper, step]) {
                        if let Some(id) = id {
                            *bound = self.eval(frame, id)?;
                        }
                    }
                    return self.slice(&object, &bounds, span);
                }
                let index = self.eval(frame, index)?;
                self.subscript(&object, &index, span)
            }
            ExprKind::Slice { .. } => Ok(Obj::unknown(span, "a slice is not a value")),
            ExprKind::Call {
                function,
                args,
                keywords,
            } => self.call_expression(frame, function, args, keywords, span),
            ExprKind::Starred(value) => self.eval(frame, value),
            ExprKind::Unary { operator, operand } => self.unary(frame, operator, operand, span),
            ExprKind::Binary { .. } => self.binary_chain(frame, id),
            ExprKind::BoolOp { operator, values } => self.bool_op(frame, operator, values, span),
            ExprKind::Compare {
                left,
                rest,
                operators,
            } => {
                let mut left = self.eval(frame, left)?;
                let mut result = Truth::Yes;
                for (index, right) in tree.list(rest).iter().enumerate() {
                    let Some(operator) = operators.get(index) else {
                        return Ok(Obj::unknown(span, "the comparison is too long"));
                    };
                    let right = self.eval(frame, *right)?;
                    match self.compare(&left, operator, &right, span)? {
                        Truth::Yes => {}
                        Truth::No => return Ok(Obj::Bool(false)),
                        Truth::Undecided(condition) => {
                            result = match result {
                                Truth::Undecided(first) => {
                                    Truth::Undecided(crate::ir::value::Condition::All(vec![
                                        first, condition,
                                    ]))
                                }
                                Truth::Yes | Truth::No => Truth::Undecided(condition),
                            };
                        }
                    }
                    left = right;
                }
                Ok(self.truth_value(result, span))
            }
            ExprKind::Conditional {
                test,
                then,
                otherwise,
            } => {
                let test_span = frame.span(tree.expr(test).range);
                let tested = self.eval(frame, test)?;
                match self.truth(&tested, test_span)? {
                    Truth::Yes => self.eval(frame, then),
                    Truth::No => self.eval(frame, otherwise),
                    Truth::Undecided(condition) => {
                        let then = self.item(frame, then)?;
                        let otherwise = self.item(frame, otherwise)?;
                        Ok(conditional(condition, then, otherwise))
                    }
                }
            }
            ExprKind::Lambda { parameters, body } => {
                let defaults = self.parameter_defaults(frame, parameters)?;
                Ok(Obj::Function(Rc::new(Function {
                    name: SmolStr::new_static("<lambda>"),
                    path: SmolStr::new(format!("{}.<lambda>", frame.module.name)),
                    module: std::sync::Arc::clone(&frame.module),
                    tree: std::sync::Arc::clone(&frame.tree),
                    parameters,
                    defaults,
                    body: FunctionBody::Lambda(body),
                    scope: Rc::clone(&frame.scope),
                    decoration: Decoration::None,
                    decorators: Vec::new(),
                    owner: std::cell::RefCell::default(),
                })))
            }
            ExprKind::Walrus { target, value } => {
                let item = self.item(frame, value)?;
                self.assign(frame, target, item.clone())?;
                Ok(item.obj)
            }
            ExprKind::Yield(value) => {
                let item = match value {
                    Some(value) => self.item(frame, value)?,
                    None => Item::new(Obj::None, span),
                };
                let item = self.guarded(item);
                if let Some(yields) = self.yields.last_mut() {
                    yields.push(item);
                }
                Ok(Obj::None)
            }
            ExprKind::YieldFrom(value) => {
                let source = self.item(frame, value)?;
                let items = match self.iterate(&source.obj, source.span)? {
                    Ok(items) => items,
                    Err(unknown) => vec![many(unknown, source.span)],
                };
                for item in items {
                    let item = self.guarded(item);
                    if let Some(yields) = self.yields.last_mut() {
                        yields.push(item);
                    }
                }
                Ok(Obj::None)
            }
            ExprKind::Await(_) => Ok(Obj::unknown(span, "asynchronous code is not evaluated")),
            ExprKind::Error => Ok(Obj::unknown(span, "it is not valid Python")),
        }
    }

    pub(super) fn parameter_defaults(
        &mut self,
        frame: &Frame,
        parameters: List<Parameter>,
    ) -> Eval<Vec<Option<Item>>> {
        let parameters = frame.tree.list(parameters);
        if parameters
            .iter()
            .all(|parameter| parameter.default.is_none())
        {
            return Ok(Vec::new());
        }
        parameters
            .iter()
            .map(|parameter| parameter.default.map(|id| self.item(frame, id)).transpose())
            .collect()
    }

    /// Elements of a display, with stars expanded.
    pub(super) fn elements(&mut self, frame: &Frame, items: List<ExprId>) -> Eval<Vec<Item>> {
        let ids = frame.tree.list(items);
        let mut out = Vec::with_capacity(ids.len());
        for id in ids {
            if let ExprKind::Starred(inner) = frame.tree.expr(*id).kind {
                let item = self.item(frame, inner)?;
                match self.iterate(&item.obj, item.span)? {
                    Ok(items) => out.extend(items),
                    Err(unknown) => out.push(many(unknown, item.span)),
                }
            } else {
                let item = self.item(frame, *id)?;
                out.push(item);
            }
        }
        Ok(out)
    }

    /// A set of items, without those that are there already.
    pub(super) fn set(&mut self, items: Vec<Item>) -> Obj {
        self.charge(items.len());
        let mut seen = rustc_hash::FxHashSet::default();
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            if item.obj.key().is_none_or(|key| seen.insert(key)) {
                out.push(item);
            }
        }
        Obj::Set(Rc::new(std::cell::RefCell::new(Items(out))))
    }

    fn dict_display(&mut self, frame: &Frame, items: List<DictItem>, span: Span) -> Eval {
        let mut dict = Dict::default();
        for item in frame.tree.list(items) {
            let value = self.item(frame, item.value)?;
            match item.key {
                Some(key) => {
                    let key = self.item(frame, key)?;
                    dict_insert(&mut dict, key, value);
                }
                None => self.dict_merge(&mut dict, &value.obj, span)?,
            }
        }
        Ok(Obj::dict(dict))
    }

    /// `dict.update(other)`.
    pub(super) fn dict_merge(&mut self, dict: &mut Dict, other: &Obj, span: Span) -> Eval<()> {
        match self.force(other, span)? {
            Obj::Dict(other) => {
                let other = other.borrow();
                for (key, value) in other.entries() {
                    // Where the new value is missing, the former one stays.
                    let former = key.obj.key().and_then(|key| dict.get(&key).cloned());
                    let value = match former {
                        Some(former) => {
                            Item::new(value.obj.or_where_missing(&former.obj), value.span)
                        }
                        None => value.clone(),
                    };
                    dict_insert(dict, key.clone(), value);
                }
                if dict.unknown.is_none() {
                    dict.unknown.clone_from(&other.unknown);
                }
            }
            other => {
                let unknown = self.unknown_of(&other, span);
                dict.unknown.get_or_insert(unknown);
            }
        }
        Ok(())
    }

    /// Runs `each` for every combination of a comprehension's loops. Returns an
    /// unknown in place of the result if an iterable cannot be read.
    fn comprehend(
        &mut self,
        frame: &Frame,
        comprehensions: List<Comprehension>,
        span: Span,
        each: &mut dyn FnMut(&mut Self, &Frame) -> Eval<()>,
    ) -> Eval<Option<Obj>> {
        let inner = Frame {
            scope: self.tracked(Scope::function(Rc::clone(&frame.scope))),
            ..frame.clone()
        };
        let loops = frame.tree.list(comprehensions).to_vec();
        let unknown = self.comprehension_loop(frame, &inner, &loops, span, each)?;
        Ok(unknown.map(Obj::Unknown))
    }

    fn comprehension_loop(
        &mut self,
        outer: &Frame,
        inner: &Frame,
        loops: &[Comprehension],
        span: Span,
        each: &mut dyn FnMut(&mut Self, &Frame) -> Eval<()>,
    ) -> Eval<Option<Rc<crate::ir::Unknown>>> {
        let Some((first, rest)) = loops.split_first() else {
            each(self, inner)?;
            return Ok(None);
        };
        // The first iterable is evaluated outside, as Python does.
        let iterable = self.item(outer, first.iterable)?;
        let items = match self.iterate(&iterable.obj, iterable.span)? {
            Ok(items) => items,
            Err(unknown) => return Ok(Some(unknown)),
        };
        for item in items {
            if !self.step() {
                return Ok(Some(Rc::new(crate::ir::Unknown::new(
                    span,
                    "evaluating the file takes too many steps",
                ))));
            }
            let (item, element_guard) = unguard(item);
            let guards = self.guards.len();
            self.guards.extend(element_guard);
            let unknown = self.comprehension_element(inner, item, first, rest, span, each);
            self.guards.truncate(guards);
            if let Some(unknown) = unknown? {
                return Ok(Some(unknown));
            }
        }
        Ok(None)
    }

    fn comprehension_element(
        &mut self,
        inner: &Frame,
        item: Item,
        comprehension: &Comprehension,
        rest: &[Comprehension],
        span: Span,
        each: &mut dyn FnMut(&mut Self, &Frame) -> Eval<()>,
    ) -> Eval<Option<Rc<crate::ir::Unknown>>> {
        // Targets belong to the element alone, so the guard does not apply to them.
        let guards = std::mem::take(&mut self.guards);
        let assigned = self.assign(inner, comprehension.target, item);
        self.guards = guards;
        assigned?;
        for condition in inner.tree.list(comprehension.conditions) {
            let tested = self.item(inner, *condition)?;
            match self.truth(&tested.obj, tested.span)? {
                Truth::Yes => {}
                Truth::No => return Ok(None),
                Truth::Undecided(condition) => self.guards.push(condition),
            }
        }
        self.comprehension_loop(inner, inner, rest, span, each)
    }

    fn unary(
        &mut self,
        frame: &Frame,
        operator: UnaryOperator,
        operand: ExprId,
        span: Span,
    ) -> Eval {
        let value = self.eval(frame, operand)?;
        if operator == UnaryOperator::Not {
            let truth = match self.truth(&value, span)? {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Undecided(condition) => Truth::Undecided(negate(condition)),
            };
            return Ok(self.truth_value(truth, span));
        }
        self.arithmetic_unary(operator, &value, span)
    }

    /// `a + b + c ...`: the left spine is walked in a loop, since it may be as long
    /// as the file.
    fn binary_chain(&mut self, frame: &Frame, id: ExprId) -> Eval {
        let tree = &*frame.tree;
        let mut spine: Vec<(BinaryOperator, ExprId, Span)> = Vec::new();
        let mut id = id;
        while let ExprKind::Binary {
            left,
            operator,
            right,
        } = tree.expr(id).kind
        {
            spine.push((operator, right, frame.span(tree.expr(id).range)));
            id = left;
        }
        let mut value = self.eval(frame, id)?;
        for (operator, right, span) in spine.into_iter().rev() {
            let right = self.item(frame, right)?;
            value = self.binary(operator, &value, &right.obj, span)?;
        }
        Ok(value)
    }

    fn bool_op(
        &mut self,
        frame: &Frame,
        operator: BoolOperator,
        values: List<ExprId>,
        span: Span,
    ) -> Eval {
        let mut ids = frame.tree.list(values).iter();
        let Some(first) = ids.next() else {
            return Ok(Obj::unknown(span, "it is not valid Python"));
        };
        let mut value = self.item(frame, *first)?;
        for id in ids {
            match (self.truth(&value.obj, value.span)?, operator) {
                (Truth::Yes, BoolOperator::Or) | (Truth::No, BoolOperator::And) => break,
                (Truth::Yes, BoolOperator::And) | (Truth::No, BoolOperator::Or) => {
                    value = self.item(frame, *id)?;
                }
                (Truth::Undecided(condition), operator) => {
                    let next = self.item(frame, *id)?;
                    // `a and b` is `b if a else a`; `a or b` is `a if a else b`.
                    let obj = match operator {
                        BoolOperator::And => conditional(condition, next, value.clone()),
                        BoolOperator::Or => conditional(condition, value.clone(), next),
                    };
                    value = Item::new(obj, span);
                }
            }
        }
        Ok(value.obj)
    }

    /// Whether a sequence of this length may be built.
    pub(super) fn fits(&self, length: usize) -> bool {
        length <= MAX_LENGTH
    }
}

/// One string literal, or several next to each other.
fn string(frame: &Frame, parts: List<TextRange>, span: Span) -> Obj {
    let parts = frame.tree.list(parts);
    if let [only] = parts {
        return match decode_str(frame.text(*only)) {
            Some(text) => Obj::str(text),
            None => Obj::unknown(span, "the string cannot be decoded"),
        };
    }
    let mut text = String::new();
    for part in parts {
        match decode_str(frame.text(*part)) {
            Some(piece) => text.push_str(&piece),
            None => return Obj::unknown(span, "the string cannot be decoded"),
        }
    }
    Obj::str(text)
}

/// An element and the condition under which it is there.
pub(super) fn unguard(item: Item) -> (Item, Option<crate::ir::value::Condition>) {
    match &item.obj {
        Obj::Guarded(inner) => (inner.item.clone(), Some(inner.condition.clone())),
        _ => (item, None),
    }
}

/// Sets a dict entry, or marks the dict as not fully known.
pub(super) fn dict_insert(dict: &mut Dict, key: Item, value: Item) {
    let span = key.span;
    if !dict.set(key, value) {
        dict.unknown.get_or_insert_with(|| {
            Rc::new(crate::ir::Unknown::new(span, "the key could not be read"))
        });
    }
}
