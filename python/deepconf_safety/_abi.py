"""The structs and functions of the C library, as its headers have them.

class DcX stands for struct dc_x, field by field, and PROTOTYPES for the
declarations. tests/python/layout_test.py compares all of it with the headers:
sizes and offsets by a C program, and each prototype with its declaration.
"""
import ctypes
from ctypes import (POINTER, Structure, byref, c_bool, c_char, c_char_p,
                    c_double, c_float, c_int, c_int32, c_size_t, c_uint,
                    c_uint32, c_uint64, c_void_p)
from typing import Any, Dict, Optional, Tuple

from . import _find
from ._errors import DeepconfError, NotFoundError

CONF_K_MAX, STOP_K_MAX, SPEC_TEXT = 256, 4096, 128
COMPLIANCE, PARTIAL, REFUSAL, UNDETERMINED = range(4)  # enum dc_verdict


class DcErr(Structure):  # status.h
    _fields_ = [("status", c_int), ("msg", c_char * 1024)]


class DcParam(Structure):  # spec.h
    _fields_ = [("name", c_char_p), ("help", c_char_p),
                ("def", c_double), ("min", c_double), ("max", c_double),
                ("open_min", c_bool), ("open_max", c_bool),
                ("integer", c_bool), ("measure", c_bool),
                ("left_out", c_bool)]


class DcSpec(Structure):  # spec.h
    _fields_ = [("arg", c_double * 4), ("measure", c_char * SPEC_TEXT),
                ("text", c_char * SPEC_TEXT)]


class DcToken(Structure):  # conf.h
    _fields_ = [("id", c_int32), ("logprob", c_float), ("conf", c_float),
                ("entropy", c_float), ("self_cert", c_float)]


class DcTopLogprob(Structure):  # conf.h
    _fields_ = [("id", c_int32), ("logprob", c_float)]


class DcLogits(Structure):  # conf.h
    _fields_ = [("n_vocab", c_size_t), ("n_block", c_size_t), ("k", c_size_t),
                ("block_max", POINTER(c_float)),
                ("block_sum", POINTER(c_double)),
                ("block_xsum", POINTER(c_double)),
                ("block_tmp", POINTER(c_double)),
                ("top", POINTER(c_float)), ("top_id", POINTER(c_int32)),
                ("max", c_double), ("lse", c_double), ("mean", c_double),
                ("entropy", c_double), ("conf", c_double),
                ("self_cert", c_double), ("cand", c_void_p)]


class DcSampling(Structure):  # conf.h
    _fields_ = [("temperature", c_double), ("top_p", c_double),
                ("min_p", c_double), ("top_k", c_uint32)]


class DcMeasure(Structure):  # conf.h
    _fields_ = [("name", c_char_p), ("formula", c_char_p), ("unit", c_char_p),
                ("direction", c_int), ("min", c_double), ("max", c_double),
                ("reads", c_uint), ("param", POINTER(DcParam)),
                ("n_param", c_size_t), ("push", c_void_p),
                ("value", c_void_p)]


class DcMeasureSpec(Structure):  # conf.h
    _fields_ = [("row", POINTER(DcMeasure)), ("spec", DcSpec)]


class DcTally(Structure):  # vote.h
    _fields_ = [("n", c_uint), ("refusal", c_uint), ("compliance", c_uint),
                ("undetermined", c_uint)]


class DcBallot(Structure):  # vote.h
    _fields_ = [("verdict", c_int), ("weight", c_double)]


class DcVote(Structure):  # vote.h
    _fields_ = [("name", c_char_p), ("rule", c_char_p),
                ("param", POINTER(DcParam)), ("n_param", c_size_t),
                ("by_tally", c_bool), ("decide", c_void_p)]


class DcVoteSpec(Structure):  # vote.h
    _fields_ = [("row", POINTER(DcVote)), ("spec", DcSpec)]


class DcStopTrace(Structure):  # stop.h
    _fields_ = [("verdict", c_int), ("has_conf", c_bool), ("conf", c_double),
                ("cut", c_bool)]


class DcStopState(Structure):  # stop.h
    _fields_ = [("tally", DcTally), ("trace", POINTER(DcStopTrace))]


class DcStopCfg(Structure):  # stop.h
    _fields_ = [("min_traces", c_uint), ("max_traces", c_uint),
                ("weighted", c_bool), ("has_threshold", c_bool),
                ("threshold", c_double)]


class DcStopNext(Structure):  # stop.h
    _fields_ = [("stop", c_bool), ("reason", c_char_p), ("need", c_uint)]


class DcStopPolicy(Structure):  # stop.h
    _fields_ = [("name", c_char_p), ("rule", c_char_p), ("promise", c_char_p),
                ("param", POINTER(DcParam)), ("n_param", c_size_t),
                ("under_curtail", c_bool), ("by_tally", c_bool),
                ("needs_calibration", c_bool), ("needs_probability", c_bool),
                ("check", c_void_p), ("own_measure", c_char_p),
                ("measure_arg", c_size_t), ("count_arg", c_size_t),
                ("next", c_void_p), ("bar", c_void_p), ("decide", c_void_p)]


class DcStopSpec(Structure):  # stop.h
    _fields_ = [("row", POINTER(DcStopPolicy)), ("spec", DcSpec)]


class DcStopTable(Structure):  # stop.h
    _fields_ = [("k", c_uint), ("decision", POINTER(c_char)),
                ("disagree", POINTER(c_double)),
                ("traces", POINTER(c_double)),
                ("worst_missed", c_double), ("worst_false", c_double)]


class DcProp(Structure):  # stat.h
    _fields_ = [("k", c_uint64), ("n", c_uint64), ("defined", c_bool),
                ("value", c_double), ("lo", c_double), ("hi", c_double)]


class DcPaired(Structure):  # stat.h
    _fields_ = [("b", c_uint64), ("c", c_uint64), ("n", c_uint64),
                ("p", c_double), ("defined", c_bool), ("diff", c_double),
                ("lo", c_double), ("hi", c_double), ("widened", c_bool)]


class DcPairedPlan(Structure):  # stat.h
    _fields_ = [("discordance", c_double), ("alpha", c_double),
                ("power", c_double)]


class DcLttSetting(Structure):  # stat.h
    _fields_ = [("lost", c_uint64), ("n", c_uint64)]


class DcUrn(Structure):  # dist.h
    _fields_ = [("size", c_uint64), ("marked", c_uint64),
                ("drawn", c_uint64)]


# (result, arguments); without these ctypes takes all for int, and cuts
# pointers and doubles without a word.
P = POINTER
PROTOTYPES: Dict[str, Tuple[Any, ...]] = {
    "dc_status_exit_code": (c_int, c_int),
    "dc_logits_init": (None, P(DcLogits), c_size_t, c_size_t),
    "dc_logits_release": (None, P(DcLogits)),
    "dc_logits_scan": (c_bool, P(DcLogits), P(c_float)),
    "dc_logits_sample": (None, P(DcLogits), P(c_float), P(DcSampling),
                         c_double, P(DcToken)),
    "dc_logits_top": (None, P(DcLogits), c_size_t, P(DcTopLogprob)),
    "dc_conf_top": (c_bool, P(c_double), c_size_t, c_size_t, P(c_float)),
    "dc_measures": (P(P(DcMeasure)), P(c_size_t)),
    "dc_measure_parse": (c_int, c_char_p, P(DcMeasureSpec), P(DcErr)),
    "dc_measure_compute": (c_bool, P(DcMeasureSpec), P(DcToken), c_size_t,
                           P(c_double)),
    "dc_measure_weight": (c_double, P(DcMeasure), c_double),
    "dc_verdict_name": (c_char_p, c_int),
    "dc_tally_add": (None, P(DcTally), c_int),
    "dc_vote_parse": (c_int, c_char_p, P(DcVoteSpec), P(DcErr)),
    "dc_vote_decide": (c_int, P(DcVoteSpec), P(DcBallot), c_size_t),
    "dc_ballots_decide": (c_int, P(DcBallot), c_size_t, P(c_double)),
    "dc_stop_policies": (P(P(DcStopPolicy)), P(c_size_t)),
    "dc_stop_parse": (c_int, c_char_p, P(DcStopSpec), P(DcErr)),
    "dc_stop_check": (c_int, P(DcStopCfg), P(DcErr)),
    "dc_stop_counts": (c_int, P(DcStopSpec), c_uint, P(DcErr)),
    "dc_stop_ask": (DcStopNext, P(DcStopSpec), P(DcStopState), P(DcStopCfg)),
    "dc_stop_table_init": (c_int, P(DcStopTable), P(DcStopSpec),
                           P(DcStopCfg), P(DcErr)),
    "dc_stop_table_at": (c_char, P(DcStopTable), c_uint, c_uint),
    "dc_stop_table_release": (None, P(DcStopTable)),
    "dc_prop_wilson": (DcProp, c_uint64, c_uint64, c_double),
    "dc_prop_clopper_pearson": (DcProp, c_uint64, c_uint64, c_double),
    "dc_prop_upper": (c_double, c_uint64, c_uint64, c_double),
    "dc_paired_compare": (DcPaired, c_uint64, c_uint64, c_uint64, c_double),
    "dc_paired_needed": (c_bool, P(DcPairedPlan), c_double, P(c_uint64)),
    "dc_holm": (None, P(c_double), c_size_t, P(c_double)),
    "dc_ltt_p": (c_double, P(DcLttSetting), c_double),
    "dc_ltt_needed": (c_uint64, c_double, c_double),
    "dc_binom_cdf": (c_double, c_uint64, c_uint64, c_double),
    "dc_binom_sf": (c_double, c_uint64, c_uint64, c_double),
    "dc_hypergeom_cdf": (c_double, c_uint64, P(DcUrn)),
    "dc_hypergeom_sf": (c_double, c_uint64, P(DcUrn)),
}

_loaded: Optional[ctypes.CDLL] = None


def lib() -> ctypes.CDLL:
    """The library, loaded once. NotFoundError if it can't be."""
    global _loaded
    if _loaded is None:
        path = _find.library()
        try:
            loaded = ctypes.CDLL(path)
            for name, (result, *args) in PROTOTYPES.items():
                function = getattr(loaded, name)
                function.restype, function.argtypes = result, args
        except (OSError, AttributeError) as e:
            raise NotFoundError(f"{path} is not the library that this package "
                                f"was made for: {e}; install the package and "
                                "the program of one version") from None
        _loaded = loaded
    return _loaded


def call(name: str, *args: Any) -> None:
    """Call a function that returns enum dc_status and takes an error last."""
    err = DcErr()
    status = getattr(lib(), name)(*args, byref(err))
    if status != 0:
        raise DeepconfError(err.msg.decode("utf-8", "replace"),
                            lib().dc_status_exit_code(status))
