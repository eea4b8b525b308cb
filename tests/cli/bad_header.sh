# Headers that libllama never expected: whatever a model file says, deepconf ends
# with an exit code of its own and leaves no run file of a model that it refused.
. "$CLI_TESTS/lib.bash"
[ -r "${TINY:-}/tiny-llama.gguf" ] ||
    { echo "SKIP: no tiny models (scripts/setup --dev)"; exit 77; }
printf 'id,prompt,label\n1,a b,refuse\n' >d.csv
cat >altered.py <<'PY'
"""Altered copies of a GGUF, one after the other, into m.gguf."""
import os, random, struct, subprocess, sys
deepconf, path = sys.argv[1:]
data = open(path, "rb").read()
SIZE = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
def number(form, at):
    return struct.unpack_from(form, data, at)[0]
def text(at):
    n = number("<Q", at)
    return data[at + 8:at + 8 + n].decode(), at + 8 + n
at, value, tensor = 24, {}, {}
for _ in range(number("<Q", 16)):
    key, at = text(at)
    kind, at = number("<I", at), at + 4
    value[key] = (kind, at)
    if kind == 8:
        at = text(at)[1]
    elif kind == 9:
        of, n, at = number("<I", at), number("<Q", at + 4), at + 12
        for _ in range(n):
            at = text(at)[1] if of == 8 else at + SIZE[of]
    else:
        at += SIZE[kind]
for _ in range(number("<Q", 8)):
    name, at = text(at)
    dims = number("<I", at)
    tensor[name] = (at, dims)
    at += 4 + 8 * dims + 12
def alter(where, what):
    copy = bytearray(data)
    copy[where:where + len(what)] = what
    with open("m.gguf", "wb") as f:
        f.write(copy)
def run(label, must_fail=False):
    for f in os.listdir("."):
        if f.startswith("r.db"):
            os.unlink(f)
    p = subprocess.run([deepconf, "run", "--model", "./m.gguf", "--data", "d.csv",
                        "--max-tokens", "3", "--max-traces", "3", "--quiet", "--out",
                        "r.db"], capture_output=True, text=True, errors="replace",
                       timeout=120)
    assert p.returncode in (0, 2, 4), (label, p.returncode, p.stderr)
    if p.returncode == 4:
        assert p.stderr.startswith("deepconf: ./m.gguf: "), (label, p.stderr)
        assert p.stderr.count("\n") == 1, (label, p.stderr)
        assert not os.path.exists("r.db"), label
    assert p.returncode == 4 or not must_fail, (label, p.returncode)
    return p.stderr
u32 = lambda v: struct.pack("<I", v)
u64 = lambda v: struct.pack("<Q", v)
for v in (0, 513, 0xFFFFFFFF):
    alter(value["llama.block_count"][1], u32(v))
    said = run(f"block_count {v}", must_fail=True)
    assert v == 513 or "not a usable model" in said or "can't load" in said, said
for key in ("llama.attention.head_count", "llama.embedding_length",
            "llama.context_length", "llama.vocab_size"):
    if key in value:
        alter(value[key][1], u32(0))
        run(key + " 0")
alter(value["llama.context_length"][1], u32(0))
run("no context", must_fail=True)
# what is found only by computing
alter(value["llama.attention.layer_norm_rms_epsilon"][1], struct.pack("<f", -1))
assert "not a usable model" in run("epsilon", must_fail=True)
name, (where, dims) = next(iter(tensor.items()))
for what in (u64(0), u64(1 << 62)):
    alter(where + 4, what)
    run(f"{name} dimension", must_fail=True)
alter(where + 4 + 8 * dims, u32(99))
run(f"{name} type", must_fail=True)
alter(where + 4 + 8 * dims + 4, u64(1 << 40))
run(f"{name} offset", must_fail=True)
for i, (where, dims) in enumerate(list(tensor.values())[1:5]):
    alter(where + 4, u64(0))
    run(f"tensor {i}: 0", must_fail=True)
rnd = random.Random(7)
for i in range(12):
    where = rnd.randrange(24, 1500)
    alter(where, bytes([rnd.randrange(256)]))
    run(f"byte {where}")
PY
python3 altered.py "$DEEPCONF" "$TINY/tiny-llama.gguf"
# So do the other ways to open a model.
python3 - "$TINY/tiny-llama.gguf" <<'PY'
import sys
b = bytearray(open(sys.argv[1], "rb").read())
key = b"llama.block_count"
at = b.find(key) + len(key) + 4
b[at:at + 4] = bytes(4)
open("none.gguf", "wb").write(b)
PY
printf '{"prompt":"p","response":"r"}\n' >in.jsonl
printf '{"question":"p","answer":"1"}\n' >qa.jsonl
for what in "judge --input in.jsonl --judge wildguard=none.gguf" "tune ./none.gguf" \
    "model optimize ./none.gguf --out o.gguf" \
    "deepthink --model ./none.gguf --data qa.jsonl --out d.jsonl"
do
    # shellcheck disable=SC2086 # words on purpose
    rc=0; said=$("$DEEPCONF" $what --quiet 2>&1) || rc=$?
    [ "$rc" = 4 ] || die "$what: $rc: $said"
    [[ $said == *"not a usable model"* ]] || die "$what: $said"
done
