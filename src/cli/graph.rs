//! `whimbrel graph`: the picture of dependencies that people look at in a review.

use clap::ValueEnum;

use super::Outcome;
use super::output::{self, Failure};
use super::plan::{ProjectArgs, with_app};
use crate::graph::MigrationGraph;
use crate::graph::draw::{self, Scope};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example: whimbrel graph blog --format mermaid")]
pub(super) struct Args {
    /// Only this app, with what it depends on directly.
    app: Option<String>,
    /// How the picture is written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
    /// Draw the migrations of installed third-party apps and of Django as well.
    #[arg(long)]
    include_installed: bool,
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
}

pub(super) fn run(args: &Args) -> Result<Outcome, Failure> {
    let format = match args.format {
        Format::Text => draw::Format::Text,
        Format::Dot => draw::Format::Dot,
        Format::Mermaid => draw::Format::Mermaid,
        Format::Svg => draw::Format::Svg,
    };
    args.project.with_projects(|projects| {
        let chosen = with_app(projects, args.app.as_deref())?;
        let has_many = chosen.len() > 1;
        if has_many && format != draw::Format::Text {
            let roots: Vec<&str> = chosen.iter().map(|project| project.root.as_str()).collect();
            return Err(Failure::usage(
                format!(
                    "there are {} projects, and a document shows one",
                    chosen.len()
                ),
                Some(format!(
                    "name one with `--project`: {}",
                    crate::diag::wording::list(&roots)
                )),
            ));
        }
        let scope = Scope {
            app: args.app.clone(),
            include_installed: args.include_installed,
        };
        let mut out = String::new();
        for project in chosen {
            if has_many {
                out.push_str(&format!("# {}\n", project.root));
            }
            let graph = MigrationGraph::build(project);
            out.push_str(&draw::draw(project, &graph, &scope, format));
        }
        output::print(&out)?;
        Ok(Outcome::Fine)
    })
}
