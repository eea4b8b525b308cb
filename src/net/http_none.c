/*
 * http_none.c - in place of src/net in a build without servers: every URL is
 * refused with the reason.
 */
#include "net/http.h"

enum dc_status dc_http_check_url(const char *url, struct dc_err *err)
{
    (void)url;
    return dc_fail(err, DC_USAGE,
                   "this deepconf was built without servers "
                   "(-DDEEPCONF_SERVERS=OFF): leave the URL out, or build it "
                   "with them");
}

enum dc_status dc_http_check_key(const char *key, struct dc_err *err)
{
    return dc_http_check_url(key, err);
}

bool dc_http_is_clear(const char *url)
{
    (void)url;
    return false;
}
