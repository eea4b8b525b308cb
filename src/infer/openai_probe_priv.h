/*
 * openai_probe_priv.h - the probe's parts: what it knows so far, one question
 * and its answer, and what follows from them.
 */
#ifndef DC_INFER_OPENAI_PROBE_PRIV_H
#define DC_INFER_OPENAI_PROBE_PRIV_H

#include "base/arena.h"
#include "base/json.h"
#include "infer/openai_call.h"
#include "infer/openai_probe.h"

enum {
    DC_PROBE_CHOICES = 4, /* of an answer, that are kept */
    DC_PROBE_TOKENS = 8,  /* of a choice, asked for */
    DC_PROBE_TOP = 20     /* alternatives, where nobody says how many */
};

/*
 * Nats by which lists of one prompt and the same weights may differ: what a
 * server answers beside a request, or answered before it, moves its arithmetic.
 * Of Qwen2.5-Coder-0.5B (Q4_K_M) with llama-server 0.15 nats were seen of a
 * token at -6 that was asked for twice, and 0.1 between two servers.
 */
#define DC_PROBE_MOVED 0.25

struct dc_probe_choice {
    struct dc_chunk_tok
        *tok; /* [n_tok] their alternatives in the answer's alt */
    size_t n_tok;
    struct dc_buf text, reasoning;
    enum dc_finish finish;
    bool seen;
};

/* What came of one question. */
struct dc_probe_answer {
    struct dc_arena arena; /* of all bytes and of tok */
    struct dc_probe_choice choice[DC_PROBE_CHOICES];
    unsigned n_choice;        /* that were seen, those beyond four too */
    struct dc_chunk_alt *alt; /* [n_alt] of all tokens */
    size_t n_alt;
    struct dc_chunk_usage usage;
    char *fingerprint, *model; /* in the arena; NULL */
    uint32_t odd[DC_CHUNK_N_ODD];
    unsigned most_a_chunk; /* tokens of one choice */
    unsigned n_computed;   /* times that it tells how many tokens of the prompt
                              were computed ... */
    uint64_t computed;     /* ... and the most of them */
    bool failed;           /* an error came in place of chunks, in words */
    struct dc_buf words;
    struct dc_err why; /* of a refusal: for who can't go on */
    int status;        /* of HTTP, of a refusal; 0: in a stream */
    unsigned n_asked;  /* alternatives asked for, in the end */
    double ms;
    json_t *json; /* of an answer that was not streamed; NULL */
};

struct dc_probe_ask {
    const char *text;
    unsigned n, n_top, max_tokens;
    double temperature;
    uint32_t seed;
    bool top_k, min_p; /* as strict as can be: only the most probable token */
    bool stream;
    enum dc_think think;
    const struct dc_request_args *args; /* NULL: the run's */
    /* A refusal that speaks of this word is an answer: *refused. NULL: none. */
    const char *may_lack;
    bool first; /* a refusal that names nothing may be of any field */
    /* Closes the connection when it is true; asked after each chunk, from 1.
     * NULL: never. */
    bool (*enough)(void *arg, unsigned n_chunk);
    void *arg;
};

/* The probe under way. */
struct dc_prober {
    const struct dc_probe_cfg *cfg;
    struct dc_call *call;
    struct dc_probe *p;
    struct dc_call_cfg call_cfg; /* of call */
    unsigned n_ask;              /* alternatives to ask for at most */
    char *template;              /* the chat template's text; NULL: not told */
    char *listed;   /* models that the server lists, for a message; NULL */
    bool is_listed; /* the model is one of them */
    bool lists;     /* it lists models at all */
    bool displaced; /* it was seen */
    const struct dc_probe_answer *first; /* the streamed answer */
    unsigned n_step;                     /* told so far */
};

/* ---- openai_probe_server.c ---- */

/* What GETs say: the model, its context, the server. DC_BACKEND: no server, or
 * it has another model. */
enum dc_status dc_probe_server(struct dc_prober *b, struct dc_err *err);

/* ---- openai_probe.c ---- */

/* Who looks on is told that `what` is asked now. */
void dc_probe_tell(struct dc_prober *b, const char *what);

/* Ask for n alternatives, and take nothing else from the answer: how many came,
 * or what number below n a refusal tells; 0: neither. */
enum dc_status dc_probe_list(struct dc_prober *b, unsigned n, unsigned *got,
                             unsigned *told, struct dc_err *err);

/* ---- openai_probe_ask.c ---- */

struct dc_probe_ask dc_probe_ask_default(const struct dc_prober *b,
                                         const char *text);
/*
 * Ask, with all fields that the server takes as far as is known; one that it
 * refuses is left out from then on. *refused: it says no for another reason,
 * whose words are in out. DC_BACKEND: no answer, or a refused key.
 */
enum dc_status dc_probe_ask(struct dc_prober *b, const struct dc_probe_ask *q,
                            struct dc_probe_answer *out, bool *refused,
                            struct dc_err *err);
void dc_probe_answer_init(struct dc_probe_answer *a);
void dc_probe_answer_release(struct dc_probe_answer *a);
/* The largest number below `below` in the words of a refusal; 0: there is
 * none. */
unsigned dc_probe_number(const char *s, unsigned below);

/* ---- openai_probe_several.c ---- */

/*
 * From several choices in one piece at T = 2, the answer to q: may they be
 * traces? Asks on where only more answers can tell.
 */
enum dc_status dc_probe_several(struct dc_prober *b,
                                const struct dc_probe_ask *q,
                                const struct dc_probe_answer *hot,
                                struct dc_err *err);

/* ---- openai_probe_say.c ---- */

/* What a server may take beyond OpenAI's interface, as requests and refusals
 * name it; ends with a name of NULL. */
struct dc_probe_field {
    unsigned bit; /* enum dc_server_takes */
    const char *name;
};
extern const struct dc_probe_field dc_probe_fields[];

/* ---- openai_probe_find.c: pure ---- */

void dc_probe_note(struct dc_probe *p, bool fault, const char *fmt, ...)
    DC_PRINTF(3, 4);
/* All tokens of an answer, through the checks of a stream. */
void dc_probe_check(const struct dc_probe_answer *a, struct dc_stream_check *c);
/* Tokens at the beginning of both that are the same. */
size_t dc_probe_same(const struct dc_probe_choice *x,
                     const struct dc_probe_choice *y);
/* From the first answer, streamed: lists, usage, thoughts. */
void dc_probe_find_first(struct dc_prober *b, const struct dc_probe_answer *a);
/* From the same question, not streamed. */
void dc_probe_find_whole(struct dc_prober *b, const struct dc_probe_answer *a,
                         const struct dc_probe_answer *whole);
/* From several choices with short lists; heated: at T = 2. */
void dc_probe_find_hot(struct dc_prober *b, const struct dc_probe_answer *a,
                       const struct dc_probe_answer *hot, bool heated);
/* From a short answer to its end. */
void dc_probe_find_end(struct dc_prober *b, const struct dc_probe_answer *a);
/* Has every token the largest log-probability of its list? */
bool dc_probe_is_greedy(const struct dc_probe_answer *a);
/* Whatever was not found out. */
void dc_probe_find_rest(struct dc_prober *b);

/* ---- openai_probe_more.c: what not every run wants ---- */

unsigned
dc_probe_more_count(const struct dc_probe_cfg *c); /* of its questions */
enum dc_status dc_probe_more(struct dc_prober *b, struct dc_err *err);

/* ---- openai_probe_marker.c ---- */

/* Are the markers of chat templates read in a user's text? */
enum dc_status dc_probe_markers(struct dc_prober *b,
                                const struct dc_probe_ask *base,
                                const struct dc_probe_answer *a,
                                struct dc_err *err);

#endif
