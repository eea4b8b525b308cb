# An export into a folder that has files: those of others stay, an earlier export
# is replaced whole, and a kill leaves nothing that is not known again.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 6 --max-traces 3 --stop fixed \
    --out r.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 5 --max-traces 3 --stop fixed \
    --out other.db --quiet >/dev/null
sum() { (cd "$1" && sha256sum -- * .[!.]* | sort -k2); }
safety() { dc export "$1" --format deep-conf-safety --out "$2"; }

# Files of the same names that are not ours.
for name in predictions.jsonl analysis.json \
    demo_percentile_safety_analysis.json; do
    mkdir theirs
    echo '{"mine": 1}' >"theirs/$name"
    expect 2 "theirs/$name is there, and is not as an export*" safety r.db theirs
    [ "$(ls -A theirs)" = "$name" ] || die "left: $(ls -A theirs)"
    [ "$(cat "theirs/$name")" = '{"mine": 1}' ] || die "$name is lost"
    rm -r theirs
done
mkdir theirs
ln -s /etc/passwd theirs/predictions.jsonl
expect 2 '*predictions.jsonl is there*' safety r.db theirs
rm -r theirs
for f in garak:deepconf.report.jsonl garak:deepconf.hitlog.jsonl; do
    mkdir theirs
    echo mine >"theirs/${f#*:}"
    expect 2 "theirs/${f#*:} is there*" \
        dc export r.db --format "${f%:*}" --out theirs
    rm -r theirs
done

echo mine >file
expect 2 'file is a file, and a folder is to be made*' safety r.db file
expect 2 'the name of the folder is empty' safety r.db ''
[ "$(cat file)" = mine ] || die "the file is lost"

# Our own, again: the same; then of another run: nothing of the first is left.
safety r.db out >/dev/null
sum out >once
safety r.db out >/dev/null
sum out | cmp - once
echo notes >out/notes.txt
python3 - <<'PY'
import json
with open("d.jsonl", "w") as f:
    f.write(json.dumps({"id": "a", "prompt": "p", "label": "safe",
                        "response": ["yes", "no"]}) + "\n")
PY
dc import d.jsonl --format jsonl --out generic.db >/dev/null
safety generic.db out >/dev/null
[ "$(ls -A out | sort | tr '\n' ' ')" = ".deepconf-export.json analysis.json \
generic_percentile_safety_analysis.json notes.txt predictions.jsonl " ] ||
    die "a mixture: $(ls -A out)"
[ "$(wc -l <out/predictions.jsonl)" = 1 ] || die "the old predictions"

# One file of it was changed since: none is replaced, nothing is removed.
echo '{}' >>out/generic_percentile_safety_analysis.json
sum out >once
expect 2 '*generic_percentile_safety_analysis.json is there*' safety r.db out
sum out | cmp - once

# Another format in the same folder does not touch them.
dc export r.db --format garak --out out >/dev/null
sum out | grep -v 'garak\|deepconf' | cmp - <(grep -v 'deepconf' once)
dc export r.db --format garak --out out >/dev/null

# A record of somebody else removes and replaces nothing.
mkdir evil
echo mine >victim
sha=$(sha256sum victim | cut -d' ' -f1)
for name in ../victim /etc/hostname .profile; do
    echo "{\"deepconf_export\": 1, \"exports\": [{\"format\": \"x\", \"files\":
        {\"predictions.jsonl\": \"\", \"$name\": \"$sha\"}}]}" \
        >evil/.deepconf-export.json
    expect 3 '*deepconf-export.json: expected a plain file*' safety r.db evil
done
[ "$(cat victim)" = mine ] || die "a file outside is lost"
for bad in '[]' '{"deepconf_export": 2}' '' '{"deepconf_export": 1,
    "exports": [{"files": []}]}'; do
    echo "$bad" >evil/.deepconf-export.json
    expect 3 '*deepconf-export.json: expected*' safety r.db evil
done
rm evil/.deepconf-export.json
mkfifo evil/.deepconf-export.json
expect 3 '*deepconf-export.json: expected*' safety r.db evil

# Killed while files change places: the record knows old and new, so the export
# goes again.
safety r.db out2 >/dev/null
python3 - <<'PY'
import hashlib, json, shutil
path = "out2/.deepconf-export.json"
d = json.load(open(path))
old = d["exports"][0]
data = b"half of a new set\n"
open("out2/predictions.jsonl", "wb").write(data)
d["exports"].append({"format": old["format"], "files": {
    "predictions.jsonl": hashlib.sha256(data).hexdigest(),
    "gone.json": "0" * 64}})
json.dump(d, open(path, "w"))
PY
safety r.db out2 >/dev/null
sum out2 >twice
safety r.db out3 >/dev/null
sum out3 | cmp - twice
