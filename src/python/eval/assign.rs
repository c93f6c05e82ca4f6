//! Binding: names, attributes, elements, and unpacking.

use std::rc::Rc;

use smol_str::SmolStr;

use super::super::tree::{BinaryOperator, ExprId, ExprKind};
use super::condition::{conditional, negate, settled};
use super::object::{Item, Obj, ScopeKind, is_guarded, many, name_text};
use super::{Eval, Evaluator, Exception, Frame, conjunction};

/// A value is set under no more conditions one inside the other.
const MAX_NESTED: usize = 4;

impl Evaluator<'_> {
    /// Binds a target. Under an undecided condition the former value stays as the
    /// other side.
    pub(super) fn assign(&mut self, frame: &Frame, target: ExprId, item: Item) -> Eval<()> {
        let tree = &*frame.tree;
        let expr = tree.expr(target);
        match expr.kind {
            ExprKind::Name => {
                let name = name_text(&frame.module.text, expr.range);
                self.bind(frame, name, item);
            }
            ExprKind::Starred(inner) => self.assign(frame, inner, item)?,
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let targets = tree.list(targets).to_vec();
                self.unpack(frame, &targets, &item)?;
            }
            ExprKind::Attribute { value, attribute } => {
                let object = self.eval(frame, value)?;
                let name = name_text(&frame.module.text, attribute);
                self.set_attribute(&object, name, item);
            }
            ExprKind::Subscript { value, index } => {
                let object = self.eval(frame, value)?;
                let key = self.item(frame, index)?;
                self.set_item(&object, key, item);
            }
            _ => {}
        }
        Ok(())
    }

    /// Binds what an `import` brings.
    pub(super) fn bind_import(&mut self, frame: &Frame, name: SmolStr, item: Item) {
        if let ScopeKind::Class { imported, .. } = &frame.scope.kind {
            imported.borrow_mut().push(name.clone());
        }
        self.bind(frame, name, item);
    }

    pub(super) fn bind(&mut self, frame: &Frame, name: SmolStr, item: Item) {
        let global;
        let scope = match &frame.scope.kind {
            ScopeKind::Function { globals } if globals.borrow().contains(&name) => {
                global = frame.scope.global();
                &global
            }
            ScopeKind::Class { order, .. } => {
                let mut order = order.borrow_mut();
                if !order.contains(&name) {
                    order.push(name.clone());
                }
                &frame.scope
            }
            _ => &frame.scope,
        };
        // Without a condition, what the name held is gone.
        if self.guards.len() <= self.guard_base {
            scope.names.borrow_mut().insert(name, item);
            return;
        }
        let mut former = scope.names.borrow().get(&name).cloned();
        if former.is_none() {
            let scope = Rc::clone(scope);
            let brought = self.former_of_star(&scope, &name);
            former = brought.map(|obj| Item::new(obj, item.span));
        }
        let is_same = former
            .as_ref()
            .is_some_and(|former| former.obj.key().is_some() && former.obj.key() == item.obj.key());
        let item = if is_same {
            item
        } else {
            self.one_sided(item, former)
        };
        scope.names.borrow_mut().insert(name, item);
    }

    pub(super) fn unpack(&mut self, frame: &Frame, targets: &[ExprId], item: &Item) -> Eval<()> {
        let tree = &*frame.tree;
        let items = match self.iterate(&item.obj, item.span)? {
            Ok(items) if items.iter().any(is_guarded) => Err(Rc::new(crate::ir::Unknown::new(
                item.span,
                super::sequence::OPEN_POSITION,
            ))),
            other => other,
        };
        let items = match items {
            Ok(items) => items,
            Err(unknown) => {
                for target in targets {
                    let unknown = Item::new(Obj::Unknown(Rc::clone(&unknown)), item.span);
                    self.assign(frame, *target, unknown)?;
                }
                return Ok(());
            }
        };
        let starred = targets
            .iter()
            .position(|target| matches!(tree.expr(*target).kind, ExprKind::Starred(_)));
        match starred {
            None if items.len() == targets.len() => {
                for (target, item) in targets.iter().zip(items) {
                    self.assign(frame, *target, item)?;
                }
                Ok(())
            }
            Some(star) if items.len() + 1 >= targets.len() => {
                let after = targets.len() - star - 1;
                let mut items = items.into_iter();
                for target in targets.iter().take(star) {
                    if let Some(item) = items.next() {
                        self.assign(frame, *target, item)?;
                    }
                }
                let rest: Vec<Item> = items.collect();
                let split = rest.len().saturating_sub(after);
                let (middle, tail) = rest.split_at(split);
                if let Some(target) = targets.get(star) {
                    let list = Item::new(Obj::list(middle.to_vec()), item.span);
                    self.assign(frame, *target, list)?;
                }
                for (target, item) in targets.iter().skip(star + 1).zip(tail) {
                    self.assign(frame, *target, item.clone())?;
                }
                Ok(())
            }
            _ => Err(Exception::new(
                "ValueError",
                "wrong number of values",
                item.span,
            )),
        }
    }

    pub(super) fn set_attribute(&mut self, object: &Obj, name: SmolStr, item: Item) {
        let guarded = self.guard();
        match object {
            Obj::Call(call) => {
                let mut state = call.state.borrow_mut();
                let obj = match (guarded, state.attributes.get(&name)) {
                    (Some(condition), Some(former)) => {
                        let former = Item::new(former.clone(), item.span);
                        conditional(condition, item, former)
                    }
                    _ => item.obj,
                };
                state.attributes.insert(name, obj);
            }
            Obj::Class(class) => {
                let former = class.attributes.borrow().get(&name).cloned();
                let item = self.one_sided(item, former);
                if !class.order.borrow().contains(&name) {
                    class.order.borrow_mut().push(name.clone());
                }
                class.attributes.borrow_mut().insert(name, item);
            }
            Obj::Settings => self.set_setting(name, item),
            Obj::Host(host) => self.set_host_attribute(host, &name, item),
            _ => {}
        }
    }

    /// What something holds after it was set under the running statement's
    /// conditions: where they do not hold, what it held before.
    pub(super) fn one_sided(&self, item: Item, former: Option<Item>) -> Item {
        self.one_sided_since(self.guard_base, item, former)
    }

    /// The same under the conditions since a time when there were so many.
    pub(super) fn one_sided_since(&self, base: usize, item: Item, former: Option<Item>) -> Item {
        let guards = self.guards.get(base..).unwrap_or_default();
        if guards.is_empty() {
            return item;
        }
        let span = item.span;
        let former = former.unwrap_or(Item::new(Obj::Missing, span));
        // One condition inside the other, so that each can be decided on its own.
        if guards.len() <= MAX_NESTED {
            let mut item = item;
            for (at, condition) in guards.iter().enumerate().rev() {
                // Where the outer conditions hold and this one does not.
                let mut facts = guards.get(..at).unwrap_or_default().to_vec();
                facts.push(negate(condition.clone()));
                let former = Item::new(settled(&former.obj, &facts), former.span);
                item = Item::new(conditional(condition.clone(), item, former), span);
            }
            return item;
        }
        match conjunction(guards) {
            None => item,
            Some(condition) => Item::new(conditional(condition, item, former), span),
        }
    }

    pub(super) fn set_item(&mut self, object: &Obj, key: Item, item: Item) {
        match object {
            Obj::Host(host) => self.set_host_item(host, &key, item),
            // `self.__dict__[name] = value`
            Obj::Method(object, name) if &**name == "__dict__" => {
                if let Obj::Str(name) = key.obj {
                    self.set_attribute(object, name, item);
                }
            }
            Obj::Dict(dict) => {
                let former = key
                    .obj
                    .key()
                    .and_then(|hashed| dict.borrow().get(&hashed).cloned());
                let item = self.one_sided(item, former);
                super::expr::dict_insert(&mut dict.borrow_mut(), key, item);
            }
            Obj::List(items) => {
                if let Obj::Int(at) = key.obj {
                    let mut items = items.borrow_mut();
                    let at = if at < 0 {
                        items
                            .len()
                            .checked_sub(usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX))
                    } else {
                        usize::try_from(at).ok()
                    };
                    if let Some(slot) = at.and_then(|at| items.get_mut(at)) {
                        *slot = self.one_sided(item, Some(slot.clone()));
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn delete(&mut self, frame: &Frame, target: ExprId) -> Eval<()> {
        let tree = &*frame.tree;
        match tree.expr(target).kind {
            ExprKind::Name => {
                let name = name_text(&frame.module.text, tree.expr(target).range);
                let former = frame.scope.names.borrow_mut().remove(&name);
                if let (Some(former), Some(condition)) = (former, self.guard()) {
                    let gone = Item::new(Obj::Missing, former.span);
                    let obj = conditional(condition, gone, former.clone());
                    let item = Item::new(obj, former.span);
                    frame.scope.names.borrow_mut().insert(name, item);
                }
            }
            ExprKind::Subscript { value, index } => {
                let object = self.eval(frame, value)?;
                let key = self.eval(frame, index)?;
                let span = frame.span(tree.expr(target).range);
                if self.spoils(&object, span) {
                    return Ok(());
                }
                match (&object, &key) {
                    (Obj::Dict(dict), key) => {
                        if let Some(key) = key.key() {
                            dict.borrow_mut().remove(&key);
                        }
                    }
                    (Obj::List(items), Obj::Int(at)) => {
                        let mut items = items.borrow_mut();
                        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                        let at = if *at < 0 { at + length } else { *at };
                        if let Ok(at) = usize::try_from(at)
                            && at < items.len()
                        {
                            items.remove(at);
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn augmented_assign(
        &mut self,
        frame: &Frame,
        target: ExprId,
        operator: BinaryOperator,
        value: ExprId,
    ) -> Eval<()> {
        let current = self.item(frame, target)?;
        let added = self.item(frame, value)?;
        // `list += items` changes the list in place.
        if let (Obj::List(list), BinaryOperator::Add) = (&current.obj, operator) {
            match self.iterate(&added.obj, added.span)? {
                Ok(items) => {
                    let items: Vec<Item> =
                        items.into_iter().map(|item| self.guarded(item)).collect();
                    let mut list = list.borrow_mut();
                    if self.fits(list.len() + items.len()) {
                        list.extend(items);
                    } else {
                        let unknown = Obj::unknown(added.span, "the list grows too long");
                        list.push(Item::new(unknown, added.span));
                    }
                }
                Err(unknown) => {
                    let item = self.guarded(many(unknown, added.span));
                    list.borrow_mut().push(item);
                }
            }
            return Ok(());
        }
        let span = current.span.cover(added.span);
        let result = self.binary(operator, &current.obj, &added.obj, span)?;
        self.assign(frame, target, Item::new(result, span))
    }
}
