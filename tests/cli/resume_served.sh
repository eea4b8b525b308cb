# A run at a server goes on at the URL of its file, and no key goes to a server
# that only the file names: the file may be another person's.
. "$CLI_TESTS/lib.bash"
mock
url=http://127.0.0.1:$PORT/v1
sent() { mock_told last "d['headers'].get('Authorization')"; }
OPENAI_API_KEY=sk-secret dc run --base-url "$url" --model mock --data "$DEMO" \
    --benchmark demo -n 5 --max-tokens 16 --request-arg 'user="it'\''s"' \
    --stop fixed --max-traces 3 --out run.db -q >said
[ "$(sent)" = "Bearer sk-secret" ] || die "the key was not sent: $(sent)"
dc show run.db --command >cmd
tells "^deepconf run --model=mock '--request-arg=user=\"it'.''s\"' --base-url=$url " cat cmd
grep -q think cmd && die "--think was not given"
cp run.db old.db # an older deepconf did not say whether it was
sqlite3 old.db "DELETE FROM config WHERE key = 'chat.think_given'" ||
    { echo "SKIP: no sqlite3"; exit 77; }
has '^# and --think off, if that is not how the model is without it$' dc show old.db --command
grep -q 'secret\|api-key' cmd && die "the command speaks of a key"

# As if it had been cut off: one prompt is not decided.
sqlite3 run.db "DELETE FROM decision WHERE prompt = 4; DELETE FROM measure WHERE trace IN
    (SELECT id FROM trace WHERE prompt = 4); DELETE FROM verdict WHERE trace IN
    (SELECT id FROM trace WHERE prompt = 4); DELETE FROM trace WHERE prompt = 4" ||
    { echo "SKIP: no sqlite3"; exit 77; }
has 'NOT FINISHED' dc show run.db
cp run.db keyed.db

expect 2 "*a key goes only to a server that you name*if $url is yours, say --base-url*" \
    dc resume run.db --api-key-env KEY -q
OPENAI_API_KEY=sk-secret dc resume run.db >said 2>err
has '^run.db: finished, all 5 prompts decided' cat said
tells "going on with: deepconf run --model=mock .*--base-url=$url " cat err
[ "$(sent)" = None ] || die "a key was sent: $(sent)"
KEY=sk-other dc resume keyed.db --base-url "$url" --api-key-env KEY -q >said 2>err
has '^keyed.db: finished' cat said
[ "$(sent)" = "Bearer sk-other" ] || die "the key that was named: $(sent)"
grep -q 'sk-' said err run.db keyed.db && die "a key was kept"

# Another server, which has another model.
expect 2 '*server.model*' dc resume run.db --model mock:slow,delay_ms=0,tokens=20 -q
