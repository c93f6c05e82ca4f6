//! Homes: the roots to which migration folders belong, each with its settings
//! module and its import path.
//!
//! A root is where `manage.py` stands, or where a repository or distribution
//! starts; copies of one project side by side become homes of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use smol_str::SmolStr;

use super::config::Config;
use super::discover::{Discovery, app_folder};
use super::error::Error;
use super::finder::{PathEntry, PythonPath};
use super::{environment, settings, walk};
use crate::python::sources::{Checked, SettingsSource};

/// How deep settings are looked for where no walk went.
const SETTINGS_DEPTH: usize = 4;

/// A root and what belongs to it.
pub(super) struct Home {
    pub root: PathBuf,
    pub config: Arc<Config>,
    pub settings: Option<SettingsSource>,
    pub entries: Vec<PathEntry>,
    /// Migration folders whose nearest root this is.
    pub folders: BTreeSet<PathBuf>,
}

/// A root before its settings are known.
struct Root {
    path: PathBuf,
    has_manage: bool,
    folders: BTreeSet<PathBuf>,
}

impl Discovery<'_> {
    /// The homes of all that was found, and of the projects around `starts`.
    pub(super) fn homes(
        &mut self,
        starts: &BTreeSet<PathBuf>,
        found: &BTreeMap<PathBuf, Checked>,
    ) -> Result<Vec<Home>, Error> {
        let manage = self.manage_roots(starts);
        let mut roots: BTreeMap<PathBuf, Root> = manage
            .iter()
            .map(|path| (path.clone(), Root::new(path, true)))
            .collect();
        for folder in found.keys() {
            let path = self.root_above(folder, &manage, starts);
            roots
                .entry(path.clone())
                .or_insert_with(|| Root::new(&path, false))
                .folders
                .insert(folder.clone());
        }
        let mut split = Vec::new();
        for root in roots.into_values() {
            if root.has_manage {
                split.push(root);
            } else {
                self.split_copies(root, &mut split);
            }
        }
        let all: Vec<PathBuf> = split.iter().map(|root| root.path.clone()).collect();
        let mut homes = Vec::with_capacity(split.len());
        for root in split {
            homes.push(self.home(root, &all, starts)?);
        }
        self.check_settings_option(&homes)?;
        Ok(homes)
    }

    /// Folders with a `manage.py` of Django's: below and above the starting points.
    fn manage_roots(&self, starts: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
        let mut roots: BTreeSet<PathBuf> = self
            .map
            .trees()
            .flat_map(|tree| tree.folders.iter())
            .filter(|(_, folder)| folder.listing.has("manage"))
            .map(|(path, _)| path.clone())
            .filter(|path| self.is_manage_root(path))
            .collect();
        for start in starts {
            if installed_root(start).is_some() {
                continue;
            }
            for folder in start.ancestors() {
                if folder.join("manage.py").is_file() && self.is_manage_root(folder) {
                    roots.insert(folder.to_owned());
                    break;
                }
                if folder.join(".git").exists() {
                    break;
                }
            }
        }
        roots
    }

    fn is_manage_root(&self, folder: &Path) -> bool {
        self.text(&folder.join("manage.py"))
            .is_some_and(|text| text.contains("django") || text.contains("DJANGO"))
    }

    fn text(&self, file: &Path) -> Option<Arc<str>> {
        self.disk
            .load(file)
            .ok()
            .map(|file| self.disk.files.text(file))
    }

    /// The nearest root at or above a folder.
    fn root_above(
        &self,
        folder: &Path,
        manage: &BTreeSet<PathBuf>,
        starts: &BTreeSet<PathBuf>,
    ) -> PathBuf {
        if let Some(packages) = installed_root(folder) {
            return packages.to_owned();
        }
        for ancestor in folder.ancestors().skip(1) {
            if manage.contains(ancestor) || self.map.is_root(ancestor) {
                return ancestor.to_owned();
            }
        }
        // Nothing marks a root: what was named, or the folder from which the app
        // is imported if that lies above.
        let import_root = self.map.import_root(app_folder(folder));
        starts
            .iter()
            .filter(|start| folder.starts_with(start))
            .map(PathBuf::as_path)
            .chain([import_root])
            .min_by_key(|path| path.as_os_str().len())
            .unwrap_or(import_root)
            .to_owned()
    }

    fn home(
        &mut self,
        root: Root,
        all: &[PathBuf],
        starts: &BTreeSet<PathBuf>,
    ) -> Result<Home, Error> {
        let config = self.config(&root.path)?;
        let mut entries = self.own_entries(&root, starts);
        let found = if installed_root(&root.path).is_some() {
            None
        } else {
            self.settings(&root, all, &config, &mut entries)?
        };
        if let Some(found) = &found {
            let bases: Vec<&Path> = std::iter::once(root.path.as_path())
                .chain(found.file.parent())
                .collect();
            let scripts = [found.file.clone(), root.path.join("manage.py")];
            for script in scripts {
                if let Some(text) = self.text(&script) {
                    entries.extend(own(settings::added_to_path(&text, &bases)));
                }
            }
        }
        let top = root
            .path
            .ancestors()
            .find(|folder| folder.join(".git").exists())
            .unwrap_or(&root.path);
        let asked = match (&self.options.python_env, &config.python_env) {
            (Some(folder), _) => Some((
                super::paths::absolute(&self.options.cwd, folder),
                "`--python-env`",
            )),
            (None, Some(folder)) => Some((folder.clone(), "`python-env` in the configuration")),
            (None, None) => None,
        };
        entries.extend(environment::entries(
            &self.disk,
            asked.as_ref().map(|(folder, by)| (folder.as_path(), *by)),
            self.options.virtual_env.as_deref(),
            &root.path,
            top,
        )?);
        Ok(Home {
            root: root.path,
            config,
            settings: found.map(|found| found.source),
            entries,
            folders: root.folders,
        })
    }

    /// The folders from which a project's own modules are imported.
    fn own_entries(&self, root: &Root, starts: &BTreeSet<PathBuf>) -> Vec<PathEntry> {
        let mut folders = vec![root.path.clone(), root.path.join("src")];
        folders.extend(
            root.folders
                .iter()
                .map(|folder| self.map.import_root(app_folder(folder)).to_owned()),
        );
        for folder in &root.folders {
            // The repository itself is the app's package.
            if app_folder(folder) == root.path {
                folders.extend(root.path.parent().map(Path::to_owned));
            }
        }
        folders.push(self.map.import_root(&root.path).to_owned());
        if let Some(repository) = root
            .path
            .ancestors()
            .find(|ancestor| self.map.is_root(ancestor))
        {
            folders.push(repository.to_owned());
            folders.push(repository.join("src"));
        } else if let Some(start) = starts.iter().find(|start| root.path.starts_with(start)) {
            // A package without `__init__.py` around the root is imported from above it,
            // and nothing tells where but the call.
            folders.push(start.clone());
        }
        let mut entries = Vec::new();
        for entry in own(folders) {
            if !entries.contains(&entry) && entry.folder.is_dir() {
                entries.push(entry);
            }
        }
        entries
    }

    fn settings(
        &mut self,
        root: &Root,
        all: &[PathBuf],
        config: &Config,
        entries: &mut Vec<PathEntry>,
    ) -> Result<Option<FoundSettings>, Error> {
        if let Some(module) = &self.options.settings
            && let Some(found) = self.by_module(module, "`--settings`", entries)
        {
            return Ok(Some(found));
        }
        if let Some(wanted) = &config.settings {
            let found = if wanted.ends_with(".py") || wanted.contains('/') {
                let file = super::paths::absolute(&config.base, Path::new(wanted));
                self.by_file(&file, "`settings` in the configuration", entries)
            } else {
                self.by_module(wanted, "`settings` in the configuration", entries)
            };
            return match found {
                Some(found) => Ok(Some(found)),
                None => Err(Error::NoSettings {
                    module: wanted.clone(),
                    given_by: "`settings` in the configuration",
                    searched: self.searched(entries),
                }),
            };
        }
        if root.has_manage
            && let Some(text) = self.text(&root.path.join("manage.py"))
            && let Some(module) = settings::module_in_script(&text)
            && let Some(found) = self.by_module(module, "`manage.py`", entries)
        {
            return Ok(Some(found));
        }
        for name in ["pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"] {
            if let Ok(text) = std::fs::read_to_string(root.path.join(name))
                && let Some(module) = settings::module_in_ini(&text)
                && let Some(found) = self.by_module(module, &format!("`{name}`"), entries)
            {
                return Ok(Some(found));
            }
        }
        Ok(self.settings_below(root, all, entries))
    }

    /// Settings named by a `wsgi.py`, or found by their content, below a root and
    /// not below another.
    fn settings_below(
        &mut self,
        root: &Root,
        all: &[PathBuf],
        entries: &mut Vec<PathEntry>,
    ) -> Option<FoundSettings> {
        if !self.map.is_walked(&root.path) {
            let tree = walk::walk(&root.path, Some(SETTINGS_DEPTH), &|_, _| false);
            self.map.add(root.path.clone(), tree);
        }
        let inner: Vec<&PathBuf> = all
            .iter()
            .filter(|other| **other != root.path && other.starts_with(&root.path))
            .collect();
        let mut scripts = Vec::new();
        let mut candidates = Vec::new();
        for (folder, known) in self.map.below(&root.path) {
            if inner.iter().any(|other| folder.starts_with(other)) {
                continue;
            }
            let depth = folder.components().count();
            for module in &known.listing.modules {
                if module == "wsgi" || module == "asgi" {
                    scripts.push(folder.join(format!("{module}.py")));
                } else if let Some(likelihood) = settings::likelihood(folder, module) {
                    let preference = settings::preference(module);
                    candidates.push((likelihood, depth, preference, folder, module));
                }
            }
        }
        for script in scripts {
            if let Some(text) = self.text(&script)
                && let Some(module) = settings::module_in_script(&text)
                && let Some(found) =
                    self.by_module(module, &format!("`{}`", self.disk.shown(&script)), entries)
            {
                return Some(found);
            }
        }
        let apps: Vec<String> = root
            .folders
            .iter()
            .filter_map(|folder| super::paths::dotted(self.import_name(folder)))
            .collect();
        let candidates = candidates.into_iter().filter_map(|candidate| {
            let (.., folder, module) = candidate;
            let file = folder.join(format!("{module}.py"));
            let text = self.text(&file)?;
            let installed = settings::looks_like_settings(&text)
                .then(|| settings::installed_of(&text, &apps))?;
            Some((installed, candidate, file))
        });
        let mut candidates: Vec<_> = candidates.collect();
        // Settings of a package that the project brings along install that package's apps.
        let most = candidates.iter().filter_map(|(installed, ..)| *installed);
        let most = most.max().unwrap_or_default();
        candidates.sort_by_key(|(installed, candidate, _)| {
            let lacks = installed.map_or(0, |installed| most - installed);
            (lacks, *candidate)
        });
        let files: Vec<PathBuf> = candidates.into_iter().map(|(.., file)| file).collect();
        files
            .into_iter()
            .find_map(|file| self.by_file(&file, "its content", entries))
    }

    fn by_module(&self, module: &str, from: &str, entries: &[PathEntry]) -> Option<FoundSettings> {
        let path = PythonPath::new(Arc::clone(&self.disk), entries.to_vec());
        let file = path.module_file(module)?;
        Some(FoundSettings {
            source: SettingsSource {
                module: SmolStr::new(module),
                from: from.to_owned(),
            },
            file,
        })
    }

    /// Settings in a known file; the folder from which it is imported joins the
    /// import path.
    fn by_file(
        &self,
        file: &Path,
        from: &str,
        entries: &mut Vec<PathEntry>,
    ) -> Option<FoundSettings> {
        if !file.is_file() {
            return None;
        }
        let import_root = self.map.import_root(file.parent()?);
        let mut module =
            super::paths::dotted(&file.strip_prefix(import_root).ok()?.with_extension(""))?;
        if let Some(package) = module.strip_suffix(".__init__") {
            module.truncate(package.len());
        }
        entries.extend(own([import_root.to_owned()]));
        Some(FoundSettings {
            source: SettingsSource {
                module: SmolStr::new(module),
                from: from.to_owned(),
            },
            file: file.to_owned(),
        })
    }

    fn searched(&self, entries: &[PathEntry]) -> Vec<String> {
        entries
            .iter()
            .filter(|entry| !entry.is_installed)
            .map(|entry| self.disk.shown(&entry.folder))
            .collect()
    }

    /// Splits a root below which one package stands more than once: copies of a
    /// project, or examples side by side, each of which imports its own.
    fn split_copies(&self, root: Root, out: &mut Vec<Root>) {
        let mut names = BTreeSet::new();
        let collide = root
            .folders
            .iter()
            .any(|folder| !names.insert(self.import_name(folder)));
        if !collide {
            out.push(root);
            return;
        }
        let mut groups: BTreeMap<PathBuf, Root> = BTreeMap::new();
        for folder in root.folders {
            let app = app_folder(&folder);
            let group = app
                .strip_prefix(&root.path)
                .ok()
                .and_then(|relative| relative.components().next())
                .map(|first| root.path.join(first))
                // The app itself is no root: what lies directly below stays together.
                .filter(|path| path != app)
                .unwrap_or_else(|| root.path.clone());
            groups
                .entry(group.clone())
                .or_insert_with(|| Root::new(&group, false))
                .folders
                .insert(folder);
        }
        for (path, group) in groups {
            if path == root.path {
                out.push(group);
            } else {
                self.split_copies(group, out);
            }
        }
    }

    /// The path by which the app of a migrations folder is imported.
    fn import_name<'p>(&self, folder: &'p Path) -> &'p Path {
        let app = app_folder(folder);
        let root = self.map.import_root(app);
        let root = if root == app {
            app.parent().unwrap_or(app)
        } else {
            root
        };
        app.strip_prefix(root).unwrap_or(app)
    }

    /// `--settings` must help at least one project.
    fn check_settings_option(&self, homes: &[Home]) -> Result<(), Error> {
        let Some(module) = &self.options.settings else {
            return Ok(());
        };
        let is_used = homes.iter().any(|home| {
            home.settings
                .as_ref()
                .is_some_and(|settings| settings.module == module.as_str())
        });
        if is_used {
            return Ok(());
        }
        Err(Error::NoSettings {
            module: module.clone(),
            given_by: "`--settings`",
            searched: homes
                .first()
                .map(|home| self.searched(&home.entries))
                .unwrap_or_default(),
        })
    }
}

struct FoundSettings {
    source: SettingsSource,
    file: PathBuf,
}

impl Root {
    fn new(path: &Path, has_manage: bool) -> Self {
        Self {
            path: path.to_owned(),
            has_manage,
            folders: BTreeSet::new(),
        }
    }
}

fn own(folders: impl IntoIterator<Item = PathBuf>) -> impl Iterator<Item = PathEntry> {
    folders.into_iter().map(|folder| PathEntry {
        folder,
        is_installed: false,
    })
}

/// The `site-packages` folder at or above a folder.
fn installed_root(folder: &Path) -> Option<&Path> {
    folder.ancestors().find(|ancestor| {
        ancestor
            .file_name()
            .is_some_and(|name| name == "site-packages" || name == "dist-packages")
    })
}
