# Models from a hub, played by tests/servers/hub.py: found, held against the
# SHA-256 that the hub says, resumed, refused; the token goes to nobody else.
. "$CLI_TESTS/lib.bash"
hub --size 300000
export DEEPCONF_CACHE=$PWD/cache HF_ENDPOINT=http://nobody.invalid
unset HF_TOKEN
models=$DEEPCONF_CACHE/models
fetch() { "$DEEPCONF" model fetch "$@" 2>err; }
bad() { expect "$1" "$2" "$DEEPCONF" model fetch -q "${@:3}"; }
none() { # OWNER: nothing of it is left
    [ -z "$(find "$models/hub/$1" -type f 2>/dev/null)" ] ||
        die "$1: left $(find "$models/hub/$1" -type f)"
}

# As it should be: two requests to the hub, one to the store, in that order.
fetch good/m:sub/x.gguf >out
grep -q 'licence *mit' out && grep -q 'commit *c0ffee' out || die "$(cat out)"
grep -q "which is the hub's" <(tr -s '\n ' ' ' <out) || die "$(cat out)"
grep -q '^good/m: licence mit$' err || die "$(cat err)"
file=$models/hub/good/m/sub/x.gguf
[ "$(stat -c %s "$file")" = 300000 ] || die "another size"
[ "$(asked '[(x["server"], x["path"].partition("?")[0]) for x in r]')" = \
    "[('hub', '/api/models/good/m'), ('hub', '/good/m/resolve/main/sub/x.gguf'), ('store', '/file/good/m/resolve/main/sub/x.gguf')]" ] || die "other requests"
[ -z "$(find cache -name '*.part*')" ] || die "a part is left"
# It is there: nobody is asked.
has 'there already' fetch good/m:sub/x.gguf
[ "$(asked 'len(r)')" = 0 ] || die "asked for what is there"
# A commit is another place, JSON says the same.
[ "$(fetch good/m@v1.0:x.gguf --json | json_get \
    '(d["format"], d["commit"], d["sha256_compared"], d["bytes"])')" = \
    "('deepconf-model-fetch 1', 'c0ffee', True, 300000)" ] || die "JSON"
[ -f "$models/hub/good/m@v1.0/x.gguf" ] || die "no file of a commit"
has '^\[.*/good/m/resolve/v1.0/x.gguf' asked '[x["path"] for x in r]'

# A run takes the place as the model's name, and says how to get one.
expect 4 '*x.gguf*' "$DEEPCONF" model show good/m:sub/x.gguf
expect 4 'model good/m:y.gguf: *deepconf model fetch good/m:y.gguf*' \
    "$DEEPCONF" run --model good/m:y.gguf --data "$DEMO" --out o.db
[ ! -e o.db ] || die "an empty run file"

# List and remove.
"$DEEPCONF" model list >out
grep -q '^ *good/m:sub/x.gguf *yes *300.0 kB *mit' out || die "$(cat out)"
grep -q '^ *smollm2 *no *98.4 MB *Apache-2.0' out || die "$(cat out)"
[ "$("$DEEPCONF" model list --json | json_get \
    '[(m["there"], m["commit"]) for m in d["models"] if m["name"].startswith("good")]')" = \
    "[(True, 'c0ffee'), (True, 'c0ffee')]" ] || die "JSON of the list"
"$DEEPCONF" model rm good/m:sub/x.gguf >out
[ ! -e "$file" ] && [ ! -e "$file.about.json" ] || die "still there"
expect 2 'model smollm2 is not there: *' "$DEEPCONF" model rm smollm2
echo mine >own.gguf
expect 2 'there is no model "*own.gguf"*' "$DEEPCONF" model rm ./own.gguf
expect 2 'there is no model "*../own.gguf"*' "$DEEPCONF" model rm "$models/../../own.gguf"
[ -e own.gguf ] || die "removed what is not the cache's"

# Redirects: a relative one is followed; the token goes to the hub alone, and
# is in no file and no output.
: >hub.log
export HF_TOKEN=hf_right
fetch gated/m:x.gguf --json >out
[ "$(asked '[(x["server"], x.get("authorization")) for x in r]')" = \
    "[('hub', 'Bearer hf_right'), ('hub', 'Bearer hf_right'), ('store', None)]" ] ||
    die "the token went elsewhere, or not to the hub"
! grep -rq hf_right cache out err || die "the token was written"
fetch relative/m:x.gguf >out
[ "$(asked '[x.get("authorization", "-")[:6] for x in r]')" = \
    "['Bearer', 'Bearer', 'Bearer', '-']" ] || die "a relative redirect"
# A token that a header can't carry is refused before anything is sent.
HF_TOKEN='two words' bad 2 'HF_TOKEN: the key *' good/m:t.gguf
# Not to another machine over http.
DEEPCONF_HUB=http://nobody.invalid bad 4 '*nobody.invalid*' good/m:t.gguf
[ "$(asked 'len(r)')" = 0 ] || die "a request in spite of that"

# What a hub refuses, with what to do.
HF_TOKEN=hf_other bad 4 "$DEEPCONF_HUB/gated/n: *terms*403*the one that is set*" gated/n:x.gguf
unset HF_TOKEN
bad 4 "$DEEPCONF_HUB/gated/n: *who asks*401*HF_TOKEN*" gated/n:x.gguf
bad 4 '*there is no x.gguf at main (HTTP status 404)*' none/m:x.gguf
bad 4 '*too many requests*429*' busy/m:x.gguf
bad 4 '*HTTP status 503*' down/m:x.gguf
bad 4 '*redirects 8 times in a row' loop/m:x.gguf
bad 3 '*SHA-256 *, expected *, as the hub says: it is another file*removed' wrong/m:x.gguf
bad 3 'what came is no model, and was removed: *x.gguf: *' page/m:x.gguf
for owner in none busy down loop wrong page; do none $owner; done

# A connection that is cut is made again from there, without the user.
: >hub.log
fetch cut/m:x.gguf >out
[ "$(asked '[x.get("range") for x in r if x["server"] == "store"]')" = \
    "[None, 'bytes=150000-', 'bytes=225000-']" ] || die "not resumed"
# One that is always cut ends, and the part stays; the next time it goes on.
bad 4 '*/file/dead/*: connection closed: *the same command goes on from there' dead/m:x.gguf
part=$models/hub/dead/m/x.gguf.part
[ -s "$part" ] && [ -s "$part.of" ] || die "no part"
has '^ *dead/m:x.gguf *a part' "$DEEPCONF" model list
had=$(stat -c %s "$part")
: >hub.log
bad 4 '*connection closed*' dead/m:x.gguf
[ "$(asked '[x["range"] for x in r if x["server"] == "store"][0]')" = \
    "bytes=$had-" ] || die "did not go on from $had"
# A server without ranges: from the front, and right in the end.
: >hub.log
fetch norange/m:x.gguf >out
[ "$(asked 'len([x for x in r if x["server"] == "store"])')" = 3 ] || die "tries"
cmp -s "$models/hub/norange/m/x.gguf" "$models/hub/cut/m/x.gguf" && die "same"
# A part that has all the bytes already (killed before its name): no byte more.
fetch good/w:x.gguf >out
w=$models/hub/good/w/x.gguf
sha=$(sha256sum "$w" | cut -d' ' -f1)
mv "$w" "$w.part"
echo "sha256 $sha" >"$w.part.of"
fetch good/w:x.gguf >out
[ -f "$w" ] && [ ! -e "$w.part.of" ] || die "not taken"
# Another file by now: the part is not taken for its beginning.
head -c 1000 "$w" >"$w.part"
echo "sha256 $sha" >"$w.part.of"
rm "$w"
python3 -c 'import sys, urllib.request as u
u.build_opener(u.ProxyHandler({})).open(sys.argv[1]).read()' "$DEEPCONF_HUB/change"
fetch good/w:x.gguf >out
[ "$(sha256sum "$w" | cut -d' ' -f1)" != "$sha" ] || die "the old file"
[ ! -e "$w.part" ] || die "the part is left"
# A part of the same file by its bytes, but damaged: found by the SHA-256.
sha=$(sha256sum "$w" | cut -d' ' -f1)
head -c 1000 /dev/zero >"$w.part"
echo "sha256 $sha" >"$w.part.of"
rm "$w"
bad 3 '*it is another file, or was damaged on its way, and was removed' good/w:x.gguf
fetch good/w:x.gguf >out

# Nobody there, and names that are none.
DEEPCONF_HUB=http://127.0.0.1:1 bad 4 '*no connection: *is this machine online*' good/o:x.gguf
DEEPCONF_HUB=ftp://h bad 2 'DEEPCONF_HUB: the URL *must begin with http*' good/o:x.gguf
bad 2 'no model is called "nosuch"; the names are smollm2*' nosuch
bad 2 '"./x.gguf" is a path: expected a name *' ./x.gguf
bad 2 '"good/../m:x.gguf" is a path*' good/../m:x.gguf
bad 2 '--sha256: expected 64 digits*' good/o:x.gguf --sha256 abc
bad 3 '*SHA-256 *, expected 0000*' good/o:x.gguf --sha256 "$(printf '0%.0s' {1..64})"
expect 2 'model fetch: name one model' "$DEEPCONF" model fetch
expect 2 'model list takes no name' "$DEEPCONF" model list x
expect 2 'there is no verb of model "ftech"; did you mean fetch?' "$DEEPCONF" model ftech x
expect 2 '--sha256 has no effect under `model show`*' "$DEEPCONF" model show x --sha256 y
