//! A sequence of named things that keeps its order and is cheap to copy: the fields
//! of a model, its options, its indexes.
//!
//! Copies share memory. Most models are small, so up to [`FEW`] entries are one array
//! that is copied when one of several owners changes it; beyond that every change
//! costs the logarithm of the length, so that no history is quadratic.

use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use smol_str::SmolStr;

use crate::base::mark::mark;

/// So many entries are one array.
const FEW: usize = 32;

/// Named things in order. A name may stand more than once.
#[derive(Debug, Clone)]
pub struct Ordered<V> {
    kept: Kept<V>,
}

#[derive(Debug, Clone)]
enum Kept<V> {
    None,
    Few(Arc<Few<V>>),
    Many(Box<Many<V>>),
}

#[derive(Debug, Clone)]
struct Few<V> {
    /// One of each name: names that have another one are not looked at.
    marks: [u8; FEW],
    items: Vec<(SmolStr, V)>,
}

#[derive(Debug, Clone)]
struct Many<V> {
    /// By place; places only grow.
    items: OrdMap<u32, (SmolStr, V)>,
    places: OrdSet<(SmolStr, u32)>,
    next: u32,
}

impl<V> Default for Ordered<V> {
    fn default() -> Self {
        Self { kept: Kept::None }
    }
}

impl<V> Few<V> {
    /// Of no more than [`FEW`] things.
    fn of(items: Vec<(SmolStr, V)>) -> Self {
        let mut few = Self {
            marks: [0; FEW],
            items,
        };
        few.note_from(0);
        few
    }

    /// Marks names anew, from one on.
    fn note_from(&mut self, first: usize) {
        let marks = self.marks.iter_mut().zip(&self.items);
        for (known, (name, _)) in marks.skip(first) {
            *known = mark(name);
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        let wanted = mark(name);
        let mut marked = self.marks.iter().zip(&self.items);
        marked.position(|(mark, (known, _))| *mark == wanted && known == name)
    }

    fn push(&mut self, name: SmolStr, value: V) {
        self.items.push((name, value));
        self.note_from(self.items.len() - 1);
    }

    fn remove(&mut self, at: usize) -> V {
        let (_, value) = self.items.remove(at);
        self.note_from(at);
        value
    }
}

impl<V: Clone> Many<V> {
    fn of(few: &[(SmolStr, V)]) -> Self {
        let mut many = Self {
            items: OrdMap::new(),
            places: OrdSet::new(),
            next: 0,
        };
        for (name, value) in few {
            many.push(name.clone(), value.clone());
        }
        many
    }

    fn push(&mut self, name: SmolStr, value: V) {
        self.places.insert((name.clone(), self.next));
        self.items.insert(self.next, (name, value));
        self.next += 1;
    }

    fn places<'a>(&'a self, name: &str) -> impl Iterator<Item = u32> + use<'a, V> {
        let name = SmolStr::new(name);
        self.places
            .range((name.clone(), 0)..=(name, u32::MAX))
            .map(|(_, place)| *place)
    }
}

impl<V: Clone> Ordered<V> {
    /// Things in the order given.
    pub(super) fn of(items: Vec<(SmolStr, V)>) -> Self {
        Self {
            kept: match items.len() {
                0 => Kept::None,
                1..=FEW => Kept::Few(Arc::new(Few::of(items))),
                _ => Kept::Many(Box::new(Many::of(&items))),
            },
        }
    }

    /// The first thing of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        match &self.kept {
            Kept::None => None,
            Kept::Few(few) => few.items.get(few.position(name)?).map(|(_, value)| value),
            Kept::Many(many) => {
                let place = many.places(name).next()?;
                many.items.get(&place).map(|(_, value)| value)
            }
        }
    }

    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        match &self.kept {
            Kept::None => 0,
            Kept::Few(few) => few.items.len(),
            Kept::Many(many) => many.items.len(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Names and things in order.
    pub fn iter(&self) -> impl Iterator<Item = (&SmolStr, &V)> {
        let (few, many) = match &self.kept {
            Kept::None => (None, None),
            Kept::Few(few) => (Some(few.items.iter()), None),
            Kept::Many(many) => (None, Some(many.items.values())),
        };
        few.into_iter()
            .flatten()
            .chain(many.into_iter().flatten())
            .map(|(name, value)| (name, value))
    }

    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// At the end, whether or not the name is there.
    pub(super) fn push(&mut self, name: SmolStr, value: V) {
        match &mut self.kept {
            Kept::None => self.kept = Kept::Few(Arc::new(Few::of(vec![(name, value)]))),
            Kept::Few(few) if few.items.len() < FEW => Arc::make_mut(few).push(name, value),
            Kept::Few(few) => {
                let mut many = Many::of(&few.items);
                many.push(name, value);
                self.kept = Kept::Many(Box::new(many));
            }
            Kept::Many(many) => many.push(name, value),
        }
    }

    /// In place of what the name stands for, or at the end.
    pub(super) fn set(&mut self, name: SmolStr, value: V) {
        match self.get_mut(&name) {
            Some(known) => *known = value,
            None => self.push(name, value),
        }
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut V> {
        match &mut self.kept {
            Kept::None => None,
            Kept::Few(few) => {
                let at = few.position(name)?;
                Arc::make_mut(few).items.get_mut(at).map(|(_, value)| value)
            }
            Kept::Many(many) => {
                let place = many.places(name).next()?;
                many.items.get_mut(&place).map(|(_, value)| value)
            }
        }
    }

    /// Takes all things of a name out; the first is given back.
    pub(super) fn remove(&mut self, name: &str) -> Option<V> {
        match &mut self.kept {
            Kept::None => None,
            Kept::Few(few) => {
                let at = few.position(name)?;
                let few = Arc::make_mut(few);
                let value = few.remove(at);
                while let Some(another) = few.position(name) {
                    few.remove(another);
                }
                Some(value)
            }
            Kept::Many(many) => {
                let places: Vec<u32> = many.places(name).collect();
                let mut first = None;
                for place in places {
                    let taken = many.items.remove(&place);
                    many.places.remove(&(SmolStr::new(name), place));
                    first = first.or(taken.map(|(_, value)| value));
                }
                first
            }
        }
    }

    /// Takes out the first thing of a name that `is_it` holds for.
    pub(super) fn remove_one(&mut self, name: &str, is_it: impl Fn(&V) -> bool) {
        match &mut self.kept {
            Kept::None => {}
            Kept::Few(few) => {
                let mut entries = few.items.iter();
                if let Some(at) = entries.position(|(known, value)| known == name && is_it(value)) {
                    Arc::make_mut(few).remove(at);
                }
            }
            Kept::Many(many) => {
                let found = many.places(name).find(|place| {
                    let item = many.items.get(place);
                    item.is_some_and(|(_, value)| is_it(value))
                });
                if let Some(place) = found {
                    many.items.remove(&place);
                    many.places.remove(&(SmolStr::new(name), place));
                }
            }
        }
    }

    /// All things of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> Vec<&'a V> {
        match &self.kept {
            Kept::None => Vec::new(),
            Kept::Few(few) => few
                .items
                .iter()
                .filter(|(known, _)| known == name)
                .map(|(_, value)| value)
                .collect(),
            Kept::Many(many) => many
                .places(name)
                .filter_map(|place| many.items.get(&place).map(|(_, value)| value))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: u32) -> Ordered<u32> {
        let mut all = Ordered::default();
        for number in 0..count {
            all.push(SmolStr::new(number.to_string()), number);
        }
        all
    }

    #[test]
    fn few_and_many_behave_alike() {
        for count in [3, 200] {
            let mut all = numbers(count);
            let before = all.clone();
            all.set("1".into(), 100);
            assert_eq!(
                all.values().take(3).copied().collect::<Vec<_>>(),
                [0, 100, 2]
            );
            all.push("1".into(), 101);
            assert_eq!(all.all("1"), [&100, &101]);
            all.remove_one("1", |value| *value == 100);
            assert_eq!(all.get("1"), Some(&101));
            assert_eq!(all.remove("1"), Some(101));
            assert_eq!(all.get("1"), None);
            assert_eq!(all.len() as u32, count - 1);
            assert_eq!(before.get("1"), Some(&1));
            assert_eq!(before.len() as u32, count);
        }
    }
}
