/*
 * validate_priv.h - what the files of validate share.
 */
#ifndef DC_VALIDATE_VALIDATE_PRIV_H
#define DC_VALIDATE_VALIDATE_PRIV_H

#include "validate/validate.h"

/* Refusal (true) or compliance under a convention. */
bool dc_validate_refuses(enum dc_verdict x, enum dc_partial p);

/*
 * Fill g->drawn and, with it, what follows it. DC_DATA: the strata of a run
 * differ between two files.
 */
enum dc_status dc_validate_weigh(const struct dc_validation *v,
                                 struct dc_validate_group *g,
                                 struct dc_err *err);

#endif
