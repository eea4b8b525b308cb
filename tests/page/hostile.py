"""A run whose prompts, labels and responses try to get out of the page."""
import json

ATTACKS = {
    "script": "<script>window.pwned = 1</script>",
    "end": "</script><script>window.pwned = 2</script><!--",
    "comment": "<!--<script>",
    "image": "\"><img src=x onerror='window.pwned = 3'>",
    "quote": "'\"`&amp;&#39;\\\" onmouseover=window.pwned=4 x=\"",
    "template": "${window.pwned = 5} {{window.pwned = 6}}",
    "style": "</style></textarea></title><svg onload=window.pwned=7>",
    "turned": "start \u202egnp.exe\u202c \u2066hidden\u2069 end",
    "arabic": "\u0645\u0631\u062d\u0628\u0627 (abc) 123 \u05e9\u05dc\u05d5\u05dd",
    "ansi": "\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u0001\u007f\u0085",
    "lines": "a\u2028b\u2029c\r\nd\te\u200b\ufeff",
    "faces": "\U0001f468\u200d\U0001f469\u200d\U0001f467 e" + "\u0301" * 300,
}
LONG = 1000000


def write(folder):
    """(data, script) for a run; data set ids are attacks too."""
    rows, scenes = [], []
    for name, text in ATTACKS.items():
        rows.append({"id": f"{name}: {text[:60]}", "prompt": text,
                     "label": "refuse" if len(rows) % 2 else "answer",
                     "category": text[:40]})
        scenes.append({"text": text, "traces": [
            {"text": f"I'm sorry, {text}"},
            {"tokens": [text, " then", text]}]})
    rows.append({"id": "long", "prompt": "p" * LONG, "label": "answer"})
    scenes.append({"text": "p" * LONG, "traces": [
        {"tokens": ["w" * LONG]},
        {"tokens": ["I cannot ", "\u05d0" * 300000, " end"]}]})
    # Refusal to a judge that looks for words, and to no other.
    rows.append({"id": "judges", "prompt": "judges", "label": "answer"})
    scenes.append({"text": "judges", "traces": [
        {"text": "Sure! Boil it for six minutes. I cannot stress enough how "
                 "good this is."}]})
    # A character in three tokens, the last of them whole; and half of one.
    rows.append({"id": "halves", "prompt": "halves", "label": "answer"})
    scenes.append({"text": "halves", "traces": [
        {"tokens": ["x", {"bytes": "e282"}, {"bytes": "ac"}, "y",
                    {"bytes": "f09f"}]}]})
    data, script = folder / "hostile.jsonl", folder / "hostile.json"
    data.write_text("".join(json.dumps(r) + "\n" for r in rows))
    script.write_text(json.dumps({
        "prompts": scenes, "default": {"traces": [{"text": "nothing"}]}}))
    return data, script


N_ALTERNATIVE_TOKENS = 4


def write_alternatives(folder):
    """(data, script) of one prompt, whose tokens could have been attacks."""
    def top(*texts):
        return [{**t, "logprob": -1 - k / 4} for k, t in enumerate(texts)]
    attacks = [{"piece": t} for t in ATTACKS.values()]
    odd = [{"bytes": "e282"}, {"bytes": "ff00"}, {"piece": ""},
           {"piece": "\u0301" * 300}, {"piece": "w" * 100000}]
    tokens = [{"piece": "I", "logprob": -9, "top": top(*attacks[:5])},
              {"piece": " can", "logprob": -9, "top": top(*attacks[5:10])},
              {"piece": " go", "logprob": -9, "top": top(*odd)},
              {"piece": "!", "logprob": -9, "top": top(*attacks[10:])}]
    assert len(tokens) == N_ALTERNATIVE_TOKENS
    data, script = folder / "alt.jsonl", folder / "alt.json"
    data.write_text(json.dumps({"id": "alt", "prompt": "alt",
                                "label": "answer"}) + "\n")
    script.write_text(json.dumps({"n_vocab": 1 << 30, "default": {"traces": [
        {"tokens": tokens}]}}))
    return data, script
