/*
 * version.c - `deepconf --version`: what this program was built from.
 *
 * Facts that may explain a difference between two machines, and no path.
 */
#include "cli/cli.h"
#include "infer/backend.h"
#include "store/store.h"

#include <deepconf/conf.h>
#include <jansson.h>

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define BUILD "with AddressSanitizer"
#elif defined(__OPTIMIZE__)
#define BUILD "optimised"
#else
#define BUILD "not optimised"
#endif

void dc_version_text(struct dc_buf *out)
{
    dc_buf_addf(out, "deepconf %s\n", DC_VERSION);
    dc_buf_addf(out, "compiler     %s\n", COMPILER);
    dc_buf_addf(out, "build        %s\n", BUILD);
    dc_buf_addf(out, "confidence   %s kernel\n", dc_logits_simd_name());
    dc_buf_addf(out, "inference    %s\n", dc_backend_llama_version());
    dc_buf_addf(out, "SQLite       %s\n", dc_store_library_version());
    dc_buf_addf(out, "jansson      %s\n", jansson_version_str());
}
