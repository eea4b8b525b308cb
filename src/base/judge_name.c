/*
 * judge_name.c - judges that had another name (judge_name.h).
 */
#include "base/judge_name.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *former, *now;
} judge_renamed[] = {{"keywords-request", "phrases10"}};

const char *dc_judge_name_now(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(judge_renamed); i++)
        if (!strcmp(judge_renamed[i].former, name))
            return judge_renamed[i].now;
    return name;
}

const char *dc_rule_says(const char *rule, char buf[DC_RULE_SAYS])
{
    static const char phrase[] = "request/";
    const char *tail = strrchr(rule, '/');
    tail = tail ? tail + 1 : rule;
    if (!strcmp(tail, "none"))
        return "no rule matched";
    if (strncmp(rule, phrase, sizeof phrase - 1) != 0 || strlen(tail) > 2)
        return rule;
    snprintf(buf, DC_RULE_SAYS, "phrase %.2s", tail);
    return buf;
}

bool dc_judge_name_same(const char *a, const char *b)
{
    return !strcmp(dc_judge_name_now(a), dc_judge_name_now(b));
}
