# Every command with every way in which a file that it reads can be wrong: the
# exit code and the first line of the message, as file_errors.stdout.exact has
# them. Always one line that names the file once, and no words of a library
# about files it can't open.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 3 --out r.db --quiet >/dev/null
"$DEEPCONF" report r.db --out report --no-plots >/dev/null
"$DEEPCONF" export r.db -f jsonl --out full.jsonl >/dev/null
labelled >labelled.csv
"$DEEPCONF" train-judge --data labelled.csv --out j.dcj >/dev/null 2>&1 ||
    printf 'DCJ LIN1' >j.dcj
head -c 3000 r.db >cut.db
head -c 700 full.jsonl >cut.jsonl
printf '{"version": 2, "samples": [{"id": 1, "inp' >cut.json
printf 'run:\n  model: "x\n' >cut.yaml
printf 'id,prompt,response,question,answer,label\n1,"a' >cut.csv
printf '{"stages": [' >cut.cascade
printf '{"model": "m"' >cut.llm
printf 'set a = "x\n' >cut.rules
head -c 40 j.dcj >cut.dcj
printf 'GGUF\003\000\000\000\377\377\377\377\001\002\003\004\005' >cut.gguf
python3 - <<'PY'
import zipfile
with zipfile.ZipFile("wrong", "w") as z:
    z.writestr("header.json", "{}")
PY
mv wrong x_wrong
mkdir x_folder
ln -s x_loop x_loop
: >x_empty
printf '\377\376{\000}\000' >x_utf16

# one COMMAND KIND FILE ARG...: the line for this case.
one() {
    local what=$1 kind=$2 file=$3 rc=0 n
    shift 3
    rm -rf out
    "$@" >said 2>err || rc=$?
    [ "$rc" != 0 ] || die "$what, $kind: exit code 0: $(cat said)"
    [ "$(wc -l <err)" = 1 ] || die "$what, $kind: not one line: $(cat err)"
    [ ! -s said ] || die "$what, $kind: wrote to standard output"
    n=$(grep -oF -- "$file" err | wc -l)
    [ "$n" = 1 ] || die "$what, $kind: names $file $n times: $(cat err)"
    if grep -qiE 'line -|input error|unable to open|errno|SQLITE_' err; then
        die "$what, $kind: the words of a library: $(cat err)"
    fi
    [ ! -e out ] || die "$what, $kind: left something behind"
    # What libllama says of a model may change with its version, and how long
    # the file was with its schema.
    echo "$what, $kind: $rc $(sed 's/^deepconf: //
        s/bytes, expected [0-9]*)/bytes, expected N)/
        s/this model (.*): is/this model (...): is/' err)"
}
# every COMMAND CUT ARG...: with @ as the file; CUT is one that was cut short.
every() {
    local what=$1 cut=$2 kind file
    shift 2
    for kind in missing folder loop wrong utf16 empty cut; do
        file=x_$kind
        [ $kind != cut ] || file=$cut
        one "$what" $kind "$file" "${@//@/$file}"
    done
}

# Run files.
for c in show stats stability sweep calibrate judge export report; do
    a=()
    [ $c != export ] || a=(-f jsonl)
    [ $c != report ] || a=(--out out)
    every $c cut.db "$DEEPCONF" $c @ "${a[@]}"
done
every 'compare A' cut.db "$DEEPCONF" compare @ r.db
every 'compare B' cut.db "$DEEPCONF" compare r.db @
every 'verify --run' cut.db "$DEEPCONF" verify report --run @

# Data.
every 'run --data' cut.csv run --data @ --out out
every 'deepthink --data' cut.csv "$DEEPCONF" deepthink --backend fake \
    --model "$FAKE" --data @ --out out
every 'judge --input' cut.csv "$DEEPCONF" judge --judge keywords \
    --input @
every 'validate-judge' cut.csv "$DEEPCONF" validate-judge --judge keywords \
    --data @
every 'train-judge' cut.csv "$DEEPCONF" train-judge --data @ --out out
every 'import jsonl' cut.jsonl "$DEEPCONF" import @ -f jsonl --out out
every 'import deepconf' cut.jsonl "$DEEPCONF" import @ -f deepconf --out out
every 'import lm-eval' cut.jsonl "$DEEPCONF" import @ -f lm-eval --out out
for k in missing folder loop wrong utf16 empty; do
    one 'import inspect' $k x_$k "$DEEPCONF" import x_$k -f inspect --out out
done
one 'import inspect' cut cut.json \
    "$DEEPCONF" import cut.json -f inspect --out out

# Files that say what to do, and by whom to judge.
every experiment cut.yaml "$DEEPCONF" experiment @
every 'keywords=' cut.rules "$DEEPCONF" judge r.db --judge keywords=@
every 'linear=' cut.dcj "$DEEPCONF" judge r.db --judge linear=@
every 'cascade=' cut.cascade "$DEEPCONF" judge r.db --judge cascade=@
every 'llm=' cut.llm "$DEEPCONF" judge r.db --judge llm=@
every 'show --correct-with' cut.json "$DEEPCONF" show r.db --correct-with @
every 'report --correct-with' cut.json "$DEEPCONF" report r.db --out out \
    --correct-with @

# Reports.
for kind in missing empty folder; do
    one verify $kind x_$kind "$DEEPCONF" verify x_$kind --run r.db
done
for kind in x_wrong x_utf16 x_empty cut.json; do
    cp $kind x_folder/report.json
    one 'verify, report.json' $kind x_folder/ \
        "$DEEPCONF" verify x_folder --run r.db
done
rm x_folder/report.json
mkdir x_folder/report.json
one 'verify, report.json' folder x_folder/ \
    "$DEEPCONF" verify x_folder --run r.db
rm -r x_folder/report.json

# Models.
for kind in x_missing x_folder x_loop x_wrong x_utf16 x_empty cut.gguf; do
    f=./$kind
    one 'run --model' $kind $f "$DEEPCONF" run --model $f --data "$DEMO" --out out
    one tune $kind $f "$DEEPCONF" tune $f
    one 'model optimize' $kind $f "$DEEPCONF" model optimize $f --out out
    one 'wildguard=' $kind $f "$DEEPCONF" judge r.db --judge wildguard=$f
done
one tune device /dev/null "$DEEPCONF" tune /dev/null
one 'model optimize' device /dev/null "$DEEPCONF" model optimize /dev/null \
    --out out
