"""What the official Anthropic SDK makes of a server that does not speak its API, as JSON.

  python anthropic_sdk.py http://host:port
"""

import json
import sys

from anthropic import Anthropic

CLIENT = Anthropic(base_url=sys.argv[1], api_key="sk-mock", max_retries=0, timeout=20)
HI = {"model": "mock-model", "max_tokens": 4, "messages": [{"role": "user", "content": "hi"}]}


def told(call):
    try:
        return call()
    except Exception as error:  # the class is what is asked for
        return {"error": type(error).__name__, "status": getattr(error, "status_code", None)}


def stream():
    with CLIENT.messages.stream(**HI) as events:
        return "".join(events.text_stream)


print(json.dumps({"message": told(lambda: CLIENT.messages.create(**HI).id), "stream": told(stream)}))
