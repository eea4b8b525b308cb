"$DEEPCONF" --version >a
"$DEEPCONF" -V | cmp - a
cat a
