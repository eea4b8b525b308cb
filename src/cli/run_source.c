/*
 * run_source.c - run_source.h.
 *
 * No name of a backend decides anything here: rows say what they take.
 */
#include "cli/run_source.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "base/plural.h"
#include "cli/cli.h"
#include "cli/interrupt.h"
#include "infer/models.h"

#include <stdio.h>
#include <string.h>

/* ---- which backend ---- */

static enum dc_status source_by_name(const char *name,
                                     const struct dc_backend_ops **out,
                                     struct dc_err *err)
{
    struct dc_nearest near = {.typed = name};
    size_t n;
    const struct dc_backend_ops *const *row = dc_backends(&n);
    *out = dc_backend_find(name);
    for (size_t i = 0; i < n; i++)
        if (!row[i]->for_tests)
            dc_nearest_offer(&near, row[i]->name);
    enum dc_status st =
        *out ? DC_OK
             : dc_cli_no_such("backend", &near, "see `deepconf list backends`",
                              err);
    return dc_err_prefix(err, st, "--backend");
}

/* The first row that asks servers, or that does not. */
static const struct dc_backend_ops *source_row(bool servers)
{
    size_t n;
    const struct dc_backend_ops *const *row = dc_backends(&n);
    for (size_t i = 0; i < n; i++)
        if (!row[i]->for_tests && row[i]->servers == servers)
            return row[i];
    return NULL;
}

static enum dc_status source_no_servers(const struct dc_run_plan *p,
                                        struct dc_err *err)
{
    const char *option = p->servers.from ? p->servers.from : "--base-url";
    if (!p->ops)
        return dc_fail(err, DC_USAGE,
                       "%s: this deepconf was built without servers "
                       "(DEEPCONF_SERVERS=OFF)",
                       option);
    return dc_fail(err, DC_USAGE,
                   "%s: the backend %s asks no server: leave one of the two "
                   "out",
                   option, p->ops->name);
}

/* ---- options that only a model in this process has ---- */

static enum dc_status source_local_only(const struct dc_run_opts *o,
                                        struct dc_err *err)
{
    static const char started[] = "a server has its own, which it is given "
                                  "when it is started";
    const struct {
        bool given;
        const char *option, *why;
    } row[] = {
        {o->slots != 0, "slots",
         "of a server the same is --in-flight N: requests at each URL at a "
         "time"},
        {o->threads != 0, "threads", started},
        {o->ctx != 0, "ctx", started},
        {o->gpu_layers_given, "gpu-layers", started},
        {o->kv_given, "kv", started},
        {o->flash_attn_given, "flash-attn", started},
        {o->without.n > 0, "without", "it is about a model in this process"},
        {o->chat.chat_template != NULL, "chat-template",
         "the server renders the chat; give the template to the server when it "
         "is started, or render the prompts yourself and say --api "
         "completions"},
        {o->chat.template_arg.n > 0, "template-arg",
         "the server renders the chat; what it hands on to the template is "
         "--request-arg chat_template_kwargs.KEY=JSON"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (row[i].given)
            return dc_fail(err, DC_USAGE, "--%s: %s", row[i].option,
                           row[i].why);
    return DC_OK;
}

/* Completions take a prompt as it is: nothing is around it. */
static enum dc_status source_no_chat(const struct dc_run_opts *o,
                                     const struct dc_run_plan *p,
                                     struct dc_err *err)
{
    const char *option = o->chat.system                  ? "system"
                         : strcmp(o->chat.think, "auto") ? "think"
                                                         : NULL;
    if (p->servers.cfg.api != DC_API_COMPLETIONS || !option)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "--%s: with --api completions the prompt is sent as it is, "
                   "without a chat: put it into the prompts, or say --api chat",
                   option);
}

enum dc_status dc_run_source_find(const struct dc_run_opts *o,
                                  struct dc_run_plan *p, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (o->backend)
        st = source_by_name(o->backend, &p->ops, err);
    bool env = o->model &&
               (p->ops ? p->ops->servers : !dc_server_model_is_local(o->model));
    if (!st)
        st = dc_server_opts_make(&o->server, env, &p->arena, &p->servers, err);
    if (st)
        return st;
    if (!o->backend)
        p->ops = source_row(p->servers.asked);
    if (p->servers.asked && !(p->ops && p->ops->servers))
        return source_no_servers(p, err);
    if (!p->ops->servers)
        return DC_OK;
    if (!p->servers.asked)
        return dc_fail(err, DC_USAGE,
                       "--backend %s: name the server with --base-url URL, as "
                       "in http://localhost:8000/v1",
                       p->ops->name);
    p->backend.server = &p->servers.cfg;
    st = source_local_only(o, err);
    return st ? st : source_no_chat(o, p, err);
}

/* ---- which model ---- */

/*
 * A name that no file and no row of models.def has may be meant for a server:
 * "Qwen/Qwen3-0.6B" is the usual form of such a name, and a URL stands in the
 * place of one.
 */
static enum dc_status source_unknown_model(const char *model,
                                           struct dc_err *err)
{
    struct dc_err why;
    struct dc_buf path;
    if (strstr(model, "://"))
        return dc_fail(err, DC_USAGE,
                       "--model: a URL (not shown, as it may hold a key) names "
                       "a server: say --base-url URL, and with --model what "
                       "the server calls the model");
    dc_buf_init(&path, 1 << 16);
    enum dc_status st = dc_model_resolve(model, &path, &why);
    dc_buf_release(&path);
    if (!st) /* a path to nowhere */
        dc_fail(&why, DC_USAGE,
                "--model %.200s: there is no such file; to run a model in this "
                "process, name a GGUF file",
                model);
    return dc_fail(err, DC_USAGE,
                   "%s. Of a server that has a model of this name say "
                   "--base-url URL, as in http://localhost:8000/v1",
                   why.msg);
}

enum dc_status dc_run_source_model(const struct dc_run_opts *o,
                                   struct dc_run_plan *p, struct dc_err *err)
{
    struct dc_buf path;
    p->backend.model = o->model;
    if (!p->ops->model_file)
        return DC_OK;
    if (!dc_server_model_is_local(o->model))
        return source_unknown_model(o->model, err);
    dc_buf_init(&path, 1 << 16);
    enum dc_status st = dc_model_resolve(o->model, &path, err);
    if (!st)
        p->backend.model = dc_arena_strdup(&p->arena, path.data);
    p->backend.llama.want_sha256 = dc_model_sha256(o->model);
    dc_buf_release(&path);
    return st;
}

/* ---- which measures ---- */

/* The first part of a token that it reads and that isn't there, in words. */
static const char *source_lacks(unsigned reads, unsigned parts)
{
    static const struct {
        unsigned part;
        const char *words;
    } row[] = {
        {DC_TOKEN_ID, "the number of each token in the vocabulary"},
        {DC_TOKEN_LOGPROB, "the log-probability of each token"},
        {DC_TOKEN_CONF, "the most likely tokens at each place"},
        {DC_TOKEN_ENTROPY, "the entropy of the whole vocabulary at each place"},
        {DC_TOKEN_SELF_CERT, "the log-probabilities of the whole vocabulary at "
                             "each place"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (reads & ~parts & row[i].part)
            return row[i].words;
    return NULL;
}

static enum dc_status source_measure(const char *option,
                                     const struct dc_measure_spec *m,
                                     unsigned parts, struct dc_err *err)
{
    const char *lacks = source_lacks(m->row->reads, parts);
    struct dc_buf can;
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    if (!lacks)
        return DC_OK;
    dc_buf_init(&can, 1 << 12);
    for (size_t i = 0; i < n; i++)
        if (!(row[i]->reads & ~parts))
            dc_buf_addf(&can, "%s%s", can.n ? ", " : "", row[i]->name);
    enum dc_status st =
        dc_fail(err, DC_USAGE,
                "%s: %s needs %s, which %s; the measures that can be had are "
                "%s",
                option, m->spec.text, lacks,
                parts & DC_TOKEN_ID ? "this backend does not give"
                                    : "a server does not give",
                can.n ? can.data : "none");
    dc_buf_release(&can);
    return st;
}

enum dc_status dc_run_source_parts(const struct dc_run_plan *p, unsigned parts,
                                   struct dc_err *err)
{
    char text[DC_SPEC_TEXT];
    struct dc_measure_spec m;
    enum dc_status st =
        source_measure("--measure", &p->run.measure, parts, err);
    dc_stop_measure(&p->run.policy, p->run.measure.spec.text, text);
    if (!st)
        st = dc_measure_parse(text, &m, err);
    if (!st)
        st = source_measure("--stop", &m, parts, err);
    if (st || p->run.vote.row->by_tally)
        return st;
    st = dc_measure_parse(p->run.vote.spec.measure, &m, err);
    return st ? st : source_measure("--vote", &m, parts, err);
}

/* ---- the open backend ---- */

/* A vocabulary is known whole, whatever K is. */
static enum dc_status source_fits_k(struct dc_run_plan *p,
                                    const struct dc_backend_info *i,
                                    struct dc_err *err)
{
    unsigned most = i->caps.k_max;
    if (i->caps.vocabulary)
        return DC_OK;
    if (most == 0)
        return dc_fail(err, DC_BACKEND,
                       "%.200s: it gives no list of likely tokens, which "
                       "confidence is made of; see `deepconf probe`",
                       i->model_name);
    if (p->backend.k_at_most && p->run.k > most)
        p->run.k = most;
    if (p->run.k > most)
        return dc_fail(err, DC_USAGE,
                       "--logprobs %u: %.200s gives the %u most likely token%s "
                       "exactly: say --logprobs %u",
                       p->run.k, i->model_name, most, dc_plural(most), most);
    if (i->caps.n_top_max < most)
        most = i->caps.n_top_max;
    if (p->run.n_top > p->run.k || p->run.n_top > most)
        return dc_fail(err, DC_USAGE,
                       "--top-logprobs %u: confidence is made of the %u most "
                       "likely tokens, and %.200s gives %u that can be kept: "
                       "say --top-logprobs %u",
                       p->run.n_top, p->run.k, i->model_name, most,
                       most < p->run.k ? most : p->run.k);
    return DC_OK;
}

/* Said before a run file is begun, which would be bound to the option. */
static enum dc_status source_fits_sampling(const struct dc_run_plan *p,
                                           const struct dc_backend_info *i,
                                           struct dc_err *err)
{
    const struct dc_sampling *s = &p->run.sampling;
    const char *option = s->top_k > 0 && i->caps.no_top_k   ? "--top-k"
                         : s->min_p > 0 && i->caps.no_min_p ? "--min-p"
                                                            : NULL;
    if (!option)
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%s: %.200s is sampled by its server, which does not take "
                   "it, as its probe found: leave it out",
                   option, i->model_name);
}

static void source_note_open(const struct dc_run_plan *p,
                             struct dc_progress *prog)
{
    struct dc_buf b;
    dc_buf_init(&b, 1 << 16);
    dc_buf_addf(&b, "loading the model %.4000s", p->backend.model);
    dc_progress_note(prog, b.data);
    dc_buf_release(&b);
}

/* What stopping early saves is not saved at a server that works on. */
static void source_note_works_on(const struct dc_backend_info *i,
                                 struct dc_progress *prog)
{
    struct dc_buf b;
    for (size_t k = 0; k < i->n_endpoint; k++) {
        if (!i->endpoint[k].works_on)
            continue;
        dc_buf_init(&b, 1 << 16);
        dc_buf_addf(&b,
                    "note: %.4000s works on for an answer whose connection was "
                    "closed: stopping early saves no work there",
                    i->endpoint[k].url);
        dc_progress_say(prog, b.data);
        dc_buf_release(&b);
    }
}

enum dc_status dc_run_source_open(struct dc_run_plan *p,
                                  struct dc_progress *prog,
                                  struct dc_backend **out, struct dc_err *err)
{
    struct dc_backend *b = NULL;
    char note[160];
    if (p->servers.asked)
        dc_servers_watch(&p->servers.cfg, prog);
    else
        source_note_open(p, prog);
    enum dc_status st = p->ops->open(&p->backend, &b, err);
    if (st)
        return st;
    const struct dc_backend_info *i = p->ops->info(b);
    st = source_fits_k(p, i, err);
    if (!st)
        st = source_fits_sampling(p, i, err);
    if (!st)
        st = dc_run_source_parts(p, i->caps.parts, err);
    if (st) {
        p->ops->close(b);
        return st;
    }
    if (p->run.k < p->backend.k) {
        snprintf(note, sizeof note,
                 "note: confidence is made of the %u most likely token%s, as "
                 "the server gives no more exactly (not %u, as it usually is)",
                 p->run.k, dc_plural(p->run.k), p->backend.k);
        dc_progress_say(prog, note);
    }
    source_note_works_on(i, prog);
    if (!i->caps.repeatable) /* the engine lets end what is in flight */
        dc_interrupt_give(2);
    *out = b;
    return DC_OK;
}
