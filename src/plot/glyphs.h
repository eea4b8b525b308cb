/*
 * glyphs.h - which characters a PNG can show (private to src/plot).
 */
#ifndef DC_PLOT_GLYPHS_H
#define DC_PLOT_GLYPHS_H

#include "base/buf.h"

/*
 * Append text, valid UTF-8, with a box (U+25A1) for each character that DejaVu
 * Sans may lack: gnuplot's pngcairo draws such a one larger than the picture.
 * An SVG is drawn by a browser, which has other fonts.
 */
void dc_glyphs_put(const char *text, struct dc_buf *out);

#endif
