/*
 * judge_name.c - judges that had another name (judge_name.h).
 */
#include "base/judge_name.h"

#include "base/mem.h"

#include <stddef.h>
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

bool dc_judge_name_same(const char *a, const char *b)
{
    return !strcmp(dc_judge_name_now(a), dc_judge_name_now(b));
}
