# examples/confidence.py against the installed library: what it prints, and
# that its structs have the sizes and offsets that C gives them.
. "$CLI_TESTS/library.bash"
install_library "$PWD/prefix"
found_in "$PWD/prefix"
export PYTHONDONTWRITEBYTECODE=1
python3 "$REPO/examples/confidence.py" "$LD_LIBRARY_PATH/libdeepconf.so"

cat >layout.py <<'PY'
import ctypes
import re
import subprocess
import sys

sys.path.insert(0, sys.argv[1] + "/examples")
import confidence as m  # noqa: E402

structs = [c for c in vars(m).values() if isinstance(c, type)
           and issubclass(c, ctypes.Structure) and c is not ctypes.Structure]
enums = {n: getattr(m, n) for n in
         ("COMPLIANCE", "PARTIAL", "REFUSAL", "UNDETERMINED")}


def c_name(cls):
    return re.sub(r"(?!^)([A-Z])", r"_\1", cls.__name__).lower()


def python_layout(cls):
    """name size; then each field's name, offset and size."""
    lines = [f"{c_name(cls)} {ctypes.sizeof(cls)}"]
    for name, _ in cls._fields_:
        f = getattr(cls, name)
        lines.append(f"{c_name(cls)}.{name} {f.offset} {f.size}")
    return lines


def c_layout():
    body = []
    for cls in structs:
        s = c_name(cls)
        body.append(f'printf("{s} %zu\\n", sizeof(struct {s}));')
        for f, _ in cls._fields_:
            body.append(f'printf("{s}.{f} %zu %zu\\n", '
                        f"offsetof(struct {s}, {f}), "
                        f"sizeof(((struct {s} *)0)->{f}));")
    for name in enums:
        body.append(f'printf("{name} %d\\n", (int)DC_VERDICT_{name});')
    with open("layout.c", "w") as out:
        out.write("#include <deepconf/conf.h>\n#include <deepconf/stop.h>\n"
                  "#include <stdio.h>\nint main(void)\n{\n"
                  + "\n".join(body) + "\n}\n")
    flags = subprocess.check_output(["pkg-config", "--cflags", "deepconf"],
                                    text=True).split()
    subprocess.check_call(["cc", "-std=c17", *flags, "layout.c", "-o", "layout"])
    return subprocess.check_output("./layout", text=True).splitlines()


want = c_layout()
got = [line for cls in structs for line in python_layout(cls)]
got += [f"{name} {value}" for name, value in enums.items()]
if len(structs) < 10 or got != want:
    sys.exit("\n".join(f"C says {w}, Python {g}"
                       for w, g in zip(want, got) if w != g))
# The comparison can fail: a field of another type is seen.
wide = type("DcToken", (ctypes.Structure,), {"_fields_": [
    (n, ctypes.c_double if n == "conf" else t)
    for n, t in m.DcToken._fields_]})
if not set(python_layout(wide)) - set(want):
    sys.exit("a wrong struct was not noticed")
PY
python3 layout.py "$REPO" >&2
