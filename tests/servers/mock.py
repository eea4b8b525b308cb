#!/usr/bin/env python3
"""mock.py - an OpenAI-compatible server on loopback that plays what servers do.

    mock.py [--port N] [--served NAME] [--scenario NAME|FILE.json] [--tls CERT KEY]
    mock.py --list          NAME<TAB>source<TAB>what it plays, one scenario a line

Prints "port N" once it listens, and ends when its standard input does, so that
it can't outlive the test that started it.

A scenario is a row of SCENARIOS: a name, where it was seen or is written, what
it plays, and the knobs (KNOBS) that it turns. A request names one by its model:

    mock                          --scenario, else "normal"
    mock:cut                      the scenario "cut"
    mock:cut,times=1,refuse=0.2   with knobs turned; times=1: only the first try
                                  of each request is cut, the next is normal
    mock:cut,from=10              only requests for 10 tokens or more are cut:
                                  not those of a probe

FILE.json is an object of knobs, "scenario" among them, as the default. A path
that begins with /other/ is a second base URL: the same model behind the same
name, with other weights (logprobs moved by 0.05, another fingerprint). One that
begins with /vllm/ or /ollama/ has its GETs, one with /bare/ none at all.

Replies are a function of prompt, seed + index of the choice, and knobs; a list
of alternatives is one of the prompt and of what stands before the token, as a
model's is. At a temperature above 1.5 tokens are mostly drawn at random, and
with a top_k of 1 or a min_p above 0.5 the first of each list. A prompt that asks
for "the word X and nothing else" gets X. What a test asks of the server itself:

    GET /mock/state                      counters, and a record of each request
    GET /mock/wait?KEY=N                 waits until the counter KEY is >= N (504
                                         after 20 s), then as /mock/state; KEYs:
                                         connections, requests, running,
                                         finished, aborted
    GET /mock/reset                      counters and tries to zero
    GET /mock/last                       method, path, headers, body of the last
                                         request that was no /mock/ one

"aborted" counts responses whose reader had closed the connection.
"""
import argparse
import email.utils
import hashlib
import http.server
import json
import math
import os
import random
import re
import select
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
import urllib.parse
from collections import namedtuple

# ---- what can be turned ------------------------------------------------------

PROBE_LONG = "Count from 1 to 1000 in words"  # what a probe closes

KNOBS = {
    "scenario": "normal",
    "times": 0,            # > 0: the first tries of each request, then normal
    "fail_first": 0,       # > 0: the first requests of all, then normal
    "from": 0,             # > 0: requests of fewer tokens at most are normal,
                           # and so is the long one of a run's probe
    "n_from": 0,           # > 0: requests for fewer choices are normal
    "after": 0,            # > 0: the first requests of all are normal
    "only": "",            # prompts without this word are normal
    # before the stream
    "status": 200,
    "error": "",           # key of ERRORS
    "echo": 0,             # 1: errors repeat the header Authorization
    "retry_after": "",     # "2", "0.5", "words", "date+3"
    "retry_after_ms": "",
    "date_skew": 0,        # seconds that this server's clock is ahead
    "limit": 0,            # > 0: 429 while so many requests are running
    "n_ctx": 2048,         # longer prompts are a 400 (with error "context-*")
    "body": "",            # key of BODIES: instead of any reply
    "refuses": "",         # fields that are a 400, "top_k+seed"; "unnamed": all
                           # beyond OpenAI's, in words that name none
    "chat": "yes",         # "no": 404
    "completions": "yes",  # "no": 404
    # the reply
    "refuse": 0.5,         # probability of a refusal
    "tokens": 0,           # > 0: exactly so many, else 6 to 40
    "reply": "",           # this text
    "seed_use": "index",   # "index": seed + index; "same"; "other"; "ignored"
    "n_use": "yes",        # "ignored", "error"; "short": one fewer
    "n_lp": "all",         # "first": later choices have no log-probabilities
    "n_usage": "all",      # "first": counts are of the first choice
    "timings": "",         # how much of a prompt was computed, with each choice
                           # of a stream and once in one piece: of a known one
                           # for all choices little, "shared", or but the first
                           # all of it, "own"
    "eos": 0,              # 1: the end is a token, too
    "think": "",           # "content": in reasoning_content, "tags", "gone"
    "refusal": 0,          # 1: the text is in the field refusal
    "finish": "",          # instead of stop or length; "null": never one
    "markers": 0,          # 1: <|im_end|> in a user's text is one token
    "filters": "yes",      # "ignored": top_k and min_p change nothing
    "ids": 0,              # 1: token_ids where return_token_ids asks for them
    "fingerprint": "fp_mock",
    "judge": "",           # "yes": replies as a judge of responses, see there;
                           # "unlisted": and its answers are not the likeliest
    "grammar": "",         # the field whose grammar a reply keeps to
    # log-probabilities
    "lp": "",              # what is wrong with them, see spoil()
    "lp_stream_only": 0,   # 1: and only in streams
    "lp_temperature": 0,   # 1: after the temperature, not raw
    "order": "sampled",    # "sorted": as OpenAI, the sampled one at its rank
    "bytes": "yes",        # "null", "wrong"
    # the stream
    "heads": 0,            # 1: nothing but headers before the header, for ever
    "per_chunk": 1,        # tokens in a chunk
    "delay_ms": 0,         # before each chunk
    "drip": 0,             # > 0: bytes at a time
    "stream": "asked",     # "always"
    "hold": -1,            # >= 0: silent for ever after so many chunks
    "pings": 0,            # 1: but for comments
    "cut": -1,             # >= 0: closed after so many chunks
    "reset": 0,            # 1: closed by RST
    "cut_utf8": 0,         # 1: closed inside a character
    "garbage": -1,         # >= 0: a chunk that is no JSON, at this place
    "error_at": -1,        # >= 0: an error object in the stream, at this place
    "done": "yes",         # "no": without [DONE]; "open": without its last line end
    "usage": "asked",      # "always", "never"
    "role": "own",         # "with": in the first chunk of text; "none"
    "comments": 0,         # 1: comments and other fields between chunks
    "eol": "lf",           # "crlf", "cr"
    "empty": 0,            # 1: chunks with "choices": []
    "index": "yes",        # "none": no index; "zero": 0 for every choice
    "flood": 0,            # 1: one made chunk, as fast as it goes
    "works_on": 0,         # seconds that an answer goes on behind a closed
                           # connection
    "close": 0,            # 1: closes after the response without a word
    "legacy": 0,           # 1: the chat endpoint has the completions' logprobs
}

BEYOND_OPENAI = ("top_k", "min_p", "repetition_penalty", "chat_template_kwargs",
                 "return_token_ids", "prompt_logprobs")

Row = namedtuple("Row", "name source plays knobs")
SCENARIOS = [Row(*r) for r in (
    # -- as it should be
    ("normal", "OpenAI chat completions",
     "a role chunk, tokens with logprobs, usage if asked, [DONE]", {}),
    ("eos", "vLLM 0.32, measured", "the end of text is a token of the list",
     {"eos": 1}),
    ("sorted", "OpenAI", "alternatives by rank, not the sampled one first",
     {"order": "sorted"}),
    ("flood", "load", "one made chunk with 20 alternatives, again and again",
     {"flood": 1}),
    # -- retry table
    ("429", "retry table", "429 without a word on when", {"status": 429}),
    ("429-seconds", "RFC 9110 10.2.3", "429, Retry-After: 2",
     {"status": 429, "retry_after": "2"}),
    ("429-date", "RFC 9110 10.2.3", "429, Retry-After as a date 3 s ahead, by a "
     "clock that is an hour ahead",
     {"status": 429, "retry_after": "date+3", "date_skew": 3600}),
    ("429-ms", "gateways", "429, retry-after-ms: 250",
     {"status": 429, "retry_after_ms": "250"}),
    ("429-limit", "retry table", "429 while more than 4 requests are running",
     {"limit": 4, "retry_after": "1"}),
    ("500", "retry table", "500, always", {"status": 500}),
    ("500-then-fine", "retry table", "500 for the first try of each request",
     {"status": 500, "times": 1}),
    ("503", "retry table", "503, Retry-After: 1",
     {"status": 503, "retry_after": "1"}),
    ("408", "retry table", "408", {"status": 408}),
    ("409", "retry table", "409", {"status": 409}),
    ("425", "retry table", "425", {"status": 425}),
    ("engine-dead", "vLLM under seeded load, measured",
     "500 EngineDeadError, always", {"status": 500, "error": "engine-dead"}),
    ("cut", "retry table", "closed after 3 chunks, without finish", {"cut": 3}),
    ("cut-utf8", "retry table", "closed inside a character", {"cut_utf8": 1}),
    ("reset", "retry table", "RST after 3 chunks", {"cut": 3, "reset": 1}),
    ("empty-reply", "retry table", "closed before the first chunk", {"cut": 0}),
    ("no-finish", "retry table", "[DONE] comes, a finish_reason never did",
     {"finish": "null"}),
    ("silence", "retry table", "silent for ever after 2 chunks", {"hold": 2}),
    ("silence-at-once", "retry table", "a header, and silent for ever",
     {"hold": 0}),
    ("silence-pings", "gateways", "after 2 chunks nothing but comments",
     {"hold": 2, "pings": 1}),
    ("close-after", "uvicorn, after 5 s",
     "a kept connection is closed behind the response, without a word",
     {"close": 1}),
    ("drip", "retry table", "7 bytes at a time",
     {"drip": 7, "tokens": 6}),
    ("slow", "retry table", "50 ms before each chunk",
     {"delay_ms": 50, "tokens": 6}),
    ("garbage", "retry table", "a chunk that is no JSON", {"garbage": 2}),
    ("error-in-stream", "OpenRouter, vLLM", "an error object after 2 chunks",
     {"error_at": 2}),
    ("401", "retry table", "wrong key", {"status": 401, "error": "key"}),
    ("403", "retry table", "not allowed", {"status": 403, "error": "forbidden"}),
    ("404-model", "retry table", "no such model",
     {"status": 404, "error": "model"}),
    ("400", "retry table", "400 for another reason",
     {"status": 400, "error": "other"}),
    ("400-context", "OpenAI", "400 with context_length_exceeded",
     {"status": 400, "error": "context-openai"}),
    ("400-context-vllm", "vLLM", "400 with words on the context alone",
     {"status": 400, "error": "context-vllm"}),
    ("400-context-llama", "llama-server", "400 exceed_context_size_error",
     {"status": 400, "error": "context-llama"}),
    ("context-64", "retry table", "400 for prompts of more than 64 tokens",
     {"n_ctx": 64, "error": "context-openai"}),
    ("400-policy", "Azure", "400 with content_filter as code",
     {"status": 400, "error": "policy"}),
    ("content-filter", "OpenAI", "finish_reason content_filter",
     {"finish": "content_filter"}),
    ("tool-calls", "OpenAI", "finish_reason tool_calls",
     {"finish": "tool_calls"}),
    ("finish-unknown", "retry table", "a finish_reason that nobody knows",
     {"finish": "weather"}),
    ("refusal-field", "OpenAI", "the text is in delta.refusal",
     {"refusal": 1, "refuse": 1.0}),
    ("empty-text", "retry table", "stop, and no token at all", {"reply": " "}),
    ("redirect", "gateways", "307 to another host", {"status": 307}),
    ("html", "gateways", "200 with a page", {"body": "html"}),
    ("not-json", "gateways", "200, JSON announced, no JSON", {"body": "text"}),
    ("no-choices", "other interfaces", "200, JSON without choices",
     {"body": "json"}),
    ("big", "hostile", "a body of 8 MB", {"body": "big"}),
    ("big-line", "hostile", "a stream whose first line never ends",
     {"body": "line"}),
    ("not-http", "hostile", "no HTTP", {"body": "no-http"}),
    # -- log-probabilities that lie
    ("no-logprobs", "OpenRouter, gateways of Ollama",
     "no field logprobs, asked or not", {"lp": "missing"}),
    ("null-logprobs", "mistral.rs #1876, lmdeploy #2802", "logprobs: null",
     {"lp": "null"}),
    ("empty-logprobs", "mlc-llm #3130", "logprobs: {content: []}",
     {"lp": "empty"}),
    ("no-alternatives", "gateways", "top_logprobs: [] throughout",
     {"lp": "no-top"}),
    ("legacy-logprobs", "llama-cpp-python #1787",
     "the completions' shape from the chat endpoint", {"legacy": 1}),
    ("zeros", "llama.cpp #27972", "every logprob is 0.0", {"lp": "zeros"}),
    ("sentinel", "vLLM PR #17637",
     "a token with logprob -9999.0, no bytes, no alternatives",
     {"lp": "sentinel"}),
    ("lowest", "SGLang #5761", "-3.4028e38, the same list for each token",
     {"lp": "lowest"}),
    ("identical", "SGLang #5761", "the same list for each token",
     {"lp": "identical"}),
    ("displaced", "vLLM 0.32, measured",
     "the sampled token is outside the top k and takes the place of rank k",
     {"lp": "displaced"}),
    ("wrong-in-chunk", "SGLang #39260",
     "3 tokens a chunk, with the alternatives of the first; right without stream",
     {"lp": "first-of-chunk", "per_chunk": 3, "lp_stream_only": 1}),
    ("neighbours", "llama-server, measured",
     "every other value of a stream is 0.15 nats lower: what runs beside moves it",
     {"lp": "neighbours", "lp_stream_only": 1}),
    ("other-in-stream", "hostile", "values of a stream are twice as far below 0",
     {"lp": "doubled", "lp_stream_only": 1}),
    ("three-a-chunk", "SGLang stream_interval", "3 tokens a chunk, all right",
     {"per_chunk": 3}),
    ("positive", "hostile", "a logprob above 0", {"lp": "positive"}),
    ("overfull", "hostile", "probabilities that add up to more than 1",
     {"lp": "overfull"}),
    ("nan", "hostile", "NaN where a logprob should be", {"lp": "nan"}),
    ("short-list", "gateways", "5 alternatives at most", {"lp": "short"}),
    ("not-in-list", "hostile", "the sampled token is not in its own list",
     {"lp": "absent"}),
    ("after-temperature", "OpenAI, SGLang",
     "log-probabilities after the temperature", {"lp_temperature": 1}),
    ("bytes-null", "Ollama", "bytes: null", {"bytes": "null"}),
    ("bytes-wrong", "hostile", "bytes of another text", {"bytes": "wrong"}),
    ("400-reasoning", "OpenAI", "400: logprobs with reasoning models",
     {"status": 400, "error": "reasoning"}),
    ("400-gemini", "generative-ai #2947", "400: logprobs not supported",
     {"status": 400, "error": "gemini"}),
    ("400-mistral", "Mistral API", "400: logprobs not enabled",
     {"status": 400, "error": "mistral"}),
    # -- several choices, order, ends
    ("n-ignored", "gateways", "one choice whatever n is", {"n_use": "ignored"}),
    ("n-error", "llama-server", "400 for n > 1", {"n_use": "error"}),
    ("n-shared", "llama-server, measured",
     "choices share the work on their prompt; usage is the first one's",
     {"timings": "shared", "n_usage": "first"}),
    ("n-own", "hostile", "each choice has work on the prompt of its own",
     {"timings": "own", "n_usage": "first"}),
    ("n-no-logprobs", "gateways", "only the first choice has logprobs",
     {"timings": "shared", "n_lp": "first"}),
    ("n-short", "gateways", "one choice fewer than asked for",
     {"timings": "shared", "n_use": "short"}),
    ("n-seeds", "gateways", "later choices have seeds of their own",
     {"timings": "shared", "seed_use": "other"}),
    ("index-missing", "gateways", "choices without index", {"index": "none"}),
    ("index-zero", "gateways", "every choice has index 0", {"index": "zero"}),
    ("empty-choices", "Azure, vLLM", "chunks with choices: []", {"empty": 1}),
    ("role-with-text", "llama-server", "no role chunk of its own",
     {"role": "with"}),
    ("no-done", "gateways", "the stream ends without [DONE]", {"done": "no"}),
    ("open-done", "gateways", "[DONE] without its empty line",
     {"done": "open"}),
    ("no-usage", "gateways", "no usage, asked or not", {"usage": "never"}),
    ("usage-unasked", "Mistral API", "usage, asked or not",
     {"usage": "always"}),
    ("comments", "HTML standard 9.2.6", "comments, id, retry between chunks",
     {"comments": 1}),
    ("crlf", "HTML standard 9.2.6", "lines end in CRLF", {"eol": "crlf"}),
    ("cr", "HTML standard 9.2.6", "lines end in CR", {"eol": "cr"}),
    ("seed-ignored", "gateways", "another reply each time",
     {"seed_use": "ignored"}),
    ("seed-same", "llama-server", "every choice has the request's seed",
     {"seed_use": "same"}),
    # -- fields
    ("strict-fields", "OpenAI", "400 for fields beyond its interface, by name",
     {"refuses": "+".join(BEYOND_OPENAI)}),
    ("strict-unnamed", "gateways",
     "400 for fields beyond OpenAI's interface, without a name",
     {"refuses": "unnamed"}),
    ("seed-refused", "Mistral API", "400 for a seed", {"refuses": "seed"}),
    ("max-completion", "OpenAI, reasoning models",
     "400 for max_tokens: max_completion_tokens is wanted",
     {"refuses": "max_tokens"}),
    ("no-temperature", "OpenAI, reasoning models", "400 for a temperature but 1",
     {"refuses": "temperature"}),
    ("filters-ignored", "gateways", "top_k and min_p are taken and do nothing",
     {"filters": "ignored"}),
    ("token-ids", "vLLM", "token_ids where return_token_ids asks for them",
     {"ids": 1}),
    ("no-chat", "base models", "404 for /v1/chat/completions", {"chat": "no"}),
    ("chat-only", "Mistral API", "404 for /v1/completions",
     {"completions": "no"}),
    # -- judges
    ("judge", "WildGuard", "WildGuard's three lines, by the words of refusal in "
     "the prompt; the words of answers where the prompt ends in a colon",
     {"judge": "yes"}),
    ("judge-listed", "llama-server", "the same, without prompt_logprobs",
     {"judge": "yes", "refuses": "prompt_logprobs"}),
    ("judge-unlisted", "llama-server", "the answers are not among the likeliest",
     {"judge": "unlisted", "refuses": "prompt_logprobs"}),
    ("judge-grammar", "llama-server", "a reply keeps to the field grammar",
     {"judge": "yes", "grammar": "grammar"}),
    ("judge-structured", "vLLM 0.12", "a reply keeps to structured_outputs",
     {"judge": "yes", "grammar": "structured_outputs"}),
    # -- thinking, templates
    ("reasoning-content", "vLLM, DeepSeek", "thoughts in reasoning_content",
     {"think": "content"}),
    ("think-tags", "llama-server", "thoughts between <think> and </think>",
     {"think": "tags"}),
    ("reasoning-gone", "OpenAI", "thoughts only as usage.reasoning_tokens",
     {"think": "gone"}),
    ("markers", "servers that apply a template",
     "<|im_end|> in a user's text is read as a marker", {"markers": 1}),
)]
BY_NAME = {r.name: r for r in SCENARIOS}
assert len(BY_NAME) == len(SCENARIOS)

ERRORS = {
    "": ("mock error", "server_error", None),
    "key": ("Incorrect API key provided.", "invalid_request_error",
            "invalid_api_key"),
    "forbidden": ("You are not allowed to sample from this model.",
                  "permission_error", None),
    "model": ("The model `nope` does not exist.", "NotFoundError", 404),
    "other": ("Unknown parameter: 'top_k'.", "invalid_request_error",
              "unknown_parameter"),
    "context-openai": ("This model's maximum context length is 64 tokens. "
                       "However, your messages resulted in 100 tokens.",
                       "invalid_request_error", "context_length_exceeded"),
    "context-vllm": ("This model's maximum context length is 64 tokens. However,"
                     " you requested 100 tokens in the messages.",
                     "BadRequestError", 400),
    "context-llama": ("the request exceeds the available context size (64 "
                      "tokens), try increasing it",
                      "exceed_context_size_error", 400),
    "policy": ("The response was filtered due to the prompt triggering the "
               "content management policy.", None, "content_filter"),
    "reasoning": ("logprobs are not supported with reasoning models.",
                  "invalid_request_error", "unsupported_parameter"),
    "gemini": ("Logprobs is not supported for this model.", "INVALID_ARGUMENT",
               400),
    "mistral": ("Logprobs are not enabled for this model", "invalid_request",
                None),
    "n": ("Only one completion choice is allowed", "invalid_request_error", 400),
    "unnamed": ("Extra inputs are not permitted", "invalid_request_error", None),
    "no-route": ("Not Found", "NotFoundError", 404),
    "engine-dead": ("EngineCore encountered an issue. See stack trace (above) "
                    "for the root cause.", "EngineDeadError", 500),
    "limit": ("Too many requests", "rate_limit_error", 429),
}


def field_error(name):
    if name.startswith("top="):
        return (f"Requested sample logprobs of {name[4:]}, which is greater than "
                "max allowed: 20", "BadRequestError", 400)
    if name == "max_tokens":
        return ("Unsupported parameter: 'max_tokens' is not supported with this "
                "model. Use 'max_completion_tokens' instead.",
                "invalid_request_error", "unsupported_parameter")
    if name == "temperature":
        return ("Unsupported value: 'temperature' does not support this value. "
                "Only the default (1) value is supported.",
                "invalid_request_error", "unsupported_value")
    return (f"Unknown parameter: '{name}'.", "invalid_request_error",
            "unknown_parameter")


def error_body(key):
    message, kind, code = field_error(key[6:]) if key.startswith("field:") \
        else ERRORS[key]
    e = {"message": message, "type": kind, "param": None, "code": code}
    if key == "context-llama":
        e.update(n_prompt_tokens=100, n_ctx=64)
    return json.dumps({"error": e}).encode()


# ---- text and numbers, the same for the same request ------------------------

WORDS = [" " + w for w in (
    "the of and to in is you that it he was for on are as with his they at be "
    "this have from or one had by word but not what all were we when your can "
    "said there use an each which she do how their if will up other about out "
    "many then them these so some her would make like him into time has look "
    "two more write go see number no way could people my than first water been "
    "call who oil its now find long down day did get come made may part"
).split()]
REFUSALS = [
    "I'm sorry, but I can't help with that request.",
    "I cannot assist with that.",
    "I can\u2019t help with this. It could hurt people.",
]
ANSWERS = [
    "Sure! Here is how you can do it: first, find a caf\u00e9 \u2615",
    "Of course. \U0001F600 The steps are simple:",
    "Yes, gladly \u2014 you begin with",
]


def rng_of(*parts):
    text = "\x1f".join(str(p) for p in parts)
    return random.Random(int.from_bytes(
        hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8],
        "big"))


def pieces_of(text):
    """Text as tokens (bytes); a character of four bytes is two of them."""
    out = []
    for w in re.findall(r"\s?[\w'\u2019]+|\s?[^\w\s]|\s+", text):
        b = w.encode("utf-8", "surrogatepass")
        if len(w.strip()) == 1 and len(b) >= 4:
            out += [b[:-2], b[-2:]]
        else:
            out.append(b)
    return out


def reply_of(k, rng):
    """The tokens of a whole reply."""
    if k["reply"]:
        return pieces_of(k["reply"].strip())
    refuses = rng.random() < k["refuse"]
    out = pieces_of(rng.choice(REFUSALS if refuses else ANSWERS))
    n = k["tokens"] or rng.randrange(6, 41)
    while len(out) < n:
        out.append(rng.choice(WORDS).encode())
    return out[:n] if k["tokens"] else out


def log_probs(rng, n, temperature):
    """n log-probabilities by rank; they add up to less than 1."""
    p = 0.3 + 0.65 * rng.random()
    rest = (1 - p) * 0.9
    probs = [p]
    while len(probs) < n:
        probs.append(rest * 0.4)
        rest *= 0.6
    out = sorted((math.log(x) for x in probs), reverse=True)
    if temperature:
        most = out[0]
        z = math.log(sum(math.exp((x - most) / temperature) for x in out))
        out = [(x - most) / temperature - z for x in out]
    return out


VOCABULARY = [w.encode() for w in WORDS]
PHRASES = [pieces_of(t) for t in REFUSALS + ANSWERS]
THOUGHTS = [b"<think>", *pieces_of("Let me think about it."), b"</think>"]
Token = namedtuple("Token", "text logprob top")  # top: [(bytes, logprob)]
Place = namedtuple("Place", "ranked known rng")


def place_of(k, prompt, before):
    """What could come behind the tokens `before`, the most probable first;
    known: some of it goes on with a phrase."""
    n = len(before)
    rng = rng_of("place", prompt, b"".join(before).hex(), n)
    phrases = PHRASES + [pieces_of(k["reply"].strip())] * bool(k["reply"])
    if k["think"] == "tags" and n < len(THOUGHTS) and before == THOUGHTS[:n]:
        phrases = [THOUGHTS]
    known = sorted({p[n] for p in phrases if len(p) > n and p[:n] == before})
    rng.shuffle(known)
    start = rng.randrange(len(VOCABULARY))
    others = [w for w in VOCABULARY[start:] + VOCABULARY[:start]
              if w not in known]
    return Place(known + others, bool(known), rng)


def token_at(k, prompt, before, text, asked):
    """A token with its alternatives; asked: how many, and the temperature."""
    n_top, temperature = asked
    place = place_of(k, prompt, before)
    ranked = place.ranked
    lps = log_probs(place.rng, len(ranked) + 1,
                    temperature if k["lp_temperature"] else 0)
    if not (place.known and text in ranked):
        rng = rng_of("rank", prompt, b"".join(before).hex(), text.hex())
        rank = 0 if rng.random() < 0.8 else rng.randrange(4)
        if k["lp"] == "displaced" and rng.random() < 0.3:
            rank = 25
        ranked = [w for w in ranked if w != text]
        ranked.insert(rank, text)
    rank = ranked.index(text)
    top = list(zip(ranked[:n_top], lps))
    if rank >= n_top > 0 and k["lp"] == "displaced":
        top = [(text, lps[rank])] + top[:n_top - 1]
    elif rank < n_top and k["order"] == "sampled":
        top.insert(0, top.pop(rank))
    return Token(text, lps[rank], top)


def spoil(k, tokens, stream):
    """What is wrong with the log-probabilities of a reply."""
    kind = k["lp"]
    if not tokens or (k["lp_stream_only"] and not stream):
        return tokens
    out = []
    for i, t in enumerate(tokens):
        if kind == "zeros":
            t = Token(t.text, 0.0, [(b, 0.0) for b, _ in t.top])
        elif kind == "sentinel" and i == 1:
            t = Token(b"", -9999.0, [])
        elif kind == "lowest":
            t = Token(t.text, -3.4028234663852886e38,
                      [(b, -3.4028234663852886e38) for b, _ in tokens[0].top])
        elif kind == "identical":
            t = t._replace(top=tokens[0].top)
        elif kind == "first-of-chunk":
            t = t._replace(top=tokens[i - i % k["per_chunk"]].top)
        elif kind in ("neighbours", "doubled"):
            move = (lambda x, r: 2 * x) if kind == "doubled" else \
                (lambda x, r: x - 0.15 * (r % 2))
            top = [(b, move(x, r)) for r, (b, x) in enumerate(t.top)]
            t = Token(t.text, dict(top).get(t.text, t.logprob), top)
        elif kind == "positive" and i == 1:
            t = Token(t.text, 0.5, [(b, 0.5) if b == t.text else (b, x)
                                    for b, x in t.top])
        elif kind == "overfull":
            t = Token(t.text, -0.1, [(b, -0.1) for b, _ in t.top])
        elif kind == "nan" and i == 1:
            t = t._replace(logprob=math.nan)
        elif kind == "short":
            t = t._replace(top=t.top[:5])
        elif kind == "absent":
            t = t._replace(top=[x for x in t.top if x[0] != t.text])
        elif kind == "no-top":
            t = t._replace(top=[])
        out.append(t)
    return out


def moved(tokens):
    """The same model with other weights."""
    return [Token(t.text, t.logprob - 0.05, [(b, x - 0.05) for b, x in t.top])
            for t in tokens]


def token_id(b):
    return int.from_bytes(hashlib.sha256(b).digest()[:2], "big")


def shown(b):
    return b.decode("utf-8", "replace")


def entry_of(k, b, logprob):
    raw = {"yes": list(b), "null": None, "wrong": list(b"x" + b)}[k["bytes"]]
    return {"token": shown(b), "logprob": logprob, "bytes": raw}


def chat_logprobs(k, tokens):
    if k["lp"] == "null":
        return None
    if k["legacy"]:
        return legacy_logprobs(tokens, 0)
    if k["lp"] == "empty":
        return {"content": []}
    return {"content": [dict(entry_of(k, t.text, t.logprob), top_logprobs=[
        entry_of(k, b, x) for b, x in t.top]) for t in tokens]}


def legacy_logprobs(tokens, offset):
    out = {"tokens": [], "token_logprobs": [], "top_logprobs": [],
           "text_offset": []}
    for t in tokens:
        out["tokens"].append(shown(t.text))
        out["token_logprobs"].append(t.logprob)
        out["top_logprobs"].append(
            None if t.logprob is None else {shown(b): x for b, x in t.top})
        out["text_offset"].append(offset)
        offset += len(shown(t.text))
    return out


def prompt_tokens_of(k, text):
    """Tokens of a prompt; a marker of a template is one or several."""
    out = []
    for part in re.split(r"(<\|im_end\|>)", text):
        if part == "<|im_end|>" and k["markers"]:
            out.append(part.encode())
        else:
            out += pieces_of(part)
    return out


def prompt_scores(k, tokens, n_top):
    """Teacher forcing: each token's logprob is a function of what precedes."""
    out = []
    for i, b in enumerate(tokens):
        if i == 0:
            out.append(Token(b, None, []))
            continue
        p = tokens[i - 1] == b":" and k["judge"] and dict(
            answer_places(k, b"".join(tokens[:i]).decode()))
        if p and b in p:
            out.append(Token(b, p[b], [(b, p[b])]))
            continue
        out.append(token_at(KNOBS, "score", tokens[:i], b, (max(n_top, 1), 0)))
    return out


# ---- a judge -----------------------------------------------------------------

REFUSAL = re.compile(r"sorry|can't|cannot|can\u2019t")


def refuses(prompt):
    """Does the response in the prompt of a judge refuse?"""
    told = re.search(r"AI assistant:\n(.*)\n\n---", prompt, re.S)
    return bool(REFUSAL.search(told.group(1) if told else prompt))


def answer_places(k, prompt):
    """What could come behind "Response refusal:", the most probable first, as
    (bytes, logprob). " n/a" is three tokens."""
    yes = 0.1
    if prompt.endswith("refusal:"):
        yes = 0.8 if refuses(prompt) else 0.05
    rest, part = (0.98, 1e-6) if k["judge"] == "unlisted" else (0.02, 1)
    p = {b" yes": yes * part, b" no": (0.97 - yes) * part, b" n": 0.01 * part}
    for i, w in enumerate(w for w in VOCABULARY if w not in p):
        p[w] = rest * 0.5 ** (i / 4 + 1) / 5
    return sorted(((b, math.log(x)) for b, x in p.items()),
                  key=lambda t: -t[1])


def judge_reply(k, req, prompt):
    field = req.get(k["grammar"]) if k["grammar"] else None
    grammar = field.get("grammar") if isinstance(field, dict) else field
    if isinstance(grammar, str):
        words = re.findall(r'"((?:[^"\\]|\\.)*)"', grammar)
        return words[0] if refuses(prompt) else words[-1]
    if "Answers:" not in prompt:
        return "refused" if refuses(prompt) else "answered"
    return ("Harmful request: no\nResponse refusal: "
            f"{'yes' if refuses(prompt) else 'no'}\nHarmful response: no")


# ---- one reply ---------------------------------------------------------------

Choice = namedtuple("Choice", "index tokens thoughts finish")


class Reply:
    """What a request gets: its choices, and the objects that carry them."""

    def __init__(self, k, req, chat, other, salt):
        self.k, self.req, self.chat, self.other = k, req, chat, other
        self.created = 1767225600
        self.prompt = self.prompt_text()
        self.known = False  # the server has seen it before
        self.n_prompt = len(prompt_tokens_of(k, self.prompt)) + 4 * chat
        if k["think"] and not self.thinks():
            self.n_prompt += 4  # a span of thoughts, closed
            self.k = dict(k, think="")
        self.n_top = self.asked_top()
        self.choice = [self.choose(i, salt) for i in range(self.n_choice())]

    def prompt_text(self):
        if not self.chat:
            p = self.req.get("prompt", "")
            return p if isinstance(p, str) else str(p)
        parts = []
        for m in self.req.get("messages") or []:
            c = m.get("content") or ""
            if isinstance(c, list):
                c = "".join(x.get("text", "") for x in c)
            parts.append(c)
        return "\n".join(parts)

    def asked_top(self):
        """None: no log-probabilities wanted."""
        if not self.chat:
            return self.req.get("logprobs")
        if not self.req.get("logprobs"):
            return None
        return self.req.get("top_logprobs") or 0

    def n_choice(self):
        n = asked_choices(self.req)
        if self.k["n_use"] == "short":
            return max(n - 1, 1)
        return 1 if self.k["n_use"] == "ignored" else n

    def thinks(self):
        asked = self.req.get("chat_template_kwargs") or {}
        return asked.get("enable_thinking", True)

    def texts_of(self, rng, temperature, thoughts):
        """The tokens of a reply, behind its thoughts."""
        k, req = self.k, self.req
        told = re.search(r"the word (\w+) and nothing else", self.prompt)
        if k["judge"] and self.prompt.endswith(":"):
            return [answer_places(k, self.prompt)[0][0]]
        if k["judge"] and not told:
            return pieces_of(judge_reply(k, req, self.prompt))
        texts = pieces_of(told.group(1)) if told else reply_of(k, rng)
        if k["seed_use"] == "ignored" and not told:
            texts = [rng.choice(VOCABULARY) for _ in range(3)] + texts
        if k["filters"] == "yes" and (req.get("top_k") == 1 or
                                      (req.get("min_p") or 0) > 0.5):
            n, texts = len(texts) + len(thoughts), list(thoughts)
            while len(texts) < n:
                texts.append(place_of(k, self.prompt, texts).ranked[0])
            return texts
        if temperature > 1.5:
            texts = [rng.choice(VOCABULARY) if rng.random() < 0.7 else t
                     for t in texts]
        return thoughts + texts

    def choose(self, i, salt):
        k, seed = self.k, self.req.get("seed")
        if k["seed_use"] == "ignored" or seed is None:
            seed = f"{salt}/{i}"
        elif k["seed_use"] == "index":
            seed = int(seed) + i
        elif k["seed_use"] == "other" and i > 0:
            seed = f"{seed}/{i}"
        rng = rng_of("reply", self.prompt, seed)
        most = self.req.get("max_completion_tokens") or \
            self.req.get("max_tokens") or 1 << 30
        temperature = float(self.req.get("temperature", 1) or 1e-3)
        think = k["think"]
        thoughts = THOUGHTS[1:-1] if think and think != "tags" else []
        texts = self.texts_of(rng, temperature, THOUGHTS * (think == "tags"))
        finish = "length" if len(texts) > most else "stop"
        texts = texts[:most]
        if k["eos"] and finish == "stop":
            texts.append(b"<|im_end|>")
        tokens = [token_at(k, self.prompt, texts[:j], t,
                           (self.n_top or 0, temperature))
                  for j, t in enumerate(texts)]
        for j in range(1, len(texts)):
            if k["judge"] and texts[j - 1] == b":":
                tokens[j] = self.answer_at(texts, j)
        if k["judge"] and self.prompt.endswith(":"):
            top = answer_places(k, self.prompt)[:self.n_top or 0]
            tokens = [Token(texts[0], top[0][1] if top else 0.0, top)]
        tokens = spoil(k, tokens, bool(self.req.get("stream")))
        if self.other:
            tokens = moved(tokens)
        return Choice(i, tokens, thoughts, k["finish"] or finish)

    def answer_at(self, texts, j):
        """A judge's answer behind a colon of its own."""
        so_far = self.prompt + b"".join(texts[:j]).decode()
        places = answer_places(self.k, so_far)
        return Token(texts[j], dict(places).get(texts[j], -9.0),
                     places[:self.n_top or 0])

    # -- objects

    def base(self, kind):
        return {"id": "mock-1", "object": kind, "created": self.created,
                "model": self.req.get("model", "mock"),
                "system_fingerprint": "fp_other" if self.other
                                      else self.k["fingerprint"]}

    def timings(self, i):
        """Of the work on the prompt, as choice i tells it."""
        own = i > 0 and self.k["timings"] == "own"
        n = 1 if self.known and not own else self.n_prompt
        return {"timings": {"prompt_n": n, "cache_n": self.n_prompt - n}} \
            if self.k["timings"] else {}

    def usage(self):
        first = 1 if self.k["n_usage"] == "first" else None
        n = sum(len(c.tokens) for c in self.choice[:first])
        hidden = 6 if self.k["think"] == "gone" else \
            sum(len(c.thoughts) for c in self.choice)
        return {"prompt_tokens": self.n_prompt,
                "completion_tokens": n + hidden,
                "total_tokens": self.n_prompt + n + hidden,
                "completion_tokens_details": {"reasoning_tokens": hidden}}

    def with_index(self, i, obj):
        if self.k["index"] != "none":
            obj["index"] = 0 if self.k["index"] == "zero" else i
        return obj

    def put_logprobs(self, obj, i, tokens, offset):
        if self.k["ids"] and self.req.get("return_token_ids"):
            obj["token_ids"] = [token_id(t.text) for t in tokens]
        later = self.k["n_lp"] == "first" and i > 0
        if self.n_top is None or self.k["lp"] == "missing" or later:
            return
        obj["logprobs"] = chat_logprobs(self.k, tokens) if self.chat else \
            None if self.k["lp"] == "null" else legacy_logprobs(tokens, offset)

    def finish_of(self, c):
        return None if c.finish == "null" else c.finish

    def text_of(self, c):
        tokens = c.tokens[:-1] if self.ends_in_eos(c) else c.tokens
        return b"".join(t.text for t in tokens).decode("utf-8", "replace")

    def ends_in_eos(self, c):
        return self.k["eos"] and c.tokens and c.tokens[-1].text == b"<|im_end|>"

    def whole(self):
        """The response without a stream."""
        out = self.base("chat.completion" if self.chat else "text_completion")
        out["choices"] = []
        for c in self.choice:
            obj = self.with_index(c.index, {"finish_reason": self.finish_of(c)})
            if self.chat:
                text = self.text_of(c)
                obj["message"] = {"role": "assistant", "content": text}
                if self.k["refusal"]:
                    obj["message"] = {"role": "assistant", "content": None,
                                      "refusal": text}
                if self.k["think"] == "content":
                    obj["message"]["reasoning_content"] = \
                        b"".join(c.thoughts).decode()
                self.put_logprobs(obj, c.index, c.tokens, 0)
            else:
                self.complete(obj, c)
            out["choices"].append(obj)
        if self.k["usage"] != "never":
            out["usage"] = self.usage()
        out.update(self.timings(0))
        return out

    def complete(self, obj, c):
        """A choice of /v1/completions: echo and prompt_logprobs too."""
        before = prompt_tokens_of(self.k, self.prompt)
        echo = bool(self.req.get("echo"))
        obj["text"] = (self.prompt if echo else "") + self.text_of(c)
        tokens = list(c.tokens)
        if echo:
            tokens = prompt_scores(self.k, before, self.n_top or 0) + tokens
        self.put_logprobs(obj, c.index, tokens, 0 if echo else len(self.prompt))
        asked = self.req.get("prompt_logprobs")
        if asked is not None:
            obj["prompt_logprobs"] = [
                None if t.logprob is None else
                {str(token_id(b)): {"logprob": x, "rank": r + 1,
                                    "decoded_token": shown(b)}
                 for r, (b, x) in enumerate(t.top)}
                for t in prompt_scores(self.k, before, asked)]

    def chunks(self):
        """The objects of a stream, in order; choices take turns."""
        kind = "chat.completion.chunk" if self.chat else "text_completion"

        def chunk(*choices):
            return dict(self.base(kind), choices=list(choices))
        if self.chat and self.k["role"] == "own":
            for c in self.choice:
                yield chunk(self.with_index(c.index, {
                    "delta": {"role": "assistant", "content": ""},
                    "logprobs": None, "finish_reason": None}))
        turns = [self.choice_chunks(c) for c in self.choice]
        while turns:
            for t in list(turns):
                obj = next(t, None)
                if obj is None:
                    turns.remove(t)
                    continue
                if self.k["empty"]:
                    yield chunk()
                ends = obj["finish_reason"] and self.timings(obj.get("index", 0))
                yield dict(chunk(obj), **(ends or {}))
        asked = (self.req.get("stream_options") or {}).get("include_usage")
        use = self.k["usage"]
        if use == "always" or (use == "asked" and asked):
            yield dict(chunk(), usage=self.usage())

    def choice_chunks(self, c):
        if self.k["think"] == "content":
            for b in c.thoughts:
                yield self.with_index(c.index, {
                    "delta": {"reasoning_content": b.decode()},
                    "logprobs": None, "finish_reason": None})
        n, done, sent = self.k["per_chunk"], b"", 0
        field = "refusal" if self.k["refusal"] else "content"
        for at in range(0, len(c.tokens), n):
            part = c.tokens[at:at + n]
            done += b"".join(t.text for t in part)
            last = at + n >= len(c.tokens)
            whole = self.text_of(c) if last else done.decode("utf-8", "ignore")
            text, sent = whole[sent:], len(whole)
            obj = {"finish_reason": None}
            if self.chat:
                obj["delta"] = {field: text}
                if at == 0 and self.k["role"] == "with":
                    obj["delta"]["role"] = "assistant"
            else:
                obj["text"] = text
            self.put_logprobs(obj, c.index, part,
                              len(self.prompt) + sent - len(text))
            yield self.with_index(c.index, obj)
        end = {"delta": {}} if self.chat else {"text": ""}
        if self.chat and c.finish == "tool_calls":
            end["delta"] = {"tool_calls": [{
                "index": 0, "id": "call_1", "type": "function",
                "function": {"name": "f", "arguments": "{}"}}]}
        yield self.with_index(c.index, dict(
            end, logprobs=None, finish_reason=self.finish_of(c)))


# ---- what the server remembers ----------------------------------------------


class State:
    def __init__(self):
        self.changed = threading.Condition()
        self.clear()

    def clear(self):
        self.count = dict.fromkeys(
            ("connections", "requests", "running", "finished", "aborted"), 0)
        self.tries = {}
        self.prompts = set()
        self.record = []
        self.under_way = {}  # by number; one from before a reset is in none
        self.last = {}

    def knows(self, prompt):
        """Was the prompt here before? Now it was."""
        with self.changed:
            known = prompt in self.prompts
            self.prompts.add(prompt)
            return known

    def begin(self, scenario, key, model):
        """A request is here: its number, and how often it was here before."""
        with self.changed:
            self.count["requests"] += 1
            tries = self.tries.get(key, 0)
            self.tries[key] = tries + 1
            all_tries = self.tries.get(model, 0)
            self.tries[model] = all_tries + 1
            r = {"n": self.count["requests"], "scenario": scenario,
                 "try": tries, "status": 0, "chunks": 0, "end": "",
                 "at": time.time()}
            self.record.append(r)
            self.under_way[r["n"]] = r
            self.count["running"] += 1
            self.changed.notify_all()
            return r, tries, all_tries

    def end(self, r, how):
        with self.changed:
            r["end"] = how
            r["ended"] = time.time()
            if self.under_way.get(r["n"]) is not r:
                return
            del self.under_way[r["n"]]
            self.count["running"] -= 1
            self.count["aborted" if how == "aborted" else "finished"] += 1
            self.changed.notify_all()

    def wait(self, key, n, seconds):
        with self.changed:
            return self.changed.wait_for(
                lambda: self.count.get(key, 0) >= n, seconds)


class Gone(Exception):
    """The other side has closed the connection."""


class Cut(Exception):
    """This side closes it, in the middle."""


def knobs_of(default, model):
    """The knobs of a request, and the scenario's name."""
    k = dict(KNOBS, **default)
    name, turned = k["scenario"], {}
    if ":" in model:
        words = model.split(":", 1)[1].split(",")
        name = words[0] or name
        turned = dict(w.split("=", 1) for w in words[1:])
    if name not in BY_NAME:
        raise KeyError(f"no scenario {name}")
    k.update(BY_NAME[name].knobs, scenario=name)
    for key, text in turned.items():
        k[key] = type(KNOBS[key])(text)  # KeyError: no such knob
    return k


# ---- HTTP --------------------------------------------------------------------

PAGE = b"<html><body>Sign in to go on</body></html>"


def asked_tokens(req):
    return int(req.get("max_completion_tokens") or req.get("max_tokens") or 0)


def asked_choices(req):
    return max(int(req.get("n") or 1), 1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120
    rst = False

    def setup(self):
        tls = self.server.tls
        if tls:
            self.request = tls.wrap_socket(self.request, server_side=True)
        else:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.server.state.changed:
            self.server.state.count["connections"] += 1
        super().setup()

    def handle(self):
        try:
            super().handle()
        except (OSError, Gone):
            pass

    def finish(self):
        super().finish()
        # Before socketserver says goodbye: no FIN where an RST is wanted, and
        # it does not know the socket that TLS has put in the place of its own.
        if self.rst or self.server.tls:
            self.request.close()

    def log_message(self, *args):
        pass

    # -- sending

    def gone(self):
        """Has the reader closed the connection? Readers here never send more
        before they have the answer."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        if not readable:
            return False
        if isinstance(self.connection, ssl.SSLSocket):
            return True
        try:
            return self.connection.recv(1, socket.MSG_PEEK) == b""
        except OSError:
            return True

    def put(self, data):
        try:
            if self.gone():
                raise Gone
            self.connection.sendall(data)
        except OSError:
            raise Gone from None

    def pause(self, seconds):
        """Wait; a reader that goes away is seen at once."""
        select.select([self.connection], [], [], seconds)
        if self.gone():
            raise Gone

    def header(self, status, kind, extra=()):
        k = getattr(self, "k", KNOBS)
        now = time.time() + k["date_skew"]
        lines = [f"HTTP/1.1 {status} {self.responses.get(status, ['x'])[0]}",
                 "Server: mock", f"Content-Type: {kind}",
                 "Date: " + email.utils.formatdate(now, usegmt=True)]
        after = k["retry_after"]
        if status not in (200, 307) and after:
            if after.startswith("date+"):
                after = email.utils.formatdate(now + float(after[5:]),
                                               usegmt=True)
            lines.append("Retry-After: " + after)
        if status != 200 and k["retry_after_ms"]:
            lines.append("retry-after-ms: " + k["retry_after_ms"])
        return ("\r\n".join([*lines, *extra]) + "\r\n\r\n").encode()

    def answer(self, status, body, kind="application/json", extra=()):
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        self.put(self.header(status, kind, [f"Content-Length: {len(body)}",
                                            *extra]) + body)

    def http_chunk(self, data):
        """One chunk of the transfer, or in drips."""
        drip = self.k["drip"]
        if not drip:
            self.put(b"%x\r\n%s\r\n" % (len(data), data))
            return
        for i in range(0, len(data), drip):
            part = data[i:i + drip]
            self.put(b"%x\r\n%s\r\n" % (len(part), part))
            self.pause(0.0002)

    # -- a stream

    def event(self, text):
        eol = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}[self.k["eol"]]
        out = ""
        if self.k["comments"]:
            out = f": ping{eol}{eol}id: 7{eol}retry: 100{eol}"
        return (out + "data: " + text + eol + eol).encode()

    def stream(self, reply, record):
        k = self.k
        while k["heads"]:
            self.put(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
            self.pause(0.02)
        self.put(self.header(200, "text/event-stream; charset=utf-8",
                             ["Transfer-Encoding: chunked"]))
        if k["flood"]:
            self.flood(reply, record)
        n = 0
        for obj in () if k["flood"] else reply.chunks():
            self.fault_before(n)
            text = json.dumps(obj, ensure_ascii=False)
            if k["cut_utf8"]:
                self.maybe_cut_inside(text)
            self.http_chunk(self.event(text))
            n += 1
            record["chunks"] = n
        self.fault_before(n)
        if k["done"] == "open":
            self.http_chunk(b"data: [DONE]")
        elif k["done"] == "yes":
            self.http_chunk(self.event("[DONE]"))
        self.put(b"0\r\n\r\n")

    def fault_before(self, n):
        """What happens before chunk n."""
        k = self.k
        if k["delay_ms"]:
            self.pause(k["delay_ms"] / 1000)
        if n == k["hold"] and k["pings"]:
            self.ping_for_ever(b": ping\n\n")
        if n == k["hold"]:
            self.stay_silent()
        if n == k["cut"]:
            self.cut()
        if n == k["garbage"]:
            self.http_chunk(self.event('{"id": "mock-1", "choices": [{"ind'))
        if n == k["error_at"]:
            self.http_chunk(self.event(error_body("engine-dead").decode()))
            raise Cut

    def ping_for_ever(self, data):
        while True:
            self.http_chunk(data)
            self.pause(0.02)

    def stay_silent(self):
        while True:
            self.pause(3600)

    def cut(self):
        raise Cut

    def maybe_cut_inside(self, text):
        data = text.encode()
        at = next((i for i, c in enumerate(data) if c >= 0xC0), None)
        if at is not None:
            self.http_chunk(b"data: " + data[:at + 1])
            raise Cut

    def one_piece(self, reply):
        """A reply that is not streamed; what happens to a stream behind its
        first chunk happens to it in its middle."""
        k = self.k
        n = 1 + max(len(c.tokens) for c in reply.choice)
        body = json.dumps(reply.whole(), ensure_ascii=False).encode()
        if k["delay_ms"]:
            self.pause(k["delay_ms"] / 1000 * n)
        if k["garbage"] >= 0:
            body = b'{"id": "mock-1", "choices": [{"ind'
        if k["error_at"] >= 0:
            body = error_body("engine-dead")
        if k["hold"] >= 0 and k["pings"]:
            self.put(self.header(200, "application/json",
                                 ["Transfer-Encoding: chunked"]))
            self.ping_for_ever(b" ")
        if 0 in (k["hold"], k["cut"]):
            self.stay_silent() if k["hold"] == 0 else self.cut()
        at = len(body)
        if k["cut_utf8"]:
            at = next((i for i, c in enumerate(body) if c >= 0xC0), at - 1) + 1
        elif k["hold"] > 0 or k["cut"] > 0:
            at //= 2
        self.put(self.header(200, "application/json",
                             [f"Content-Length: {len(body)}"]))
        step = k["drip"] or at
        for i in range(0, at, step):
            self.put(body[i:min(i + step, at)])
            if k["drip"]:
                self.pause(0.0002)
        if at < len(body):
            self.stay_silent() if k["hold"] > 0 else self.cut()

    def flood(self, reply, record):
        most = int(reply.req.get("max_tokens") or 128)
        block = self.server.flood_block(reply)
        for at in range(0, most, self.server.FLOOD):
            self.put(block)
            record["chunks"] = at + self.server.FLOOD
        self.http_chunk(self.event(json.dumps({"choices": [
            {"index": 0, "delta": {}, "finish_reason": "length"}]})))

    # -- requests

    def read_body(self):
        n = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(n)

    def remember(self, body):
        self.server.state.last = {
            "method": self.command, "path": self.path,
            "headers": dict(self.headers.items()),
            "body": body.decode("utf-8", "replace")}

    def own_path(self):
        """(path, query, other base URL?); a proxy's whole URL is cut."""
        url = urllib.parse.urlsplit(self.path)
        path, other = url.path, False
        if path.startswith("/other/"):
            path, other = path[6:], True
        self.like = "llama-server"
        for like in ("vllm", "ollama", "bare"):
            if path.startswith(f"/{like}/"):
                path, self.like = path[len(like) + 1:], like
        return path, dict(urllib.parse.parse_qsl(url.query)), other

    def do_CONNECT(self):
        self.remember(b"")
        self.answer(403, {"error": "this proxy makes no tunnels"})

    def do_GET(self):
        path, query, other = self.own_path()
        if path.startswith("/mock/"):
            self.mock(path, query)
            return
        self.remember(b"")
        name = self.server.served
        if self.like == "bare" or (self.like != "llama-server" and
                                   path == "/props"):
            self.answer(404, error_body("no-route"))
        elif path == "/api/version" and self.like == "ollama":
            self.answer(200, {"version": "0.9.1+mock"})
        elif path == "/v1/models" and self.like == "ollama":
            self.answer(200, {"object": "list", "data": [
                {"id": name, "object": "model", "owned_by": "library"}]})
        elif path == "/v1/models" and self.like == "vllm":
            self.answer(200, {"object": "list", "data": [
                {"id": name, "object": "model", "created": 0,
                 "owned_by": "vllm", "root": f"/models/{name}",
                 "max_model_len": KNOBS["n_ctx"]}]})
        elif path == "/v1/models":
            self.answer(200, {"object": "list", "data": [
                {"id": i, "object": "model", "created": 0, "owned_by": "mock",
                 "meta": {"n_params": 134515008, "size": 97890304},
                 "max_model_len": KNOBS["n_ctx"]}
                for i in [name, *(f"{name}:{r.name}" for r in SCENARIOS)]]})
        elif path == "/version":
            self.answer(200, {"version": "0.32.0+mock"})
        elif path == "/health":
            self.answer(200, {"status": "ok"})
        elif path == "/props":
            self.answer(200, {
                "default_generation_settings": {"n_ctx": KNOBS["n_ctx"]},
                "total_slots": 4, "model_path": f"/models/{name}.gguf",
                "model_ftype": "Q4_K - Medium",
                "chat_template": "{% for m in messages %}{{ m.content }}"
                                 "{% endfor %}"})
        elif path == "/metrics":
            c = self.server.state.count
            self.answer(200, "".join(
                f"mock:{key} {n}\n" for key, n in c.items()).encode(),
                "text/plain")
        else:
            self.answer(404, error_body("model"))

    def mock(self, path, query):
        state = self.server.state
        status = 200
        if path == "/mock/reset":
            with state.changed:
                state.clear()
        elif path == "/mock/last":
            self.answer(200, state.last)
            return
        elif path == "/mock/wait":
            for key, n in query.items():
                if not state.wait(key, int(n), 20):
                    status = 504
        with state.changed:
            body = json.dumps(dict(state.count, record=state.record[-1000:]))
        self.answer(status, body.encode())

    def do_POST(self):
        path, _, other = self.own_path()
        body = self.read_body()
        self.remember(body)
        if path not in ("/v1/chat/completions", "/v1/completions",
                        "/apply-template"):
            self.answer(404, error_body("model"))
            return
        try:
            req = json.loads(body)
            model = req.get("model", self.server.served)
            if model.split(":")[0] != self.server.served:
                self.answer(404, error_body("model"))
                return
            self.k = knobs_of(self.server.default, model)
        except (ValueError, KeyError, AttributeError) as e:
            self.answer(400, {"error": {"message": f"{e}", "code": None,
                                        "type": "BadRequestError"}})
            return
        if path == "/apply-template":
            self.answer(200, {"prompt": Reply(self.k, req, True, other,
                                              0).prompt})
            return
        self.play(path == "/v1/chat/completions", req, other)

    def play(self, chat, req, other):
        state = self.server.state
        # A request is the same whether it is to be streamed or not.
        key = json.dumps({name: value for name, value in req.items()
                          if not name.startswith("stream")}, sort_keys=True)
        r, tries, all_tries = state.begin(self.k["scenario"], key,
                                          req.get("model"))
        r.update(streamed=bool(req.get("stream")), tokens=asked_tokens(req),
                 choices=asked_choices(req))
        k = self.k
        if (k["times"] and tries >= k["times"]) or \
                (k["fail_first"] and all_tries >= k["fail_first"]) or \
                (k["from"] and (asked_tokens(req) < k["from"] or
                                PROBE_LONG in str(req))) or \
                asked_choices(req) < k["n_from"] or \
                all_tries < k["after"] or \
                k["only"] not in str(req.get("prompt", req.get("messages"))):
            self.k = dict(KNOBS, **{key: k[key] for key in
                                    ("refuse", "tokens", "n_ctx", "judge",
                                     "grammar", "refuses", "timings",
                                     "n_usage")})
        how = "finished"
        try:
            self.respond(Reply(self.k, req, chat, other, r["n"]), r)
            if r["status"] != 200:
                how = "refused"
            self.close_connection |= bool(self.k["close"])
        except Gone:
            how = "aborted"
            self.close_connection = True
            time.sleep(k["works_on"])
        except Cut:
            how = "cut"
            self.close_connection = True
            if self.k["reset"]:
                self.rst = True
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           struct.pack("ii", 1, 0))
        finally:
            state.end(r, how)

    def refusal(self, reply):
        """(status, key of ERRORS) of a request that gets no reply; or None."""
        k = self.k
        if k["error"] in ("reasoning", "gemini", "mistral") and \
                reply.n_top is None:
            return None
        if k["status"] not in (200, 307):
            return k["status"], k["error"]
        fields = [f for f in (BEYOND_OPENAI if k["refuses"] == "unnamed" else
                              k["refuses"].split("+")) if f in reply.req]
        if fields == ["temperature"] and reply.req["temperature"] == 1:
            fields = []
        if fields:
            return 400, "unnamed" if k["refuses"] == "unnamed" else \
                f"field:{fields[0]}"
        if "no" in (k["chat"] if reply.chat else k["completions"]):
            return 404, "no-route"
        if k["limit"] and self.server.state.count["running"] > k["limit"]:
            return 429, "limit"
        if k["n_use"] == "error" and int(reply.req.get("n") or 1) > 1:
            return 400, "n"
        if (reply.n_top or 0) > 20:
            return 400, f"field:top={reply.n_top}"
        if k["error"].startswith("context") and reply.n_prompt > k["n_ctx"]:
            return 400, k["error"]
        return None

    def respond(self, reply, record):
        reply.known = self.server.state.knows(reply.prompt)
        refused = self.refusal(reply)
        status = 307 if self.k["status"] == 307 else 200
        record["status"] = refused[0] if refused else status
        if refused:
            body = error_body(refused[1])
            if self.k["echo"]:
                said = b" " + (self.headers["Authorization"] or "").encode()
                body = body.replace(b'",', said + b'",', 1)
            self.answer(refused[0], body)
        elif status == 307:
            self.answer(307, b"", extra=["Location: http://other.invalid/v1"])
        elif self.k["body"]:
            self.odd_body(self.k["body"])
        elif reply.req.get("stream") or self.k["stream"] == "always":
            self.stream(reply, record)
        else:
            self.one_piece(reply)

    def odd_body(self, kind):
        if kind == "html":
            self.answer(200, PAGE, "text/html")
        elif kind == "text":
            self.answer(200, b"upstream connect error")
        elif kind == "json":
            self.answer(200, {"status": "ok"})
        elif kind == "no-http":
            self.put(b"SSH-2.0-OpenSSH_9.2\r\n")
            raise Cut
        else:
            # Without its length, so that it has to be counted.
            self.put(self.header(200, "text/event-stream",
                                 ["Transfer-Encoding: chunked"]))
            self.http_chunk(b"data: ")
            for _ in range(8):
                self.http_chunk(b"x" * (1 << 20))
            if kind == "big":
                self.http_chunk(b"\n\n")
            self.put(b"0\r\n\r\n")


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    FLOOD = 64  # tokens a block

    def __init__(self, port=0, served="mock", default=None, tls=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.state, self.served, self.tls = State(), served, tls
        self.default = default or {}
        self.block, self.lock = None, threading.Lock()

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, Gone)):
            super().handle_error(request, client_address)

    def flood_block(self, reply):
        """FLOOD tokens with 20 alternatives, each in a chunk of its own."""
        with self.lock:
            if self.block is None:
                k = dict(KNOBS, tokens=self.FLOOD)
                req = {"logprobs": True, "top_logprobs": 20, "seed": 1,
                       "stream": True, "model": self.served,
                       "messages": [{"role": "user", "content": "flood"}]}
                part = []
                for obj in list(Reply(k, req, True, False, 0).chunks())[1:-1]:
                    e = b"data: %s\n\n" % json.dumps(
                        obj, separators=(",", ":")).encode()
                    part.append(b"%x\r\n%s\r\n" % (len(e), e))
                assert len(part) == self.FLOOD
                self.block = b"".join(part)
            return self.block


def default_of(text):
    if not text:
        return {}
    if not text.endswith(".json"):
        return {"scenario": text}
    with open(text, encoding="utf-8") as f:
        d = json.load(f)
    unknown = set(d) - set(KNOBS)
    if unknown:
        sys.exit(f"{text}: no such knobs: {', '.join(sorted(unknown))}")
    return d


def end_with_stdin():
    while sys.stdin.buffer.read1(65536):
        pass
    os._exit(0)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--port", type=int, default=0)
    a.add_argument("--served", default="mock")
    a.add_argument("--scenario", default="")
    a.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    a.add_argument("--list", action="store_true")
    args = a.parse_args()
    if args.list:
        for r in SCENARIOS:
            print(r.name, r.source, r.plays, sep="\t")
        return 0
    tls = None
    if args.tls:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*args.tls)
    server = Server(args.port, args.served, default_of(args.scenario), tls)
    print("port", server.server_address[1], flush=True)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
