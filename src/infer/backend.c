/*
 * backend.c - the table of backends (backends.def), the defaults, and the names
 * of the ways a trace ends. The names are stored in run files: never change
 * one.
 */
#include "infer/backend.h"

#include "base/mem.h"

#include <string.h>
#include <unistd.h>

#define X(name) extern const struct dc_backend_ops dc_backend_##name;
#include "backends.def"
#undef X

static const struct dc_backend_ops *const backends[] = {
#define X(name) &dc_backend_##name,
#include "backends.def"
#undef X
};

const struct dc_backend_ops *const *dc_backends(size_t *n)
{
    *n = DC_COUNT(backends);
    return backends;
}

const struct dc_backend_ops *dc_backend_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(backends); i++)
        if (strcmp(backends[i]->name, name) == 0)
            return backends[i];
    return NULL;
}

static unsigned n_cores(void)
{
#ifdef _SC_NPROCESSORS_ONLN
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
#else
    return 1;
#endif
}

struct dc_backend_cfg dc_backend_cfg_default(void)
{
    return (struct dc_backend_cfg){
        .k = DC_CONF_K_DEFAULT,
        .llama = {.n_threads = n_cores(), .gpu_layers = -1},
    };
}

enum dc_status dc_without_parse(const char *name, unsigned *out,
                                struct dc_err *err)
{
    static const struct {
        const char *name;
        enum dc_without bit;
    } row[] = {
        {"prefix", DC_WITHOUT_PREFIX},
        {"pack", DC_WITHOUT_PACK},
        {"team", DC_WITHOUT_TEAM},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        if (!strcmp(name, row[i].name)) {
            *out |= row[i].bit;
            return DC_OK;
        }
    }
    return dc_fail(err, DC_USAGE,
                   "--without %.60s: expected prefix, pack or team", name);
}
