/*
 * openai_probe.h - what a server with OpenAI's interface can do, and what it
 * gets wrong: found by asking, once for each URL, before the first prompt.
 *
 * Servers differ, and many answer what was not asked: fields are dropped in
 * silence, log-probabilities are zeros, placeholders or those of another token,
 * lists are displaced. So nothing is believed by a server's name. The probe
 * sends a few requests of up to 8 tokens, in which each thing shows by its
 * values, and says what it saw in notes, with the thread that describes a known
 * fault.
 *
 * What could not be found out is the careful one of two answers (a rank may be
 * displaced, the text is not spelt by its tokens), and a note says so.
 */
#ifndef DC_INFER_OPENAI_PROBE_H
#define DC_INFER_OPENAI_PROBE_H

#include "infer/server.h"
#include "infer/stream_check.h"

enum dc_logprob_mode {
    DC_LOGPROB_UNKNOWN,
    DC_LOGPROB_RAW,      /* of the model */
    DC_LOGPROB_PROCESSED /* after the temperature or other samplers */
};
/* Where a model's thoughts are. */
enum dc_reasoning {
    DC_REASONING_NONE,  /* nowhere in what the probe saw */
    DC_REASONING_FIELD, /* in reasoning_content or reasoning */
    DC_REASONING_TAGS,  /* in the text, between marks */
    DC_REASONING_HIDDEN /* counted in usage, and not sent */
};
/* Something that one answer may say and another not. */
enum dc_known { DC_KNOWN_NOT, DC_KNOWN_NO, DC_KNOWN_YES };

const char *dc_logprob_mode_name(enum dc_logprob_mode m); /* "raw" */
const char *dc_reasoning_name(enum dc_reasoning r);       /* "field" */

struct dc_probe_note {
    bool fault; /* figures made of such answers would be wrong */
    char *text; /* a line, safe to show */
};

/* An entry of a list. */
struct dc_probe_alt {
    char *bytes; /* [n]; NULL: none */
    uint32_t n;
    int32_t id; /* -1: none */
    double logprob;
};

/* Strings are malloc'ed, any bytes, and freed by dc_probe_release(); NULL: not
 * told. */
struct dc_probe {
    char *url;         /* safe to show */
    char *model;       /* the name to ask for */
    char *fingerprint; /* system_fingerprint, of the server's state */
    char *server;      /* "vLLM 0.32.0", "llama-server b1234-abcdef" */
    char *path;        /* of the model there, or its name elsewhere: what tells
                          two apart that are served by one name */
    unsigned takes;    /* enum dc_server_takes: does not refuse, and where that
                          shows (top_k, min_p) acts on */
    bool takes_seed;
    enum dc_api api;        /* that was asked */
    bool chat, completions; /* which interfaces answer */
    bool logprobs;          /* at all */
    unsigned n_top_max;     /* alternatives it gives, as far as was asked for */
    bool displaces; /* a sampled token that is not among the most probable
                       stands in place of the last of them, or may do so */
    unsigned k_max; /* the largest k of an exact C; 0: none */
    bool bytes;     /* alternatives have a list of bytes; else their text */
    bool ids;       /* tokens have ids */
    bool spells;    /* the tokens' texts are the answer's text */
    bool lists_thoughts;     /* tokens of thoughts are in the list, too */
    enum dc_known eos_token; /* the end comes as a token of the list */
    bool usage;              /* counts in a stream */
    bool stream; /* streamed lists are right, and those that are not streamed */
    bool whole; /* an answer in one piece has the text, tokens, lists and counts
                   of its stream: seen of one answer, to its last token */
    bool several;      /* n > 1 in one request gives n choices */
    bool together;     /* and each is right in one piece, has the seed plus its
                          index, and shares the work on the prompt: what traces of
                          one prompt may be asked for as */
    bool counts_first; /* usage is that of the first choice alone */
    bool seed_repeats; /* the same seed gave the same tokens twice */
    bool prompt_logprobs; /* of given tokens: vLLM's field */
    enum dc_logprob_mode mode;
    enum dc_known markers; /* of a template are read in a user's text */
    enum dc_known think;   /* enable_thinking changes the prompt; with `whole`
                              or c->think only */
    enum dc_reasoning reasoning;
    enum dc_known shares;       /* n choices of one request share the prompt's
                                   work: by the server's counts, or with
                                   `whole` by the clock */
    unsigned n_ctx;             /* tokens; 0: not told */
    unsigned n_slots;           /* 0: not told */
    uint64_t n_params, n_bytes; /* of the model; 0: not told */
    unsigned n_request;         /* that the probe took */
    /* with `whole` or c->closes only */
    enum dc_known
        abort_stops; /* closing a connection stops the server's work */
    double abort_ms; /* until it had stopped, at most */
    /* with `whole` only */
    double share_ratio;           /* time of four choices by that of one; 0: not
                                     measured, as the server tells whether they share */
    struct dc_stream_check check; /* of the lists as a run would get them */
    /* the first token's alternatives for the probe's prompt, T = 1 */
    struct dc_probe_alt *first; /* [n_first] */
    size_t n_first;
    struct dc_probe_note *note; /* [n_note] */
    size_t n_note;
};

/* All borrowed. */
struct dc_probe_cfg {
    const char *url, *model; /* model NULL: the only one the server lists */
    const char *key;         /* its value, never shown; NULL: none */
    const char
        *key_env; /* the variable it is from, for messages; may be NULL */
    enum dc_api api;
    unsigned k, n_top; /* wanted by the run; both 0: 20 */
    enum dc_think think;
    const char *system;                   /* NULL: none */
    const struct dc_request_args *args;   /* NULL: none */
    unsigned connect_s, silence_s, tries; /* of a request; 0: the defaults */
    bool closes; /* also whether an abort stops the server */
    bool whole;  /* also what a run does not need: that, what n shares, every
                    family's markers */
    struct dc_server_watch watch;
};

/* Of URL i of s as it is to be asked; what s does not have is empty. */
struct dc_probe_cfg dc_probe_cfg_of(const struct dc_server_cfg *s, size_t i);

/*
 * DC_BACKEND: no server, no such model, a key that is refused, no such
 * interface: which URL, what was expected, what came, what to do. A server that
 * gives no log-probabilities, or wrong ones, is DC_OK: *out says so. On failure
 * *out is empty.
 */
enum dc_status dc_openai_probe(const struct dc_probe_cfg *c,
                               struct dc_probe *out, struct dc_err *err);
void dc_probe_release(struct dc_probe *p);
/*
 * Several URLs at the same time: out[i] of c[i]. *n_done: so many of the first
 * were probed; on failure the next one's is returned, and those behind it are
 * empty. Who looks on is told of one question at a time, counted over all.
 */
enum dc_status dc_openai_probe_all(const struct dc_probe_cfg *c, size_t n,
                                   struct dc_probe *out, size_t *n_done,
                                   struct dc_err *err);

/* Append the names of the fields that it takes: "seed, top_k". */
void dc_probe_takes(const struct dc_probe *p, struct dc_buf *out);
/* Append one JSON object, for the run file and for --json. */
void dc_probe_json(const struct dc_probe *p, struct dc_buf *out);
/* The first fault of the lists as a run would get them, by its row; false:
 * there is none. */
bool dc_probe_bad(const struct dc_probe *p, enum dc_stream_row *row);
/*
 * Are two URLs one server to a run: the same model, fingerprint and state of
 * its lists, and log-probabilities of the probe's prompt within 1e-2, or within
 * 0.25 where both tell as many bytes of weights? DC_BACKEND names both and the
 * first thing that differs.
 */
enum dc_status dc_probe_agree(const struct dc_probe *a,
                              const struct dc_probe *b, struct dc_err *err);

#endif
