"""Compares our verdict on Python files (parses or not) with `ast.parse`.

    python tests/conformance/syntax_parity.py [--binary PATH] [DIRECTORY ...]

Reads every `.py` file of the running Python's standard library, tests included,
and of the directories given (a virtual environment's `site-packages`, say). Fails
if a verdict differs, unless the file uses syntax that only other Pythons know, if a body
parsed on its own has another verdict than within its module, or on a panic.
"""

import argparse
import ast
import os
import subprocess
import sys
import sysconfig
import tokenize
import warnings

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def python_files(directories):
    for directory in directories:
        if os.path.isfile(directory):
            yield directory
        for base, folders, names in os.walk(directory):
            folders.sort()
            for name in sorted(names):
                if name.endswith(".py"):
                    yield os.path.join(base, name)


def parses_source(source):
    """Python's verdict on bytes, and what it says; `None` if it ran out of stack."""
    try:
        ast.parse(source)
    except (RecursionError, MemoryError) as error:
        return None, repr(error)
    except (SyntaxError, ValueError) as error:
        return False, str(error)
    return True, ""


def parses(path):
    """Python's verdict on a file."""
    with open(path, "rb") as file:
        source = file.read()
    accepts, reason = parses_source(source)
    if accepts:
        # `ast.parse` on bytes does not look at the encoding of comments; the import
        # system refuses such a file.
        try:
            with tokenize.open(path) as file:
                file.read()
        except (SyntaxError, UnicodeDecodeError) as error:
            return False, str(error)
    return accepts, reason


def build(example="python_syntax"):
    """Builds an example and returns its path."""
    command = ["cargo", "build", "--quiet", "--release", "--example", example]
    subprocess.run(command, cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))
    return os.path.join(target, "release", "examples", example)


def version(text):
    return tuple(int(part) for part in text.split("."))


def ask(binary, paths):
    usable = [path for path in paths if "\n" not in path and "\t" not in path]
    answer = subprocess.run(
        [binary],
        input="\n".join(usable) + "\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        universal_newlines=True,
        check=True,
    )
    for line in answer.stdout.split("\n"):
        if line:
            whole, deferred, newest, removed, time, path, message = line.split("\t", 6)
            known = version(newest) <= sys.version_info[:2] and (
                removed == "-" or sys.version_info[:2] < version(removed)
            )
            yield path, whole, deferred, known, int(time), message


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", help="the built example `python_syntax`")
    parser.add_argument("--no-standard-library", action="store_true")
    parser.add_argument("directories", nargs="*")
    options = parser.parse_args()
    binary = options.binary or build()
    directories = list(options.directories)
    if not options.no_standard_library:
        directories.insert(0, sysconfig.get_paths()["stdlib"])
    warnings.simplefilter("ignore")

    paths = list(dict.fromkeys(python_files(directories)))
    counts = dict.fromkeys(
        [
            "files",
            "agree",
            "agree that it is broken",
            "we reject, Python accepts",
            "we accept, Python rejects",
            "accepted for syntax of another Python",
            "too deep for this Python",
            "bodies on their own differ",
            "panics",
        ],
        0,
    )
    findings = []
    size = time = 0
    slowest = (0.0, "")
    for path, whole, deferred, known, microseconds, message in ask(binary, paths):
        counts["files"] += 1
        length = os.path.getsize(path)
        size += length
        time += microseconds
        if length > 4096:
            slowest = max(slowest, (microseconds * 1000 / length, path))
        if whole == "panic":
            counts["panics"] += 1
            findings.append(("panic", path, ""))
            continue
        if whole != deferred:
            counts["bodies on their own differ"] += 1
            findings.append(("bodies differ", path, f"{whole}, {deferred}: {message}"))
        accepts, reason = parses(path)
        if accepts is None:
            counts["too deep for this Python"] += 1
        elif accepts == (whole == "ok"):
            counts["agree"] += 1
            counts["agree that it is broken"] += not accepts
        elif accepts:
            counts["we reject, Python accepts"] += 1
            findings.append(("we reject", path, message))
        elif not known:
            counts["accepted for syntax of another Python"] += 1
        else:
            counts["we accept, Python rejects"] += 1
            findings.append(("we accept", path, reason))

    print(f"Python {sys.version.split()[0]}, {', '.join(directories)}\n")
    width = max(len(name) for name in counts)
    for name, count in counts.items():
        print(f"{name:<{width}}  {count:>8}")
    if size:
        print(f"{'ns per byte, all':<{width}}  {time * 1000 / size:>8.2f}")
    print(f"{'ns per byte, worst':<{width}}  {slowest[0]:>8.2f}  {slowest[1]}")
    for kind, path, message in findings:
        print(f"{kind}: {path}: {message}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
