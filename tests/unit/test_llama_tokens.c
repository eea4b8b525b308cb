/*
 * test_llama_tokens.c - the tokeniser of prompts over whole vocabularies: the
 * tiny models, the models at hand, and the vocabularies that the source package
 * of libllama has for its own tests.
 *
 * Two promises. Every marker of a vocabulary that a user writes stays text,
 * alone, within words, doubled, and beside what is ours. And a text without
 * markers gets the ids that libllama gives for the whole prompt in one piece.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "infer/llama_chat.h"
#include "infer/llama_form.h"
#include "infer/llama_load.h"
#include "infer/models.h"

#include <archive.h>
#include <archive_entry.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATHS_MAX = 64 };

static char path[PATHS_MAX][1024];
static size_t n_path;
static char tiny[1024];
static char unpacked[] = "/tmp/deepconf-vocab-XXXXXX";

static const char *const harmless[] = {
    "How do I kill a process?",
    "  two  spaces,   three \n\n\n and lines \t tabs\t\t",
    "int main(void)\n{\n    return x < 3 && y > 4 ? a[0] : b->c;\n}\n",
    "<h1>Title</h1><p>a <b>bold</b> <code>word</code></p>\n<table><tr><td>",
    "1234567 3.14 0x7f 50% $9.99 (a) [b] {c} | d",
    ("\xC3\xBC\xC3\xB8\xC3\xBA na\xC3\xAFve \xE4\xBD\xA0\xE5\xA5\xBD "
     "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4 \xF0\x9F\x98\x80\xF0\x9F\x91\x8D"),
    "I'd've don't we'll SHE'S",
    "a < b and c > d, <not a tag>, </",
    "\n",
    " ",
    "x",
};

/* ---- vocabularies ---- */

struct subject {
    struct llama_model *model;
    const struct llama_vocab *vocab;
    struct dc_tokens tokens;
    const char *name;
};

static void open_subject(struct subject *s, const char *file)
{
    struct llama_model_params mp = llama_model_default_params();
    struct dc_err err = {.msg = ""};
    mp.vocab_only = true;
    s->model = llama_model_load_from_file(file, mp);
    if (!s->model)
        fail_msg("%s: can't be loaded", file);
    s->vocab = llama_model_get_vocab(s->model);
    s->name = strrchr(file, '/') + 1;
    if (dc_tokens_init(&s->tokens, s->vocab, &err))
        fail_msg("%s: %s", file, err.msg);
}

static void close_subject(struct subject *s)
{
    dc_tokens_release(&s->tokens);
    llama_model_free(s->model);
}

static const char *text_of(const struct subject *s, llama_token id)
{
    return llama_vocab_get_text(s->vocab, id);
}

static size_t n_markers(const struct subject *s, const struct dc_token_ids *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++)
        n += dc_marker_is(s->vocab, x->id[i]);
    return n;
}

/* Ours, a user's text, ours; the markers of `frame` stand around it. */
static void frame_ids(const struct subject *s, const char *frame,
                      const char *text, struct dc_token_ids *out)
{
    struct dc_buf b;
    struct dc_err err = {.msg = ""};
    dc_buf_init(&b, 1 << 16);
    dc_buf_addf(&b, "%suser\n", frame);
    const struct dc_prompt_part part[] = {
        {b.data, b.n, true}, {text, strlen(text), false}, {b.data, b.n, true}};
    if (dc_tokens_of(&s->tokens, part, 3, out, &err))
        fail_msg("%s: %s: %s", s->name, text, err.msg);
    dc_buf_release(&b);
}

/* A marker that is read in text of ours; "" if there is none. */
static const char *frame_of(const struct subject *s)
{
    int32_t n = llama_vocab_n_tokens(s->vocab);
    for (llama_token id = 0; id < n; id++)
        if (llama_vocab_is_control(s->vocab, id) &&
            dc_marker_is(s->vocab, id) && id != llama_vocab_bos(s->vocab))
            return text_of(s, id);
    return "";
}

/* ---- markers stay text ---- */

/* Do ids spell their text? Some tokenisers change it. */
static bool spells_exactly(const struct subject *s)
{
    enum llama_vocab_type t = llama_vocab_type(s->vocab);
    return t == LLAMA_VOCAB_TYPE_SPM || t == LLAMA_VOCAB_TYPE_BPE;
}

static void check_spelling(const struct subject *s, const char *text)
{
    static char got[4096];
    struct dc_token_ids x = {0};
    const struct dc_prompt_part part = {text, strlen(text), false};
    assert_int_equal(dc_tokens_of(&s->tokens, &part, 1, &x, NULL), DC_OK);
    assert_int_equal(n_markers(s, &x), s->tokens.wants_bos);
    /* without BOS: the space that stands before a text goes only then */
    int32_t n = llama_detokenize(s->vocab, x.id + s->tokens.wants_bos,
                                 (int32_t)x.n - s->tokens.wants_bos, got,
                                 sizeof got - 1, false, true);
    assert_true(n >= 0);
    got[n] = '\0';
    if (strcmp(got, text) != 0)
        fail_msg("%s: \"%s\" became \"%s\"", s->name, text, got);
    free(x.id);
}

static void check_marker(const struct subject *s, const char *frame,
                         size_t n_plain, const char *marker)
{
    /* before it, between it and it again (NULL: once), behind it */
    static const char *const around[][3] = {
        {"", NULL, ""}, {"a ", NULL, " b"}, {"a", NULL, "b"},
        {"", "", ""},   {" ", "\n", "\n"},
    };
    char text[5000];
    struct dc_token_ids x = {0};
    for (size_t i = 0; i < DC_COUNT(around); i++) {
        const char *const *at = around[i];
        size_t n =
            (size_t)snprintf(text, sizeof text, "%s%s%s%s%s", at[0], marker,
                             at[1] ? at[1] : "", at[1] ? marker : "", at[2]);
        assert_true(n < sizeof text);
        frame_ids(s, frame, text, &x);
        if (n_markers(s, &x) != n_plain)
            fail_msg("%s: \"%s\" in a user's text: %zu markers, expected %zu",
                     s->name, text, n_markers(s, &x), n_plain);
        if (spells_exactly(s))
            check_spelling(s, text);
    }
    free(x.id);
}

static void check_every_marker(const struct subject *s)
{
    struct dc_token_ids x = {0};
    size_t n_tried = 0;
    const char *frame = frame_of(s);
    frame_ids(s, frame, "Why?", &x);
    size_t n_plain = n_markers(s, &x);
    assert_true(n_plain >= (frame[0] ? 2u : 0u));
    int32_t n = llama_vocab_n_tokens(s->vocab);
    for (llama_token id = 0; id < n; id++) {
        const unsigned kinds = LLAMA_TOKEN_ATTR_CONTROL |
                               LLAMA_TOKEN_ATTR_USER_DEFINED |
                               LLAMA_TOKEN_ATTR_UNUSED;
        if (!(llama_vocab_get_attr(s->vocab, id) & kinds) ||
            !dc_marker_is(s->vocab, id))
            continue;
        /* of rows of the same make, every 64th is enough */
        if (strncmp(text_of(s, id), "[PAD", 4) == 0 && id % 64)
            continue;
        check_marker(s, frame, n_plain, text_of(s, id));
        n_tried++;
    }
    printf("%s: %zu markers\n", s->name, n_tried);
    free(x.id);
}

static void lacks_id(const struct subject *s,
                     const struct dc_prompt_part part[2], llama_token id)
{
    struct dc_token_ids x = {0};
    assert_int_equal(dc_tokens_of(&s->tokens, part, 2, &x, NULL), DC_OK);
    for (size_t q = s->tokens.wants_bos; q < x.n; q++)
        assert_int_not_equal(x.id[q], id);
    free(x.id);
}

/* A marker is not made across the seam of what is ours and a user's text. */
static void check_seams(const struct subject *s)
{
    struct dc_token_ids x = {0};
    for (size_t k = 0; k < s->tokens.markers.n; k += 1 + k / 8) {
        const struct dc_marker *m = &s->tokens.markers.marker[k];
        for (size_t cut = 1; cut < m->n; cut++) {
            if (((unsigned char)m->text[cut] & 0xC0) == 0x80)
                continue;
            struct dc_prompt_part part[2] = {
                {m->text, cut, true}, {m->text + cut, m->n - cut, false}};
            lacks_id(s, part, m->id);
            part[0].ours = false;
            part[1].ours = true;
            lacks_id(s, part, m->id);
            part[0].ours = true;
            if (!m->read)
                continue;
            dc_tokens_of(&s->tokens, part, 2, &x, NULL);
            assert_int_equal(x.id[x.n - 1], m->id);
        }
    }
    free(x.id);
}

/* ---- harmless texts ---- */

/* libllama alone, the whole prompt in one piece; BOS once. */
static size_t whole_ids(const struct subject *s, const char *text,
                        llama_token *id, size_t cap)
{
    int32_t n = llama_tokenize(s->vocab, text, (int32_t)strlen(text), id,
                               (int32_t)cap, true, true);
    assert_true(n >= 0);
    llama_token bos = llama_vocab_bos(s->vocab);
    bool two = n >= 2 && id[0] == bos && id[1] == bos;
    if (two)
        memmove(id, id + 1, ((size_t)n - 1) * sizeof *id);
    n -= two;
    /* an end that a vocabulary wants is no part of a prompt to go on with */
    bool end = (llama_vocab_get_add_eos(s->vocab) ||
                llama_vocab_type(s->vocab) == LLAMA_VOCAB_TYPE_WPM) &&
               n > 0;
    return (size_t)(n - end);
}

static void check_harmless(const struct subject *s, const char *frame,
                           const char *bos, const char *text)
{
    static llama_token want[1 << 16];
    struct dc_token_ids x = {0};
    struct dc_buf head, tail, all;
    dc_buf_init(&head, 1 << 20);
    dc_buf_init(&tail, 1 << 20);
    dc_buf_init(&all, 1 << 20);
    dc_buf_addf(&head, "%s%suser\n", bos, frame);
    dc_buf_addf(&tail, "%s\n%sassistant\n", frame, frame);
    dc_buf_addf(&all, "%s%s%s", head.data, text, tail.data);
    size_t n = whole_ids(s, all.data, want, DC_COUNT(want));
    const struct dc_prompt_part part[] = {{head.data, head.n, true},
                                          {text, strlen(text), false},
                                          {tail.data, tail.n, true}};
    struct dc_err err = {.msg = ""};
    if (dc_tokens_of(&s->tokens, part, 3, &x, &err))
        fail_msg("%s: %s", s->name, err.msg);
    if (x.n != n || memcmp(x.id, want, n * sizeof *want) != 0)
        fail_msg("%s: \"%s\": other ids than in one piece (%zu, expected %zu)",
                 s->name, text, x.n, n);
    free(x.id);
    dc_buf_release(&head);
    dc_buf_release(&tail);
    dc_buf_release(&all);
}

static void check_harmless_texts(const struct subject *s)
{
    llama_token id = llama_vocab_bos(s->vocab);
    const char *bos = id >= 0 ? text_of(s, id) : "";
    for (size_t k = 0; k < DC_COUNT(harmless); k++) {
        check_harmless(s, frame_of(s), "", harmless[k]);
        check_harmless(s, frame_of(s), bos, harmless[k]);
        check_harmless(s, "", "", harmless[k]);
    }
}

/* Nothing that a user may write changes the ids of the prefix. */
static void check_prefix(const struct subject *s)
{
    struct dc_token_ids prefix = {0}, x = {0};
    char head[500];
    snprintf(head, sizeof head, "%suser says:\n", frame_of(s));
    struct dc_prompt_part part[] = {
        {head, strlen(head), true}, {"", 0, false}, {"\nEnd.", 5, true}};
    assert_int_equal(dc_tokens_prefix(&s->tokens, part, 3, &prefix, NULL),
                     DC_OK);
    for (size_t k = 0; k < DC_COUNT(harmless); k++) {
        part[1].text = harmless[k];
        part[1].n = strlen(harmless[k]);
        dc_tokens_of(&s->tokens, part, 3, &x, NULL);
        assert_true(x.n >= prefix.n);
        assert_memory_equal(x.id, prefix.id, prefix.n * sizeof *x.id);
    }
    free(prefix.id);
    free(x.id);
}

/* All that holds for a vocabulary, opened once. */
static void test_vocabulary(void **state)
{
    struct subject s;
    open_subject(&s, *state);
    check_every_marker(&s);
    check_seams(&s);
    check_harmless_texts(&s);
    check_prefix(&s);
    close_subject(&s);
}

/* ---- what is a marker ---- */

static llama_token id_of(const struct subject *s, const char *text)
{
    int32_t n = llama_vocab_n_tokens(s->vocab);
    for (llama_token id = 0; id < n; id++)
        if (strcmp(text_of(s, id), text) == 0)
            return id;
    fail_msg("%s: no token \"%s\"", s->name, text);
    return -1;
}

static void open_tiny(struct subject *s, const char *name)
{
    char file[1200];
    snprintf(file, sizeof file, "%s/tiny-%s.gguf", tiny, name);
    open_subject(s, file);
}

static void test_what_is_a_marker(void **state)
{
    (void)state;
    static const char *const marker[] = {"<s>",
                                         "</s>",
                                         "<|im_start|>",
                                         "<|im_end|>",
                                         "<|user|>",
                                         "<think>",
                                         "[INST]",
                                         "<|channel>thought",
                                         "<|unused|>",
                                         "<|tool|>",
                                         "\xE2\x97\x81think\xE2\x96\xB7"};
    static const char *const plain[] = {"<unk>",
                                        "<h1>",
                                        "</h1>",
                                        "\n\n",
                                        "  ",
                                        "\t",
                                        "\xED\x95\x9C\xEA\xB5\xAD\xEC\x96\xB4",
                                        "<",
                                        "</s",
                                        "<0x41>"};
    struct subject s;
    open_tiny(&s, "marks");
    for (size_t i = 0; i < DC_COUNT(marker); i++)
        assert_true(dc_marker_is(s.vocab, id_of(&s, marker[i])));
    for (size_t i = 0; i < DC_COUNT(plain); i++)
        assert_false(dc_marker_is(s.vocab, id_of(&s, plain[i])));
    close_subject(&s);
}

/* Tokens that are text are read as what they are, wherever they stand. */
static void test_plain_tokens_stay_whole(void **state)
{
    (void)state;
    static const char *const plain[] = {"<h1>", "\n\n", "    ", "\t"};
    struct subject s;
    struct dc_token_ids x = {0};
    open_tiny(&s, "marks");
    for (size_t i = 0; i < DC_COUNT(plain); i++) {
        char text[100];
        size_t n = 0;
        snprintf(text, sizeof text, "a%sb", plain[i]);
        frame_ids(&s, "<|im_end|>", text, &x);
        for (size_t k = 0; k < x.n; k++)
            n += x.id[k] == id_of(&s, plain[i]);
        assert_int_equal(n, 1);
    }
    free(x.id);
    close_subject(&s);
}

/* ---- both paths ---- */

/* Sampling and judging give the same ids, whatever the user writes. */
static void check_paths(const char *name, const char *marker[], size_t n)
{
    const struct dc_chat_cfg cfg = {0};
    struct dc_jinja_text text = {0};
    struct dc_llama_chat chat;
    struct dc_form form;
    struct subject s;
    struct dc_token_ids x = {0}, y = {0}, plain = {0};
    struct dc_err err = {.msg = ""};
    open_tiny(&s, name);
    if (dc_llama_chat_init(&chat, s.model, &cfg, &err))
        fail_msg("%s: %s", name, err.msg);
    if (dc_llama_chat_parts(&chat, "{prompt}", 8, &text, &err) ||
        dc_form_init(&form, s.vocab, text.text, &err))
        fail_msg("%s: %s", name, err.msg);
    assert_int_equal(dc_llama_chat_tokenize(&chat, "Why?", 4, &plain, &err),
                     DC_OK);
    for (size_t i = 0; i < n; i++) {
        char user[300];
        snprintf(user, sizeof user, "a %s b%s", marker[i], marker[i]);
        const struct dc_form_text hole[DC_FORM_HOLES] = {{user, strlen(user)},
                                                         {NULL, 0}};
        assert_int_equal(
            dc_llama_chat_tokenize(&chat, user, strlen(user), &x, &err), DC_OK);
        assert_int_equal(dc_form_tokenize(&form, hole, NULL, &y, &err), DC_OK);
        assert_int_equal(x.n, y.n);
        assert_memory_equal(x.id, y.id, x.n * sizeof *x.id);
        assert_int_equal(n_markers(&s, &x), n_markers(&s, &plain));
    }
    free(x.id);
    free(y.id);
    free(plain.id);
    dc_jinja_text_release(&text);
    dc_form_release(&form);
    dc_llama_chat_release(&chat);
    close_subject(&s);
}

static void test_both_paths(void **state)
{
    (void)state;
    const char *qwen[] = {"</think>",   "<think>",       "<tool_call>",
                          "<|im_end|>", "<|endoftext|>", "</tool_response>"};
    const char *marks[] = {
        "</s>",     "<s>",          "<|user|>",         "[INST]",
        "</think>", "<|im_start|>", "<|channel>thought"};
    const char *harmony[] = {"<|channel|>", "<|end|>", "<|return|>",
                             "<|message|>", "[THINK]", "<|turn_is_over|>"};
    check_paths("qwen3", qwen, DC_COUNT(qwen));
    check_paths("llama", qwen, DC_COUNT(qwen));
    check_paths("marks", marks, DC_COUNT(marks));
    check_paths("harmony", harmony, DC_COUNT(harmony));
}

/* ---- BOS, bounds ---- */

static void test_bos_once(void **state)
{
    (void)state;
    static const char *const text[] = {"<s>hello", "hello", "<s>"};
    struct subject s;
    struct dc_token_ids x = {0};
    open_tiny(&s, "marks");
    assert_true(s.tokens.wants_bos);
    for (size_t i = 0; i < DC_COUNT(text); i++) {
        const struct dc_prompt_part part = {text[i], strlen(text[i]), true};
        assert_int_equal(dc_tokens_of(&s.tokens, &part, 1, &x, NULL), DC_OK);
        assert_int_equal(x.id[0], llama_vocab_bos(s.vocab));
        assert_int_equal(n_markers(&s, &x), 1);
    }
    assert_int_equal(dc_tokens_of(&s.tokens, NULL, 0, &x, NULL), DC_OK);
    assert_int_equal(x.n, 1);
    close_subject(&s);
    open_tiny(&s, "llama");
    assert_false(s.tokens.wants_bos);
    const struct dc_prompt_part part = {"<s>hello", 8, true};
    assert_int_equal(dc_tokens_of(&s.tokens, &part, 1, &x, NULL), DC_OK);
    assert_int_equal(n_markers(&s, &x), 1);
    free(x.id);
    close_subject(&s);
}

static void test_too_long_is_data(void **state)
{
    (void)state;
    struct subject s;
    struct dc_token_ids x = {0};
    struct dc_err err = {.msg = ""};
    char *big = dc_xmalloc(DC_TOKENS_MAX);
    memset(big, 'a', DC_TOKENS_MAX);
    open_tiny(&s, "llama");
    const struct dc_prompt_part part[] = {{big, DC_TOKENS_MAX, false},
                                          {"b", 1, true}};
    assert_int_equal(dc_tokens_of(&s.tokens, part, 2, &x, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "more than"));
    free(big);
    free(x.id);
    close_subject(&s);
}

/* ---- which vocabularies ---- */

static void add_paths(const char *pattern)
{
    glob_t g;
    if (glob(pattern, 0, NULL, &g) == 0)
        for (size_t i = 0; i < g.gl_pathc && n_path < PATHS_MAX; i++)
            snprintf(path[n_path++], sizeof path[0], "%s", g.gl_pathv[i]);
    globfree(&g);
}

/* One of each make, of those in the source package of libllama. */
static const char *const packed[] = {
    "baichuan", "bert-bge",  "command-r", "deepseek-coder", "falcon", "gemma-4",
    "gpt-neox", "llama-bpe", "llama-spm", "phi-3",          "refact",
};

static bool is_packed(const char *name)
{
    static const char folder[] = "/models/ggml-vocab-";
    const char *at = strstr(name, folder);
    if (!at)
        return false;
    at += sizeof folder - 1;
    for (size_t i = 0; i < DC_COUNT(packed); i++) {
        size_t n = strlen(packed[i]);
        if (strncmp(at, packed[i], n) == 0 && strcmp(at + n, ".gguf") == 0)
            return true;
    }
    return false;
}

/* One file of an archive into the folder for them. */
static void unpack(struct archive *a, const char *name)
{
    char to[200];
    snprintf(to, sizeof to, "%s%s", unpacked, strrchr(name, '/'));
    FILE *f = fopen(to, "wb");
    assert_non_null(f);
    const void *block;
    size_t n;
    la_int64_t at;
    while (archive_read_data_block(a, &block, &n, &at) == ARCHIVE_OK)
        assert_int_equal(fwrite(block, 1, n, f), n);
    fclose(f);
    snprintf(path[n_path++], sizeof path[0], "%s", to);
}

/* The vocabularies in the source package of libllama, where it was fetched. */
static void add_packed(const char *cache)
{
    char what[1200];
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    glob_t g;
    size_t had = n_path;
    snprintf(what, sizeof what, "%s/downloads/llama-cpp-python-*.tar.gz",
             cache);
    archive_read_support_filter_gzip(a);
    archive_read_support_format_tar(a);
    if (glob(what, 0, NULL, &g) == 0 && mkdtemp(unpacked) &&
        !archive_read_open_filename(a, g.gl_pathv[g.gl_pathc - 1], 1 << 16))
        while (archive_read_next_header(a, &e) == ARCHIVE_OK)
            if (is_packed(archive_entry_pathname(e)) && n_path < PATHS_MAX)
                unpack(a, archive_entry_pathname(e));
    archive_read_free(a);
    globfree(&g);
    if (n_path > had)
        printf("%zu vocabularies of libllama's source package\n", n_path - had);
    else
        printf("SKIP of real vocabularies: no %s\n", what);
}

static void remove_packed(void)
{
    for (size_t i = 0; i < n_path; i++)
        if (strncmp(path[i], unpacked, strlen(unpacked)) == 0)
            unlink(path[i]);
    rmdir(unpacked);
}

int main(void)
{
    const char *dir = getenv("DEEPCONF_TINY_DIR");
    char pattern[1200];
    if (!dir || !dir[0]) {
        printf("SKIP: no tiny models (scripts/setup --dev makes them)\n");
        return 77;
    }
    snprintf(tiny, sizeof tiny, "%s", dir);
    snprintf(pattern, sizeof pattern, "%s/tiny-*.gguf", dir);
    add_paths(pattern);
    struct dc_buf cache;
    dc_buf_init(&cache, 1000);
    if (!dc_cache_dir(&cache, NULL)) {
        snprintf(pattern, sizeof pattern, "%s/models/*.gguf", cache.data);
        add_paths(pattern);
        add_packed(cache.data);
    }
    dc_buf_release(&cache);
    dc_llama_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_marker),
        cmocka_unit_test(test_plain_tokens_stay_whole),
        cmocka_unit_test(test_both_paths),
        cmocka_unit_test(test_bos_once),
        cmocka_unit_test(test_too_long_is_data),
    };
    struct CMUnitTest vocabulary[PATHS_MAX] = {{0}};
    for (size_t i = 0; i < n_path; i++)
        vocabulary[i] = (struct CMUnitTest){.name = strrchr(path[i], '/') + 1,
                                            .test_func = test_vocabulary,
                                            .initial_state = path[i]};
    int rc =
        cmocka_run_group_tests(tests, NULL, NULL) +
        _cmocka_run_group_tests("vocabularies", vocabulary, n_path, NULL, NULL);
    remove_packed();
    return rc;
}
