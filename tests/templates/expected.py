"""Chat templates as transformers renders them, by Python's jinja2.

What apply_chat_template() of transformers does, written down from its
documentation: a sandbox that nothing can be changed in, blocks trimmed, loop
controls, the "generation" block, tojson without HTML escapes, and the functions
raise_exception and strftime_now. `tools` and `documents` are None, since none
are given; a marker of a model's own stands for each of its tokens.
"""
import datetime
import json

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment

BOS, EOS = "{BOS}", "{EOS}"
DAY = int(datetime.datetime(2026, 11, 30,
                            tzinfo=datetime.timezone.utc).timestamp())


class Raised(Exception):
    """The template, or Python for it, refuses."""


class GenerationBlock(Extension):
    """{% generation %} marks what an assistant wrote; the text stays as it is."""
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("_inside")
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def _inside(self, caller):
        return caller()


def _raise(message):
    raise jinja2.exceptions.TemplateError(message)


def _tojson(value, ensure_ascii=False, indent=None, separators=None,
            sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent,
                      separators=separators, sort_keys=sort_keys)


def _now(form):
    day = datetime.datetime.fromtimestamp(DAY, datetime.timezone.utc)
    return day.strftime(form)


def _environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True,
        extensions=[GenerationBlock, "jinja2.ext.loopcontrols"])
    env.filters["tojson"] = _tojson
    env.globals["raise_exception"] = _raise
    env.globals["strftime_now"] = _now
    return env


_env = _environment()
_parsed = {}


def render_chat(source, said, go_on=False, args=None):
    """A whole chat as text; go_on: up to where the model answers. Raised: there
    is none, with the reason."""
    if source not in _parsed:
        _parsed[source] = _env.from_string(source)
    try:
        return _parsed[source].render(
            messages=said, tools=None, documents=None,
            add_generation_prompt=go_on, bos_token=BOS, eos_token=EOS,
            **(args or {}))
    except Exception as error:  # whatever a template's code runs into
        raise Raised(f"{type(error).__name__}: {error}") from error


def render(source, message, system=None, args=None):
    """The prompt of one message."""
    said = [{"role": "system", "content": system}] if system is not None else []
    said.append({"role": "user", "content": message})
    return render_chat(source, said, True, args)
