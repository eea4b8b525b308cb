/*
 * speed.h - how fast a backend generates with one setting, by a short
 * measurement; and the setting that was found best, kept for this machine.
 */
#ifndef DC_INFER_SPEED_H
#define DC_INFER_SPEED_H

#include "infer/backend.h"

struct dc_speed_cfg {
    const struct dc_backend_ops *ops;
    struct dc_backend_cfg backend;
    unsigned n_slots;
    unsigned max_tokens; /* of a trace; a slot whose trace ends gets another */
    double seconds;      /* of measuring, after a first trace's worth */
};

/*
 * Tokens a second with all slots busy, prompts of a few words. Opens and closes
 * a backend of its own. DC_BACKEND.
 */
enum dc_status dc_speed_measure(const struct dc_speed_cfg *c, double *rate,
                                struct dc_err *err);

/* What changes no trace, chosen by measurement. */
struct dc_tuned {
    unsigned n_slots, n_threads;
    double rate; /* tokens a second when it was measured */
};

/*
 * Kept in the cache folder, for a model file (base name and size) on a machine
 * (processor, n_cores of it, libllama's version). False: nothing is kept, or it
 * was measured elsewhere.
 */
bool dc_tuned_find(const char *model_path, unsigned n_cores,
                   struct dc_tuned *out);
/* Replaces what was kept. DC_IO. */
enum dc_status dc_tuned_keep(const char *model_path, unsigned n_cores,
                             const struct dc_tuned *t, struct dc_err *err);

#endif
