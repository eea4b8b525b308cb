# A figure that the run has nothing for: its words, and why.

BOTTOM = 420
eval begin
eval end
