/*
 * openai_client_priv.h - a request of openai_client.h, for openai_client.c
 * (when it is sent and made again), openai_client_read.c (what came) and
 * openai_client_group.c (one request for several places).
 *
 * A request for several, a group, is a request in a place of its own, behind
 * those that callers see. Its members leave and fly with it, and have nothing
 * of the net.
 */
#ifndef DC_INFER_OPENAI_CLIENT_PRIV_H
#define DC_INFER_OPENAI_CLIENT_PRIV_H

#include "base/buf.h"
#include "infer/openai_client.h"
#include "infer/openai_limit.h"
#include "infer/server.h"
#include "net/http.h"
#include "net/sse.h"

enum {
    DC_CLIENT_WHY = 700,          /* bytes of why a request was lost */
    DC_CLIENT_REFUSAL = 64 << 10, /* bytes read of an answer that is none */
    DC_CLIENT_LINGER_MS = 2000    /* that usage and the connection's end may
                                     come behind the end of an answer */
};

enum dc_client_state {
    DC_CLIENT_EMPTY,
    DC_CLIENT_WAITS,  /* to be sent */
    DC_CLIENT_LEAVES, /* the next call of wait() sends it */
    DC_CLIENT_FLIES   /* the net has it */
};

struct dc_client_req {
    enum dc_client_state state;
    struct dc_buf body, body_whole; /* of the second: empty, there is none */
    uint32_t seed;
    unsigned attempt;
    unsigned n_sent;             /* times, before this one */
    unsigned n_lost;             /* attempts that count as retries */
    unsigned n_cycle;            /* times that every URL was tried */
    uint64_t tried;              /* URLs of this cycle, a bit each */
    uint64_t ticket;             /* who came first is sent first */
    double ready_ms;             /* not before */
    uint64_t kin;                /* as in dc_client_ask */
    unsigned n_most;             /* the same */
    struct dc_client_req *group; /* the one it is a choice of; NULL: none */
    unsigned choice;             /* which */
    bool has_told;               /* next() hands out `told` of it */
    enum dc_client_what told;
    bool was_limited;        /* by the last attempt */
    double limited_ms;       /* since when it has heard nothing but 429 */
    char why[DC_CLIENT_WHY]; /* the last attempt was lost */
    /* of the attempt */
    unsigned url;
    unsigned n;               /* choices asked for */
    unsigned n_member;        /* of a group: places that wait for it; else 0 */
    bool asked_whole;         /* for an answer in one piece */
    double sent_ms, token_ms; /* token: or what stands for it */
    int status;               /* 0: no header yet */
    bool has_wait;
    double wait_ms;      /* that the server asks for */
    bool events;         /* the answer is a stream of events */
    bool begun;          /* a chunk came */
    unsigned n_finished; /* choices of which a chunk said how they ended */
    bool finished;       /* the answer is over: all, of a stream, or some */
    bool done;           /* "[DONE]" */
    struct dc_sse sse;
    struct dc_buf whole; /* an answer that is no stream, until it is read */
};

/* What is left to read of an event of the net. */
enum dc_client_phase {
    DC_CLIENT_HEAD,
    DC_CLIENT_FEED,
    DC_CLIENT_DATA,
    DC_CLIENT_TAIL, /* the stream's last, unfinished event */
    DC_CLIENT_END
};

struct dc_client {
    struct dc_client_cfg cfg;
    char *url[DC_SERVER_MAX_URL];   /* [cfg.n_url] with the path */
    char *shown[DC_SERVER_MAX_URL]; /* the same, safe to show */
    struct dc_limit limit[DC_SERVER_MAX_URL];
    struct dc_http *http;
    struct dc_client_req *req; /* [n_all] cfg.n_max places, then groups */
    unsigned n_all;
    struct dc_http_event *ev; /* [n_all], n_ev of them, at at */
    size_t n_ev, at;
    enum dc_client_phase phase; /* of ev[at] */
    struct dc_chunk_reader *reader;
    uint64_t n_ticket;
    unsigned n_waiting;
    unsigned untold; /* place from which on those that leave are told */
    bool lost_whole; /* an answer in one piece, where a stream might do */
    bool is_ending;  /* req[ending] is over, unless it is rejected now */
    unsigned ending;
    unsigned n_told; /* places with has_told, which next() hands out first */
    bool spreads;    /* and then, to the members from place `spread_at` on, what
                        came of their group */
    struct dc_client_event spread;
    unsigned spread_at;
    struct dc_client_counts counts;
    struct dc_err fatal; /* status DC_OK: there is none */
};

/* Why an attempt is over that gave no answer. */
enum dc_client_loss {
    DC_CLIENT_LOST,    /* by the net or the server */
    DC_CLIENT_AWAY,    /* nobody was there */
    DC_CLIENT_LIMITED, /* too many requests */
    DC_CLIENT_WRONG    /* an answer that can't be right */
};

/* next() hands it out of the place. */
void dc_client_tell(struct dc_client *c, struct dc_client_req *r,
                    enum dc_client_what what);

/*
 * The attempt is over, for r->why, and is made again; *e becomes its RESTART,
 * or FAILED if it is not made again and fails alone, or HELD. False: there is
 * nothing to tell, as the server drew nothing; or it is not made again, and the
 * client has its error; or it is a group, of whose members next() tells.
 */
bool dc_client_again(struct dc_client *c, struct dc_client_req *r,
                     enum dc_client_loss loss, struct dc_client_event *e);
/* The same, of one that has left already and whose URL has the blame. */
bool dc_client_once_more(struct dc_client *c, struct dc_client_req *r,
                         enum dc_client_loss loss, double now,
                         struct dc_client_event *e);
/* The server has taken nothing of the request; false: nobody wants to know, or
 * it is a group. */
bool dc_client_held(struct dc_client *c, struct dc_client_req *r,
                    struct dc_client_event *e);
/* The request is over for r->why, in the server's own words; false: it is a
 * group. */
bool dc_client_refused(struct dc_client *c, struct dc_client_req *r,
                       enum dc_client_what what, struct dc_client_event *e);
/* No request can be answered: "URL: r->why" and the advice. */
void dc_client_give_up(struct dc_client *c, const struct dc_client_req *r,
                       const char *advice);
/* The request is over, and its place empty. */
void dc_client_leave(struct dc_client *c, struct dc_client_req *r);
/* Fill in what every event of a request says. */
void dc_client_fill(const struct dc_client *c, const struct dc_client_req *r,
                    enum dc_client_what what, struct dc_client_event *e);
/* It is no longer waiting and about to be sent to the URL. */
void dc_client_departs(struct dc_client *c, struct dc_client_req *r, size_t url,
                       double now);
/* An attempt begins, of which nothing has come. */
void dc_client_flies(struct dc_client_req *r, bool whole, double now);
/* May it be asked for in one piece there? */
bool dc_client_may_be_whole(const struct dc_client *c,
                            const struct dc_client_req *r, size_t url);
/* Read on in c->ev[c->at]; false: it has nothing more. */
bool dc_client_read(struct dc_client *c, struct dc_client_event *e);

/* ---- openai_client_group.c ---- */

/* A group of r, which is due, and those that are due with it; it leaves for the
 * URL. False: r is alone. */
bool dc_client_gather(struct dc_client *c, struct dc_client_req *r, size_t url,
                      double now);
/* The group flies. */
void dc_client_group_flies(struct dc_client *c, const struct dc_client_req *g,
                           double now);
/* A member is no longer one; without any a group is over. */
void dc_client_quit(struct dc_client *c, struct dc_client_req *r);
/* The group is over, lost in this way: each of its members is made again. */
void dc_client_scatter(struct dc_client *c, struct dc_client_req *g,
                       enum dc_client_loss loss, double now);
/* Tell each member that `what` came of the group; over: it is empty now. */
void dc_client_tell_members(struct dc_client *c, struct dc_client_req *g,
                            enum dc_client_what what, bool over);
/* The next member that c->spread is to be handed to; false: all have it. */
bool dc_client_spread(struct dc_client *c, struct dc_client_event *e);

#endif
