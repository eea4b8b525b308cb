/*
 * thoughts.h - where a model's thoughts end and its answer begins.
 *
 * A thinking model writes its thoughts between two marks and its answer behind
 * them; thoughts.def has the marks of each family. The text is the model's: a
 * mark may be missing, doubled, nested, or only talked about. So a mark counts
 * by where it stands (thoughts.c has the rule), and a text that nobody can
 * divide has no answer rather than a wrong one.
 */
#ifndef DC_BASE_THOUGHTS_H
#define DC_BASE_THOUGHTS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The number of this rule. Any change to where an answer starts raises it: what
 * a run file holds by another number is found anew when it is read.
 */
enum { DC_ANSWER_RULE = 1 };

/*
 * Where the answer in text [n] starts: behind the last span of thoughts, the
 * white space after it and marks that announce an answer; 0 if there are no
 * thoughts. False if the text ends inside its thoughts. `opened`: the chat
 * template ended with an opening mark, so that the text begins inside. How the
 * text came to its end makes no difference.
 */
bool dc_answer_offset(const char *text, size_t n, bool opened, size_t *off);

/* Bytes of answer [n] without the closing marks at its end ("</answer>",
 * "<|im_end|>"); 0 if nothing but white space is left. */
size_t dc_answer_trim(const char *answer, size_t n);

/* How a prompt leaves the thoughts of who goes on with it. */
enum dc_thoughts_end {
    DC_THOUGHTS_NONE,  /* there are no marks in it */
    DC_THOUGHTS_OPEN,  /* within them */
    DC_THOUGHTS_CLOSED /* behind their end */
};
/* Of a template's text [n], in which every mark counts. */
enum dc_thoughts_end dc_thoughts_end(const char *text, size_t n);

/* The first opening mark in the text [n] of a chat template, else the first
 * closing one, and the other of the two, as thoughts.def has them; both NULL:
 * there is none. */
void dc_thoughts_tags(const char *text, size_t n, const char **open,
                      const char **close);

/*
 * Is token [n] a mark of thoughts or of an answer, or a piece of one, such as
 * the "<|channel|>" of "<|channel|>analysis"? Without such tokens a text can't
 * be divided.
 */
bool dc_thought_token(const char *token, size_t n);

/* Bytes of white space s [n] begins with, invisible characters included. */
size_t dc_space_span(const char *s, size_t n);

#endif
