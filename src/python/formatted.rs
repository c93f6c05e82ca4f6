//! SQL into which values are formatted.
//!
//! ```python
//! cursor.execute(f"UPDATE shop_order SET state = '{state}'")
//! cursor.execute("DELETE FROM shop_order WHERE id = %s" % key)
//! ```
//!
//! Names of tables and columns have to be formatted in, since no parameter can be one; so
//! it counts only where a value stands.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::module::Module;
use super::tree::{BinaryOperator, ExprId, ExprKind, StmtKind, StringPart, Tree};
use crate::base::{Span, TextRange};

/// What the name of the class looks like in a text.
static RUN_SQL: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("RunSQL"));

/// Longer chains of `+` are not SQL.
const DEEPEST: usize = 50;

/// A part of a text that is put together.
enum Piece<'s> {
    Text(&'s str),
    Hole(TextRange),
}

/// Where `RunSQL` is given text that has a value formatted into it.
pub(super) fn in_operations(module: &Module) -> Vec<Span> {
    // Most modules have none, and are not gone through.
    if RUN_SQL.find(module.text.as_bytes()).is_none() {
        return Vec::new();
    }
    let tree = &*module.tree;
    let mut found = Vec::new();
    for expr in &tree.exprs {
        let ExprKind::Call {
            function,
            args,
            keywords,
        } = expr.kind
        else {
            continue;
        };
        let name = match tree.expr(function).kind {
            ExprKind::Name => tree.expr(function).range,
            ExprKind::Attribute { attribute, .. } => attribute,
            _ => continue,
        };
        if name.text(&module.text) != "RunSQL" {
            continue;
        }
        let named = tree.list(keywords).iter();
        let named = named.filter(|it| {
            it.name
                .is_some_and(|name| matches!(name.text(&module.text), "sql" | "reverse_sql"))
        });
        let all = tree.list(args).iter().copied();
        for id in all.take(2).chain(named.map(|it| it.value)) {
            let texts = match tree.expr(id).kind {
                ExprKind::List(items) | ExprKind::Tuple(items) => tree.list(items).to_vec(),
                _ => vec![id],
            };
            let holes = texts
                .into_iter()
                .filter_map(|id| value(tree, &module.text, id));
            found.extend(holes.map(|range| Span::new(module.file, range)));
        }
    }
    found
}

/// The first value that an expression formats into SQL. A name stands for what it was
/// last assigned in the same body.
pub(super) fn value(tree: &Tree, text: &str, id: ExprId) -> Option<TextRange> {
    let id = match tree.expr(id).kind {
        ExprKind::Name => assigned(tree, text, tree.expr(id).range)?,
        _ => id,
    };
    let mut pieces = Vec::new();
    read(tree, text, id, &mut pieces, 0)?;
    let mut before = String::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text(part) => before.push_str(part),
            Piece::Hole(range) => {
                // `{table}.{column}`, and what was quoted as a name.
                let is_qualifier =
                    matches!(pieces.peek(), Some(Piece::Text(next)) if next.starts_with('.'));
                let is_name = is_qualifier || range.text(text).contains("quote_name");
                if !is_name && stands_for_value(&before) {
                    return Some(range);
                }
                // Whatever it is, it is one word.
                before.push('x');
            }
        }
    }
    None
}

/// What a name was assigned last before a place.
fn assigned(tree: &Tree, text: &str, name: TextRange) -> Option<ExprId> {
    let wanted = name.text(text);
    let mut found = None;
    for stmt in &tree.stmts {
        let StmtKind::Assign { targets, value } = stmt.kind else {
            continue;
        };
        let [target] = tree.list(targets) else {
            continue;
        };
        let target = tree.expr(*target);
        let is_it = matches!(target.kind, ExprKind::Name) && target.range.text(text) == wanted;
        if is_it && target.range.start < name.start {
            found = Some(value);
        }
    }
    found
}

/// The pieces of a text that is put together; `None` for any other expression.
fn read<'s>(
    tree: &Tree,
    text: &'s str,
    id: ExprId,
    out: &mut Vec<Piece<'s>>,
    depth: usize,
) -> Option<()> {
    let expr = tree.expr(id);
    if depth > DEEPEST {
        return None;
    }
    match expr.kind {
        ExprKind::Str(tokens) => {
            let tokens = tree.list(tokens).iter();
            out.extend(tokens.map(|it| Piece::Text(inside(it.text(text)))));
        }
        ExprKind::FString(parts) => {
            for part in tree.list(parts) {
                out.push(match part {
                    StringPart::Token(range) => Piece::Text(inside(range.text(text))),
                    StringPart::Literal { range, .. } => Piece::Text(range.text(text)),
                    StringPart::Interpolation { value, .. } => Piece::Hole(tree.expr(*value).range),
                });
            }
        }
        ExprKind::Binary {
            left,
            operator: BinaryOperator::Add,
            right,
        } => {
            for side in [left, right] {
                if read(tree, text, side, out, depth + 1).is_none() {
                    out.push(Piece::Hole(tree.expr(side).range));
                }
            }
        }
        ExprKind::Binary {
            left,
            operator: BinaryOperator::Mod,
            right,
        } => {
            let ExprKind::Str(tokens) = tree.expr(left).kind else {
                return None;
            };
            let hole = tree.expr(right).range;
            for token in tree.list(tokens) {
                placeholders(inside(token.text(text)), '%', &|_| hole, out);
            }
        }
        ExprKind::Call {
            function,
            args,
            keywords,
        } => {
            let ExprKind::Attribute { value, attribute } = tree.expr(function).kind else {
                return None;
            };
            let ExprKind::Str(tokens) = tree.expr(value).kind else {
                return None;
            };
            if attribute.text(text) != "format" {
                return None;
            }
            let (args, keywords) = (tree.list(args), tree.list(keywords));
            let first = args.first();
            let hole = first.map_or(expr.range, |first| tree.expr(*first).range);
            let named = |name: &str| {
                let mut keywords = keywords.iter();
                let by_name = keywords.find(|it| it.name.is_some_and(|it| it.text(text) == name));
                let by_place = || args.get(name.parse::<usize>().ok()?).copied();
                let value = by_name.map(|it| it.value).or_else(by_place);
                value.map_or(hole, |value| tree.expr(value).range)
            };
            for token in tree.list(tokens) {
                placeholders(inside(token.text(text)), '{', &named, out);
            }
        }
        _ => return None,
    }
    Some(())
}

/// Cuts a text at `%s` and the like, or at `{}` and the like. A mark that stands twice is
/// itself. `hole` gives the value of a name between braces.
fn placeholders<'s>(
    text: &'s str,
    mark: char,
    hole: &dyn Fn(&str) -> TextRange,
    out: &mut Vec<Piece<'s>>,
) {
    let mut rest = text;
    while let Some(at) = rest.find(mark) {
        let (before, behind) = rest.split_at(at);
        out.push(Piece::Text(before));
        let (sign, behind) = behind.split_at(mark.len_utf8());
        if let Some(further) = behind.strip_prefix(mark) {
            out.push(Piece::Text(sign));
            rest = further;
            continue;
        }
        let name = behind.split(['}', '.', '[', '!', ':']).next();
        out.push(Piece::Hole(hole(name.unwrap_or_default())));
        let end = if mark == '{' {
            behind.find('}').map(|at| at + 1)
        } else {
            // `%(name)s`, `%5d`: up to the letter of the conversion.
            let start = match behind.strip_prefix('(') {
                Some(named) => named.find(')').map_or(0, |at| at + 2),
                None => 0,
            };
            let letter = behind[start..].find(|it: char| it.is_ascii_alphabetic());
            letter.map(|at| start + at + 1)
        };
        rest = end.and_then(|end| behind.get(end..)).unwrap_or_default();
    }
    out.push(Piece::Text(rest));
}

/// A literal's token without prefix and quotes.
fn inside(token: &str) -> &str {
    let token = token.trim_start_matches(|it: char| it.is_ascii_alphabetic());
    for quotes in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(rest) = token.strip_prefix(quotes) {
            return rest.strip_suffix(quotes).unwrap_or(rest);
        }
    }
    token
}

/// Whether what follows a text of SQL is a value, of a statement that takes parameters.
fn stands_for_value(before: &str) -> bool {
    let upper = before.trim_start().to_ascii_uppercase();
    let takes = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH"];
    if !takes.iter().any(|word| upper.starts_with(word)) {
        return false;
    }
    if upper.bytes().filter(|it| *it == b'\'').count() % 2 == 1 {
        return true;
    }
    let end = upper.trim_end();
    let behind_sign = end.ends_with(['=', '<', '>']);
    let behind_word = [" LIKE", " ILIKE", " IN ("]
        .iter()
        .any(|it| end.ends_with(it));
    let in_values = upper.rfind("VALUES").is_some_and(|at| {
        let since = &upper[at..];
        let depth = since.matches('(').count();
        depth > since.matches(')').count() && end.ends_with(['(', ','])
    });
    behind_sign || behind_word || in_values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_from_names() {
        assert!(stands_for_value("UPDATE t SET a = "));
        assert!(stands_for_value("SELECT 1 FROM t WHERE a LIKE '%"));
        assert!(stands_for_value("INSERT INTO t (a, b) VALUES (1, "));
        assert!(!stands_for_value("UPDATE "));
        assert!(!stands_for_value("INSERT INTO t ("));
        assert!(!stands_for_value("ALTER TABLE t SET (fillfactor = "));
        assert!(!stands_for_value("SELECT a, "));
    }

    #[test]
    fn placeholders_are_cut_out() {
        let mut out = Vec::new();
        placeholders("a %% %(x)s b %s", '%', &|_| TextRange::new(0, 1), &mut out);
        let texts: Vec<&str> = out
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text,
                Piece::Hole(_) => "_",
            })
            .collect();
        assert_eq!(texts.concat(), "a % _ b _");
    }
}
