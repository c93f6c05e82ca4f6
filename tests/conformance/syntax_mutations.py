"""Compares our verdict with `ast.parse` on statements with a small random change.

    python tests/conformance/syntax_mutations.py [--count N] [--seed N] [--binary PATH]

Takes the statements of `fixtures/syntax/python/ok`, deletes, doubles, swaps,
replaces or inserts tokens, and asks both. Prints every difference; differences for
syntax that only other Pythons know do not count.
"""

import argparse
import ast
import os
import random
import re
import sys
import tempfile
import warnings

import syntax_parity

FIXTURES = os.path.join(syntax_parity.ROOT, "fixtures", "syntax", "python", "ok")

POOL = (
    "a b _ match case type print 1 1.5 0x1f 2j 'a' \"b\" b'c' f'{a}' f'{a!r:>{b}}' t'{a}' "
    "and as assert async await break class continue def del elif else except False finally "
    "for from global if import in is lambda None nonlocal not or pass raise return True try "
    "while with yield ( ) [ ] { } , : ; . ... -> @ = := + - * ** / // % & | ^ ~ << >> < <= > "
    ">= == != += *= @= ! $ ? \\ # ' \" { } ''' \"\"\" {{ }} !r :x =} f' rb' u' 0 09 1_ 0b2 1e "
    "\\N{a} \\x4 (a) [a] {a} (a,) *a **a a=1 a:=1 a,b x.y x[y] x() not_a é € "
).split() + ["\n", "\n    ", "\n  ", "\t", " ", "\\\n", "\r", "\r\n", "\f", "\n\t"]

TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


def statements(prefix):
    for name in sorted(os.listdir(FIXTURES)):
        if not name.startswith(prefix):
            continue
        with open(os.path.join(FIXTURES, name), "rb") as file:
            source = file.read()
        try:
            text = source.decode()
            tree = ast.parse(text)
        except (SyntaxError, ValueError):
            continue
        lines = text.splitlines(True)
        for node in tree.body:
            first = min([node.lineno] + [d.lineno for d in getattr(node, "decorator_list", [])])
            yield "".join(lines[first - 1 : node.end_lineno])


def mutate(text, rng):
    tokens = TOKENS.findall(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        at = rng.randrange(len(tokens) + 1)
        kind = rng.randrange(5)
        if kind == 0:
            del tokens[at : at + 1]
        elif kind == 1:
            tokens[at:at] = tokens[at : at + 1]
        elif kind == 2 and at + 1 < len(tokens):
            other = rng.randrange(len(tokens))
            if at < len(tokens):
                tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at : at + 1] = [rng.choice(POOL)]
        else:
            tokens[at:at] = [rng.choice(["", " "]) + rng.choice(POOL) + rng.choice(["", " "])]
    return "".join(tokens)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", help="the built example `python_syntax`")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--fixture", default="", help="only files that start with this")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    binary = options.binary or syntax_parity.build()
    warnings.simplefilter("ignore")
    rng = random.Random(options.seed)
    seeds = list(statements(options.fixture))
    texts = sorted({mutate(rng.choice(seeds), rng) for _ in range(options.count)})
    differences = accepted = 0
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, text in enumerate(texts):
            path = os.path.join(folder, "{}.py".format(index))
            with open(path, "wb") as file:
                file.write(text.encode())
            paths.append(path)
        answers = syntax_parity.ask(binary, paths)
        for text, (_, whole, deferred, known, _, message) in zip(texts, answers):
            accepts, reason = syntax_parity.parses_source(text.encode())
            accepted += accepts is True
            if whole != "panic" and whole == deferred:
                if accepts is None or accepts == (whole == "ok"):
                    continue
                if not accepts and not known:
                    continue
            differences += 1
            print(whole, deferred, ascii(text), "|", message, "|", reason)
    print(
        "Python {}: {} texts, {} accepted, {} differences".format(
            sys.version.split()[0], len(texts), accepted, differences
        )
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
