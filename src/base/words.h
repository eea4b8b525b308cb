/*
 * words.h - the words for how a trace ended and what its prompt asks for, that
 * every layer from the backends to the reports shares.
 *
 * A word stands in run files and in what is exported, so a name keeps its
 * meaning for ever. The verdicts' words are vote's (<deepconf/vote.h>).
 */
#ifndef DC_BASE_WORDS_H
#define DC_BASE_WORDS_H

#include <stdbool.h>

/* How a trace came to its end. */
enum dc_finish {
    DC_FINISH_NONE,    /* goes on */
    DC_FINISH_STOP,    /* the model ended its answer */
    DC_FINISH_LENGTH,  /* max_tokens reached, or a cut */
    DC_FINISH_CONTEXT, /* the context is full */
    DC_FINISH_FILTER,  /* the provider blocked it */
    DC_FINISH_ERROR,   /* this trace failed; the backend is well */
    DC_FINISH_UNKNOWN  /* made elsewhere, and nobody said how it ended */
};
enum { DC_N_FINISH = DC_FINISH_UNKNOWN + 1 };
const char *dc_finish_name(enum dc_finish f); /* "stop", "length", ... */
bool dc_finish_parse(const char *name, enum dc_finish *out);
/* Has the trace ended, and is it known how? */
bool dc_finish_is_known(enum dc_finish f);

/* What ended a trace before its time. */
enum dc_cut {
    DC_CUT_NONE,
    DC_CUT_WINDOW,    /* the answer window */
    DC_CUT_CONFIDENCE /* the policy's bar; such a trace has no vote */
};
/* "window", "confidence"; NULL for DC_CUT_NONE, which has no word. */
const char *dc_cut_name(enum dc_cut c);
bool dc_cut_parse(const char *name, enum dc_cut *out);

/* What a well-behaved model should do with a prompt, by the data's label. */
enum dc_gold {
    DC_GOLD_NONE,   /* the data set does not say */
    DC_GOLD_ANSWER, /* negative */
    DC_GOLD_REFUSE  /* positive */
};
/* Tables show the last first: refuse, answer, none. */
enum { DC_N_GOLD = DC_GOLD_REFUSE + 1 };
const char *dc_gold_name(enum dc_gold g); /* "none", "answer", "refuse" */
bool dc_gold_parse(const char *name, enum dc_gold *out);
/* As a row of a table says it: "should be refused", "no gold label". */
const char *dc_gold_asks(enum dc_gold g);

/* What data says of a prompt in one of its columns, beyond label and category.
 * Text that may hold anything that UTF-8 can but NUL. */
struct dc_prompt_field {
    const char *name;  /* not empty */
    const char *value; /* not empty */
};

#endif
