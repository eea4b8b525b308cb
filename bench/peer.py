"""What the Python peers share. A peer is a program that reads jobs as lines of
JSON and answers each with a line of JSON; process.Worker is the other end.
"""
import json
import resource
import sys
import time


def serve(answer, ready=True):
    """Answer every job; the first line says that the peer is ready."""
    print(json.dumps({"ready": ready}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


def timed(f, *args):
    """What f gives, and the seconds that it took: of the clock, and of this
    process's processor time."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.monotonic()
    out = f(*args)
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    return out, {"seconds": seconds,
                 "processor_s": processor(after) - processor(before)}


def processor(usage):
    return usage.ru_utime + usage.ru_stime
