/*
 * file_names.c - names of files: those that the request asked for where a run
 * has toxicity labels, and ones that fit where its labels say something else
 * (output.h).
 */
#include "report/output.h"

#include <string.h>

static const struct {
    const char *asked, *fits;
} file_name[] = {
    {"confidence_by_toxicity", "confidence_by_label"},
    {"percentile_safety_curves", "percentile_curves"},
    {"percentile_safety_analysis", "percentile_analysis"},
};
enum { N_FILE_NAME = sizeof file_name / sizeof *file_name };

const char *dc_output_name(const struct dc_facts *f, const char *asked)
{
    for (size_t i = 0; i < N_FILE_NAME && !f->names_asked; i++)
        if (!strcmp(file_name[i].asked, asked))
            return file_name[i].fits;
    return asked;
}

const char *dc_output_asked(const char *name)
{
    for (size_t i = 0; i < N_FILE_NAME; i++)
        if (!strcmp(file_name[i].fits, name))
            return file_name[i].asked;
    return name;
}

bool dc_output_names_asked(const struct dc_summary *s)
{
    const char *data = dc_summary_config(s, "data.benchmark", "");
    return !strcmp(data, "toxicchat") || !strcmp(data, "wildguardmix") ||
           !strcmp(data, "wildguard");
}
