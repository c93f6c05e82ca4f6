//! Things in the order of their names, in copies that share memory.
//!
//! A thing knows its name, so that a node of the tree holds one pointer a thing: what a
//! change copies of the tree is small, however long the names are.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdSet;

/// What a shelf files a thing under. It never changes while the thing is filed.
pub(crate) trait Named {
    fn name(&self) -> &str;
}

/// Named things, one of each name.
#[derive(Debug)]
pub(crate) struct Shelf<T: Named> {
    items: OrdSet<Filed<T>>,
}

/// A thing that is compared by its name.
#[derive(Debug)]
struct Filed<T>(Arc<T>);

impl<T: Named> Clone for Shelf<T> {
    fn clone(&self) -> Self {
        Self {
            items: self.items.clone(),
        }
    }
}

impl<T: Named> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            items: OrdSet::new(),
        }
    }
}

impl<T> Clone for Filed<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Named> Borrow<str> for Filed<T> {
    fn borrow(&self) -> &str {
        self.0.name()
    }
}

impl<T: Named> PartialEq for Filed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0.name() == other.0.name()
    }
}

impl<T: Named> Eq for Filed<T> {}

impl<T: Named> PartialOrd for Filed<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Named> Ord for Filed<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.name().cmp(other.0.name())
    }
}

impl<T: Named> Shelf<T> {
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<T>> {
        self.items.get(name).map(|filed| &filed.0)
    }

    /// In the order of names.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.items.iter().map(|filed| &filed.0)
    }

    /// Those from a name on.
    pub(crate) fn starting_at<'s>(
        &'s self,
        name: &str,
    ) -> impl Iterator<Item = &'s Arc<T>> + use<'s, T> {
        let bounds = (Bound::Included(name), Bound::Unbounded);
        self.items.range::<_, str>(bounds).map(|filed| &filed.0)
    }

    /// Adds a thing, or puts it in place of the one of its name.
    pub(crate) fn insert(&mut self, thing: T) {
        self.items.insert(Filed(Arc::new(thing)));
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<Arc<T>> {
        self.items.remove(name).map(|filed| filed.0)
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
    struct Thing(&'static str, u32);

    impl Named for Thing {
        fn name(&self) -> &str {
            self.0
        }
    }

    #[test]
    fn copies_keep_what_they_had() {
        let mut shelf = Shelf::default();
        for (number, name) in (0..).zip(["c", "a", "b"]) {
            shelf.insert(Thing(name, number));
        }
        let before = shelf.clone();
        assert_eq!(shelf.change("b", |thing| thing.1 = 7), Some(()));
        assert_eq!(shelf.change("d", |_| ()), None);
        assert!(shelf.remove("c").is_some());
        let shown = |shelf: &Shelf<Thing>| -> Vec<(&str, u32)> {
            shelf.iter().map(|thing| (thing.0, thing.1)).collect()
        };
        assert_eq!(shown(&shelf), [("a", 1), ("b", 7)]);
        assert_eq!(shown(&before), [("a", 1), ("b", 2), ("c", 0)]);
        assert_eq!(before.starting_at("b").count(), 2);
    }
}
