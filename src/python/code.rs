//! Code without its layout: two texts of the same tokens mean the same.

use super::lexer;
use super::literal::{decode_bytes, decode_str};
use super::syntax::{Bodies, parse_module};
use super::token::Kind;
use super::tree::StmtKind;
use crate::base::TextRange;

/// The tokens of a part of a text, without comments, line ends, quotes and trailing
/// commas.
#[must_use]
pub fn code(text: &str, range: TextRange) -> String {
    let lexed = lexer::lex_part(text, range);
    let mut out: Vec<String> = Vec::with_capacity(lexed.tokens.len());
    let mut last = Kind::EndOfFile;
    for token in &lexed.tokens {
        let written = token.range().text(text);
        match token.kind {
            Kind::Newline | Kind::EndOfFile => continue,
            Kind::ParenClose | Kind::SquareClose | Kind::CurlyClose if last == Kind::Comma => {
                out.pop();
                out.push(written.to_owned());
            }
            Kind::Indent => out.push("{".to_owned()),
            Kind::Dedent => out.push("}".to_owned()),
            Kind::String => out.push(match decode_str(written) {
                Some(string) => format!("{string:?}"),
                None => written.to_owned(),
            }),
            Kind::Bytes => out.push(match decode_bytes(written) {
                Some(bytes) => format!("{bytes:?}"),
                None => written.to_owned(),
            }),
            _ => out.push(written.to_owned()),
        }
        last = token.kind;
    }
    lexer::give_back(lexed.tokens);
    out.join(" ")
}

/// The code that a migration's functions are made of: its module without the `Migration`
/// class, imports and texts that stand alone.
#[must_use]
pub fn code_beside_migration(text: &str) -> String {
    let parsed = parse_module(text, Bodies::Skip);
    let tree = &parsed.tree;
    let mut out = Vec::new();
    for id in tree.list(tree.body) {
        let statement = tree.stmt(*id);
        let is_beside = match statement.kind {
            StmtKind::ClassDef { name, .. } => name.text(text) != "Migration",
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Expr(_) => false,
            _ => true,
        };
        if is_beside {
            out.push(code(text, statement.range));
        }
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        code(text, TextRange::new(0, u32::try_from(text.len()).unwrap()))
    }

    #[test]
    fn layout_does_not_count_and_tokens_do() {
        let one = "f('a', [1,\n  2,  # two\n], b\"x\")";
        assert_eq!(all(one), all("f(\"a\", [1, 2], b'x')"));
        assert_ne!(all(one), all("f(\"a\", [1, 3], b'x')"));
        assert_ne!(all("f(x, 'a b')"), all("f(x, 'a  b')"));
    }

    #[test]
    fn what_stands_beside_the_migration_is_its_code() {
        let text = "\"\"\"doc\"\"\"\nimport a\n\ndef f(x):\n    return x\n\n\nclass Migration(M):\n    \
                    x = 1\n";
        assert_eq!(
            code_beside_migration(text),
            code_beside_migration("import b\ndef f(x):\n  # why\n  return x\n")
        );
        assert_ne!(
            code_beside_migration(text),
            code_beside_migration("def f(x):\n    return y\n")
        );
    }
}
