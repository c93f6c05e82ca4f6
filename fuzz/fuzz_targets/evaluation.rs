//! Any text, read as a migration on its own: no panic, and no work without end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whimbrel::base::Files;
use whimbrel::ir::MigrationId;
use whimbrel::python::finder::NoModules;
use whimbrel::python::{Detail, Modules, Resolver, read_migration};

fuzz_target!(|text: &str| {
    let files = Files::default();
    let file = files.add("fuzz/migrations/0001_fuzz.py", text);
    let modules = Modules::new(&files);
    let resolver = Resolver {
        modules: &modules,
        finder: &NoModules,
        settings_module: None,
        constants: None,
    };
    let id = MigrationId::new("fuzz", "0001_fuzz");
    let read = read_migration(resolver, file, "fuzz.migrations.0001_fuzz", id, Detail::Whole);
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    for diagnostic in &read.diagnostics {
        assert!(diagnostic.primary.span.range.end <= length);
    }
});
