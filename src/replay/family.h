/*
 * family.h - the settings of a policy from the safest to the cheapest, in an
 * order that is fixed before any loss is looked at.
 *
 * Fixed-sequence testing (docs/METHODS.md, section 7, "Promises from
 * calibration prompts") needs that order, and needs it not to come from the
 * data. These are the orders used unless a user gives one.
 */
#ifndef DC_REPLAY_FAMILY_H
#define DC_REPLAY_FAMILY_H

#include <deepconf/spec.h>
#include <stddef.h>

enum { DC_FAMILY_MAX = 32 };

struct dc_family {
    char member[DC_FAMILY_MAX][DC_SPEC_TEXT]; /* [n], safest first */
    size_t n;
};

/*
 * The family of `policy` for k traces. A bare name that has one stands for it;
 * any other text ("curtail", "unanimous(4)", or no policy at all) stands for
 * itself. Texts too long for a policy are cut, which no policy survives.
 */
void dc_family_of(const char *policy, unsigned k, struct dc_family *out);

#endif
