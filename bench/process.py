"""Processes of the benchmark: started, watched for memory, ended for certain.

Servers listen on the loopback address only, on a port that was free a moment
before. Each runs in a session of its own, so that stop() ends its children too
(by the group that was started here, never by name).
"""
import json
import os
import signal
import socket
import subprocess
import threading
import time
import urllib.request


class Skip(Exception):
    """The system can't run here; the text says why."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def group_memory(pgid):
    """Resident bytes of a process group right now: its proportional share, so
    that pages which several processes map are not counted twice."""
    total = 0
    for entry in os.listdir("/proc"):
        try:
            if not entry.isdigit() or os.getpgid(int(entry)) != pgid:
                continue
            with open(f"/proc/{entry}/smaps_rollup") as f:
                for line in f:
                    if line.startswith("Pss:"):
                        total += int(line.split()[1]) * 1024
        except (OSError, ValueError):
            continue  # it has ended, or is not ours to look into
    return total


class Process:
    """A command, its output in a log file, its peak memory sampled."""

    def __init__(self, argv, log, env=None):
        self.log = log
        self.peak = 0
        self.out = open(log, "wb")
        self.child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.out, env={**os.environ, **(env or {})},
            start_new_session=True)
        self.stopped = threading.Event()
        self.watcher = threading.Thread(target=self._watch, daemon=True)
        self.watcher.start()

    def _watch(self):
        while not self.stopped.is_set() and self.child.poll() is None:
            start = time.monotonic()
            self.peak = max(self.peak, group_memory(self.child.pid))
            # Large processes on a busy machine take long to look through.
            self.stopped.wait(max(0.5, 20 * (time.monotonic() - start)))

    def drain(self):
        """For servers: their output is thrown into the log."""
        def copy():
            try:
                for piece in iter(lambda: self.child.stdout.read(4096), b""):
                    self.out.write(piece)
            except ValueError:  # stop() closed it while this thread waited
                pass
        threading.Thread(target=copy, daemon=True).start()

    def last_words(self):
        self.out.flush()
        with open(self.log, errors="replace") as f:
            lines = [x.strip() for x in f if x.strip()]
        return lines[-1][:200] if lines else "no output"

    def kill(self):
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait(10)
        self.stop()

    def stop(self):
        self.stopped.set()
        for sig, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            try:
                os.killpg(self.child.pid, sig)
            except ProcessLookupError:
                pass
            try:
                self.child.wait(patience)
                break
            except subprocess.TimeoutExpired:
                continue
        try:  # what a dead leader left behind in its group
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.watcher.join(5)
        for f in (self.child.stdin, self.child.stdout):
            try:
                f.close()
            except OSError:
                pass


def run_to_end(argv, log, timeout, env=None):
    """(stdout text, peak bytes, wall seconds) of a command that must succeed."""
    t = time.monotonic()
    p = Process(argv, log, env)
    try:
        try:
            out, _ = p.child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Skip(f"took longer than the time limit of {timeout:.0f} s")
        wall = time.monotonic() - t
        if p.child.returncode:
            raise Skip(f"exit code {p.child.returncode}: {p.last_words()} "
                       f"(log: {log})")
        return out.decode("utf-8", "replace"), p.peak, wall
    finally:
        p.stop()
        p.out.close()


def wait_until_up(p, url, timeout):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if p.child.poll() is not None:
            raise Skip(f"ended while starting: {p.last_words()} (log: {p.log})")
        try:
            with urllib.request.urlopen(url, timeout=5) as r:
                if r.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.5)
    raise Skip(f"not up after {timeout:.0f} s (log: {p.log})")


class Worker:
    """A Python program that answers one line of JSON with one line of JSON; it
    loads its model once, before its first answer."""

    def __init__(self, argv, log, timeout, env=None):
        self.p = Process(argv, log, env)
        self.timeout = timeout
        try:
            self._answer(timeout)
        except BaseException:
            self.stop()
            raise

    def _answer(self, timeout):
        late = threading.Event()

        def too_late():
            late.set()
            self.p.child.kill()

        timer = threading.Timer(timeout, too_late)
        timer.start()
        try:
            while True:
                line = self.p.child.stdout.readline()
                if not line and late.is_set():
                    raise Skip("took longer than the time limit of "
                               f"{timeout:.0f} s")
                if not line:
                    raise Skip(f"ended: {self.p.last_words()} "
                               f"(log: {self.p.log})")
                if line.startswith(b"{"):  # else a library's chatter
                    return json.loads(line)
        finally:
            timer.cancel()

    def ask(self, job):
        self.p.child.stdin.write(json.dumps(job).encode() + b"\n")
        self.p.child.stdin.flush()
        return self._answer(self.timeout)

    def stop(self):
        self.p.stop()
        self.p.out.close()
