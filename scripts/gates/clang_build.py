#!/usr/bin/env python3
"""clang has no warning either: clang_build.py BUILD_FOLDER | --self-test

The tree is built by the system's compiler, which is GCC on Debian. This reads
what that build compiles (compile_commands.json) and has clang look at each file
once, with the same flags and without making code. Exit code 1 if it complains,
2 if there is nothing to look at.
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

# What only GCC knows, and what would write a file.
DROP = {"-c", "-Wno-format-truncation"}


def look(entry):
    """clang's complaints about one entry of compile_commands.json."""
    words = shlex.split(entry["command"])[1:]
    at = words.index("-o")
    del words[at:at + 2]
    command = ["clang", "-fsyntax-only", "-Werror",
               *(w for w in words if w not in DROP)]
    p = subprocess.run(command, cwd=entry["directory"], text=True,
                       stdin=subprocess.DEVNULL, capture_output=True)
    return p.stderr if p.returncode or p.stderr else ""


def check(folder):
    """(files looked at, complaints)"""
    with open(pathlib.Path(folder, "compile_commands.json")) as f:
        once = {e["file"]: e for e in json.load(f)}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return len(once), [s for s in pool.map(look, once.values()) if s]


def self_test():
    """A file that only clang complains of, and one that nobody does."""
    head = "enum e { A, B };\nint f(enum e x);\nint f(enum e x)\n{\n"
    tail = "}\nint g(int y);\nint g(int y)\n{\n    return f(%sy);\n}\n"
    wrong = 0
    for cast, want in (("", 1), ("(enum e)", 0)):
        with tempfile.TemporaryDirectory() as tmp:
            text = head + "    return x == B;\n" + tail % cast
            pathlib.Path(tmp, "a.c").write_text(text)
            pathlib.Path(tmp, "compile_commands.json").write_text(json.dumps([{
                "directory": tmp, "file": "a.c",
                "command": "cc -Wall -Wconversion -Wno-format-truncation "
                           "-std=c17 -o a.o -c a.c"}]))
            n, found = check(tmp)
            if n != 1 or len(found) != want:
                wrong += 1
                print(f"self-test: cast {cast!r}: {n} files, {found}")
    print(f"self-test: 2 trees, {wrong} wrong")
    return 1 if wrong else 0


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if not shutil.which("clang"):
        print("clang is missing: run scripts/setup --dev")
        return 1
    if sys.argv[1] == "--self-test":
        return self_test()
    n, found = check(sys.argv[1])
    print("".join(found), end="")
    print(f"clang: {n} files, {len(found)} with warnings")
    return 2 if n == 0 else 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
