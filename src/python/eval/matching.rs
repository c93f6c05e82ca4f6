//! `match` statements over values: literals, dotted names, alternatives, captures and
//! the wildcard. Other patterns are not decided.

use std::sync::Arc;

use super::super::tree::{
    BinaryOperator, Body, CompareOperator, ExprId, ExprKind, List, MatchCase, StmtKind, Tree,
};
use super::condition::{Truth, negate};
use super::flow::{Flow, either};
use super::object::{Item, name_text};
use super::{Eval, Evaluator, Frame};
use crate::base::Span;
use crate::ir::Unknown;
use crate::ir::value::Condition;

/// Cases of one statement whose tests are not decided.
const MAX_OPEN_CASES: u32 = 24;

/// A disjunction; tests of the vendor become one.
fn any(mut parts: Vec<Condition>, span: Span) -> Condition {
    let mut named = Vec::new();
    for part in &parts {
        match part {
            Condition::Vendor { vendors, .. } => named.extend(vendors.iter().cloned()),
            _ => {
                return match parts.len() {
                    1 => parts.remove(0),
                    _ => Condition::Any(parts),
                };
            }
        }
    }
    Condition::Vendor {
        vendors: named,
        span,
    }
}

impl Evaluator<'_> {
    pub(super) fn match_statement(
        &mut self,
        frame: &Frame,
        subject: ExprId,
        cases: List<MatchCase>,
    ) -> Eval<Flow> {
        let subject = self.item(frame, subject)?;
        let cases = frame.tree.list(cases).to_vec();
        self.cases(frame, &subject, &cases, 0)
    }

    fn cases(
        &mut self,
        frame: &Frame,
        subject: &Item,
        cases: &[MatchCase],
        open: u32,
    ) -> Eval<Flow> {
        for (at, case) in cases.iter().enumerate() {
            let condition = match self.case_applies(frame, subject, case)? {
                Truth::Yes => return self.block(frame, case.body),
                Truth::No => continue,
                Truth::Undecided(condition) if open < MAX_OPEN_CASES => condition,
                Truth::Undecided(_) => return Ok(Flow::Next),
            };
            let rest = cases.get(at + 1..).unwrap_or_default();
            self.guards.push(condition.clone());
            let then = self.block(frame, case.body);
            self.guards.pop();
            self.guards.push(negate(condition.clone()));
            let otherwise = self.cases(frame, subject, rest, open + 1);
            self.guards.pop();
            return match (then, otherwise) {
                (Ok(then), Ok(otherwise)) => Ok(either(&condition, then, otherwise)),
                (Ok(flow), Err(_)) | (Err(_), Ok(flow)) => Ok(flow),
                (Err(exception), Err(_)) => Err(exception),
            };
        }
        Ok(Flow::Next)
    }

    fn case_applies(&mut self, frame: &Frame, subject: &Item, case: &MatchCase) -> Eval<Truth> {
        // A pattern of the kinds that are decided reads as an expression.
        let (tree, statements) = frame.module.body(&frame.tree, Body::Deferred(case.pattern));
        let pattern = match tree.list(statements) {
            [only] => match tree.stmt(*only).kind {
                StmtKind::Expr(pattern) => Some(pattern),
                _ => None,
            },
            _ => None,
        };
        let inner = Frame {
            tree: Arc::clone(&tree),
            ..frame.clone()
        };
        let matched = match pattern {
            Some(pattern) => self.pattern(&inner, &tree, subject, pattern)?,
            None => self.undecided_pattern(frame, case),
        };
        let Some(guard) = case.guard else {
            return Ok(matched);
        };
        match matched {
            Truth::No => Ok(Truth::No),
            Truth::Yes => {
                let tested = self.item(frame, guard)?;
                self.truth(&tested.obj, tested.span)
            }
            Truth::Undecided(condition) => {
                self.guards.push(condition.clone());
                let tested = self.item(frame, guard);
                let truth = tested.and_then(|tested| self.truth(&tested.obj, tested.span));
                self.guards.pop();
                Ok(match truth? {
                    Truth::No => Truth::No,
                    Truth::Yes => Truth::Undecided(condition),
                    Truth::Undecided(second) => {
                        Truth::Undecided(super::flow::all(vec![condition, second]))
                    }
                })
            }
        }
    }

    fn undecided_pattern(&self, frame: &Frame, case: &MatchCase) -> Truth {
        let span = frame.span(case.pattern);
        let reason = "patterns of this kind are not evaluated";
        Truth::Undecided(Condition::Unknown(Unknown::new(span, reason)))
    }

    fn pattern(
        &mut self,
        frame: &Frame,
        tree: &Arc<Tree>,
        subject: &Item,
        pattern: ExprId,
    ) -> Eval<Truth> {
        let mut alternatives = Vec::new();
        let mut left = pattern;
        while let ExprKind::Binary {
            left: inner,
            operator: BinaryOperator::BitOr,
            right,
        } = tree.expr(left).kind
        {
            alternatives.push(right);
            left = inner;
        }
        alternatives.push(left);
        let mut open: Vec<Condition> = Vec::new();
        for id in alternatives.into_iter().rev() {
            let span = frame.span(tree.expr(id).range);
            let truth = match tree.expr(id).kind {
                ExprKind::Name => {
                    let name = name_text(&frame.module.text, tree.expr(id).range);
                    if name != "_" {
                        self.bind(frame, name, subject.clone());
                    }
                    Truth::Yes
                }
                ExprKind::Str(_)
                | ExprKind::Bytes(_)
                | ExprKind::Number
                | ExprKind::None
                | ExprKind::True
                | ExprKind::False
                | ExprKind::Attribute { .. }
                | ExprKind::Unary { .. } => {
                    let value = self.eval(frame, id)?;
                    self.compare(&subject.obj, CompareOperator::Eq, &value, span)?
                }
                _ => {
                    let reason = "patterns of this kind are not evaluated";
                    Truth::Undecided(Condition::Unknown(Unknown::new(span, reason)))
                }
            };
            match truth {
                Truth::Yes => return Ok(Truth::Yes),
                Truth::No => {}
                Truth::Undecided(condition) => open.push(condition),
            }
        }
        if open.is_empty() {
            return Ok(Truth::No);
        }
        let test = any(open, frame.span(tree.expr(pattern).range));
        // The same test under the statement's own conditions.
        let span = subject.span;
        let tested = self.truth_value(Truth::Undecided(test), span);
        self.truth(&tested, span)
    }
}
