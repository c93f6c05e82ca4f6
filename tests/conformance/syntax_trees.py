"""Compares our tree of Python files with `ast.parse`, node by node.

    python tests/conformance/syntax_trees.py [--binary PATH] [DIRECTORY ...]

Kinds, fields, values of literals and byte ranges must be equal. Needs Python 3.12
or newer, whose trees have the right places inside of f-strings. Patterns and type
parameters, which our tree does not keep, are left out.
"""

import argparse
import ast
import json
import os
import struct
import subprocess
import sys
import sysconfig
import unicodedata
import warnings

import syntax_parity

OPERATORS = {"Mult": "Mul", "MatMult": "MatMul"}
KINDS = {
    "UnaryOp": "Unary",
    "BinOp": "Binary",
    "IfExp": "Conditional",
    "GeneratorExp": "Generator",
    "JoinedStr": "FString",
    "TemplateStr": "TString",
    "NamedExpr": "Walrus",
    "AsyncFor": "For",
    "AsyncWith": "With",
    "AsyncFunctionDef": "FunctionDef",
    "TryStar": "Try",
}


class Printer:
    def __init__(self, source):
        self.source = source
        self.out = []
        self.starts = [0]
        for line in source.splitlines(True):
            self.starts.append(self.starts[-1] + len(line))
        if source.startswith(b"\xef\xbb\xbf"):
            # Columns of the first line do not count the byte order mark.
            self.starts[0] = 3

    def word(self, word):
        self.out.append(" " + str(word))

    def name(self, name):
        self.word("-" if name is None else name)

    def place(self, node):
        start = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        return start, end

    def string(self, text):
        text = "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)
        self.word(json.dumps(text, ensure_ascii=False))

    def each(self, items, show):
        self.word("[")
        for item in items:
            show(item)
        self.word("]")

    def exprs(self, items):
        self.each(items, self.expr)

    def stmts(self, items):
        self.each(items, self.stmt)

    def maybe(self, node):
        if node is None:
            self.word("-")
        else:
            self.expr(node)

    def flag(self, flag):
        self.word("true" if flag else "false")

    def keyword(self, keyword):
        self.name(keyword.arg)
        self.expr(keyword.value)

    def comprehension(self, node):
        self.flag(node.is_async)
        self.expr(node.target)
        self.expr(node.iter)
        self.exprs(node.ifs)

    def alias(self, node):
        self.word(node.name)
        self.name(node.asname)

    def parameters(self, node):
        self.word("[")
        positional = node.posonlyargs + node.args
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        for index, (arg, default) in enumerate(zip(positional, defaults)):
            kind = "PositionalOnly" if index < len(node.posonlyargs) else "Ordinary"
            self.parameter(kind, arg, default)
        if node.vararg:
            self.parameter("Args", node.vararg, None)
        for arg, default in zip(node.kwonlyargs, node.kw_defaults):
            self.parameter("KeywordOnly", arg, default)
        if node.kwarg:
            self.parameter("Kwargs", node.kwarg, None)
        self.word("]")

    def parameter(self, kind, arg, default):
        self.word(kind)
        self.word(arg.arg)
        self.maybe(arg.annotation)
        self.maybe(default)

    def operator(self, node):
        name = type(node).__name__
        self.word(OPERATORS.get(name, name))

    def constant(self, node, start, end):
        value = node.value
        if value is None or isinstance(value, bool) or value is ...:
            return {None: "None", True: "True", False: "False", ...: "Ellipsis"}[value], None
        if isinstance(value, str):
            return "Str", lambda: self.string(value)
        if isinstance(value, bytes):
            return "Bytes", lambda: self.out.append(value.hex())
        if isinstance(value, int):
            return "Number", lambda: self.word(value)
        if isinstance(value, float):
            return "Number", lambda: self.word(struct.pack(">d", value).hex())
        return "Number", lambda: self.word(struct.pack(">d", value.imag).hex() + "j")

    def expr(self, node):
        start, end = self.place(node)
        kind = type(node).__name__
        kind = KINDS.get(kind, kind)
        show = getattr(self, "expr_" + type(node).__name__, None)
        if isinstance(node, ast.Constant):
            kind, show_constant = self.constant(node, start, end)
            self.out.append(f" ({kind} {start} {end}")
            if show_constant:
                show_constant()
        else:
            self.out.append(f" ({kind} {start} {end}")
            show(node)
        self.out.append(")")

    def expr_Name(self, node):
        self.word(node.id)

    def expr_JoinedStr(self, node):
        self.parts(node.values)

    expr_TemplateStr = expr_JoinedStr

    def expr_Tuple(self, node):
        self.exprs(node.elts)

    expr_List = expr_Set = expr_Tuple

    def expr_Dict(self, node):
        self.word("[")
        for key, value in zip(node.keys, node.values):
            self.maybe(key)
            self.expr(value)
        self.word("]")

    def expr_ListComp(self, node):
        self.expr(node.elt)
        self.each(node.generators, self.comprehension)

    expr_SetComp = expr_GeneratorExp = expr_ListComp

    def expr_DictComp(self, node):
        self.expr(node.key)
        self.expr(node.value)
        self.each(node.generators, self.comprehension)

    def expr_Attribute(self, node):
        self.expr(node.value)
        self.word(node.attr)

    def expr_Subscript(self, node):
        self.expr(node.value)
        self.expr(node.slice)

    def expr_Slice(self, node):
        self.maybe(node.lower)
        self.maybe(node.upper)
        self.maybe(node.step)

    def expr_Call(self, node):
        self.expr(node.func)
        self.exprs(node.args)
        self.each(node.keywords, self.keyword)

    def expr_Starred(self, node):
        self.expr(node.value)

    expr_Await = expr_YieldFrom = expr_Starred

    def expr_UnaryOp(self, node):
        self.operator(node.op)
        self.expr(node.operand)

    def expr_BinOp(self, node):
        self.operator(node.op)
        self.expr(node.left)
        self.expr(node.right)

    def expr_BoolOp(self, node):
        self.operator(node.op)
        self.exprs(node.values)

    def expr_Compare(self, node):
        self.expr(node.left)
        self.word("[")
        for index, (operator, right) in enumerate(zip(node.ops, node.comparators)):
            self.word(type(operator).__name__ if index < 8 else "-")
            self.expr(right)
        self.word("]")

    def expr_IfExp(self, node):
        self.expr(node.test)
        self.expr(node.body)
        self.expr(node.orelse)

    def expr_Lambda(self, node):
        self.parameters(node.args)
        self.expr(node.body)

    def expr_NamedExpr(self, node):
        self.expr(node.target)
        self.expr(node.value)

    def expr_Yield(self, node):
        self.maybe(node.value)

    def parts(self, values):
        self.word("[")
        literal = ""
        for value in values:
            if isinstance(value, ast.Constant):
                literal += value.value
                continue
            if literal:
                self.string(literal)
                literal = ""
            self.word("{")
            self.expr(value.value)
            self.word("-" if value.conversion == -1 else chr(value.conversion))
            if value.format_spec is None:
                self.word("-")
            else:
                self.parts(value.format_spec.values)
            self.out.append("}")
        if literal:
            self.string(literal)
        self.word("]")

    def stmt(self, node):
        start, end = self.place(node)
        kind = type(node).__name__
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            # Python's begins at the keyword, ours at the decorator.
            start = self.source.rindex(b"@", 0, self.place(decorators[0])[0])
        self.out.append(f"\x01({KINDS.get(kind, kind)} {start} {end}")
        getattr(self, "stmt_" + kind, lambda node: None)(node)
        self.out.append(")")

    def stmt_Expr(self, node):
        self.expr(node.value)

    def stmt_Assign(self, node):
        self.exprs(node.targets)
        self.expr(node.value)

    def stmt_AugAssign(self, node):
        self.expr(node.target)
        self.operator(node.op)
        self.expr(node.value)

    def stmt_AnnAssign(self, node):
        self.expr(node.target)
        self.expr(node.annotation)
        self.maybe(node.value)

    def stmt_Return(self, node):
        self.maybe(node.value)

    def stmt_Delete(self, node):
        self.exprs(node.targets)

    def stmt_Raise(self, node):
        self.maybe(node.exc)
        self.maybe(node.cause)

    def stmt_Assert(self, node):
        self.expr(node.test)
        self.maybe(node.msg)

    def stmt_Global(self, node):
        self.each(node.names, self.word)

    stmt_Nonlocal = stmt_Global

    def stmt_Import(self, node):
        self.each(node.names, self.alias)

    def stmt_ImportFrom(self, node):
        self.name(node.module)
        self.word(node.level)
        star = node.names[0].name == "*"
        self.flag(star)
        self.each([] if star else node.names, self.alias)

    def stmt_If(self, node):
        self.expr(node.test)
        self.stmts(node.body)
        self.stmts(node.orelse)

    stmt_While = stmt_If

    def stmt_For(self, node):
        self.flag(isinstance(node, ast.AsyncFor))
        self.expr(node.target)
        self.expr(node.iter)
        self.stmts(node.body)
        self.stmts(node.orelse)

    stmt_AsyncFor = stmt_For

    def stmt_With(self, node):
        self.flag(isinstance(node, ast.AsyncWith))
        self.word("[")
        for item in node.items:
            self.expr(item.context_expr)
            self.maybe(item.optional_vars)
        self.word("]")
        self.stmts(node.body)

    stmt_AsyncWith = stmt_With

    def stmt_Try(self, node):
        self.flag(not isinstance(node, ast.Try))
        self.stmts(node.body)
        self.word("[")
        for handler in node.handlers:
            self.maybe(handler.type)
            self.name(handler.name)
            self.stmts(handler.body)
        self.word("]")
        self.stmts(node.orelse)
        self.stmts(node.finalbody)

    stmt_TryStar = stmt_Try

    def stmt_Match(self, node):
        self.expr(node.subject)
        self.word("[")
        for case in node.cases:
            self.maybe(case.guard)
            self.stmts(case.body)
        self.word("]")

    def stmt_FunctionDef(self, node):
        self.flag(isinstance(node, ast.AsyncFunctionDef))
        self.word(node.name)
        self.exprs(node.decorator_list)
        self.parameters(node.args)
        self.maybe(node.returns)
        self.stmts(node.body)

    stmt_AsyncFunctionDef = stmt_FunctionDef

    def stmt_ClassDef(self, node):
        self.word(node.name)
        self.exprs(node.decorator_list)
        self.exprs(node.bases)
        self.each(node.keywords, self.keyword)
        self.stmts(node.body)

    def stmt_TypeAlias(self, node):
        self.word(node.name.id)
        self.expr(node.value)


def dump(source):
    tree = ast.parse(source)
    printer = Printer(source)
    printer.stmts(tree.body)
    return "".join(printer.out)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", help="the built example `python_tree`")
    parser.add_argument("--no-standard-library", action="store_true")
    parser.add_argument("directories", nargs="*")
    options = parser.parse_args()
    binary = options.binary or syntax_parity.build("python_tree")
    directories = list(options.directories)
    if not options.no_standard_library:
        directories.insert(0, sysconfig.get_paths()["stdlib"])
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(10000)
    sys.set_int_max_str_digits(0)

    paths = list(dict.fromkeys(syntax_parity.python_files(directories)))
    process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    equal = nodes = skipped = 0
    different = []
    for path in paths:
        process.stdin.write(path.encode() + b"\n")
        process.stdin.flush()
        ours = process.stdout.readline().decode().rstrip("\n")
        with open(path, "rb") as file:
            source = file.read()
        try:
            source.decode()
            theirs = dump(source)
        except (SyntaxError, ValueError, RecursionError):
            skipped += 1
            continue
        nodes += theirs.count("(")
        if ours == theirs or unicodedata.normalize("NFKC", ours) == unicodedata.normalize(
            "NFKC", theirs
        ):
            equal += 1
            continue
        different.append(path)
        if len(different) <= 20:
            for our, their in zip(ours.split("\x01"), theirs.split("\x01")):
                if our != their:
                    print(f"{path}:\n  ours   {our[:2000]}\n  theirs {their[:2000]}")
                    break
    process.stdin.close()
    process.wait()
    print(
        f"Python {sys.version.split()[0]}: {equal} trees equal ({nodes} nodes), "
        f"{len(different)} different, {skipped} files skipped"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
