"""The structs and prototypes of deepconf_safety against the C headers.

    layout_test.py INCLUDE      the folder that has deepconf/*.h

Sizes, offsets and enum values are printed by a C program that is made here in
the working folder; prototypes are read from the headers' text. Every struct and
function of _abi.py is compared, and that a comparison can fail is shown last.
"""
import ctypes
import re
import subprocess
import sys
from pathlib import Path

from deepconf_safety import _abi, _find

INCLUDE = Path(sys.argv[1])
STRUCTS = [c for c in vars(_abi).values() if isinstance(c, type)
           and issubclass(c, ctypes.Structure) and c is not ctypes.Structure]
CONSTANTS = {
    "DC_CONF_K_MAX": _abi.CONF_K_MAX, "DC_STOP_K_MAX": _abi.STOP_K_MAX,
    "DC_SPEC_TEXT": _abi.SPEC_TEXT,
    "DC_VERDICT_COMPLIANCE": _abi.COMPLIANCE,
    "DC_VERDICT_PARTIAL": _abi.PARTIAL, "DC_VERDICT_REFUSAL": _abi.REFUSAL,
    "DC_VERDICT_UNDETERMINED": _abi.UNDETERMINED,
    "DC_TOKEN_LOGPROB": 2, "DC_TOKEN_CONF": 4, "DC_TOKEN_ENTROPY": 8,
    "DC_TOKEN_SELF_CERT": 16}


def c_name(cls):
    return re.sub(r"(?!^)([A-Z])", r"_\1", cls.__name__).lower()


def python_layout(cls):
    """name size; then each field's name, offset and size."""
    name = c_name(cls)
    fields = [(f, getattr(cls, f)) for f, _ in cls._fields_]
    return [f"{name} {ctypes.sizeof(cls)}"] + [
        f"{name}.{f} {d.offset} {d.size}" for f, d in fields]


def field_names(text, name):
    """The fields of a struct as the header has them, so that none is missing
    in Python where a hole would hide it."""
    body = re.search(r"struct %s \{(.*?)\n\};" % name, text, re.S).group(1)
    out = []
    for line in body.split(";"):
        pointer = re.search(r"\(\*(\w+)\)\s*\(", line)
        if pointer:
            out.append(pointer.group(1))
        elif line.strip():
            out += [re.search(r"(\w+)\s*(\[\w+\])?\s*$", part).group(1)
                    for part in line.split(",")]
    return out


def c_layout():
    body = []
    for cls in STRUCTS:
        s = c_name(cls)
        body.append(f'printf("{s} %zu\\n", sizeof(struct {s}));')
        body += [f'printf("{s}.{f} %zu %zu\\n", offsetof(struct {s}, {f}), '
                 f"sizeof(((struct {s} *)0)->{f}));" for f, _ in cls._fields_]
    body += [f'printf("{n} %d\\n", (int){n});' for n in CONSTANTS]
    heads = "".join(f"#include <deepconf/{h.name}>\n"
                    for h in sorted((INCLUDE / "deepconf").glob("*.h")))
    Path("layout.c").write_text(
        heads + "#include <stddef.h>\n#include <stdio.h>\n"
        "int main(void)\n{\n" + "\n".join(body) + "\n}\n")
    subprocess.check_call(["cc", "-std=c17", f"-I{INCLUDE}", "layout.c", "-o",
                           "layout"])
    return subprocess.check_output("./layout", text=True).splitlines()


def headers():
    text = "\n".join(h.read_text() for h in
                     sorted((INCLUDE / "deepconf").glob("*.h")))
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", " ", text, flags=re.M)


SCALARS = {"void": None, "bool": ctypes.c_bool, "int": ctypes.c_int,
           "char": ctypes.c_char, "unsigned": ctypes.c_uint,
           "size_t": ctypes.c_size_t, "double": ctypes.c_double,
           "float": ctypes.c_float, "uint64_t": ctypes.c_uint64,
           "uint32_t": ctypes.c_uint32, "int32_t": ctypes.c_int32}


def ctypes_of(text):
    """The type that ctypes has for `const struct dc_x *name`."""
    words = re.findall(r"\w+|\*", re.sub(r"\bconst\b", "", text))
    stars = words.count("*")
    words = [w for w in words if w != "*"]
    if words[0] == "struct":
        kind = {c_name(c): c for c in STRUCTS}[words[1]]
    elif words[0] == "enum":
        kind = ctypes.c_int
    else:
        kind = SCALARS[words[0]]
    if kind is ctypes.c_char and stars:
        kind, stars = ctypes.c_char_p, stars - 1
    for _ in range(stars):
        kind = ctypes.POINTER(kind)
    return kind


def declared(text, name):
    found = re.search(r"(?:^|[;{}])\s*([\w\s*]+?)\b%s\s*\(([^()]*)\)\s*;"
                      % name, text)
    result, args = found.groups()
    args = [] if args.strip() == "void" else args.split(",")
    return (ctypes_of(result), *map(ctypes_of, args))


def main():
    text = headers()
    want = c_layout()
    got = [line for cls in STRUCTS for line in python_layout(cls)]
    got += [f"{name} {value}" for name, value in CONSTANTS.items()]
    wrong = [f"C says {w}, Python {g}" for w, g in zip(want, got) if w != g]
    if len(want) != len(got) or len(STRUCTS) < 20:
        wrong.append(f"{len(STRUCTS)} structs, {len(want)} and {len(got)} lines")
    for cls in STRUCTS:
        names = [f for f, _ in cls._fields_]
        if names != field_names(text, c_name(cls)):
            wrong.append(f"{c_name(cls)} has {field_names(text, c_name(cls))}, "
                         f"in Python {names}")
    for name, prototype in _abi.PROTOTYPES.items():
        if declared(text, name) != prototype:
            wrong.append(f"{name} is {declared(text, name)}, in Python "
                         f"{prototype}")
    _abi.lib()  # all of them are there
    if wrong:
        sys.exit("\n".join(wrong))
    # The comparisons can fail: another type of a field, another argument.
    wide = type("DcToken", (ctypes.Structure,), {"_fields_": [
        (n, ctypes.c_double if n == "conf" else t)
        for n, t in _abi.DcToken._fields_]})
    assert set(python_layout(wide)) - set(want)
    moved = text.replace("dc_prop_upper(uint64_t k", "dc_prop_upper(double k")
    assert moved != text
    assert declared(moved, "dc_prop_upper") != _abi.PROTOTYPES["dc_prop_upper"]
    assert field_names(text.replace("bool left_out;", ""), "dc_param") != [
        f for f, _ in _abi.DcParam._fields_]
    print(f"{len(STRUCTS)} structs, {len(_abi.PROTOTYPES)} functions: as the "
          f"headers of {_find.LIBRARY_NAME} have them")


main()
