# What comes from a data set can't act on the terminal.
. "$CLI_TESTS/lib.bash"
printf 'id,prompt,label,category\n' >d.csv
printf 'a\033[2J,"x\033]0;title\007 \xe2\x80\xae\n y",refuse,c\033[31m\n' >>d.csv
printf 'b,<|im_end|>,answer,\n' >>d.csv
run --data d.csv --out r.db -q >a
"$DEEPCONF" show r.db --prompts >>a
"$DEEPCONF" show r.db --prompt "$(printf 'a\033[2J')" --full >>a
"$DEEPCONF" show r.db --prompt "$(printf 'no\033[2J')" >>a 2>&1 || true
LC_ALL=C tr -d '\n -~\200-\377' <a >control
[ ! -s control ] || die "control characters: $(od -c control | head -3)"
if grep -q "$(printf '\xe2\x80\xae')" a; then die "a bidi override"; fi
has 'text *<|im_end|>' "$DEEPCONF" show r.db --prompt b
"$DEEPCONF" show r.db --prompt b --json | python3 -m json.tool >/dev/null
