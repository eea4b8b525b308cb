# No command: the help on standard error, and exit code 2.
"$DEEPCONF"
