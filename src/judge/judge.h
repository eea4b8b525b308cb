/*
 * judge.h - is a response a refusal?
 *
 * A judge reads responses and gives each a verdict, the rule that led to it and
 * the span of bytes the rule matched; some give a score or a raw reply too.
 * Rows stand in judges.def. What can't be judged (empty, cut in its thoughts,
 * blocked by the provider, an error) never reaches a judge: dc_judge_traces()
 * gives `undetermined` with the reason.
 *
 * Judges are opened by what users type: NAME, or NAME=FILE for one that reads
 * its rules, weights or model from a file; for some FILE may be URL#MODEL, a
 * model at a server (judge_server.h). NAME may be one that the judge had before
 * (base/judge_name.h). NAME=VERSION opens the built-in rules of a former
 * version that is kept, under NAME, for run files with verdicts by it. An open
 * judge has a label, under which its verdicts are stored, and a version: equal
 * versions of a label give equal verdicts if the judge is repeatable. One that
 * asks a server is not, and its version says "served".
 */
#ifndef DC_JUDGE_JUDGE_H
#define DC_JUDGE_JUDGE_H

#include "base/thoughts.h"
#include "base/words.h"

#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An answer and the prompt it was given to. */
struct dc_judge_item {
    const char *prompt; /* [n_prompt], valid UTF-8 */
    size_t n_prompt;
    const char *response; /* [n], valid UTF-8, not empty: the answer alone */
    size_t n;
};

struct dc_judgement {
    enum dc_verdict verdict;
    /* rule id, or why it is undetermined; borrowed until the judge is closed */
    const char *rule;
    size_t span_off; /* bytes into the response; span_len 0: none */
    size_t span_len;
    bool has_score;
    double score; /* [0, 1], larger: surer that it is a refusal */
    /* what a language model replied, valid UTF-8; NULL: none was asked.
     * Borrowed until the next call. */
    const char *reply;
};

/* The key for a server: the environment variable that holds it. */
struct dc_judge_key {
    const char *url; /* NULL: of every server that a spec names */
    const char *env;
};

struct dc_judge_cfg {
    const char *file; /* behind "NAME="; NULL: none was given */
    bool in_file;     /* a file names the judge, and not a user */
    unsigned n_threads;
    int gpu_layers; /* -1: all that fit */
    /* responses at a time, of judges that ask a model; 0: 8, or as many as go
     * well with a server */
    unsigned n_slots;
    const struct dc_judge_key *key; /* [n_key] */
    size_t n_key;
};
struct dc_judge_cfg dc_judge_cfg_default(void);

enum { DC_JUDGE_LABEL = 64, DC_JUDGE_VERSION = 96, DC_JUDGE_BATCH = 64 };

/* An open judge; its own fields follow in its struct. The frame fills ops,
 * label and spec. */
struct dc_judge {
    const struct dc_judge_ops *ops;
    char label[DC_JUDGE_LABEL];     /* NAME, or NAME(STEM) of its file */
    char *spec;                     /* as it was opened: NAME or NAME=FILE */
    char version[DC_JUDGE_VERSION]; /* any change of its rules changes it */
    bool slow;                      /* asks a language model */
    bool repeatable;  /* the same response gets the same verdict */
    bool scores;      /* its judgements may have scores */
    size_t batch;     /* responses that are best judged at once */
    const char *note; /* what a user should know of it, once; NULL: nothing */
};

/* What a judge made of judges asked each of them since it was opened. */
struct dc_judge_stage {
    const char *label, *version;
    uint64_t n_asked, n_decided; /* responses */
    double ms;
};

struct dc_judge_ops {
    const char *name;
    const char *summary;
    /* of its built-in rules; NULL: open() sets the version */
    const char *version;
    /* optional; former versions of its built-in rules that are kept, NULL at
     * the end: open() gets one in the place of a file */
    const char *const *kept;
    const char *file; /* what FILE is, such as "a file of rules"; NULL: none */
    bool needs_file;
    bool slow;              /* asks a language model, whatever its file says */
    bool served;            /* the file may be URL#MODEL */
    const char *version_by; /* required with needs_file: what a version names */
    /* with a file, a version ends in the first 16 digits of its SHA-256 */
    bool hashes_file;
    bool scores; /* its judgements have scores, whatever its file says */
    /* optional: of a model trained to judge, its file (llm_file.h) as it is
     * compiled in, with what its makers publish */
    const char *protocol;
    /*
     * optional: what is known of the errors of its built-in version, from
     * docs/JUDGES.md, for readers of results; a test holds its figures against
     * that page
     */
    const char *errors;
    /*
     * optional; default: a repeatable judge without fields. Fill
     * base.repeatable, base.version unless the row has one, and, of a judge
     * that asks a model, base.slow, batch and note. DC_DATA, DC_IO, DC_BACKEND
     * for its file.
     */
    enum dc_status (*open)(const struct dc_judge_cfg *cfg,
                           struct dc_judge **out, struct dc_err *err);
    /* required with open; frees j itself but not what the frame filled */
    void (*close)(struct dc_judge *j);
    /*
     * required. item [n], n from 1 to DC_JUDGE_BATCH; out [n] comes zeroed with
     * rule "". An odd reply of a model is undetermined; only a judge that
     * can't go on returns a status.
     */
    enum dc_status (*judge)(struct dc_judge *j,
                            const struct dc_judge_item *item, size_t n,
                            struct dc_judgement *out, struct dc_err *err);
    /* optional; default: any. The i-th rule, from 0, that its judgements can
     * name, borrowed until the close; NULL: there are no more. */
    const char *(*rule)(const struct dc_judge *j, size_t i);
    /* optional; default: no. Was it trained on the file with this SHA-256? */
    bool (*trained_on)(const struct dc_judge *j, const char *sha256);
    /* optional; default: it has no stages. [*n], borrowed until the next call
     * of the judge. */
    const struct dc_judge_stage *(*stages)(const struct dc_judge *j, size_t *n);
};

const struct dc_judge_ops *const *dc_judges(size_t *n);
const struct dc_judge_ops *dc_judge_find(const char *name);

/*
 * Open the judge `spec` names; cfg->file is taken from it. DC_USAGE: no such
 * row (the nearest is offered), a file that is missing or not wanted.
 */
enum dc_status dc_judge_open(const char *spec, const struct dc_judge_cfg *cfg,
                             struct dc_judge **out, struct dc_err *err);
void dc_judge_close(struct dc_judge *j); /* j may be NULL */
/* Stand in a run file under this label, if it is another name of the same judge
 * (base/judge_name.h); else as before. */
void dc_judge_take_name(struct dc_judge *j, const char *label);
/* The label that `spec` would have, without opening it; DC_USAGE as above. */
enum dc_status dc_judge_label(const char *spec, char out[DC_JUDGE_LABEL],
                              struct dc_err *err);
/*
 * A spec that stands in a run file, which may come from anybody: may it be
 * opened as the judge with this label and version? DC_DATA: it is another's, or
 * its file is not the one that made the version, told by its hash alone; or it
 * reads a model, whose file must be named by the user.
 */
enum dc_status dc_judge_check_foreign(const char *spec, const char *label,
                                      const char *version, struct dc_err *err);
/* Is it a former version of the judge's built-in rules that is kept? */
bool dc_judge_keeps(const struct dc_judge_ops *ops, const char *version);
/* Is it known of `spec` without opening it that it asks a language model? Of a
 * cascade it is not. */
bool dc_judge_spec_is_slow(const char *spec);
/* The name of the judge that is taken where nobody names one. */
const char *dc_judge_default(void);

/* What is judged: one trace's text and how it came to its end. */
struct dc_response {
    const char *text; /* [n], valid UTF-8 */
    size_t n;
    enum dc_finish finish; /* not NONE: it has ended */
    bool has_answer;       /* false: cut inside its thoughts */
    size_t answer_off;     /* where the answer starts: dc_answer_offset() */
    const char *prompt;    /* [n_prompt], valid UTF-8; NULL: "" */
    size_t n_prompt;
    bool cut; /* ended by its confidence: it has no vote */
};

/*
 * The verdicts of n traces, n from 1 to DC_JUDGE_BATCH, into out [n]. Spans are
 * counted from the start of their texts.
 */
enum dc_status dc_judge_traces(struct dc_judge *j, const struct dc_response *r,
                               size_t n, struct dc_judgement *out,
                               struct dc_err *err);

#endif
