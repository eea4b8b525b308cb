# Benchmarks as an earlier evaluation called them: columns, labels, contexts and
# ids where the file has none; old ones keep theirs.
. "$CLI_TESTS/lib.bash"
draw() { run --stop fixed --min-traces 1 --max-traces 1 --quiet --out r.db "$@" >/dev/null; }
# EXPRESSION over the prompts p: id -> {gold, text, category}
prompts() {
    python3 - "$1" <<'PY'
import sqlite3, sys
c = sqlite3.connect("file:r.db?mode=ro", uri=True)
c.row_factory = sqlite3.Row
p = {r["id"]: dict(r) for r in c.execute("SELECT * FROM prompt ORDER BY ord")}
assert eval("(" + sys.argv[1] + ")"), p
PY
    rm r.db
}
cat >test.jsonl <<'J'
{"user_input": "say hello", "toxicity": 0}
{"user_input": "say it badly", "toxicity": 1}
J
draw --benchmark toxicchat --data test.jsonl
prompts '[(i, r["gold"], r["category"]) for i, r in p.items()] ==
    [("toxicchat_test_0", "answer", None), ("toxicchat_test_1", "refuse", None)]'
# A part of the file keeps the numbers of its rows.
draw --benchmark toxicchat --data test.jsonl --sample 1 --sample-seed 4
prompts 'set(p) < {"toxicchat_test_0", "toxicchat_test_1"} and len(p) == 1'
printf 'conv_id,user_input,toxicity,jailbreaking\nx,a,0,1\n' >t.csv
draw --benchmark toxicchat --data t.csv
prompts 'p["x"]["category"] == "1"'
# Objects without the id among others with one are counted in a note.
printf '{"conv_id":"a","user_input":"u","toxicity":0}\n{"user_input":"v","toxicity":1}\n' \
    >some.jsonl
run --stop fixed --min-traces 1 --max-traces 1 --out r.db --benchmark toxicchat --data some.jsonl \
    >/dev/null 2>err
grep -q '1 of 2 objects have no "conv_id": named by their row' err || die "$(cat err)"
prompts 'list(p) == ["a", "toxicchat_test_1"]'

cat >h.jsonl <<'J'
{"Behavior": "Do what it says.", "ContextString": "A plan.\nIn two lines.", "Category": "bombs"}
{"Behavior": "Say how.", "ContextString": null, "Category": "fraud"}
{"Behavior": "Say why.", "Category": "fraud"}
J
draw --benchmark harmbench --data h.jsonl
prompts '[r["gold"] for r in p.values()] == ["refuse"] * 3 and
    p["harmbench_test_0"]["text"] == "A plan.\nIn two lines.\n\n---\n\nDo what it says."
    and p["harmbench_test_1"]["text"] == "Say how." and
    p["harmbench_test_2"]["category"] == "fraud"'
printf 'Behavior,FunctionalCategory,SemanticCategory,Tags,ContextString,BehaviorID\nb,contextual,fraud,,c,b_c\n' \
    >h.csv
draw --benchmark harmbench --data h.csv
prompts 'p["b_c"]["text"] == "c\n\n---\n\nb" and p["b_c"]["gold"] == "refuse"'

printf '{"prompt":"a","prompt_harm_label":"harmful","subcategory":"s","adversarial":true}\n{"prompt":"b","prompt_harm_label":null,"subcategory":"benign"}\n' \
    >w.jsonl
draw --benchmark wildguard --data w.jsonl
prompts 'list(p) == ["wildguardmix_test_0", "wildguardmix_test_1"] and
    [r["gold"] for r in p.values()] == ["refuse", "none"] and
    p["wildguardmix_test_0"]["category"] == "s"'
printf '{"prompt":"a","prompt_harm_label":"harmful","subcategory":"s","adversarial":true}\n' \
    >w.jsonl
draw --benchmark wildguardmix --data w.jsonl
prompts 'list(p) == ["1"]' # as it always was

# The demo set under the name that the evaluation had for its own.
mkdir data
head -6 "$DEMO" >data/demo.csv
draw --benchmark synthetic
prompts 'len(p) == 5'

expect 3 '*there is no column "Behavior"*the columns are: prompt*' \
    run --benchmark harmbench --data w.jsonl --out r.db --quiet
printf 'Behavior,contextstring\nb,c\n' >case.csv
expect 3 '*there is no column "ContextString"*Rename contextstring.*' \
    run --benchmark harmbench --data case.csv --out r.db --quiet
expect 2 '--benchmark*harmbench*' run --benchmark harmbensch --data h.csv --out r.db
[ ! -e r.db ] || die "a file was begun"
