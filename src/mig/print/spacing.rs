//! Whether a space stands between two tokens.

use super::super::token::{Kind, Token};
use super::super::tree::Layout;

/// Whether a space stands between two tokens that follow each other on a line.
pub(super) fn is_spaced(layout: &Layout, left: Token, right: Token) -> bool {
    let has = |offsets: &[u32], token: Token| offsets.binary_search(&token.start).is_ok();
    if has(&layout.tight_equals, left) || has(&layout.tight_equals, right) {
        return false;
    }
    match left.kind {
        Kind::ParenOpen | Kind::BracketOpen | Kind::DictOpen | Kind::PhaseMark => return false,
        // A dot holds a name together, and so does the colon of a function.
        Kind::Dot => return false,
        Kind::Colon if has(&layout.tight, left) => return false,
        // Two signs without a space would begin a comment elsewhere, and are refused.
        Kind::Minus if has(&layout.signs, left) => return right.kind == Kind::Minus,
        _ => {}
    }
    match right.kind {
        Kind::Comma
        | Kind::Colon
        | Kind::ParenClose
        | Kind::BracketClose
        | Kind::DictClose
        | Kind::PhaseMark => false,
        Kind::Dot => has(&layout.tight, right),
        Kind::ParenOpen => has(&layout.spaced_parens, right) || !has(&layout.calls, right),
        Kind::BlockClose => left.kind != Kind::BlockOpen,
        _ => true,
    }
}
