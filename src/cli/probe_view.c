/*
 * probe_view.c - probe_view.h. Names are a server's and hostile: all text is
 * folded by dc_wrap(), which shows nothing raw.
 */
#include "cli/probe_view.h"

#include "base/plural.h"
#include "base/wrap.h"

#include <stdarg.h>
#include <stdio.h>

enum { PROBE_INDENT = 18, PROBE_ROW = 600 };

struct probe_page {
    const struct dc_probe *p;
    size_t width;
    struct dc_buf *out;
};

static void probe_row(const struct probe_page *v, const char *name,
                      const char *fmt, ...) DC_PRINTF(3, 4);

static void probe_row(const struct probe_page *v, const char *name,
                      const char *fmt, ...)
{
    char text[PROBE_ROW], head[PROBE_INDENT + 8];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(head, sizeof head, "  %s", name);
    dc_wrap_item(v->out, v->width, PROBE_INDENT, head, text);
}

static const char *probe_known(enum dc_known k, const char *yes, const char *no)
{
    return k == DC_KNOWN_YES ? yes : k == DC_KNOWN_NO ? no : "not seen";
}

static void probe_who(const struct probe_page *v)
{
    const struct dc_probe *p = v->p;
    char n[DC_GROUPED], m[DC_GROUPED];
    probe_row(v, "server", "%s", p->server ? p->server : "does not say");
    probe_row(v, "model", "%s", p->model);
    if (p->path)
        probe_row(v, "file", "%s", p->path);
    probe_row(v, "fingerprint", "%s", p->fingerprint ? p->fingerprint : "none");
    if (p->n_params > 0)
        probe_row(v, "size", "%s parameters, %s bytes",
                  dc_grouped(p->n_params, n), dc_grouped(p->n_bytes, m));
    if (p->n_ctx > 0)
        probe_row(v, "context", "%s tokens", dc_grouped(p->n_ctx, n));
    if (p->n_slots > 0)
        probe_row(v, "slots", "%s", dc_grouped(p->n_slots, n));
}

static void probe_takes(const struct probe_page *v)
{
    const struct dc_probe *p = v->p;
    struct dc_buf names;
    dc_buf_init(&names, SIZE_MAX);
    dc_probe_takes(p, &names);
    probe_row(v, "answers to", "%s%s%s", p->chat ? "chat/completions" : "",
              p->chat && p->completions ? ", " : "",
              p->completions ? "completions" : "");
    probe_row(v, "takes", "%s",
              names.n > 0 ? names.data : "no field that need not be taken");
    dc_buf_release(&names);
}

static void probe_lists(const struct probe_page *v)
{
    static const char *const mode[] = {
        [DC_LOGPROB_UNKNOWN] = "raw or after the temperature: not seen",
        [DC_LOGPROB_RAW] = "of the model, whatever the temperature (raw)",
        [DC_LOGPROB_PROCESSED] = "after the temperature (processed)",
    };
    const struct dc_probe *p = v->p;
    if (!p->logprobs) {
        probe_row(v, "logprobs",
                  "none: no confidence, no policy that reads it");
        return;
    }
    probe_row(v, "logprobs", "%s", mode[p->mode]);
    if (dc_probe_bad(p, NULL))
        probe_row(v, "alternatives", "wrong: not to be used");
    else if (p->k_max > 0)
        probe_row(v, "alternatives",
                  "%u of each token; C is exact up to k = %u", p->n_top_max,
                  p->k_max);
    else
        probe_row(v, "alternatives", "none: no C");
    probe_row(v, "in streams", "%s",
              p->stream ? "as in one piece" : "wrong: not used");
    probe_row(v, "tokens", "%s, with %s%s; the end is %s",
              p->spells ? "spell the answer" : "do not spell the answer",
              p->bytes ? "bytes" : "texts", p->ids ? " and ids" : "",
              probe_known(p->eos_token, "one, too", "none"));
}

static void probe_thoughts(const struct probe_page *v)
{
    static const char *const where[] = {
        [DC_REASONING_NONE] = "none were seen",
        [DC_REASONING_FIELD] = "in a field of their own",
        [DC_REASONING_TAGS] = "in the text, between marks",
        [DC_REASONING_HIDDEN] = "hidden: counted, and not sent",
    };
    const struct dc_probe *p = v->p;
    probe_row(v, "thoughts", "%s%s", where[p->reasoning],
              p->reasoning != DC_REASONING_FIELD ? ""
              : p->lists_thoughts                ? ", with log-probabilities"
                                  : ", without log-probabilities");
    if (p->think != DC_KNOWN_NOT)
        probe_row(v, "--think", "%s",
                  probe_known(p->think, "changes the prompt",
                              "changes nothing: the chat template has no such "
                              "switch, or the server does not pass it on"));
}

static void probe_ways(const struct probe_page *v)
{
    const struct dc_probe *p = v->p;
    probe_row(v, "usage", "%s",
              p->usage ? "counted in streams" : "no counts in streams");
    probe_row(v, "seed", "%s",
              !p->takes_seed    ? "not taken"
              : p->seed_repeats ? "the same seed gave the same tokens twice"
                                : "the same seed gave other tokens");
    probe_row(v, "n = 4", "%s%s",
              p->several ? "four choices in one request" : "not four choices",
              p->together ? ", each what its seed gives alone" : "");
    if (p->shares != DC_KNOWN_NOT && p->share_ratio == 0)
        probe_row(v, "a prompt's work", "%s, by the server's own counts",
                  probe_known(p->shares, "four choices share it",
                              "each of four choices has its own"));
    else if (p->shares != DC_KNOWN_NOT)
        probe_row(
            v, "a prompt's work",
            "four choices took %.1f times as long "
            "as one: %s",
            p->share_ratio,
            probe_known(p->shares, "they share it", "they don't share it"));
    probe_row(v, "given tokens", "%s",
              p->prompt_logprobs ? "log-probabilities by prompt_logprobs"
                                 : "no log-probabilities");
    probe_row(v, "markers", "%s",
              probe_known(p->markers,
                          "of a chat template are read in a user's "
                          "text",
                          "of a chat template stay text in a user's text"));
    if (p->abort_stops == DC_KNOWN_YES)
        probe_row(v, "an abort", "stops the server's work within %.0f ms",
                  p->abort_ms);
    else
        probe_row(v, "an abort", "%s",
                  probe_known(p->abort_stops, "", "does not stop the server"));
}

static void probe_notes(const struct probe_page *v, bool fault,
                        const char *title)
{
    bool any = false;
    for (size_t i = 0; i < v->p->n_note; i++) {
        const struct dc_probe_note *n = &v->p->note[i];
        if (n->fault != fault)
            continue;
        if (!any)
            dc_buf_addf(v->out, "%s\n", title);
        any = true;
        dc_wrap_item(v->out, v->width, 4, "  -", n->text);
    }
}

void dc_probe_view(const struct dc_probe *p, size_t width, struct dc_buf *out)
{
    const struct probe_page v = {p, width, out};
    dc_wrap_item(out, width, 0, NULL, p->url);
    probe_who(&v);
    probe_takes(&v);
    probe_lists(&v);
    probe_thoughts(&v);
    probe_ways(&v);
    probe_notes(&v, true, "What it gets wrong");
    probe_notes(&v, false, "What to know");
}
