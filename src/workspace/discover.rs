//! From paths to projects: walks what was named, finds the roots of projects at,
//! below and above it, and gives every migration folder a home.
//!
//! Which app belongs to which project is decided later, from the settings; here
//! only names, places and a few scripts' text count.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::Gitignore;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

use super::config::{self, Config};
use super::disk::{Disk, Overlay};
use super::error::{Error, suggest};
use super::finder::PythonPath;
use super::home::Home;
use super::map::Map;
use super::tree::Tree;
use super::{Options, folders, git, paths, revision, walk};
use crate::base::{Files, Span, TextRange};
use crate::diag::{Diagnostic, Level};
use crate::python::sources::{Checked, FoundFolder, MigrationFolder, ProjectSource, Sources};

/// Everything that discovery knows on its way.
pub(super) struct Discovery<'a> {
    pub disk: Arc<Disk>,
    pub options: &'a Options,
    /// `--config`.
    config: Option<Arc<Config>>,
    pub map: Map,
    diagnostics: Vec<Diagnostic>,
    not_migrations: Vec<String>,
    left_out: Vec<String>,
}

pub(super) fn discover(
    files: &Arc<Files>,
    options: &Options,
    paths: &[PathBuf],
) -> Result<Sources, Error> {
    let disk = Arc::new(Disk::new(options.cwd.clone(), Arc::clone(files)));
    let config = named_config(&disk, options)?;
    let mut discovery = Discovery {
        disk,
        options,
        config,
        map: Map::default(),
        diagnostics: Vec::new(),
        not_migrations: Vec::new(),
        left_out: Vec::new(),
    };
    let paths = absolute(&options.cwd, paths);
    let changes = match &options.compare {
        Some(compare) => Some(git::changes(&options.cwd, &paths, compare)?),
        None => None,
    };
    let stdin = options.stdin.as_ref();
    let stdin = stdin.map(|(path, text)| (paths::absolute(&options.cwd, path), text.clone()));
    let mut overlay = match &changes {
        Some(changes) => revision::overlay(changes)?,
        None => Overlay::default(),
    };
    overlay
        .0
        .extend(stdin.map(|(path, text)| (path, Some(text))));
    discovery.disk.lay_over(overlay);
    let (folders, named_files) = discovery.targets(&paths)?;
    let names_files = folders.is_empty();
    let mut found = discovery.walk(&folders)?;
    let mut starts: BTreeSet<PathBuf> = folders.into_iter().collect();
    for file in named_files {
        discovery.add_file(&file, &mut found);
        starts.extend(file.parent().map(Path::to_owned));
    }
    let homes = discovery.homes(&starts, &found)?;
    let mut folders = discovery.folders(&homes, found);
    let changed = match changes {
        Some(changes) => {
            let disk = &discovery.disk;
            let changed = revision::compare(disk, &changes, &homes, &mut folders, &paths)?;
            Some(changed)
        }
        None => None,
    };
    let baselines = homes.iter().filter_map(|home| home.config.baseline.clone());
    let baselines: BTreeSet<PathBuf> = baselines.collect();
    Ok(Sources {
        projects: discovery.projects(homes),
        wants_fingerprints: options.fingerprints || !baselines.is_empty(),
        baselines: baselines.into_iter().collect(),
        folders,
        diagnostics: discovery.diagnostics,
        not_migrations: discovery.not_migrations,
        excluded: discovery.left_out,
        names_files,
        changed,
    })
}

/// The configuration that the call names, or none at all where it wants none.
fn named_config(disk: &Disk, options: &Options) -> Result<Option<Arc<Config>>, Error> {
    if options.isolated {
        return Ok(Some(Arc::new(Config::none(&options.cwd))));
    }
    match &options.config {
        Some(file) => config::of_file(disk, &paths::absolute(&options.cwd, file)).map(Some),
        None => Ok(None),
    }
}

/// The configuration that holds in the working directory.
pub(super) fn configuration(files: &Arc<Files>, options: &Options) -> Result<Arc<Config>, Error> {
    let disk = Disk::new(options.cwd.clone(), Arc::clone(files));
    let config = match named_config(&disk, options)? {
        Some(config) => config,
        None => config::nearest(&disk, &options.cwd)?,
    };
    config::overridden(&disk, options, config)
}

/// Each path once, absolute.
fn absolute(cwd: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    let paths = paths.iter().map(|path| paths::absolute(cwd, path));
    let paths: BTreeSet<PathBuf> = paths.collect();
    paths.into_iter().collect()
}

impl Discovery<'_> {
    /// The configuration for a folder.
    pub(super) fn config(&self, folder: &Path) -> Result<Arc<Config>, Error> {
        let config = match &self.config {
            Some(config) => Arc::clone(config),
            None => config::nearest(&self.disk, folder)?,
        };
        let config = config::overridden(&self.disk, self.options, config)?;
        let Options {
            select,
            extend_select,
            ignore,
            since,
            ..
        } = self.options;
        if select.is_none() && extend_select.is_empty() && ignore.is_empty() && since.is_none() {
            return Ok(config);
        }
        let mut config = (*config).clone();
        let policy = Arc::make_mut(&mut config.policy);
        if let Some(select) = select {
            policy.select = Some(select.iter().map(SmolStr::new).collect());
        }
        policy
            .extend_select
            .extend(extend_select.iter().map(SmolStr::new));
        policy.ignore.extend(ignore.iter().map(SmolStr::new));
        if let Some(since) = since {
            // The call is shown like a file, where it is wrong.
            let span = || {
                let file = self.disk.files.add("--since", since.as_str());
                let end = u32::try_from(since.len()).unwrap_or(u32::MAX);
                Span::new(file, TextRange::new(0, end))
            };
            policy.since = config::point(since, span).into_iter().collect();
        }
        Ok(Arc::new(config))
    }

    /// Folders and files that were named.
    fn targets(&mut self, paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Error> {
        let mut folders = Vec::new();
        let mut files = Vec::new();
        let from_call = self.excluded_by_call()?;
        for path in paths {
            let path = path.clone();
            if self.options.force_exclude && self.is_excluded(&path, from_call.as_ref())? {
                self.left_out.push(self.disk.shown(&path));
                continue;
            }
            // Git's index and an editor may have what the disk lacks.
            let is_laid_over = self.disk.overlay().is_some() && self.disk.is_file(&path);
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {
                    folders.push(path);
                }
                metadata if is_laid_over || metadata.as_ref().is_ok_and(Metadata::is_file) => {
                    let is_migration_file = path
                        .extension()
                        .is_some_and(|extension| extension == "py" || extension == "mig");
                    if !is_migration_file {
                        return Err(Error::NotPython {
                            shown: self.disk.shown(&path),
                        });
                    }
                    files.push(path);
                }
                Ok(_) => {
                    return Err(Error::Unreadable {
                        shown: self.disk.shown(&path),
                        reason: "it is neither a file nor a folder".to_owned(),
                    });
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Err(Error::NoSuchPath {
                        shown: self.disk.shown(&path),
                        suggestion: suggest(&path).map(|near| self.disk.shown(&near)),
                    });
                }
                Err(error) => {
                    return Err(super::error::unreadable(self.disk.shown(&path), &error));
                }
            }
        }
        Ok((folders, files))
    }

    /// The patterns of `--exclude`.
    fn excluded_by_call(&self) -> Result<Option<Gitignore>, Error> {
        let patterns = self.options.exclude.iter().map(String::as_str);
        config::patterns(&self.options.cwd, patterns)
            .map_err(|(pattern, reason)| Error::BadGlob { pattern, reason })
    }

    fn call_excludes(&self, patterns: Option<&Gitignore>, path: &Path, is_dir: bool) -> bool {
        patterns.is_some_and(|patterns| {
            path.strip_prefix(&self.options.cwd).is_ok_and(|relative| {
                patterns
                    .matched_path_or_any_parents(relative, is_dir)
                    .is_ignore()
            })
        })
    }

    /// Whether a path that was named matches a pattern of the call or of its own
    /// configuration.
    fn is_excluded(&self, path: &Path, from_call: Option<&Gitignore>) -> Result<bool, Error> {
        let is_dir = path.is_dir();
        let folder = path.parent().unwrap_or(path);
        Ok(self.call_excludes(from_call, path, is_dir)
            || self.config(folder)?.excludes(path, is_dir))
    }

    /// Walks the named folders; the migration folders found, all to be checked.
    fn walk(&mut self, roots: &[PathBuf]) -> Result<BTreeMap<PathBuf, Checked>, Error> {
        let from_call = self.excluded_by_call()?;
        let mut found = BTreeMap::new();
        for root in roots {
            let config = self.config(root)?;
            let excluded = |path: &Path, is_dir: bool| {
                config.excludes(path, is_dir)
                    || self.call_excludes(from_call.as_ref(), path, is_dir)
            };
            let mut tree = walk::walk(root, None, &excluded);
            if let Some(overlay) = self.disk.overlay() {
                tree.folders.lay_over(root, overlay);
            }
            self.apply_nested_excludes(root, &mut tree)?;
            for (path, reason) in &tree.unreadable {
                let shown = self.disk.shown(path);
                let file = self.disk.files.add(shown.as_str(), "");
                self.diagnostics.push(
                    Diagnostic::new(
                        "unreadable-file",
                        Level::Error,
                        Span::file_start(file),
                        format!("`{shown}` cannot be read: {reason}"),
                    )
                    .here(reason),
                );
            }
            for (folder, known) in tree.folders.iter() {
                self.disk
                    .remember(folder.clone(), Arc::clone(&known.listing));
            }
            let named: BTreeSet<PathBuf> =
                config.apps.iter().map(|(_, path)| path.clone()).collect();
            for folder in folders::in_tree(&self.disk, &tree, &named) {
                found.insert(folder, Checked::All);
            }
            self.map.add(root.clone(), tree);
        }
        Ok(found)
    }

    /// Configuration files below the root that was walked exclude folders as well.
    fn apply_nested_excludes(&self, root: &Path, tree: &mut Tree) -> Result<(), Error> {
        if self.config.is_some() {
            return Ok(());
        }
        let configured: Vec<PathBuf> = tree
            .folders
            .iter()
            .filter(|(path, folder)| {
                *path != root && config::FILE_NAMES.iter().any(|name| folder.marked(name))
            })
            .map(|(path, _)| path.clone())
            .collect();
        for folder in configured {
            if let Some(config) = config::of_folder(&self.disk, &folder)?
                && config.excludes_anything()
            {
                tree.folders.retain(|path| !config.excludes(path, true));
            }
        }
        Ok(())
    }

    /// A file that was named: its folder is read, and only it is checked.
    fn add_file(&mut self, file: &Path, found: &mut BTreeMap<PathBuf, Checked>) {
        let (Some(folder), Some(name)) = (
            file.parent(),
            file.file_stem().and_then(|name| name.to_str()),
        ) else {
            return;
        };
        if found.get(folder) == Some(&Checked::All) {
            return;
        }
        let is_support = name.starts_with(['_', '~']);
        let is_declarative = file.extension().is_some_and(|extension| extension == "mig");
        let is_migration = if folders::has_telling_name(folder) || is_declarative {
            true
        } else if is_support {
            self.disk
                .listing(folder)
                .is_some_and(|listing| folders::holds_migrations(&self.disk, folder, &listing))
        } else {
            match self.disk.load(file) {
                Ok(id) => folders::is_migration(&self.disk.files.text(id)),
                Err(diagnostic) => {
                    self.diagnostics.push(*diagnostic);
                    return;
                }
            }
        };
        if !is_migration {
            self.not_migrations.push(self.disk.shown(file));
            return;
        }
        let checked = found
            .entry(folder.to_owned())
            .or_insert_with(|| Checked::Only(Vec::new()));
        if let Checked::Only(names) = checked
            && !is_support
        {
            names.push(SmolStr::new(name));
        }
    }

    /// Names what was found, once every folder has a home.
    fn folders(&self, homes: &[Home], found: BTreeMap<PathBuf, Checked>) -> Vec<FoundFolder> {
        let mut folders = Vec::new();
        let home_of: FxHashMap<&OsStr, usize> = homes
            .iter()
            .enumerate()
            .flat_map(|(index, home)| {
                let folders = home.folders.iter();
                folders.map(move |folder| (folder.as_os_str(), index))
            })
            .collect();
        for (path, checked) in found {
            let Some(home) = home_of.get(path.as_os_str()).copied() else {
                continue;
            };
            let Some(listing) = self.disk.listing(&path) else {
                continue;
            };
            let Some((app_package, module)) = homes
                .get(home)
                .and_then(|home| package_of(&self.map, &path, home))
            else {
                continue;
            };
            folders.push(FoundFolder {
                folder: MigrationFolder {
                    shown: self.disk.shown(&path),
                    has_init: listing.has("__init__"),
                    is_installed: false,
                    names: listing.migration_names(),
                    declarative: listing.declarative_names().cloned().collect(),
                    doubled: listing.doubled_names().cloned().collect(),
                    has_max_migration: listing.has_max_migration,
                    module,
                    path,
                },
                app_package,
                home,
                checked,
            });
        }
        folders
    }

    /// Names the projects, once nothing more is to be asked of their homes.
    fn projects(&self, homes: Vec<Home>) -> Vec<ProjectSource> {
        let mut projects = Vec::with_capacity(homes.len());
        for home in homes {
            let apps = home
                .config
                .apps
                .iter()
                .filter_map(|(label, path)| {
                    let listing = self.disk.listing(path)?;
                    let (_, module) = package_of(&self.map, path, &home)?;
                    Some((
                        SmolStr::new(label),
                        MigrationFolder {
                            shown: self.disk.shown(path),
                            path: path.clone(),
                            module,
                            has_init: listing.has("__init__"),
                            is_installed: false,
                            names: listing.migration_names(),
                            declarative: listing.declarative_names().cloned().collect(),
                            doubled: listing.doubled_names().cloned().collect(),
                            has_max_migration: listing.has_max_migration,
                        },
                    ))
                })
                .collect();
            projects.push(ProjectSource {
                shown: self.disk.shown(&home.root),
                root: home.root,
                settings: home.settings,
                server: home.config.server.clone(),
                dialects: home.config.dialects.clone(),
                policy: Arc::clone(&home.config.policy),
                apps,
                files: Arc::new(PythonPath::new(Arc::clone(&self.disk), home.entries)),
            });
        }
        projects
    }
}

/// The folder that holds the app of a migrations folder: the one above, unless
/// that only collects the migrations of many apps (`shop/migrations/orders/`).
pub(super) fn app_folder(folder: &Path) -> &Path {
    let above = folder.parent().unwrap_or(folder);
    if folders::has_telling_name(above) && !folders::has_telling_name(folder) {
        folder
    } else {
        above
    }
}

/// Dotted names of a migrations folder's app and of the folder itself.
fn package_of(map: &Map, folder: &Path, home: &Home) -> Option<(SmolStr, SmolStr)> {
    let app = app_folder(folder);
    let package = map
        .dotted(app, &home.entries)
        .filter(|package| !package.is_empty())
        .or_else(|| app.file_name()?.to_str().map(str::to_owned))?;
    if app == folder {
        return Some((SmolStr::new(&package), SmolStr::new(&package)));
    }
    let name = folder.file_name()?.to_str()?;
    Some((
        SmolStr::new(&package),
        SmolStr::new(format!("{package}.{name}")),
    ))
}
