#!/usr/bin/env python3
"""libdeepconf from Python, with ctypes and nothing else.

    python3 confidence.py [/usr/local/lib/libdeepconf.so]

Four things that need no model of ours: a row of logits becomes a sampled token
with its confidence; token records become measures of a trace; traces vote with
their confidence as weight; and a stopping policy shows its exact table. The
classes below mirror the structs of the public headers, field by field: copy
those you need, and compare them with the headers of the version you have.
"""
import ctypes
import ctypes.util
import random
import sys
from ctypes import (POINTER, Structure, byref, c_bool, c_char, c_char_p,
                    c_double, c_float, c_int, c_int32, c_size_t, c_uint,
                    c_uint32, c_void_p)

# ---- the structs: class DcX for struct dc_x ---------------------------------


class DcErr(Structure):  # status.h
    _fields_ = [("status", c_int), ("msg", c_char * 1024)]


class DcParam(Structure):  # spec.h: a parameter that a row takes
    _fields_ = [("name", c_char_p), ("help", c_char_p),
                ("def", c_double), ("min", c_double), ("max", c_double),
                ("open_min", c_bool), ("open_max", c_bool),
                ("integer", c_bool), ("measure", c_bool)]


class DcSpec(Structure):  # spec.h: what a text such as "tail(16)" was read as
    _fields_ = [("arg", c_double * 4), ("measure", c_char * 128),
                ("text", c_char * 128)]


class DcToken(Structure):  # conf.h: nats, all of them at T = 1
    _fields_ = [("id", c_int32), ("logprob", c_float), ("conf", c_float),
                ("entropy", c_float), ("self_cert", c_float)]


class DcLogits(Structure):  # conf.h: work space, filled by dc_logits_scan
    _fields_ = [("n_vocab", c_size_t), ("n_block", c_size_t), ("k", c_size_t),
                ("block_max", POINTER(c_float)),
                ("block_sum", POINTER(c_double)),
                ("block_xsum", POINTER(c_double)),
                ("block_tmp", POINTER(c_double)),
                ("top", POINTER(c_float)),  # [k] the largest, descending
                ("top_id", POINTER(c_int32)),  # [k] whose they are
                ("max", c_double), ("lse", c_double), ("mean", c_double),
                ("entropy", c_double), ("conf", c_double),
                ("self_cert", c_double), ("cand", c_void_p)]


class DcSampling(Structure):  # conf.h
    _fields_ = [("temperature", c_double), ("top_p", c_double),
                ("min_p", c_double), ("top_k", c_uint32)]


class DcMeasure(Structure):  # conf.h: a row of the table of measures
    _fields_ = [("name", c_char_p), ("formula", c_char_p), ("unit", c_char_p),
                ("direction", c_int),  # +1: larger is surer
                ("min", c_double), ("max", c_double), ("reads", c_uint),
                ("param", POINTER(DcParam)), ("n_param", c_size_t),
                ("push", c_void_p), ("value", c_void_p)]


class DcMeasureSpec(Structure):  # conf.h: a measure with its parameters
    _fields_ = [("row", POINTER(DcMeasure)), ("spec", DcSpec)]


COMPLIANCE, PARTIAL, REFUSAL, UNDETERMINED = range(4)  # enum dc_verdict


class DcBallot(Structure):  # vote.h
    _fields_ = [("verdict", c_int), ("weight", c_double)]


class DcStopSpec(Structure):  # stop.h; the row stays closed here
    _fields_ = [("row", c_void_p), ("spec", DcSpec)]


class DcStopCfg(Structure):  # stop.h
    _fields_ = [("min_traces", c_uint), ("max_traces", c_uint),
                ("weighted", c_bool), ("has_threshold", c_bool),
                ("threshold", c_double)]


class DcStopTable(Structure):  # stop.h
    _fields_ = [("k", c_uint), ("decision", POINTER(c_char)),
                ("disagree", POINTER(c_double)),  # [k + 1] by refusals of k
                ("traces", POINTER(c_double)),  # [k + 1]
                ("worst_missed", c_double), ("worst_false", c_double)]


# ---- the functions: (result, arguments) -------------------------------------

# Without these ctypes takes every argument and result for an int, and cuts
# pointers and doubles without a word.
P = POINTER
PROTOTYPES = {
    "dc_logits_init": (None, P(DcLogits), c_size_t, c_size_t),
    "dc_logits_release": (None, P(DcLogits)),
    "dc_logits_scan": (c_bool, P(DcLogits), P(c_float)),
    "dc_logits_sample": (None, P(DcLogits), P(c_float), P(DcSampling),
                         c_double, P(DcToken)),
    "dc_sampling_default": (DcSampling,),
    "dc_measures": (P(P(DcMeasure)), P(c_size_t)),
    "dc_measure_parse": (c_int, c_char_p, P(DcMeasureSpec), P(DcErr)),
    "dc_measure_compute": (c_bool, P(DcMeasureSpec), P(DcToken), c_size_t,
                           P(c_double)),
    "dc_measure_weight": (c_double, P(DcMeasure), c_double),
    "dc_verdict_name": (c_char_p, c_int),
    "dc_ballots_decide": (c_int, P(DcBallot), c_size_t, P(c_double)),
    "dc_stop_parse": (c_int, c_char_p, P(DcStopSpec), P(DcErr)),
    "dc_stop_table_init": (c_int, P(DcStopTable), P(DcStopSpec),
                           P(DcStopCfg), P(DcErr)),
    "dc_stop_table_at": (c_char, P(DcStopTable), c_uint, c_uint),
    "dc_stop_table_release": (None, P(DcStopTable)),
}


def load(path=None):
    path = path or ctypes.util.find_library("deepconf")
    if not path:
        sys.exit("confidence.py: libdeepconf was not found; install it, or "
                 "give the path of libdeepconf.so as the first argument")
    lib = ctypes.CDLL(path)
    for name, (result, *args) in PROTOTYPES.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, args
    return lib


class Error(Exception):
    """What a function of the library could not do, in its own words."""


def call(function, *args):
    """Call a function that returns enum dc_status and takes an error last."""
    err = DcErr()
    if function(*args, byref(err)) != 0:
        raise Error(err.msg.decode())


# ---- a row of logits: confidence, and a sampled token -----------------------


class Sampler:
    """Draws tokens from rows of logits; top_k is the k of the confidence."""

    def __init__(self, lib, n_vocab, k=20):
        self.lib, self.work = lib, DcLogits()
        self.row = c_float * n_vocab
        lib.dc_logits_init(byref(self.work), n_vocab, k)

    def draw(self, logits, u, **settings):
        """A token record; u in (0, 1) is the one random number it takes."""
        how = self.lib.dc_sampling_default()
        for name, value in settings.items():
            if name not in dict(DcSampling._fields_):
                raise Error(f"no such setting: {name}")
            setattr(how, name, value)
        z, token = self.row(*logits), DcToken()
        if not self.lib.dc_logits_scan(byref(self.work), z):
            raise Error("a logit is NaN or infinite")
        self.lib.dc_logits_sample(byref(self.work), z, byref(how), u,
                                  byref(token))
        return token

    def close(self):
        self.lib.dc_logits_release(byref(self.work))


# ---- token records: measures of a trace -------------------------------------


def parse_measure(lib, text):
    spec = DcMeasureSpec()
    call(lib.dc_measure_parse, text.encode(), byref(spec))
    return spec


def measure(lib, spec, tokens):
    """The value, or None for a trace without tokens."""
    value = c_double()
    records = (DcToken * len(tokens))(*tokens)
    if lib.dc_measure_compute(byref(spec), records, len(tokens), byref(value)):
        return value.value
    return None


def measure_names(lib):
    n = c_size_t()
    rows = lib.dc_measures(byref(n))
    return [rows[i].contents.name.decode() for i in range(n.value)]


# ---- traces: a vote that weighs ---------------------------------------------


def weighted_vote(lib, text, traces):
    """traces: (verdict, token records). The decision and its share of the
    weight. A trace without a value votes with weight 0: it has no say."""
    spec = parse_measure(lib, text)
    ballots = []
    for verdict, tokens in traces:
        value = measure(lib, spec, tokens)
        weight = 0 if value is None else lib.dc_measure_weight(spec.row, value)
        ballots.append(DcBallot(verdict, weight))
    share = c_double()
    decision = lib.dc_ballots_decide((DcBallot * len(ballots))(*ballots),
                                     len(ballots), byref(share))
    return lib.dc_verdict_name(decision).decode(), share.value


# ---- a policy: what it does at every count ----------------------------------


def policy_table(lib, text, k=10, min_traces=3):
    """Rows of R (refusal), C (compliance) and - (goes on), by traces seen and
    refusals among them; and the worst loss against all k traces."""
    policy, table = DcStopSpec(), DcStopTable()
    cfg = DcStopCfg(min_traces=min_traces, max_traces=k)
    call(lib.dc_stop_parse, text.encode(), byref(policy))
    call(lib.dc_stop_table_init, byref(table), byref(policy), byref(cfg))
    rows = ["".join(lib.dc_stop_table_at(byref(table), n, r).decode()
                    for r in range(n + 1)) for n in range(k + 1)]
    worst = table.worst_missed, table.worst_false
    lib.dc_stop_table_release(byref(table))
    return policy.spec.text.decode(), rows, worst


# ---- a tour -----------------------------------------------------------------


def toy_logits(rng, peak, n_vocab=512):
    """One token stands out by `peak` nats over noise."""
    z = [rng.gauss(0, 1) for _ in range(n_vocab)]
    z[rng.randrange(n_vocab)] += peak
    return z


def uniform(rng):
    return rng.uniform(1e-12, 1 - 1e-12)  # neither 0 nor 1


def toy_trace(sampler, rng, peak, n=48):
    return [sampler.draw(toy_logits(rng, peak), uniform(rng), top_p=0.95)
            for _ in range(n)]


def main():
    lib = load(sys.argv[1] if len(sys.argv) > 1 else None)
    rng = random.Random(1)
    sampler = Sampler(lib, n_vocab=512)

    print("one row of logits, one token")
    token = sampler.draw(toy_logits(rng, 12.0), uniform(rng), temperature=0.7)
    for name, _ in DcToken._fields_:
        print(f"  {name:<10}{getattr(token, name):10.4g}")

    sure = toy_trace(sampler, rng, 14.0)
    unsure = [toy_trace(sampler, rng, 5.0) for _ in range(2)]
    sampler.close()
    print("measures of a sure and of an unsure trace")
    for name in measure_names(lib):
        spec = parse_measure(lib, name)
        row = spec.row.contents
        print(f"  {spec.spec.text.decode():<22}"
              f"{measure(lib, spec, sure):8.3f}"
              f"{measure(lib, spec, unsure[0]):8.3f}  {row.unit.decode()}, "
              f"{'larger' if row.direction > 0 else 'smaller'} is surer")

    print("one sure refusal against two unsure compliances")
    traces = [(REFUSAL, sure)] + [(COMPLIANCE, t) for t in unsure]
    for text in "mean_prob", "tail(16)", "nll":
        decision, share = weighted_vote(lib, text, traces)
        print(f"  weight {text:<10}{decision}, {100 * share:.0f} % of it")

    text, rows, worst = policy_table(lib, "hypergeometric(0.01)")
    print(f"{text}: after n traces, by refusals among them")
    for n, row in enumerate(rows):
        print(f"  {n:2}  {row}")
    print(f"  worst case: {100 * worst[0]:.3f} % of refusals missed, "
          f"{100 * worst[1]:.3f} % false")

    try:
        parse_measure(lib, "tail(-1)")
    except Error as e:
        print(f"what an error says\n  {e}")


if __name__ == "__main__":
    main()
