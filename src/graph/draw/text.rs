//! Text for a terminal: each app with its branches, first migration on top.
//!
//! ```text
//! blog
//! ●    0001_initial
//! ├─╮
//! ● │  0002_slug   ← shop.0001_initial
//! │ ●  0002_title
//! ├─╯
//! ●    0003_merge
//! ```

use std::fmt::Write as _;

use super::{Mark, Picture};

/// An app with more branches side by side than this is listed without rails.
const MOST_RAILS: usize = 40;

pub(super) fn draw(picture: &Picture) -> String {
    let parents = parents(picture);
    let children = children(picture);
    let mut out = String::new();
    for (at, app) in picture.apps.iter().enumerate() {
        if app.outside {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", app.label);
        let rows = Rails::new(picture, at).rows(&children);
        let width = rows
            .iter()
            .map(|row| row.rails.chars().count())
            .max()
            .unwrap_or(0);
        for row in rows {
            let Some(node) = row.node else {
                let _ = writeln!(out, "{}", row.rails.trim_end());
                continue;
            };
            let pad = width - row.rails.chars().count();
            let _ = write!(out, "{}{:pad$}  ", row.rails, "");
            let _ = writeln!(out, "{}", described(picture, node, &parents[node]));
        }
    }
    out
}

/// The name of a node with all that the rails do not show.
fn described(picture: &Picture, node: usize, parents: &[usize]) -> String {
    let mut out = picture.nodes[node].name.clone();
    let squashes = picture.nodes[node].squashes;
    if squashes > 0 {
        let _ = write!(out, "  squashes {squashes}");
    }
    if let Some(mark) = picture.nodes[node].mark {
        let _ = write!(out, "  {}", mark.as_str());
    }
    let others: Vec<String> = parents
        .iter()
        // Parents in the app that come below are edges of a cycle.
        .filter(|parent| picture.nodes[**parent].app != picture.nodes[node].app || **parent >= node)
        .map(|parent| picture.full_name(*parent))
        .collect();
    if !others.is_empty() {
        let _ = write!(out, "  ← {}", others.join(", "));
    }
    out
}

fn parents(picture: &Picture) -> Vec<Vec<usize>> {
    let mut parents = vec![Vec::new(); picture.nodes.len()];
    for edge in &picture.edges {
        parents[edge.to].push(edge.from);
    }
    parents
}

/// Children in the same app that come below.
fn children(picture: &Picture) -> Vec<Vec<usize>> {
    let mut children = vec![Vec::new(); picture.nodes.len()];
    for edge in &picture.edges {
        if picture.is_in_app(edge) && edge.from < edge.to {
            children[edge.from].push(edge.to);
        }
    }
    children
}

struct Row {
    rails: String,
    node: Option<usize>,
}

/// The rails of one app: each holds the migration that it leads down to.
struct Rails<'p> {
    picture: &'p Picture,
    nodes: &'p [usize],
    rails: Vec<Option<usize>>,
    rows: Vec<Row>,
}

impl<'p> Rails<'p> {
    fn new(picture: &'p Picture, app: usize) -> Self {
        Self {
            picture,
            nodes: &picture.apps[app].nodes,
            rails: Vec::new(),
            rows: Vec::new(),
        }
    }

    fn rows(mut self, children: &[Vec<usize>]) -> Vec<Row> {
        for node in self.nodes {
            self.node(*node, &children[*node]);
            if self.rails.len() > MOST_RAILS {
                return self.plain();
            }
        }
        self.rows
    }

    fn plain(&self) -> Vec<Row> {
        let row = |node: &usize| Row {
            rails: self.symbol(*node).to_string(),
            node: Some(*node),
        };
        self.nodes.iter().map(row).collect()
    }

    fn symbol(&self, node: usize) -> char {
        let node = &self.picture.nodes[node];
        match node.mark {
            Some(Mark::Missing | Mark::Unreadable) => '✗',
            Some(Mark::Conflict | Mark::Cycle) => '◎',
            None if node.squashes > 0 => '◆',
            None => '●',
        }
    }

    fn node(&mut self, node: usize, children: &[usize]) {
        let ending: Vec<usize> = (0..self.rails.len())
            .filter(|at| self.rails[*at] == Some(node))
            .collect();
        let at = match ending.first() {
            Some(at) => *at,
            None => self.free_rail(0),
        };
        if ending.len() > 1 {
            self.join(&ending, '┴', '╯');
            for rail in &ending {
                self.rails[*rail] = None;
            }
        }
        self.rails[at] = Some(node);
        let mut rails = self.line(|rail, it| {
            if rail == at {
                self.symbol(node)
            } else if it.is_some() {
                '│'
            } else {
                ' '
            }
        });
        rails.truncate(rails.trim_end().len());
        self.rows.push(Row {
            rails,
            node: Some(node),
        });
        self.rails[at] = children.first().copied();
        let mut leaving = vec![at];
        for child in children.iter().skip(1) {
            let rail = self.free_rail(at + 1);
            self.rails[rail] = Some(*child);
            leaving.push(rail);
        }
        if leaving.len() > 1 {
            leaving.sort_unstable();
            self.join(&leaving, '┬', '╮');
        }
        while self.rails.last() == Some(&None) {
            self.rails.pop();
        }
    }

    /// The first rail that is free from `from` on.
    fn free_rail(&mut self, from: usize) -> usize {
        while self.rails.len() < from {
            self.rails.push(None);
        }
        let free = (from..self.rails.len()).find(|at| self.rails[*at].is_none());
        free.unwrap_or_else(|| {
            self.rails.push(None);
            self.rails.len() - 1
        })
    }

    /// A line that ties `rails` to the first of them.
    fn join(&mut self, rails: &[usize], middle: char, end: char) {
        let (Some(first), Some(last)) = (rails.first().copied(), rails.last().copied()) else {
            return;
        };
        let line = self.line(|at, rail| {
            if at == first {
                '├'
            } else if at == last {
                end
            } else if rails.contains(&at) {
                middle
            } else if at > first && at < last {
                if rail.is_some() { '┼' } else { '─' }
            } else if rail.is_some() {
                '│'
            } else {
                ' '
            }
        });
        let line = line
            .chars()
            .enumerate()
            .map(|(at, it)| {
                let between = at % 2 == 1 && at > first * 2 && at < last * 2;
                if between { '─' } else { it }
            })
            .collect();
        self.rows.push(Row {
            rails: line,
            node: None,
        });
    }

    /// One character a rail with a space between.
    fn line(&self, character: impl Fn(usize, Option<usize>) -> char) -> String {
        let mut out = String::new();
        for (at, rail) in self.rails.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            out.push(character(at, *rail));
        }
        out
    }
}
