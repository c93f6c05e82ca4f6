//! Stand-ins for parts that other layers supply; nothing here outlives them.

#![allow(
    missing_docs,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "replaced when the parts arrive"
)]

pub mod python {
    use std::borrow::Cow;

    use smol_str::SmolStr;

    use crate::base::{FileId, Files, Span, TextRange};
    use crate::diag::Diagnostic;
    use crate::ir::project::Settings;
    use crate::ir::{AppLabel, Dependency, DependencyTarget, Migration, MigrationId};
    use crate::python::finder::ModuleFinder;

    /// Why bytes are no Python source.
    #[derive(Debug)]
    pub struct SourceError(pub String);

    impl std::fmt::Display for SourceError {
        fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str(&self.0)
        }
    }

    /// # Errors
    /// If the bytes are no UTF-8.
    pub fn decode_source(bytes: &[u8]) -> Result<Cow<'_, str>, SourceError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|error| {
                SourceError(format!("byte {} is not valid UTF-8", error.valid_up_to()))
            })
    }

    #[derive(Debug)]
    pub struct Modules<'a> {
        files: &'a Files,
    }

    impl<'a> Modules<'a> {
        #[must_use]
        pub fn new(files: &'a Files) -> Self {
            Self { files }
        }
    }

    pub struct Resolver<'a> {
        modules: &'a Modules<'a>,
    }

    impl<'a> Resolver<'a> {
        #[must_use]
        pub fn new(
            modules: &'a Modules<'a>,
            _finder: &'a dyn ModuleFinder,
            _settings: &'a Settings,
        ) -> Self {
            Self { modules }
        }
    }

    fn strings(text: &str) -> Vec<SmolStr> {
        text.split(['\'', '"'])
            .skip(1)
            .step_by(2)
            .map(SmolStr::new)
            .collect()
    }

    #[must_use]
    pub fn read_settings(
        modules: &Modules<'_>,
        finder: &dyn ModuleFinder,
        module: &str,
    ) -> Settings {
        let mut settings = Settings {
            module: Some(SmolStr::new(module)),
            ..Settings::default()
        };
        if let Some(source) = finder.find(module) {
            let text = modules.files.text(source.file);
            if let Some((_, apps)) = text.split_once("INSTALLED_APPS") {
                let apps = apps.split([']', ')']).next().unwrap_or_default();
                settings.installed_apps = strings(apps);
                settings.all_apps_found = true;
            }
        }
        settings
    }

    #[derive(Debug)]
    pub struct AppConfig {
        pub label: AppLabel,
        pub package: SmolStr,
    }

    #[must_use]
    pub fn read_app(
        _modules: &Modules<'_>,
        finder: &dyn ModuleFinder,
        entry: &str,
    ) -> Option<AppConfig> {
        let package = entry.split(".apps.").next().unwrap_or(entry);
        finder.find(package)?;
        Some(AppConfig {
            label: AppLabel::new(package.rsplit('.').next().unwrap_or(package)),
            package: SmolStr::new(package),
        })
    }

    #[must_use]
    pub fn read_migration(
        resolver: &Resolver<'_>,
        file: FileId,
        id: MigrationId,
    ) -> (Option<Migration>, Vec<Diagnostic>) {
        let text = resolver.modules.files.text(file);
        let Some(at) = text.find("class Migration") else {
            return (
                None,
                vec![Diagnostic::new(
                    "not-a-migration",
                    crate::diag::Level::Error,
                    Span::file_start(file),
                    format!("`{id}` defines no `Migration` class"),
                )],
            );
        };
        let at = u32::try_from(at).unwrap_or_default();
        let span = Span::new(file, TextRange::new(at + 6, at + 15));
        let mut migration = Migration::empty(id, span);
        if let Some((_, list)) = text.split_once("dependencies = [") {
            let names = strings(list.split(']').next().unwrap_or_default());
            for pair in names.chunks_exact(2) {
                if let [app, name] = pair {
                    migration.dependencies.push(Dependency {
                        target: DependencyTarget::migration(app, name),
                        span,
                    });
                }
            }
        }
        (Some(migration), Vec::new())
    }
}

pub mod lint {
    use crate::diag::Diagnostic;
    use crate::graph::MigrationGraph;
    use crate::ir::Project;

    #[must_use]
    pub fn run(_project: &Project, _graph: &MigrationGraph) -> Vec<Diagnostic> {
        Vec::new()
    }
}
