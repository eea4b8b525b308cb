#!/usr/bin/env python3
"""Does mock.py play what its table says? One check a scenario; a scenario
without one fails. Over real sockets, with Python's own HTTP client."""
import http.client
import json
import math
import pathlib
import socket
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import mock  # noqa: E402

CHECKS = {}
K = 4  # alternatives asked for


class Got:
    """What came of a request: status, header, events or body, how it ended."""

    def __init__(self, port, scenario, path="/v1/chat/completions", **more):
        self.conn = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        req = {"model": f"mock:{scenario}", "stream": True, "seed": 7,
               "logprobs": True, "top_logprobs": K, "temperature": 1,
               "stream_options": {"include_usage": True},
               "messages": [{"role": "user", "content": "hello"}], **more}
        self.whole, self.data, self.status = False, b"", 0
        try:
            self.conn.request("POST", path, json.dumps(req))
            r = self.conn.getresponse()
            self.status, self.head = r.status, r.headers
            self.read(r)
            self.whole = True
        except (http.client.HTTPException, ConnectionError, socket.timeout) as e:
            self.error = e
        self.conn.close()

    def read(self, r):
        while True:
            part = r.read1(65536)
            if not part:
                break
            self.data += part
        if r.length:  # closed before the length that was told
            raise http.client.IncompleteRead(b"")

    @property
    def text(self):
        return self.data.decode("utf-8", "replace")

    @property
    def events(self):
        lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return [x[6:] for x in lines if x.startswith("data: ")]

    @property
    def objects(self):
        return [json.loads(e) for e in self.events
                if e.startswith("{") and e.endswith("}")]

    @property
    def choices(self):
        return [c for o in self.objects for c in o.get("choices", [])]

    @property
    def entries(self):
        """Of every token: what logprobs.content has of it."""
        return [e for c in self.choices
                for e in ((c.get("logprobs") or {}).get("content") or [])]

    @property
    def reply(self):
        return "".join(c["delta"].get("content") or "" for c in self.choices)

    @property
    def finish(self):
        return [c["finish_reason"] for c in self.choices if c["finish_reason"]]

    @property
    def error_code(self):
        return json.loads(self.text)["error"]["code"]


def check(*names):
    def put(f):
        for name in names:
            assert name not in CHECKS, name
            CHECKS[name] = f
        return f
    return put


def sound(g):
    """A stream as it should be, its log-probabilities too."""
    assert g.status == 200 and g.whole, (g.status, g.whole)
    assert g.events[-1] == "[DONE]", g.events[-1]
    assert g.finish == ["stop"], g.finish
    assert g.entries
    text = b"".join(bytes(e["bytes"]) for e in g.entries)
    assert text.decode() == g.reply, (text, g.reply)
    for e in g.entries:
        top = e["top_logprobs"]
        assert len(top) == K, len(top)
        assert len({t["token"] for t in top}) == K, top
        assert sum(math.exp(t["logprob"]) for t in top) <= 1.0001
        own = [t for t in top if t["token"] == e["token"]]
        assert [t["logprob"] for t in own] == [e["logprob"]], e


@check("normal")
def _(g, play):
    sound(g)
    assert g.objects[0]["choices"][0]["delta"]["role"] == "assistant"
    assert g.objects[-1]["choices"] == [] and g.objects[-1]["usage"]
    again, other = play(), play(seed=8)
    assert again.reply == g.reply and again.entries == g.entries
    assert other.reply != g.reply
    refuses = sum(mock.REFUSALS[0][:5] in play(seed=10 * i).reply or
                  "can" in play(seed=10 * i).reply[:9] for i in range(40))
    assert 8 < refuses < 32, refuses
    whole = json.loads(play(stream=False).text)["choices"][0]
    assert whole["message"]["content"] == g.reply
    assert whole["logprobs"]["content"] == g.entries
    three = play(n=3)
    index = [c["index"] for c in three.choices]
    assert index[:6] == [0, 1, 2, 0, 1, 2] and len(three.finish) == 3
    second = "".join(c["delta"].get("content") or "" for c in three.choices
                     if c["index"] == 1)
    assert second == other.reply  # seed + index
    assert play(top_logprobs=21).status == 400
    assert play(max_tokens=3).finish == ["length"]
    assert not any("logprobs" in c and c["logprobs"]
                   for c in play(logprobs=False).choices)


@check("eos")
def _(g, play):
    assert g.entries[-1]["token"] == "<|im_end|>" and "<|" not in g.reply


@check("sorted")
def _(g, play):
    sound(g)
    for e in g.entries:
        x = [t["logprob"] for t in e["top_logprobs"]]
        assert x == sorted(x, reverse=True)


@check("flood")
def _(g, play):
    g = play(max_tokens=256)
    assert len(g.events) == 258 and g.events[-1] == "[DONE]"
    assert all(len(e["top_logprobs"]) == 20 for e in g.entries)


def status(name, code, **head):
    @check(name)
    def _(g, play):
        assert g.status == code and g.whole
        for key, value in head.items():
            assert g.head[key.replace("_", "-")] == value, g.head.items()
        assert json.loads(g.text)["error"]["message"]


status("429", 429, Retry_After=None)
status("429-seconds", 429, Retry_After="2")
status("429-ms", 429, retry_after_ms="250")
status("500", 500)
status("503", 503, Retry_After="1")
status("408", 408)
status("409", 409)
status("425", 425)
status("engine-dead", 500)
status("401", 401)
status("403", 403)
status("404-model", 404)
status("400", 400)
status("400-context-vllm", 400)
status("400-reasoning", 400)
status("400-gemini", 400)
status("400-mistral", 400)


@check("429-date")
def _(g, play):
    from email.utils import parsedate_to_datetime as at
    wait = at(g.head["Retry-After"]) - at(g.head["Date"])
    assert g.status == 429 and wait.total_seconds() == 3, wait


@check("429-limit")
def _(g, play):
    sound(g)
    held = [hold(play.port, "429-limit,hold=1") for _ in range(4)]
    assert play().status == 429
    for h in held:
        h.close()


@check("500-then-fine")
def _(g, play):
    assert g.status == 500
    sound(play())
    assert play(seed=9).status == 500  # each request's first try


@check("400-context")
def _(g, play):
    assert g.status == 400 and g.error_code == "context_length_exceeded"


@check("400-context-llama")
def _(g, play):
    e = json.loads(g.text)["error"]
    assert e["type"] == "exceed_context_size_error" and e["n_ctx"] == 64


@check("context-64")
def _(g, play):
    sound(g)
    long = play(messages=[{"role": "user", "content": "a b " * 40}])
    assert long.status == 400 and long.error_code == "context_length_exceeded"


@check("400-policy")
def _(g, play):
    assert g.status == 400 and g.error_code == "content_filter"


@check("cut", "reset")
def _(g, play):
    assert not g.whole and len(g.events) == 3 and not g.finish


@check("cut-utf8")
def _(g, play):
    g = play(seed=next(s for s in range(99) if not play(seed=s).whole))
    try:
        g.data.decode()
        raise AssertionError("whole characters")
    except UnicodeDecodeError as e:
        assert e.end == len(g.data)


@check("empty-reply")
def _(g, play):
    assert g.status == 200 and not g.whole and not g.data


@check("no-finish")
def _(g, play):
    assert g.events[-1] == "[DONE]" and not g.finish


@check("silence", "silence-at-once", "silence-pings")
def _(g, play):
    raise NotImplementedError  # see the test of waits


@check("close-after")
def _(g, play):
    sound(g)
    assert not g.head["Connection"]
    held = hold(play.port, "close-after")
    data = b""
    while not data.endswith(b"0\r\n\r\n"):
        data += held.recv(65536)
    assert held.recv(1) == b""
    held.close()


@check("drip")
def _(g, play):
    sound(g)


@check("slow")
def _(g, play):
    sound(g)


@check("garbage")
def _(g, play):
    bad = [i for i, e in enumerate(g.events) if e[0] == "{" and e[-1] != "}"]
    assert bad == [2] and g.events[-1] == "[DONE]"


@check("error-in-stream")
def _(g, play):
    assert "error" in g.objects[-1] and not g.whole


@check("content-filter")
def _(g, play):
    assert g.finish == ["content_filter"]


@check("tool-calls")
def _(g, play):
    assert g.finish == ["tool_calls"]
    assert any("tool_calls" in c["delta"] for c in g.choices)


@check("finish-unknown")
def _(g, play):
    assert g.finish == ["weather"]


@check("refusal-field")
def _(g, play):
    assert not g.reply and any(c["delta"].get("refusal") for c in g.choices)
    m = json.loads(play(stream=False).text)["choices"][0]["message"]
    assert m["content"] is None and m["refusal"]


@check("empty-text")
def _(g, play):
    assert not g.reply and g.finish == ["stop"] and not g.entries


@check("redirect")
def _(g, play):
    assert g.status == 307 and "other.invalid" in g.head["Location"]


@check("html")
def _(g, play):
    assert g.status == 200 and g.head["Content-Type"] == "text/html"


@check("not-json")
def _(g, play):
    assert g.status == 200 and "{" not in g.text


@check("big", "big-line")
def _(g, play):
    assert len(g.data) > 8 << 20 and g.data.count(b"\n") <= 2


@check("not-http")
def _(g, play):
    assert isinstance(g.error, http.client.BadStatusLine)


@check("no-logprobs")
def _(g, play):
    assert g.reply and not any(c.get("logprobs") for c in g.choices)
    assert not any("logprobs" in c for c in g.choices if c["delta"].get(
        "content"))


@check("null-logprobs")
def _(g, play):
    assert g.reply and all(c["logprobs"] is None for c in g.choices)


@check("empty-logprobs")
def _(g, play):
    assert g.reply and not g.entries and {"content": []} in [
        c["logprobs"] for c in g.choices]


@check("no-alternatives")
def _(g, play):
    assert g.entries and all(e["top_logprobs"] == [] for e in g.entries)


@check("legacy-logprobs")
def _(g, play):
    lp = [c["logprobs"] for c in g.choices if c["logprobs"]]
    assert lp and all(len(x["tokens"]) == len(x["token_logprobs"]) == 1
                      for x in lp)


@check("zeros")
def _(g, play):
    assert g.entries and all(e["logprob"] == 0 for e in g.entries)


@check("sentinel")
def _(g, play):
    assert g.entries[1] == {"token": "", "logprob": -9999.0, "bytes": [],
                            "top_logprobs": []}


@check("lowest")
def _(g, play):
    assert all(e["logprob"] < -3e38 for e in g.entries)


@check("identical")
def _(g, play):
    assert len({json.dumps(e["top_logprobs"]) for e in g.entries}) == 1


@check("displaced")
def _(g, play):
    g = play("displaced,tokens=40")
    out = [e for e in g.entries
           if e["logprob"] < min(t["logprob"] for t in e["top_logprobs"][1:])]
    assert out and all(len(e["top_logprobs"]) == K for e in g.entries)


@check("wrong-in-chunk")
def _(g, play):
    tops = [e["top_logprobs"] for e in g.entries]
    assert tops[0] == tops[1] == tops[2] != tops[3]
    right = json.loads(play(stream=False).text)["choices"][0]["logprobs"]
    tops = [e["top_logprobs"] for e in right["content"]]
    assert tops[0] != tops[1]


def moved_in_stream(g, play):
    """What a stream's values are less than those of the whole answer, and the
    latter."""
    whole = json.loads(play(stream=False).text)["choices"][0]["logprobs"]
    return [(s["logprob"] - w["logprob"], w["logprob"])
            for a, b in zip(g.entries, whole["content"])
            for s, w in zip(a["top_logprobs"], b["top_logprobs"])]


@check("neighbours")
def _(g, play):
    assert {round(d, 6) for d, _ in moved_in_stream(g, play)} == {0, -0.15}


@check("other-in-stream")
def _(g, play):
    assert all(abs(d - x) < 1e-6 for d, x in moved_in_stream(g, play))


@check("three-a-chunk")
def _(g, play):
    sound(g)
    assert len(g.choices[1]["logprobs"]["content"]) == 3


@check("positive")
def _(g, play):
    assert max(e["logprob"] for e in g.entries) > 0


@check("overfull")
def _(g, play):
    assert sum(math.exp(t["logprob"])
               for t in g.entries[0]["top_logprobs"]) > 1.1


@check("nan")
def _(g, play):
    assert math.isnan(g.entries[1]["logprob"])


@check("short-list")
def _(g, play):
    g = play(top_logprobs=20)
    assert all(len(e["top_logprobs"]) == 5 for e in g.entries)


@check("not-in-list")
def _(g, play):
    assert all(t["token"] != e["token"] for e in g.entries
               for t in e["top_logprobs"])


@check("after-temperature")
def _(g, play):
    sound(g)
    cold = play(temperature=0.5)
    assert cold.reply == g.reply and cold.entries != g.entries
    raw = play("normal")
    assert raw.entries == play("normal", temperature=0.5).entries


@check("bytes-null")
def _(g, play):
    assert all(e["bytes"] is None for e in g.entries)


@check("bytes-wrong")
def _(g, play):
    assert g.reply and b"".join(
        bytes(e["bytes"]) for e in g.entries) != g.reply.encode()


@check("n-ignored")
def _(g, play):
    assert play(n=3).finish == ["stop"]


@check("n-error")
def _(g, play):
    sound(g)
    assert play(n=3).status == 400


def computed(play, stream):
    """Of three choices of a prompt that the server knows: how many tokens of it
    were computed; in a sound answer whose usage is the first one's."""
    r = play(n=3, stream=stream)
    objects = r.objects if stream else [json.loads(r.text)]
    first = [e for o in objects for c in o["choices"] if c["index"] == 0
             for e in (c.get("logprobs") or {}).get("content") or []]
    assert objects[-1]["usage"]["completion_tokens"] == len(first)
    return [o["timings"]["prompt_n"] for o in objects if "timings" in o]


@check("n-shared")
def _(g, play):
    sound(g)
    assert computed(play, True) == [1, 1, 1]
    assert computed(play, False) == [1]


@check("n-own")
def _(g, play):
    sound(g)
    n = sorted(computed(play, True))
    assert n[0] == 1 < n[1] == n[2], n


@check("n-no-logprobs")
def _(g, play):
    sound(g)
    assert {c["index"] for c in play(n=3).choices if c.get("logprobs")} == {0}


@check("n-short")
def _(g, play):
    sound(g)
    assert len(play(n=3).finish) == 2


@check("n-seeds")
def _(g, play):
    def texts(**knobs):
        c = json.loads(play(stream=False, **knobs).text)["choices"]
        return [x["message"]["content"] for x in c]
    both = texts(n=2, seed=7)
    assert both[0] == texts(seed=7)[0] and both[1] != texts(seed=8)[0]
    assert both == texts(n=2, seed=7)


@check("index-missing")
def _(g, play):
    assert g.reply and not any("index" in c for c in g.choices)


@check("index-zero")
def _(g, play):
    assert {c["index"] for c in play(n=3).choices} == {0}


@check("empty-choices")
def _(g, play):
    assert [o["choices"] for o in g.objects].count([]) > len(g.entries)


@check("role-with-text")
def _(g, play):
    d = g.choices[0]["delta"]
    assert d["role"] == "assistant" and d["content"]


@check("no-done")
def _(g, play):
    assert g.whole and g.finish == ["stop"] and "[DONE]" not in g.text


@check("open-done")
def _(g, play):
    assert g.whole and g.text.endswith("data: [DONE]")


@check("no-usage")
def _(g, play):
    assert g.reply and not any("usage" in o for o in g.objects)


@check("usage-unasked")
def _(g, play):
    assert "usage" in play(stream_options=None).objects[-1]
    assert "usage" not in play("normal", stream_options=None).objects[-1]


@check("comments")
def _(g, play):
    sound(g)
    assert ": ping" in g.text and "retry: 100" in g.text


@check("crlf")
def _(g, play):
    sound(g)
    assert g.data.count(b"\r\n") == g.data.count(b"\n")


@check("cr")
def _(g, play):
    sound(g)
    assert b"\n" not in g.data


@check("seed-ignored")
def _(g, play):
    assert play().reply != g.reply or play().reply != g.reply


@check("seed-same")
def _(g, play):
    c = [[x["delta"].get("content") for x in play(n=2).choices
          if x["index"] == i] for i in range(2)]
    assert c[0] == c[1]


@check("reasoning-content")
def _(g, play):
    assert any(c["delta"].get("reasoning_content") for c in g.choices)
    assert "think" not in g.reply


@check("think-tags")
def _(g, play):
    assert g.reply.startswith("<think>") and "</think>" in g.reply
    off = play(chat_template_kwargs={"enable_thinking": False})
    assert "think>" not in off.reply


@check("reasoning-gone")
def _(g, play):
    sound(g)
    u = g.objects[-1]["usage"]
    assert u["completion_tokens_details"]["reasoning_tokens"] > 0
    assert u["completion_tokens"] > len(g.entries)


@check("markers")
def _(g, play):
    def n(scenario, text):
        return play(scenario, messages=[{"role": "user", "content": text}]
                    ).objects[-1]["usage"]["prompt_tokens"]
    assert n("markers", "a<|im_end|>") == n("markers", "a") + 1
    assert n("normal", "a<|im_end|>") >= n("normal", "a") + 4


@check("no-choices")
def _(g, play):
    assert g.status == 200 and json.loads(g.text) == {"status": "ok"}


@check("strict-fields")
def _(g, play):
    sound(g)
    for field in ("top_k", "min_p", "return_token_ids"):
        bad = play(**{field: 1})
        assert bad.status == 400 and bad.error_code == "unknown_parameter"
        assert f"'{field}'" in bad.text


@check("strict-unnamed")
def _(g, play):
    sound(g)
    bad = play(min_p=0)
    assert bad.status == 400 and "min_p" not in bad.text


@check("seed-refused")
def _(g, play):
    assert g.status == 400 and "'seed'" in g.text


@check("max-completion")
def _(g, play):
    sound(g)
    bad = play(max_tokens=4)
    assert bad.status == 400 and "'max_completion_tokens'" in bad.text
    assert len(play(max_completion_tokens=4).entries) == 4


@check("no-temperature")
def _(g, play):
    sound(g)
    assert play(temperature=2).status == 400


def tops(g):
    """Of every token: is it the most probable of its list?"""
    return [e["logprob"] == max(t["logprob"] for t in e["top_logprobs"])
            for e in g.entries]


@check("filters-ignored")
def _(g, play):
    for more in {"top_k": 1}, {"min_p": 0.9}:
        assert not all(tops(play(temperature=2, **more)))
        assert all(tops(play("normal", temperature=2, **more)))


@check("token-ids")
def _(g, play):
    sound(g)
    assert not any(c.get("token_ids") for c in g.choices)
    ids = [i for c in play(return_token_ids=True).choices
           for i in c.get("token_ids") or []]
    assert ids == [mock.token_id(bytes(e["bytes"])) for e in g.entries]


@check("no-chat")
def _(g, play):
    assert g.status == 404
    assert play(path="/v1/completions", prompt="x").status == 200


@check("chat-only")
def _(g, play):
    sound(g)
    assert play(path="/v1/completions", prompt="x").status == 404


def raw(play, prompt, **more):
    """The choice of /v1/completions for a prompt."""
    g = play(path="/v1/completions", prompt=prompt, stream=False, **more)
    assert g.status == 200, g.text
    return json.loads(g.text)["choices"][0]


FORM = "AI assistant:\n%s\n\n---\n\nAnswers:\n"


def listed(play, says):
    """The list behind the refusal's question."""
    c = raw(play, FORM % says + "Response refusal:", max_tokens=1, logprobs=20)
    return c["logprobs"]["top_logprobs"][0]


@check("judge", "judge-listed")
def _(g, play):
    assert "refusal: yes\n" in raw(play, FORM % "I'm sorry, no.")["text"]
    assert "refusal: no\n" in raw(play, FORM % "Sure.", seed=8)["text"]
    top = listed(play, "I can't.")
    assert top[" yes"] > top[" no"] and sum(map(math.exp, top.values())) < 1
    assert listed(play, "Sure.")[" yes"] < listed(play, "Sure.")[" no"]
    ends = FORM % "I can't." + "Response refusal:"
    forced = play(path="/v1/completions", prompt=ends + " yes", stream=False,
                  prompt_logprobs=0)
    if g.status != 200 or forced.status != 200:
        assert "prompt_logprobs" in forced.text
        return
    p = json.loads(forced.text)["choices"][0]["prompt_logprobs"]
    assert [x["logprob"] for x in p[-1].values()] == [top[" yes"]]


@check("judge-unlisted")
def _(g, play):
    assert not {" yes", " no"} & set(listed(play, "I can't."))


@check("judge-grammar", "judge-structured")
def _(g, play):
    rule = 'root ::= "bad" | "good"'
    for field in {"grammar": rule}, {"structured_outputs": {"grammar": rule}}:
        text = raw(play, "I can't.", **field)["text"]
        assert text in ("bad", "refused"), text
    told = [raw(play, "x", **f)["text"] for f in (
        {"grammar": rule}, {"structured_outputs": {"grammar": rule}})]
    assert sorted(told) == ["answered", "good"], told


def hold(port, scenario):
    """A connection with a response under way, and the first bytes of it."""
    s = socket.create_connection(("127.0.0.1", port), timeout=30)
    body = json.dumps({"model": f"mock:{scenario}", "stream": True,
                       "messages": [{"role": "user", "content": "x"}]})
    s.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
              f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert s.recv(12) == b"HTTP/1.1 200"
    return s


class MockTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mock.Server()
        cls.port = cls.server.server_address[1]
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def get(self, path):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        c.request("GET", path)
        r = c.getresponse()
        body = r.read()
        c.close()
        return r.status, body

    def test_every_row_has_a_check_and_plays_it(self):
        self.assertEqual(set(CHECKS), set(mock.BY_NAME))
        for row in mock.SCENARIOS:
            self.assertTrue(row.source and row.plays)
            self.assertLessEqual(set(row.knobs), set(mock.KNOBS))
            if row.name.startswith("silence"):
                continue

            def play(scenario=row.name, **more):
                return Got(self.port, scenario, **more)
            play.port = self.port
            with self.subTest(scenario=row.name):
                CHECKS[row.name](play(), play)

    def test_sees_aborts(self):
        self.get("/mock/reset")
        held = [hold(self.port, s) for s in ("silence", "silence-at-once")]
        self.assertIn(b'"running": 2', self.get("/mock/wait?running=2")[1])
        held[0].close()
        self.assertIn(b'"running": 1', self.get("/mock/wait?aborted=1")[1])
        held[1].close()
        code, body = self.get("/mock/wait?aborted=2")
        self.assertEqual(code, 200)
        self.assertEqual([r["end"] for r in json.loads(body)["record"]],
                         ["aborted", "aborted"])
        self.assertIn(b"mock:aborted 2", self.get("/metrics")[1])

    def test_reset_forgets_what_is_under_way(self):
        self.get("/mock/reset")
        before = hold(self.port, "silence")
        self.get("/mock/reset")
        held = hold(self.port, "silence")
        before.close()
        held.close()
        self.assertEqual(self.get("/mock/wait?aborted=1")[0], 200)
        self.assertIn(b'"running": 0, "finished": 0, "aborted": 1',
                      self.get("/mock/wait?requests=1")[1])

    def test_pings_are_all_that_comes(self):
        s = hold(self.port, "silence-pings")
        got = b""
        while got.count(b": ping") < 3:
            got += s.recv(4096)
        self.assertEqual(got.count(b"data: "), 2)
        s.close()

    def test_other_weights(self):
        a, b = Got(self.port, "normal"), Got(
            self.port, "normal", path="/other/v1/chat/completions")
        self.assertEqual(a.reply, b.reply)
        self.assertNotEqual(a.objects[0]["system_fingerprint"],
                            b.objects[0]["system_fingerprint"])
        self.assertAlmostEqual(a.entries[0]["logprob"] - 0.05,
                               b.entries[0]["logprob"])

    def test_completions(self):
        def ask(**more):
            g = Got(self.port, "normal", path="/v1/completions", stream=False,
                    prompt="one two three", logprobs=3, max_tokens=4, **more)
            return json.loads(g.text)["choices"][0]
        c = ask()
        self.assertEqual(len(c["logprobs"]["tokens"]), 4)
        self.assertEqual(len(c["logprobs"]["top_logprobs"][0]), 3)
        self.assertEqual(c["text"], "".join(c["logprobs"]["tokens"]))
        e = ask(echo=True)
        self.assertEqual(e["text"], "one two three" + c["text"])
        self.assertEqual(len(e["logprobs"]["tokens"]), 3 + 4)
        self.assertIsNone(e["logprobs"]["token_logprobs"][0])
        p = ask(prompt_logprobs=2)["prompt_logprobs"]
        self.assertEqual([x if x is None else len(x) for x in p], [None, 2, 2])
        self.assertEqual(p, ask(prompt_logprobs=2, seed=9)["prompt_logprobs"])

    def test_lists_are_of_their_place(self):
        """Whatever was sampled: seed, temperature and length change none."""
        def first(scenario="normal", **more):
            top = Got(self.port, scenario, **more).entries[0]["top_logprobs"]
            return {t["token"]: t["logprob"] for t in top}
        a = first(top_logprobs=20)
        for seed in range(8):
            b = first(top_logprobs=3, seed=seed, temperature=2)
            self.assertLessEqual(b.items(), a.items())
        hot = first("after-temperature", top_logprobs=20, temperature=2)
        self.assertEqual(set(hot), set(a))
        self.assertNotEqual(hot, a)

    def test_other_servers(self):
        models = json.loads(self.get("/vllm/v1/models")[1])["data"]
        self.assertEqual([m["owned_by"] for m in models], ["vllm"])
        self.assertEqual(self.get("/vllm/props")[0], 404)
        self.assertEqual(self.get("/vllm/version")[0], 200)
        self.assertEqual(self.get("/ollama/api/version")[0], 200)
        self.assertIn(b"library", self.get("/ollama/v1/models")[1])
        for path in "v1/models", "props", "version":
            self.assertEqual(self.get(f"/bare/{path}")[0], 404)
        sound(Got(self.port, "normal", path="/bare/v1/chat/completions"))

    def test_takes_its_defaults_from_a_file(self):
        with tempfile.TemporaryDirectory() as tmp:
            path = pathlib.Path(tmp, "s.json")
            path.write_text('{"scenario": "zeros", "tokens": 3}')
            self.server.default = mock.default_of(str(path))
            path.write_text('{"no-knob": 3}')
            with self.assertRaises(SystemExit):
                mock.default_of(str(path))
        g = Got(self.port, "", model="mock")
        self.server.default = {}
        self.assertEqual([e["logprob"] for e in g.entries], [0.0] * 3)

    def test_other_paths(self):
        models = json.loads(self.get("/v1/models")[1])["data"]
        self.assertEqual(len(models), 1 + len(mock.SCENARIOS))
        self.assertIn(b"n_ctx", self.get("/props")[1])
        self.assertIn(b"version", self.get("/version")[1])
        self.assertEqual(self.get("/nothing")[0], 404)
        self.assertEqual(Got(self.port, "no-such").status, 400)
        self.assertEqual(Got(self.port, "cut,no-knob=1").status, 400)
        self.assertEqual(Got(self.port, "normal", model="gpt").status, 404)
        sound(Got(self.port, "cut,times=1") and Got(self.port, "cut,times=1"))


if __name__ == "__main__":
    unittest.main()
