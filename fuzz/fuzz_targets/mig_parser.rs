//! Text to tree to IR: places lie in the text, and what is broken is told.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whimbrel::base::{Files, TextRange};
use whimbrel::ir::MigrationId;
use whimbrel::mig::{self, tree::StatementKind};
use whimbrel::python::finder::NoModules;
use whimbrel::python::{Detail, Modules, Resolver};

fuzz_target!(|text: &str| {
    let check = |range: TextRange| {
        let place = text.get(range.start as usize..range.end as usize);
        assert!(place.is_some(), "{range:?}");
    };
    let arena = mig::arena_for(text);
    let parsed = mig::parse(text, &arena);
    for error in &parsed.errors {
        check(error.range);
        assert!(!error.message.contains(['\n', '\r']));
        error.notes.iter().for_each(|(range, _)| check(*range));
    }
    let statements = &parsed.tree.statements;
    statements.iter().for_each(|it| check(it.range));
    let mut kinds = statements.iter().map(|statement| &statement.kind);
    let has_error = kinds.any(|kind| matches!(kind, StatementKind::Error));
    assert!(!has_error || !parsed.errors.is_empty());

    let files = Files::default();
    let file = files.add("blog/migrations/0002_x.mig", text);
    let modules = Modules::new(&files);
    let resolver = Resolver {
        modules: &modules,
        finder: &NoModules,
        settings_module: None,
        constants: None,
    };
    let id = MigrationId::new("blog", "0002_x");
    let module = "blog.migrations.0002_x";
    let read = mig::read_migration(resolver, file, module, id, Detail::Whole);
    assert!(read.diagnostics.len() >= parsed.errors.len());
    for diagnostic in &read.diagnostics {
        check(diagnostic.primary.span.range);
    }
});
