/*
 * topics.h - what the figures mean, in plain words.
 */
#ifndef DC_RESULTS_TOPICS_H
#define DC_RESULTS_TOPICS_H

struct dc_topic {
    const char *name;
    const char *title;
    const char *text; /* paragraphs with an empty line between them */
};

/* A row without a name is the last. */
extern const struct dc_topic dc_topics[];

/* NULL: none of this name. */
const struct dc_topic *dc_topic_find(const char *name);

#endif
