# File names are text from outside, too: whatever a command prints of them holds
# no control character, none of the C1 block and none that turns the writing
# round. (The files themselves have the names that were asked for.)
. "$CLI_TESTS/lib.bash"
evil=$(printf 'x\033[31m\007\302\233K\342\200\256z')
printf 'id,prompt,label\n1,a,refuse\n2,b,answer\n3,c,answer\n' >"$evil.csv"
labelled >"$evil-l.csv"
cat >clean.py <<'PY'
import sys
text = open(sys.argv[1], encoding="utf-8", newline="").read()
bad = [c for c in text if (ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160
       or c in "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
assert not bad, (sys.argv[2:], bad, text[:2000])
PY
n=0
# clean CODE FILE COMMAND...: what it prints on both streams; FILE is made.
clean() {
    local code=$1 made=$2 rc=0
    shift 2
    "$@" >said 2>&1 || rc=$?
    [ $rc = "$code" ] || die "$*: exit code $rc: $(cat said)"
    [ -z "$made" ] || [ -e "$made" ] || die "$*: no $made"
    python3 clean.py said "$@"
    n=$((n + 1))
}
clean 0 "$evil.db" run --data "$evil.csv" --benchmark generic --stop fixed --out "$evil.db"
cp "$evil.db" "$evil-2.db"
for c in show stats stability sweep calibrate judge; do
    code=0
    [ $c != calibrate ] || code=1 # too few prompts
    clean $code '' dc $c "$evil.db"
    clean $code '' dc $c "$evil.db" --json
done
clean 0 '' dc show "$evil.db" --prompts
clean 0 '' dc show "$evil.db" --prompt 1
clean 0 '' dc compare "$evil.db" "$evil-2.db"
cp "$evil.db" "$evil-3.db"
clean 0 "$evil.html" dc compare "$evil.db" "$evil-2.db" "$evil-3.db" --page "$evil.html"
printf 'id,prompt,label,%s\n1,a,refuse,u\n2,b,answer,v\n' "$evil" >field.csv
clean 0 field.db run --data field.csv --keep "$evil" --stop fixed --out field.db
clean 0 '' dc show field.db --by "$evil"
clean 0 "$evil.json" dc sweep "$evil.db" --percentile-analysis "$evil.json"
for f in inspect lm-eval garak jsonl csv; do
    clean 0 "$evil-x.$f" dc export "$evil.db" -f $f --out "$evil-x.$f"
done
clean 0 "$evil-i.db" dc import "$evil-x.jsonl" -f jsonl --out "$evil-i.db"
clean 0 "$evil-d.db" dc import "$evil-x.jsonl" -f deepconf --out "$evil-d.db"
clean 0 "$evil-v.json" dc validate-judge --judge keywords --data "$evil-l.csv" \
    --out "$evil-v.json"
clean 0 "$evil.dcj" dc train-judge --data "$evil-l.csv" --out "$evil.dcj"
clean 0 "$evil-o.csv" dc judge --judge keywords --input "$evil-l.csv" \
    --out "$evil-o.csv"
clean 0 '' dc judge "$evil.db" --judge "linear=$evil.dcj"
clean 0 "$evil-t.jsonl" dc deepthink --backend fake --model "$FAKE" \
    --data "$evil.csv" --field "question=prompt" --field "answer=label" \
    --out "$evil-t.jsonl"
clean 0 "$evil-r" dc report "$evil.db" --no-plots --out "$evil-r"
clean 0 '' dc report "$evil.db" --no-plots --out "$evil-r"
clean 0 '' dc verify "$evil-r" --run "$evil.db"
clean 0 '' dc verify "$evil-r" --run "$evil.db" --json
echo more >"$evil-r/$evil"
clean 1 '' dc verify "$evil-r" --run "$evil.db"
rm "$evil-r/$evil"
# What goes wrong.
clean 1 '' dc verify "$evil-r" --run "$evil-i.db"
mkdir "$evil" && echo x >"$evil/$evil"
clean 2 '' dc report "$evil.db" --out "$evil"
mkfifo "$evil.pipe"
for c in show sweep report; do
    clean 6 '' dc $c "$evil.none"
done
clean 6 '' dc judge "$evil.db" --judge "keywords=$evil.pipe"
clean 6 '' dc experiment "$evil.pipe"
clean 2 '' dc export "$evil.db" -f jsonl --out "$evil.db"
cat >"$evil.yaml" <<Y
run:
  backend: fake
  model: "$FAKE"
  data: data.csv
  out: new.db
report:
  out: rep
  no-plots: true
Y
cp "$evil.csv" data.csv
clean 0 '' dc experiment "$evil.yaml" --check
clean 0 '' dc experiment "$evil.yaml"
if [ -r "$TINY/tiny-llama.gguf" ]; then
    cp "$TINY/tiny-llama.gguf" "./$evil.gguf"
    clean 0 "$evil-q.gguf" dc model optimize "./$evil.gguf" --out "$evil-q.gguf"
    clean 2 '' dc model optimize "./$evil.gguf" --out "$evil-q.gguf"
fi
# A name that is no UTF-8 can't be kept as it is, and keeps nothing from being
# made: the run file has it with U+FFFD.
latin=$(printf 'caf\351')
cp data.csv "$latin.csv"
clean 0 '' run --data "$latin.csv" --benchmark generic --stop fixed --out latin.db
clean 0 '' run --data "$latin.csv" --benchmark generic --stop fixed --out latin.db
clean 0 '' dc export latin.db -f jsonl --out "$latin.jsonl"
clean 0 '' dc import "$latin.jsonl" -f jsonl --out latin-2.db
echo '{"prompt":"p","response":"r"}' >"$latin-r.jsonl"
clean 0 '' dc import "$latin-r.jsonl" -f jsonl --model "$latin" --out latin-3.db
for f in latin.db latin-2.db latin-3.db; do
    "$DEEPCONF" show $f >said
    grep -q "caf$(printf '\357\277\275')" said || die "$f: no name"
done
[ $n -gt 40 ] || die "only $n commands"
