/*
 * llama_load.c - loading a GGUF and keeping libllama's last errors.
 */
#include "infer/llama_load.h"

#include "infer/llama_kernels.h"

#include <stdlib.h>
#include <string.h>

static char log_tail[512];

static void on_log(enum ggml_log_level level, const char *text, void *arg)
{
    (void)arg;
    if (getenv("DEEPCONF_LLAMA_LOG"))
        fputs(text, stderr);
    if (level != GGML_LOG_LEVEL_ERROR)
        return;
    size_t n = strlen(log_tail), m = strlen(text);
    if (n + m >= sizeof log_tail)
        n = 0;
    if (m >= sizeof log_tail)
        m = sizeof log_tail - 1;
    memcpy(log_tail + n, text, m);
    log_tail[n + m] = '\0';
}

void dc_llama_start(void)
{
    /* an assertion of ggml's would start gdb or lldb from the PATH */
    setenv("GGML_NO_BACKTRACE", "1", 0);
    llama_log_set(on_log, NULL);
    llama_backend_init();
    dc_llama_load_kernels();
}

void dc_llama_errors_clear(void)
{
    log_tail[0] = '\0';
}

const char *dc_llama_errors(void)
{
    for (char *p = log_tail; *p; p++)
        if (*p == '\n')
            *p = p[1] ? ';' : '\0';
    return log_tail[0] ? log_tail : "no reason given";
}

/* The first error, the cause of the others, without the function's name and
 * the path. */
static const char *why_not(const char *path)
{
    static const char from[] = " from ";
    size_t n = strlen(path), m = sizeof from - 1;
    log_tail[strcspn(log_tail, "\n")] = '\0';
    const char *name = strstr(log_tail, ": ");
    const char *first = dc_llama_errors();
    size_t skip = strcspn(first, " ");
    for (char *p; n > 0 && (p = strstr(log_tail, path));) {
        char *end = p + n;
        if (p > log_tail && p[-1] == '\'' && *end == '\'') {
            p--;
            end++;
        }
        if (p >= log_tail + m && !memcmp(p - m, from, m))
            p -= m;
        memmove(p, end, strlen(end) + 1);
    }
    return name && name < first + skip ? name + 2 : first;
}

void dc_llama_device(int gpu_layers, char *out, size_t n)
{
    ggml_backend_dev_t gpu =
        ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_GPU);
    if (gpu_layers == 0 || !llama_supports_gpu_offload()) {
        snprintf(out, n, "cpu");
        return;
    }
    const char *name = gpu ? ggml_backend_dev_description(gpu) : "no name";
    if (gpu_layers < 0)
        snprintf(out, n, "gpu (all layers): %s", name);
    else
        snprintf(out, n, "gpu (%d layers): %s", gpu_layers, name);
}

static enum dc_status load_load(const char *path, struct llama_model_params mp,
                                struct llama_model **out, struct dc_err *err)
{
    dc_llama_errors_clear();
    *out = llama_model_load_from_file(path, mp);
    if (*out)
        return DC_OK;
    return dc_fail(err, DC_BACKEND,
                   "%s: libllama can't load this model (%s): is the file "
                   "a whole GGUF? Compare its size and checksum with the "
                   "source, or fetch it again",
                   path, why_not(path));
}

enum dc_status dc_llama_load_vocab(const char *path, struct llama_model **out,
                                   struct dc_err *err)
{
    struct llama_model_params mp = llama_model_default_params();
    mp.vocab_only = true;
    return load_load(path, mp, out, err);
}

bool dc_llama_is_encoder(const struct llama_model *m)
{
    char arch[64], key[96], causal[8];
    if (llama_model_meta_val_str(m, "general.architecture", arch, sizeof arch) <
        0)
        return false;
    snprintf(key, sizeof key, "%s.attention.causal", arch);
    return llama_model_meta_val_str(m, key, causal, sizeof causal) >= 0 &&
           !strcmp(causal, "false");
}

enum dc_status dc_llama_load_any(const char *path, int gpu_layers,
                                 struct llama_model **out, struct dc_err *err)
{
    struct llama_model_params mp = llama_model_default_params();
    mp.n_gpu_layers = gpu_layers < 0 ? 999 : gpu_layers;
    if (gpu_layers > 0 && !llama_supports_gpu_offload())
        return dc_fail(err, DC_USAGE,
                       "%d layers on a GPU: libllama finds none here; leave "
                       "--gpu-layers out, or build with DEEPCONF_GPU=cuda "
                       "(README.md) where there is one",
                       gpu_layers);
    struct llama_model *m = NULL;
    enum dc_status st = load_load(path, mp, &m, err);
    if (st)
        return st;
    if (llama_model_n_ctx_train(m) < 1 ||
        llama_vocab_n_tokens(llama_model_get_vocab(m)) < 1) {
        int n_ctx = llama_model_n_ctx_train(m);
        llama_model_free(m);
        return dc_fail(err, DC_BACKEND,
                       "%s: not a usable model: its header says a "
                       "context of %d tokens, or no vocabulary",
                       path, n_ctx);
    }
    *out = m;
    return DC_OK;
}

enum dc_status dc_llama_load(const char *path, int gpu_layers,
                             struct llama_model **out, struct dc_err *err)
{
    struct llama_model *m = NULL;
    enum dc_status st = dc_llama_load_any(path, gpu_layers, &m, err);
    if (st)
        return st;
    if (!llama_model_has_decoder(m) || llama_model_has_encoder(m) ||
        dc_llama_is_encoder(m)) {
        llama_model_free(m);
        return dc_fail(err, DC_BACKEND,
                       "%s: not a decoder-only model; deepconf samples from "
                       "text-generation models. An encoder that classifies "
                       "can judge: --judge classifier=FILE",
                       path);
    }
    *out = m;
    return DC_OK;
}
