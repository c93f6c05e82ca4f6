//! Where each node of a picture stands: apps side by side, what runs first on top.
//!
//! A node's row is the longest way to it from a root, so that edges point down; the
//! branches of an app take lanes of their own inside the app's column.

use super::Picture;

/// Row and lane of each node, and the lanes of each app.
pub(super) struct Layout {
    pub(super) nodes: Vec<Spot>,
    /// Number of lanes of each app, at least 1.
    pub(super) lanes: Vec<usize>,
    pub(super) rows: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) row: usize,
    /// Counted inside the app.
    pub(super) lane: usize,
}

pub(super) fn layout(picture: &Picture) -> Layout {
    let rows = rows(picture);
    let mut nodes: Vec<Spot> = rows.iter().map(|row| Spot { row: *row, lane: 0 }).collect();
    let mut parents = vec![Vec::new(); nodes.len()];
    let mut last_child_row = vec![0; nodes.len()];
    for edge in &picture.edges {
        if picture.is_in_app(edge) && edge.from < edge.to {
            parents[edge.to].push(edge.from);
            last_child_row[edge.from] = last_child_row[edge.from].max(rows[edge.to]);
        }
    }
    let lanes = picture
        .apps
        .iter()
        .map(|app| {
            let mut order = app.nodes.clone();
            order.sort_by_key(|node| (rows[*node], *node));
            lanes_of(&order, &rows, &parents, &last_child_row, &mut nodes)
        })
        .collect();
    Layout {
        rows: rows.iter().max().map_or(0, |row| row + 1),
        nodes,
        lanes,
    }
}

/// The longest way from a root; edges that point up in the order of the picture
/// belong to a cycle and do not count.
fn rows(picture: &Picture) -> Vec<usize> {
    let mut rows = vec![0; picture.nodes.len()];
    // Edges are sorted by where they start, and nodes by when they run.
    for edge in &picture.edges {
        if edge.from < edge.to {
            rows[edge.to] = rows[edge.to].max(rows[edge.from] + 1);
        }
    }
    rows
}

/// Gives each node of an app a lane: that of a parent whose lane it can go on with,
/// else the first that is free. Returns the number of lanes.
fn lanes_of(
    order: &[usize],
    rows: &[usize],
    parents: &[Vec<usize>],
    last_child_row: &[usize],
    nodes: &mut [Spot],
) -> usize {
    struct Lane {
        tail: usize,
        /// The lane may be needed for edges down to this row.
        busy_until: usize,
    }
    let mut lanes: Vec<Lane> = Vec::new();
    for node in order {
        let row = rows[*node];
        let own = parents[*node]
            .iter()
            .map(|parent| (nodes[*parent].lane, *parent))
            .filter(|(lane, parent)| lanes[*lane].tail == *parent)
            .map(|(lane, _)| lane)
            .min();
        let lane = own
            .or_else(|| {
                // Nothing may stand between a node and its parent in the node's lane.
                let from = parents[*node].iter().map(|parent| rows[*parent]).min();
                let clear = |lane: &Lane| {
                    let above = from.unwrap_or(row.saturating_sub(1));
                    lane.busy_until < row && rows[lane.tail] < row && rows[lane.tail] <= above
                };
                lanes.iter().position(clear)
            })
            .unwrap_or_else(|| {
                lanes.push(Lane {
                    tail: *node,
                    busy_until: row,
                });
                lanes.len() - 1
            });
        lanes[lane] = Lane {
            tail: *node,
            busy_until: last_child_row[*node].saturating_sub(1).max(row),
        };
        nodes[*node].lane = lane;
    }
    lanes.len().max(1)
}
