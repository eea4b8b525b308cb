#!/usr/bin/env python3
"""Count what CTest ran: ctest_summary.py [LABEL:]RESULTS.xml ...

A cmocka program counts as the tests inside it, anything else as one. Every
skip is printed with its reason, every failure by name; the last line is
"N passed, N failed, N skipped". Exit code 1 if anything failed or nothing ran.
"""
import re
import sys
import xml.etree.ElementTree as ET

PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.M)
FAILED = re.compile(r"^\[  FAILED  \] (\d+) test", re.M)
SKIPPED = re.compile(r"^\[  SKIPPED \] (\d+) test", re.M)
SKIP_NAME = re.compile(r"^\[  SKIPPED \] (?!\d+ test)(\S+)$", re.M)
REASON = re.compile(r"^SKIP:? ?(.*)$", re.M)


def total(pattern, text):
    return sum(int(n) for n in pattern.findall(text))


def read_case(case):
    """(passed, failed, [skip reason]) of one CTest test."""
    out = case.findtext("system-out") or ""
    status = case.get("status")
    reasons = REASON.findall(out)
    if status in ("notrun", "disabled") or case.find("skipped") is not None:
        lines = [x for x in out.splitlines() if x.strip()]
        why = reasons or lines[-1:] or ["no reason given"]
        return 0, 0, [why[0]]
    passed, failed = total(PASSED, out), total(FAILED, out)
    n_skip = total(SKIPPED, out)
    if passed + failed + n_skip == 0:
        passed, failed = (1, 0) if status == "run" else (0, 1)
    if status == "fail" and failed == 0:
        failed = 1  # died outside its tests
    names = list(dict.fromkeys(SKIP_NAME.findall(out)))
    skips = []
    for i in range(n_skip):
        what = names[i] if i < len(names) else "?"
        why = reasons[i] if i < len(reasons) else "no reason given"
        skips.append(f"{what}: {why}")
    return passed, failed, skips


SELF_TEST = """<testsuite>
<testcase name="a" status="run"><system-out>ok</system-out></testcase>
<testcase name="b" status="run"><system-out>[==========] Running 3 test(s).
SKIP: no model
[  SKIPPED ] test_x
[==========] 3 test(s) run.
[  PASSED  ] 2 test(s).
[  SKIPPED ] 1 test(s), listed below:
[  SKIPPED ] test_x
</system-out></testcase>
<testcase name="c" status="fail"><system-out>[  PASSED  ] 4 test(s).
[  FAILED  ] 2 test(s), listed below:
[  FAILED  ] t1
[  FAILED  ] t2
</system-out></testcase>
<testcase name="d" status="fail"><system-out>[  PASSED  ] 4 test(s).
leak</system-out></testcase>
<testcase name="e" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>
<system-out>SKIP: nothing there</system-out></testcase>
</testsuite>"""


def self_test():
    cases = ET.fromstring(SELF_TEST).findall("testcase")
    want = [(1, 0, []), (2, 0, ["test_x: no model"]), (4, 2, []), (4, 1, []),
            (0, 0, ["nothing there"])]
    got = [read_case(c) for c in cases]
    if got != want:
        print(f"self-test: {got}, expected {want}")
    return 0 if got == want else 1


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    n_passed = n_failed = 0
    skipped, bad = [], []
    for arg in sys.argv[1:]:
        label, _, path = arg.rpartition(":")
        try:
            cases = ET.parse(path).getroot().findall("testcase")
        except (OSError, ET.ParseError) as e:
            bad.append(f"{path}: no results ({e})")
            n_failed += 1
            continue
        for case in cases:
            name = case.get("name") + (f" ({label})" if label else "")
            passed, failed, skips = read_case(case)
            n_passed += passed
            n_failed += failed
            skipped += [f"{name}: {why}" for why in skips]
            if failed:
                bad.append(name)
    for line in skipped:
        print("skipped:", line)
    for line in bad:
        print("failed:", line)
    print(f"{n_passed} passed, {n_failed} failed, {len(skipped)} skipped")
    return 1 if n_failed or n_passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
