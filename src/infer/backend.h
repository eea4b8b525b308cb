/*
 * backend.h - where responses come from: a model in this process, or servers.
 *
 * A backend advances many sequences together. It has slots 0 .. n_slots-1; its
 * driver puts a trace into a free slot (start), asks what came (poll), and may
 * take a trace out again at any time (cancel). A prompt is prepared once
 * (prompt_open) and shared by its traces.
 *
 * What a backend can give differs, and its capabilities say it. One that is
 * repeatable promises: a trace is a pure function of (model, sampling, run
 * seed, prompt, trace index). Slots, neighbours, order and threads must not
 * show in it. tests/unit/backend_contract.h holds every row of backends.def to
 * what all promise, and the repeatable ones to that.
 *
 * Life: open -> [prompt_open ...] -> begin -> {start, poll, cancel} -> close.
 * pool.h is the driver that everybody uses.
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

/* What a model in this process is run by. */
struct dc_llama_cfg {
    const char *want_sha256; /* of the model's file; NULL: any will do */
    unsigned n_threads;
    int gpu_layers;   /* -1: all that fit */
    unsigned without; /* of enum dc_without */
    /*
     * Both give up the promise above: a trace then depends on its neighbours.
     * One KV cache for all slots; no flash attention (which needs unified).
     */
    bool kv_unified, no_flash;
};

struct dc_server_cfg; /* infer/server.h */

struct dc_backend_cfg {
    /* path of a GGUF file, the name that a server has for it, or the backend's
     * own notation */
    const char *model;
    struct dc_chat_cfg chat;
    unsigned k;     /* of the token confidence */
    bool k_at_most; /* fewer will do where the backend gives no more exactly:
                       caps.k_max says how many */
    unsigned n_top; /* top log-probabilities of each token, at most k; 0: none
                       are given */
    struct dc_llama_cfg llama;
    const struct dc_server_cfg *server; /* NULL: there is none */
};
struct dc_backend_cfg dc_backend_cfg_default(void);
/* Add a name ("prefix", "pack", "team") to *out; DC_USAGE: there is none. */
enum dc_status dc_without_parse(const char *name, unsigned *out,
                                struct dc_err *err);

/* What a backend can give, known once it is open. */
struct dc_backend_caps {
    unsigned parts;     /* enum dc_token_part that it fills in */
    unsigned n_top_max; /* alternatives of a token at most; 0: none */
    unsigned k_max;     /* the largest k whose confidence is exact */
    bool repeatable;    /* as promised above */
    bool counts_prompt; /* prompt_open() knows n_tok; else an event says it */
    bool vocabulary;    /* tokens have ids below n_vocab, and token_text()
                           knows their texts; else alternatives bring theirs,
                           and no id is known */
    bool no_top_k, no_min_p; /* traces can't be drawn with these */
    unsigned n_slots; /* a sensible number of traces at a time; 0: not known */
    unsigned n_ctx;   /* tokens of prompt and answer at most; 0: not known */
};

/* A server that traces come from. All strings borrowed until close. */
struct dc_backend_endpoint {
    const char *url;         /* nothing secret in it */
    const char *model;       /* as the server names it */
    const char *fingerprint; /* of the server's state; NULL: none was told */
    const char *probe;       /* JSON: what it can do (openai_probe.h) */
    bool works_on;           /* for an answer whose connection was closed */
};

/* All strings borrowed until close. */
struct dc_backend_info {
    const char *name; /* the row's */
    struct dc_backend_caps caps;
    const char *model_name;
    const char *model_desc; /* architecture, size, quantisation */
    /* of the weights and the chat template; "": not known */
    char model_sha256[DC_SHA256_HEX];
    char template_sha256[DC_SHA256_HEX];
    const char *system;       /* the system prompt really used; "" for none */
    const char *rendered_by;  /* what renders the chat: "jinja" (the template
                                 itself), "family" (that which libllama takes
                                 it for), "server"; NULL: nothing, or as
                                 deepconf 0.1 */
    const char *day;          /* that the template is told, "2026-11-30"; NULL:
                                 it asks for none */
    const char *version;      /* of the inference library or server */
    const char *bits;         /* how rows are grouped, where that shows in the
                                 last bits of a trace; NULL: nothing does */
    const char *logprob_mode; /* "raw": before any sampler */
    bool can_think;           /* the template knows <think> */
    enum dc_think think;      /* OFF or ON, resolved */
    bool think_opened;        /* the rendered prompt ends inside <think> */
    const char *device;       /* what computes: "cpu", "gpu (all layers): A" */
    size_t n_vocab;           /* 0: not known */
    /* [n_endpoint], 0: no servers. poll() may add some at its end, for a server
     * that became another one behind its URL. */
    const struct dc_backend_endpoint *endpoint;
    size_t n_endpoint;
};

/* A prepared prompt. */
struct dc_backend_prompt {
    size_t n_tok; /* of the rendered prompt; 0 without caps.counts_prompt */
};

struct dc_trace_req {
    struct dc_backend_prompt *prompt; /* borrowed until the trace ends */
    uint64_t seed;                    /* of the run */
    uint64_t stream;                  /* of the prompt, dc_hash64 of its id */
    uint32_t index;                   /* of the trace */
    bool to_end; /* nothing that comes of it will have it cancelled: it may come
                    in one piece */
    unsigned max_tokens;
    struct dc_sampling sampling;
};

/* A token that could have been sampled. */
struct dc_alt {
    int32_t id;        /* -1 without a vocabulary */
    const char *bytes; /* [n] its text; NULL with a vocabulary */
    uint32_t n;
    float logprob;
};

/* What an event says; several at once hold in this order. */
enum {
    DC_EVENT_RESTART = 1, /* the trace is begun anew: forget what came of it */
    DC_EVENT_PROMPT = 2,  /* n_prompt is known now */
    DC_EVENT_TOKEN = 4,   /* a token */
    DC_EVENT_END = 8,     /* the trace is over, its slot free */
    /*
     * Of servers (info's n_endpoint > 0), alone or with RESTART. A trace waits
     * unsent from its start on, and again from a RESTART or HELD on.
     */
    DC_EVENT_SENDING =
        16,            /* its request is sent by the next poll, not before */
    DC_EVENT_HELD = 32 /* the server took nothing of the request */
};

/*
 * One thing that came of a slot's trace. The end-of-answer token is neither
 * text nor token record. Pointers hold until the next call of poll.
 */
struct dc_event {
    unsigned slot;
    unsigned what; /* DC_EVENT_* or-ed */
    /* with TOKEN */
    struct dc_token token;
    unsigned parts;    /* enum dc_token_part of it that are known */
    const char *piece; /* [n_piece] bytes of the token's text */
    size_t n_piece;
    /* [n_alt] the most probable first, at most as many as were asked for */
    const struct dc_alt *alt;
    size_t n_alt;
    /* with PROMPT */
    size_t n_prompt; /* tokens of the rendered prompt */
    /* with END */
    enum dc_finish finish; /* not NONE */
    const char *words;     /* the provider's own for it; NULL: there are none */
    /* always */
    bool whole;        /* it came in one piece, at its end: when its tokens were
                          drawn is not known */
    double ms;         /* that the trace has taken so far */
    unsigned attempt;  /* 1: the first */
    unsigned endpoint; /* of info's endpoints, from 0 */
};

/* Time a backend spent, in ms since begin. */
struct dc_backend_times {
    double decode_ms;  /* generating */
    double prefill_ms; /* prompts */
    uint64_t n_decode_rows, n_prefill_tok, n_steps;
    uint64_t n_idle_rows; /* decoded for nobody */
    uint64_t n_copies;    /* of a slot's whole cache to another */
};

/* What goes over the net, since begin. */
struct dc_backend_traffic {
    unsigned n_in_flight; /* traces that servers are asked for */
    uint64_t n_request;   /* each for a trace, or for several of a prompt */
    uint64_t n_retry;
    uint64_t n_limited;  /* answers "too many requests" */
    uint64_t n_received; /* tokens, of cancelled and restarted traces too */
    uint64_t n_wrong;    /* answers that can't have been right, made again */
    /* Tokens by the servers' count that no list had, so that they have no
     * record: their text is part of another token's, or there is none. */
    uint64_t n_unlisted;
    uint64_t n_uncounted; /* answers that may have had such tokens, and whose
                             tokens no server counted by themselves */
    uint64_t n_odd;       /* parts of answers that were passed over ... */
    const char *odd;      /* ... most of which were these; NULL: none were */
    /* The first that said no to a prompt that is longer than its context: its
     * URL and words; msg "": none did. */
    struct dc_err too_long;
};

struct dc_backend {
    const struct dc_backend_ops *ops;
    /* the backend's own fields follow in its struct */
};

typedef void dc_backend_put(void *arg, const char *key, const char *value,
                            bool binding);

struct dc_backend_ops {
    const char *name;
    const char *summary;
    bool for_tests; /* not listed for users */
    /* known before open: */
    bool model_file; /* cfg.model is a GGUF file, for which there are names
                        (models.h) and perhaps settings (speed.h) */
    bool servers;    /* it asks those of cfg.server */
    unsigned parts;  /* enum dc_token_part that it can give at most */
    /* required. DC_BACKEND if the model can't be had. */
    enum dc_status (*open)(const struct dc_backend_cfg *cfg,
                           struct dc_backend **out, struct dc_err *err);
    /* required. Frees everything, open prompts too; b may be NULL. */
    void (*close)(struct dc_backend *b);
    /* required */
    const struct dc_backend_info *(*info)(struct dc_backend *b);
    /*
     * optional; default: none. What binds a run to this backend besides info,
     * in the run file's order: calls put once for each pair. A run goes on only
     * where the values of binding pairs are equal.
     */
    void (*identity)(struct dc_backend *b, dc_backend_put *put, void *arg);
    /*
     * required. Render and tokenise text [n], valid UTF-8. Markers of the chat
     * template inside it stay text where this process renders it. May be called
     * before and after begin. DC_DATA: this prompt can't be held, though others
     * can.
     */
    enum dc_status (*prompt_open)(struct dc_backend *b, const char *text,
                                  size_t n, struct dc_backend_prompt **out,
                                  struct dc_err *err);
    /* required. No trace of it may be running. p may be NULL. */
    void (*prompt_close)(struct dc_backend *b, struct dc_backend_prompt *p);
    /*
     * required, once: make n_slots slots of n_ctx tokens each, prompt and
     * answer together. n_ctx 0, without caps.counts_prompt only: whatever the
     * server has.
     */
    enum dc_status (*begin)(struct dc_backend *b, unsigned n_slots,
                            unsigned n_ctx, struct dc_err *err);
    /*
     * required. The slot must be free, prompt->n_tok < n_ctx where both are
     * known. On a status other than DC_OK it stays free. Waits for nothing.
     */
    enum dc_status (*start)(struct dc_backend *b, unsigned slot,
                            const struct dc_trace_req *req, struct dc_err *err);
    /* required. The slot must be busy; it is free afterwards, and no later poll
     * has an event of its trace. */
    void (*cancel)(struct dc_backend *b, unsigned slot);
    /*
     * required. Up to max events, of a slot's in their order; max >= n_slots.
     * A backend in this process works until it has one if a slot is busy; one
     * that waits for servers does so for wait_ms at most, less when a signal
     * comes, and may return none. A trace gets on for ever or ends; a slot is
     * free from the END on, in the same batch of events too. On a status other
     * than DC_OK there are no events and the same slots are busy as before; the
     * backend can't go on.
     */
    enum dc_status (*poll)(struct dc_backend *b, unsigned wait_ms,
                           struct dc_event *ev, size_t max, size_t *n_ev,
                           struct dc_err *err);
    /*
     * required with caps.vocabulary. Append the text of a token, for lists of
     * top log-probabilities: any bytes, a part of a character too; of a control
     * token its name.
     */
    void (*token_text)(struct dc_backend *b, int32_t id, struct dc_buf *out);
    /* optional; default: all zero */
    void (*times)(struct dc_backend *b, struct dc_backend_times *out);
    /* optional; default: all zero */
    void (*traffic)(struct dc_backend *b, struct dc_backend_traffic *out);
};

const struct dc_backend_ops *const *dc_backends(size_t *n);
const struct dc_backend_ops *dc_backend_find(const char *name);

/* "libllama 0.5.0", and which CPU kernels were chosen where there is a choice:
 * ", CPU kernels haswell". Binding for a run file. Static. */
const char *dc_backend_llama_version(void);
extern const struct dc_backend_ops dc_backend_llama;

#endif
