/*
 * llama_probe.h - can libllama open a model at all?
 *
 * libllama ends the program where a header says something that it never
 * expected (GGML_ASSERT, an exception that nobody catches, a division by 0). A
 * model that a user names can hold anything, so a process of its own opens it
 * first.
 */
#ifndef DC_INFER_LLAMA_PROBE_H
#define DC_INFER_LLAMA_PROBE_H

#include <deepconf/status.h>

/*
 * Open the model at path in a child process, cut a text into tokens and compute
 * a step. DC_BACKEND: that ended the
 * child; the message has libllama's last words. A model that libllama refuses
 * in good order is DC_OK here: who loads it hears why. A file that was opened
 * so before and has not changed is not opened again. Call dc_llama_start()
 * first.
 */
enum dc_status dc_llama_probe(const char *path, struct dc_err *err);

/* The same of header and vocabulary alone, each time: no weight is read. */
enum dc_status dc_llama_probe_vocab(const char *path, struct dc_err *err);

#endif
