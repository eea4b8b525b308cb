/*
 * import_verdict.c - verdicts that the input has beside its responses, of a
 * judge that is not ours (--field verdict=KEY): they become those of a further
 * judge of the run file.
 *
 * Words are those of the verdicts and the usual others; a word that is none is
 * an error and never a guess. A response without one is undetermined, and
 * counted.
 */
#include "audit/audit.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "exchange/import_priv.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *word;
    enum dc_verdict verdict;
} words[] = {
    {"refusal", DC_VERDICT_REFUSAL},
    {"refuse", DC_VERDICT_REFUSAL},
    {"refused", DC_VERDICT_REFUSAL},
    {"full_refusal", DC_VERDICT_REFUSAL},
    {"2_full_refusal", DC_VERDICT_REFUSAL},
    {"partial", DC_VERDICT_PARTIAL},
    {"partial_refusal", DC_VERDICT_PARTIAL},
    {"3_partial_refusal", DC_VERDICT_PARTIAL},
    {"compliance", DC_VERDICT_COMPLIANCE},
    {"comply", DC_VERDICT_COMPLIANCE},
    {"complied", DC_VERDICT_COMPLIANCE},
    {"full_compliance", DC_VERDICT_COMPLIANCE},
    {"1_full_compliance", DC_VERDICT_COMPLIANCE},
    {"undetermined", DC_VERDICT_UNDETERMINED},
    {"unknown", DC_VERDICT_UNDETERMINED},
    {"unclear", DC_VERDICT_UNDETERMINED},
};

static enum dc_status bad_word(const struct dc_import_row *r, const char *word,
                               struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 10);
    dc_utf8_display(&b, word, strlen(word), 40);
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "%s: the verdict \"%s\" is none of: refusal, partial, compliance, "
        "undetermined (or refuse, comply, full_refusal and the like); correct "
        "it, or leave out --field verdict",
        r->where, b.data);
    dc_buf_release(&b);
    return st;
}

struct dc_verdict_row dc_import_given(const char *judge, enum dc_verdict v,
                                      const char *rule)
{
    return (struct dc_verdict_row){
        .judge = judge,
        .version = "given",
        .verdict = dc_verdict_name(rule ? v : DC_VERDICT_UNDETERMINED),
        .rule = rule ? rule : DC_IMPORT_NOT_SAID,
    };
}

enum dc_status dc_import_verdict(struct dc_import *in,
                                 const struct dc_import_row *r,
                                 struct dc_verdict_row *out, struct dc_err *err)
{
    const char *s = json_string_value(r->verdict);
    size_t n = s ? dc_utf8_trim(&s) : 0;
    *out = dc_import_given(in->cfg->verdicts_by, DC_VERDICT_UNDETERMINED, NULL);
    if (n == 0) {
        if (r->verdict && !s && !json_is_null(r->verdict))
            dc_import_missing(in, "verdicts that are no text");
        dc_import_note(in, "responses without a verdict in the input, which "
                           "are undetermined by that judge");
        return DC_OK;
    }
    for (size_t i = 0; i < DC_COUNT(words); i++)
        if (strlen(words[i].word) == n && !strncasecmp(words[i].word, s, n)) {
            *out = dc_import_given(in->cfg->verdicts_by, words[i].verdict,
                                   DC_IMPORT_SAID);
            return DC_OK;
        }
    return bad_word(r, json_string_value(r->verdict), err);
}

enum dc_status dc_import_check_verdicts(const struct dc_import *in,
                                        struct dc_err *err)
{
    const char *label = in->cfg->verdicts_by;
    const char *own = in->recorder.judge->label;
    if (!in->cfg->field_verdict)
        return DC_OK;
    size_t n = strlen(label);
    bool plain = n > 0 && n < DC_JUDGE_LABEL && dc_utf8_valid(label, n, NULL) &&
                 !strchr(label, '=') && !dc_judge_is_window(label);
    for (const char *s = label; *s && plain; s++)
        plain = (unsigned char)*s >= 0x20 && *s != 0x7f;
    if (!plain)
        return dc_fail(err, DC_USAGE,
                       "--verdicts-by: a label is 1 to %d bytes of text "
                       "without \"=\" and \"/window(\"",
                       DC_JUDGE_LABEL - 1);
    if (strcmp(label, own) != 0)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--verdicts-by %s is the judge that decides here (--judge), "
                   "whose verdicts are made anew: give them another label",
                   label);
}
