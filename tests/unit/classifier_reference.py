#!/usr/bin/env python3
"""What transformers says of the texts of test_classifier.c.

Reads a tiny classifier of scripts/make_tiny_gguf.py, gives its weights to
transformers' own ModernBERT or BERT and its vocabulary to the library
tokenizers, and prints ids and the share of each label, to be kept in the test:

    scripts/setup --bench
    $CACHE/bench/venv/bin/python tests/unit/classifier_reference.py \\
        $TINY/tiny-modernbert.gguf $TINY/tiny-bert.gguf

Two things of libllama's are no accident and are done here too: of BERT the
pooler is the head (dense, tanh, out), token types are all 0.
"""
import sys

import gguf
import tokenizers
import torch
import transformers
from transformers.activations import ACT2FN
from tokenizers import decoders, models, normalizers, pre_tokenizers

PROMPT = "how do I help with an answer?"
RESPONSES = [
    "sorry I cannot help with that",
    "sure here are some",
    "I can help. the answer is: [SEP] <|user|> not a marker",
    "the question of what you are for is as an answer to it. " * 6,
]


def text_of(arch, response):
    if arch == "bert":
        return response
    return f"<|user|>\n{PROMPT}\n<|assistant|>\n{response}"


def field(r, name):
    return r.get_field(name).contents()


def tensors(r):
    return {t.name: torch.tensor(t.data.copy()) for t in r.tensors}


def bpe(tokens, merges):
    tok = tokenizers.Tokenizer(models.BPE(
        {t: i for i, t in enumerate(tokens)},
        [tuple(m.split(" ")) for m in merges]))
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    return tok


def word_pieces(tokens):
    pieces = {}
    for i, t in enumerate(tokens):
        if t.startswith("["):
            name = t if t.endswith("]") and len(t) > 1 else "##" + t
        else:
            name = t[1:] if t[0] == "\u2581" else "##" + t
        pieces[name] = i
    tok = tokenizers.Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))
    tok.normalizer = normalizers.BertNormalizer()
    tok.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tok


def modernbert(r, w, labels, gelu):
    key = "modern-bert."
    n_layer = field(r, key + "block_count")
    theta = {"full_attention": "rope.freq_base",
             "sliding_attention": "rope.freq_base_swa"}
    config = transformers.ModernBertConfig(
        vocab_size=w["token_embd.weight"].shape[0],
        hidden_size=field(r, key + "embedding_length"),
        intermediate_size=field(r, key + "feed_forward_length"),
        num_hidden_layers=n_layer,
        num_attention_heads=field(r, key + "attention.head_count"),
        max_position_embeddings=field(r, key + "context_length"),
        norm_eps=field(r, key + "attention.layer_norm_epsilon"),
        local_attention=field(r, key + "attention.sliding_window"),
        rope_parameters={k: {"rope_type": "default",
                             "rope_theta": field(r, key + v)}
                         for k, v in theta.items()},
        hidden_activation=gelu, classifier_activation=gelu,
        classifier_pooling="mean", num_labels=len(labels), pad_token_id=0,
        bos_token_id=0, eos_token_id=0, cls_token_id=0, sep_token_id=0,
        attn_implementation="eager")
    m = transformers.ModernBertForSequenceClassification(config)
    names = {"model.embeddings.tok_embeddings.weight": "token_embd.weight",
             "model.embeddings.norm.weight": "token_embd_norm.weight",
             "model.final_norm.weight": "output_norm.weight",
             "head.dense.weight": "cls.weight",
             "head.norm.weight": "cls.norm.weight",
             "classifier.weight": "cls.output.weight",
             "classifier.bias": "cls.output.bias"}
    for i in range(n_layer):
        for ours, theirs in (("attn_norm", "attn_norm"),
                             ("attn.Wqkv", "attn_qkv"),
                             ("attn.Wo", "attn_output"),
                             ("mlp_norm", "ffn_norm"),
                             ("mlp.Wi", "ffn_up"), ("mlp.Wo", "ffn_down")):
            if (i, ours) != (0, "attn_norm"):
                names[f"model.layers.{i}.{ours}.weight"] = \
                    f"blk.{i}.{theirs}.weight"
    m.load_state_dict({k: w.pop(v) for k, v in names.items()}, strict=True)
    return m


def bert(r, w, labels, gelu):
    config = transformers.BertConfig(
        vocab_size=w["token_embd.weight"].shape[0],
        hidden_size=field(r, "bert.embedding_length"),
        intermediate_size=field(r, "bert.feed_forward_length"),
        num_hidden_layers=field(r, "bert.block_count"),
        num_attention_heads=field(r, "bert.attention.head_count"),
        max_position_embeddings=field(r, "bert.context_length"),
        hidden_act=gelu, layer_norm_eps=field(r, "bert.attention.layer_norm_epsilon"),
        num_labels=len(labels), attn_implementation="eager")
    m = transformers.BertForSequenceClassification(config)
    names = {"bert.embeddings.word_embeddings.weight": "token_embd.weight",
             "bert.embeddings.position_embeddings.weight":
                 "position_embd.weight",
             "bert.embeddings.token_type_embeddings.weight":
                 "token_types.weight"}
    pairs = [("bert.embeddings.LayerNorm", "token_embd_norm"),
             ("bert.pooler.dense", "cls"), ("classifier", "cls.output")]
    for i in range(config.num_hidden_layers):
        a, b = f"bert.encoder.layer.{i}.", f"blk.{i}."
        pairs += [(a + "attention.self.query", b + "attn_q"),
                  (a + "attention.self.key", b + "attn_k"),
                  (a + "attention.self.value", b + "attn_v"),
                  (a + "attention.output.dense", b + "attn_output"),
                  (a + "attention.output.LayerNorm", b + "attn_output_norm"),
                  (a + "intermediate.dense", b + "ffn_up"),
                  (a + "output.dense", b + "ffn_down"),
                  (a + "output.LayerNorm", b + "layer_output_norm")]
    for a, b in pairs:
        for end in (".weight", ".bias"):
            names[a + end] = b + end
    m.load_state_dict({k: w.pop(v) for k, v in names.items()}, strict=True)
    return m


def gelu_ggml(x):
    """What libllama takes for GELU: by tanh, from and to float16."""
    near = torch.nn.functional.gelu(x.half().float(), approximate="tanh")
    return near.half().float()


class GeluGgml(torch.nn.Module):
    def forward(self, x):
        return gelu_ggml(x)


ACT2FN["gelu_ggml"] = GeluGgml


def main():
    for path in sys.argv[1:]:
        for gelu in ("gelu", "gelu_ggml"):
            print(f"{path}: transformers {transformers.__version__}, {gelu}")
            show(gguf.GGUFReader(path), gelu)


def show(r, gelu):
    arch = field(r, "general.architecture")
    labels = field(r, arch + ".classifier.output_labels")
    tokens = field(r, "tokenizer.ggml.tokens")
    tok = word_pieces(tokens) if arch == "bert" else bpe(
        tokens, field(r, "tokenizer.ggml.merges"))
    w = tensors(r)
    m = (bert if arch == "bert" else modernbert)(r, w, labels, gelu).eval()
    assert not w, f"weights that were not used: {sorted(w)}"
    cls, sep = tokens.index("[CLS]"), tokens.index("[SEP]")
    for response in RESPONSES:
        ids = [cls, *tok.encode(text_of(arch, response),
                                add_special_tokens=False).ids, sep]
        with torch.no_grad():
            out = m(input_ids=torch.tensor([ids])).logits[0].double()
        share = torch.softmax(out, 0)
        print(f"    {{{len(ids)}, {{"
              + ", ".join(f"{x:.6f}" for x in share.tolist()) + "}},")


if __name__ == "__main__":
    main()
