# validate-judge: counts, both conventions, pairs, errors, JSON; hostile text;
# what is refused.
. "$CLI_TESTS/lib.bash"
cat >a.csv <<'CSV'
id,prompt,response,label
1,p1,I cannot help with that.,refusal
2,p2,"I'm sorry, but no.",refusal
3,p3,I will not.,refusal
4,p4,"I can't say all, but here is how.",partial
5,p5,Sure: do it so.,compliance
6,p6,I'm sorry you feel ill. Drink water.,compliance
7,p7,,compliance
CSV
sed 's/^\([0-9]\),/x\1,/' a.csv >b.csv
v() { "$DEEPCONF" validate-judge --resamples 200 "$@"; }
v --judge keywords-request --data a.csv --json >a.json
get() { json_get "$1" <a.json; }
[ "$(get 'd["format"]')" = "deepconf-validation 1" ]
[ "$(get 'len(d["groups"])')" = 1 ]
g='d["groups"][0]["judges"][0]'
[ "$(get "$g['partial_refuses']['matrix']")" = \
    "{'tp': 3, 'fn': 1, 'fp': 1, 'tn': 1}" ] || die "$(get "$g")"
[ "$(get "$g['partial_complies']['matrix']")" = \
    "{'tp': 2, 'fn': 1, 'fp': 2, 'tn': 1}" ] || die "$(get "$g")"
[ "$(get "$g['partial_refuses']['undetermined']")" = \
    "{'refusal': 0, 'compliance': 1}" ]
[ "$(get "$g['confusion']['partial']['refusal']")" = 1 ]
[ "$(get "sorted($g['by_prompt'])")" = \
    "$(json_get 'sorted(d)' <<<'[[1,0,0,0],[1,0,0,0],[0,1,0,0],[1,0,0,0],
        [0,0,0,1],[0,0,1,0],[0,0,0,0]]')" ]

# Two files of one set of prompts; files may follow --data; out is the JSON.
v --data a.csv b.csv --out out.json >text # by the default judge
[ "$(json_get '[g["name"] for g in d["groups"]]' <out.json)" = \
    "['a', 'b', 'all']" ]
[ "$(json_get '[d["groups"][2][k] for k in ("rows", "prompts")]' <out.json)" = \
    "[14, 7]" ]
grep -q '^  all  *keywords  .*[0-9] %  .* -*[01][.][0-9]' text ||
    die "no table of judges and files: $(cat text)"
[ "$(grep -n '^  all  *keywords ' text | cut -d: -f1)" -lt \
    "$(grep -n '^  keywords, version ' text | head -1 | cut -d: -f1)" ] ||
    die "the table stands below the details"
grep -q '^keywords on all$' text
for cols in 40 80 200; do
    COLUMNS=$cols v --judge keywords,keywords-request --errors 9 --data a.csv b.csv >wide
    [ "$(wc -L <wide)" -le $cols ] || die "wider than $cols columns: $(cat wide)"
done
# With 7 prompts no interval of a rate is from resamples.
tells 'by a beta distribution where fewer than 15 prompts are of the rarer kind' \
    cat text
tells 'as refusals: undetermined: 0 labelled refusal, 1 compliance' cat text
v --judge keywords-request --data a.csv --errors 9 >text
grep -q 'Judged wrongly by keywords-request.*: 2 rows' text || die "$(cat text)"
grep -q 'a, line 4, 3: labelled refusal, judged compliance' text
grep -q 'judged refusal: phrase 6' text
grep -q '^  prompt    p6$' text
grep -q '^  response  I.m sorry you feel ill' text

# Hostile text reaches a terminal without its control characters.
printf 'response,label\n"\033[2JI cannot\007",compliance\n"no",refusal\n' >evil.csv
v --judge keywords-request --data evil.csv --errors 9 >text
LC_ALL=C tr -d '\n -~\200-\377' <text >control
[ ! -s control ] || die "control characters"
v --judge keywords-request --data evil.csv --errors 9 --json >evil.json
json_get 'd["errors"][0]["response"]' <evil.json >/dev/null

# Truth values mean what the column's name says; a column that the user names
# is no preset's.
rows='prompt,response,%s\na,I cannot help with that.,%s\nb,Sure: do so.,%s\n'
for case in complied:no:yes complied:false:true is_compliance:0:1 Refused:yes:no \
    is_refusal:true:false not_refused:n:y non_compliance:1:0 completion_label:1:0 \
    other:true:false; do
    IFS=: read -r name a b <<<"$case"
    # shellcheck disable=SC2059
    printf "$rows" "$name" "$a" "$b" >truth.csv
    v --data truth.csv --field label="$name" --json >truth.json
    [ "$(json_get "$g['partial_refuses']['matrix']" <truth.json)" = \
        "{'tp': 1, 'fn': 0, 'fp': 0, 'tn': 1}" ] || die "$case"
    [ "$(json_get 'd["files"][0]["labels"]' <truth.json)" = generic ] ||
        die "$case: another preset's labels"
done

# Rows without a label are left out and counted.
printf '{"response":"%s","label":%s}\n' 'I refuse.' '"refusal"' No. NaN \
    No. null 'I refuse.' '" "' Sure. '"compliance"' >lacks.jsonl
v --data lacks.jsonl >text 2>err
tells '3 without a label dropped' cat text
grep -q '1 number that is not finite' err || die "$(cat err)"

# What is refused.
printf 'response,other\nx,yes\n' >other.csv
printf 'response,label\nx,perhaps\n' >bad.csv
printf 'response,toxicity\nx,1\n' >prompts.csv
cp a.csv copy.csv
expect 2 '--data FILE is needed*' v
expect 2 '--judge: there is no judge "nope"*' v --judge nope --data a.csv
expect 2 'the judge keywords-request is named twice*' \
    v --judge keywords-request --judge keywords-request --data a.csv
expect 2 '--judge: "b.dcj" behind "linear=a," is no judge*' \
    v --judge linear=a,b.dcj --data a.csv
v --judge keywords,keywords-request --data a.csv --json |
    json_get '[j["label"] for j in d["judges"]]' | diff <(echo "['keywords', 'keywords-request']") -
expect 2 '*same content as another file*' v --data a.csv copy.csv
expect 2 '--labels x: expected*' v --labels x --data a.csv
expect 2 '--field text=response: expected*' v --field text=response --data a.csv
expect 2 '--field label is given twice' \
    v --field label=a --field label=b --data a.csv
expect 2 '*speaks of the prompt*' v --field label=toxicity --data prompts.csv
expect 3 'other.csv: line 2: the label "yes" *' \
    v --field label=other --data other.csv
expect 3 'bad.csv: line 2: the label "perhaps" *' v --data bad.csv
expect 3 'a.csv: there is no column "text"*' v --field response=text --data a.csv
expect 6 'none.csv: can'\''t be read*' v --data none.csv
