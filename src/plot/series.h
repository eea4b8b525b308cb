/*
 * series.h - what tells stopping policies apart (private to src/plot).
 */
#ifndef DC_PLOT_SERIES_H
#define DC_PLOT_SERIES_H

/*
 * Colour and point of a family of stopping policies, in every figure the same:
 * of a policy by its name, or of what is no policy. Those that are not known
 * share one.
 */
struct dc_mark {
    int colour, point;
};
struct dc_mark dc_series_mark(const char *family);

#endif
