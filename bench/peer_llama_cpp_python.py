"""llama-cpp-python, run inside the bench environment. It has no batching across
responses: the traces of a prompt follow each other, the prompt's prefix is
reused."""
import sys
import time

from llama_cpp import Llama

import peer


def answer(llm, job):
    start, traces = time.monotonic(), []
    for i, prompt in enumerate(job["prompts"]):
        rows = []
        for j in range(job["k"]):
            r = llm.create_chat_completion(
                [{"role": "user", "content": prompt}], temperature=1.0,
                top_p=1.0, top_k=0, min_p=0.0, repeat_penalty=1.0,
                max_tokens=job["max_tokens"], logprobs=True,
                top_logprobs=job["top"],
                seed=job["seed"] * 100003 + i * 1000 + j)
            rows.append({"text": r["choices"][0]["message"]["content"] or "",
                         "tokens": r["usage"]["completion_tokens"]})
        traces.append(rows)
    return {"traces": traces, "seconds": time.monotonic() - start}


def main():
    n = int(sys.argv[2])
    llm = Llama(sys.argv[1], n_ctx=int(sys.argv[3]), n_threads=n,
                n_threads_batch=n, logits_all=True, flash_attn=True,
                verbose=False)
    peer.serve(lambda job: answer(llm, job))


if __name__ == "__main__":
    main()
