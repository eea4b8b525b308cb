/*
 * fake.h - the two sources of traces behind backend_fake.c.
 *
 * Both are pure: position i of a trace is looked up, not drawn from a state, so
 * the backend has nothing to carry from step to step but i.
 */
#ifndef DC_INFER_FAKE_H
#define DC_INFER_FAKE_H

#include "base/buf.h"
#include "infer/backend.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

/* What stands at one position of a trace: a token, or its end. */
struct dc_fake_at {
    bool has_token;
    struct dc_token token;
    const char *piece; /* borrowed from the source, or from the buffer given */
    size_t n_piece;
    const struct dc_top_logprob *top; /* [n_top] of a script; NULL */
    size_t n_top;
    enum dc_finish finish; /* without a token: how the trace ends */
};

/* ---- "random:KEY=VALUE,..." (fake_random.c) ---- */

struct dc_fake_random {
    double refuse;        /* mean share of refusals, 0 .. 1 */
    unsigned len;         /* mean tokens of a trace */
    unsigned vocab;       /* token ids */
    unsigned trace_error; /* every Nth trace of a prompt fails; 0: none */
    unsigned k;           /* of the token confidence */
    bool server;          /* what servers are: see backend_fake.c */
    double lose;          /* share of attempts that break off; of a server */
    unsigned chunk;       /* tokens of a trace in one poll */
    unsigned room;        /* traces that a server works on; 0: any number */
    /* faults that do not show in any trace */
    bool fail_open;
    unsigned fail_start; /* from this start on, counted from 1; 0: never */
    unsigned fail_step;  /* the same of steps */
    unsigned step_us;    /* time a step takes, in microseconds */
};

/*
 * Read the keys behind "random:". *canon becomes the notation without
 * fail_start, fail_step, step_us, room and chunk, which a resumed run may drop.
 * DC_USAGE for an unknown key or a value outside its range.
 */
enum dc_status dc_fake_random_parse(const char *keys,
                                    struct dc_fake_random *out,
                                    struct dc_buf *canon, struct dc_err *err);

/* Position i of the trace of req (prompt text and sampling don't matter). */
struct dc_fake_at dc_fake_random_at(const struct dc_fake_random *r,
                                    const struct dc_trace_req *req, unsigned i,
                                    struct dc_buf *piece);
/*
 * The n most probable tokens at position i, where `tok` was sampled: out [n].
 * They agree with the record as those of a model do (conf.h). How many: n, or
 * none if k is 1, as C is then the first one's, and records here know nothing
 * of each other.
 */
size_t dc_fake_random_top(const struct dc_fake_random *r,
                          const struct dc_token *tok, size_t n,
                          struct dc_top_logprob *out);
/* Append the text of a token. */
void dc_fake_random_text(int32_t id, struct dc_buf *out);

/* ---- "script:FILE.json" (fake_script.c) ---- */

struct dc_fake_script;
struct dc_fake_scene; /* the traces of one prompt */

/* DC_BACKEND: the file can't be read or is no script. Free it with _free. */
enum dc_status dc_fake_script_load(const char *path,
                                   struct dc_fake_script **out,
                                   struct dc_err *err);
void dc_fake_script_free(struct dc_fake_script *s); /* s may be NULL */
size_t dc_fake_script_n_vocab(const struct dc_fake_script *s);
bool dc_fake_script_can_think(const struct dc_fake_script *s);
/* The traces of a prompt, or the default ones, or NULL. */
const struct dc_fake_scene *dc_fake_script_find(const struct dc_fake_script *s,
                                                const char *text, size_t n);
/* Position i of trace `index`; the traces are gone through in a circle. */
struct dc_fake_at dc_fake_scene_at(const struct dc_fake_scene *s,
                                   uint32_t index, unsigned i);

/* Append the text of the first token or alternative of the script with this
 * id; nothing if there is none. */
void dc_fake_script_text(const struct dc_fake_script *s, int32_t id,
                         struct dc_buf *out);

#endif
