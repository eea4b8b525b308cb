"""Hugging Face transformers, run inside the bench environment.

With --export it only writes the dequantised weights and the tokenizer to a
folder, for vLLM.
"""
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

import peer


# On a GPU half the bits are what users take.
GPU = torch.cuda.is_available()


def load(gguf, dtype=torch.float32):
    folder, _, name = gguf.rpartition("/")
    tok = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file=name, dtype=dtype,
        quantization_config=GgufConfig(dequantize=True))
    return tok, model.eval()


def answer(tok, model, job):
    start = time.monotonic()
    traces = []
    for i, prompt in enumerate(job["prompts"]):
        torch.manual_seed(job["seed"] * 100003 + i)
        ids = tok.apply_chat_template([{"role": "user", "content": prompt}],
                                      add_generation_prompt=True,
                                      return_tensors="pt",
                                      return_dict=True).to(model.device)
        n_in = ids["input_ids"].shape[1]
        with torch.inference_mode():
            out = model.generate(
                **ids, do_sample=True, temperature=1.0, top_p=1.0, top_k=0,
                max_new_tokens=job["max_tokens"], output_logits=True,
                num_return_sequences=job["k"], return_dict_in_generate=True,
                pad_token_id=tok.pad_token_id or tok.eos_token_id)
            conf = [-torch.log_softmax(x.float(), -1)
                    .topk(job["top"]).values.mean(-1) for x in out.logits]
        del conf  # its cost counts, its values are not compared
        ends = set(model.generation_config.eos_token_id
                   if isinstance(model.generation_config.eos_token_id, list)
                   else [model.generation_config.eos_token_id])
        rows = []
        for seq in out.sequences[:, n_in:].tolist():
            n = next((j + 1 for j, t in enumerate(seq) if t in ends), len(seq))
            rows.append({"text": tok.decode(seq[:n], skip_special_tokens=True),
                         "tokens": n})
        traces.append(rows)
    return {"traces": traces, "seconds": time.monotonic() - start}


def main():
    if sys.argv[1] == "--export":
        tok, model = load(sys.argv[2])
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(sys.argv[3])
        tok.save_pretrained(sys.argv[3])
        return
    torch.set_num_threads(int(sys.argv[2]))
    tok, model = load(sys.argv[1], torch.float16 if GPU else torch.float32)
    if GPU:
        model.cuda()
    peer.serve(lambda job: answer(tok, model, job))


if __name__ == "__main__":
    main()
