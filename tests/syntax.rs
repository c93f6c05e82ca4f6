//! The Python front end's syntax: files under `fixtures/syntax/python`.
//!
//! `ok` parses without a finding. `err` has its findings beside it in `.expect`
//! files, which `UPDATE_EXPECT=1` rewrites; in `err/blocks` each part between blank
//! lines is parsed alone and must cost exactly one finding.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use whimbrel::base::TextRange;
use whimbrel::base::lines::LineIndex;
use whimbrel::parse::SyntaxError;
use whimbrel::python::tree::{Body, StmtKind, Tree};
use whimbrel::python::{
    Bodies, Number, Parsed, decode_bytes, decode_fstring_literal, decode_source, decode_str,
    parse_body, parse_module, parse_number,
};

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/syntax/python")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
}

fn deferred(tree: &Tree) -> impl Iterator<Item = TextRange> + '_ {
    tree.stmts.iter().filter_map(|stmt| match stmt.kind {
        StmtKind::FunctionDef {
            body: Body::Deferred(range),
            ..
        } => Some(range),
        _ => None,
    })
}

fn render(text: &str, error: &SyntaxError) -> String {
    let lines = LineIndex::new(text);
    let place = |range: TextRange| {
        let (start, end) = (
            lines.position(text, range.start),
            lines.position(text, range.end),
        );
        format!(
            "{}:{}-{}:{}",
            start.line, start.column, end.line, end.column
        )
    };
    let mut out = format!("{} {}", place(error.range), error.message);
    if !error.label.is_empty() {
        write!(out, " | label: {}", error.label).unwrap();
    }
    for (range, note) in &error.notes {
        write!(out, " | {}: {note}", place(*range)).unwrap();
    }
    if let Some(help) = &error.help {
        write!(out, " | help: {help}").unwrap();
    }
    out
}

fn compare(fixture: &Path, found: &str) {
    let expected = fixture.with_extension("expect");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(&expected).unwrap_or_default();
    assert_eq!(
        found,
        expected,
        "findings of {} (UPDATE_EXPECT=1 accepts them)",
        fixture.display()
    );
}

fn findings(text: &str) -> String {
    let mut out = String::new();
    for error in parse_module(text, Bodies::Parse).errors {
        writeln!(out, "{}", render(text, &error)).unwrap();
    }
    out
}

#[test]
fn accepted_fixtures_parse_whole_and_body_by_body() {
    for path in fixtures("ok") {
        let bytes = fs::read(&path).unwrap();
        let text = decode_source(&bytes).unwrap();
        let whole = parse_module(&text, Bodies::Parse);
        assert_eq!(whole.errors, [], "{}", path.display());
        assert_eq!(deferred(&whole.tree).count(), 0);
        let skipped = parse_module(&text, Bodies::Skip);
        assert_eq!(skipped.errors, [], "{}", path.display());
        for range in deferred(&skipped.tree) {
            let body = parse_body(&text, range);
            assert_eq!(body.errors, [], "{} {range:?}", path.display());
            assert!(body.tree.body.len > 0);
        }
    }
}

/// `name_311.py` needs Python 3.11 in the end, `only_before_312.py` an older one.
#[test]
fn the_versions_that_know_the_syntax_are_known() {
    for path in fixtures("ok") {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let minor = stem
            .rsplit_once("_3")
            .and_then(|(_, minor)| minor.parse::<u8>().ok());
        if let Some(minor) = minor {
            let text = fs::read_to_string(&path).unwrap();
            let parsed = parse_module(&text, Bodies::Parse);
            if stem.starts_with("only_before") {
                assert_eq!(parsed.removed, Some((3, minor)), "{stem}");
            } else {
                assert_eq!(parsed.newest, (3, minor), "{stem}");
                assert_eq!(parsed.removed, None, "{stem}");
            }
        }
    }
}

#[test]
fn rejected_fixtures_have_the_recorded_findings() {
    for path in fixtures("err") {
        let bytes = fs::read(&path).unwrap();
        let found = match decode_source(&bytes) {
            Ok(text) => findings(&text),
            Err(error) => format!("{error}\n"),
        };
        assert_ne!(found, "", "{}", path.display());
        compare(&path, &found);
    }
}

#[test]
fn each_broken_statement_costs_one_finding() {
    for path in fixtures("err/blocks") {
        let text = fs::read_to_string(&path).unwrap();
        let mut out = String::new();
        for block in text.trim_end().split("\n\n") {
            let found = findings(block);
            assert_eq!(
                found.lines().count(),
                1,
                "{}: {block}\n{found}",
                path.display()
            );
            for line in block.lines() {
                writeln!(out, "    {line}").unwrap();
            }
            writeln!(out, "{found}").unwrap();
        }
        compare(&path, &out);
    }
}

/// Fails unless everything in `parsed` lies in the text, on character boundaries.
fn check_ranges(text: &str, parsed: &Parsed) {
    let check = |range: TextRange| {
        assert!(
            text.get(range.start as usize..range.end as usize).is_some(),
            "{range:?} in {text:?}"
        );
    };
    for error in &parsed.errors {
        check(error.range);
        assert!(!error.message.contains(['\n', '\r']), "{error:?}");
        error.notes.iter().for_each(|(range, _)| check(*range));
    }
    parsed.comments.iter().copied().for_each(check);
    let tree = &parsed.tree;
    tree.exprs.iter().for_each(|expr| check(expr.range));
    tree.stmts.iter().for_each(|stmt| check(stmt.range));
    tree.ranges.iter().copied().for_each(check);
    tree.keywords
        .iter()
        .for_each(|keyword| check(keyword.range));
    tree.parameters
        .iter()
        .for_each(|parameter| check(parameter.name));
    tree.cases.iter().for_each(|case| check(case.pattern));
    tree.aliases.iter().for_each(|alias| check(alias.name));
    deferred(tree).for_each(check);
}

fn check_text(text: &str) {
    check_ranges(text, &parse_module(text, Bodies::Parse));
    let skipped = parse_module(text, Bodies::Skip);
    check_ranges(text, &skipped);
    for range in deferred(&skipped.tree) {
        check_ranges(text, &parse_body(text, range));
    }
}

/// Whole lines, at least `size` bytes of them but for the last part.
fn parts(text: &str, size: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while rest.len() > size {
        let Some(end) = rest.as_bytes()[size..]
            .iter()
            .position(|byte| *byte == b'\n')
        else {
            break;
        };
        let (part, tail) = rest.split_at(size + end + 1);
        out.push(part);
        rest = tail;
    }
    out.push(rest);
    out
}

#[test]
fn no_cut_of_a_fixture_confuses_the_parser() {
    for folder in ["ok", "err", "err/blocks"] {
        for path in fixtures(folder) {
            let bytes = fs::read(&path).unwrap();
            let Ok(text) = decode_source(&bytes) else {
                continue;
            };
            // Whole files are cut where they are short, others in parts of a few
            // lines, for the sum of all prefixes grows with the square of a length.
            for part in parts(&text, 200) {
                for cut in (0..=part.len()).filter(|cut| part.is_char_boundary(*cut)) {
                    check_text(&part[..cut]);
                    check_text(&part[cut..]);
                }
            }
            check_text(&text);
        }
    }
}

const DEEP: usize = 100_000;

/// Parses on a thread with the stack that rayon's and the test harness' threads have.
fn errors_of(text: String) -> usize {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    let found = thread.spawn(move || {
        let whole = parse_module(&text, Bodies::Parse);
        check_ranges(&text, &whole);
        let skipped = parse_module(&text, Bodies::Skip);
        for range in deferred(&skipped.tree) {
            check_ranges(&text, &parse_body(&text, range));
        }
        whole.errors.len()
    });
    found.unwrap().join().unwrap()
}

#[test]
fn deep_nesting_costs_one_finding() {
    let nested = [
        ("(", "1", ")"),
        ("[", "1", "]"),
        ("{", "1", "}"),
        ("{1: ", "1", "}"),
        ("f(", "1", ")"),
        ("a[", "1", "]"),
        ("(yield ", "1", ")"),
        ("(lambda x=", "1", ": x)"),
        ("[x for x in ", "y", "]"),
        ("f(a=", "1", ")"),
        ("(a or ", "1", ")"),
        ("(1 + ", "1", ")"),
        ("(1 if 1 else ", "1", ")"),
        ("(a, ", "1", ")"),
        ("lambda: ", "1", ""),
        ("lambda x=", "1", ": 1"),
        ("2 ** ", "1", ""),
        ("2 ** -", "1", ""),
        ("f'{", "1", "}'"),
        ("f'{1:{", "1", "}}'"),
        ("f\"{f'{", "1", "}'}\""),
        ("f'''{", "1", "}'''"),
        ("t'{", "1", "}'"),
        ("a = [", "1", "]"),
        ("await (", "a", ")"),
        ("not (", "a", ")"),
        ("-(", "a", ")"),
    ];
    for (open, middle, close) in nested {
        let text = format!("{}{middle}{}\n", open.repeat(DEEP), close.repeat(DEEP));
        assert_eq!(errors_of(text), 1, "{open} {close}");
        let unclosed = open.repeat(DEEP);
        assert_eq!(errors_of(unclosed), 1, "{open}");
    }
}

#[test]
fn deep_nesting_of_statements_and_patterns_costs_one_finding() {
    let mut blocks = String::new();
    for depth in 0..1000 {
        blocks.push_str(&" ".repeat(depth));
        blocks.push_str("if a:\n");
    }
    assert_eq!(errors_of(blocks), 1);
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{1: ", "}"),
        ("A(", ")"),
        ("A(b=", ")"),
    ] {
        let pattern = format!("{}b{}", open.repeat(DEEP), close.repeat(DEEP));
        let text = format!("match a:\n    case {pattern}: pass\n");
        assert_eq!(errors_of(text), 1, "{open}");
    }
    for (open, close) in [("(", ")"), ("[", "]")] {
        let target = format!("{}a{}", open.repeat(DEEP), close.repeat(DEEP));
        assert_eq!(errors_of(format!("for {target} in b: pass\n")), 1);
        assert_eq!(errors_of(format!("with {target}: pass\n")), 1);
        assert_eq!(errors_of(format!("del {target}\n")), 1);
    }
}

/// As deep as CPython allows must do, on the usual stack.
#[test]
fn the_nesting_that_python_allows_is_read() {
    for (open, close) in [("(", ")"), ("[", "]"), ("{", "}"), ("f(", ")"), ("a[", "]")] {
        let text = format!("{}a{}\n", open.repeat(200), close.repeat(200));
        assert_eq!(errors_of(text), 0, "{open}");
    }
    let mut blocks = String::new();
    for depth in 0..100 {
        blocks.push_str(&" ".repeat(depth));
        blocks.push_str("if a:\n");
    }
    blocks = blocks.trim_end().to_owned() + " b = (((((((((a)))))))))\n";
    assert_eq!(errors_of(blocks), 0);
}

/// Chains, whose trees are deep but whose text is flat.
fn chains(length: usize) -> Vec<String> {
    let repeat = |start: &str, link: &str| format!("{start}{}\n", link.repeat(length));
    vec![
        repeat("a", ".b"),
        repeat("a", "()"),
        repeat("a", "[0]"),
        repeat("a", ".b(c)[d]"),
        repeat("1", " + 1"),
        repeat("'a'", " % a"),
        repeat("a", " or a"),
        repeat("a", " and a or b"),
        repeat("a", " < a"),
        repeat("a", " is not a"),
        repeat("1", " if a else 1"),
        repeat("", "-").trim_end().to_owned() + "1\n",
        repeat("", "not ").trim_end().to_owned() + " a\n",
        format!("if a: b\n{}", "elif a: b\n".repeat(length)),
    ]
}

/// Long lists of all kinds.
fn rows(length: usize) -> Vec<String> {
    let repeat = |start: &str, link: &str| format!("{start}{}\n", link.repeat(length));
    vec![
        repeat("a", " = a"),
        repeat("a", ", a"),
        repeat("'a'", " 'a'"),
        repeat("f'{a}'", " f'{a}'"),
        repeat("pass", "; pass"),
        format!("try: a\n{}", "except b: c\n".repeat(length)),
        format!("[a {}]\n", "for a in b ".repeat(length)),
        format!("[a for a in b {}]\n", "if a ".repeat(length)),
        format!("f({})\n", "a, ".repeat(length)),
        format!("f({})\n", "a=1, ".repeat(length)),
        format!("{{{}}}\n", "a: 1, ".repeat(length)),
        format!("f'{}'\n", "{a!r:>{b}}".repeat(length)),
        format!("with ({}): pass\n", "a as b, ".repeat(length)),
        format!("with ({}): pass\n", "(a, b), ".repeat(length)),
        format!("import a{}\n", ".b".repeat(length)),
        format!("match a:\n    case {}: pass\n", "b | c, ".repeat(length)),
        "match (a):\n    case b: pass\n".repeat(length),
        "match(a)\n".repeat(length),
        "@a\n".repeat(length) + "def f(): pass\n",
        "def f(a, b=1): return a\n".repeat(length),
        "a = 1\n".repeat(length),
        "a = \"\"\"b\nc\"\"\" # d\n".repeat(length),
        format!("a = {}1\n", "1 + \\\n".repeat(length)),
        format!("a = [{}]\n", "1,\n# c\n".repeat(length)),
    ]
}

#[test]
fn long_chains_are_read() {
    for text in chains(DEEP).into_iter().chain(rows(DEEP / 10)) {
        let start: String = text.chars().take(20).collect();
        assert_eq!(errors_of(text), 0, "{start}");
    }
}

/// Texts in which every line asks for a second look.
fn traps(length: usize) -> Vec<String> {
    vec![
        "a = (\n".repeat(length),
        "a = [1,\n".repeat(length),
        "a = {'b': (\n".repeat(length),
        "a = f'{\n".repeat(length),
        "a = f'{(\n".repeat(length),
        "a = '\n".repeat(length),
        "a = \"\"\"\n".repeat(length),
        "a = f\"\"\"{\n".repeat(length),
        "with (a as b): c(\n".repeat(length),
        "with (a, *b): c\n".repeat(length),
        "a b\n".repeat(length),
        "if a:\nb\n".repeat(length),
        "  a\n".repeat(length),
        "if a:\n  b\n c\n".repeat(length),
        "a = )\n".repeat(length),
        "a = (]\n".repeat(length),
        "match a(\n".repeat(length),
        "f'{a:{b".repeat(length),
        "f'{a!".repeat(length),
        "lambda ".repeat(length),
        "(lambda ".repeat(length),
        "a = \\\n".repeat(length),
        "$".repeat(length),
        "é ".repeat(length),
        "\u{2028}".repeat(length),
        "<<<<<<< a\n".repeat(length),
        "try: a\n".repeat(length),
        "@a\n".repeat(length),
        "\t\n \n".repeat(length),
        "'".repeat(length),
        "\"\"\"".repeat(length),
        "\\".repeat(length),
        "#".repeat(length),
        "0".repeat(length),
        "0_".repeat(length),
        "1e".repeat(length),
        "a.".repeat(length),
        ":".repeat(length),
        "async ".repeat(length),
        "a if ".repeat(length),
        "for a in ".repeat(length),
        "[a for ".repeat(length),
        "case ".repeat(length),
        "match ".repeat(length),
        "type a ".repeat(length),
    ]
}

fn nodes(text: &str) -> usize {
    [Bodies::Parse, Bodies::Skip]
        .into_iter()
        .map(|bodies| {
            let parsed = parse_module(text, bodies);
            let tree = &parsed.tree;
            tree.exprs.len() + tree.stmts.len() + tree.expr_ids.len() + parsed.errors.len()
        })
        .sum()
}

/// Nodes of abandoned attempts stay in the tables, so that reading anything more
/// than a fixed number of times shows in their number.
#[test]
fn the_work_grows_with_the_text() {
    for (small, large) in [
        (chains(500), chains(5000)),
        (rows(500), rows(5000)),
        (traps(500), traps(5000)),
    ] {
        for (small, large) in small.iter().zip(&large) {
            let start: String = small.chars().take(20).collect();
            let (few, many) = (nodes(small), nodes(large));
            assert!(many <= few * 20, "{start}: {few}, {many}");
        }
    }
}

#[test]
fn large_broken_texts_end_soon() {
    for text in traps(DEEP / 5) {
        check_ranges(&text, &parse_module(&text, Bodies::Skip));
        assert!(errors_of(text) <= 100);
    }
}

#[test]
fn string_tokens_have_their_values() {
    let values = [
        (r#"'a'"#, "a"),
        (r#"'''a'b'''"#, "a'b"),
        (r#""""a""""#, "a"),
        (r#"''"#, ""),
        (r#"'''''' "#.trim(), ""),
        (r#"u'é'"#, "é"),
        (
            r#"'\\\'\"\a\b\f\n\r\t\v'"#,
            "\\'\"\u{7}\u{8}\u{c}\n\r\t\u{b}",
        ),
        (r#"'\0\18\1234\x41\u00e9\U0001F600'"#, "\0\u{1}8S4Aé😀"),
        (r#"'\N{LATIN SMALL LETTER E WITH ACUTE}\N{bullet}'"#, "é•"),
        (r#"'\d\ \é'"#, "\\d\\ \\é"),
        (r#"r'\d\'\n'"#, "\\d\\'\\n"),
        ("'a\\\nb\\\r\nc'", "abc"),
        ("'''a\r\nb\rc'''", "a\nb\nc"),
        (r#"'\ud800'"#, "\u{fffd}"),
    ];
    for (token, value) in values {
        assert_eq!(decode_str(token).as_deref(), Some(value), "{token}");
    }
    for token in [
        "",
        "a",
        "'",
        "'a",
        "b'a'",
        "f'a'",
        r"'\x4'",
        r"'\N{no}'",
        "ur'a'",
    ] {
        assert_eq!(decode_str(token), None, "{token}");
    }
}

#[test]
fn bytes_tokens_have_their_values() {
    assert_eq!(
        decode_bytes("b'a\\x00\\777\\n\\u1'").unwrap(),
        b"a\0\xff\n\\u1"
    );
    assert_eq!(decode_bytes("rB'''\\x00'''").unwrap(), b"\\x00");
    for token in ["'a'", "b'é'", "b'\\x'", "bb''"] {
        assert_eq!(decode_bytes(token), None, "{token}");
    }
}

#[test]
fn the_text_of_f_strings_has_single_braces() {
    let decode = |text, raw| decode_fstring_literal(text, raw).unwrap().into_owned();
    assert_eq!(decode("{{a}}\\n{{{{", false), "{a}\n{{");
    assert_eq!(decode("{{a}}\\n", true), "{a}\\n");
    assert_eq!(decode("\\N{BULLET}}}", false), "•}");
    assert_eq!(decode("\\x7b", false), "{");
    assert_eq!(decode_fstring_literal("\\x", false), None);
}

#[test]
fn numbers_have_their_values() {
    let values = [
        ("0", Number::Int(0)),
        ("1_000", Number::Int(1000)),
        ("0xFf", Number::Int(255)),
        ("0o17", Number::Int(15)),
        ("0B1_1", Number::Int(3)),
        ("9223372036854775807", Number::Int(i64::MAX)),
        (
            "9223372036854775808",
            Number::BigInt("9223372036854775808".to_owned()),
        ),
        (
            "0x1_0000000000000000",
            Number::BigInt("18446744073709551616".to_owned()),
        ),
        ("1.", Number::Float(1.0)),
        (".5e-1", Number::Float(0.05)),
        ("1e400", Number::Float(f64::INFINITY)),
        ("09.5", Number::Float(9.5)),
        ("1_0j", Number::Imaginary(10.0)),
    ];
    for (token, value) in values {
        assert_eq!(parse_number(token), Some(value), "{token}");
    }
    for token in ["", "a", "0x", "1a", "e", "inf", "nan", "-1"] {
        assert_eq!(parse_number(token), None, "{token}");
    }
}
