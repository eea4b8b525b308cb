# Data sets by name into the cache, where --benchmark finds them.
. "$CLI_TESTS/lib.bash"
hub --size 100
export DEEPCONF_CACHE=$PWD/cache
unset HF_TOKEN
data=$DEEPCONF_CACHE/data
bad() { expect "$1" "$2" "$DEEPCONF" data fetch -q "${@:3}"; }
[ "$("$DEEPCONF" data list --json | json_get \
    '[x["name"] for x in d["data_sets"] if not x["there"]]')" = \
    "['toxicchat', 'xstest', 'wildguardmix', 'harmbench']" ] || die "the list"
# The hub that is played has other files under these names: 404, a wrong one.
bad 4 '*/datasets/lmsys/toxic-chat: there is no data/0124/*' toxicchat
bad 3 '*/datasets/Paul/XSTest/resolve/*: the file that came *, expected 11783fb2*removed' xstest
[ -z "$(find "$data" -type f)" ] || die "left: $(ls "$data")"
has '/datasets/Paul/XSTest/resolve/f600c994b256f12867dfa5b3eb3d545a3e62f8b5/xstest_prompts.csv' \
    asked '[x["path"] for x in r]'
bad 2 'there is no data set "xtest"; did you mean xstest?' xtest
expect 2 'data ftech: expected *' "$DEEPCONF" data ftech xstest
expect 2 'data fetch: expected *' "$DEEPCONF" data fetch
# One that is there is held against its SHA-256, and a run finds it.
if [ -r "$SHARED/data/xstest/xstest_prompts.csv" ]; then
    mkdir -p "$data"
    cp "$SHARED/data/xstest/xstest_prompts.csv" "$data/xstest.csv"
    tells 'there already .*xstest.csv, 38.7 kB' "$DEEPCONF" data fetch xstest
    has '^ *xstest *yes *CC-BY-4.0' "$DEEPCONF" data list
    run --benchmark xstest -n 3 --out x.db -q >out
    [ "$("$DEEPCONF" show x.db --json | json_get 'd["decided"]')" = 3 ] || die "no run"
    echo >>"$data/xstest.csv"
    bad 3 '*xstest.csv is there already, and is another file*11783fb2*' xstest
fi
# Gated: where to accept what.
bad 4 "$DEEPCONF_HUB/datasets/allenai/wildguardmix: *who asks*401*HF_TOKEN*" wildguardmix
# A run without data says how to get it.
mkdir empty
(cd empty && expect 2 'no data: *`deepconf data fetch harmbench` brings it there.)' \
    run --benchmark harmbench --out o.db)
