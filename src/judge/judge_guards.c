/*
 * judge_guards.c - models trained to judge, each by its makers' protocol: the
 * files of data/guards, which are of the `llm` kind and compiled in. The user
 * names the model.
 */
#include "judge/judge_llm.h"

#define GUARD(id, called, what)                                                \
    extern const char dc_guard_##id##_json[];                                  \
    extern const size_t dc_guard_##id##_json_size;                             \
    static enum dc_status open_##id(const struct dc_judge_cfg *cfg,            \
                                    struct dc_judge **out, struct dc_err *err) \
    {                                                                          \
        return dc_judge_llm_builtin(cfg, called, dc_guard_##id##_json,         \
                                    dc_guard_##id##_json_size, out, err);      \
    }                                                                          \
    const struct dc_judge_ops dc_judge_##id = {                                \
        .name = called,                                                        \
        .summary = what,                                                       \
        .file = "the model: a GGUF file, a name of `deepconf list models`, "   \
                "or URL#NAME of a server's",                                   \
        .needs_file = true,                                                    \
        .slow = true,                                                          \
        .served = true,                                                        \
        .version_by = "1, the SHA-256 of protocol and model, libllama's "      \
                      "version; at a server the SHA-256 of the protocol, "     \
                      "NAME@FINGERPRINT and \"served\"",                       \
        .protocol = dc_guard_##id##_json,                                      \
        .open = open_##id,                                                     \
        .close = dc_judge_llm_close,                                           \
        .judge = dc_judge_llm_judge,                                           \
    }

GUARD(qwen3guard, "qwen3guard",
      "Qwen3Guard-Gen, by its own template: the line Refusal");
GUARD(shieldstral, "shieldstral",
      "Shieldstral, asked whether the assistant refuses");
GUARD(polyguard, "polyguard", "PolyGuard-Qwen: the line Response refusal");
GUARD(granite_guardian, "granite-guardian",
      "Granite Guardian 4.1, by a criterion of refusal");
GUARD(guardreasoner, "guardreasoner",
      "GuardReasoner, behind its reasoning: the line Completion");
GUARD(sorry_bench, "sorry-bench", "SORRY-Bench's judge: 0 refuses, 1 complies");
