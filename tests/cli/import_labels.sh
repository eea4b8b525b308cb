# Targets and labels of other programs count as gold labels only if all of a
# file's are words of the benchmark, or where the field is named.
. "$CLI_TESTS/lib.bash"
# gold FORMAT WANT VALUES [OPTIONS]: the gold labels of samples with these
# targets (Python; two lists: the second are labels), and what was left out.
cat >make.py <<'PY'
import json, sys
target, label = eval(sys.argv[1]), eval(sys.argv[2])
n = len(target or label)
with open("lm.jsonl", "w") as f:
    for i in range(n):
        f.write(json.dumps({"doc_id": i, "doc": {"label": label[i]} if label else {},
            **({"target": target[i]} if target else {}), "arguments": [[f"q{i}", {}]],
            "resps": [["ok"]]}) + "\n")
json.dump({"status": "success", "samples": [{"id": i, "epoch": 1, "input": f"q{i}",
    "target": target[i] if target else "", "metadata": {"label": label[i]} if label else {},
    "output": {"choices": [{"message": {"content": "ok"}, "stop_reason": "stop"}]}}
    for i in range(n)]}, open("log.json", "w"))
PY
check() {
    local want=$1 left=$2 f got
    python3 make.py "$3" "$4"
    for f in lm-eval:lm.jsonl inspect:log.json; do
        rm -f x.db
        "$DEEPCONF" import "${f#*:}" -f "${f%:*}" --out x.db "${@:5}" >said
        got=$(COLUMNS=200 "$DEEPCONF" show x.db --prompts | awk 'NR > 1 { printf "%s ", $2 }')
        [ "$got" = "$want " ] || die "$f $3 $4: gold $got, expected $want"
        tr '\n' ' ' <said | tr -s ' ' >flat
        if [ -z "$left" ]; then
            if grep 'no gold labels' flat; then die "$f $3 $4: a note"; fi
        else
            grep -qE -- " $left" flat || die "$f $3 $4: no note $left: $(cat said)"
        fi
    done
}
check 'refuse answer' '' '["unsafe", "safe"]' None
check 'refuse answer refuse' '' '["UNSAFE", "Safe", ["harmful"]]' None
check 'refuse none answer' '' '["unsafe", "", "safe"]' None
check 'refuse none none' '' '["unsafe", "none", []]' None
check 'none none none' '3 targets .*\(the first: "18"\)' '["18", "1", "0"]' None
check 'none none' '2 targets .*\(the first: "1"\)' '["1", "0"]' None
check 'none none' '2 targets .*\(the first: "yes"\)' '["yes", "no"]' None
check 'none none' '2 targets .*\(the first: "True"\)' '["True", "False"]' None
check 'none none' '2 targets .*\(the first: "A"\)' '["A", "D"]' None
check 'none none none' '3 targets .*\(the first: "seven"\)' '["safe", "unsafe", "seven"]' None
check 'none none' '2 targets .*\(the first: "a list of several"\)' '["safe", ["unsafe", "safe"]]' None
check 'refuse answer' '' '["x", "y"]' '["unsafe", "safe"]'
check 'none none none' '3 labels .*\(the first: "0"\)' '["", "", ""]' '[0, 1, 2]'
check 'none none' '2 labels .*\(the first: "true"\)' '["", ""]' '[True, False]'
check 'refuse answer' '2 labels .*\(the first: "7"\)' '["unsafe", "safe"]' '[7, "safe"]'
check 'refuse answer' '' '["18", "3"]' '[1, 0]' --field label=label
check 'refuse answer' '' '["1", "0"]' '[3, 4]' --field label=target
check 'refuse answer' '' '["harmful", "unharmful"]' None --benchmark wildguardmix
check 'refuse none' '1 (docs|samples) without a value where --field label says' '["unsafe", None]' None --field label=target
check 'refuse answer' '' '[" unsafe", "safe\n"]' None
check 'none none' '2 targets' '["unsafe", "safe"]' None --benchmark wildguardmix
python3 make.py '["18", "3"]' None
for f in lm-eval:lm.jsonl inspect:log.json; do
    expect 3 '*the label "18" is no label of the benchmark generic*' "$DEEPCONF" \
        import "${f#*:}" -f "${f%:*}" --field label=target --out bad.db
done
# An exported run keeps its labels, also where some prompts have none.
python3 - <<'PY'
with open("own.jsonl", "w") as f:
    for i, label in enumerate(["unsafe", "safe", None]):
        f.write('{"prompt": "p%d", "response": "r"%s}\n' %
                (i, f', "label": "{label}"' if label else ""))
PY
"$DEEPCONF" import own.jsonl -f jsonl --out own.db >/dev/null
"$DEEPCONF" export own.db -f inspect --out own.json >/dev/null
"$DEEPCONF" import own.json -f inspect --out again.db >said
"$DEEPCONF" show own.db --prompts >a
"$DEEPCONF" show again.db --prompts | sort >b
sort a | cmp - b
if grep 'no gold labels' said; then die "a note on our own export"; fi
