"""What the official OpenAI SDK makes of a server, as one JSON object: a fact or an exception by name.

  python openai_sdk.py http://host:port
"""

import json
import sys

from openai import OpenAI

URL = sys.argv[1]
CLIENT = OpenAI(base_url=f"{URL}/v1", api_key="sk-mock", max_retries=0, timeout=20)
HI = {"model": "mock-model", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 4}
FORCED = {**HI, "extra_body": {"ignore_eos": True}}
TOOLS = [{"type": "function", "function": {"name": "now", "parameters": {"type": "object"}}}]
LONG = f"{URL} " * 300

chat = CLIENT.chat.completions.create


def fault(text):
    return {**HI, "extra_headers": {"x-mock-fault": text}}


def answer():
    got = chat(**FORCED)
    choice, usage = got.choices[0], got.usage
    return {
        "role": choice.message.role,
        "hasText": bool(choice.message.content),
        "finish": choice.finish_reason,
        "tools": choice.message.tool_calls or None,
        "tokens": usage.completion_tokens,
        "adds up": usage.total_tokens == usage.prompt_tokens + usage.completion_tokens,
    }


def stream():
    chunks = list(chat(**FORCED, stream=True, stream_options={"include_usage": True}))
    texts = [it.choices[0].delta.content for it in chunks if it.choices]
    return {
        "same as whole": "".join(text or "" for text in texts) == chat(**FORCED).choices[0].message.content,
        "finish": [it.choices[0].finish_reason for it in chunks if it.choices][-1],
        "tokens": chunks[-1].usage.completion_tokens,
        "one id": len({it.id for it in chunks}) == 1,
    }


def helper_stream():
    with CLIENT.chat.completions.stream(**{**HI, "max_tokens": 2000}) as events:
        kinds = [event.type for event in events]
        final = events.get_final_completion()
    return {"kinds": sorted(set(kinds)), "finish": final.choices[0].finish_reason}


def two_choices():
    got = chat(**HI, n=2, temperature=1)
    return [choice.index for choice in got.choices]


def two_streamed():
    indices = set()
    for chunk in chat(**HI, n=2, temperature=1, stream=True):
        indices.update(choice.index for choice in chunk.choices)
    return sorted(indices)


def texts():
    got = CLIENT.completions.create(model="mock-model", prompt=["a", "b"], max_tokens=2)
    return [choice.index for choice in got.choices]


def text_stream():
    got = CLIENT.completions.create(model="mock-model", prompt="a", max_tokens=2, stream=True)
    return [chunk.choices[0].finish_reason for chunk in got][-1] is not None


def cached():
    body = {**HI, "messages": [{"role": "user", "content": LONG}]}
    counts = [chat(**body).usage.prompt_tokens_details.cached_tokens for _ in range(2)]
    return {"first": counts[0], "repeat": counts[1] > 200}


def after_retry():
    got = CLIENT.with_options(max_retries=2).chat.completions.create(
        **HI, extra_headers={"x-case": "once-503"}
    )
    return got.choices[0].message.role


FACTS = {
    "models": lambda: [model.id for model in CLIENT.models.list()],
    "model": lambda: CLIENT.models.retrieve("mock-model").id,
    "chat": answer,
    "stream": stream,
    "stream helper": helper_stream,
    "two choices": two_choices,
    "two streamed": two_streamed,
    "texts": texts,
    "text stream": text_stream,
    "cached": cached,
    "tools offered": lambda: chat(**HI, tools=TOOLS, tool_choice="none").choices[0].message.tool_calls or None,
    "tools forced": lambda: chat(**HI, tools=TOOLS, tool_choice="required").id,
    "json": lambda: isinstance(
        json.loads(chat(**{**HI, "max_tokens": 2000}, response_format={"type": "json_object"}).choices[0].message.content),
        dict,
    ),
    "unknown model": lambda: chat(**{**HI, "model": "nobody"}).id,
    "bad value": lambda: chat(**{**HI, "max_tokens": 0}).id,
    "wrong key": lambda: OpenAI(base_url=f"{URL}/v1", api_key="sk-wrong", max_retries=0).models.list(),
    "unknown path": lambda: CLIENT.embeddings.create(model="mock-model", input="x").data,
    "status 403": lambda: chat(**fault("status:code=403")).id,
    "status 409": lambda: chat(**fault("status:code=409")).id,
    "status 422": lambda: chat(**fault("status:code=422")).id,
    "status 429": lambda: chat(**fault("status:code=429")).id,
    "status 500": lambda: chat(**fault("status:code=500")).id,
    "error in stream": lambda: list(chat(**fault("errorEvent:afterTokens=1"), stream=True)),
    "after retry": after_retry,
    "too slow": lambda: CLIENT.with_options(timeout=0.3).chat.completions.create(**fault("hang:ms=3000")).id,
}


def told(fact):
    try:
        return fact()
    except Exception as error:  # the class is what is asked for
        return {"error": type(error).__name__, "status": getattr(error, "status_code", None)}


print(json.dumps({name: told(fact) for name, fact in FACTS.items()}))
