/*
 * import_finish.c - how an imported response ended: by its provider's word, of
 * which those that are not known are counted.
 */
#include "base/finish_words.h"
#include "base/utf8.h"
#include "exchange/import_priv.h"

#include <string.h>
#include <strings.h>

enum dc_finish dc_import_ending(struct dc_import *in, const json_t *word)
{
    struct dc_buf b;
    const char *s = json_string_value(word);
    enum dc_finish f = dc_finish_of_word(s);
    if (f != DC_FINISH_NONE)
        return f;
    if (word && !s && !json_is_null(word))
        dc_import_missing(in, "how a response ended, that is no text");
    if (!s || !s[0] || !strcasecmp(s, "unknown")) {
        dc_import_add(in, DC_IMPORT_ODD,
                      "responses whose end the input does not tell", 1);
        return DC_FINISH_UNKNOWN;
    }
    dc_buf_init(&b, 1 << 10);
    dc_buf_adds(&b, "responses ended by a word that is not known: \"");
    dc_utf8_display(&b, s, strlen(s) < 200 ? strlen(s) : 200, 40);
    dc_buf_addc(&b, '"');
    dc_import_add(in, DC_IMPORT_FINISH, b.data, 1);
    dc_buf_release(&b);
    return DC_FINISH_UNKNOWN;
}
