"""The table of docs/MODELS.md, made of what was found out about templates."""
import pathlib
import re

import expected

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "MODELS.md"
BEGIN = "<!-- made by tests/templates/templates_test.py --update -->\n"
END = "<!-- end of what it makes -->\n"

# What people call a model, and its template.
MODELS = (
    ("Apertus 8B", "Apertus-8B-Instruct"),
    ("Command R7B", "CohereForAI-c4ai-command-r7b-12-2024-tool_use"),
    ("DeepSeek-R1 distilled, Llama", "deepseek-ai-DeepSeek-R1-Distill-Llama-8B"),
    ("DeepSeek V3.1", "deepseek-ai-DeepSeek-V3.1"),
    ("DeepSeek V3.2", "deepseek-ai-DeepSeek-V3.2"),
    ("DeepSeek V4", "deepseek-ai-DeepSeek-V4"),
    ("Devstral Small", "unsloth-mistral-Devstral-Small-2507"),
    ("Gemma 2", "google-gemma-2-2b-it"),
    ("Gemma 4", "google-gemma-4-31B-it"),
    ("GLM 4.6", "GLM-4.6"),
    ("GLM 4.7 Flash", "GLM-4.7-Flash"),
    ("gpt-oss", "openai-gpt-oss-120b"),
    ("Granite 3.3", "ibm-granite-granite-3.3-2B-Instruct"),
    ("Granite 4.0", "ibm-granite-granite-4.0"),
    ("Granite 4.1", "ibm-granite-granite-4.1"),
    ("Hunyuan 3", "tencent-Hy3"),
    ("Kimi K2", "moonshotai-Kimi-K2"),
    ("Kimi K2 Thinking", "Kimi-K2-Thinking"),
    ("Kimi K3", "Kimi-K3"),
    ("LFM2", "LFM2-8B-A1B"),
    ("Ling 3 Flash", "inclusionai-ling-3.0-flash"),
    ("Llama 3.1", "meta-llama-Llama-3.1-8B-Instruct"),
    ("Llama 3.2", "meta-llama-Llama-3.2-3B-Instruct"),
    ("Llama 3.3", "meta-llama-Llama-3.3-70B-Instruct"),
    ("MiniCPM5", "openbmb-MiniCPM5-1B"),
    ("MiniMax M2", "MiniMax-M2"),
    ("MiniMax M3", "MiniMax-M3"),
    ("Ministral 3 Reasoning", "mistralai-Ministral-3-14B-Reasoning-2512"),
    ("Mistral Nemo", "mistralai-Mistral-Nemo-Instruct-2407"),
    ("Mistral Small 3.2", "Mistral-Small-3.2-24B-Instruct-2506"),
    ("Nemotron 3 Nano", "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16"),
    ("Nemotron Nano v2", "NVIDIA-Nemotron-Nano-v2"),
    ("Phi-3.5 mini", "microsoft-Phi-3.5-mini-instruct"),
    ("Qwen2.5", "Qwen-Qwen2.5-7B-Instruct"),
    ("Qwen3", "Qwen-Qwen3-0.6B"),
    ("Qwen3-Coder", "Qwen3-Coder"),
    ("Qwen3.5", "Qwen3.5-4B"),
    ("QwQ 32B", "Qwen-QwQ-32B"),
    ("Seed-OSS", "ByteDance-Seed-OSS"),
    ("SmolLM3", "HuggingFaceTB-SmolLM3-3B"),
    ("Solar Open", "upstage-Solar-Open-100B"),
    ("Step 3.5 Flash", "StepFun3.5-Flash"),
)
HEAD = ("model", "says without `--system`", "and", "day", "thoughts", "switch",
        "`auto`", "`on`", "an answer ends with")

MANY = 6  # the names of roles are fewer words


def code(text):
    return f"`{text}`".replace("|", "\\|") if text else ""


def ending(source):
    """What the template writes behind an answer: to the end of the chat, else
    the marker that begins the next message."""
    mark = "deepconfanswer"
    said = [{"role": "user", "content": "Hello."},
            {"role": "assistant", "content": mark}]
    behind = expected.render_chat(source, said).split(mark)[1].strip()
    behind = behind.split("\n")[0]
    if not behind:
        said.append({"role": "user", "content": "And?"})
        behind = expected.render_chat(source, said).split(mark)[1]
        behind = re.match(r"\s*(<[^<>\s]+>)", behind).group(1)
    return "its end token" if behind == expected.EOS else code(behind)


def table(rows, sources):
    fact = {row[0]: row for row in rows}
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    for name, template in MODELS:
        _, system, words, day, tags, switch, auto, on = fact[template]
        cells = (name, f"\"{system}\"".replace("|", "\\|") if system else "-",
                 f"{words} words" if int(words) >= MANY else "-",
                 "yes" if day else "-",
                 "-" if tags == "none" else " ... ".join(
                     code(t) for t in split_tags(tags)),
                 "-" if switch == "none" else code(switch.split(" ")[0]),
                 auto, on, ending(sources[template]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def split_tags(tags):
    """The two tags of a fact; either may hold spaces."""
    at = tags.index(" ") if tags.count(" ") == 1 else None
    if at is None:
        at = next(i for i, c in enumerate(tags)
                  if c == " " and tags[i + 1] in "<[")
    return tags[:at], tags[at + 1:]


def page_with(made):
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    return before + BEGIN + made + END + rest.split(END)[1]


def update(rows, sources):
    PAGE.write_text(page_with(table(rows, sources)), "utf-8")


def problems(rows, sources):
    if page_with(table(rows, sources)) == PAGE.read_text("utf-8"):
        return []
    return ["docs/MODELS.md: its table is not what the templates say"]
