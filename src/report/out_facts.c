/*
 * out_facts.c - facts.json: every figure with its name, counts, interval, and
 * the command and query that give it.
 */
#include "base/json.h"
#include "report/fact_list.h"
#include "report/output.h"

/* Text as one word of a shell: 'it'\''s'. */
static void add_word(struct dc_buf *b, const char *s)
{
    dc_buf_addc(b, '\'');
    for (; *s; s++) {
        if (*s == '\'')
            dc_buf_adds(b, "'\\'");
        dc_buf_addc(b, *s);
    }
    dc_buf_addc(b, '\'');
}

/* "deepconf show RUN --json | jq '.rates.sensitivity'" */
static json_t *command(const struct dc_fact *x)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_addf(&b, "deepconf %s RUN --json", x->command);
    if (x->judge) {
        dc_buf_adds(&b, " --judge ");
        add_word(&b, x->judge);
    }
    if (x->measure) {
        dc_buf_adds(&b, " --measure ");
        add_word(&b, x->measure);
    }
    dc_buf_adds(&b, " | jq ");
    add_word(&b, x->query);
    json_t *s = dc_json_text(b.data);
    dc_buf_release(&b);
    return s;
}

static json_t *fact_json(const struct dc_fact *x)
{
    json_t *o = json_object();
    dc_json_put(o, "name", dc_json_text(x->name));
    dc_json_put(o, "value",
                x->is_count ? json_integer((json_int_t)x->value)
                            : json_real(x->value));
    if (x->has_interval) {
        dc_json_put(o, "lo", json_real(x->lo));
        dc_json_put(o, "hi", json_real(x->hi));
    }
    if (x->has_counts) {
        dc_json_put(o, "k", json_integer((json_int_t)x->k));
        dc_json_put(o, "n", json_integer((json_int_t)x->n));
    }
    dc_json_put(o, "from", dc_json_text(x->command));
    if (x->judge)
        dc_json_put(o, "judge", dc_json_text(x->judge));
    if (x->measure)
        dc_json_put(o, "measure", dc_json_text(x->measure));
    dc_json_put(o, "query", dc_json_text(x->query));
    dc_json_put(o, "command", command(x));
    return o;
}

static enum dc_status write_facts(const struct dc_facts *f,
                                  struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_fact_list l;
    struct dc_buf b;
    json_t *root = json_object(), *list = json_array();
    dc_fact_list_make(f, &l);
    dc_json_put(root, "run", dc_json_text(f->name));
    dc_json_put(root, "facts", list);
    for (size_t i = 0; i < l.n; i++)
        json_array_append_new(list, fact_json(&l.fact[i]));
    dc_buf_init(&b, SIZE_MAX);
    dc_json_print(root, &b);
    enum dc_status st = dc_out_put(o, "facts.json", &b, err);
    dc_buf_release(&b);
    dc_fact_list_release(&l);
    return st;
}

const struct dc_output dc_output_facts = {
    .files = "facts.json",
    .what = "every figure by name, with the command that gives it",
    .write = write_facts,
};
