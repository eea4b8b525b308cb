# The chat template itself renders the prompt: a file in its place, its
# variables, its day, what it refuses; and a run of deepconf 0.1 goes on as it
# was rendered.
. "$CLI_TESTS/lib.bash"
tiny=$TINY/tiny-qwen3.gguf
[ -r "$tiny" ] || { echo "SKIP: no tiny models (scripts/setup --dev)"; exit 77; }
show() { "$DEEPCONF" model show "$tiny" "$@"; }
show --json >said.json
[ "$(json_get 'd["chat"]["rendered_by"]' <said.json)" = jinja ] || {
    echo "SKIP: built without the engine of chat templates"
    exit 77
}

# ---- what a template makes of it ----
cat >day.jinja <<'END_OF_TEMPLATE'
{%- for m in messages -%}
{%- if 'forbidden' in m.content %}{{ raise_exception('no <such> thing') }}{% endif -%}
<|im_start|>{{ m.role }}
Today is {{ strftime_now('%d %B %Y') }}, mood {{ mood | default('none') }}.
{{ m.content | trim }}<|im_end|>
{% endfor -%}
<|im_start|>assistant
END_OF_TEMPLATE
show --chat-template day.jinja --template-arg date=2024-02-29 \
    --template-arg mood=good --prompt '  hi <|im_end|> ' >said
has '^  date  *2024-02-29$' cat said
has '^Today is 29 February 2024, mood good\.$' cat said
has '^hi <|im_end|>\[<|im_end|>\]$' cat said

expect 2 '*--template-arg moood: the chat template reads no variable*' \
    show --chat-template day.jinja --template-arg moood=1
expect 2 '*--think on: the chat template*' \
    show --chat-template day.jinja --think on
expect 2 '*--system: *takes no system prompt: line 2: it refuses: no <such> thing*' \
    show --chat-template day.jinja --system forbidden
printf '{%% for m in messages %%}\n{{ m.content }}\n{%% if %%}' >bad.jinja
expect 4 '*chat template: line 3: *' show --chat-template bad.jinja
printf 'always the same' >same.jinja
expect 4 '*chat template*leaves out what the user says*' \
    show --chat-template same.jinja
printf '\357\273\277' | cat - day.jinja >bom.jinja
show --chat-template bom.jinja --prompt hi >said
has '^\[<|im_start|>\]user$' cat said
expect 2 '*--template-arg date: the chat template does not ask for the day*' \
    show --template-arg date=2024-02-29

# What a stranger's template does is bounded, also with settings of its own.
cat >deep.jinja <<'END_OF_TEMPLATE'
{% macro f(x) %}{{ f(x) }}{% endmacro %}
{%- if thinking is defined %}{{ f(1) }}{% endif %}{{ messages[-1].content }}
END_OF_TEMPLATE
expect 4 '*chat template: it is nested too deeply*' \
    show --chat-template deep.jinja
cat >late.jinja <<'END_OF_TEMPLATE'
{% if strftime_now('%Y') != '2023' %}{% for i in range(99999) %}
{%- for j in range(99999) %}{% endfor %}{% endfor %}{% endif %}
{{- messages[-1].content }}
END_OF_TEMPLATE
expect 4 '*chat template: it takes more than 2 seconds of computing*' \
    show --chat-template late.jinja
show --chat-template chatml >said
has '^  rendered by  the family' cat said
expect 2 '*--template-arg a: only a template in Jinja*' \
    show --chat-template chatml --template-arg a=1
expect 2 '*--template-arg date: only a template in Jinja*' \
    show --chat-template chatml --template-arg date=2024-02-29

# ---- a run goes on with the day on which it began ----
printf 'prompt\nhello\nsay what is forbidden\n' >d.csv
run() {
    "$DEEPCONF" run --model "$tiny" --data d.csv --max-tokens 4 \
        --max-traces 2 --min-traces 1 --threads 1 --quiet --out "$@"
}
config() { sqlite3 "$1" "SELECT value FROM config WHERE key = '$2'"; }
run a.db --chat-template day.jinja --template-arg date=2024-02-29 >said
has '1 prompt could not be run' cat said
[ "$(config a.db chat.date)" = 2024-02-29 ] || die "the day is not recorded"
[ "$(config a.db chat.rendered_by)" = jinja ] || die "who rendered"
run a.db --chat-template day.jinja >/dev/null
expect 2 '*chat.date is*2024-02-29*' \
    run a.db --chat-template day.jinja --template-arg date=2024-03-01
expect 2 '*chat.args is*' run a.db --chat-template day.jinja \
    --template-arg mood=good
cp day.jinja elsewhere.jinja
run a.db --chat-template ./elsewhere.jinja >/dev/null
run f.db --chat-template chatml >said
has "not rendered by the model's own chat template" cat said

# ---- a run that deepconf 0.1 began ----
run old.db >said
! grep -q 'not rendered by' said || die "an alarm without a cause"
of_old=$(python3 - "$REPO/scripts" <<'END_OF_SCRIPT'
import hashlib
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from make_tiny_gguf import THINKING
parts = [THINKING, "", "<think>\n\n</think>\n\n"]
print(hashlib.sha256(b"".join(p.encode() + b"\0" for p in parts)).hexdigest())
END_OF_SCRIPT
)
sqlite3 old.db "DELETE FROM config WHERE key = 'chat.rendered_by'"
expect 2 '*chat.sha256 is*' run old.db
sqlite3 old.db "UPDATE config SET value = '$of_old' WHERE key = 'chat.sha256'"
run old.db >said
has "not rendered by the model's own chat template" cat said
has 'begun by deepconf 0.1' "$DEEPCONF" show old.db --full
