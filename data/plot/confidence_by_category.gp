# Confident or uncertain, refusal or compliance: how many traces, how sure, and
# how many of them right. Drawn by groups.gp, which follows.

group_tint(i) = i == 0 ? REFUSAL : i == 1 ? COMPLIANCE : \
    i == 2 ? REFUSAL_PALE : COMPLIANCE_PALE
tint(i) = group_tint(i)
point(i) = i == 0 ? DISC : i == 1 ? SQUARE : i == 2 ? UP : DOWN
UNIT = 100
rows_tint(i) = group_tint(i)
rows_title = "Share that is right by the gold label"
rows_coin = 0

