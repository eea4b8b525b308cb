# A record of Every Eval Ever by its own JSON schema, version 0.3.0, which is
# kept with its licence (MIT) in tests/data/every_eval_ever.
. "$CLI_TESTS/lib.bash"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/deepconf
python=none
for p in "${DEEPCONF_CACHE:-$cache}/venv/bin/python" python3; do
    if "$p" -c 'import jsonschema' 2>/dev/null; then
        python=$p
        break
    fi
done
[ $python != none ] || { echo "SKIP: no jsonschema (scripts/setup --dev)"; exit 77; }
run --data "$DEMO" --benchmark demo --stop fixed --max-traces 3 -n 30 \
    --out run.db --quiet >/dev/null
dc judge run.db --judge phrases10 --quiet >/dev/null
dc export run.db --format every-eval-ever --out a >/dev/null
dc export run.db --format every-eval-ever --out b >/dev/null
diff -r a b >/dev/null || die "the same run gives other bytes"
# One that was made elsewhere knows no sampling and no tokens; its texts are
# hostile.
printf '%s\n' '{"prompt":"a\u0000\u202e","label":"unsafe","response":["No.","\ud800\u001b[2J"]}' \
    '{"prompt":"b","response":"Sure."}' >in.jsonl
dc import in.jsonl --format jsonl --out in.db >/dev/null
dc export in.db --format every-eval-ever --out c >/dev/null
"$python" - "$REPO/tests/data/every_eval_ever" <<'PY'
import glob, json, sys
import jsonschema
load = lambda f: json.load(open(sys.argv[1] + "/" + f))
record = jsonschema.Draft7Validator(load("eval.schema.json"))
sample = jsonschema.Draft7Validator(load("instance_level_eval.schema.json"))
assert load("eval.schema.json")["version"] == "0.3.0"
for folder in "a", "c":
    (name,) = [f for f in glob.glob(folder + "/*.json")]
    d = json.load(open(name))
    for e in record.iter_errors(d):
        sys.exit("%s: %s: %s" % (name, list(e.path), e.message))
    lines = [json.loads(x) for x in open(name[:-5] + "_samples.jsonl")]
    for x in lines:
        for e in sample.iter_errors(x):
            sys.exit("%s: %s: %s" % (name, list(e.path), e.message))
        assert x["evaluation_id"] == d["evaluation_id"]
    assert len(lines) == d["detailed_evaluation_results"]["total_rows"]
    assert d["detailed_evaluation_results"]["file_path"].endswith(
        "/" + name[2:-5] + "_samples.jsonl")
    ids = {r["evaluation_result_id"]: r for r in d["evaluation_results"]}
    assert {x["evaluation_result_id"] for x in lines} <= set(ids)
    if folder == "a":
        right = sum(x["evaluation"]["is_correct"] for x in lines)
        assert right / len(lines) == \
            ids["keywords/accuracy"]["score_details"]["score"]
        assert {i.split("/")[0] for i in ids} == {"keywords", "phrases10"}
        for r in ids.values():
            u = r["score_details"]["uncertainty"]["confidence_interval"]
            assert u["lower"] <= r["score_details"]["score"] <= u["upper"]
            assert r["metric_config"]["additional_details"]["judge_version"]
        assert ids["keywords/accuracy"]["generation_config"][
            "generation_args"]["temperature"] == 1
    else:
        assert len(lines) == 1, lines
        assert lines[0]["input"]["raw"] == "a\ufffd\u202e"
        assert "token_usage" not in lines[0]
# A schema that is not met is seen: the test can fail.
bad = dict(d, schema_version=3)
assert list(record.iter_errors(bad))
PY
expect 2 '*--format every-eval-ever is several files*' \
    dc export run.db --format every-eval-ever
