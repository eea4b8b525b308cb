# show folds thoughts and shows the answer apart; a changed start of the answer is
# damage; what an older rule found, or none, is found anew.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import json
long = "I wonder about kettles. " * 40
with open("in.jsonl", "w") as f:
    for i, r in enumerate(["<think>" + long + "</think>\n\nSure, it boils.",
                           "<think>" + long, "Sure, it boils."]):
        f.write(json.dumps({"id": f"p{i}", "prompt": f"q{i}", "response": r}) + "\n")
PY
"$DEEPCONF" import in.jsonl --format jsonl --out i.db >/dev/null
"$DEEPCONF" show i.db --prompt p0 >p0
grep -q '^  thoughts  <think>I wonder' p0
grep -q '^  answer    Sure, it boils\.$' p0
grep -q '^ *\.\.\. (--full shows it whole)$' p0
[ "$(sed -n '/^  thoughts/,/^  answer/p' p0 | wc -l)" = 4 ] || die "not folded"
"$DEEPCONF" show i.db --prompt p0 --full >full
[ "$(sed -n '/^  thoughts/,/^  answer/p' full | grep -o wonder | wc -l)" = 40 ] ||
    die "--full does not show the thoughts whole"
"$DEEPCONF" show i.db --prompt p1 >p1
tells 'cut inside its thinking' cat p1
grep -q '^  thoughts  <think>' p1
! grep -q '^  answer' p1
"$DEEPCONF" show i.db --prompt p2 >p2
grep -q '^  text      Sure, it boils\.$' p2
! grep -q '^  thoughts' p2
at() { "$DEEPCONF" show i.db --prompt "$1" --json | grep answer_offset; }
at p0 >was
sql i.db <<<"UPDATE trace SET answer_off = 3 WHERE prompt = 0"
expect 5 '*the answer of trace 0 begins at 3, expected * from its text*' \
    "$DEEPCONF" show i.db
sql i.db <<<"UPDATE trace SET answer_off = 3, answer_rule = NULL WHERE prompt = 0"
at p0 | cmp - was
"$DEEPCONF" show i.db >/dev/null
sql i.db <<<"UPDATE trace SET answer_off = NULL, answer_rule = 1000 WHERE prompt = 0"
at p0 | cmp - was
# An export has it too, and one of an older deepconf is read as it was.
"$DEEPCONF" export i.db --format jsonl --out i.jsonl >/dev/null
grep -q '"answer_rule":1[,}]' i.jsonl
sed 's/"answer_rule":1,//; s/"answer_off":9[0-9]*/"answer_off":5/' i.jsonl >old.jsonl
! cmp -s i.jsonl old.jsonl
"$DEEPCONF" import old.jsonl --format deepconf --out o.db >/dev/null
"$DEEPCONF" export o.db --format jsonl | cmp - i.jsonl
sed 's/"answer_off":9[0-9]*/"answer_off":5/' i.jsonl >bad.jsonl
expect 3 '*the answer of trace 0 begins at 5*' \
    "$DEEPCONF" import bad.jsonl --format deepconf --out x.db
