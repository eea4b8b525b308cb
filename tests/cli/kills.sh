# Commands killed at random, most of them in front of one of their calls that
# change a file: what is left opens, and the same command ends as an undisturbed
# one. As many as fit the time (KILLS, KILL_SECONDS); it says how many, and the
# seed, by which `tests/kill/kill_test.py --seed` does the same again.
. "$CLI_TESTS/lib.bash"
# In memory, if there is such a place: a kill leaves the same there, and sooner.
if [ -w /dev/shm ]; then
    work=$(mktemp -d /dev/shm/deepconf-kill-XXXXXX)
    trap 'rm -rf "$work"' EXIT
    cd "$work"
fi
fault_shim
python3 "$REPO/tests/kill/kill_test.py" "$DEEPCONF" ./fault.so \
    --kills "${KILLS:-200}" --seconds "${KILL_SECONDS:-60}"
