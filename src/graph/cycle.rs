//! Cycles: one shortest cycle for each knot of migrations that wait for each other.

use std::collections::VecDeque;

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::visit::EdgeRef;

use super::{CycleEdge, Fault, MigrationGraph, NodeId, node_id, petgraph_index};

/// In the order of the cycles' first nodes. Django raises for the first cycle that
/// it meets (`MigrationGraph.ensure_not_cyclic`), in the order of a Python set.
pub(super) fn cycles(graph: &MigrationGraph) -> Vec<Fault> {
    // Tarjan's algorithm in petgraph recurses, which a long history would overflow.
    let mut knots: Vec<Vec<NodeId>> = kosaraju_scc(&graph.graph)
        .into_iter()
        .filter(|knot| {
            knot.len() > 1
                || knot
                    .first()
                    .is_some_and(|node| graph.graph.contains_edge(*node, *node))
        })
        .map(|knot| {
            let mut knot: Vec<_> = knot.into_iter().map(node_id).collect();
            knot.sort_unstable();
            knot
        })
        .collect();
    knots.sort_unstable();
    let mut knot_of = vec![usize::MAX; graph.len()];
    for (at, knot) in knots.iter().enumerate() {
        for node in knot {
            knot_of[node.index()] = at;
        }
    }
    let mut reached = vec![None; graph.len()];
    knots
        .iter()
        .enumerate()
        .filter_map(|(at, knot)| {
            let start = *knot.first()?;
            let inside = |node: NodeId| knot_of[node.index()] == at;
            shortest(graph, start, inside, &mut reached)
        })
        .map(|edges| Fault::Cycle { edges })
        .collect()
}

/// The shortest cycle through `start`: breadth first along "depends on", until a
/// dependency leads back. `reached` is scratch space; knots share no node.
fn shortest(
    graph: &MigrationGraph,
    start: NodeId,
    inside: impl Fn(NodeId) -> bool,
    reached: &mut [Option<CycleEdge>],
) -> Option<Vec<CycleEdge>> {
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let mut edges: Vec<CycleEdge> = graph
            .graph
            .edges_directed(petgraph_index(node), Direction::Incoming)
            .map(|edge| CycleEdge {
                after: node,
                before: node_id(edge.source()),
                edge: *edge.weight(),
            })
            .filter(|edge| inside(edge.before))
            .collect();
        edges.sort_unstable_by_key(|edge| edge.before);
        for edge in edges {
            if edge.before == start {
                let mut ring = vec![edge];
                let mut at = node;
                while at != start {
                    let step = reached[at.index()]?;
                    ring.push(step);
                    at = step.after;
                }
                ring.reverse();
                return Some(ring);
            }
            if reached[edge.before.index()].is_none() {
                reached[edge.before.index()] = Some(edge);
                queue.push_back(edge.before);
            }
        }
    }
    None
}
