//! DOT, for Graphviz.

use std::fmt::Write as _;

use super::{Mark, Picture};

pub(super) fn draw(picture: &Picture) -> String {
    let mut out = String::from(
        "digraph migrations {\n  \
         rankdir=TB;\n  \
         node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"monospace\", fontsize=10];\n  \
         edge [color=\"#57606a\", arrowsize=0.7];\n",
    );
    for (at, app) in picture.apps.iter().enumerate() {
        let style = if app.outside { "dashed" } else { "rounded" };
        let label = quoted(&app.label);
        let _ = writeln!(
            out,
            "  subgraph cluster_{at} {{\n    label={label};\n    style={style};\n    color=\"#8c959f\";"
        );
        for node in &app.nodes {
            let name = quoted(&picture.full_name(*node));
            let _ = writeln!(out, "    {name} [{}];", attributes(picture, *node));
        }
        out.push_str("  }\n");
    }
    for edge in &picture.edges {
        let from = quoted(&picture.full_name(edge.from));
        let to = quoted(&picture.full_name(edge.to));
        let style = if edge.in_cycle {
            " [color=\"#cf222e\", penwidth=2]"
        } else if picture.is_in_app(edge) {
            ""
        } else {
            " [style=dashed]"
        };
        let _ = writeln!(out, "  {from} -> {to}{style};");
    }
    out.push_str("}\n");
    out
}

fn attributes(picture: &Picture, node: usize) -> String {
    let node = &picture.nodes[node];
    let mut label = node.name.clone();
    if node.squashes > 0 {
        let _ = write!(label, "\nsquashes {}", node.squashes);
    }
    if let Some(mark) = node.mark {
        let _ = write!(label, "\n{}", mark.as_str());
    }
    let mut out = format!("label={}", quoted(&label));
    if node.squashes > 0 {
        out.push_str(", peripheries=2");
    }
    let colors = match node.mark {
        Some(Mark::Conflict) => ", color=\"#bf8700\", fillcolor=\"#fff8c5\"",
        Some(Mark::Cycle) => ", color=\"#cf222e\", fillcolor=\"#ffebe9\"",
        Some(Mark::Missing | Mark::Unreadable) => {
            ", color=\"#cf222e\", style=\"rounded,dashed\", fontcolor=\"#cf222e\""
        }
        None if picture.apps[node.app].outside => ", color=\"#8c959f\", fontcolor=\"#57606a\"",
        None => "",
    };
    out.push_str(colors);
    out
}

fn quoted(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}
