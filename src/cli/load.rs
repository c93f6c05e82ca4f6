//! Arguments that every command shares which reads projects, and the way from
//! them to sources.

use std::path::PathBuf;
use std::sync::Arc;

use super::output::Failure;
use crate::base::{Afterwards, Files};
use crate::lint::selection;
use crate::python::sources::Sources;
use crate::workspace::{self, Compare, Options};

/// Where and how to look.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct LoadArgs {
    /// The Python environment of installed apps. Default: VIRTUAL_ENV, then `.venv`,
    /// `venv` or `env` beside the project.
    #[arg(long, value_name = "DIR")]
    python_env: Option<PathBuf>,
    /// The settings module, dotted. Default: the one that `manage.py` names.
    #[arg(long, value_name = "MODULE")]
    settings: Option<String>,
    #[command(flatten)]
    config: ConfigArgs,
    /// Leave out files and folders, by patterns as in `.gitignore`.
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Leave out excluded files and folders even where they are named, as hooks name them.
    #[arg(long)]
    force_exclude: bool,
    /// Number of threads. Default: one for each core.
    #[arg(long, value_name = "N")]
    threads: Option<std::num::NonZeroUsize>,
}

/// Which configuration holds.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ConfigArgs {
    /// A configuration file instead of the nearest one, or a key: `dialects=["mysql"]`.
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    config: Vec<String>,
    /// Read no configuration file.
    #[arg(long)]
    isolated: bool,
}

impl ConfigArgs {
    /// Fills in what the call and the environment say.
    pub(super) fn apply(&self, options: &mut Options) -> Result<(), Failure> {
        for given in &self.config {
            let is_key = given.contains('=') && !std::path::Path::new(given).exists();
            if is_key {
                options.overrides.push(given.clone());
            } else if options.config.replace(PathBuf::from(given)).is_some() {
                return Err(Failure::usage(
                    "`--config` names two files",
                    Some("name one, and let it `extend` the other".to_owned()),
                ));
            }
        }
        let of_environment = std::env::var_os("WHIMBREL_CONFIG").filter(|file| !file.is_empty());
        if options.config.is_none() && !self.isolated {
            options.config = of_environment.map(PathBuf::from);
        }
        if self.isolated && options.config.is_some() {
            return Err(Failure::usage(
                "`--isolated` reads no file, and `--config` names one",
                Some("leave out one of the two".to_owned()),
            ));
        }
        options.isolated = self.isolated;
        options.variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, value)| name.starts_with("WHIMBREL_") && !value.is_empty())
            .collect();
        options.variables.sort();
        Ok(())
    }
}

/// Which rules are applied.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct RuleArgs {
    /// Apply these rules, categories or groups instead of those that the configuration
    /// selects.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = selector)]
    select: Option<Vec<String>>,
    /// Apply these as well, such as `strict`.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = selector)]
    extend_select: Vec<String>,
    /// Do not apply these.
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = selector)]
    ignore: Vec<String>,
}

/// What migrations are compared with.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct CompareArgs {
    /// Only what is new since a branch, commit, migration or date.
    #[arg(long, value_name = "REF", env = "WHIMBREL_SINCE", hide_env = true)]
    since: Option<String>,
    /// Only what is staged in git, as the index has it.
    #[arg(long)]
    staged: bool,
    /// With `--since`: what is new since this branch left REF.
    #[arg(long, requires = "since")]
    merge_base: bool,
}

/// What is to be judged, and what the findings are for.
pub(super) struct Asked<'a> {
    pub(super) rules: &'a RuleArgs,
    pub(super) compare: &'a CompareArgs,
    /// They are to be known again in another run.
    pub(super) fingerprints: bool,
    /// A file with the text that counts instead of what is on disk.
    pub(super) stdin: Option<(PathBuf, Vec<u8>)>,
}

impl CompareArgs {
    pub(super) fn is_asked_for(&self) -> bool {
        self.since.is_some() || self.staged
    }

    /// `--since` where it names a point of the history.
    fn point(&self) -> Option<&String> {
        self.since
            .as_ref()
            .filter(|since| workspace::is_point(since))
    }

    fn compare(&self) -> Result<Option<Compare>, Failure> {
        let since = self.since.as_ref().filter(|_| self.point().is_none());
        if self.merge_base && since.is_none() {
            return Err(Failure::usage(
                "`--merge-base` is about a revision of git, and `--since` names none",
                Some("write `--since origin/main --merge-base`".to_owned()),
            ));
        }
        Ok((since.is_some() || self.staged).then(|| Compare {
            since: since.cloned(),
            staged: self.staged,
            merge_base: self.merge_base,
        }))
    }
}

/// The name of a rule, a category or a group.
fn selector(name: &str) -> Result<String, String> {
    if selection::is_selector(name) {
        return Ok(name.to_owned());
    }
    Err(selection::nearest(name).map_or_else(
        || "there is no such rule, category or group; `whimbrel rule` lists all rules".to_owned(),
        |near| format!("there is no such rule, category or group; did you mean `{near}`?"),
    ))
}

/// Stack of a worker: deep where files are, without being asked for at once.
const STACK: usize = 16 * 1024 * 1024;

impl LoadArgs {
    /// Finds what there is to read, on a thread pool of the asked size, and hands it
    /// to `work` on the same pool.
    pub(super) fn with_sources<T: Send>(
        &self,
        paths: &[PathBuf],
        work: impl FnOnce(&Files, &Sources) -> T + Send,
    ) -> Result<T, Failure> {
        let asked = Asked {
            rules: &RuleArgs::default(),
            compare: &CompareArgs::default(),
            fingerprints: false,
            stdin: None,
        };
        self.with_checked(paths, asked, work)
    }

    /// As [`LoadArgs::with_sources`], where rules are applied.
    pub(super) fn with_checked<T: Send>(
        &self,
        paths: &[PathBuf],
        asked: Asked<'_>,
        work: impl FnOnce(&Files, &Sources) -> T + Send,
    ) -> Result<T, Failure> {
        let files = Arc::new(Files::default());
        let cwd = std::env::current_dir().map_err(|error| {
            Failure::usage(
                format!("the working directory cannot be used: {error}"),
                None,
            )
        })?;
        let mut options = Options {
            cwd,
            settings: self.settings.clone(),
            python_env: self.python_env.clone(),
            virtual_env: std::env::var_os("VIRTUAL_ENV")
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from),
            exclude: self.exclude.clone(),
            force_exclude: self.force_exclude,
            stdin: asked.stdin,
            select: asked.rules.select.clone(),
            extend_select: asked.rules.extend_select.clone(),
            ignore: asked.rules.ignore.clone(),
            compare: asked.compare.compare()?,
            since: asked.compare.point().cloned(),
            fingerprints: asked.fingerprints,
            ..Options::default()
        };
        self.config.apply(&mut options)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads.map_or(0, std::num::NonZeroUsize::get))
            .stack_size(STACK)
            .build()
            .map_err(|error| Failure::usage(format!("cannot start threads: {error}"), None))?;
        pool.install(|| match workspace::discover(&files, &options, paths) {
            Ok(sources) => {
                let result = work(&files, &sources);
                // Every command ends the process next.
                Afterwards::Exit.leave((sources, Arc::clone(&files)));
                Ok(result)
            }
            Err(error) => Err(Failure::Workspace(error, Arc::clone(&files))),
        })
    }
}
