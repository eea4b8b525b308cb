# Options that name servers, and what is wrong with them: said before anything is
# asked of anybody. No key is ever shown. (What a server itself gets wrong is in
# probe.sh and served_options.sh.)
. "$CLI_TESTS/lib.bash"
needs_servers
export HOME=$PWD XDG_CACHE_HOME=$PWD DEEPCONF_CACHE=$PWD
o=(--data "$DEMO" --benchmark demo --out o.db)
u() { expect 2 "$@" "${o[@]}"; }
url=http://127.0.0.1:1/v1 # nobody listens there
run_() { "$DEEPCONF" run --model m --base-url "$url" "$@"; }

# URLs
u '--base-url: a URL of 17 bytes (not shown*http://HOST:PORT/v1*' \
    dc run --model m --base-url localhost:8000/v1
u '--base-url: the URL http://h... has a user or a password*' \
    dc run --model m --base-url http://u:secret@h/v1
u '--base-url: the URL has a part behind "?"*' \
    dc run --model m --base-url 'http://h/v1?key=secret'
u '--base-url: the URL is that of one request*before /chat/completions*' \
    dc run --model m --base-url http://h/v1/chat/completions
u '--base-url: URL 2 is URL 1 again; *--in-flight' run_ --base-url $url/
u '--model is needed: *--base-url URL*' dc run
OPENAI_BASE_URL=nonsense u 'OPENAI_BASE_URL: a URL of 8 bytes*' dc run --model m

# Keys
u '--api-key-env: no variable NO_SUCH_KEY is set*' run_ --api-key-env NO_SUCH_KEY
u '--api-key-env: no such variable is set: *not shown*every user of the machine' \
    run_ --api-key-env sk-secret
[ -z "$(OPENAI_API_KEY=$'sk-secret\n' run_ "${o[@]}" 2>&1 | grep secret)" ] ||
    die "a key was shown"
OPENAI_API_KEY=$'sk-\n' u 'the variable OPENAI_API_KEY: the key for the server*' run_

# What only a model in this process has
server_has="a server has its own, which it is given when it is started"
u '--slots: of a server the same is --in-flight N*' run_ --slots 4
u "--threads: $server_has" run_ --threads 2
u "--ctx: $server_has" run_ --ctx 4096
u "--gpu-layers: $server_has" run_ --gpu-layers -1
u "--kv: $server_has" run_ --kv split
u "--flash-attn: $server_has" run_ --flash-attn on
u '--without: it is about a model in this process' run_ --without team
u '--chat-template: the server renders the chat; *' run_ --chat-template chatml
u '--template-arg: *--request-arg chat_template_kwargs.KEY=JSON' \
    run_ --template-arg a=1
u '--system: with --api completions the prompt is sent as it is*' \
    run_ --api completions --system x
u '--think: with --api completions*' run_ --api completions --think off
expect 2 'unknown option --base-url*' dc tune m --base-url $url
expect 2 'tune: a URL (not shown*--in-flight auto*' dc tune http://k:secret@h/v1

# What no server gives
u '--measure: entropy needs the entropy of the whole vocabulary at each place, which a server does not give; the measures that can be had are mean_prob, nll, mean,*' \
    run_ --measure entropy
u '--vote: self_certainty needs *' run_ --vote 'weighted(self_certainty)'
u '--measure: self_certainty needs *' \
    run_ --stop 'confidence-percentile(20)' --measure self_certainty
expect 2 '*--measure: entropy needs*' dc plan --model m --base-url $url \
    --data "$DEMO" --benchmark demo --measure entropy

# Backends and models
u '--base-url: the backend llama asks no server*' run_ --backend llama
u '--base-url: the backend fake asks no server*' run_ --backend fake
u '--backend openai: name the server with --base-url URL*' \
    dc run --model m --backend openai
u '--in-flight has no effect without a server*' \
    dc run --model ./x.gguf --in-flight 4
u '--model Qwen/Qwen3-0.6B: there is no such file*--base-url URL*' \
    dc run --model Qwen/Qwen3-0.6B
u 'no model is called "gpt-4o"*--base-url URL*' dc run --model gpt-4o
u '--model: a URL (not shown*--base-url URL*' dc run --model http://h/v1?secret
[ "$(OPENAI_BASE_URL=$url dc run --model ./x.gguf "${o[@]}" 2>&1 |
    grep -c '^deepconf: .*x.gguf')" = 1 ] || die "a local model goes to no server"

# Numbers and words
u '--in-flight 0: expected auto, or a whole number, 1 to 1024' run_ --in-flight 0
u '--in-flight 1024 at each of 5 URLs: 4096 together*' run_ --in-flight 1024 \
    --base-url http://a/v1 --base-url http://b/v1 --base-url http://c/v1 \
    --base-url http://d/v1
u '--api rest: expected chat or completions' run_ --api rest
u '--timeout 0: expected *' run_ --timeout 0
u '--request-arg temperature=0: *it is --temperature' run_ --request-arg temperature=0
u '--request-arg x: *' run_ --request-arg x
for arg in api_key='"sk-secret"' API-Key=sk-secret headers.Authorization='"sk-secret"'; do
    u '--request-arg: a key for the server (not shown)*--api-key-env' \
        run_ --request-arg "$arg"
done
[ -z "$(run_ --request-arg api_key=sk-secret "${o[@]}" 2>&1 | grep secret)" ] ||
    die "a key was shown"

# An experiment says so before it begins.
printf 'run: {model: m, base-url: %s, measure: entropy, benchmark: demo, data: %s}\n' \
    "$url" "$DEMO" >x.yaml
expect 3 '*measure*entropy needs*' dc experiment x.yaml --check

# A key that would cross a network in the clear: a warning, and no more of it.
rc=0
http_proxy=http://127.0.0.1:1 OPENAI_API_KEY=sk-secret "$DEEPCONF" run --model m \
    --base-url http://gpu.invalid:8000/v1 "${o[@]}" >said 2>&1 || rc=$?
[ $rc = 4 ] || die "exit code $rc"
has '^warning: the key of the variable OPENAI_API_KEY goes to http://gpu.invalid:8000/v1 unencrypted' \
    cat said
grep -q secret said && die "a key was shown"
[ ! -e o.db ] || die "an empty run file was left"
