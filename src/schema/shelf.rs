//! Named things that change in the course of a history.
//!
//! While a history is replayed there is one state, changed in place, and every change is
//! written down. When it is over, what was there at any moment is looked up by the number
//! of changes until then: a state of the past is two numbers, and none is ever copied.
//! What is changed in a state of the past lies over it.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

/// What a shelf files a thing under. It never changes while the thing is filed.
pub(crate) trait Named {
    fn name(&self) -> &SmolStr;
}

/// Named things, one of each name.
#[derive(Debug)]
pub(crate) struct Shelf<T: Named> {
    /// What there was after so many changes of a history that is over.
    past: Option<(Arc<Past<T>>, u32)>,
    /// What is other than it was then.
    own: Option<Box<Own<T>>>,
}

/// Things that may still change.
#[derive(Debug)]
struct Own<T> {
    slots: FxHashMap<SmolStr, usize>,
    /// `None` for what is gone.
    things: Vec<Option<Arc<T>>>,
    /// The slot of each change, with what was there before it.
    changes: Vec<(usize, Option<Arc<T>>)>,
}

/// A history that is over.
#[derive(Debug)]
pub(crate) struct Past<T> {
    slots: FxHashMap<SmolStr, usize>,
    /// In their order, with their slots.
    names: Vec<(SmolStr, usize)>,
    /// Where the versions of each slot end.
    ends: Vec<usize>,
    /// Slot by slot, in the order of time.
    versions: Vec<Version<T>>,
}

#[derive(Debug)]
struct Version<T> {
    /// What is there after so many changes of the whole shelf.
    since: u32,
    thing: Option<Arc<T>>,
}

impl<T: Named> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self {
            past: self.past.clone(),
            own: self.own.clone(),
        }
    }
}

impl<T> Clone for Own<T> {
    fn clone(&self) -> Self {
        Self {
            slots: self.slots.clone(),
            things: self.things.clone(),
            changes: self.changes.clone(),
        }
    }
}

impl<T: Named> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            past: None,
            own: None,
        }
    }
}

impl<T> Default for Own<T> {
    fn default() -> Self {
        Self {
            slots: FxHashMap::default(),
            things: Vec::new(),
            changes: Vec::new(),
        }
    }
}

impl<T: Named> Shelf<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<T>> {
        if let Some(own) = &self.own
            && let Some(slot) = own.slots.get(name)
        {
            return own.things.get(*slot)?.as_ref();
        }
        let (past, at) = self.past.as_ref()?;
        past.at(*past.slots.get(name)?, *at)
    }

    /// In the order of names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.starting_at("")
    }

    /// Those from a name on.
    pub(crate) fn starting_at<'s>(
        &'s self,
        name: &str,
    ) -> impl Iterator<Item = &'s Arc<T>> + use<'s, T> {
        let (past, sorted) = match (&self.past, &self.own) {
            (Some((past, at)), None) => (Some(past.starting_at(name, *at)), Vec::new()),
            _ => (None, self.sorted(name)),
        };
        past.into_iter().flatten().chain(sorted)
    }

    fn sorted(&self, from: &str) -> Vec<&Arc<T>> {
        let is_own = |name: &str| {
            let own = self.own.as_ref();
            own.is_some_and(|own| own.slots.contains_key(name))
        };
        let past = self.past.iter();
        let past = past.flat_map(|(past, at)| past.starting_at(from, *at));
        let own = self.own.iter().flat_map(|own| own.things.iter().flatten());
        let mut found: Vec<&Arc<T>> = past
            .filter(|thing| !is_own(thing.name()))
            .chain(own.filter(|thing| thing.name().as_str() >= from))
            .collect();
        found.sort_unstable_by(|left, right| left.name().cmp(right.name()));
        found
    }

    /// Adds a thing, or puts it in place of the one of its name.
    pub(crate) fn insert(&mut self, thing: T) {
        let name = thing.name().clone();
        self.put(name, Some(Arc::new(thing)));
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<T>> {
        let name = self.get(name)?.name().clone();
        self.put(name, None)
    }

    /// Gives what was there.
    fn put(&mut self, name: SmolStr, thing: Option<Arc<T>>) -> Option<Arc<T>> {
        let before = self.get(&name).cloned();
        let own = self.own.get_or_insert_default();
        let slot = *own.slots.entry(name).or_insert(own.things.len());
        own.changes.push((slot, before.clone()));
        match own.things.get_mut(slot) {
            Some(place) => *place = thing,
            None => own.things.push(thing),
        }
        before
    }

    /// How many changes there were since the shelf stands by itself.
    pub(crate) fn changes(&self) -> u32 {
        let count = self.own.as_ref().map_or(0, |own| own.changes.len());
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Takes changes back, but for the first ones.
    pub(crate) fn undo_to(&mut self, changes: u32) {
        let Some(own) = &mut self.own else {
            return;
        };
        while own.changes.len() > changes as usize {
            let Some((slot, before)) = own.changes.pop() else {
                return;
            };
            if let Some(place) = own.things.get_mut(slot) {
                *place = before;
            }
        }
    }

    /// The history of a shelf that began empty.
    pub(crate) fn into_past(self) -> Arc<Past<T>> {
        let Own {
            slots,
            things: mut later,
            changes,
        } = self.own.map_or_else(Own::default, |own| *own);
        let mut counts = vec![0; later.len()];
        for (slot, _) in &changes {
            if let Some(count) = counts.get_mut(*slot) {
                *count += 1;
            }
        }
        let mut end = 0;
        let ends: Vec<usize> = counts
            .iter()
            .map(|count| {
                end += count;
                end
            })
            .collect();
        // From the last change to the first: what a change has brought is what the next
        // one of its slot has found.
        let nothing = || Version {
            since: 0,
            thing: None,
        };
        let mut versions: Vec<Version<T>> = changes.iter().map(|_| nothing()).collect();
        let mut free = ends.clone();
        for (at, (slot, before)) in changes.into_iter().enumerate().rev() {
            let (Some(free), Some(later)) = (free.get_mut(slot), later.get_mut(slot)) else {
                continue;
            };
            *free -= 1;
            if let Some(version) = versions.get_mut(*free) {
                *version = Version {
                    since: u32::try_from(at + 1).unwrap_or(u32::MAX),
                    thing: std::mem::replace(later, before),
                };
            }
        }
        let mut names: Vec<(SmolStr, usize)> = slots
            .iter()
            .map(|(name, slot)| (name.clone(), *slot))
            .collect();
        names.sort_unstable();
        Arc::new(Past {
            slots,
            names,
            ends,
            versions,
        })
    }

    /// What there was after so many changes.
    pub(crate) fn of_past(past: &Arc<Past<T>>, changes: u32) -> Self {
        Self {
            past: Some((Arc::clone(past), changes)),
            own: None,
        }
    }
}

impl<T> Past<T> {
    fn at(&self, slot: usize, changes: u32) -> Option<&Arc<T>> {
        let start = match slot.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        let versions = self.versions.get(start..*self.ends.get(slot)?)?;
        let count = versions.partition_point(|version| version.since <= changes);
        versions.get(count.checked_sub(1)?)?.thing.as_ref()
    }

    fn starting_at<'s>(
        &'s self,
        name: &str,
        changes: u32,
    ) -> impl Iterator<Item = &'s Arc<T>> + use<'s, T> {
        let first = self
            .names
            .partition_point(|(known, _)| known.as_str() < name);
        let names = self.names.iter().skip(first);
        names.filter_map(move |(_, slot)| self.at(*slot, changes))
    }
}

impl<T: Named + Clone> Shelf<T> {
    /// Changes a thing, but for its name.
    pub(crate) fn change<R>(&mut self, name: &str, change: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut changed = T::clone(self.get(name)?);
        let result = change(&mut changed);
        self.insert(changed);
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone)]
    struct Thing(SmolStr, u32);

    impl Named for Thing {
        fn name(&self) -> &SmolStr {
            &self.0
        }
    }

    fn shown(shelf: &Shelf<Thing>) -> Vec<(&str, u32)> {
        let things = shelf.iter();
        things.map(|thing| (thing.0.as_str(), thing.1)).collect()
    }

    fn filled() -> Shelf<Thing> {
        let mut shelf = Shelf::default();
        for (number, name) in (0..).zip(["c", "a", "b"]) {
            shelf.insert(Thing(SmolStr::new(name), number));
        }
        shelf
    }

    #[test]
    fn every_moment_of_the_past_is_as_it_was() {
        let mut shelf = filled();
        let first = shelf.changes();
        assert_eq!(shelf.change("b", |thing| thing.1 = 7), Some(()));
        assert_eq!(shelf.change("d", |_| ()), None);
        assert!(shelf.remove("c").is_some());
        let second = shelf.changes();
        shelf.insert(Thing("c".into(), 9));
        assert_eq!(shown(&shelf), [("a", 1), ("b", 7), ("c", 9)]);
        let end = shelf.changes();
        let past = shelf.into_past();
        let at = |changes| Shelf::of_past(&past, changes);
        assert_eq!(shown(&at(0)), []);
        assert_eq!(shown(&at(1)), [("c", 0)]);
        assert_eq!(shown(&at(first)), [("a", 1), ("b", 2), ("c", 0)]);
        assert_eq!(shown(&at(second)), [("a", 1), ("b", 7)]);
        assert_eq!(shown(&at(end)), [("a", 1), ("b", 7), ("c", 9)]);
        assert_eq!(at(first).starting_at("b").count(), 2);
        assert!(at(second).get("c").is_none());
    }

    #[test]
    fn what_is_changed_in_the_past_leaves_it_alone() {
        let shelf = filled();
        let end = shelf.changes();
        let past = shelf.into_past();
        let mut other = Shelf::of_past(&past, end);
        other.remove("a");
        other.insert(Thing("aa".into(), 4));
        let mark = other.changes();
        let former = other.clone();
        other.change("b", |thing| thing.1 = 5);
        other.insert(Thing("a".into(), 6));
        let now = [("a", 6), ("aa", 4), ("b", 5), ("c", 0)];
        assert_eq!(shown(&other), now);
        assert_eq!(other.starting_at("aa").count(), 3);
        other.undo_to(mark);
        assert_eq!(shown(&other), shown(&former));
        assert_eq!(shown(&other), [("aa", 4), ("b", 2), ("c", 0)]);
        assert_eq!(
            shown(&Shelf::of_past(&past, end)),
            [("a", 1), ("b", 2), ("c", 0)]
        );
    }
}
