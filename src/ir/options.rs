//! Arguments by their names.

use std::ops::Deref;

use smol_str::SmolStr;

use super::value::SpannedValue;
use crate::base::mark::bit;

/// Arguments in the order in which they are written. Of two of one name the last counts.
///
/// Most questions are about what is not there, and are answered without looking at the
/// names: a field has a few of Django's forty options, and is asked for all of them.
#[derive(Debug, Clone, Default)]
pub struct Options {
    given: Vec<(SmolStr, SpannedValue)>,
    /// The bits of all names.
    names: u64,
}

impl Options {
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            given: Vec::with_capacity(capacity),
            names: 0,
        }
    }

    pub fn push(&mut self, name: SmolStr, value: SpannedValue) {
        self.names |= bit(&name);
        self.given.push((name, value));
    }

    #[must_use]
    #[inline]
    pub fn get(&self, name: &str) -> Option<&SpannedValue> {
        if self.names & bit(name) == 0 {
            return None;
        }
        let mut latest = self.given.iter().rev();
        latest
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Puts a value in place of the one that counts, or at the end.
    pub fn set(&mut self, name: &str, value: SpannedValue) {
        let mut latest = self.given.iter_mut().rev();
        match latest.find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.push(SmolStr::new(name), value),
        }
    }

    /// Takes out all of a name.
    pub fn remove(&mut self, name: &str) {
        self.given.retain(|(known, _)| known != name);
    }
}

impl Deref for Options {
    type Target = [(SmolStr, SpannedValue)];

    fn deref(&self) -> &Self::Target {
        &self.given
    }
}

impl FromIterator<(SmolStr, SpannedValue)> for Options {
    fn from_iter<I: IntoIterator<Item = (SmolStr, SpannedValue)>>(given: I) -> Self {
        let mut options = Self::default();
        for (name, value) in given {
            options.push(name, value);
        }
        options
    }
}

impl<'a> IntoIterator for &'a Options {
    type Item = &'a (SmolStr, SpannedValue);
    type IntoIter = std::slice::Iter<'a, (SmolStr, SpannedValue)>;

    fn into_iter(self) -> Self::IntoIter {
        self.given.iter()
    }
}
