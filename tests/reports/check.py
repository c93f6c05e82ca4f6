"""Reads reports of one check with the parsers of those who consume them, and compares
each with the JSON lines of the same check: python check.py FOLDER"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from junitparser import JUnitXml
from markdown_it import MarkdownIt

folder = Path(sys.argv[1])
findings = [json.loads(line) for line in (folder / "json-lines").read_text().splitlines()]
assert findings, "the project has no findings"


def same(name, found, expected):
    found, expected = Counter(found), Counter(expected)
    assert found == expected, f"{name}: {found - expected} for {expected - found}"
    print(f"reports: {name}: {found.total()} findings")


def facts(*keys, **words):
    """What a report should tell of each finding; `level` in its own words."""
    for it in findings:
        yield tuple(words.get(it[key], it[key]) if key == "level" else it[key] for key in keys)


def sarif():
    (run,) = json.loads((folder / "sarif").read_text())["runs"]
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        # What comments take away stands in SARIF alone.
        if result.get("suppressions"):
            continue
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        path = location["physicalLocation"]["artifactLocation"]["uri"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        yield result["ruleId"], result["level"], path, region["startLine"], region["startColumn"]


def junit():
    for suite in JUnitXml.fromfile(str(folder / "junit")):
        assert suite.tests == len(list(suite)) and suite.failures + suite.errors == suite.tests
        for case in suite:
            (result,) = case.result
            line, column = case.name.split(":")[1:]
            yield result.type, result.message, suite.name, int(line), int(column)


# Source: "Code Quality report format" of GitLab's documentation.
SEVERITIES = {"info", "minor", "major", "critical", "blocker"}


def gitlab():
    prints = set()
    for issue in json.loads((folder / "gitlab").read_text()):
        assert issue["severity"] in SEVERITIES and issue["fingerprint"] not in prints
        prints.add(issue["fingerprint"])
        path = issue["location"]["path"]
        assert path and not path.startswith(("/", "./")), path
        assert issue["description"]
        yield issue["check_name"], issue["severity"], path, issue["location"]["lines"]["begin"]


# Source: "Workflow commands" of GitHub's documentation.
COMMAND = re.compile(r"::(error|warning|notice) ([^:\n]*)::(.*)")


def unescaped(text, *more):
    for code, character in (("%0A", "\n"), ("%0D", "\r"), *more, ("%25", "%")):
        text = text.replace(code, character)
    return text


def github():
    for line in (folder / "github").read_text().splitlines():
        command = COMMAND.fullmatch(line)
        assert command, line
        level, properties, message = command.groups()
        properties = dict(part.split("=", 1) for part in properties.split(","))
        path = unescaped(properties["file"], ("%3A", ":"), ("%2C", ","))
        message = unescaped(message).split("\n")[0]
        yield level, message, path, int(properties["line"]), int(properties["col"])


def checkstyle():
    root = ElementTree.parse(folder / "checkstyle").getroot()
    assert root.tag == "checkstyle"
    for file in root:
        for error in file:
            assert error.attrib["message"]
            rule = error.attrib["source"].removeprefix("whimbrel.")
            yield (rule, error.attrib["severity"], file.attrib["name"],
                   int(error.attrib["line"]), int(error.attrib["column"]))


def markdown():
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse((folder / "markdown").read_text())
    cells, is_body = [], False
    for at, token in enumerate(tokens):
        is_body = is_body or token.type == "tbody_open"
        if token.type == "td_open":
            cells.append(tokens[at + 1].children)
        for child in token.children or []:
            assert child.type != "html_inline" or child.content in {"<br>", "</summary>"}, child.content
        if token.type == "html_block":
            marks = re.findall(r"</?\w+", token.content)
            assert set(marks) <= {"<details", "</details", "<summary", "</summary", "<code", "</code"}, marks
        if token.type == "fence":
            assert token.info == "sql" and token.content.strip(), token
    assert is_body and len(cells) % 3 == 0
    for at in range(0, len(cells), 3):
        level = cells[at][0].content.split()[-1]
        rule = [child.content for child in cells[at + 1] if child.type == "code_inline"][-1]
        path, line = cells[at + 2][0].content.rsplit(":", 1)
        yield rule, level, path, int(line)


place = ("path", "line", "column")
same("sarif", sarif(), facts("rule", "level", *place, info="note", bug="error"))
same("junit", junit(), facts("rule", "message", *place))
same("gitlab", gitlab(), facts("rule", "level", "path", "line", warning="major", error="critical", bug="blocker"))
same("github", github(), facts("level", "message", *place, info="notice", bug="error"))
same("checkstyle", checkstyle(), facts("rule", "level", *place, bug="error"))
same("markdown", markdown(), facts("rule", "level", "path", "line"))
