//! Loops.

use std::rc::Rc;

use super::super::tree::{ExprId, List, StmtId};
use super::condition::Truth;
use super::expr::unguard;
use super::flow::{Exit, Flow, Open, all};
use super::object::{Item, Obj};
use super::{Eval, Evaluator, Frame};
use crate::ir::Unknown;
use crate::ir::value::Condition;

/// Rounds of one `while` loop that are followed.
const MAX_ROUNDS: u32 = 10_000;
/// Conditions under which rounds were left; a loop with more is not followed on.
const MAX_OPEN_ROUNDS: usize = 12;

impl Evaluator<'_> {
    pub(super) fn while_loop(
        &mut self,
        frame: &Frame,
        test: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        for _ in 0..MAX_ROUNDS {
            let tested = self.item(frame, test)?;
            match self.truth(&tested.obj, tested.span)? {
                Truth::Yes => {}
                Truth::No => return self.block(frame, orelse),
                Truth::Undecided(condition) => {
                    let unknown = match condition {
                        Condition::Unknown(unknown) => unknown,
                        _ => Unknown::new(tested.span, "how often the loop runs is not known"),
                    };
                    return self.any_number_of_rounds(frame, None, Rc::new(unknown), body);
                }
            }
            match self.block(frame, body)? {
                Flow::Exit(Exit::Break) => return Ok(Flow::Next),
                Flow::Exit(exit @ Exit::Return(_)) => return Ok(Flow::Exit(exit)),
                Flow::Next | Flow::Exit(Exit::Continue) => {}
                Flow::Open(_) => {
                    let reason = "how often the loop runs is not known";
                    let unknown = Rc::new(Unknown::new(tested.span, reason));
                    return self.any_number_of_rounds(frame, None, unknown, body);
                }
            }
            if self.steps_left == 0 {
                break;
            }
        }
        Ok(Flow::Next)
    }

    pub(super) fn for_loop(
        &mut self,
        frame: &Frame,
        target: ExprId,
        iterable: ExprId,
        body: List<StmtId>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        let iterated = self.item(frame, iterable)?;
        let items = match self.iterate(&iterated.obj, iterated.span)? {
            Ok(items) => items,
            Err(unknown) => {
                let element = Item::new(Obj::Unknown(Rc::clone(&unknown)), iterated.span);
                return self.any_number_of_rounds(frame, Some((target, element)), unknown, body);
            }
        };
        let guards = self.guards.len();
        let flow = self.rounds(frame, target, items, body, orelse);
        self.guards.truncate(guards);
        flow
    }

    fn rounds(
        &mut self,
        frame: &Frame,
        target: ExprId,
        items: Vec<Item>,
        body: List<StmtId>,
        orelse: List<StmtId>,
    ) -> Eval<Flow> {
        // Returns under conditions, and the conditions under which the loop goes on.
        let mut open = Open {
            falls_through: true,
            ..Open::default()
        };
        let mut left = 0;
        for item in items {
            if !self.step() {
                break;
            }
            let (item, element_guard) = unguard(item);
            let guards = self.guards.len();
            self.guards.extend(element_guard.clone());
            let flow = self
                .assign_element(frame, target, item)
                .and_then(|()| self.block(frame, body));
            self.guards.truncate(guards);
            let mut round = match (flow?, &element_guard) {
                (Flow::Next | Flow::Exit(Exit::Continue), _) => continue,
                (Flow::Exit(Exit::Break), None) => return Ok(open.into_flow()),
                (Flow::Exit(exit @ Exit::Return(_)), None) => {
                    open.follow(Flow::Exit(exit));
                    return Ok(open.into_flow());
                }
                (Flow::Exit(exit), Some(_)) => Open {
                    exits: vec![(Condition::All(Vec::new()), exit)],
                    falls_through: false,
                },
                (Flow::Open(round), _) => round,
            };
            if let Some(guard) = &element_guard {
                for (condition, _) in &mut round.exits {
                    *condition = all(vec![guard.clone(), condition.clone()]);
                }
                round.falls_through = true;
            }
            let leaves = |exit: &Exit| !matches!(exit, Exit::Continue);
            let goes_on = round.none_taken_of(leaves);
            let never = !round.falls_through
                && round
                    .exits
                    .iter()
                    .all(|(_, exit)| !matches!(exit, Exit::Continue));
            let returns = round
                .exits
                .into_iter()
                .filter(|(_, exit)| matches!(exit, Exit::Return(_)));
            open.exits.extend(returns);
            if never {
                return Ok(open.into_flow());
            }
            if let Some(goes_on) = goes_on {
                left += 1;
                if left > MAX_OPEN_ROUNDS {
                    let span = frame.span(frame.tree.expr(target).range);
                    let reason = "the loop is left under too many conditions";
                    let unknown = Obj::unknown(span, reason);
                    open.follow(Flow::Exit(Exit::Return(Item::new(unknown, span))));
                    return Ok(open.into_flow());
                }
                self.guards.push(goes_on);
            }
        }
        let last = self.block(frame, orelse)?;
        open.follow(last);
        Ok(open.into_flow())
    }

    /// A loop of which nobody knows how often it runs: one round, under a condition that
    /// says so.
    fn any_number_of_rounds(
        &mut self,
        frame: &Frame,
        element: Option<(ExprId, Item)>,
        unknown: Rc<Unknown>,
        body: List<StmtId>,
    ) -> Eval<Flow> {
        let condition = Condition::Unknown((*unknown).clone());
        self.guards.push(condition.clone());
        let flow = match element {
            Some((target, element)) => self.assign_element(frame, target, element),
            None => Ok(()),
        }
        .and_then(|()| self.block(frame, body));
        self.guards.pop();
        let open = match flow? {
            Flow::Next | Flow::Exit(Exit::Break | Exit::Continue) => return Ok(Flow::Next),
            Flow::Exit(exit) => vec![(condition, exit)],
            Flow::Open(open) => open
                .exits
                .into_iter()
                .filter(|(_, exit)| matches!(exit, Exit::Return(_)))
                .map(|(inner, exit)| (all(vec![condition.clone(), inner]), exit))
                .collect(),
        };
        Ok(Open {
            exits: open,
            falls_through: true,
        }
        .into_flow())
    }

    /// A loop's target takes the element whatever condition the loop runs under.
    fn assign_element(&mut self, frame: &Frame, target: ExprId, item: Item) -> Eval<()> {
        let guards = std::mem::take(&mut self.guards);
        let guard_base = std::mem::take(&mut self.guard_base);
        let assigned = self.assign(frame, target, item);
        self.guard_base = guard_base;
        self.guards = guards;
        assigned
    }
}
