# Are surer traces right more often? The run's measure over right and wrong traces,
# and below the AUROC over all traces, in each gold class and inside prompts. Drawn
# by groups.gp, which follows.

tint(i) = i == 0 ? RIGHT : WRONG
point(i) = i == 0 ? DISC : SQUARE
UNIT = 1
rows_tint(i) = INK
rows_title = "Chance that a right trace is surer than a wrong one (AUROC; " . \
    "dashed: coin)"
rows_coin = 1

