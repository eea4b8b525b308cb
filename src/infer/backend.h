/*
 * backend.h - where responses come from.
 *
 * A backend steps many sequences together. It has slots 0 .. n_slots-1; the
 * engine puts a trace into a free slot (start), asks for progress (step), and
 * may take a trace out again at any step (cancel). A prompt is prepared once
 * (prompt_open) and shared by its traces: the backend computes its prefix once.
 *
 * Promise: a trace is a pure function of (model, sampling, run seed, prompt,
 * trace index). Slots, neighbours, order and threads must not show in it.
 * tests/unit/backend_contract.h holds every row of backends.def to that.
 *
 * Life: open -> [prompt_open ...] -> begin -> {start, step, cancel} -> close.
 */
#ifndef DC_INFER_BACKEND_H
#define DC_INFER_BACKEND_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/words.h"
#include "chat/chat.h"

#include <deepconf/conf.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a backend does for speed alone, to be left out one by one: no trace
 * changes by it. dc_without_parse() has their names. */
enum dc_without {
    DC_WITHOUT_PREFIX = 1, /* cells that traces or prompts share */
    DC_WITHOUT_PACK = 2,   /* moving traces together */
    DC_WITHOUT_TEAM = 4    /* scanning logits by several threads */
};

struct dc_backend_cfg {
    const char *model; /* path of a GGUF file, or the backend's own notation */
    const char *want_sha256; /* of that file; NULL: any will do */
    struct dc_chat_cfg chat;
    unsigned n_threads;
    int gpu_layers;   /* -1: all that fit */
    unsigned k;       /* of the token confidence */
    unsigned n_top;   /* top log-probabilities of each token, at most k; 0:
                         none are given */
    unsigned without; /* of enum dc_without */
    /*
     * Both give up the promise above: a trace then depends on its neighbours.
     * One KV cache for all slots; no flash attention (which needs unified).
     */
    bool kv_unified, no_flash;
};
struct dc_backend_cfg dc_backend_cfg_default(void);
/* Add a name ("prefix", "pack", "team") to *out; DC_USAGE: there is none. */
enum dc_status dc_without_parse(const char *name, unsigned *out,
                                struct dc_err *err);

/* All strings borrowed until close. */
struct dc_backend_info {
    const char *name; /* the row's */
    const char *model_name;
    const char *model_desc; /* architecture, size, quantisation */
    char model_sha256[DC_SHA256_HEX];
    char template_sha256[DC_SHA256_HEX];
    const char *system;       /* the system prompt really used; "" for none */
    const char *rendered_by;  /* what renders the chat: "jinja" (the template
                                 itself), "family" (that which libllama takes
                                 it for); NULL: nothing, or as deepconf 0.1 */
    const char *day;          /* that the template is told, "2026-11-30"; NULL:
                                 it asks for none */
    const char *version;      /* of the inference library */
    const char *bits;         /* how rows are grouped, where that shows in the
                                 last bits of a trace; NULL: nothing does */
    const char *logprob_mode; /* "raw": before any sampler */
    bool can_think;           /* the template knows <think> */
    enum dc_think think;      /* OFF or ON, resolved */
    bool think_opened;        /* the rendered prompt ends inside <think> */
    const char *device;       /* what computes: "cpu", "gpu (all layers): A" */
    size_t n_vocab;
    unsigned n_ctx_train;
};

/* A prepared prompt. */
struct dc_backend_prompt {
    size_t n_tok; /* of the rendered prompt */
};

struct dc_trace_req {
    struct dc_backend_prompt *prompt; /* borrowed until the trace ends */
    uint64_t seed;                    /* of the run */
    uint64_t stream;                  /* of the prompt, dc_hash64 of its id */
    uint32_t index;                   /* of the trace */
    unsigned max_tokens;
    struct dc_sampling sampling;
};

/*
 * What one step gave one slot: a token, or the end of its trace, or both. The
 * end-of-answer token is neither text nor token record.
 */
struct dc_step_event {
    unsigned slot;
    bool has_token;
    struct dc_token token;
    const char *piece; /* bytes of the token's text; until the next call */
    size_t n_piece;
    /* [n_top] the most probable first, at most as many as were asked for;
     * until the next call */
    const struct dc_top_logprob *top;
    size_t n_top;
    enum dc_finish finish; /* not NONE: the slot is free again */
};

/* Time a backend spent, in ms since begin. */
struct dc_backend_times {
    double decode_ms;  /* generating */
    double prefill_ms; /* prompts */
    uint64_t n_decode_rows, n_prefill_tok, n_steps;
    uint64_t n_idle_rows; /* decoded for nobody */
    uint64_t n_copies;    /* of a slot's whole cache to another */
};

struct dc_backend {
    const struct dc_backend_ops *ops;
    /* the backend's own fields follow in its struct */
};

struct dc_backend_ops {
    const char *name;
    const char *summary;
    bool for_tests; /* not listed for users */
    /* required. DC_BACKEND if the model can't be had. */
    enum dc_status (*open)(const struct dc_backend_cfg *cfg,
                           struct dc_backend **out, struct dc_err *err);
    /* required. Frees everything, open prompts too; b may be NULL. */
    void (*close)(struct dc_backend *b);
    /* required */
    const struct dc_backend_info *(*info)(struct dc_backend *b);
    /*
     * required. Render and tokenise text [n], valid UTF-8. Markers of the chat
     * template inside it stay text. May be called before and after begin.
     * DC_DATA: this prompt can't be held, though others can.
     */
    enum dc_status (*prompt_open)(struct dc_backend *b, const char *text,
                                  size_t n, struct dc_backend_prompt **out,
                                  struct dc_err *err);
    /* required. No trace of it may be running. p may be NULL. */
    void (*prompt_close)(struct dc_backend *b, struct dc_backend_prompt *p);
    /*
     * required, once: make n_slots slots of n_ctx tokens each, prompt and
     * answer together.
     */
    enum dc_status (*begin)(struct dc_backend *b, unsigned n_slots,
                            unsigned n_ctx, struct dc_err *err);
    /*
     * required. The slot must be free, prompt->n_tok < n_ctx. On a status other
     * than DC_OK it stays free.
     */
    enum dc_status (*start)(struct dc_backend *b, unsigned slot,
                            const struct dc_trace_req *req, struct dc_err *err);
    /* required. The slot must be busy; it is free afterwards. */
    void (*cancel)(struct dc_backend *b, unsigned slot);
    /*
     * required. Advance busy slots, each by one event at most; ev has room for
     * n_slots events. At least one event when a slot is busy; a slot is not
     * left behind for ever. On a status other than DC_OK there are no events
     * and the same slots are busy as before.
     */
    enum dc_status (*step)(struct dc_backend *b, struct dc_step_event *ev,
                           size_t *n_ev, struct dc_err *err);
    /*
     * required. Append the text of a token of the vocabulary, for lists of top
     * log-probabilities: any bytes, a part of a character too; of a control
     * token its name.
     */
    void (*token_text)(struct dc_backend *b, int32_t id, struct dc_buf *out);
    /* optional; default: all zero */
    void (*times)(struct dc_backend *b, struct dc_backend_times *out);
};

const struct dc_backend_ops *const *dc_backends(size_t *n);
const struct dc_backend_ops *dc_backend_find(const char *name);

/* "libllama 0.5.0"; static. */
const char *dc_backend_llama_version(void);
extern const struct dc_backend_ops dc_backend_llama;

#endif
