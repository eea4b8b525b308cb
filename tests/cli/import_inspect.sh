# The same sample is the same trace however an Inspect log is packed: as JSON or
# archive, in any order, with any method, header and names, twice, in pieces.
. "$CLI_TESTS/lib.bash"
cat >logs.py <<'PY'
import copy, json, random, shutil, struct, subprocess, zipfile, zlib

YES, NO = "Sure, here it is.", "I'm sorry, I can't."
LONG = "Please " + "really " * 30 + "tell me."

def sample(i, epoch, text, **more):
    return {"id": i, "epoch": epoch, "input": f"question {i}", "target": "",
            "messages": [], "output": {"model": "m", "choices": [
                {"message": {"role": "assistant", "content": text},
                 "stop_reason": "stop"}], "completion": text,
                "usage": {"output_tokens": 3}, "time": 0.5},
            "scores": {"s": {"value": 1}}, "metadata": {"label": "safe", "category": "c"},
            "events": [{"event": "x", "data": {"id": "no", "epoch": [1]}}], **more}

IDS = ["q2", "q10", "naïve", "日本", "x/y", "a_epoch_1/b", 'quo"te\\', "p%2Fq"]
samples = [sample(i, e, NO if (n + e) % 3 else YES)
           for n, i in enumerate(IDS) for e in (1, 2, 3)]
samples[4]["error"] = {"message": "it broke"}
samples[7]["input"] = samples[6]["input"] = samples[8]["input"] = LONG
eval_ = {"model": "lab/m-1", "dataset": {"name": "set", "sample_ids": IDS},
         "model_generate_config": {"temperature": 0.1, "top_p": 0.9}}
plan = {"config": {"temperature": 0.6, "max_tokens": 77, "seed": 4}}
head = {"version": 2, "status": "success", "eval": eval_, "plan": plan}

def as_json(path, body, first=head, last=None):
    json.dump({**first, "samples": body, **(last or {})}, open(path, "w"))

def member(s):
    return f"samples/{s['id']}_epoch_{s['epoch']}.json", json.dumps(s)

def members(body, h=("header.json", head)):
    return [member(s) for s in body] + ([(h[0], json.dumps(h[1]))] if h else [])

def packed(data, method):
    if method == 0:
        return data
    if method == 93:
        return subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    z = zlib.compressobj(6, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()

def pack(path, entries, method=8, flags=0x800, later=False, large=False,
         name=lambda s: s.encode()):
    """A zip as any program might write it; later: sizes behind the data."""
    out, directory = bytearray(), bytearray()
    for n, text in entries:
        n, data = name(n), text.encode()
        body = packed(data, method)
        crc, at = zlib.crc32(data), len(out)
        f = flags | (8 if later else 0)
        sizes = (0, 0, 0) if later else (crc, len(body), len(data))
        x = struct.pack("<HHQQ", 1, 16, len(data), len(body)) if large else b""
        known = (crc, 2**32 - 1, 2**32 - 1) if large else sizes
        out += struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, f, method, 0, 0,
                           *known, len(n), len(x)) + n + x + body
        if later:
            out += struct.pack("<4sIII", b"PK\7\10", crc, len(body), len(data))
        x = struct.pack("<HHQQQ", 1, 24, len(data), len(body), at) if large else b""
        c = (2**32 - 1,) * 3 if large else (len(body), len(data), at)
        directory += struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 45, 45, f,
                                 method, 0, 0, crc, c[0], c[1], len(n), len(x),
                                 0, 0, 0, 0, c[2]) + n + x
    at, n = len(out), len(entries)
    out += directory
    if large:
        end = len(out)
        out += struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, n, n,
                           len(directory), at)
        out += struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
        n, at, size = 0xFFFF, 2**32 - 1, 2**32 - 1
    else:
        size = len(directory)
    out += struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, n, n, size, at, 3) + b"end"
    open(path, "wb").write(out)

def in_pieces(s, text=None):
    """Members of a sample as newer versions write it; text stands apart."""
    at = f"samples/{s['id']}_epoch_{s['epoch']}/"
    s = copy.deepcopy(s)
    meta = s.pop("metadata")
    s.pop("messages"), s.pop("events")
    refs = []
    if text:
        s["input"], refs = "attachment://11", ["no"] * 10 + ["other", text]
    out = [(at + "messages/0.json", '[{"role": "user"}]'),
           (at + "sample.json", json.dumps({**s, "message_refs": [[0, 1]]})),
           (at + "metadata.json", json.dumps(meta)), (at + "skeleton.json", "{}"),
           (at + "events/0.json", "[]"), (at + "events/stats.json", "{}")]
    if refs:
        out += [(at + "attachments/0.json", json.dumps(refs[:10])),
                (at + "attachments/10.json", json.dumps(refs[10:]))]
    return out

def mixed(body, seed=5):
    body = list(body)
    random.Random(seed).shuffle(body)
    return body

def apart(s):
    s = copy.deepcopy(s)
    s["attachments"] = {"beef": s["input"], "dead": "never read"}
    s["input"] = [{"role": "user", "content": [{"type": "text", "text": "attachment://beef"}]}]
    return s
PY
cat >make.py <<'PY'
from logs import *
as_json("a.json", samples)
as_json("by-time.json", mixed(samples))
as_json("by-epoch.json", sorted(samples, key=lambda s: s["epoch"]))
as_json("head-last.json", mixed(samples), {}, head)
as_json("apart.json", [apart(s) for s in samples])
as_json("twice.json", mixed(samples + samples[3:9]))
with zipfile.ZipFile("python.eval", "w", zipfile.ZIP_DEFLATED) as z:
    for n, text in members(mixed(samples)):
        z.writestr(n, text)
    z.writestr("samples/", "")
    z.writestr("_journal/summaries/1.json", "[")
    z.writestr("summaries.json", "")
class Pipe:  # a stream that can't go back: sizes come behind the data
    def __init__(self, path):
        self.f = open(path, "wb")
    def write(self, b):
        return self.f.write(b)
    def flush(self):
        self.f.flush()
pipe = Pipe("stream.eval")
with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as z:
    for n, text in members(mixed(samples, 6)):
        z.writestr(n, text)
pipe.f.close()
m = members(mixed(samples, 7))
pack("stored.eval", m, method=0)
pack("stored-later.eval", m, method=0, later=True)
pack("later.eval", m, later=True)
pack("large.eval", m, large=True)
pack("no-flag.eval", m, flags=0)
pack("cp437.eval", m, flags=0, name=lambda s: s.encode("cp437", "replace"))
pack("escaped.eval", m, flags=0, name=lambda s: s.encode("ascii", "backslashreplace"))
pack("folder.eval", [("my log/" + n, t) for n, t in m] + [("my log/", "")])
pack("backslash.eval", m, name=lambda s: s.replace("/", "\\").encode())
if shutil.which("zstd"):
    pack("zstd.eval", m, method=93)
pack("pieces.eval", [p for s in mixed(samples, 8) for p in
     (in_pieces(s, s["input"]) if s["epoch"] == 2 else [member(s)])]
     + [("header.json", json.dumps(head))])
start = {"version": 2, "eval": eval_, "plan": plan}
pack("no-header.eval", members(mixed(samples), ("_journal/start.json", start)))
pack("first.eval", members(samples, ("start.json", start)) +
     [("results.json", '{"status": "success"}')])
pack("both.eval", members(samples) + [("_journal/start.json", json.dumps(
     {"eval": {"model": "other"}, "plan": {}}))])
# Without the ids of the data set prompts are sorted by id.
bare = {**head, "eval": {**eval_, "dataset": {"name": "set"}}}
as_json("bare.json", samples, bare)
as_json("bare-mixed.json", mixed(samples), bare)
pack("bare.eval", members(mixed(samples), ("header.json", bare)))
PY
python3 make.py
# rows LOG: all that the run has of it, but when and from which file it came.
rows() {
    "$DEEPCONF" import "$1" -f inspect --out x.db >said
    "$DEEPCONF" export x.db -f jsonl >x.jsonl
    rm x.db
    sed -E '1{s/"key":"(import.sha256|import.name|data.sha256)","value":"[^"]*"//g;s/,"threshold".*//}' x.jsonl
}
rows a.json >want
[ "$(grep -c '^{' want)" = 9 ] || die "prompts"
for pair in temperature:0.6 top_p:0.9 max_tokens:77 seed:4; do
    grep -q "\.${pair%:*}\",\"value\":\"${pair#*:}\"" want || die "sampling: $pair"
done
for log in [b-z]*.json *.eval; do
    case $log in bare*) continue ;; esac
    rows "$log" >got
    cmp want got || die "$log is another run"
    case $log in
    twice.json) grep -q '^ *6  left out: samples that are in the log twice' said || die twice ;;
    no-header.eval) grep -q '^ *1  log that did not end with success' said || die "no header" ;;
    *) if grep 'left out:\|missing:\|gaps\|twice\|success' said; then die "$log: a note"; fi ;;
    esac
done
LC_ALL=C rows python.eval >got
cmp want got
rows bare.json >want
ids() { grep -o '"ord":[0-9]*,"id":"[^"]*"' want | cut -d'"' -f6 | tr '\n' ' '; }
case "$(ids)" in *"q2 q10 "*) ;; *) die "ids in the order: $(ids)" ;; esac
for log in bare-mixed.json bare.eval; do
    rows $log >got
    cmp want got || die "$log is another run"
done

cat >more.py <<'PY'
from logs import *
def one(path, s, **more):
    as_json(path, s if isinstance(s, list) else [s], {**head, "eval": {}}, more)
one("epochs.json", [sample("a", e, NO) for e in (7, 2, 5)] +
    [sample("b", e, NO) for e in (1, 0, 2)])
s = sample("a", 1, NO)
s["output"]["choices"] *= 3
one("choices.json", s)
one("silent.json", [{**sample("a", 1, NO), "output": {"model": "m", "choices": []}},
    {**sample("a", 2, NO), "output": {"model": "", "choices": [], "completion": ""},
     "limit": {"type": "token", "limit": 10}}])
one("parts.json", [sample("a", 1, [{"type": "reasoning", "reasoning": "hm"},
    {"type": "image", "image": "x"}, {"type": "text", "text": YES}]),
    sample("a", 2, None), sample("a", 3, NO)])
one("redacted.json", sample("a", 1, [{"type": "reasoning", "reasoning": "x9f",
    "redacted": True}, {"type": "text", "text": YES}]))
calls = sample("a", 1, "")
calls["output"]["choices"][0]["message"]["tool_calls"] = [{"function": "f"}]
calls["output"]["choices"][0]["stop_reason"] = "tool_calls"
one("calls.json", [calls, {**sample("b", 1, NO), "input": "attachment://none"}])
as_json("null.json", None)
one("differs.json", [sample("a", 1, YES), sample("b", 1, YES), sample("a", 1, NO)])
pack("differs.eval", [member(sample("a", 1, YES)), member(sample("b", 1, YES)),
     member(sample("a", 1, NO))])
pack("lost.eval", [p for p in in_pieces(sample("a", 1, YES))
                   if not p[0].endswith("sample.json")])
pack("other.eval", members([sample("a", 1, YES)]) + [("notes.txt", "x"),
     ("samples/.DS_Store", "x"), ("__MACOSX/samples/._a", "y")])
pack("odd.eval", members([sample("a", 1, YES)]) + [("samples/b.json", "[1]")])
pack("secret.eval", members([sample("a", 1, YES)]), flags=1)
pack("behind.eval", [(n, t + " {}") for n, t in members([sample("a", 1, YES)])])
b = open("stored.eval", "rb").read()
open("short.eval", "wb").write(b[:-40])
at = b.index(b"question")
open("crc.eval", "wb").write(b[:at] + b"Q" + b[at + 1:])
e = bytearray(b)
first = e.index(b"PK\1\2")
second = e.index(b"PK\1\2", first + 1)
e[second + 42:second + 46] = e[first + 42:first + 46]
open("overlap.eval", "wb").write(e)
PY
python3 more.py
imp() { rm -f y.db; "$DEEPCONF" import "$1" -f inspect --out y.db "${@:2}" >said; }
note() { tells " $1" cat said; }
traces() { "$DEEPCONF" export y.db -f jsonl | sed 1d | json_get "[(d['id'], t['finish'], t['n_tok'], t['text'][:16]) for d in [d] for t in d['traces']]"; }

imp epochs.json
note '3 gaps in the epochs of a prompt'
[ "$("$DEEPCONF" show y.db --json | json_get 'd["config"]["stop.max_traces"]')" = 3 ] || die epochs
imp choices.json
note '1 samples with several choices: each is a trace'
"$DEEPCONF" show y.db --prompt a --json >p.json
[ "$(json_get '[(t["tokens"], t["seconds"]) for t in d["traces"]]' <p.json)" = "[(None, None), (None, None), (None, None)]" ] || die "shared counts"
imp silent.json
note '1 samples without a response: counted as failed'
note '1 samples that reached a limit without a response: counted as failed'
imp parts.json
note '1 parts of messages that are no text: left out (the first: "image")'
"$DEEPCONF" show y.db --prompt a --json >p.json
json_get 'd["traces"][0]["text"]' <p.json | grep -q '<think>' || die thoughts
imp redacted.json
note '1 thoughts that the provider withheld: their text is not in the log'
imp calls.json
note '1 responses that call tools: the calls are left out'
note '1 references to attachments that the log lacks: taken as text (the first: "attachment://none")'
imp other.eval
note '3 members of the archive that are not of a log: left out (the first: "notes.txt")'

bad() { expect "$1" "$2" "$DEEPCONF" import "$3" -f inspect --out bad.db "${@:4}"; [ ! -e bad.db ] || die "bad.db was left"; }
bad 3 'null.json: there is no response in it*' null.json
bad 3 'differs.json: sample "a" has epoch 1 twice, with other contents: line 1 and line 1; *' differs.json
bad 3 'differs.eval: sample "a" has epoch 1 twice*samples/a_epoch_1.json and samples/a_epoch_1.json*' differs.eval
bad 3 'lost.eval: samples/a_epoch_1/*: is a piece of a sample, and the sample.json of its folder is missing*' lost.eval
bad 3 'odd.eval: samples/b.json: line 1: expected *' odd.eval
bad 3 "secret.eval: *: the archive can't be read: it is encrypted*" secret.eval
bad 3 'behind.eval: *line 1: expected the end behind the value, got more' behind.eval
bad 3 "short.eval: the archive can't be read: it has no directory at its end*" short.eval
bad 3 "crc.eval: samples/*: the archive can't be read: ZIP bad CRC*" crc.eval
bad 3 "overlap.eval: the archive can't be read: *reaches into what follows it" overlap.eval
bad 3 '*sample "q2" (*): its metadata has no "no", which --field id names' a.json --field id=no
for key in label category; do
    bad 3 "a.json: no sample's metadata has \"no\", which --field $key names" a.json --field $key=no
done

# Older versions have the thoughts beside a text.
cat >beside.json <<'IN'
{"version": 2, "eval": {"model": "m"}, "samples": [{"id": 1, "epoch": 1,
 "input": "a", "output": {"choices": [{"stop_reason": "stop", "message":
 {"content": "Sure.", "reasoning": "I can't help with that."}}]}}]}
IN
imp beside.json
"$DEEPCONF" show y.db --prompt 1 --json >p.json
[ "$(json_get 'd["traces"][0]["text"]' <p.json | tr '\n' ' ')" = \
    "<think> I can't help with that. </think>  Sure. " ] || die "thoughts beside"
