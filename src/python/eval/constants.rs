//! Names of a project's modules and settings that hold plain values, shared by all
//! evaluations of the project.
//!
//! Most of what migrations ask of other modules is a string, and finding it out may
//! take running a library's settings machinery. So a name is evaluated once on its
//! own, with nothing but the project's modules in sight; the outcome does not depend
//! on who asks first. What is no plain value is evaluated by each evaluation anew,
//! for it may be changed in place.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::object::Obj;
use super::{Evaluator, Resolver};

/// Steps for one name. Whoever needs more is evaluated by those who ask.
const STEPS: u64 = 30_000;
/// Names of one project, so that work ends for every input.
const MAX_CONSTANTS: usize = 10_000;

/// A value that no code can change.
#[derive(Debug, Clone)]
enum Constant {
    None,
    Bool(bool),
    Int(i64),
    Str(SmolStr),
    /// A name outside of what can be read.
    Ref(SmolStr),
}

/// Plain values by dotted path; `None` for what is none.
#[derive(Debug, Default)]
pub struct Constants {
    by_path: RwLock<FxHashMap<SmolStr, Option<Constant>>>,
}

impl Constant {
    fn of(obj: &Obj) -> Option<Self> {
        Some(match obj {
            Obj::None => Self::None,
            Obj::Bool(value) => Self::Bool(*value),
            Obj::Int(value) => Self::Int(*value),
            Obj::Str(text) => Self::Str(text.clone()),
            Obj::Ref(path) => Self::Ref(path.clone()),
            _ => return None,
        })
    }

    fn to_obj(&self) -> Obj {
        match self {
            Self::None => Obj::None,
            Self::Bool(value) => Obj::Bool(*value),
            Self::Int(value) => Obj::Int(*value),
            Self::Str(text) => Obj::Str(text.clone()),
            Self::Ref(path) => Obj::Ref(path.clone()),
        }
    }
}

impl Evaluator<'_> {
    /// The plain value behind a path, by `find` in an evaluation of its own. `None`
    /// if it is none, or if this evaluation has settings of its own.
    pub(super) fn constant(
        &self,
        path: &SmolStr,
        find: impl FnOnce(&mut Evaluator<'_>) -> Option<Obj>,
    ) -> Option<Obj> {
        let constants = self.resolver.constants?;
        if !self.settings_set.is_empty() {
            return None;
        }
        let by_path = constants
            .by_path
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = by_path.get(path) {
            return known.as_ref().map(Constant::to_obj);
        }
        let known_enough = by_path.len() >= MAX_CONSTANTS;
        drop(by_path);
        if known_enough {
            return None;
        }
        let mut alone = Evaluator::new(Resolver {
            constants: None,
            ..self.resolver
        });
        alone.steps_left = STEPS;
        let constant = find(&mut alone).as_ref().and_then(Constant::of);
        let obj = constant.as_ref().map(Constant::to_obj);
        constants
            .by_path
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(path.clone(), constant);
        obj
    }
}
