//! SVG with a layout of our own, readable on light and on dark ground.

use std::fmt::Write as _;

use super::layout::{Layout, layout};
use super::{Mark, Picture};

const FONT_SIZE: usize = 12;
/// Width of a character of the monospaced font, in tenths of a pixel.
const CHARACTER: usize = 73;
const NODE_HEIGHT: usize = 28;
const ROW_HEIGHT: usize = 56;
const LANE_GAP: usize = 20;
const APP_GAP: usize = 36;
const APP_PADDING: usize = 16;
const HEADER: usize = 34;
const MARGIN: usize = 20;
/// Longer names are cut; the whole name stands in the node's tooltip.
const LONGEST_NAME: usize = 34;

const STYLE: &str = "\
  svg { --ground: #ffffff; --app: #f6f8fa; --line: #d0d7de; --node: #ffffff; --frame: #8c959f;\n\
        --text: #1f2328; --soft: #59636e; --edge: #6e7781; --cross: #8a63d2; --warn: #bf8700;\n\
        --warn-fill: #fff8c5; --bad: #cf222e; --bad-fill: #ffebe9; --squash: #0969da; }\n\
  @media (prefers-color-scheme: dark) {\n\
    svg { --ground: #0d1117; --app: #161b22; --line: #30363d; --node: #21262d; --frame: #8b949e;\n\
          --text: #e6edf3; --soft: #9198a1; --edge: #9198a1; --cross: #ab7df8; --warn: #d29922;\n\
          --warn-fill: #3b2e0a; --bad: #f85149; --bad-fill: #49151a; --squash: #58a6ff; }\n\
  }\n\
  text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--text); }\n\
  .ground { fill: var(--ground); }\n\
  .app { fill: var(--app); stroke: var(--line); }\n\
  .outside { stroke-dasharray: 4 3; }\n\
  .label { font-weight: 600; font-size: 13px; }\n\
  .soft { fill: var(--soft); }\n\
  .node { fill: var(--node); stroke: var(--frame); }\n\
  .inner { fill: none; stroke: var(--squash); }\n\
  .squash { stroke: var(--squash); }\n\
  .conflict { fill: var(--warn-fill); stroke: var(--warn); stroke-width: 1.6; }\n\
  .cycle { fill: var(--bad-fill); stroke: var(--bad); stroke-width: 1.6; }\n\
  .missing, .unreadable { fill: none; stroke: var(--bad); stroke-dasharray: 4 3; }\n\
  .edge { fill: none; stroke: var(--edge); stroke-width: 1.3; }\n\
  .cross { stroke: var(--cross); stroke-width: 1.1; stroke-dasharray: 5 3; opacity: 0.75; }\n\
  .ring { stroke: var(--bad); stroke-width: 2; opacity: 1; stroke-dasharray: none; }\n\
  .tip { fill: var(--edge); }\n\
  .cross-tip { fill: var(--cross); }\n\
  .ring-tip { fill: var(--bad); }\n";

pub(super) fn draw(picture: &Picture) -> String {
    let layout = layout(picture);
    let places = Places::new(picture, &layout);
    let legend = legend(picture);
    let width = places.width.max(width_of(&legend) + MARGIN * 2);
    let height = places.height + if legend.is_empty() { 0 } else { HEADER };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" role=\"img\">\n<title>Migration graph</title>\n\
         <style>\n{STYLE}</style>\n<defs>\n"
    );
    for (id, class) in [
        ("tip", "tip"),
        ("cross-tip", "cross-tip"),
        ("ring-tip", "ring-tip"),
    ] {
        let _ = writeln!(
            out,
            "  <marker id=\"{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" \
             markerHeight=\"7\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">\
             <path class=\"{class}\" d=\"M0,0.5 L8,4 L0,7.5 z\"/></marker>"
        );
    }
    out.push_str("</defs>\n");
    let _ = writeln!(
        out,
        "<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>"
    );
    apps(picture, &places, &mut out);
    edges(picture, &places, &mut out);
    nodes(picture, &places, &mut out);
    if !legend.is_empty() {
        let _ = writeln!(
            out,
            "<text class=\"soft\" x=\"{MARGIN}\" y=\"{}\">{}</text>",
            places.height + HEADER / 3,
            escaped(&legend)
        );
    }
    out.push_str("</svg>\n");
    out
}

fn apps(picture: &Picture, places: &Places, out: &mut String) {
    for (app, column) in picture.apps.iter().zip(&places.columns) {
        let class = if app.outside { "app outside" } else { "app" };
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"8\"/>",
            column.x,
            column.top,
            column.width,
            column.bottom - column.top
        );
        let class = if app.outside { "label soft" } else { "label" };
        let _ = writeln!(
            out,
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            column.x + APP_PADDING,
            column.top + 21,
            escaped(&app.label)
        );
    }
}

fn edges(picture: &Picture, places: &Places, out: &mut String) {
    for edge in &picture.edges {
        let from = &places.boxes[edge.from];
        let to = &places.boxes[edge.to];
        let (class, tip) = if edge.in_cycle {
            ("edge ring", "ring-tip")
        } else if picture.is_in_app(edge) {
            ("edge", "tip")
        } else {
            ("edge cross", "cross-tip")
        };
        let path = if edge.from == edge.to {
            around(from)
        } else if to.y > from.y && picture.is_in_app(edge) {
            along_lanes(from, to)
        } else if !picture.is_in_app(edge) {
            across(from, to)
        } else {
            up(from, to)
        };
        let _ = writeln!(
            out,
            "<path class=\"{class}\" d=\"{path}\" marker-end=\"url(#{tip})\"/>"
        );
    }
}

/// From the side of one node to the facing side of another in another column.
fn across(from: &Box, to: &Box) -> String {
    let (y1, y2) = (from.y + NODE_HEIGHT / 2, to.y + NODE_HEIGHT / 2);
    if from.x < to.x {
        let (x1, x2) = (from.x + from.width, to.x);
        let bend = (x2.saturating_sub(x1) / 2).clamp(24, 110);
        let before = x2.saturating_sub(bend);
        format!("M{x1},{y1} C{},{y1} {before},{y2} {x2},{y2}", x1 + bend)
    } else {
        let (x1, x2) = (from.x, to.x + to.width);
        let bend = (x1.saturating_sub(x2) / 2).clamp(24, 110);
        let before = x1.saturating_sub(bend);
        format!("M{x1},{y1} C{before},{y1} {},{y2} {x2},{y2}", x2 + bend)
    }
}

/// From the bottom of one node to the top of another.
fn down(from: &Box, to: &Box) -> String {
    let (x1, y1) = (from.middle(), from.y + NODE_HEIGHT);
    let (x2, y2) = (to.middle(), to.y);
    if x1 == x2 {
        return format!("M{x1},{y1} V{y2}");
    }
    let bend = ((y2 - y1) / 2).clamp(14, 90);
    format!(
        "M{x1},{y1} C{x1},{} {x2},{} {x2},{y2}",
        y1 + bend,
        y2.saturating_sub(bend)
    )
}

/// As [`down`], changing lanes beside the node in the left one, so that the line
/// stays clear of other nodes.
fn along_lanes(from: &Box, to: &Box) -> String {
    let (x1, y1) = (from.middle(), from.y + NODE_HEIGHT);
    let (x2, y2) = (to.middle(), to.y);
    let step = ROW_HEIGHT - NODE_HEIGHT;
    let bend = step / 2;
    if y2 - y1 <= step || x1 == x2 {
        down(from, to)
    } else if x1 < x2 {
        let y = y1 + step;
        format!(
            "M{x1},{y1} C{x1},{} {x2},{} {x2},{y} V{y2}",
            y1 + bend,
            y - bend
        )
    } else {
        let y = y2 - step;
        format!(
            "M{x1},{y1} V{y} C{x1},{} {x2},{} {x2},{y2}",
            y + bend,
            y2 - bend
        )
    }
}

/// From the right side of one node to the right side of another that is not below.
fn up(from: &Box, to: &Box) -> String {
    let (x1, y1) = (from.x + from.width, from.y + NODE_HEIGHT / 2);
    let (x2, y2) = (to.x + to.width, to.y + NODE_HEIGHT / 2);
    let far = x1.max(x2) + APP_GAP * 3 / 4;
    format!("M{x1},{y1} C{far},{y1} {far},{y2} {x2},{y2}")
}

/// From the right side of a node to its top.
fn around(node: &Box) -> String {
    let (x, y) = (node.x + node.width, node.y);
    format!(
        "M{x},{} C{},{} {},{} {},{y}",
        y + NODE_HEIGHT / 2,
        x + 22,
        y + NODE_HEIGHT / 2,
        x - 10,
        y.saturating_sub(20),
        x - 16,
    )
}

fn nodes(picture: &Picture, places: &Places, out: &mut String) {
    for (at, node) in picture.nodes.iter().enumerate() {
        let place = &places.boxes[at];
        let mut class = String::from("node");
        if node.squashes > 0 {
            class.push_str(" squash");
        }
        if let Some(mark) = node.mark {
            let _ = write!(class, " {}", mark.as_str());
        }
        let (x, y, width) = (place.x, place.y, place.width);
        let _ = writeln!(out, "<g><title>{}</title>", escaped(&title(picture, at)));
        let _ = writeln!(
            out,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{NODE_HEIGHT}\" rx=\"6\"/>"
        );
        if node.squashes > 0 {
            let _ = writeln!(
                out,
                "<rect class=\"inner\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"4\"/>",
                x + 3,
                y + 3,
                width - 6,
                NODE_HEIGHT - 6
            );
        }
        let soft = if picture.apps[node.app].outside {
            " class=\"soft\""
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<text{soft} x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text></g>",
            place.middle(),
            y + NODE_HEIGHT / 2 + FONT_SIZE / 3,
            escaped(&shortened(&node.name))
        );
    }
}

fn title(picture: &Picture, at: usize) -> String {
    let node = &picture.nodes[at];
    let mut title = picture.full_name(at);
    if node.squashes > 0 {
        let _ = write!(title, ", squashes {}", node.squashes);
    }
    if let Some(mark) = node.mark {
        let _ = write!(title, ", {}", mark.as_str());
    }
    title
}

/// What the marks in the picture mean; empty without marks.
fn legend(picture: &Picture) -> String {
    let has = |mark| picture.nodes.iter().any(|node| node.mark == Some(mark));
    let mut parts = Vec::new();
    if picture.edges.iter().any(|edge| !picture.is_in_app(edge)) {
        parts.push("dashed arrow: dependency between apps");
    }
    if picture.nodes.iter().any(|node| node.squashes > 0) {
        parts.push("double frame: squash");
    }
    if has(Mark::Conflict) {
        parts.push("yellow: conflicting leaf");
    }
    if has(Mark::Cycle) {
        parts.push("red: cycle");
    }
    if has(Mark::Missing) || has(Mark::Unreadable) {
        parts.push("red dashed frame: missing or unreadable");
    }
    parts.join("  ·  ")
}

struct Places {
    columns: Vec<Column>,
    boxes: Vec<Box>,
    width: usize,
    height: usize,
}

/// The frame of an app.
struct Column {
    x: usize,
    width: usize,
    top: usize,
    bottom: usize,
}

struct Box {
    x: usize,
    y: usize,
    width: usize,
}

impl Box {
    const fn middle(&self) -> usize {
        self.x + self.width / 2
    }
}

impl Places {
    fn new(picture: &Picture, layout: &Layout) -> Self {
        let first = MARGIN + HEADER;
        let y_of = |row: usize| first + row * ROW_HEIGHT;
        let mut boxes: Vec<Box> = Vec::new();
        boxes.resize_with(picture.nodes.len(), || Box {
            x: 0,
            y: 0,
            width: 0,
        });
        let mut columns = Vec::new();
        let mut x = MARGIN;
        for (app, lanes) in picture.apps.iter().zip(&layout.lanes) {
            let mut widths = vec![0; *lanes];
            for node in &app.nodes {
                let lane = &mut widths[layout.nodes[*node].lane];
                *lane = (*lane).max(node_width(&picture.nodes[*node].name));
            }
            let mut lane_x = Vec::with_capacity(widths.len());
            let mut at = x + APP_PADDING;
            for width in &widths {
                lane_x.push(at);
                at += width + LANE_GAP;
            }
            let inner = (at - LANE_GAP).max(x + APP_PADDING + width_of(&app.label) * 11 / 10);
            let width = inner + APP_PADDING - x;
            let rows = || app.nodes.iter().map(|node| layout.nodes[*node].row);
            for node in &app.nodes {
                let spot = layout.nodes[*node];
                boxes[*node] = Box {
                    x: lane_x[spot.lane],
                    y: y_of(spot.row),
                    width: widths[spot.lane],
                };
            }
            columns.push(Column {
                x,
                width,
                top: y_of(rows().min().unwrap_or(0)) - HEADER,
                bottom: y_of(rows().max().unwrap_or(0)) + NODE_HEIGHT + APP_PADDING,
            });
            x += width + APP_GAP;
        }
        Self {
            columns,
            boxes,
            width: x.saturating_sub(APP_GAP).max(MARGIN) + MARGIN,
            height: y_of(layout.rows) + APP_PADDING,
        }
    }
}

fn width_of(text: &str) -> usize {
    text.chars().count() * CHARACTER / 10
}

fn node_width(name: &str) -> usize {
    width_of(&shortened(name)) + 20
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let mut short: String = name.chars().take(LONGEST_NAME - 1).collect();
    short.push('…');
    short
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
