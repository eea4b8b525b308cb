/*
 * server.c - server.h.
 */
#include "infer/server.h"

#include <string.h>

enum {
    KEY_PART = 8, /* bytes of a key that may not be shown ... */
    KEY_LEAST = 4 /* ... and of a whole one */
};

struct dc_server_cfg dc_server_cfg_default(void)
{
    return (struct dc_server_cfg){
        .connect_s = 15, .silence_s = 300, .retries = 8};
}

size_t dc_server_url_end(const char *url, size_t n)
{
    while (n > 0 && url[n - 1] == '/')
        n--;
    return n;
}

static size_t server_common(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

void dc_server_hide_key(char *s, const char *key)
{
    size_t n_key = key ? strlen(key) : 0;
    size_t least = n_key < KEY_PART ? n_key : KEY_PART;
    if (n_key < KEY_LEAST)
        return;
    for (size_t i = 0; s[i]; i++) {
        size_t most = 0;
        for (size_t k = 0; k + least <= n_key; k++) {
            size_t n = server_common(s + i, key + k);
            most = n > most ? n : most;
        }
        if (most < least)
            continue;
        memset(s + i, '*', most);
        i += most - 1;
    }
}
