# The version names no place of the machine it was built on.
if "$DEEPCONF" --version | grep -F /; then exit 1; fi
