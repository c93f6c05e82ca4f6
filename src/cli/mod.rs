//! The command line: one file a command. Findings go to standard output, all else
//! to standard error. Exit codes: 0 nothing to repair, 1 findings, 2 whimbrel could
//! not do its job.

mod baseline;
mod check;
mod completions;
mod config;
mod convert;
mod explain;
mod fmt;
mod graph;
mod init;
mod load;
mod man;
mod new;
mod output;
mod plan;
mod remarks;
mod rule;
mod schema;
mod sql;
mod sql_setup;
mod watch;

use std::process::ExitCode;

use clap::{ArgAction, CommandFactory, Parser, Subcommand};

use crate::report::full::Colour;
use output::Failure;

/// Reads Django migrations without running them, and says what is wrong with them.
#[derive(Debug, Parser)]
#[command(name = "whimbrel", version = env!("WHIMBREL_VERSION"), max_term_width = 100)]
#[command(disable_help_flag = true)]
#[command(after_help = "Example: whimbrel check --output-format concise")]
struct Cli {
    // One help: pages of values stand in the manual.
    /// Print help.
    #[arg(short, long, action = ArgAction::HelpShort, global = true)]
    help: Option<bool>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check migrations: every project below the given paths.
    Check(check::Args),
    /// List migrations in the order in which Django would apply them.
    #[command(visible_alias = "showmigrations")]
    Plan(plan::Args),
    /// Convert migrations between Python and `.mig`.
    Convert(convert::Args),
    /// Write the next migration of an app, without operations.
    New(new::Args),
    /// Format `.mig` files in the one style.
    #[command(visible_alias = "format")]
    Fmt(fmt::Args),
    /// Draw the dependencies of an app or of a whole project.
    Graph(graph::Args),
    /// Print the SQL of migrations, with no database and no Python.
    #[command(visible_alias = "sqlmigrate")]
    Sql(sql::Args),
    /// Print the schema that all migrations lead to as one script, for test databases.
    Schema(schema::Args),
    /// Tell the keys of the configuration, and where their values come from.
    Config(config::Args),
    /// Write a configuration of what the project is seen to be.
    Init(init::Args),
    /// Explain a rule, or list all rules.
    Rule(rule::Args),
    /// Print the script that completes commands and options in a shell.
    Completions(completions::Args),
    /// Print the manual page, or write one for each command.
    Man(man::Args),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Fine,
    Findings,
    Failed,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Fine => 0,
            Outcome::Findings => 1,
            Outcome::Failed => 2,
        })
    }
}

/// Runs the command that the process was called with.
#[must_use]
pub fn main() -> ExitCode {
    silence_guarded_panics();
    let cli = Cli::parse();
    let Some(command) = cli.command else {
        let help = Cli::command().render_help();
        let help = match output::colour(&std::io::stdout()) {
            Colour::Always => help.ansi().to_string(),
            Colour::Never => help.to_string(),
        };
        return match output::print(&help) {
            Ok(()) => Outcome::Fine.into(),
            Err(failure) => failure.report().into(),
        };
    };
    let result = match command {
        Command::Check(args) => check::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::New(args) => new::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Sql(args) => sql::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Config(args) => config::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Rule(args) => rule::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    result.unwrap_or_else(Failure::report).into()
}

/// A panic that the pipeline catches becomes a finding; printing it as well would
/// only repeat it.
fn silence_guarded_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !crate::base::guard::is_guarded() {
            usual(info);
        }
    }));
}
