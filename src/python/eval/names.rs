//! The names of a scope or class, and what they hold.

use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::object::Item;

/// Fewer names are searched one by one, which is cheaper than a table of them:
/// nearly every migration has three to eight.
const UNINDEXED: usize = 12;

/// What names hold.
#[derive(Debug)]
pub(crate) struct Names<V = Item> {
    entries: Vec<Entry<V>>,
    /// Positions, once there are more than [`UNINDEXED`] names.
    index: FxHashMap<SmolStr, usize>,
}

#[derive(Debug)]
struct Entry<V> {
    sketch: u32,
    name: SmolStr,
    value: V,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            index: FxHashMap::default(),
        }
    }
}

impl<V> Names<V> {
    fn position(&self, name: &str) -> Option<usize> {
        if self.entries.len() > UNINDEXED {
            self.index.get(name).copied()
        } else {
            let sketch = sketch(name);
            let mut entries = self.entries.iter();
            entries.position(|it| it.sketch == sketch && it.name == name)
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        let position = self.position(name)?;
        self.entries.get(position).map(|entry| &entry.value)
    }

    pub(crate) fn insert(&mut self, name: SmolStr, value: V) {
        if let Some(known) = self
            .position(&name)
            .and_then(|position| self.entries.get_mut(position))
        {
            known.value = value;
            return;
        }
        if self.entries.len() > UNINDEXED {
            self.index.insert(name.clone(), self.entries.len());
        }
        if self.entries.is_empty() {
            self.entries.reserve(4);
        }
        self.entries.push(Entry {
            sketch: sketch(&name),
            name,
            value,
        });
        if self.entries.len() == UNINDEXED + 1 {
            self.index_all();
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<V> {
        let position = self.position(name)?;
        let Entry { value, .. } = self.entries.remove(position);
        self.index.clear();
        if self.entries.len() > UNINDEXED {
            self.index_all();
        }
        Some(value)
    }

    /// Takes everything out.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = V> {
        self.index.clear();
        self.entries.drain(..).map(|entry| entry.value)
    }

    pub(crate) fn items(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|entry| &entry.value)
    }

    fn index_all(&mut self) {
        let names = self.entries.iter().enumerate();
        self.index = names.map(|(at, entry)| (entry.name.clone(), at)).collect();
    }
}

/// A name's length and ends: names that differ nearly always differ in these, and
/// comparing them takes one instruction.
#[inline]
fn sketch(name: &str) -> u32 {
    let [first, .., last] = name.as_bytes() else {
        return 0;
    };
    let length = u32::try_from(name.len()).unwrap_or(u32::MAX);
    length << 16 | u32::from(*first) << 8 | u32::from(*last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};
    use crate::python::eval::object::Obj;

    #[test]
    fn few_and_many_names_are_found_after_changes() {
        let span = Span::file_start(FileId(0));
        let mut names = Names::default();
        for number in 0..40 {
            names.insert(
                SmolStr::new(format!("n{number}")),
                Item::new(Obj::Int(number), span),
            );
        }
        names.insert(SmolStr::new("n3"), Item::new(Obj::Int(100), span));
        let value = |names: &Names, name: &str| match names.get(name)?.obj {
            Obj::Int(value) => Some(value),
            _ => None,
        };
        assert_eq!(value(&names, "n3"), Some(100));
        assert_eq!(value(&names, "n39"), Some(39));
        for number in (0..40).filter(|number| number % 4 != 3) {
            assert!(names.remove(&format!("n{number}")).is_some());
        }
        assert_eq!(value(&names, "n0"), None);
        assert_eq!(value(&names, "n3"), Some(100));
        assert_eq!(value(&names, "n39"), Some(39));
        assert_eq!(names.items().count(), 10);
        assert_eq!(names.drain().count(), 10);
        assert_eq!(value(&names, "n3"), None);
    }
}
