//! Text to tree: ranges, and the same verdict with bodies parsed on their own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whimbrel::base::TextRange;
use whimbrel::python::tree::{Body, StmtKind, Tree};
use whimbrel::python::{Bodies, Parsed, parse_body, parse_module};

fn deferred(tree: &Tree) -> impl Iterator<Item = TextRange> + '_ {
    tree.stmts.iter().filter_map(|stmt| match stmt.kind {
        StmtKind::FunctionDef {
            body: Body::Deferred(range),
            ..
        } => Some(range),
        _ => None,
    })
}

fn check(text: &str, parsed: &Parsed) {
    let check = |range: TextRange| {
        assert!(
            text.get(range.start as usize..range.end as usize).is_some(),
            "{range:?}"
        );
    };
    for error in &parsed.errors {
        check(error.range);
        assert!(!error.message.contains(['\n', '\r']));
        error.notes.iter().for_each(|(range, _)| check(*range));
    }
    parsed.tree.exprs.iter().for_each(|expr| check(expr.range));
    parsed.tree.stmts.iter().for_each(|stmt| check(stmt.range));
    let has_error = parsed
        .tree
        .stmts
        .iter()
        .any(|stmt| matches!(stmt.kind, StmtKind::Error));
    assert!(!has_error || !parsed.errors.is_empty());
}

fuzz_target!(|text: &str| {
    let whole = parse_module(text, Bodies::Parse);
    check(text, &whole);
    let skipped = parse_module(text, Bodies::Skip);
    check(text, &skipped);
    let mut piecewise = skipped.errors.is_empty();
    for range in deferred(&skipped.tree) {
        let body = parse_body(text, range);
        check(text, &body);
        piecewise &= body.errors.is_empty();
    }
    assert_eq!(whole.errors.is_empty(), piecewise);
});
