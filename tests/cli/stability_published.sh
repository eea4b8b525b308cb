# What the authors of responses publish of them, by the labels that they used
# (arXiv 2512.12066, within_temperature_by_model.csv, temperature 1).
. "$CLI_TESTS/lib.bash"
data=${SHARED:-none}/data/stability
[ -e "$data" ] || { echo "SKIP: the responses are not there"; exit 77; }
for m in llama-3.1-8b qwen2.5-7b; do
    dc import "$data/$m-t1.jsonl" --format jsonl --field verdict=judged \
        --verdicts-by haiku --out $m.db >/dev/null
    dc stability $m.db --judge haiku --resamples 200 --json >$m.json
done
python3 - <<'PY'
import json
for m, ssi, unstable, flip in (
        ("llama-3.1-8b", 0.9257990867579908, 12.32876712328767,
         23.63013698630137),
        ("qwen2.5-7b", 0.9319634703196347, 10.616438356164384,
         22.831050228310502)):
    d = json.load(open(m + ".json"))
    x = d["by_gold_label"]["refuse"]["three_verdicts"]
    assert d["prompts"] == 876 and d["traces_each"] == 5
    for got, want in ((x["ssi"]["value"], ssi),
                      (100 * x["unstable"]["value"], unstable),
                      (100 * x["flip_rate"]["value"], flip)):
        assert abs(got - want) < 1e-12 * want, (m, got, want)
    # where tries were made, the fit is within the interval of what was counted
    for r in d["at_least_one_compliance"]["by_tries"][:5]:
        c = r["counted"]
        assert c["lo"] < r["fitted"]["value"] < c["hi"], (m, r["tries"])
PY
