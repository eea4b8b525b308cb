# `probe`: what a server can do and what it gets wrong, in lines of 80 columns
# and as JSON; several URLs; what can't be asked, by URL and reason; no key, no
# escape sequence of a server and no query is shown.
. "$CLI_TESTS/lib.bash"
mock
url="http://127.0.0.1:$PORT"
probe() { dc probe --quiet "$@"; }
# Ports and times differ from run to run; whether one was fast enough to be seen
# running does, too.
plain() {
    sed -e "s/127\.0\.0\.1:$PORT/HOST/" -e 's/^  an abort .*/  an abort/' \
        -e '/^  a prompt.s work/d'
}

probe --base-url "$url/v1" --model mock | plain
probe --base-url "$url/vllm/v1" --api completions | plain
probe --base-url "$url/v1" --model mock:zeros | plain | sed -n '/^What/,$p'
for name in wrong-in-chunk displaced after-temperature markers reasoning-gone \
    strict-unnamed no-logprobs; do
    echo "== $name"
    probe --base-url "$url/v1" --model mock:$name | plain |
        grep -E '^(What|  (alt|logp|in str|mark|thou|-|   [^ ]))'
done

# A long answer whose connection is closed is seen to end.
probe --base-url "$url/v1" --model mock:slow,delay_ms=20,tokens=60 >said
has "^  an abort  *stops the server's work within [0-9]* ms$" cat said

probe --base-url "$url/v1" --model mock --json >said.json
json() { json_get "$1" <said.json; }
[ "$(json 'd["endpoints"][0]["k_max"]')" = 20 ] || die "k"
[ "$(json 'd["endpoints"][0]["url"]')" = "$url/v1" ] || die "the URL"
[ "$(json 'd["one_model"]')" = None ] || die "one URL agrees with none"

# Two URLs: with themselves they agree, with other weights they don't.
mock_a="$url/v1"
probe --base-url "$mock_a" --base-url "$url/bare/v1" --model mock --json >said.json
[ "$(json 'd["one_model"]')" = True ] || die "two URLs of one model"
expect_two() {
    local rc=0
    probe --base-url "$mock_a" --base-url "$url/other/v1" --model "$1" \
        >said 2>said.err || rc=$?
    [ "$rc" = 4 ] || die "$1: exit code $rc"
    [[ $(cat said.err) == $2 ]] || die "$1: $(cat said.err)"
}
expect_two mock "deepconf: $mock_a and $url/other/v1 are not one model to a run: \
their system_fingerprints differ.*"
expect_two mock:normal,fingerprint=fp_other "*: a token's log-probability \
differs by 0.05 for one prompt, of which 0.01 is taken. Start both*"
[ "$(grep -c '^http' said)" = 2 ] || die "both are shown"

# What can't be asked.
expect 2 '--base-url URL is needed*' probe
expect 2 'unknown option --in-flight*' \
    probe --base-url "$url/v1" --in-flight 4
expect 2 "$url/v1/models has several models: \"mock\", *: name one with --model" \
    probe --base-url "$url/v1"
expect 4 "$url/vllm/v1/models has \"mock\", but no model \"nope\"*" \
    probe --base-url "$url/vllm/v1" --model nope
expect 4 "$url/v1/chat/completions answers 404 *[(]it lists \"mock\", *" \
    probe --base-url "$url/v1" --model nope
expect 4 "$url/v1/chat/completions answers 404 *--api completions*" \
    probe --base-url "$url/v1" --model mock:no-chat
expect 4 'http://127.0.0.1:1/v1/models: no connection [(]*' \
    probe --base-url http://127.0.0.1:1/v1
expect 4 "*: expected JSON or a stream of events, but 200 came with \"<html>*" \
    probe --base-url "$url/v1" --model mock:html
expect 4 "$url has no list of models*" probe --base-url "$url"
SECRET=sk-very-secret expect 4 '*answers 401 *: the key in SECRET is refused*' \
    probe --base-url "$url/v1" --model mock:401 --api-key-env SECRET
! SECRET=sk-very-secret probe --base-url "$url/v1" --model mock \
    --api-key-env SECRET --json 2>&1 | grep -q very-secret || die "a key"

# Ctrl-C, once the server is at work.
python3 - "$DEEPCONF" "$url" <<'PY'
import signal, subprocess, sys, urllib.request
p = subprocess.Popen([sys.argv[1], "probe", "--base-url", sys.argv[2] + "/v1",
                      "--model", "mock:silence"], text=True,
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
urllib.request.urlopen(sys.argv[2] + "/mock/wait?running=1").read()
p.send_signal(signal.SIGINT)
out = *p.communicate(), p.returncode
assert out == ("", "deepconf: interrupted\n", 130), out
PY

# Names of a server that would act on a terminal.
mock_end
mock --served "$(printf 'a\033[31mb\342\200\256')"
url="http://127.0.0.1:$PORT"
for path in vllm/v1 v1; do
    probe --base-url "$url/$path" >said 2>&1 || true
    grep -q 'b' said || die "$path: nothing was said"
    ! grep -q "$(printf '\033')" said || die "$path: an escape sequence"
    ! grep -q "$(printf '\342\200\256')" said || die "$path: a hidden character"
done
probe --base-url "$url/vllm/v1" --json >said.json
[ "$(json 'd["endpoints"][0]["model"]')" = "$(printf 'a\033[31mb\342\200\256')" ] ||
    die "the name is whole in JSON"
