/*
 * probe_view.c - probe_view.h. Names are a server's and hostile; the document
 * shows nothing raw.
 */
#include "cli/probe_view.h"

#include "base/plural.h"

static const char *probe_known(enum dc_known k, const char *yes, const char *no)
{
    return k == DC_KNOWN_YES ? yes : k == DC_KNOWN_NO ? no : "not seen";
}

static void probe_who(const struct dc_probe *p, struct dc_doc *d)
{
    char n[DC_GROUPED], m[DC_GROUPED];
    dc_doc_itemf(d, "server", "%s", p->server ? p->server : "does not say");
    dc_doc_itemf(d, "model", "%s", p->model);
    if (p->path)
        dc_doc_itemf(d, "file", "%s", p->path);
    dc_doc_itemf(d, "fingerprint", "%s",
                 p->fingerprint ? p->fingerprint : "none");
    if (p->n_params > 0)
        dc_doc_itemf(d, "size", "%s parameters, %s bytes",
                     dc_grouped(p->n_params, n), dc_grouped(p->n_bytes, m));
    if (p->n_ctx > 0)
        dc_doc_itemf(d, "context", "%s tokens", dc_grouped(p->n_ctx, n));
    if (p->n_slots > 0)
        dc_doc_itemf(d, "slots", "%s", dc_grouped(p->n_slots, n));
}

static void probe_takes(const struct dc_probe *p, struct dc_doc *d)
{
    struct dc_buf names;
    dc_buf_init(&names, SIZE_MAX);
    dc_probe_takes(p, &names);
    dc_doc_itemf(d, "answers to", "%s%s%s", p->chat ? "chat/completions" : "",
                 p->chat && p->completions ? ", " : "",
                 p->completions ? "completions" : "");
    dc_doc_itemf(d, "takes", "%s",
                 names.n > 0 ? names.data : "no field that need not be taken");
    dc_buf_release(&names);
}

static void probe_lists(const struct dc_probe *p, struct dc_doc *d)
{
    static const char *const mode[] = {
        [DC_LOGPROB_UNKNOWN] = "raw or after the temperature: not seen",
        [DC_LOGPROB_RAW] = "of the model, whatever the temperature (raw)",
        [DC_LOGPROB_PROCESSED] = "after the temperature (processed)",
    };
    if (!p->logprobs) {
        dc_doc_itemf(d, "logprobs",
                     "none: no confidence, no policy that reads it");
        return;
    }
    dc_doc_itemf(d, "logprobs", "%s", mode[p->mode]);
    if (dc_probe_bad(p, NULL))
        dc_doc_itemf(d, "alternatives", "wrong: not to be used");
    else if (p->k_max > 0)
        dc_doc_itemf(d, "alternatives",
                     "%u of each token; C is exact up to k = %u", p->n_top_max,
                     p->k_max);
    else
        dc_doc_itemf(d, "alternatives", "none: no C");
    dc_doc_itemf(d, "in streams", "%s",
                 p->stream ? "as in one piece" : "wrong: not used");
    dc_doc_itemf(d, "tokens", "%s, with %s%s; the end is %s",
                 p->spells ? "spell the answer" : "do not spell the answer",
                 p->bytes ? "bytes" : "texts", p->ids ? " and ids" : "",
                 probe_known(p->eos_token, "one, too", "none"));
}

static void probe_thoughts(const struct dc_probe *p, struct dc_doc *d)
{
    static const char *const where[] = {
        [DC_REASONING_NONE] = "none were seen",
        [DC_REASONING_FIELD] = "in a field of their own",
        [DC_REASONING_TAGS] = "in the text, between marks",
        [DC_REASONING_HIDDEN] = "hidden: counted, and not sent",
    };
    dc_doc_itemf(d, "thoughts", "%s%s", where[p->reasoning],
                 p->reasoning != DC_REASONING_FIELD ? ""
                 : p->lists_thoughts                ? ", with log-probabilities"
                                     : ", without log-probabilities");
    if (p->think != DC_KNOWN_NOT)
        dc_doc_itemf(
            d, "--think", "%s",
            probe_known(p->think, "changes the prompt",
                        "changes nothing: the chat template has no such "
                        "switch, or the server does not pass it on"));
}

static void probe_ways(const struct dc_probe *p, struct dc_doc *d)
{
    dc_doc_itemf(d, "usage", "%s",
                 p->usage ? "counted in streams" : "no counts in streams");
    dc_doc_itemf(d, "seed", "%s",
                 !p->takes_seed    ? "not taken"
                 : p->seed_repeats ? "the same seed gave the same tokens twice"
                                   : "the same seed gave other tokens");
    dc_doc_itemf(d, "n = 4", "%s%s",
                 p->several ? "four choices in one request"
                            : "not four choices",
                 p->together ? ", each what its seed gives alone" : "");
    if (p->shares != DC_KNOWN_NOT && p->share_ratio == 0)
        dc_doc_itemf(d, "a prompt's work", "%s, by the server's own counts",
                     probe_known(p->shares, "four choices share it",
                                 "each of four choices has its own"));
    else if (p->shares != DC_KNOWN_NOT)
        dc_doc_itemf(
            d, "a prompt's work",
            "four choices took %.1f times as long "
            "as one: %s",
            p->share_ratio,
            probe_known(p->shares, "they share it", "they don't share it"));
    dc_doc_itemf(d, "given tokens", "%s",
                 p->prompt_logprobs ? "log-probabilities by prompt_logprobs"
                                    : "no log-probabilities");
    dc_doc_itemf(d, "markers", "%s",
                 probe_known(p->markers,
                             "of a chat template are read in a user's "
                             "text",
                             "of a chat template stay text in a user's text"));
    if (p->abort_stops == DC_KNOWN_YES)
        dc_doc_itemf(d, "an abort", "stops the server's work within %.0f ms",
                     p->abort_ms);
    else
        dc_doc_itemf(
            d, "an abort", "%s",
            probe_known(p->abort_stops, "", "does not stop the server"));
}

static void probe_notes(const struct dc_probe *p, bool fault, const char *title,
                        struct dc_doc *d)
{
    bool any = false;
    for (size_t i = 0; i < p->n_note; i++) {
        if (p->note[i].fault != fault)
            continue;
        if (!any)
            dc_doc_heading(d, title, NULL);
        any = true;
        dc_doc_item(d, "-", p->note[i].text);
    }
}

void dc_probe_doc(const struct dc_probe *p, struct dc_doc *d)
{
    dc_doc_heading(d, dc_doc_code(d, p->url), NULL);
    probe_who(p, d);
    probe_takes(p, d);
    probe_lists(p, d);
    probe_thoughts(p, d);
    probe_ways(p, d);
    probe_notes(p, true, "What it gets wrong", d);
    probe_notes(p, false, "What to know", d);
}
