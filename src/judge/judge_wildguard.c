/*
 * judge_wildguard.c - WildGuard, hard: its own reply, greedy, 128 tokens.
 */
#include "judge/judge_ask.h"
#include "judge/wildguard.h"

static enum dc_status wg_open(const struct dc_judge_cfg *cfg,
                              struct dc_judge **out, struct dc_err *err)
{
    struct dc_ask_cfg ask = {.max_tokens = 128};
    return dc_wildguard_open(cfg, &ask, out, err);
}

static enum dc_status wg_judge(struct dc_judge *j,
                               const struct dc_judge_item *item, size_t n,
                               struct dc_judgement *out, struct dc_err *err)
{
    struct dc_wildguard *w = (struct dc_wildguard *)j;
    struct dc_ask_pair pair[DC_JUDGE_BATCH];
    dc_judge_ask_pairs(item, n, pair);
    enum dc_status st = dc_ask_reply(w->ask, pair, n, w->reply, err);
    for (size_t i = 0; i < n && !st; i++)
        dc_wildguard_verdict(&w->reply[i], &out[i]);
    return st;
}

const struct dc_judge_ops dc_judge_wildguard = {
    .name = "wildguard",
    .summary = "WildGuard's prompt and reply, greedy, by its model",
    .file = "the model: a GGUF file, a name of `deepconf list models`, or "
            "URL#NAME of a server's",
    .needs_file = true,
    .slow = true,
    .served = true,
    .version_by = "1, the SHA-256 of the model, libllama's version; at a "
                  "server 1, NAME@FINGERPRINT and \"served\"",
    .open = wg_open,
    .close = dc_wildguard_close,
    .judge = wg_judge,
};
