/*
 * judge_name.h - the names under which a judge may stand in a run file.
 *
 * A name that was once stored keeps its meaning for ever. A judge with a better
 * name answers to both: the one that is typed is the label in a new file, and a
 * file that has verdicts under the other goes on under that one.
 */
#ifndef DC_BASE_JUDGE_NAME_H
#define DC_BASE_JUDGE_NAME_H

#include <stdbool.h>

/* The name that the judge has today; what is no former name as it is. */
const char *dc_judge_name_now(const char *name);
/*
 * A rule of a stored verdict as people read it: "no rule matched" for what
 * stands for none, "phrase 3" for request/3, as files have the phrases of
 * phrases10; any other as it is. buf is used or not.
 */
enum { DC_RULE_SAYS = 32 };
const char *dc_rule_says(const char *rule, char buf[DC_RULE_SAYS]);
/* Are these two names, or labels, of one judge? */
bool dc_judge_name_same(const char *a, const char *b);

#endif
