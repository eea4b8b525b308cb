/*
 * import_gold.c - gold label, category and fields of a prompt, from its rows.
 *
 * A prompt has one of each, whichever of its responses bring it: a second
 * word on it must agree with the first, or fill what the first left open. What
 * contradicts is an error with both places, as neither can be taken.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "exchange/import_priv.h"

#include <string.h>

/* The label without white space around it; NULL for a word that means none. */
static const char *trimmed(struct dc_import *in, const char *label)
{
    if (!label)
        return NULL;
    size_t n = dc_utf8_trim(&label);
    return dc_label_is_none(label, n) ? NULL
                                      : dc_arena_strndup(&in->arena, label, n);
}

static enum dc_status no_label(const struct dc_import *in,
                               const struct dc_import_row *r, const char *label,
                               struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 10);
    dc_utf8_display(&b, label, strnlen(label, 160), 40);
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "%s: the label \"%s\" is no label of the benchmark %s; name another "
        "field with --field label=NAME, or choose the right --benchmark",
        r->where, b.data, in->cfg->benchmark->name);
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_import_gold(struct dc_import *in,
                              const struct dc_import_row *r,
                              struct dc_import_label *out, struct dc_err *err)
{
    const char *column = in->cfg->field_label;
    *out = (struct dc_import_label){.text = trimmed(in, r->label)};
    if (r->gold) {
        out->gold = *r->gold;
        if (!out->text && out->gold != DC_GOLD_NONE)
            out->text = dc_gold_name(out->gold);
        return DC_OK;
    }
    if (!out->text ||
        dc_benchmark_gold(in->cfg->benchmark, column, out->text, &out->gold))
        return DC_OK;
    out->gold = DC_GOLD_NONE;
    return column ? no_label(in, r, out->text, err) : DC_OK;
}

/* ---- a further row of a prompt ---- */

static enum dc_status contradicts(const struct dc_import_row *r, const char *id,
                                  const char *what,
                                  const struct dc_import_word *was,
                                  const char *now, struct dc_err *err)
{
    struct dc_buf a, b, i;
    dc_buf_init(&a, 1 << 10);
    dc_buf_init(&b, 1 << 10);
    dc_buf_init(&i, 1 << 10);
    dc_utf8_display(&a, was->text, strnlen(was->text, 160), 40);
    dc_utf8_display(&b, now, strnlen(now, 160), 40);
    dc_utf8_display(&i, id, strnlen(id, 160), 40);
    enum dc_status st = dc_fail(
        err, DC_DATA,
        "%s: the id \"%s\" has the %.60s \"%s\" here and \"%s\" before (%s); a "
        "prompt has one: correct the input, or give the rows ids of their own",
        r->where, i.data, what, b.data, a.data, was->where);
    dc_buf_release(&a);
    dc_buf_release(&b);
    dc_buf_release(&i);
    return st;
}

static void set_word(struct dc_import *in, struct dc_import_word *w,
                     const char *text, const char *where)
{
    if (!text)
        return;
    w->text = dc_arena_strdup(&in->arena, text);
    w->where = dc_arena_strdup(&in->arena, where);
}

void dc_import_first_words(struct dc_import *in, struct dc_import_prompt *p,
                           const struct dc_import_row *r,
                           const struct dc_import_label *l)
{
    p->gold = l->gold;
    set_word(in, &p->label, l->text, r->where);
    set_word(in, &p->category, r->category, r->where);
    if (in->cfg->n_keep > 0)
        p->field =
            dc_arena_array(&in->arena, in->cfg->n_keep, sizeof *p->field);
    for (size_t i = 0; i < in->cfg->n_keep && r->kept; i++)
        set_word(in, &p->field[i], r->kept[i], r->where);
}

/* What a further row says of the fields: the same, or of one that was open. */
static enum dc_status see_fields(struct dc_import *in,
                                 struct dc_import_prompt *p,
                                 const struct dc_import_row *r,
                                 struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (size_t i = 0; i < in->cfg->n_keep && r->kept && !st; i++) {
        const char *now = r->kept[i], *name = in->cfg->keep[i];
        const struct dc_prompt_field f = {name, now};
        if (now && p->field[i].text && strcmp(now, p->field[i].text) != 0)
            return contradicts(r, p->id, name, &p->field[i], now, err);
        if (!now || p->field[i].text)
            continue;
        set_word(in, &p->field[i], now, r->where);
        st = dc_store_fields_add(in->store, p - in->prompt, &f, 1, err);
    }
    return st;
}

static enum dc_status see_label(struct dc_import *in,
                                struct dc_import_prompt *p,
                                const struct dc_import_row *r, bool *changed,
                                struct dc_err *err)
{
    struct dc_import_label now;
    enum dc_status st = dc_import_gold(in, r, &now, err);
    if (st || !now.text)
        return st;
    bool same = p->label.text && !strcmp(p->label.text, now.text);
    if (same && p->gold == now.gold)
        return DC_OK;
    if (!p->label.text || (!p->gold && now.gold)) {
        *changed = true;
        p->gold = now.gold;
        set_word(in, &p->label, now.text, r->where);
        return DC_OK;
    }
    if (p->gold && now.gold && p->gold != now.gold)
        return contradicts(r, p->id, "label", &p->label, now.text, err);
    dc_import_add(in, DC_IMPORT_LABEL,
                  p->gold && now.gold
                      ? "further labels of a prompt that say the same in "
                        "another word: the first was kept"
                      : "further labels of a prompt that are not of the "
                        "benchmark's: not taken",
                  1);
    return DC_OK;
}

enum dc_status dc_import_further_words(struct dc_import *in,
                                       struct dc_import_prompt *p,
                                       const struct dc_import_row *r,
                                       struct dc_err *err)
{
    bool changed = false;
    enum dc_status st = see_label(in, p, r, &changed, err);
    if (!st)
        st = see_fields(in, p, r, err);
    if (st)
        return st;
    if (r->category && p->category.text &&
        strcmp(r->category, p->category.text) != 0)
        return contradicts(r, p->id, "category", &p->category, r->category,
                           err);
    if (r->category && !p->category.text) {
        changed = true;
        set_word(in, &p->category, r->category, r->where);
    }
    const struct dc_prompt_row row = {
        .ord = p - in->prompt,
        .gold = p->gold,
        .label = p->label.text,
        .category = p->category.text,
    };
    return changed ? dc_store_prompt_relabel(in->store, &row, err) : DC_OK;
}

void dc_import_count_labels(struct dc_import *in)
{
    uint64_t gold = 0, other = 0, none = 0;
    for (size_t i = 0; i < in->count.n_prompt; i++) {
        gold += in->prompt[i].gold != DC_GOLD_NONE;
        other += in->prompt[i].gold == DC_GOLD_NONE && in->prompt[i].label.text;
        none += !in->prompt[i].label.text;
    }
    dc_import_add(in, DC_IMPORT_LABEL, "prompts with a label of the benchmark",
                  gold);
    dc_import_add(in, DC_IMPORT_LABEL,
                  "prompts whose label is not one of the benchmark's: kept as "
                  "text, no gold label",
                  other);
    dc_import_add(in, DC_IMPORT_LABEL, "prompts without a label", none);
}
