#!/usr/bin/env python3
"""Kill commands at any moment; whatever is left has to open, and to go on.

kill_test.py DEEPCONF FAULT.so [--kills N] [--seconds S] [--seed N]
             [--skip NAME,...]

FAULT.so is made of tests/preload/fault.c. Each trial begins with a copy of a
prepared folder, runs one command and kills it: in front of its nth call that
changes a file (two of three), or after a random time. Then some command, picked
at random, is the first to open what was left; the killed command is run again;
and the run file has to hold what that of an undisturbed run holds, row by row,
and outputs have to be the same bytes.
"""
import argparse
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import time

FAKE = ["--backend", "fake", "--model", "random:refuse=0.4,len=6,vocab=64"]
RUN = ["run", *FAKE, "--data", "d.csv", "--max-tokens", "6", "--slots", "4",
       "--top-logprobs", "2", "--stop", "confidence-percentile(50)",
       "--quiet", "--out", "r.db"]
KEEP = {k: v for k, v in os.environ.items() if not k.startswith("FAULT_")}
KEEP["GOMP_SPINCOUNT"] = "1"  # else the program executes itself anew
CALLS = "rmusow"  # those that change a file (tests/preload/fault.c)
# name: folder it begins with, command, run file it writes (or none), outputs
WORK = {
    "run": ("new", RUN, "r.db", []),
    "run again": ("half", RUN, "r.db", []),
    "judge": ("done", ["judge", "r.db", "--judge", "keywords-request",
                       "--quiet"], "r.db", []),
    "import": ("done", ["import", "r.jsonl", "--format", "deepconf", "--out",
                        "i.db"], "i.db", []),
    "import rows": ("done", ["import", "rows.jsonl", "--format", "jsonl",
                             "--out", "i.db"], "i.db", []),
    "judge copy": ("copy", ["judge", "i.db", "--judge", "keywords-request",
                            "--quiet"], "i.db", []),
    "export": ("done", ["export", "r.db", "--format", "inspect", "--out",
                        "x.json"], None, ["x.json"]),
    "merge": ("shards", ["merge", "s1.db", "s2.db", "s3.db", "--quiet",
                         "--out", "m.db"], "m.db", []),
    "report": ("done", ["report", "r.db", "--no-plots", "--out", "rep"], None,
               ["rep"]),
}
# What opens a run file first; {f} is its name.
OPEN = [["show", "{f}"], ["show", "{f}", "--prompts"], ["judge", "{f}"],
        ["judge", "{f}", "--judge", "keywords-request", "--quiet"],
        ["export", "{f}", "--format", "csv", "--out", "open.csv"],
        ["stats", "{f}", "--resamples", "50"]]
# An unfinished run has nothing to say here, which is no fault.
NOT_YET = ("holds no run yet", "no such file", "no decision", "no traces",
           "no trace", "is not finished", "no verdicts", "is decided yet")


def fail(text):
    sys.exit(f"FAILED: {text}")


def dump(path):
    """All rows that a run is made of, without times, sessions and row ids."""
    h = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    ask = {
        "config": "SELECT key, value, binding FROM config ORDER BY ord",
        "prompt": "SELECT * FROM prompt ORDER BY ord",
        "trace": "SELECT prompt, idx, finish, answer_off, n_tok, k, text,"
                 " tok_id, tok_logprob, tok_conf, tok_entropy, tok_self_cert,"
                 " cut, tok_end, lacks, n_top, tok_top FROM trace"
                 " ORDER BY prompt, idx",
        "measure": "SELECT t.prompt, t.idx, measure, value FROM measure m JOIN"
                   " trace t ON t.id = m.trace ORDER BY 1, 2, 3",
        "verdict": "SELECT t.prompt, t.idx, judge, v.version, verdict, rule,"
                   " span_off, span_len, score, reply FROM verdict v JOIN trace"
                   " t ON t.id = v.trace ORDER BY 1, 2, 3",
        "decision": "SELECT * FROM decision ORDER BY prompt",
        "threshold": "SELECT policy, measure, q, value, n_prompt, n_trace"
                     " FROM threshold ORDER BY 1, 2",
        "piece": "SELECT * FROM piece ORDER BY id",
    }
    out = {k: h.execute(sql).fetchall() for k, sql in ask.items()}
    sound = h.execute("PRAGMA integrity_check").fetchall()
    broken = h.execute("PRAGMA foreign_key_check").fetchall()
    h.close()
    if sound != [("ok",)] or broken:
        fail(f"{path}: {sound} {broken}")
    return out


def tree(path):
    """Names and bytes of a file or a folder."""
    if path.is_file():
        return {"": path.read_bytes()}
    return {str(p.relative_to(path)): p.read_bytes()
            for p in sorted(path.rglob("*")) if p.is_file()}


class Kills:
    def __init__(self, args):
        self.program, self.shim = args.deepconf, args.shim
        self.rng = random.Random(args.seed)
        self.base = pathlib.Path("base").resolve()
        self.n_call, self.seconds, self.want = {}, {}, {}
        self.n_kill, self.n_late = {}, 0

    def call(self, where, args, env=None, kill_after=None):
        """Exit code (negative: the signal) and what it said."""
        p = subprocess.Popen([self.program, *args], cwd=where,
                             env={**KEEP, **(env or {})},
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            out = p.communicate(timeout=kill_after or 120)[0]
        except subprocess.TimeoutExpired:
            p.kill()
            out = p.communicate()[0]
            if not kill_after:
                fail(f"{args}: does not end: {out.decode()}")
        return p.returncode, out.decode(errors="replace")

    def must(self, where, args, env=None):
        rc, out = self.call(where, args, env)
        if rc != 0:
            fail(f"{args}: exit code {rc}: {out}")

    def prepare(self):
        """The folders to begin with, and what undisturbed commands give."""
        for name in ("new", "half", "done", "copy", "shards"):
            d = self.base / name
            d.mkdir(parents=True)
            rows = "".join(f"p{i},what is {i},{'refuse' if i % 2 else 'answer'}\n"
                           for i in range(6))
            (d / "d.csv").write_text("id,prompt,label\n" + rows)
            if name == "half":
                rc, out = self.call(d, [a + ",fail_step=20" if "len=" in a else
                                        a for a in RUN])
                if rc != 4:
                    fail(f"half a run: exit code {rc}: {out}")
            elif name == "shards":
                for i in (1, 2, 3):
                    self.must(d, [a.replace("confidence-percentile(50)",
                                            "fixed").replace("r.db",
                                                             f"s{i}.db")
                                  for a in RUN] + ["--shard", f"{i}/3"])
            elif name != "new":
                self.must(d, RUN)
                self.must(d, ["export", "r.db", "--format", "jsonl", "--out",
                              "r.jsonl"])
                (d / "rows.jsonl").write_text("".join(
                    f'{{"id": "q{i // 3}", "prompt": "why {i // 3}", "response":'
                    f' "{"I cannot help." if i % 2 else "Since it is."}"}}\n'
                    for i in range(60)))
            if name == "copy":
                self.must(d, ["import", "r.jsonl", "--format", "deepconf",
                              "--out", "i.db"])
        for name, (start, args, store, outputs) in WORK.items():
            d = self.base / f"want {name}"
            shutil.copytree(self.base / start, d)
            t = time.monotonic()
            self.must(d, args, {"LD_PRELOAD": self.shim,
                                "FAULT_CALLS": CALLS,
                                "FAULT_COUNT": str(d / "count")})
            self.seconds[name] = time.monotonic() - t
            self.n_call[name] = int((d / "count").read_text())
            self.want[name] = (dump(d / store) if store else None,
                               {o: tree(d / o) for o in outputs})
            if self.n_call[name] < 3:
                fail(f"{name}: only {self.n_call[name]} calls were counted")

    def kill(self, where, name):
        """Run the command of `name` in the folder, and kill it."""
        args = WORK[name][1]
        if self.rng.random() < 2 / 3:
            most, edge = self.n_call[name], 60
            # a run file changes its mode as it is opened and closed
            n = self.rng.choice((self.rng.randint(1, most),
                                 self.rng.randint(1, min(edge, most)),
                                 self.rng.randint(max(1, most - edge), most)))
            rc, out = self.call(where, args, {"LD_PRELOAD": self.shim,
                                              "FAULT_CALLS": CALLS,
                                              "FAULT_AT": str(n)})
            how = f"call {n} of {self.n_call[name]}"
        else:
            t = max(self.rng.uniform(0, 1.1) * self.seconds[name], 0.001)
            rc, out = self.call(where, args, kill_after=t)
            how = f"after {t:.3f} s"
        if rc not in (0, -9):
            fail(f"{name}, {how}: exit code {rc}: {out}")
        self.n_late += rc == 0
        return how

    def opens(self, where, store, how):
        """The first to open what is left."""
        args = [a.format(f=store) for a in self.rng.choice(OPEN)]
        rc, out = self.call(where, args)
        if rc != 0 and not any(w in out for w in NOT_YET):
            fail(f"{how}, then {' '.join(args)}: exit code {rc}: {out}\n"
                 f"{subprocess.getoutput(f'ls -la {where}')}")
        return args

    def trial(self, name):
        start, args, store, outputs = WORK[name]
        where = self.base / "trial"
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self.base / start, where)
        how = f"{name} killed: {self.kill(where, name)}"
        first = self.opens(where, store or "r.db", how)
        rc, out = self.call(where, args)
        # an import or a merge that ended
        done = rc == 2 and ("holds a run already" in out or
                            "is there already" in out)
        if rc != 0 and not done:
            fail(f"{how}, {first}, then again: exit code {rc}: {out}")
        self.compare(where, name, f"{how}, {first}", first)
        self.n_kill[name] = self.n_kill.get(name, 0) + 1

    def compare(self, where, name, how, first):
        _, _, store, outputs = WORK[name]
        want, files = self.want[name]
        if store:
            got = dump(where / store)
            if "keywords-request" in first and name.split()[0] != "judge":
                got["verdict"] = [v for v in got["verdict"]
                                  if v[2] != "keywords-request"]
            for table in want:
                if got[table] != want[table]:
                    fail(f"{how}: another {table}")
            left = [p.name for p in where.iterdir()
                    if p.name.startswith(store + "-") and
                    (name != "merge" or not p.name.endswith("-lock"))]
            if left:
                fail(f"{how}: {left} left beside a file that was closed")
        if "keywords-request" in first:
            return  # a further judge shows in what is put out
        for o in outputs:
            if tree(where / o) != files[o]:
                fail(f"{how}: {o} has other bytes")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("deepconf")
    a.add_argument("shim")
    a.add_argument("--kills", type=int, default=200)
    a.add_argument("--seconds", type=float, default=100)
    a.add_argument("--seed", type=int, default=0, help="0: of the clock")
    a.add_argument("--skip", default="", help="names of commands, with commas")
    args = a.parse_args()
    args.seed = args.seed or time.time_ns() % 1_000_000
    args.deepconf = os.path.abspath(args.deepconf)
    args.shim = os.path.abspath(args.shim)
    print(f"seed {args.seed}", flush=True)
    begun = time.monotonic()
    k = Kills(args)
    k.prepare()
    names = [n for n in WORK if n not in args.skip.split(",")]
    for i in range(args.kills):
        # every command once, whatever the time; then as time allows
        if i >= len(names) and time.monotonic() - begun > args.seconds:
            break
        k.trial(names[i % len(names)])
    print(f"{sum(k.n_kill.values())} kills: {k.n_kill}; {k.n_late} came late")


main()
