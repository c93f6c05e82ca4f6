//! `whimbrel graph`: the picture of dependencies that people look at in a review.

use std::path::PathBuf;

use clap::ValueEnum;
use rustc_hash::FxHashSet;

use super::Outcome;
use super::explain::explain;
use super::output::{self, Failure};
use super::plan::{ProjectArgs, with_app};
use crate::base::Files;
use crate::diag::wording::list;
use crate::graph::MigrationGraph;
use crate::graph::draw::{self, Picture, Scope};
use crate::ir::{MigrationId, Project};
use crate::pipeline::{Analysed, Analysis};
use crate::report::page::{self, Contents};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  whimbrel graph blog
  whimbrel graph --format html --output migrations.html")]
pub(super) struct Args {
    /// Only this app, with what it depends on directly.
    app: Option<String>,
    /// How the picture is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Draw the migrations of installed third-party apps and of Django as well.
    #[arg(long)]
    include_installed: bool,
    /// Write the picture to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    project: ProjectArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown on code hosts.
    Mermaid,
    /// For documents.
    Svg,
    /// A page to search and to click, with findings, SQL and locks; it needs no network.
    Html,
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let format = match args.format {
        Format::Text => draw::Format::Text,
        Format::Dot => draw::Format::Dot,
        Format::Mermaid => draw::Format::Mermaid,
        Format::Svg => draw::Format::Svg,
        Format::Html => {
            let write = |files: &Files, analysis: &Analysis| html(args, files, analysis);
            return args.project.with_findings(write);
        }
    };
    args.project.with_projects(|projects| {
        let chosen = match format {
            draw::Format::Text => with_app(projects, args.app.as_deref())?,
            _ => vec![only_project(args, projects)?],
        };
        let has_many = chosen.len() > 1;
        let mut out = String::new();
        for project in chosen {
            if has_many {
                out.push_str(&format!("# {}\n", project.root));
            }
            let graph = MigrationGraph::build(project);
            out.push_str(&draw::draw(project, &graph, &args.scope(), format));
        }
        args.write(&out)
    })
}

impl Args {
    fn scope(&self) -> Scope {
        Scope {
            app: self.app.clone(),
            include_installed: self.include_installed,
        }
    }

    fn write(&self, text: &str) -> Result<Outcome, Failure> {
        match &self.output {
            Some(path) => output::write_file(path, text)?,
            None => output::print(text)?,
        }
        Ok(Outcome::Fine)
    }
}

/// The one project that a document shows.
fn only_project<'a>(args: &Args, projects: &'a [Analysed]) -> Result<&'a Project, Failure> {
    let chosen = with_app(projects, args.app.as_deref())?;
    if let [only] = chosen.as_slice() {
        return Ok(only);
    }
    let roots: Vec<&str> = chosen.iter().map(|project| project.root.as_str()).collect();
    Err(Failure::usage(
        format!(
            "there are {} projects, and a document shows one",
            chosen.len()
        ),
        Some(format!("name one with `--project`: {}", list(&roots))),
    ))
}

fn html(args: &Args, files: &Files, analysis: &Analysis) -> Result<Outcome, Failure> {
    let project = only_project(args, &analysis.projects)?;
    let graph = MigrationGraph::build(project);
    let picture = Picture::new(project, &graph, &args.scope());
    let ids: Vec<MigrationId> = picture.nodes.iter().map(|node| picture.id(node)).collect();
    // Some of the picture may be missing, and is then no part of the plan.
    let wanted: FxHashSet<&MigrationId> = ids.iter().collect();
    let sql = explain(project, &wanted)?;
    args.write(&page::page(Contents {
        project,
        picture: &picture,
        files,
        diagnostics: &analysis.diagnostics,
        sql: &sql,
    }))
}
