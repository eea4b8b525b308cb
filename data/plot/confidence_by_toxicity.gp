# The run's measure by the gold label of the prompt: to be refused, to be answered,
# or none. Drawn by groups.gp, which follows.

tint(i) = i == 0 ? REFUSAL : i == 1 ? COMPLIANCE : REST
point(i) = i == 0 ? SQUARE : i == 1 ? DISC : UP

