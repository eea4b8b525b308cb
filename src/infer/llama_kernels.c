/*
 * llama_kernels.c - loads CPU kernels and finds which ones they are.
 *
 * ggml left to itself looks for them beside the program and in the current
 * folder, where a stranger may have put some. They lie where libggml lies,
 * wherever the installation was moved, and the dynamic linker knows where that
 * is.
 */
#include "infer/llama_kernels.h"

#include "infer/llama_load.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* ISO C knows no way from a function to an address. */
static const char *file_of(void (*function)(void))
{
    void *address;
    Dl_info info;
    memcpy(&address, &function, sizeof address);
    return dladdr(address, &info) ? info.dli_fname : NULL;
}

void dc_llama_load_kernels(void)
{
    char folder[PATH_MAX];
    if (ggml_backend_reg_count() > 0)
        return;
    const char *file = file_of((void (*)(void))ggml_backend_load_all_from_path);
    const char *slash = file ? strrchr(file, '/') : NULL;
    if (!slash || (size_t)(slash - file) >= sizeof folder)
        return; /* loading a model then fails and says so */
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - file), file);
    ggml_backend_load_all_from_path(folder);
}

const char *dc_llama_kernels(void)
{
    static const char before[] = "/libggml-cpu-", after[] = ".so";
    static char name[32];
    ggml_backend_reg_t cpu = ggml_backend_reg_by_name("CPU");
    /* any function of theirs would do */
    void *address = cpu ? ggml_backend_reg_get_proc_address(
                              cpu, "ggml_backend_get_features")
                        : NULL;
    void (*function)(void);
    memcpy(&function, &address, sizeof function);
    const char *file = address ? file_of(function) : NULL;
    const char *from = file ? strstr(file, before) : NULL;
    if (!from)
        return NULL;
    from += sizeof before - 1;
    const char *end = strstr(from, after);
    if (!end || (size_t)(end - from) >= sizeof name)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)(end - from), from);
    return name;
}
