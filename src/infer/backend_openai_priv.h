/*
 * backend_openai_priv.h - what the files of backend_openai share: its state
 * (backend_openai.c), what its servers can do (backend_openai_facts.c), and
 * what came of them as events (backend_openai_poll.c).
 */
#ifndef DC_INFER_BACKEND_OPENAI_PRIV_H
#define DC_INFER_BACKEND_OPENAI_PRIV_H

#include "infer/backend.h"
#include "infer/openai_client.h"
#include "infer/openai_probe.h"
#include "infer/openai_trace.h"
#include "infer/server.h"

struct dc_ob_prompt {
    struct dc_backend_prompt base; /* first: what callers hold */
    struct dc_ob_prompt *prev, *next;
    char *text; /* [n] */
    size_t n;
    unsigned n_running;
    /* traces of it that differ in their seeds alone: what they have in common,
     * and its number; 0: there was none yet */
    struct dc_sampling sampling;
    unsigned max_tokens;
    uint64_t kin;
};

struct dc_ob_slot {
    bool busy;
    struct dc_openai_req ask;
    bool fresh; /* the trace begins anew with the next poll */
    struct dc_ob_prompt *prompt;
    struct dc_otrace_cfg cfg;
    struct dc_otrace trace;
    size_t n_told;    /* of the trace's ready tokens, by the last poll */
    unsigned pending; /* DC_EVENT_* to be told, but for TOKEN */
    enum dc_finish end;
    bool has_words;
    char words[400];
    double ms;
    unsigned attempt;
    bool whole;        /* the answer came in one piece */
    unsigned endpoint; /* that the answer says it is from, or its URL's */
    bool has_endpoint; /* it has said so */
};

struct dc_ob {
    struct dc_backend base; /* first */
    struct dc_backend_info info;
    struct dc_backend_cfg cfg;
    const char *key; /* of the environment; never shown */
    /* facts */
    struct dc_probe *probe; /* [n_probe] one for each URL */
    /* the same, and behind them those of a server that became another one */
    struct dc_backend_endpoint *endpoint;
    size_t n_probe;
    char *desc;
    unsigned takes;        /* enum dc_server_takes of all servers */
    enum dc_think think;   /* that is asked for */
    unsigned n_asked;      /* alternatives asked for */
    unsigned n_slots_told; /* of each server; 0: not told */
    bool stops; /* the user's arguments name texts that end an answer */
    bool whole; /* answers in one piece are those of streams, at every server */
    bool together;     /* and choices of one request are those of several */
    bool counts_first; /* usage then is that of the first choice, everywhere */
    /* traces */
    struct dc_client *client;
    struct dc_ob_prompt *open;
    struct dc_ob_slot *slot; /* [n_slots] */
    unsigned n_slots;
    unsigned reading; /* a slot that has more to tell; n_slots: none has */
    struct dc_buf body, body_whole;
    uint64_t n_kin;
    uint64_t n_unlisted, n_uncounted; /* as in the traffic */
    uint64_t n_received;
    struct dc_err too_long; /* as in the traffic */
    /* of the last poll */
    struct dc_alt *alt; /* [cap_alt] */
    size_t cap_alt;
    size_t *at; /* [cap_at] the token of each event */
    size_t cap_at;
};

/* Probe every URL of s->cfg and fill in the facts and s->info. DC_USAGE,
 * DC_BACKEND: what is asked for can't be had. */
enum dc_status dc_ob_facts_find(struct dc_ob *s, struct dc_err *err);
void dc_ob_facts_release(struct dc_ob *s);
/* The endpoint of an answer from a URL whose state is called so: one of its own
 * if it is not that of the probe. */
unsigned dc_ob_endpoint(struct dc_ob *s, unsigned url, const char *fingerprint);
void dc_ob_facts_put(const struct dc_ob *s, dc_backend_put *put, void *arg);

enum dc_status dc_ob_poll(struct dc_ob *s, unsigned wait_ms,
                          struct dc_event *ev, size_t max, size_t *n_ev,
                          struct dc_err *err);
/* The slot's trace is over, and its request too. */
void dc_ob_leave(struct dc_ob *s, struct dc_ob_slot *sl);

#endif
