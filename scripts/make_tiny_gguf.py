#!/usr/bin/env python3
"""Write tiny random-weight GGUF models for the tests.

Their answers are noise, but they load in libllama and decode in milliseconds,
so that tests can exercise real tokenisers, chat templates and decoding.

  llama   SentencePiece vocabulary of a few hundred tokens with byte fallback,
          chatml template with a default system prompt.
  qwen3   Qwen3's shape of vocabulary: 151,936 rows, byte-level BPE with 151,387
          (synthetic) merges, its special tokens at its ids, and a template of
          our own words with its markers, <think> and enable_thinking.
  marks   SentencePiece with a space before each text and BOS, and user-defined
          tokens of every sort: chat markers, <think>, HTML tags, white space,
          a word. Its "</s>" can be merged from other tokens.
  harmony byte-level BPE with the control tokens of gpt-oss and [THINK], a
          template that ends a turn as gpt-oss does, and an end of turn that
          only the metadata name.
  modernbert  an encoder that classifies: byte-level BPE, two layers of four
          with a window of 8 tokens on either side, mean pooling, and the labels
          of Minos.
  bert    the same of the older family: word pieces, learned positions (128),
          and five labels.

With no --arch all are written to CACHE/tiny-KEY/, where KEY hashes this file
and the pinned requirements: tests find them by $DEEPCONF_TINY_DIR as
tiny-llama.gguf and so on. The same seed and versions give the same bytes.

How a random model is made to end its answers: dimension 0 of the residual
stream holds a constant that no layer writes to, so column 0 of the output
matrix acts as a bias. The end of turn (and, for qwen3, <think> and </think>)
have that column alone, so their probability is steady at about 1 or 2 %; other
control tokens and padding rows have it far below zero and never come up.
"""
import argparse
import hashlib
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
N_LAYER = 2
CONST = 4.0  # what dimension 0 of the residual stream holds
NEVER = -40.0  # a logit that is never sampled

CHATML = (
    "{% for m in messages %}"
    "{% if loop.first and m['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a small test model.<|im_end|>\\n' }}"
    "{% endif %}"
    "{{ '<|im_start|>' + m['role'] + '\\n' + m['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

THINKING = (
    "{%- for m in messages %}"
    "{{- '<|im_start|>' + m.role + '\\n' }}"
    "{%- if m.role == 'assistant' and '</think>' in m.content %}"
    "{{- m.content.split('</think>')[-1].lstrip('\\n') }}"
    "{%- else %}{{- m.content }}{%- endif %}"
    "{{- '<|im_end|>\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}"
    "{{- '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\\n\\n</think>\\n\\n' }}"
    "{%- endif %}{%- endif %}"
)

HARMONY = (
    "{% for m in messages %}"
    "{{ '<|start|>' + m['role'] + '<|message|>' + m['content'] + '<|end|>' }}"
    "{% endfor %}"
    "{# answers go to <|channel|>final #}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant' }}{% endif %}"
)

WORDS = """the a of to and in is it you I can not cannot help with that this
sorry sure here are some how do for on be as an answer question please what
""".split()

# Token types of the format.
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

QWEN_SPECIAL = """<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|>
<|object_ref_end|> <|box_start|> <|box_end|> <|quad_start|> <|quad_end|>
<|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|> <|video_pad|>
<tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> <|fim_suffix|>
<|fim_pad|> <|repo_name|> <|file_sep|> <tool_response> </tool_response> <think>
</think>""".split()
QWEN_FIRST_SPECIAL = 151643
QWEN_ROWS = 151936


def cache_dir():
    """The rule of dc_cache_dir() in src/infer/models.c."""
    own, xdg = os.environ.get("DEEPCONF_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if own:
        return pathlib.Path(own)
    if xdg and xdg.startswith("/"):
        return pathlib.Path(xdg, "deepconf")
    return pathlib.Path.home() / ".cache" / "deepconf"


def tiny_dir(cache):
    h = hashlib.sha256(pathlib.Path(__file__).read_bytes())
    h.update((HERE / "requirements.txt").read_bytes())
    return cache / ("tiny-" + h.hexdigest()[:12])


class Vocab:
    """Tokens with types and scores; `bias` gives chosen rows a fixed logit."""

    def __init__(self):
        self.tokens, self.types, self.scores = [], [], []
        self.merges, self.bias = None, {}

    def add(self, token, kind=NORMAL, bias=None):
        self.scores.append(-float(len(self.tokens)))
        self.tokens.append(token)
        self.types.append(kind)
        if bias is None and kind in (CONTROL, UNKNOWN, UNUSED):
            bias = NEVER
        if bias is not None:
            self.bias[len(self.tokens) - 1] = bias

    def id(self, token):
        return self.tokens.index(token)


def llama_vocab():
    v = Vocab()
    for token, kind in (("<unk>", UNKNOWN), ("<s>", CONTROL),
                        ("</s>", CONTROL), ("<|im_start|>", CONTROL)):
        v.add(token, kind)
    v.add("<|im_end|>", CONTROL, bias=5.0)
    for b in range(256):
        v.add(f"<0x{b:02X}>", BYTE, bias=-1.5)
    space = "\u2581"
    for c in [space] + [chr(c) for c in range(33, 127)]:
        v.add(c)
    # Merges are pairs of tokens, so each prefix of a word is a token too.
    seen = set(v.tokens)
    for word in WORDS:
        for n in range(1, len(word) + 1):
            piece = space + word[:n]
            if piece not in seen:
                seen.add(piece)
                v.add(piece)
    return v


def byte_chars():
    """How byte-level BPE writes the 256 bytes as printable characters."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    out = {b: chr(b) for b in plain}
    for b in range(256):
        if b not in out:
            out[b] = chr(256 + len(out) - len(plain))
    return out


def byte_vocab():
    """The 256 bytes of byte-level BPE, and no merges yet."""
    v = Vocab()
    for char in sorted(byte_chars().values()):
        v.add(char)
    v.merges = []
    return v


def byte_words_vocab(more=()):
    """Bytes, and by merges WORDS behind a space and `more` as they are. Merges
    are pairs of tokens, so each beginning of a word is a token too."""
    v = byte_vocab()
    space = byte_chars()[32]
    seen = set(v.tokens)
    for word in [space + w for w in WORDS] + list(more):
        for n in range(2, len(word) + 1):
            if word[:n] not in seen:
                seen.add(word[:n])
                v.merges.append(f"{word[:n - 1]} {word[n - 1]}")
                v.add(word[:n])
    return v


def qwen3_vocab():
    v = byte_vocab()
    letters = "abcdefghijklmnopqrstuvwxyz"
    # 2, 3, 4 ... letters, and after a space
    level = list(letters) + [byte_chars()[32]]
    while len(v.tokens) < QWEN_FIRST_SPECIAL:
        longer = []
        for left in level:
            for right in letters:
                if len(v.tokens) == QWEN_FIRST_SPECIAL:
                    break
                v.merges.append(f"{left} {right}")
                v.add(left + right)
                longer.append(left + right)
        level = longer
    for token in QWEN_SPECIAL:
        text = token.startswith("<|")
        bias = {"<|im_end|>": 14.7, "<think>": 14.5, "</think>": 15.0}
        v.add(token, CONTROL if text else USER_DEFINED,
              bias.get(token, NEVER))
    while len(v.tokens) < QWEN_ROWS:
        v.add(f"[PAD{len(v.tokens)}]", UNUSED)
    assert v.id("<think>") == 151667 and v.id("</think>") == 151668
    return v


def marks_vocab():
    v = llama_vocab()
    for token in ("</", "</s", "<t", "</t"):
        v.add(token)  # "</s" + ">" is the text of EOS
    for token in ("<|user|>", "<|assistant|>", "<think>", "</think>", "[INST]",
                  "<|channel>thought", "<h1>", "</h1>", "\n\n", "  ", "    ",
                  "\ud55c\uad6d\uc5b4", "\t"):
        v.add(token, USER_DEFINED, bias=NEVER)
    v.add("<|unused|>", UNUSED)
    v.add("<|tool|>", CONTROL)
    v.add("\u25c1think\u25b7", USER_DEFINED, bias=NEVER)
    return v


HARMONY_CONTROL = """<|startoftext|> <|endoftext|> <|return|> <|constrain|>
<|channel|> <|start|> <|end|> <|message|> <|call|> <|reserved_1|> [THINK]
[/THINK] <|turn_is_over|>""".split()


def harmony_vocab():
    v = byte_words_vocab("analysis final assistant user system commentary"
                         .split())
    bias = {"<|turn_is_over|>": 5.0, "[THINK]": 6.0, "[/THINK]": 6.0,
            "<|reserved_1|>": 6.0}
    for token in HARMONY_CONTROL:
        v.add(token, CONTROL, bias.get(token, NEVER))
    return v


TEMPLATES = {"llama": CHATML, "qwen3": THINKING, "marks": CHATML,
             "harmony": HARMONY}


# ---- encoders that classify ----

ENCODERS = {
    # arch: n_layer, n_embd, n_head, n_ff, n_ctx, labels
    "modernbert": (4, 64, 4, 96, 1024, ["Refusal", "Non-refusal"]),
    "bert": (2, 64, 4, 128, 128,
             ["compliant", "full_refusal", "partial_refusal",
              "capability_limitation", "clarification"]),
}
WINDOW = 16  # tokens of a local layer, half of them on either side
BERT_CONTROL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def modernbert_vocab():
    v = byte_words_vocab()
    for token in BERT_CONTROL:
        v.add(token, CONTROL)
    return v


def bert_vocab():
    """As the converter writes word pieces: a word's first one behind U+2581,
    the others bare."""
    v = Vocab()
    for token in BERT_CONTROL:
        v.add(token, CONTROL)
    chars = [chr(c) for c in range(33, 127) if not chr(c).isupper()]
    for piece in ["\u2581" + c for c in chars] + chars:
        v.add(piece)
    for word in WORDS:
        if len(word) > 1:
            v.add("\u2581" + word.lower())
    return v


def encoder_tensors(arch, n_vocab, seed):
    import numpy as np

    n_layer, n, _, n_ff, n_ctx, labels = ENCODERS[arch]
    rng = np.random.Generator(np.random.PCG64(seed))

    def normal(*shape, std=0.1):
        return (std * rng.standard_normal(shape)).astype(np.float32)

    def norm(name):
        yield name + ".weight", 1 + normal(n)
        if arch == "bert":
            yield name + ".bias", normal(n)

    def linear(name, rows, cols, std=0.1, bias=arch == "bert"):
        yield name + ".weight", normal(rows, cols, std=std)
        if bias:
            yield name + ".bias", normal(rows)

    yield "token_embd.weight", normal(n_vocab, n, std=1)
    yield from norm("token_embd_norm")
    if arch == "bert":
        yield "token_types.weight", normal(2, n)
        yield "position_embd.weight", normal(n_ctx, n, std=0.5)
    for i in range(n_layer):
        b = f"blk.{i}."
        if arch == "bert":
            for x in "qkv":
                yield from linear(b + "attn_" + x, n, n, std=0.2)
            yield from linear(b + "attn_output", n, n)
            yield from norm(b + "attn_output_norm")
            yield from linear(b + "ffn_up", n_ff, n)
            yield from linear(b + "ffn_down", n, n_ff)
            yield from norm(b + "layer_output_norm")
            continue
        if i > 0:
            yield from norm(b + "attn_norm")
        yield from linear(b + "attn_qkv", 3 * n, n, std=0.2)
        yield from linear(b + "attn_output", n, n)
        yield from norm(b + "ffn_norm")
        yield from linear(b + "ffn_up", 2 * n_ff, n)
        yield from linear(b + "ffn_down", n, n_ff)
    if arch == "modernbert":
        yield from norm("output_norm")
    yield from linear("cls", n, n, std=0.3)
    if arch == "modernbert":
        yield from norm("cls.norm")
    yield from linear("cls.output", len(labels), n, std=0.3, bias=True)


def add_encoder_vocab(w, arch, vocab):
    w.add_tokenizer_model("bert" if arch == "bert" else "gpt2")
    w.add_tokenizer_pre("jina-v2-en" if arch == "bert" else "modern-bert")
    w.add_token_list(vocab.tokens)
    w.add_token_types(vocab.types)
    w.add_bos_token_id(vocab.id("[CLS]"))
    w.add_eos_token_id(vocab.id("[SEP]"))
    w.add_sep_token_id(vocab.id("[SEP]"))
    w.add_unk_token_id(vocab.id("[UNK]"))
    w.add_pad_token_id(vocab.id("[PAD]"))
    w.add_mask_token_id(vocab.id("[MASK]"))
    if arch == "bert":
        w.add_token_type_count(2)
        return
    w.add_token_merges(vocab.merges)
    w.add_add_bos_token(True)
    w.add_add_eos_token(True)
    w.add_add_sep_token(True)


def write_encoder(arch, path, seed):
    import gguf

    vocab = VOCABS[arch]()
    n_layer, n, n_head, n_ff, n_ctx, labels = ENCODERS[arch]
    part = path.with_name(path.name + ".part")
    w = gguf.GGUFWriter(part, gguf_arch(arch))
    w.add_name(f"tiny random {arch}, seed {seed}")
    w.add_block_count(n_layer)
    w.add_context_length(n_ctx)
    w.add_embedding_length(n)
    w.add_feed_forward_length(n_ff)
    w.add_head_count(n_head)
    w.add_layer_norm_eps(1e-5 if arch == "modernbert" else 1e-12)
    w.add_causal_attention(False)
    w.add_classifier_output_labels(labels)
    w.add_vocab_size(len(vocab.tokens))
    w.add_file_type(gguf.LlamaFileType.ALL_F32)
    if arch == "modernbert":
        w.add_sliding_window(WINDOW)
        w.add_sliding_window_pattern(3)
        w.add_rope_freq_base(160000.0)
        w.add_rope_freq_base_swa(10000.0)
        w.add_uint32("modern-bert.classifier.pooling_type",
                     gguf.PoolingType.MEAN.value)
    add_encoder_vocab(w, arch, vocab)
    for name, data in encoder_tensors(arch, len(vocab.tokens), seed):
        w.add_tensor(name, data)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    part.replace(path)


def gguf_arch(arch):
    if arch in ENCODERS:
        return {"modernbert": "modern-bert", "bert": "bert"}[arch]
    return "qwen3" if arch == "qwen3" else "llama"


VOCABS = {"llama": llama_vocab, "qwen3": qwen3_vocab, "marks": marks_vocab,
          "harmony": harmony_vocab, "modernbert": modernbert_vocab,
          "bert": bert_vocab}
SHAPES = {
    # arch: n_embd, n_head, n_head_kv, head_dim, n_ff, n_ctx, spread of logits
    "llama": (128, 4, 2, 32, 192, 8192, 2.0),
    "qwen3": (64, 4, 2, 32, 128, 40960, 4.0),
    "marks": (64, 4, 2, 32, 128, 4096, 2.0),
    "harmony": (64, 4, 2, 32, 128, 4096, 2.0),
}


def tensors(arch, vocab, seed):
    """Yield (name, float32 array), rows = outputs, as the format has them."""
    import numpy as np

    n_embd, n_head, n_kv, head, n_ff, _, spread = SHAPES[arch]
    rng = np.random.Generator(np.random.PCG64(seed))

    def normal(rows, cols, std):
        return (std * rng.standard_normal((rows, cols))).astype(np.float32)

    def into_stream(rows, cols, std):
        w = normal(rows, cols, std)
        w[0] = 0  # dimension 0 is a constant
        return w

    n_vocab = len(vocab.tokens)
    embd = normal(n_vocab, n_embd, 1.0)
    embd[:, 0] = CONST
    yield "token_embd.weight", embd
    one = np.ones(n_embd, np.float32)
    for i in range(N_LAYER):
        b = f"blk.{i}."
        yield b + "attn_norm.weight", one
        yield b + "attn_q.weight", normal(n_head * head, n_embd, 0.2)
        yield b + "attn_k.weight", normal(n_kv * head, n_embd, 0.2)
        yield b + "attn_v.weight", normal(n_kv * head, n_embd, 0.1)
        yield b + "attn_output.weight", into_stream(n_embd, n_head * head, 0.1)
        if arch == "qwen3":
            yield b + "attn_q_norm.weight", np.ones(head, np.float32)
            yield b + "attn_k_norm.weight", np.ones(head, np.float32)
        yield b + "ffn_norm.weight", one
        yield b + "ffn_gate.weight", normal(n_ff, n_embd, 0.1)
        yield b + "ffn_up.weight", normal(n_ff, n_embd, 0.1)
        yield b + "ffn_down.weight", into_stream(n_embd, n_ff, 0.1)
    # Column 0 meets CONST over the stream's RMS, which is about this:
    rms = ((CONST**2 + (n_embd - 1) * 1.8) / n_embd) ** 0.5
    out = normal(n_vocab, n_embd, spread * rms / (1.8 * (n_embd - 1)) ** 0.5)
    out[:, 0] = 0
    for row, logit in vocab.bias.items():
        out[row] = 0
        out[row, 0] = logit * rms / CONST
    yield "output_norm.weight", one
    yield "output.weight", out


def add_vocab(w, arch, vocab):
    spm = vocab.merges is None
    end = "<|im_end|>" if "<|im_end|>" in vocab.tokens else "<|return|>"
    w.add_tokenizer_model("llama" if spm else "gpt2")
    w.add_tokenizer_pre("default" if spm else
                        "qwen2" if arch == "qwen3" else "gpt-4o")
    w.add_token_list(vocab.tokens)
    w.add_token_types(vocab.types)
    w.add_eos_token_id(vocab.id(end))
    if spm:
        w.add_token_scores(vocab.scores)
        w.add_bos_token_id(vocab.id("<s>"))
        w.add_unk_token_id(vocab.id("<unk>"))
        w.add_add_space_prefix(arch == "marks")
    else:
        w.add_token_merges(vocab.merges)
        w.add_bos_token_id(vocab.id("<|endoftext|>" if arch == "qwen3" else
                                    "<|startoftext|>"))
        w.add_pad_token_id(vocab.id("<|endoftext|>"))
    if arch == "harmony":
        w.add_eot_token_id(vocab.id("<|turn_is_over|>"))
    w.add_add_bos_token(arch == "marks")
    w.add_chat_template(TEMPLATES[arch])


def write(arch, path, kind, seed):
    import gguf

    vocab = VOCABS[arch]()
    n_embd, n_head, n_kv, head, n_ff, n_ctx, _ = SHAPES[arch]
    part = path.with_name(path.name + ".part")
    w = gguf.GGUFWriter(part, gguf_arch(arch))
    w.add_name(f"tiny random {arch}, seed {seed}")
    w.add_block_count(N_LAYER)
    w.add_context_length(n_ctx)
    w.add_embedding_length(n_embd)
    w.add_feed_forward_length(n_ff)
    w.add_head_count(n_head)
    w.add_head_count_kv(n_kv)
    w.add_key_length(head)
    w.add_value_length(head)
    w.add_rope_dimension_count(head)
    w.add_rope_freq_base(10000.0)
    w.add_layer_norm_rms_eps(1e-6)
    w.add_vocab_size(len(vocab.tokens))
    w.add_file_type({"f32": gguf.LlamaFileType.ALL_F32,
                     "f16": gguf.LlamaFileType.MOSTLY_F16,
                     "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}[kind])
    add_vocab(w, arch, vocab)
    for name, data in tensors(arch, vocab, seed):
        if data.ndim == 1 or kind == "f32":
            w.add_tensor(name, data)
        elif kind == "f16":
            w.add_tensor(name, data.astype("float16"))
        else:
            q = gguf.GGMLQuantizationType.Q8_0
            w.add_tensor(name, gguf.quants.quantize(data, q), raw_dtype=q)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    part.replace(path)


def write_all(cache, seed):
    out = tiny_dir(cache)
    out.mkdir(parents=True, exist_ok=True)
    write("llama", out / "tiny-llama.gguf", "f32", seed)
    write("qwen3", out / "tiny-qwen3.gguf", "q8_0", seed)
    write("marks", out / "tiny-marks.gguf", "f32", seed)
    write("harmony", out / "tiny-harmony.gguf", "f32", seed)
    for arch in ENCODERS:
        write_encoder(arch, out / f"tiny-{arch}.gguf", seed)
    (out / "complete").touch()


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--cache", type=pathlib.Path, default=None)
    ap.add_argument("--print", action="store_true",
                    help="print the folder of the tests' models, write nothing")
    ap.add_argument("--arch", choices=sorted(VOCABS))
    ap.add_argument("--type", choices=("f32", "f16", "q8_0"), default="f16")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", type=pathlib.Path, help="with --arch")
    args = ap.parse_args()
    cache = args.cache or cache_dir()
    if args.print:
        print(tiny_dir(cache))
    elif args.arch:
        if not args.out:
            ap.error("--arch needs --out")
        if args.arch in ENCODERS:
            write_encoder(args.arch, args.out, args.seed)  # float32
        else:
            write(args.arch, args.out, args.type, args.seed)
    else:
        write_all(cache, args.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
