"""A plain asyncio client, as users write it with the openai package: one chat
request a trace, as many at a time as asked for, top-20 log-probabilities turned
into confidence.
"""
import asyncio

import openai

import peer


async def draw(client, job):
    gate = asyncio.Semaphore(job["in_flight"])
    traces = [[None] * job["k"] for _ in job["prompts"]]

    async def one(i, j):
        async with gate:
            r = await client.chat.completions.create(
                model=job["model"], temperature=1.0, top_p=1.0,
                messages=[{"role": "user", "content": job["prompts"][i]}],
                max_tokens=job["max_tokens"], logprobs=True,
                top_logprobs=job["top"], extra_body=job["extra"])
        c = r.choices[0]
        tokens = c.logprobs.content if c.logprobs else []
        conf = [-sum(a.logprob for a in t.top_logprobs) / len(t.top_logprobs)
                for t in tokens if t.top_logprobs]
        traces[i][j] = {"text": c.message.content or "", "tokens": len(tokens),
                        "conf": sum(conf) / len(conf) if conf else None}

    await asyncio.gather(*(one(i, j) for i in range(len(job["prompts"]))
                           for j in range(job["k"])))
    return traces


def answer(job):
    async def whole():
        async with openai.AsyncOpenAI(base_url=job["url"], api_key="none",
                                      timeout=3600) as client:
            return await draw(client, job)

    traces, took = peer.timed(lambda: asyncio.run(whole()))
    return {"traces": traces, **took}


peer.serve(answer, openai.__version__)
