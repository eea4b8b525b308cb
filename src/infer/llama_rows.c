/*
 * llama_rows.c - streams of libllama, stepped in company that changes no bit
 * (llama_rows.h has the rule and its reasons).
 */
#include "infer/llama_rows.h"

#include "base/clock.h"
#include "infer/llama_load.h"

enum { GROUP = 4, LEAST = 8 };

unsigned dc_rows_streams(unsigned n_slots)
{
    return n_slots < LEAST ? LEAST : (n_slots + GROUP - 1) / GROUP * GROUP;
}

enum dc_status dc_rows_init(struct dc_rows *r, struct llama_model *model,
                            const struct dc_rows_cfg *cfg, struct dc_err *err)
{
    unsigned n = cfg->n_stream;
    *r = (struct dc_rows){.ctx = NULL};
    if (n > llama_max_parallel_sequences())
        return dc_fail(err, DC_USAGE, "%u slots: libllama has at most %zu", n,
                       llama_max_parallel_sequences());
    struct llama_context_params cp = llama_context_default_params();
    cp.n_ctx = (cfg->n_cell + 255) / 256 * 256 * n;
    cp.n_seq_max = n;
    cp.n_batch = cp.n_ubatch = n > 64 ? n : 64;
    cp.n_threads = cp.n_threads_batch = (int32_t)cfg->n_threads;
    if (cfg->n_out > 0) /* else room for n_batch rows of logits */
        cp.n_outputs_max = cfg->n_out;
    cp.flash_attn_type = cfg->no_flash ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                       : LLAMA_FLASH_ATTN_TYPE_ENABLED;
    cp.kv_unified = cfg->unified;
    cp.swa_full = true;
    cp.no_perf = true;
    dc_llama_errors_clear();
    r->ctx = llama_init_from_model(model, cp);
    if (!r->ctx)
        return dc_fail(err, DC_BACKEND,
                       "libllama can't make a context of %u slots x %u "
                       "tokens: %s\n%s",
                       n, (cfg->n_cell + 255) / 256 * 256, dc_llama_errors(),
                       cfg->advice);
    r->mem = llama_get_memory(r->ctx);
    r->batch = llama_batch_init((int32_t)cp.n_batch, 0, 1);
    return DC_OK;
}

void dc_rows_release(struct dc_rows *r)
{
    if (!r->ctx)
        return;
    llama_batch_free(r->batch);
    llama_free(r->ctx);
    r->ctx = NULL;
}

void dc_rows_widen(unsigned n_stream, unsigned *lo, unsigned *hi)
{
    while ((*hi - *lo) % GROUP != 0 || *hi - *lo < LEAST) {
        if (*hi < n_stream)
            ++*hi;
        else
            --*lo;
    }
}

bool dc_rows_needs_logits(unsigned n_out)
{
    return n_out % GROUP != 0 || n_out < LEAST;
}

void dc_rows_clear(struct dc_rows *r)
{
    r->batch.n_tokens = 0;
}

void dc_rows_add(struct dc_rows *r, llama_token id, size_t pos, unsigned stream,
                 bool want_logits)
{
    int32_t i = r->batch.n_tokens++;
    r->batch.token[i] = id;
    r->batch.pos[i] = (llama_pos)pos;
    r->batch.n_seq_id[i] = 1;
    r->batch.seq_id[i][0] = (llama_seq_id)stream;
    r->batch.logits[i] = want_logits;
}

enum dc_status dc_rows_decode(struct dc_rows *r, double *ms, struct dc_err *err)
{
    double t0 = dc_clock_ms();
    dc_llama_errors_clear();
    int32_t rc = llama_decode(r->ctx, r->batch);
    llama_synchronize(r->ctx);
    *ms += dc_clock_ms() - t0;
    if (rc)
        return dc_fail(err, DC_BACKEND, "llama_decode failed with code %d: %s",
                       (int)rc, dc_llama_errors());
    return DC_OK;
}

void dc_rows_cut(struct dc_rows *r, unsigned stream, size_t from)
{
    llama_memory_seq_rm(r->mem, (llama_seq_id)stream,
                        from > 0 ? (llama_pos)from : -1, -1);
}

void dc_rows_copy(struct dc_rows *r, unsigned from, unsigned to)
{
    llama_memory_seq_cp(r->mem, (llama_seq_id)from, (llama_seq_id)to, -1, -1);
}

const float *dc_rows_logits(struct dc_rows *r, int32_t row)
{
    return llama_get_logits_ith(r->ctx, row);
}
