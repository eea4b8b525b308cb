#include "chat/jinja_priv.h"

extern "C" {
#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"
}

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <jinja/lexer.h>
#include <jinja/parser.h>
#include <jinja/runtime.h>
#include <jinja/value.h>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <vector>

using jinja::context;
using jinja::func_args;
using jinja::mk_val;
using jinja::value;

typedef std::runtime_error failure;

static const size_t MOST_TEXT = (size_t)64 << 20;

/* "line LINE: WHAT"; what may hold anything; line 0: not known. */
static enum dc_status jinja_fail(struct dc_err *err, size_t line,
                                 const std::string &what)
{
    enum { MOST_SAID = 400 };
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, what.data(),
                    std::min(what.size(), (size_t)4 * MOST_SAID), MOST_SAID);
    if (line)
        dc_fail(err, DC_DATA, "line %zu: %s", line, b.data);
    else
        dc_fail(err, DC_DATA, "%s", b.data);
    dc_buf_release(&b);
    return DC_DATA;
}

/* ---- parsing ---- */

struct dc_jinja {
    std::string source; /* lines end in "\n" */
    jinja::program program;
    std::set<std::string> reads;
};

static size_t line_at(const std::string &s, size_t pos)
{
    return 1 + (size_t)std::count(s.begin(), s.begin() + (ptrdiff_t)pos, '\n');
}

/* What the engine says, without its prefixes and its picture of the place. */
static std::string first_line(std::string s)
{
    s = s.substr(0, s.find('\n'));
    for (const char *p : {"lexer: ", "parser: ", "Parser Error: "})
        if (s.compare(0, std::strlen(p), p) == 0)
            s.erase(0, std::strlen(p));
    return s;
}

/* Does it complain of the end? It says so in several ways. */
static bool is_end(const std::string &said)
{
    for (const char *p : {"Unexpected token type", "Unexpected EOF", "(Got )",
                          "end of input", "missing end"})
        if (said.find(p) != std::string::npos)
            return true;
    return false;
}

/* The complaint about the first n bytes or tokens; empty: none. */
typedef std::function<std::string(size_t)> complaint_fn;

static std::string complaint(const std::function<void()> &f)
{
    try {
        f();
    } catch (const std::exception &e) {
        return e.what();
    }
    return "";
}

/*
 * The engine reads from left to right and mostly doesn't say where it stopped:
 * the shortest beginning that brings the same complaint ends there. One that is
 * cut in an earlier place may happen to bring it too, but not with a little
 * more of it.
 */
static size_t shortest(size_t n, const std::string &said, const complaint_fn &f)
{
    size_t low = 0, high = n; /* high brings it */
    while (low + 1 < high) {
        size_t mid = low + (high - low) / 2;
        bool same = true;
        for (size_t i = mid; i <= std::min(mid + 2, n) && same; i++)
            same = first_line(f(i)) == first_line(said);
        (same ? high : low) = mid;
    }
    return high;
}

static enum dc_status lex(const std::string &source, jinja::lexer_result &out,
                          struct dc_err *err)
{
    auto f = [&](size_t n) {
        return complaint(
            [&] { out = jinja::lexer().tokenize(source.substr(0, n)); });
    };
    const std::string said = f(source.size());
    if (said.empty())
        return DC_OK;
    size_t at = is_end(said) ? source.size() : shortest(source.size(), said, f);
    return jinja_fail(err, line_at(source, at ? at - 1 : 0), first_line(said));
}

static enum dc_status parse(const jinja::lexer_result &all,
                            jinja::program &program, struct dc_err *err)
{
    auto f = [&](size_t n) {
        jinja::lexer_result some = all;
        some.tokens.resize(n);
        return complaint([&] { program = jinja::parse_from_tokens(some); });
    };
    const size_t n = all.tokens.size();
    const std::string said = f(n);
    if (said.empty())
        return DC_OK;
    if (is_end(said) || n == 0)
        return jinja_fail(err, line_at(all.source, all.source.size()),
                          "it ends inside a block or an expression (" +
                              first_line(said) + ")");
    size_t pos = all.tokens[shortest(n, said, f) - 1].pos;
    return jinja_fail(err, line_at(all.source, pos), first_line(said));
}

static std::string plain_lines(const char *source, size_t n)
{
    std::string s;
    for (size_t i = 0; i < n; i++)
        if (source[i] != '\r')
            s += source[i];
        else if (i + 1 == n || source[i + 1] != '\n')
            s += '\n';
    return s;
}

/* Names that are no attribute of anything. */
static void find_reads(const jinja::lexer_result &all,
                       std::set<std::string> &reads)
{
    bool behind_dot = false;
    for (const auto &t : all.tokens) {
        if (t.t == jinja::token::identifier && !behind_dot)
            reads.insert(t.value);
        behind_dot = t.t == jinja::token::dot;
    }
}

extern "C" bool dc_jinja_available(void)
{
    return true;
}

extern "C" void dc_jinja_abort_without_memory(void)
{
    std::set_new_handler([] { std::abort(); });
}

extern "C" enum dc_status dc_jinja_parse_here(const char *source, size_t n,
                                              struct dc_jinja **out,
                                              struct dc_err *err)
{
    *out = nullptr;
    try {
        auto t = std::make_unique<struct dc_jinja>();
        jinja::lexer_result lexed;
        t->source = plain_lines(source, n);
        enum dc_status st = lex(t->source, lexed, err);
        if (!st)
            st = parse(lexed, t->program, err);
        if (st)
            return st;
        find_reads(lexed, t->reads);
        *out = t.release();
        return DC_OK;
    } catch (const std::exception &e) {
        return jinja_fail(err, 0, e.what());
    }
}

extern "C" void dc_jinja_free(struct dc_jinja *t)
{
    delete t;
}

extern "C" bool dc_jinja_reads(const struct dc_jinja *t, const char *name)
{
    return t->reads.count(name) > 0;
}

/* ---- rendering ---- */

static value from_json(const json_t *j)
{
    switch (json_typeof(j)) {
    case JSON_NULL:
        return mk_val<jinja::value_none>();
    case JSON_TRUE:
    case JSON_FALSE:
        return mk_val<jinja::value_bool>(json_is_true(j));
    case JSON_INTEGER:
        return mk_val<jinja::value_int>((int64_t)json_integer_value(j));
    case JSON_REAL:
        return mk_val<jinja::value_float>(json_real_value(j));
    case JSON_STRING:
        return mk_val<jinja::value_string>(
            std::string(json_string_value(j), json_string_length(j)));
    case JSON_ARRAY: {
        auto list = mk_val<jinja::value_array>();
        for (size_t i = 0; i < json_array_size(j); i++)
            list->push_back(from_json(json_array_get(j, i)));
        return list;
    }
    case JSON_OBJECT:
        break;
    }
    auto object = mk_val<jinja::value_object>();
    json_t *o = const_cast<json_t *>(j), *item;
    const char *key;
    json_object_foreach(o, key, item)
        object->insert(std::string(key), from_json(item));
    return object;
}

static enum dc_status set_arg(context &ctx, const struct dc_jinja_arg *a,
                              struct dc_err *err)
{
    json_error_t why;
    if (!std::strcmp(a->key, "messages") ||
        !std::strcmp(a->key, "add_generation_prompt"))
        return dc_fail(err, DC_USAGE,
                       "template argument %s: that one is set by deepconf",
                       a->key);
    json_t *j = dc_json_loadb(
        a->json, std::strlen(a->json),
        JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &why);
    if (!j)
        return dc_fail(err, DC_USAGE,
                       "template argument %s: not JSON at character %d: %s; a "
                       "value is written true, 3 or \"text\"",
                       a->key, why.position, why.text);
    std::unique_ptr<json_t, void (*)(json_t *)> owner(j, json_decref);
    ctx.set_val(a->key, from_json(j));
    return DC_OK;
}

/* What the template says by raise_exception() stands alone in the message. */
static value raise_exception(const func_args &a)
{
    std::string said = a.count() ? a.get_pos(0)->as_string().str() : "";
    throw failure("it refuses: " + (said.empty() ? "no reason given" : said));
}

static value strftime_utc(const func_args &a, int64_t now)
{
    char buf[512];
    struct tm tm;
    time_t t = (time_t)now;
    std::string format = a.get_pos(0)->as_string().str();
    if (!gmtime_r(&t, &tm))
        throw failure("strftime_now(): the time is out of range");
    buf[0] = '\0';
    size_t n = std::strftime(buf, sizeof buf, format.c_str(), &tm);
    if (n == 0 && !format.empty())
        throw failure("strftime_now(): its text is empty or too long");
    return mk_val<jinja::value_string>(std::string(buf, n));
}

static value string_value(const std::string &s, bool is_input)
{
    auto v = mk_val<jinja::value_string>(s);
    if (is_input)
        v->val_str.mark_input();
    return v;
}

/* Variables as transformers passes them; tools and documents are None there.
 * word: what stands for text that isn't ours, or NULL. */
static enum dc_status set_all(context &ctx, const struct dc_jinja_cfg *cfg,
                              const char *word, struct dc_err *err)
{
    auto messages = mk_val<jinja::value_array>();
    int64_t now = cfg->now;
    for (size_t i = 0; i < cfg->n_msg; i++) {
        const struct dc_jinja_message *m = cfg->msg + i;
        auto one = mk_val<jinja::value_object>();
        std::string content(m->content, m->n);
        if (word && !m->ours)
            content = word;
        one->insert("role", string_value(m->role, false));
        one->insert("content", string_value(content, !m->ours));
        messages->push_back(one);
    }
    ctx.set_val("messages", messages);
    ctx.set_val("add_generation_prompt", mk_val<jinja::value_bool>(true));
    ctx.set_val("tools", mk_val<jinja::value_none>());
    ctx.set_val("documents", mk_val<jinja::value_none>());
    if (cfg->bos)
        ctx.set_val("bos_token", string_value(cfg->bos, false));
    if (cfg->eos)
        ctx.set_val("eos_token", string_value(cfg->eos, false));
    auto put = [&](const char *name, const jinja::func_handler &f) {
        ctx.set_val(name, mk_val<jinja::value_func>(name, f));
    };
    put("raise_exception", raise_exception);
    put("strftime_now",
        [now](const func_args &a) { return strftime_utc(a, now); });
    for (size_t i = 0; i < cfg->n_arg; i++) {
        enum dc_status st = set_arg(ctx, cfg->arg + i, err);
        if (st)
            return st;
    }
    return DC_OK;
}

/* The engine's words for an error while it ran: "... at line L, column C in
 * source: ... Error: WHAT". */
static enum dc_status run_failed(const std::string &said, struct dc_err *err)
{
    static const char at_line[] = " at line ", error[] = "\nError: ";
    size_t at = said.find(at_line), what = said.find(error);
    if (at == std::string::npos || what == std::string::npos || what < at)
        return jinja_fail(err, 0, said);
    size_t line =
        std::strtoul(said.c_str() + at + sizeof at_line - 1, nullptr, 10);
    what += sizeof error - 1;
    return jinja_fail(err, line, said.substr(what));
}

struct piece {
    std::string s;
    bool ours;
};
typedef std::vector<piece> pieces;

static void add_piece(pieces &out, const std::string &s, bool ours)
{
    if (s.empty())
        return;
    if (!out.empty() && out.back().ours == ours)
        out.back().s += s;
    else
        out.push_back({s, ours});
}

static std::string joined(const pieces &x)
{
    std::string all;
    for (const auto &p : x)
        all += p.s;
    return all;
}

/* All that it prints, by the engine's marks. */
static enum dc_status run_once(const struct dc_jinja *t,
                               const struct dc_jinja_cfg *cfg, const char *word,
                               pieces &out, struct dc_err *err)
{
    size_t n = 0;
    try {
        context ctx(t->source);
        enum dc_status st = set_all(ctx, cfg, word, err);
        if (st)
            return st;
        jinja::runtime run(ctx);
        auto printed =
            jinja::runtime::gather_string_parts(run.execute(t->program));
        for (const auto &p : printed->as_string().parts) {
            n += p.val.size();
            if (n > MOST_TEXT)
                throw failure("it makes more than 64 MB of a message");
            add_piece(out, p.val, !p.is_input);
        }
        return DC_OK;
    } catch (const std::exception &e) {
        return run_failed(e.what(), err);
    }
}

/* ---- who wrote what ---- */

/* A word that stands nowhere in the template. */
static std::string foreign_word(const std::string &source)
{
    std::string word = "deepconfmessage";
    while (source.find(word) != std::string::npos)
        word += 'e';
    return word;
}

/* The text around each place of the word. */
static std::vector<std::string> around(const std::string &s,
                                       const std::string &word)
{
    std::vector<std::string> out;
    size_t from = 0, at;
    while ((at = s.find(word, from)) != std::string::npos) {
        out.push_back(s.substr(from, at - from));
        from = at + word.size();
    }
    out.push_back(s.substr(from));
    return out;
}

static std::string trimmed(const std::string &s)
{
    static const char space[] = " \t\r\n\f\v";
    size_t from = s.find_first_not_of(space);
    return from == std::string::npos
               ? ""
               : s.substr(from, s.find_last_not_of(space) - from + 1);
}

/* Is x what somebody said, with less space around it at most? */
static bool is_said(const struct dc_jinja_cfg *cfg, const std::string &x)
{
    for (size_t i = 0; i < cfg->n_msg; i++) {
        const struct dc_jinja_message *m = cfg->msg + i;
        std::string all(m->content, m->n);
        if (!m->ours && all.find(x) != std::string::npos &&
            trimmed(x) == trimmed(all))
            return true;
    }
    return false;
}

/* all, cut into frame[0] x frame[1] x ...; false: it is not made so. */
static bool cut(const struct dc_jinja_cfg *cfg, const std::string &all,
                const std::vector<std::string> &frame, pieces &out)
{
    size_t fixed = 0, n_x = frame.size() - 1, at = 0;
    for (const auto &f : frame)
        fixed += f.size();
    if (all.size() < fixed || (n_x == 0 && all.size() != fixed) ||
        (n_x > 0 && (all.size() - fixed) % n_x != 0))
        return false;
    size_t len = n_x > 0 ? (all.size() - fixed) / n_x : 0;
    for (size_t i = 0; i < frame.size(); i++) {
        if (all.compare(at, frame[i].size(), frame[i]) != 0)
            return false;
        add_piece(out, frame[i], true);
        at += frame[i].size();
        if (i == n_x)
            break;
        std::string x = all.substr(at, len);
        if (!is_said(cfg, x))
            return false;
        add_piece(out, x, false);
        at += len;
    }
    return true;
}

/* How often each three bytes stand in the template's pieces. */
static std::map<std::string, size_t> triples(const pieces &x)
{
    std::map<std::string, size_t> n;
    for (const auto &p : x)
        for (size_t at = 0; p.ours && at + 3 <= p.s.size(); at++)
            n[p.s.substr(at, 3)]++;
    return n;
}

/* Any marker has at least one of these: no letter, digit or space. */
static bool has_sign(const std::string &s)
{
    for (char c : s)
        if (!std::isalnum((unsigned char)c) && !std::isspace((unsigned char)c))
            return true;
    return false;
}

/* Do the template's pieces hold what could be of a message's marker, and more
 * often than without the message? */
static bool leaks(const struct dc_jinja_cfg *cfg, const pieces &real,
                  const pieces &plain)
{
    auto with = triples(real), without = triples(plain);
    for (size_t i = 0; i < cfg->n_msg; i++) {
        const struct dc_jinja_message *m = cfg->msg + i;
        std::string all(m->content, m->n);
        for (size_t at = 0; !m->ours && at + 3 <= all.size(); at++) {
            std::string key = all.substr(at, 3);
            auto n = with.find(key);
            if (n != with.end() && has_sign(key) && n->second > without[key])
                return true;
        }
    }
    return false;
}

/* White space of Python; the engine trims that of ASCII alone. */
static bool is_space(uint32_t c)
{
    return (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= ' ') || c == 0x85 ||
           c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

/* s is valid UTF-8. */
static std::string trimmed_as_python(const std::string &s, bool left,
                                     bool right)
{
    size_t from = 0, to = s.size(), len;
    while (left && from < to && is_space(dc_utf8_code(&s[from], &len)))
        from += len;
    while (right && from < to) {
        size_t at = to - 1;
        while (at > from && ((unsigned char)s[at] & 0xC0) == 0x80)
            at--;
        if (!is_space(dc_utf8_code(&s[at], &len)))
            break;
        to = at;
    }
    return s.substr(from, to - from);
}

/*
 * Wide white space around a message goes where the template trims: on the sides
 * that show by a word between spaces.
 */
static void trim_wide(const struct dc_jinja *t, const struct dc_jinja_cfg *cfg,
                      const std::vector<std::string> &frame,
                      const std::string &word, pieces &x)
{
    pieces padded;
    struct dc_err ignored;
    size_t at = !x.empty() && x[0].ours;
    if (frame.size() != 2 || at >= x.size() || x[at].ours ||
        trimmed_as_python(x[at].s, true, true) == trimmed(x[at].s) ||
        run_once(t, cfg, (" " + word + " ").c_str(), padded, &ignored))
        return;
    std::vector<std::string> with = around(joined(padded), word);
    if (with.size() != 2)
        return;
    x[at].s =
        trimmed_as_python(x[at].s, with[0] == frame[0], with[1] == frame[1]);
    if (x[at].s.empty())
        x = {{frame[0] + frame[1], true}};
}

static enum dc_status find_pieces(const struct dc_jinja *t,
                                  const struct dc_jinja_cfg *cfg, pieces &out,
                                  struct dc_err *err)
{
    pieces real, plain;
    struct dc_err ignored;
    const std::string word = foreign_word(t->source);
    enum dc_status st = run_once(t, cfg, nullptr, real, err);
    if (st)
        return st;
    if (!run_once(t, cfg, word.c_str(), plain, &ignored)) {
        const std::vector<std::string> frame = around(joined(plain), word);
        if (cut(cfg, joined(real), frame, out)) {
            trim_wide(t, cfg, frame, word, out);
            return DC_OK;
        }
    }
    if (leaks(cfg, real, plain))
        return dc_fail(err, DC_DATA,
                       "it mixes what a message says with its own text so that "
                       "nobody can tell its markers from the message's");
    out = real;
    return DC_OK;
}

/* ---- handing it on ---- */

static enum dc_status put_parts(const pieces &x, struct dc_jinja_text *out,
                                struct dc_err *err)
{
    std::string all = joined(x);
    if (!dc_utf8_valid(all.data(), all.size(), nullptr))
        return dc_fail(err, DC_DATA, "it makes text that is not valid UTF-8");
    dc_jinja_text_room(out, all.size(), x.size());
    std::memcpy(out->text, all.data(), all.size());
    const char *at = out->text;
    for (const auto &p : x) {
        out->part[out->n_part++] = {at, p.s.size(), p.ours};
        at += p.s.size();
    }
    return DC_OK;
}

extern "C" enum dc_status dc_jinja_render(const struct dc_jinja *t,
                                          const struct dc_jinja_cfg *cfg,
                                          struct dc_jinja_text *out,
                                          struct dc_err *err)
{
    *out = {};
    try {
        pieces x;
        enum dc_status st = find_pieces(t, cfg, x, err);
        return st ? st : put_parts(x, out, err);
    } catch (const std::exception &e) {
        dc_jinja_text_release(out);
        return jinja_fail(err, 0, e.what());
    }
}
