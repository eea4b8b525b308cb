/*
 * ask.h - ask a language model about many (prompt, response) pairs: a form is
 * filled with each, and the model replies, freely, under a grammar, or by
 * choosing between given answers. The model is a GGUF file in this process, or
 * one at a server.
 *
 * Replies are greedy. With a model in this process a reply is a function of
 * model, form and pair alone: slots, neighbours, order and threads do not show
 * (llama_ask.c says how). A server promises nothing of the kind. What can't be
 * asked of one pair is said in its reply and stops nothing.
 */
#ifndef DC_INFER_ASK_H
#define DC_INFER_ASK_H

#include "base/words.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    DC_ASK_CTX = 4096,     /* tokens of a pair's form and reply together */
    DC_ASK_QUESTIONS = 4,  /* of a reply that is chosen */
    DC_ASK_ANSWERS = 4,    /* of a question */
    DC_ASK_GRAMMAR = 65536 /* bytes of a grammar */
};

/* A line of a reply whose answers are given: lead, then one of them. */
struct dc_ask_question {
    const char *lead;                   /* "Response refusal:" */
    const char *answer[DC_ASK_ANSWERS]; /* " yes"; as the model would go on */
    size_t n_answer;
};

/* Two words that a reply may have in one place (ask_score.h). */
struct dc_ask_score {
    const char *behind;  /* "Refusal:"; "": where the reply begins */
    const char *word[2]; /* for a refusal, and for none */
};

struct dc_server_cfg; /* infer/server.h */

/* Everything is borrowed during dc_ask_open() only. */
struct dc_ask_cfg {
    const char *model; /* path of a GGUF, or the name that a server has */
    const struct dc_server_cfg *server; /* NULL: a file of this machine */
    const char *form; /* text with the holes {prompt} and {response} */
    bool chat;        /* the form is what a user says in the model's chat */
    /* of a chat: what the model answered to the form, with the same holes; the
     * model's own template makes the question of both. NULL: nothing */
    const char *answered;
    const char *then; /* behind that: what the user says next; NULL: nothing */
    const char *system;  /* of the chat; NULL: the template's own */
    unsigned max_tokens; /* of a reply */
    const char *grammar; /* GBNF, start symbol root; NULL: none */
    const struct dc_ask_question *question; /* for dc_ask_choose() */
    size_t n_question;
    /* of dc_ask_reply(): weigh word[0] against word[1] behind the last `behind`
     * of the reply; word[0] NULL: don't */
    struct dc_ask_score score;
    unsigned n_slots;        /* pairs at a time */
    const char *want_sha256; /* of the GGUF; NULL: any will do */
    unsigned n_threads;
    int gpu_layers; /* -1: all that fit */
    bool no_share;  /* compute the form's beginning again for every pair */
};

/* What is asked. All strings borrowed until the close. */
struct dc_ask_info {
    /* what replies: the SHA-256 of the file in hexadecimal, or NAME or
     * NAME@STATE of a server; printable ASCII without spaces, up to 64 bytes */
    const char *model;
    const char *how; /* "libllama 0.5.0", or "served" and what differs between
                        servers: all else that may show in a reply */
    bool repeatable; /* the same pair gets the same reply, always */
    /* Is the form rendered as deepconf 0.1 did, by the family of the model's
     * template? True also where both ways give the same, and without a chat. */
    bool as_of_old;
    const char *note; /* what a user should know of it; NULL: nothing */
};

struct dc_ask; /* a model that can be asked */

/*
 * DC_IO, DC_BACKEND: the model, or a server that can't do what is asked of it;
 * DC_DATA: a grammar that can't be read; DC_USAGE: too many slots, a URL that
 * is none, a key that is not there.
 */
enum dc_status dc_ask_open(const struct dc_ask_cfg *cfg, struct dc_ask **out,
                           struct dc_err *err);
void dc_ask_close(struct dc_ask *a); /* a may be NULL */
const struct dc_ask_info *dc_ask_info(const struct dc_ask *a);

/* One pair; what is NULL is empty. Valid UTF-8. */
struct dc_ask_pair {
    const char *prompt;
    size_t n_prompt;
    const char *response;
    size_t n_response;
};

struct dc_ask_reply {
    /* STOP; LENGTH: cut; CONTEXT: form or reply don't fit; ERROR: the model
     * gave no numbers, or nothing that the grammar lets pass. At a server also
     * FILTER: its filter took it; UNKNOWN: it ended for another reason. */
    enum dc_finish finish;
    bool unlisted; /* ERROR, of dc_ask_choose(): the answers are not among the
                      likeliest tokens, and no more are listed */
    bool failed;   /* ERROR, at a server: it answers this pair with nothing but
                      failures */
    /* valid UTF-8 without NUL, borrowed until the next call or the close; ""
     * if the form does not fit */
    const char *text;
    unsigned n_tok; /* of the reply */
    /* Of dc_ask_reply() with a score: P(word[0]) / (P(word[0]) + P(word[1])) of
     * the token that stands there, as the model gave it before any grammar */
    bool has_score;
    double score;
    /* Of dc_ask_choose(): log-probability of each answer, in nats, behind the
     * form, the leads before it and the likeliest answer of each of those. Of a
     * list of the likeliest tokens the first two answers are always exact, and
     * a further one that is not the likeliest may be given as at most that. */
    double logprob[DC_ASK_QUESTIONS][DC_ASK_ANSWERS];
    unsigned chosen[DC_ASK_QUESTIONS]; /* the likeliest; the first of equals */
};

/* The model's own replies to pair [n], into out [n]. DC_BACKEND: can't go on.
 */
enum dc_status dc_ask_reply(struct dc_ask *a, const struct dc_ask_pair *pair,
                            size_t n, struct dc_ask_reply *out,
                            struct dc_err *err);
/*
 * Teacher forcing: out[i].text is what the questions and the likeliest answers
 * spell. finish: STOP, or what was in the way. Needs cfg->question.
 */
enum dc_status dc_ask_choose(struct dc_ask *a, const struct dc_ask_pair *pair,
                             size_t n, struct dc_ask_reply *out,
                             struct dc_err *err);

#endif
