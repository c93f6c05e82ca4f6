//! Arithmetic, comparison, indexing and iteration over known objects.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::tree::{BinaryOperator, CompareOperator, UnaryOperator};
use super::condition::{Truth, conditional, is_database, negate, vendors_where};
use super::number::{as_float, number_operation};
use super::object::{Arguments, Call, Item, Obj, entry_guard, many};
use super::{Eval, Evaluator};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::value::Condition;

impl Evaluator<'_> {
    pub(super) fn arithmetic_unary(
        &mut self,
        operator: UnaryOperator,
        value: &Obj,
        span: Span,
    ) -> Eval {
        let value = self.force(value, span)?;
        Ok(match (operator, &value) {
            (UnaryOperator::Minus, Obj::Int(number)) => number.checked_neg().map_or_else(
                || Obj::BigInt(SmolStr::new("9223372036854775808")),
                Obj::Int,
            ),
            (UnaryOperator::Minus, Obj::Float(number)) => Obj::Float(-number),
            (UnaryOperator::Minus, Obj::BigInt(digits)) => match digits.strip_prefix('-') {
                Some(positive) => Obj::str_digits(positive),
                None if digits == "9223372036854775808" => Obj::Int(i64::MIN),
                None => Obj::BigInt(SmolStr::new(format!("-{digits}"))),
            },
            (UnaryOperator::Minus, Obj::Bool(flag)) => Obj::Int(-i64::from(*flag)),
            (
                UnaryOperator::Plus,
                Obj::Int(_) | Obj::Float(_) | Obj::BigInt(_) | Obj::Complex(_),
            ) => value,
            (UnaryOperator::Invert, Obj::Int(number)) => Obj::Int(!number),
            (UnaryOperator::Invert, Obj::Call(_)) => {
                combined("invert", vec![Item::new(value, span)], span)
            }
            (UnaryOperator::Minus, Obj::Call(_)) => {
                combined("neg", vec![Item::new(value, span)], span)
            }
            (_, Obj::Unknown(_)) => value,
            (_, Obj::Cond(cond)) => {
                let cond = Rc::clone(cond);
                let then = self.arithmetic_unary(operator, &cond.then.obj, span)?;
                let otherwise = self.arithmetic_unary(operator, &cond.otherwise.obj, span)?;
                conditional(
                    cond.condition.clone(),
                    Item::new(then, span),
                    Item::new(otherwise, span),
                )
            }
            _ => Obj::unknown(span, "the operator is not evaluated for this operand"),
        })
    }

    pub(super) fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &Obj,
        right: &Obj,
        span: Span,
    ) -> Eval {
        let left = self.force(left, span)?;
        let right = self.force(right, span)?;
        if operator == BinaryOperator::Add
            && let Some(list) = self.conditional_concatenation(&left, &right, span)?
        {
            return Ok(list);
        }
        if let Some(result) = self.spread_conditions(&left, &right, span, |evaluator, l, r| {
            evaluator.binary(operator, l, r, span)
        })? {
            return Ok(result);
        }
        use BinaryOperator::{Add, BitAnd, BitOr, Mod, Mul, Sub};
        Ok(match (&left, operator, &right) {
            // The elements that are known stay.
            (Obj::Unknown(unknown), Add, Obj::List(items)) => {
                let unknown = many(Rc::clone(unknown), span);
                let items = items.borrow();
                self.charge(items.len());
                Obj::list(
                    std::iter::once(unknown)
                        .chain(items.iter().cloned())
                        .collect(),
                )
            }
            (Obj::List(items), Add, Obj::Unknown(unknown)) => {
                let unknown = many(Rc::clone(unknown), span);
                let items = items.borrow();
                self.charge(items.len());
                Obj::list(items.iter().cloned().chain([unknown]).collect())
            }
            (Obj::Unknown(_), _, _) => left,
            (Obj::Str(format), Mod, _) => {
                let format = format.clone();
                return self.percent_format(&format, &right, span);
            }
            (_, _, Obj::Unknown(_)) => right,
            (Obj::Str(a), Add, Obj::Str(b)) if self.fits(a.len() + b.len()) => {
                self.charge(a.len() + b.len());
                let mut text = String::with_capacity(a.len() + b.len());
                text.push_str(a);
                text.push_str(b);
                Obj::str(text)
            }
            (Obj::Bytes(a), Add, Obj::Bytes(b)) if self.fits(a.len() + b.len()) => {
                Obj::Bytes([&**a, &**b].concat().into())
            }
            (Obj::List(a), Add, Obj::List(b)) => {
                let (a, b) = (a.borrow(), b.borrow());
                if !self.fits(a.len() + b.len()) {
                    return Ok(Obj::unknown(span, "the list grows too long"));
                }
                self.charge(a.len() + b.len());
                Obj::list(a.iter().chain(b.iter()).cloned().collect())
            }
            (Obj::Tuple(a), Add, Obj::Tuple(b)) if self.fits(a.len() + b.len()) => {
                self.charge(a.len() + b.len());
                Obj::tuple(a.iter().chain(b.iter()).cloned().collect())
            }
            (Obj::Str(_) | Obj::List(_) | Obj::Tuple(_), Mul, Obj::Int(times)) => {
                self.repeat(&left, *times, span)
            }
            (Obj::Int(times), Mul, Obj::Str(_) | Obj::List(_) | Obj::Tuple(_)) => {
                self.repeat(&right, *times, span)
            }
            (Obj::Dict(a), BitOr, Obj::Dict(_)) => {
                let mut merged = a.borrow().clone();
                self.dict_merge(&mut merged, &right, span)?;
                Obj::dict(merged)
            }
            (Obj::Set(a), BitOr | BitAnd | Sub, Obj::Set(b)) => {
                let (a, b) = (a.borrow().to_vec(), b.borrow().to_vec());
                set_operation(self, operator, a, b)
            }
            (Obj::Method(..), _, _) => Obj::Unknown(self.unknown_of(&left, span)),
            (_, _, Obj::Method(..)) => Obj::Unknown(self.unknown_of(&right, span)),
            (Obj::Call(_), _, _) | (_, _, Obj::Call(_)) => combined(
                operator_name(operator),
                vec![Item::new(left, span), Item::new(right, span)],
                span,
            ),
            _ => match number_operation(operator, &left, &right, span)? {
                Some(result) => result,
                None => Obj::unknown(span, "the operator is not evaluated for these operands"),
            },
        })
    }

    /// `([a] if test else []) + [b]`: the elements of the conditional side are there
    /// under their condition, the others without. `None` if the operands are not one
    /// list and one that is conditional.
    fn conditional_concatenation(
        &mut self,
        left: &Obj,
        right: &Obj,
        span: Span,
    ) -> Eval<Option<Obj>> {
        let is_list = |obj: &Obj| matches!(obj, Obj::List(_));
        fn is_choice(obj: &Obj) -> bool {
            let side = |item: &Item| {
                matches!(item.obj, Obj::List(_) | Obj::Missing) || is_choice(&item.obj)
            };
            match obj {
                Obj::Cond(cond) => side(&cond.then) && side(&cond.otherwise),
                _ => false,
            }
        }
        if !(is_choice(left) && is_list(right) || is_list(left) && is_choice(right)) {
            return Ok(None);
        }
        let mut all = Vec::new();
        for side in [left, right] {
            match self.iterate(side, span)? {
                Ok(items) => all.extend(items),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(Obj::list(all)))
    }

    /// Applies an operation to each side of conditional operands; `None` if neither
    /// operand is conditional.
    pub(super) fn spread_conditions(
        &mut self,
        left: &Obj,
        right: &Obj,
        span: Span,
        mut apply: impl FnMut(&mut Self, &Obj, &Obj) -> Eval,
    ) -> Eval<Option<Obj>> {
        if !self.step() {
            return Ok(Some(Obj::unknown(
                span,
                "evaluating the file takes too many steps",
            )));
        }
        let (condition, then, otherwise) = match (left, right) {
            (Obj::Cond(cond), _) => (
                cond.condition.clone(),
                apply(self, &cond.then.obj, right)?,
                apply(self, &cond.otherwise.obj, right)?,
            ),
            (_, Obj::Cond(cond)) => (
                cond.condition.clone(),
                apply(self, left, &cond.then.obj)?,
                apply(self, left, &cond.otherwise.obj)?,
            ),
            _ => return Ok(None),
        };
        Ok(Some(conditional(
            condition,
            Item::new(then, span),
            Item::new(otherwise, span),
        )))
    }

    fn repeat(&mut self, sequence: &Obj, times: i64, span: Span) -> Obj {
        let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
        let length = match sequence {
            Obj::Str(text) => text.len(),
            Obj::List(items) => items.borrow().len(),
            Obj::Tuple(items) => items.len(),
            _ => 0,
        };
        if !self.fits(length.saturating_mul(times)) {
            return Obj::unknown(span, "the repeated sequence is too long");
        }
        self.charge(length * times);
        match sequence {
            Obj::Str(text) => Obj::str(text.repeat(times)),
            Obj::List(items) => Obj::list(repeated(&items.borrow(), times)),
            Obj::Tuple(items) => Obj::tuple(repeated(items, times)),
            _ => Obj::unknown(span, "the operator is not evaluated for these operands"),
        }
    }

    pub(super) fn compare(
        &mut self,
        left: &Obj,
        operator: CompareOperator,
        right: &Obj,
        span: Span,
    ) -> Eval<Truth> {
        use CompareOperator::{Eq, Gt, GtE, In, Is, IsNot, Lt, LtE, NotEq, NotIn};
        let negative = matches!(operator, NotEq | NotIn | IsNot);
        if let Some(condition) = self.database_condition(left, operator, right, span)? {
            return Ok(Truth::Undecided(if negative {
                negate(condition)
            } else {
                condition
            }));
        }
        let left = self.force(left, span)?;
        let right = self.force(right, span)?;
        if let Some(known) = self.sqlite_comparison(&left, operator, &right) {
            return Ok(if known { Truth::Yes } else { Truth::No });
        }
        if let Some(condition) = self.host_comparison(&left, operator, &right, span)? {
            self.met_condition.set(true);
            return Ok(Truth::Undecided(if negative {
                negate(condition)
            } else {
                condition
            }));
        }
        if let Obj::Cond(_) = &left {
            return self.compare_conditional(&left, operator, &right, span, true);
        }
        if let Obj::Cond(_) = &right
            && !matches!(operator, In | NotIn)
        {
            return self.compare_conditional(&right, operator, &left, span, false);
        }
        let outcome = match operator {
            Eq | NotEq => self.equal(&left, &right)?,
            Is | IsNot => match (&left, &right) {
                (Obj::Unknown(_), _) | (_, Obj::Unknown(_)) => None,
                (Obj::None, Obj::None) => Some(true),
                (Obj::None, Obj::Ref(_) | Obj::Setting(_))
                | (Obj::Ref(_) | Obj::Setting(_), Obj::None) => None,
                (Obj::None, _) | (_, Obj::None) => Some(false),
                _ => self.equal(&left, &right)?,
            },
            In | NotIn => self.contains(&right, &left, span)?,
            Lt | LtE | Gt | GtE => self.order(&left, &right)?.map(|order| match operator {
                Lt => order.is_lt(),
                LtE => order.is_le(),
                Gt => order.is_gt(),
                _ => order.is_ge(),
            }),
        };
        Ok(match outcome {
            Some(value) if value != negative => Truth::Yes,
            Some(_) => Truth::No,
            None => {
                let unknown = self.comparison_unknown(&left, &right, span);
                Truth::Undecided(Condition::Unknown((*unknown).clone()))
            }
        })
    }

    /// A comparison with the database's vendor or engine; `None` if it is none.
    fn database_condition(
        &mut self,
        left: &Obj,
        operator: CompareOperator,
        right: &Obj,
        span: Span,
    ) -> Eval<Option<Condition>> {
        use CompareOperator::{Eq, Gt, GtE, In, Is, IsNot, Lt, LtE, NotEq, NotIn};
        let (database, other, swapped) = match (is_database(left), is_database(right)) {
            (true, _) => (left, right, false),
            (false, true) => (right, left, true),
            (false, false) => return Ok(None),
        };
        let other = self.force(other, span)?;
        let vendors = match (operator, &other, swapped) {
            (Eq | NotEq | Is | IsNot, Obj::Str(text), _) => {
                vendors_where(database, |name| name == text)
            }
            // `"sqlite" in connection.vendor`
            (In | NotIn, Obj::Str(text), true) => {
                vendors_where(database, |name| name.contains(text.as_str()))
            }
            (In | NotIn, _, false) => match self.iterate(&other, span)? {
                Ok(items) => vendors_where(database, |name| {
                    items
                        .iter()
                        .any(|item| matches!(&item.obj, Obj::Str(text) if text == name))
                }),
                Err(_) => None,
            },
            (Eq | NotEq | Is | IsNot | In | NotIn | Lt | LtE | Gt | GtE, _, _) => None,
        };
        Ok(Some(match vendors {
            Some(vendors) => Condition::Vendor { vendors, span },
            None => Condition::Unknown(Unknown::new(span, "it depends on the database")),
        }))
    }

    fn compare_conditional(
        &mut self,
        side: &Obj,
        operator: CompareOperator,
        other: &Obj,
        span: Span,
        side_is_left: bool,
    ) -> Eval<Truth> {
        let Obj::Cond(cond) = side else {
            return self.compare(side, operator, other, span);
        };
        let cond = Rc::clone(cond);
        let mut outcomes = Vec::with_capacity(2);
        for branch in [&cond.then.obj, &cond.otherwise.obj] {
            let truth = if side_is_left {
                self.compare(branch, operator, other, span)?
            } else {
                self.compare(other, operator, branch, span)?
            };
            let obj = self.truth_value(truth, span);
            outcomes.push(Item::new(obj, span));
        }
        let otherwise = outcomes.pop();
        let then = outcomes.pop();
        let (Some(then), Some(otherwise)) = (then, otherwise) else {
            return Ok(Truth::Undecided(cond.condition.clone()));
        };
        let combined = conditional(cond.condition.clone(), then, otherwise);
        self.truth(&combined, span)
    }

    fn comparison_unknown(&mut self, left: &Obj, right: &Obj, span: Span) -> Rc<Unknown> {
        for side in [left, right] {
            if let Obj::Unknown(unknown) = side {
                return Rc::clone(unknown);
            }
        }
        for side in [left, right] {
            if matches!(side, Obj::Ref(_) | Obj::Setting(_)) {
                return self.unknown_of(side, span);
            }
        }
        Rc::new(Unknown::new(span, "the comparison is not evaluated"))
    }

    /// Python's `==`; `None` if it is not known.
    pub(super) fn equal(&mut self, left: &Obj, right: &Obj) -> Eval<Option<bool>> {
        if self.depth >= super::MAX_DEPTH || !self.step() {
            return Ok(None);
        }
        self.depth += 1;
        let equal = self.equal_known(left, right);
        self.depth -= 1;
        equal
    }

    fn equal_known(&mut self, left: &Obj, right: &Obj) -> Eval<Option<bool>> {
        let is_open = |obj: &Obj| matches!(obj, Obj::Str(text) if super::host::has_holes(text));
        if is_open(left) || is_open(right) {
            return Ok(None);
        }
        // No object of the standard library, such as a time zone, is equal to a text.
        let is_foreign = |obj: &Obj| {
            matches!(obj, Obj::Call(call)
                if matches!(&call.callee, Obj::Ref(path) if path == "zoneinfo.ZoneInfo"
                    || path.starts_with("datetime.")
                    || path == "uuid.UUID"
                    || path == "decimal.Decimal"))
        };
        if is_foreign(left) && matches!(right, Obj::Str(_))
            || is_foreign(right) && matches!(left, Obj::Str(_))
        {
            return Ok(Some(false));
        }
        if let (Some(a), Some(b)) = (left.key(), right.key()) {
            let settled = |obj: &Obj| !matches!(obj, Obj::Ref(_) | Obj::Setting(_));
            if a == b {
                return Ok(Some(true));
            }
            return Ok((settled(left) && settled(right)).then_some(false));
        }
        Ok(match (left, right) {
            (Obj::List(a), Obj::List(b)) => {
                let (a, b) = (a.borrow().clone(), b.borrow().clone());
                self.equal_items(&a, &b)?
            }
            (Obj::Tuple(a), Obj::Tuple(b)) => {
                let (a, b) = (Rc::clone(a), Rc::clone(b));
                self.equal_items(&a, &b)?
            }
            (Obj::List(_) | Obj::Dict(_) | Obj::Set(_), other)
            | (other, Obj::List(_) | Obj::Dict(_) | Obj::Set(_))
                if matches!(other, Obj::None | Obj::Str(_) | Obj::Int(_) | Obj::Bool(_)) =>
            {
                Some(false)
            }
            _ => None,
        })
    }

    fn equal_items(&mut self, left: &[Item], right: &[Item]) -> Eval<Option<bool>> {
        if left.len() != right.len() {
            return Ok(Some(false));
        }
        for (a, b) in left.iter().zip(right) {
            match self.equal(&a.obj, &b.obj)? {
                Some(true) => {}
                other => return Ok(other),
            }
        }
        Ok(Some(true))
    }

    fn contains(&mut self, container: &Obj, wanted: &Obj, span: Span) -> Eval<Option<bool>> {
        if let (Obj::Str(text), Obj::Str(part)) = (container, wanted) {
            if super::host::has_holes(text) || super::host::has_holes(part) {
                return Ok(None);
            }
            return Ok(Some(text.contains(part.as_str())));
        }
        // `"ENGINE" in database`
        if let (Obj::Ref(path), Obj::Str(key)) = (container, wanted)
            && path == "django.db.connection.settings_dict"
        {
            return Ok(matches!(key.as_str(), "ENGINE" | "NAME").then_some(true));
        }
        if let Obj::Dict(dict) = container {
            let dict = dict.borrow();
            let Some(key) = wanted.key() else {
                return Ok(None);
            };
            let found = match dict.get(&key) {
                Some(value) if entry_guard(value).1.is_some() => return Ok(None),
                found => found.is_some(),
            };
            return Ok((found || dict.unknown.is_none()).then_some(found));
        }
        let Ok(items) = self.iterate(container, span)? else {
            return Ok(None);
        };
        let mut certain = true;
        for item in items {
            if let Obj::Guarded(_) = item.obj {
                certain = false;
                continue;
            }
            match self.equal(&item.obj, wanted)? {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => certain = false,
            }
        }
        Ok(certain.then_some(false))
    }

    pub(super) fn order(&mut self, left: &Obj, right: &Obj) -> Eval<Option<std::cmp::Ordering>> {
        if self.depth >= super::MAX_DEPTH || !self.step() {
            return Ok(None);
        }
        self.depth += 1;
        let order = self.order_known(left, right);
        self.depth -= 1;
        order
    }

    fn order_known(&mut self, left: &Obj, right: &Obj) -> Eval<Option<std::cmp::Ordering>> {
        if let (Some(a), Some(b)) = (as_float(left), as_float(right)) {
            if let (Obj::Int(a), Obj::Int(b)) = (left, right) {
                return Ok(Some(a.cmp(b)));
            }
            return Ok(a.partial_cmp(&b));
        }
        Ok(match (left, right) {
            (Obj::Str(a), Obj::Str(b)) => Some(a.cmp(b)),
            (Obj::Tuple(a), Obj::Tuple(b)) => {
                let (a, b) = (Rc::clone(a), Rc::clone(b));
                for (x, y) in a.iter().zip(b.iter()) {
                    match self.order(&x.obj, &y.obj)? {
                        Some(std::cmp::Ordering::Equal) => {}
                        other => return Ok(other),
                    }
                }
                Some(a.len().cmp(&b.len()))
            }
            _ => None,
        })
    }
}

impl Obj {
    /// A number from decimal digits.
    pub(super) fn str_digits(digits: &str) -> Self {
        digits
            .parse()
            .map_or_else(|_| Self::BigInt(SmolStr::new(digits)), Self::Int)
    }
}

/// An operator applied to objects that define it themselves (`F("a") + 1`,
/// `Q(...) | Q(...)`), kept as a call of the operator.
fn combined(operator: &str, operands: Vec<Item>, span: Span) -> Obj {
    Obj::Call(Rc::new(Call {
        callee: Obj::Ref(SmolStr::new(format!("operator.{operator}"))),
        callee_span: span,
        args: Arguments {
            positional: operands,
            ..Arguments::default()
        },
        state: std::cell::RefCell::default(),
    }))
}

/// Names as in Python's `operator` module.
const fn operator_name(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Add => "add",
        BinaryOperator::Sub => "sub",
        BinaryOperator::Mul => "mul",
        BinaryOperator::MatMul => "matmul",
        BinaryOperator::Div => "truediv",
        BinaryOperator::FloorDiv => "floordiv",
        BinaryOperator::Mod => "mod",
        BinaryOperator::Pow => "pow",
        BinaryOperator::LShift => "lshift",
        BinaryOperator::RShift => "rshift",
        BinaryOperator::BitOr => "or_",
        BinaryOperator::BitXor => "xor",
        BinaryOperator::BitAnd => "and_",
    }
}

fn repeated(items: &[Item], times: usize) -> Vec<Item> {
    let mut out = Vec::with_capacity(items.len() * times);
    for _ in 0..times {
        out.extend_from_slice(items);
    }
    out
}

fn set_operation(
    evaluator: &mut Evaluator<'_>,
    operator: BinaryOperator,
    left: Vec<Item>,
    right: Vec<Item>,
) -> Obj {
    if operator == BinaryOperator::BitOr {
        return evaluator.set(left.into_iter().chain(right).collect());
    }
    let keys: rustc_hash::FxHashSet<_> = right.iter().filter_map(|item| item.obj.key()).collect();
    let keep_common = operator == BinaryOperator::BitAnd;
    let kept = left
        .into_iter()
        .filter(|item| {
            item.obj
                .key()
                .is_some_and(|key| keys.contains(&key) == keep_common)
        })
        .collect();
    evaluator.set(kept)
}
