//! Mermaid, which code hosts draw inside Markdown.

use std::fmt::Write as _;

use super::{Mark, Picture};

pub(super) fn draw(picture: &Picture) -> String {
    let mut out = String::from("flowchart TD\n");
    for (at, app) in picture.apps.iter().enumerate() {
        let _ = writeln!(out, "  subgraph app{at}[\"{}\"]", escaped(&app.label));
        for node in &app.nodes {
            let _ = writeln!(out, "    n{node}{}", shape(picture, *node));
        }
        out.push_str("  end\n");
    }
    let mut in_cycle = Vec::new();
    for (at, edge) in picture.edges.iter().enumerate() {
        let arrow = if picture.is_in_app(edge) {
            "-->"
        } else {
            "-.->"
        };
        let _ = writeln!(out, "  n{} {arrow} n{}", edge.from, edge.to);
        if edge.in_cycle {
            in_cycle.push(at.to_string());
        }
    }
    if !in_cycle.is_empty() {
        let _ = writeln!(
            out,
            "  linkStyle {} stroke:#cf222e,stroke-width:2px",
            in_cycle.join(",")
        );
    }
    for (mark, style) in [
        (Mark::Conflict, "fill:#fff8c5,stroke:#bf8700,color:#1f2328"),
        (Mark::Cycle, "fill:#ffebe9,stroke:#cf222e,color:#1f2328"),
        (
            Mark::Missing,
            "stroke:#cf222e,stroke-dasharray:4 3,color:#cf222e",
        ),
        (
            Mark::Unreadable,
            "stroke:#cf222e,stroke-dasharray:4 3,color:#cf222e",
        ),
    ] {
        let nodes: Vec<String> = (0..picture.nodes.len())
            .filter(|node| picture.nodes[*node].mark == Some(mark))
            .map(|node| format!("n{node}"))
            .collect();
        if !nodes.is_empty() {
            let name = mark.as_str();
            let _ = writeln!(out, "  classDef {name} {style}");
            let _ = writeln!(out, "  class {} {name}", nodes.join(","));
        }
    }
    out
}

/// A squash has a double frame, any other migration round corners.
fn shape(picture: &Picture, node: usize) -> String {
    let node = &picture.nodes[node];
    let mut label = escaped(&node.name);
    if node.squashes > 0 {
        let _ = write!(label, "<br/>squashes {}", node.squashes);
    }
    if let Some(mark) = node.mark {
        let _ = write!(label, "<br/>{}", mark.as_str());
    }
    if node.squashes > 0 {
        format!("[[\"{label}\"]]")
    } else {
        format!("(\"{label}\")")
    }
}

/// Mermaid reads entities in quoted labels, and numbers them without a leading `&`.
fn escaped(text: &str) -> String {
    text.replace('#', "#35;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}
