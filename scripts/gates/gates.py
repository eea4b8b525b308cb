#!/usr/bin/env python3
"""The structural gates of `make check`: gates.py [--root DIR] [GATE ...]

Each gate reads the sources and yields "file:line: what is wrong". Without a
name all run. `gates.py --self-test` feeds every gate a small tree that breaks
its rule (it must complain) and one that keeps it (it must not), so that a gate
that can't fail is itself a failure. Exit code 1 if anything was found.

A new gate is one function with @gate and its row in SELF_TEST.
"""
import argparse
import fnmatch
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MAX_FILE, MAX_FUNCTION, MAX_PARAMS = 800, 100, 5
CODE_DIRS = ("include", "src", "tests", "bench", "fuzz", "examples")
GATES = {}


def gate(f):
    GATES[f.__name__] = f
    return f


# ---- reading ----------------------------------------------------------------


def c_files(root, *dirs, ext=(".c", ".h", ".cpp")):
    for d in dirs or CODE_DIRS:
        for p in sorted((root / d).rglob("*")):
            if p.suffix in ext and p.is_file():
                yield p, p.relative_to(root).as_posix()


def bare(text):
    """C text with comments and the insides of literals blanked out, lines and
    columns kept."""
    def blank(m):
        s = m.group(0)
        if s[0] in "\"'":
            return s[0] + " " * (len(s) - 2) + s[-1]
        return re.sub(r"[^\n]", " ", s)
    pattern = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(pattern, blank, text, flags=re.S)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def uncommented(text):
    """C text with comments blanked out, lines kept."""
    return re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  text, flags=re.S)


def includes(text):
    code = uncommented(text)
    for m in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"]+)[>"]', code,
                         re.M):
        yield line_of(code, m.start(1)), m.group(1)


# ---- layers -----------------------------------------------------------------


def read_layers(path):
    allowed, public, only = {}, {}, {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        head, _, rest = line.partition(":")
        words = rest.split()
        if head.startswith("public "):
            public[head.split()[1]] = words[0]
        elif head.startswith("only "):
            only[head.split()[1]] = words
        else:
            allowed[head] = words
    return allowed, public, only


@gate
def layers(root):
    """A folder includes only what layers.txt lets it."""
    allowed, public, only = read_layers(HERE / "layers.txt")
    for path, name in c_files(root, "src", ext=(".c", ".h", ".def", ".cpp")):
        text = path.read_text(errors="replace")
        folder = name.split("/")[1]
        if folder not in allowed:
            yield f"{name}:1: folder {folder} is not in layers.txt"
            continue
        may = allowed[folder] + [folder]
        for line, inc in includes(text):
            parts = inc.split("/")
            target = parts[0]
            if target == "deepconf":
                target = public.get(parts[1].removesuffix(".h"))
                if target is None:
                    yield f"{name}:{line}: {inc} is not in layers.txt"
                    continue
            elif target not in allowed:
                target = None
            if target and target not in may and "*" not in may:
                yield f"{name}:{line}: {folder} may not include {inc}"
            where = only.get(inc)
            inside = name.removeprefix("src/")
            if where and not any(fnmatch.fnmatch(inside, g) for g in where):
                yield f"{name}:{line}: {inc} only in {', '.join(where)}"
        if folder != "cli":
            code = bare(text)
            # a child of our own has to end somewhere
            ends = "exit" if re.search(r"\bfork\(\)", code) else "_?exit"
            for m in re.finditer(rf"(?<![\w.>]){ends}\s*\(", code):
                yield f"{name}:{line_of(text, m.start())}: exit() only in cli"
    for path, name in c_files(root, "include"):
        mine = public.get(path.stem)
        may = allowed.get(mine, []) + [mine]
        for line, inc in includes(path.read_text(errors="replace")):
            parts = inc.split("/")
            if parts[0] in allowed:
                yield f"{name}:{line}: a public header includes {inc}"
            if parts[0] == "deepconf" and \
                    public.get(parts[1].removesuffix(".h")) not in may:
                yield f"{name}:{line}: {mine} may not include {inc}"


# ---- sizes ------------------------------------------------------------------


def functions(code):
    """(first line, head, lines) of each function: our style (which the format
    gate holds) puts a body's braces, and only those, in column 0."""
    lines = code.split("\n")
    start = None
    for i, line in enumerate(lines):
        if line == "{" and start is None:
            start = i
        elif line.startswith("}") and start is not None:
            first = start
            while first > 0 and lines[first - 1].strip() and \
                    not re.search(r"[;}]\s*$|^#", lines[first - 1]):
                first -= 1
            head = " ".join(lines[first:start])
            yield first + 1, head, i - first + 1
            start = None


def n_params(head):
    """Parameters in the last outermost parentheses; the `struct dc_err *err`
    that a fallible function ends in is not counted."""
    head = re.sub(r",\s*struct dc_err \*err\s*\)\s*$", ")", head)
    depth, end = 0, head.rfind(")")
    n = 1
    for i in range(end, -1, -1):
        c = head[i]
        depth += (c == ")") - (c == "(")
        if c == "," and depth == 1:
            n += 1
        if depth == 0:
            return 0 if head[i + 1:end].strip() in ("", "void") else n
    return 0


@gate
def sizes(root):
    """Files, functions and parameter lists have a limit."""
    for path, name in c_files(root):
        text = path.read_text(errors="replace")
        n = text.count("\n")
        if n > MAX_FILE:
            yield f"{name}:{n}: {n} lines, at most {MAX_FILE}"
        for line, head, length in functions(bare(text)):
            m = re.search(r"(\w+)\s*\(", head)
            what = m.group(1) if m else "?"
            if length > MAX_FUNCTION:
                yield (f"{name}:{line}: {what}() has {length} lines, at most "
                       f"{MAX_FUNCTION}")
            if n_params(head) > MAX_PARAMS:
                yield (f"{name}:{line}: {what}() has {n_params(head)} "
                       f"parameters, at most {MAX_PARAMS}")


# ---- reliability ------------------------------------------------------------


def is_test(root, name):
    """Is there a test of this name? By its file, or as CMake adds it."""
    if (root / f"tests/{name}.c").exists() or \
            (root / f"tests/{name}.sh").exists():
        return True
    kind, _, last = name.partition("/")
    cmake = root / "tests/CMakeLists.txt"
    text = cmake.read_text() if cmake.exists() else ""
    return f"add_test(NAME {name} " in text or kind == "gate" and last in GATES


@gate
def reliability(root):
    """Each row of docs/RELIABILITY.md has three cells and tests that exist."""
    path = root / "docs/RELIABILITY.md"
    seen = set()
    for n, line in enumerate(path.read_text().splitlines() if path.exists()
                             else [], 1):
        if line.startswith("## "):
            return  # what is not promised has no test
        where = f"docs/RELIABILITY.md:{n}"
        if not line.startswith("|") or line.startswith(("|---", "| kind")):
            continue
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) != 3 or not all(cells):
            yield f"{where}: {len(cells)} cells, not kind, promise and tests"
            continue
        tests = re.findall(r"\b(?:unit|cli|gate)/[\w-]+", cells[2])
        if not tests:
            yield f"{where}: no test holds this"
        for t in tests:
            if not is_test(root, t):
                yield f"{where}: there is no test {t}"
        if cells[1] in seen:
            yield f"{where}: this promise stands above already"
        seen.add(cells[1])


# ---- names, words, paths ----------------------------------------------------


@gate
def names(root):
    """Source file names are snake_case and unique in the tree."""
    seen = {}
    for _, name in c_files(root, ext=(".c", ".h", ".def", ".cpp")):
        base = name.rsplit("/", 1)[1]
        if base in seen:
            yield f"{name}:1: the name is taken by {seen[base]}"
        seen[base] = name
        if not re.fullmatch(r"[a-z0-9_]+\.(c|h|def|cpp)", base):
            yield f"{name}:1: not snake_case"


@gate
def cplusplus(root):
    """C++ stays around the engine that is written in it; the rest is C."""
    cxx = (".cpp", ".cc", ".cxx", ".c++", ".C", ".hpp", ".hh", ".hxx")
    for _, name in c_files(root, ext=cxx):
        if not fnmatch.fnmatch(name, "src/chat/jinja.cpp"):
            yield f"{name}:1: only src/chat/jinja.cpp may be C++"


@gate
def banned(root):
    """Functions that can't be used safely."""
    word = (r"(?<![\w.>])(strcpy|strcat|strncpy|strncat|sprintf|vsprintf|gets|"
            r"strtok|atoi|atol|atoll|atof|alloca|tmpnam|mktemp|system)\s*\(")
    for path, name in c_files(root):
        if name == "src/base/banned.h":
            continue  # where the compiler is told the same
        code = bare(path.read_text(errors="replace"))
        for m in re.finditer(word, code):
            yield f"{name}:{line_of(code, m.start())}: {m.group(1)}() is banned"


@gate
def memory(root):
    """Heap memory comes from base/mem.h, which never returns NULL."""
    word = r"(?<![\w.>])(malloc|calloc|realloc|strdup|strndup|asprintf)\s*\("
    for path, name in c_files(root, "src"):
        if name in ("src/base/mem.c", "src/base/mem.h"):
            continue
        code = bare(path.read_text(errors="replace"))
        for m in re.finditer(word, code):
            yield f"{name}:{line_of(code, m.start())}: {m.group(1)}(): use dc_x*"


def phrases(text):
    """(line, what it says) of the string literals of C text, those that stand
    behind each other as one."""
    code = re.sub(r"^[ \t]*#[ \t]*include.*", "", uncommented(text), flags=re.M)
    literal = r"\"(?:\\.|[^\"\\\n])*\""
    for m in re.finditer(rf"{literal}(?:\s*(?:PRI\w+\s*)?{literal})*", code):
        yield line_of(code, m.start()), "".join(
            s[1:-1] for s in re.findall(literal, m.group(0)))


def shown(root):
    """(file, line, phrase): what the program prints and the page shows."""
    for path, name in c_files(root, "src", ext=(".c", ".h", ".def")):
        for line, s in phrases(path.read_text(errors="replace")):
            yield name, line, s
    for path in sorted((root / "data/page").glob("*")):
        name = path.relative_to(root).as_posix()
        for i, s in enumerate(path.read_text(errors="replace").split("\n"), 1):
            yield name, i, s


@gate
def words(root):
    """What users read has the words of docs/METHODS.md, section 1, and none of
    those that stand in quotes in the third column of its table."""
    path = root / "docs/METHODS.md"
    if not path.exists():
        return
    table = re.search(r"^\| word \| meaning \| not \|$.*?^$",
                      path.read_text(), re.M | re.S)
    if not table:
        yield "docs/METHODS.md:1: there is no table | word | meaning | not |"
        return
    ours = {}
    for line in table.group(0).splitlines()[2:]:
        cells = [c.strip() for c in line.strip("|").split("|")]
        for word in re.findall(r'"([^"]+)"', cells[-1]):
            ours[word] = cells[0]
    no = re.compile("|".join(rf"\b{re.escape(w)}(?:\b|s\b)" for w in ours), re.I)
    for name, line, s in shown(root):
        for m in no.finditer(s):
            word = next(w for w in ours if m.group(0).lower().startswith(w))
            yield f"{name}:{line}: \"{word}\": say \"{ours[word]}\""


@gate
def columns(root):
    """Columns are set by src/doc, which knows the terminal, and by nobody else:
    no text is printed with a width."""
    for path, name in c_files(root, "src"):
        if name.startswith("src/doc/"):
            continue
        for line, s in phrases(path.read_text(errors="replace")):
            for m in re.finditer(r"%-?(?:[1-9]\d*|\*)s|%-(?:\d+|\*)", s):
                yield (f"{name}:{line}: {m.group(0)} sets a column: fill a "
                       "document (src/doc/doc.h)")


SKIP_DIRS = re.compile(r"^(\.git|build[^/]*|\.cache)$")
TEXT = {".c", ".h", ".def", ".cpp", ".md", ".txt", ".py", ".sh", ".json", ".csv", ".sql",
        ".cmake", ".yaml", ".yml", ".supp", ""}


def text_files(root):
    for p in sorted(root.rglob("*")):
        rel = p.relative_to(root)
        if any(SKIP_DIRS.match(x) for x in rel.parts) or p.is_symlink():
            continue
        if p.is_file() and p.suffix in TEXT and p.stat().st_size < (8 << 20):
            data = p.read_bytes()
            if b"\0" not in data:
                yield rel.as_posix(), data.decode(errors="replace")


@gate
def forbidden(root):
    """No path of one machine, no host of a package registry, no conflict mark,
    no trailing space in sources."""
    # Written in pieces, so that this file keeps its own rule.
    slash = "/"
    homes = "|".join(("root", "work", "Users", "home"))
    path = re.compile(r"(?<![\w.~}/])" + slash + f"({homes})" + slash + r"\w")
    hosts = re.compile("|".join(("py" + r"pi\.org", "pythonhosted" + r"\.org",
                                 r"deb\.debian" + r"\.org")))
    marks = re.compile(r"^(<{7}|>{7}) ")
    for name, text in text_files(root):
        if name.startswith(("data/", "tests/data/")):
            continue
        for i, line in enumerate(text.split("\n"), 1):
            if path.search(line):
                yield f"{name}:{i}: a path of one machine: {line.strip()[:60]}"
            if hosts.search(line):
                yield f"{name}:{i}: a registry's host name"
            if marks.match(line):
                yield f"{name}:{i}: a conflict mark"
            if name.endswith((".c", ".h", ".def", ".cpp", ".py")) and \
                    line != line.rstrip():
                yield f"{name}:{i}: trailing space"


@gate
def format(root):
    """clang-format has nothing to change; `make format` changes it."""
    files = [str(p) for p, _ in c_files(root)]
    tool = shutil.which("clang-format")
    if not tool:
        yield "clang-format is missing: run scripts/setup --dev"
        return
    if not files:
        return
    got = subprocess.run([tool, "--dry-run", "-Werror", *files], text=True,
                         cwd=root, capture_output=True)
    if got.returncode:
        hit = set(re.findall(r"^(\S+?:\d+):\d+: error:", got.stderr, re.M))
        for place in sorted(hit)[:20] or [got.stderr.strip()[:200]]:
            yield f"{place}: not formatted; run `make format`"


# ---- proof that each gate can fail ------------------------------------------

GOOD = '/* exit( in a comment, strcpy( too */\nint dc_f(int a)\n{\n' \
       '    return a;\n}\n'
LONG = "int dc_f(void)\n{\n" + "    ;\n" * 120 + "    return 0;\n}\n"
WORDS = ('| word | meaning | not |\n|---|---|---|\n| trace | a response | "rollout" |\n'
         "\n")
# gate: ({file: text} that breaks it, part of the complaint), ...
SELF_TEST = {
    "layers": [
        ({"src/conf/a.c": '#include "infer/backend.h"\n'}, "may not include"),
        ({"src/store/a.c": "#include <deepconf/stop.h>\n"}, "may not include"),
        ({"src/vote/a.c": "#include <deepconf/stop.h>\n"}, "may not include"),
        ({"src/run/a.c": "#include <sqlite3.h>\n"}, "only in"),
        ({"src/chat/a.c": "#include <jinja/value.h>\n"}, "only in"),
        ({"src/infer/models.c": "#include <llama.h>\n"}, "only in"),
        ({"src/base/a.c": "void f(void)\n{\n    exit(1);\n}\n"}, "exit()"),
        ({"src/extra/a.c": GOOD}, "not in layers.txt"),
        ({"include/deepconf/stat.h": "#include <deepconf/vote.h>\n"},
         "may not include"),
    ],
    "sizes": [
        ({"src/base/a.c": "int x;\n" * 801}, "801 lines"),
        ({"src/base/a.c": LONG}, "dc_f() has 12"),
        ({"src/base/a.c": "static int g(int a, int b, int c,\n"
          "             int (*d)(int, int), int e, int f)\n{\n"
          "    return a;\n}\n"}, "6 parameters"),
    ],
    "words": [
        ({"docs/METHODS.md": WORDS, "src/cli/a.c": 'char *s = "a roll"\n"out";\n'},
         "src/cli/a.c:1: \"rollout\": say \"trace\""),
        ({"docs/METHODS.md": WORDS, "data/page/a.html": "<p>\nRollouts\n"},
         "data/page/a.html:2:"),
        ({"docs/METHODS.md": "# Methods\n"}, "there is no table"),
    ],
    "columns": [
        ({"src/cli/a.c": 'f("%-12s|", x);\n'}, "a.c:1: %-12s sets a column"),
        ({"src/cli/a.c": 'f("a "\n  "%*s", 3, x);\n'}, "a.c:1: %*s"),
        ({"src/cli/a.c": 'f("%-7u", x);\n'}, "%-7"),
        ({"src/cli/a.c": 'f("%.*s %02d 5%%", 3, x, y);\n'}, None),
        ({"src/doc/a.c": 'f("%*s", 3, x);\n'}, None),
    ],
    "names": [
        ({"src/base/a.c": GOOD, "src/cli/a.c": GOOD}, "taken by"),
        ({"src/base/aB.c": GOOD}, "snake_case"),
    ],
    "cplusplus": [
        ({"src/chat/jinja.cpp": GOOD, "src/chat/b.cpp": GOOD}, "b.cpp:1: only"),
        ({"tests/unit/a.hpp": GOOD}, "may be C++"),
        ({"src/chat/jinja.cpp": GOOD}, None),
    ],
    "banned": [
        ({"src/chat/jinja.cpp": "int f()\n{\n    return atoi(s);\n}\n"},
         "jinja.cpp:3: atoi()"),
        ({"tests/unit/a.c": "int f(void)\n{\n    return atoi(s);\n}\n"},
         "a.c:3: atoi()"),
    ],
    "memory": [
        ({"src/cli/a.c": "void *f(void)\n{\n    return malloc(1);\n}\n"},
         "a.c:3: malloc()"),
    ],
    "forbidden": [
        ({"docs/x.md": "see /" + "home/me/x\n"}, "x.md:1: a path"),
        ({"Makefile": "X = https://py" + "pi.org/simple\n"}, "host name"),
        ({"src/base/a.c": "<<<<<<< HEAD\n"}, "conflict"),
        ({"src/base/a.c": "int x; \n"}, "trailing"),
    ],
    "reliability": [
        ({"docs/RELIABILITY.md": "| A | it holds | unit/test_none |\n"},
         "no test unit/test_none"),
        ({"docs/RELIABILITY.md": "| A | it holds | by hand |\n"},
         "no test holds"),
        ({"docs/RELIABILITY.md": "| A | unit/test_none |\n"}, "2 cells"),
        ({"docs/RELIABILITY.md": "| A | it holds | cli/x |\n" * 2,
          "tests/cli/x.sh": ""}, "stands above"),
        ({"docs/RELIABILITY.md": "| A | it holds | cli/x, unit/y |\n",
          "tests/cli/x.sh": "",
          "tests/CMakeLists.txt": "add_test(NAME unit/y COMMAND y)\n"}, None),
    ],
    "format": [
        ({"src/base/a.c": "int   f( void ) {return 1;}\n"}, "make format"),
    ],
}


def plant(root, files):
    for name, text in files.items():
        p = root / name
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text(text)
    shutil.copy(HERE.parent.parent / ".clang-format", root)


def self_test():
    bad = [f"{n}: no self-test" for n in GATES if n not in SELF_TEST]
    for name, cases in SELF_TEST.items():
        for files, want in [*cases, ({"src/base/a.c": GOOD}, None)]:
            with tempfile.TemporaryDirectory() as tmp:
                root = pathlib.Path(tmp)
                plant(root, files)
                found = list(GATES[name](root))
            where = f"{name} on {', '.join(files)}"
            if want is None and found:
                bad.append(f"{where}: a good tree is refused: {found}")
            elif want and not any(want in x for x in found):
                bad.append(f"{where}: expected {want!r}, found {found}")
    for line in bad:
        print("self-test:", line)
    n = sum(len(c) + 1 for c in SELF_TEST.values())
    print(f"self-test: {n} trees, {len(bad)} wrong")
    return 1 if bad else 0


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--root", type=pathlib.Path, default=HERE.parent.parent)
    ap.add_argument("--self-test", action="store_true")
    ap.add_argument("--list", action="store_true", help="print the gates")
    ap.add_argument("gate", nargs="*")
    args = ap.parse_args()
    if args.list:
        for name, f in GATES.items():
            print(f"{name:10} {f.__doc__.split(chr(10))[0]}")
        return 0
    if args.self_test:
        return self_test()
    unknown = [g for g in args.gate if g not in GATES]
    if unknown:
        ap.error(f"no such gate: {', '.join(unknown)}")
    rc = 0
    for name in args.gate or GATES:
        found = list(GATES[name](args.root.resolve()))
        for line in found:
            print(f"{name}: {line}")
        rc |= bool(found)
    return rc


if __name__ == "__main__":
    sys.exit(main())
