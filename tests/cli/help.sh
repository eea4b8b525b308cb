# All ways to the help agree; every command and topic has one.
. "$CLI_TESTS/lib.bash"
"$DEEPCONF" --help >a
"$DEEPCONF" -h >b
"$DEEPCONF" help >c
cmp a b && cmp a c
for cmd in $("$DEEPCONF" list commands --json |
    json_get '" ".join(x["name"] for x in d["commands"])'); do
    "$DEEPCONF" "$cmd" --help >a
    "$DEEPCONF" help "$cmd" >b
    cmp a b
    grep -q "^Usage: deepconf $cmd " a || die "$cmd: no usage line"
    grep -q "^Examples$" a || die "$cmd: no examples"
    grep -q "^Exit codes$" a || die "$cmd: no exit codes"
    has "^  $cmd " "$DEEPCONF" help
done
# The lists of topics are those of the table; each has a page that begins with
# what the list says of it.
every=$(sed -n 's/^    {"\([a-z-]*\)", ".*/\1/p' "$REPO/src/results/topics.c")
COLUMNS=200 "$DEEPCONF" help topics >topics
COLUMNS=200 "$DEEPCONF" help | sed -n '/^Topics/,/^$/p' >listed
[ "$(echo $every)" = "$(echo $(cut -d ' ' -f 1 topics))" ] ||
    die "topics: $(cut -d ' ' -f 1 topics), and in the table: $every"
for topic in $every; do
    title=$(sed -n "s/^$topic  *//p" topics)
    [ "$title" ] || die "$topic: no title"
    grep -q "^  $topic  *$title\$" listed || die "$topic is not in the help"
    "$DEEPCONF" help $topic >a
    [ "$(head -n 1 a)" = "$title" ] || die "$topic: begins otherwise"
    [ "$(wc -l <a)" -ge 10 ] || die "$topic: hardly a word"
done
echo "$every" | grep -qx judges || die "no topic on judges"
for name in DEEPCONF_LLAMA_LOG DEEPCONF_CACHE NO_COLOR; do
    has "$name" "$DEEPCONF" help environment
done
# 80 columns. Examples go on behind a backslash, and joined they are the same
# whatever the terminal.
joined() {
    COLUMNS=$1 "$DEEPCONF" help "$2" |
        sed -e ':a' -e '/ \\$/N; s/ \\\n *-/ -/; ta' | grep '^    deepconf '
}
for topic in $every; do
    "$DEEPCONF" help $topic
done >a
for cmd in $("$DEEPCONF" list commands --json |
    json_get '" ".join(x["name"] for x in d["commands"])'); do
    "$DEEPCONF" help "$cmd" >>a
    joined 80 "$cmd" >b
    joined 100 "$cmd" | cmp - b
    if grep -n ' \\' b; then die "$cmd: an example is not whole"; fi
done
if grep -nE '^.{81}' a; then die "a line is too long"; fi
grep -q ' \\$' a || die "no example is longer than a line"
# Every default of the request stands in the help.
for row in '--min-traces N .*\[3\]' '--max-traces N .*\[10\]' \
    '--max-tokens N .*\[256\]' '--temperature T ' '--top-p P .*\[1\]'; do
    has "$row" "$DEEPCONF" help run
done
