//! Bytes to text to tokens, and each literal to its value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use whimbrel::python::tree::ExprKind;
use whimbrel::python::{
    Bodies, decode_bytes, decode_fstring_literal, decode_source, decode_str, parse_module,
    parse_number,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode_source(bytes) else {
        return;
    };
    let _ = decode_str(&text);
    let _ = decode_bytes(&text);
    let _ = decode_fstring_literal(&text, false);
    let _ = decode_fstring_literal(&text, true);
    let _ = parse_number(&text);
    let parsed = parse_module(&text, Bodies::Skip);
    let tree = &parsed.tree;
    for expr in &tree.exprs {
        match expr.kind {
            ExprKind::Str(tokens) => {
                for token in tree.list(tokens) {
                    assert!(decode_str(token.text(&text)).is_some());
                }
            }
            ExprKind::Bytes(tokens) => {
                for token in tree.list(tokens) {
                    assert!(decode_bytes(token.text(&text)).is_some());
                }
            }
            ExprKind::Number => assert!(parse_number(expr.range.text(&text)).is_some()),
            _ => {}
        }
    }
});
