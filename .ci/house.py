#!/usr/bin/env python3
"""Prints the figures of the code: size, functions, circles, layers, words. `make house` runs it.

It is in .ci because it measures the whole repository and belongs to no crate.
Python 3.11 or later, standard library alone; it reads text and compiles nothing.

  .ci/house.py                    figures of the files in this folder
  .ci/house.py --at COMMIT        figures of a commit, to compare with
  .ci/house.py --json             the same as JSON
  .ci/house.py layers             check: a module of the crates in ORDERS uses only those before it
  .ci/house.py words              check: no file contains a listed word (see WORDS)
  .ci/house.py links              check: links between pages lead to files, and CI runs the commands of AGENTS.md

Test code is below `tests/`, in modules under `#[cfg(test)]` (or `any(test, …)`: contract suites) and in files named tests.rs.
Not measured: the length of call paths. Calls go through traits, which text does not resolve; a count would be a guess.
"""

import argparse
import collections
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib

# The modules of a crate, from the bottom to the top. A module may use those before it; any other arrow points up.
# docs/architecture.md, "Modules of …", describes each.
ORDERS = {
    "shared": """
        rules model telemetry http opentrain tool sqlite mail aws queue ledger connection webhook notice usage provision
        reconcile config app
    """.split(),
    "simulator": "kit tool cvat model world market http opentrain".split(),
}
# Crates whose types have all their methods in their own module: a call of a method is an arrow that no import shows.
OWN_METHODS = {"simulator"}

# Folders whose Rust code is neither product nor test: measurements and examples.
BENCH = re.compile(r"(^|/)(bench|examples|benches)/")

# Words that make a sentence hard to read. CONTRIBUTING.md shows how to write such a sentence plainly.
WORDS = re.compile(
    r"\b(whoever|whatever|nobody|somebody|anybody|everybody|what bec[ao]mes?|comes? again|any more|so many)\b", re.I
)
# (file, text around the word) that may stay. At most ten.
ALLOWED = []

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*(?:\n[ \t]*//[^\n]*)*|/\*.*?\*/)
    |(?P<string>\bb?r(?P<hashes>\#*)".*?"(?P=hashes)|"(?:\\.|[^"\\])*")
    |(?P<char>'(?:\\(?:x..|u\{[^}]*\}|.)|[^'\\\n])')""",
    re.X | re.S,
)
CLOSING = {"(": ")", "[": "]", "{": "}"}


# ---- Reading the tree

class Source:
    """A Rust file: its code with comments and strings blanked, its texts, and which parts are tests."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.comments, self.strings, parts, end = [], [], [], 0
        for token in TOKEN.finditer(text):
            parts += text[end:token.start()], re.sub(r"[^\n]", " ", token[0])
            end = token.end()
            if token["comment"]:
                self.comments.append((token.start(), re.sub(r"\n[ \t]*//[/!]?", " ", token[0])))
            elif token["string"]:
                self.strings.append((token.start(), re.sub(r"\\?\s+", " ", token[0])))
        self.code = "".join(parts) + text[end:]
        self.is_test = bool(re.search(r"(^|/)tests/|(^|[/_])tests\.rs$", path))
        self.test_spans, self.test_modules = [], []
        for found in re.finditer(r"#\[cfg\((?:any\(|all\()?test\b[^\]]*\]", self.code):
            self._test_item(found)

    def _test_item(self, found):
        opening = re.compile(r"[{;]").search(self.code, found.end())
        end = self.close(opening.start()) if opening[0] == "{" else opening.end()
        self.test_spans.append((found.start(), end))
        module = re.search(r"\bmod\s+(\w+)\s*;$", self.code[found.end():end])
        if module:
            self.test_modules.append(module[1])

    def close(self, start):
        """The position after the bracket that closes the one at `start`."""
        depth = 0
        for bracket in re.compile(r"[\[\](){}]").finditer(self.code, start):
            depth += 1 if bracket[0] in CLOSING else -1
            if depth == 0:
                return bracket.end()
        return len(self.code)

    def tested(self, position):
        return self.is_test or any(start <= position < end for start, end in self.test_spans)

    def line(self, position):
        return self.text.count("\n", 0, position) + 1

    def folder(self):
        """The folder of this file's submodules."""
        folder, name = self.path.rsplit("/", 1)
        return folder if name in ("mod.rs", "lib.rs", "main.rs") else f"{folder}/{name[:-3]}"


class Tree:
    """All files of a commit or of the working copy."""

    def __init__(self, root, names):
        self.texts = {}
        for name in sorted(names):
            path = root / name
            if path.is_file() and not path.is_symlink():
                try:
                    self.texts[name] = path.read_text("utf-8")
                except UnicodeDecodeError:
                    pass
        self.sources = {name: Source(name, text) for name, text in self.texts.items() if name.endswith(".rs")}
        for source in list(self.sources.values()):
            for module in source.test_modules:
                start = f"{source.folder()}/{module}"
                for other in self.sources.values():
                    if other.path == f"{start}.rs" or other.path.startswith(f"{start}/"):
                        other.is_test = True
        # Name in code → folder.
        self.crates = {}
        for name, text in self.texts.items():
            if name.endswith("Cargo.toml") and "package" in (manifest := tomllib.loads(text)):
                self.crates[manifest["package"]["name"].replace("-", "_")] = name.removesuffix("/Cargo.toml")

    def crate_of(self, path):
        inside = [(len(folder), name) for name, folder in self.crates.items() if path.startswith(folder + "/")]
        return max(inside)[1] if inside else "(none)"


def read_tree(commit):
    if commit is None:
        names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
        return Tree(pathlib.Path("."), [name for name in names if name])
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(git("archive", commit))) as archive:
            archive.extractall(folder, filter="data")
            return Tree(pathlib.Path(folder), [member.name for member in archive if member.isfile()])


def git(*arguments):
    return subprocess.run(["git", *arguments], check=True, stdout=subprocess.PIPE).stdout


# ---- Sizes

def sizes(tree):
    """Lines and files by crate, with product, test and bench apart."""
    table = collections.defaultdict(lambda: dict.fromkeys(SIZES, 0))
    for source in tree.sources.values():
        row, total = table[tree.crate_of(source.path)], source.text.count("\n")
        if BENCH.search(source.path):
            row["bench lines"] += total
        elif source.is_test:
            row["test lines"] += total
            row["test files"] += 1
        else:
            tests = sum(source.line(end) - source.line(start) + 1 for start, end in source.test_spans)
            row["product lines"] += total - tests
            row["test lines"] += tests
            row["product files"] += 1
    return dict(sorted(table.items()))


SIZES = ["product files", "product lines", "test files", "test lines", "bench lines"]


def product(tree):
    return [it for it in tree.sources.values() if not it.is_test and not BENCH.search(it.path)]


def functions(tree):
    """(lines, path:line name) of each function of the product."""
    found = []
    for source in product(tree):
        for function in re.finditer(r"\bfn\s+(\w+)", source.code):
            if source.tested(function.start()):
                continue
            position = function.end()
            # Skip parentheses and brackets: `[u8; 3]` has a semicolon too.
            while (mark := re.compile(r"[(\[{;]").search(source.code, position)) and mark[0] in "([":
                position = source.close(mark.start())
            if mark and mark[0] == "{":
                first, last = source.line(function.start()), source.line(source.close(mark.start()))
                found.append((last - first + 1, f"{source.path}:{first} {function[1]}"))
    return found


def spread(values, limit):
    values = sorted(values)
    return {
        "count": len(values),
        "median": values[len(values) // 2],
        "p90": values[len(values) * 9 // 10],
        "max": values[-1],
        f"over {limit}": sum(value > limit for value in values),
    }


# ---- Circles and layers

class Modules:
    """The product files of a crate as modules, and which file names what in which."""

    def __init__(self, tree, crate):
        self.root = f"{tree.crates[crate]}/src"
        self.crate = crate
        self.files = {}
        for source in product(tree):
            if source.path.startswith(self.root + "/"):
                self.files[self.module(source.path)] = source
        self.names = {module: self._names(module) for module in self.files}
        self.edges = {}
        for module in self.files:
            self.edges[module] = self._edges(module) - {module}

    def module(self, path):
        parts = path.removeprefix(self.root + "/").removesuffix(".rs").split("/")
        if parts[-1] == "mod" or parts == ["lib"]:
            parts.pop()
        return tuple(parts)

    def _names(self, module):
        """What `use` brings into this module's scope: name → (path, is it re-exported, position)."""
        names = {}
        code = self.files[module].code
        for use in re.finditer(r"(?m)^[ \t]*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);", code):
            if not self.files[module].tested(use.start()):
                for path, name in expand(re.sub(r"\s+", " ", use[2])):
                    names[name] = (path, bool(use[1]), use.span())
        return names

    def _absolute(self, module, path):
        """The path from the crate's root, or None where it leads elsewhere."""
        path = list(path)
        if path[0] in ("crate", self.crate):
            return path[1:]
        if path[0] in ("self", "super"):
            here = list(module)
            while path and path[0] in ("self", "super"):
                here = here[:-1] if path.pop(0) == "super" else here
            return here + path
        if (*module, path[0]) in self.files:
            return [*module, *path]
        return None

    def _resolve(self, module, path, depth=0):
        """The file in which the last name of the path is defined."""
        absolute = self._absolute(module, path)
        if absolute is None:
            return None
        here = ()
        for position, part in enumerate(absolute):
            if (*here, part) in self.files:
                here = (*here, part)
                continue
            exported = self.names.get(here, {}).get(part)
            if exported and depth < 9:
                return self._resolve(here, exported[0] + absolute[position + 1:], depth + 1) or here
            break
        return here if here in self.files else None

    def _edges(self, module):
        source, names = self.files[module], self.names[module]
        edges = set()
        for name, (path, exported, span) in names.items():
            target = self._resolve(module, path)
            if target is None:
                continue
            # `mod read;` names the file, not what it exports under the same name.
            rest = re.sub(r"\bmod\s+\w+\s*;", "", source.code[:span[0]] + source.code[span[1]:])
            # A re-export alone is no dependency. A module's name is none either: the items that are used of it are.
            is_module = (absolute := self._absolute(module, path)) is not None and tuple(absolute) in self.files
            if (not exported or re.search(rf"\b{re.escape(name)}\b", rest)) and not is_module:
                edges.add(target)
        for path in re.finditer(r"(?<![\w:])(?<!pub\(in )(?:\w+\s*::\s*)+\w+", source.code):
            if source.tested(path.start()) or any(span[0] <= path.start() < span[1] for *_, span in names.values()):
                continue
            parts = re.split(r"\s*::\s*", path[0])
            if parts[0] in names:
                parts = names[parts[0]][0] + parts[1:]
            if target := self._resolve(module, parts):
                edges.add(target)
        return edges

    def by_top(self):
        """The arrows between the crate's top modules: (from, to) → number of files."""
        arrows = collections.Counter()
        for module, targets in self.edges.items():
            if module:
                for top in {target[0] for target in targets if target} - {module[0]}:
                    arrows[module[0], top] += 1
        return arrows

    def methods_elsewhere(self):
        """Each `impl` of methods in another top module than its type."""
        found = []
        for module, source in self.files.items():
            for impl in re.finditer(r"(?m)^impl(?:<[^\n{]*?>)? ([\w:]+)(?:<[^\n{]*>)? (?:where\b|\{)", source.code):
                path = impl[1].split("::")
                path = self.names[module][path[0]][0] + path[1:] if path[0] in self.names[module] else path
                target = self._resolve(module, path)
                if target and target[:1] != module[:1]:
                    found.append(f"{self.show(module)} has methods of {impl[1]}, a type of {target[0]}")
        return found

    def show(self, module):
        return self.files[module].path.removeprefix(self.root + "/")


def expand(text):
    """The paths and the local names of a `use`: `a::{b, c as d}` → ([a, b], b), ([a, c], d)."""
    text = text.strip()
    if "{" not in text:
        path, _, name = text.partition(" as ")
        parts = [part.strip() for part in path.split("::") if part.strip()]
        if parts and parts[-1] == "self":
            parts = parts[:-1] or parts
        return [(parts, name.strip() or parts[-1])] if parts else []
    start = text.index("{")
    prefix, depth, part, found = text[:start], 0, "", []
    for letter in text[start + 1:text.rindex("}")] + ",":
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            found += expand(prefix + part.strip()) if part.strip() else []
            part = ""
        else:
            part += letter
    return found


def circles(edges):
    """The strongly connected components with more than one member (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in edges.get(node, ()):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            start = stack.index(node)
            component = stack[start:]
            del stack[start:]
            if len(component) > 1:
                found.append(sorted(component))

    sys.setrecursionlimit(10_000)
    for node in list(edges):
        if node not in index:
            visit(node)
    return sorted(found, key=len, reverse=True)


def structure(tree):
    result = {"module circles": {}, "file circles": {}, "arrows up": {}, "not in the order": {}, "methods elsewhere": {}}
    for crate in sorted(tree.crates):
        modules = Modules(tree, crate)
        arrows = modules.by_top()
        tops = collections.defaultdict(set)
        for start, end in arrows:
            tops[start].add(end)
        result["module circles"][crate] = circles(tops)
        result["file circles"][crate] = [[modules.show(it) for it in circle] for circle in circles(modules.edges)]
        if crate in ORDERS:
            known = {name: place for place, name in enumerate(ORDERS[crate])}
            result["not in the order"][crate] = sorted({it[0] for it in modules.files if it} - known.keys())
            result["arrows up"][crate] = {
                f"{start} -> {end}": files for (start, end), files in sorted(arrows.items())
                if known.get(start, 0) < known.get(end, 0)
            }
            result["methods elsewhere"][crate] = modules.methods_elsewhere()
    return {key: {crate: it for crate, it in value.items() if it} for key, value in result.items()}


def check_layers(tree):
    """Fails on a circle of modules in any crate, on an arrow that points up, a module without a place in its order, and,
    in OWN_METHODS, on methods of another module's type."""
    found = structure(tree)
    all_circles = found["module circles"].items()
    faults = [f"{crate}: circle: {' '.join(circle)}" for crate, circles_of in all_circles for circle in circles_of]
    for crate, order in ORDERS.items():
        of = {key: value.get(crate, ()) for key, value in found.items()}
        faults += [f"{crate}: {arrow} points up ({files} files)" for arrow, files in dict(of["arrows up"]).items()]
        faults += [f"{crate}: {module} has no place in ORDERS" for module in of["not in the order"]]
        faults += [f"{crate}: {method}" for method in of["methods elsewhere"] if crate in OWN_METHODS]
        page = tree.texts["docs/architecture.md"].partition(f"### Modules of `{crate}`\n")[2].partition("\n#")[0]
        if re.findall(r"(?m)^\| `(\w+)` \|", page) != order:
            faults.append(f"{crate}: docs/architecture.md lists other modules, or in another order")
    if faults:
        sys.exit("\n".join(["layers (ORDERS in .ci/house.py, docs/architecture.md):", *faults]))
    print(f"layers of {' and '.join(f'`{crate}`' for crate in ORDERS)}: no dependency points up; no cycle of modules in any crate")


# ---- Words

LOG = r"\b(?:trace|debug|info|warn|error)!\s*\("
HELP = r"#\[(?:arg|command|value)\("


def texts(tree):
    """(kind, file, text) of each comment, string and page."""
    for source in tree.sources.values():
        spans = [
            (kind, found.start(), source.close(found.end() - 1))
            for kind, pattern in (("#[error]", r"#\[error\("), ("log", LOG), ("help", HELP))
            for found in re.finditer(pattern, source.code)
        ]
        # clap takes its help from doc comments.
        comment = "help" if re.search(r"derive\([^)]*\b(Parser|Args|Subcommand|ValueEnum)\b", source.code) else "comment"
        for _, text in source.comments:
            yield comment, source.path, text
        for position, text in source.strings:
            kind = next((kind for kind, start, end in spans if start < position < end), "other string")
            yield kind, source.path, text
    for name, text in tree.texts.items():
        if name.endswith(".md"):
            yield "Markdown", name, re.sub(r"\s+", " ", text)
        elif re.search(r"(\.(ya?ml|toml|py|mjs|sql|sh)|^Makefile|^\.ci/\w+)$", name) and name != ".ci/house.py":
            yield "other file", name, re.sub(r"\s*\n\s*#?\s*", " ", text)


def words(tree):
    """(kind, file, word, text around it) of each listed word."""
    for kind, name, text in texts(tree):
        for found in WORDS.finditer(text):
            around = text[max(0, found.start() - 40):found.end() + 40]
            if not any(name == file and part in around for file, part in ALLOWED):
                yield kind, name, found[0].lower(), around


def check_words(tree):
    """Fails if a file contains a listed word."""
    if len(ALLOWED) > 10:
        sys.exit("the allow-list of .ci/house.py has more than ten entries")
    found = list(words(tree))
    for _, name, word, around in found:
        print(f"{name}: `{word}` in … {around.strip()} …", file=sys.stderr)
    if found:
        sys.exit("Rewrite these sentences: CONTRIBUTING.md, \"How we write\", shows how.")
    print("no listed words")


# ---- Output

def check_links():
    """Exits with 1 if a page links to a file that is not there, AGENTS.md has a command that is no step of CI, or
    .cargo/mutants.toml names no file."""
    faults = []
    pages = [path for path in git("ls-files", "-co", "--exclude-standard").decode().splitlines() if path.endswith((".md", "llms.txt"))]
    for page in map(pathlib.Path, pages):
        text = page.read_text()
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text):
            # Links of rustdoc are checked by rustdoc.
            if "::" not in target and not (page.parent / target).exists():
                faults.append(f"{page}: {target} does not exist")
    block = re.search(r"```sh\n(.*?)```", pathlib.Path("AGENTS.md").read_text(), re.S).group(1)
    steps = subprocess.run([".ci/run", "--steps"], capture_output=True, text=True, check=True).stdout.split()
    known = {f"make {step}" for step in steps} | ({"cargo run -p bridge -- demo"} if "demo" in steps else set())
    commands = [line.split("#")[0].strip() for line in block.splitlines()]
    faults += [f"AGENTS.md: CI does not run `{command}`" for command in commands if command not in known]
    named = tomllib.loads(pathlib.Path(".cargo/mutants.toml").read_text())["examine_globs"]
    faults += [f".cargo/mutants.toml: no file is {glob}" for glob in named if not list(pathlib.Path().glob(glob))]
    if faults:
        sys.exit("\n".join(faults))
    print(f"links of {len(pages)} pages, {len(commands)} commands")


def figures(tree):
    by_crate = sizes(tree)
    total = {key: sum(row[key] for row in by_crate.values()) for key in SIZES}
    counted = functions(tree)
    counts = collections.Counter(kind for kind, *_ in words(tree))
    return {
        "crates": by_crate,
        "total": total,
        "test : product": round(total["test lines"] / total["product lines"], 2),
        "functions": spread([lines for lines, _ in counted], 50),
        "functions over 50": sorted((name for lines, name in counted if lines > 50)),
        "files": spread([it.text.count("\n") for it in product(tree)], 300),
        "files over 300": sorted(it.path for it in product(tree) if it.text.count("\n") > 300),
        **structure(tree),
        "words": {"total": sum(counts.values()), **dict(sorted(counts.items()))},
    }


def show(it):
    table([["crate", *SIZES]] + [[name, *row.values()] for name, row in [*it["crates"].items(), ("total", it["total"])]])
    print(f"\ntest : product {it['test : product']}\n")
    table([["product", "count", "median", "p90", "max", "over"]] + [
        [f"{name}, lines", *list(it[name].values())[:4], f"{list(it[name].values())[4]} over {list(it[name])[4].split()[1]}"]
        for name in ("functions", "files")
    ])
    for name in ("functions over 50", "files over 300"):
        for place in it[name]:
            print(f"  {name}: {place}")
    for name in ("module circles", "file circles"):
        print(f"\n{name}: {sum(len(found) for found in it[name].values())}")
        for crate, found in it[name].items():
            for circle in found:
                print(f"  {crate}, {len(circle)}: {' '.join(circle)}")
    for crate in ORDERS:
        up = it["arrows up"].get(crate, {})
        print(f"\narrows of `{crate}` that point up: {len(up)}, in {sum(up.values())} files")
        for arrow, files in up.items():
            print(f"  {arrow}: {files}")
        for module in it["not in the order"].get(crate, []):
            print(f"  not in ORDERS of .ci/house.py: {module}")
        for method in it["methods elsewhere"].get(crate, []):
            print(f"  {method}")
    print("\nlength of call paths: not measured, see --help")
    print("listed words: " + ", ".join(f"{name} {count}" for name, count in it["words"].items()))


def table(rows):
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [str(row[0]).ljust(widths[0])] + [str(cell).rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["figures", "layers", "links", "words"], default="figures")
    parser.add_argument("--at", metavar="COMMIT", help="the files of this commit instead of this folder's")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    if arguments.what == "links":
        return check_links()
    tree = read_tree(arguments.at)
    if arguments.what == "words":
        check_words(tree)
    elif arguments.what == "layers":
        check_layers(tree)
    elif arguments.json:
        print(json.dumps(figures(tree), indent=2))
    else:
        show(figures(tree))


if __name__ == "__main__":
    main()
