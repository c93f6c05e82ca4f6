//! Findings that a project has accepted for the time being: what is listed is not told,
//! everything else is.
//!
//! An entry is known by app, migration, rule and the meaning of the operation that the
//! finding is about, so that edits elsewhere, layout and moved lines do not disturb it.
//! Where a finding is about no operation, the text that it points at takes its place.

use std::collections::{BTreeMap, BTreeSet};

use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::diag::{Diagnostic, Level};

/// The version of the form. It grows when entries of the old one are known no longer.
const VERSION: u32 = 1;

/// What tells an entry from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    app: String,
    migration: String,
    rule: String,
    fingerprint: String,
}

/// How often, and what people call it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Entry {
    count: usize,
    operation: Option<String>,
}

/// The entries of a file, or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<Key, Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    app: String,
    migration: String,
    rule: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    fingerprint: String,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    count: usize,
}

const fn once() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
const fn is_once(count: &usize) -> bool {
    *count == 1
}

/// Which migrations a run was about: entries of others are left alone.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// By app: the migrations that were checked.
    pub apps: BTreeMap<String, CheckedApp>,
    /// All that there is was checked, so that an app which is not here is gone.
    pub is_everything: bool,
}

/// What of an app was checked.
#[derive(Debug, Clone, Default)]
pub struct CheckedApp {
    pub migrations: BTreeSet<String>,
    /// All of its migrations: one that is not here is gone.
    pub is_whole: bool,
}

impl Scope {
    fn covers(&self, key: &Key) -> bool {
        match self.apps.get(&key.app) {
            Some(app) => app.is_whole || app.migrations.contains(&key.migration),
            None => self.is_everything,
        }
    }
}

/// What a baseline leaves.
#[derive(Debug)]
pub struct Applied {
    pub left: Vec<Diagnostic>,
    /// How many findings it holds back.
    pub hidden: usize,
    /// Entries that no finding answers to any more, as people name them.
    pub stale: Vec<String>,
    /// The baseline without these.
    pub pruned: Baseline,
}

impl Baseline {
    /// Reads a file.
    ///
    /// # Errors
    /// Why it is no baseline, worded to follow its path.
    pub fn read(text: &str) -> Result<Self, String> {
        let document: Document =
            serde_json::from_str(text).map_err(|error| format!("it is no baseline: {error}"))?;
        if document.version != VERSION {
            return Err(format!(
                "it is of version {}, and this whimbrel knows version {VERSION}",
                document.version
            ));
        }
        let mut baseline = Self::default();
        for line in document.findings {
            let key = Key {
                app: line.app,
                migration: line.migration,
                rule: line.rule,
                fingerprint: line.fingerprint,
            };
            let entry = baseline.entries.entry(key).or_default();
            entry.count += line.count;
            entry.operation = line.operation;
        }
        Ok(baseline)
    }

    /// As a file: sorted, a line an entry, so that branches merge.
    #[must_use]
    pub fn text(&self) -> String {
        let lines: Vec<String> = self
            .entries
            .iter()
            .filter_map(|(key, entry)| {
                let line = Line {
                    app: key.app.clone(),
                    migration: key.migration.clone(),
                    rule: key.rule.clone(),
                    operation: entry.operation.clone(),
                    fingerprint: key.fingerprint.clone(),
                    count: entry.count,
                };
                serde_json::to_string(&line).ok()
            })
            .collect();
        let mut out = format!("{{\n  \"version\": {VERSION},\n  \"findings\": [");
        for (at, line) in lines.iter().enumerate() {
            out.push_str(if at == 0 { "\n    " } else { ",\n    " });
            out.push_str(line);
        }
        out.push_str(if lines.is_empty() {
            "]\n}\n"
        } else {
            "\n  ]\n}\n"
        });
        out
    }

    /// How many findings it has room for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().map(|entry| entry.count).sum()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds the entries of another file.
    pub fn extend(&mut self, other: Self) {
        for (key, entry) in other.entries {
            let known = self.entries.entry(key).or_default();
            known.count += entry.count;
            known.operation = entry.operation;
        }
    }

    /// The baseline that holds all of these findings, and the entries of this one that the
    /// run was not about.
    #[must_use]
    pub fn renewed(&self, found: &[Diagnostic], scope: &Scope) -> Self {
        let kept = self.entries.iter().filter(|(key, _)| !scope.covers(key));
        let mut renewed = Self {
            entries: kept
                .map(|(key, entry)| (key.clone(), entry.clone()))
                .collect(),
        };
        for finding in found {
            if let Some(key) = key(finding) {
                let entry = renewed.entries.entry(key).or_default();
                entry.count += 1;
                entry.operation.clone_from(&finding.subject.operation);
            }
        }
        renewed
    }

    /// What is left of findings, which stand in the order in which they are told.
    #[must_use]
    pub fn apply(&self, found: Vec<Diagnostic>, scope: &Scope) -> Applied {
        let mut room: BTreeMap<&Key, usize> = self
            .entries
            .iter()
            .map(|(key, entry)| (key, entry.count))
            .collect();
        let mut hidden = 0;
        let mut left = Vec::with_capacity(found.len());
        for finding in found {
            let key = key(&finding);
            match key.as_ref().and_then(|key| room.get_mut(key)) {
                Some(room) if *room > 0 => {
                    *room -= 1;
                    hidden += 1;
                }
                _ => left.push(finding),
            }
        }
        let mut stale = Vec::new();
        let mut pruned = self.clone();
        for (key, room) in room {
            if room == 0 || !scope.covers(key) {
                continue;
            }
            let place = [key.app.as_str(), key.migration.as_str()];
            stale.push(format!(
                "{}: {}",
                place.join(".").trim_end_matches('.'),
                key.rule
            ));
            if let Some(entry) = pruned.entries.get_mut(key) {
                entry.count -= room;
            }
        }
        pruned.entries.retain(|_, entry| entry.count > 0);
        Applied {
            left,
            hidden,
            stale,
            pruned,
        }
    }
}

/// `None` for what no baseline can hold: faults of whimbrel and of the configuration.
fn key(finding: &Diagnostic) -> Option<Key> {
    if finding.level == Level::Bug || finding.rule.is_empty() {
        return None;
    }
    let subject = &finding.subject;
    Some(Key {
        app: subject.app.clone()?,
        migration: subject.migration.clone().unwrap_or_default(),
        rule: finding.rule.to_owned(),
        fingerprint: subject.fingerprint.clone()?,
    })
}

/// The fingerprint of a meaning.
pub(super) fn fingerprint(meaning: &str) -> String {
    let digest = Md5::digest(meaning);
    let bytes = digest.iter().take(8);
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{FileId, Span};
    use crate::diag::Subject;

    fn finding(migration: &str, fingerprint: &str) -> Diagnostic {
        Diagnostic::new(
            "blocking-index",
            Level::Warning,
            Span::file_start(FileId(0)),
            "m",
        )
        .about(Subject {
            app: Some("shop".to_owned()),
            migration: Some(migration.to_owned()),
            fingerprint: Some(fingerprint.to_owned()),
            ..Subject::default()
        })
    }

    fn whole() -> Scope {
        Scope {
            is_everything: true,
            ..Scope::default()
        }
    }

    #[test]
    fn what_is_listed_is_held_back_as_often_as_it_is_listed() {
        let found = [
            finding("0001", "a"),
            finding("0001", "a"),
            finding("0002", "b"),
        ];
        let baseline = Baseline::default().renewed(&found, &whole());
        assert_eq!(baseline.len(), 3);
        let read = Baseline::read(&baseline.text()).unwrap();
        assert_eq!(read, baseline);
        let more = [
            found.to_vec(),
            vec![finding("0001", "a"), finding("0001", "c")],
        ]
        .concat();
        let applied = baseline.apply(more, &whole());
        assert_eq!((applied.hidden, applied.left.len()), (3, 2));
        assert!(applied.stale.is_empty());
    }

    #[test]
    fn what_is_gone_is_stale_where_the_run_looked() {
        let found = [finding("0001", "a"), finding("0002", "b")];
        let baseline = Baseline::default().renewed(&found, &whole());
        let applied = baseline.apply(vec![finding("0001", "a")], &whole());
        assert_eq!(applied.stale, ["shop.0002: blocking-index"]);
        assert_eq!(applied.pruned.len(), 1);
        let mut elsewhere = Scope::default();
        let app = elsewhere.apps.entry("shop".to_owned()).or_default();
        app.migrations.insert("0001".to_owned());
        let applied = baseline.apply(vec![finding("0001", "a")], &elsewhere);
        assert!(applied.stale.is_empty());
        // What a run was not about stays.
        assert_eq!(baseline.renewed(&[], &elsewhere).len(), 1);
    }

    #[test]
    fn other_files_are_refused() {
        assert!(Baseline::read("{}").is_err());
        assert!(Baseline::read("{\"version\": 9, \"findings\": []}").is_err());
        assert!(
            Baseline::read(&Baseline::default().text())
                .unwrap()
                .is_empty()
        );
    }
}
