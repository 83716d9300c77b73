"""The real LMCache controller behind its real HTTP API, plus a stand-in for the engines' workers.

Engines report what they hold as KVAdmitMsg over ZeroMQ; without a GPU there is no engine, so this
program sends those messages itself for every line it reads on stdin:
  {"instance": "engine-b", "location": "LocalCPUBackend", "tokens": [...]}
and answers each with one line once the message has been sent. The chunk keys come from LMCache's own
ChunkedTokenDatabase in this same process, so that hash seeds agree by construction.
"""

import json
import sys
import threading

import msgspec
import uvicorn
import zmq
from lmcache.v1.api_server.__main__ import create_app
from lmcache.v1.cache_controller.message import KVAdmitMsg, RegisterMsg
from lmcache.v1.token_database import ChunkedTokenDatabase


def chunk_keys(database, tokens):
    import torch

    for start, end, key in database.process_tokens(torch.tensor(tokens), make_key=False):
        yield key


def serve_workers(pull_url: str) -> None:
    socket = zmq.Context.instance().socket(zmq.PUSH)
    socket.connect(f"tcp://{pull_url}")
    database = ChunkedTokenDatabase()
    encoder = msgspec.msgpack.Encoder()
    known = set()
    for line in sys.stdin:
        report = json.loads(line)
        instance, location = report["instance"], report["location"]
        if instance not in known:
            known.add(instance)
            register = RegisterMsg(
                instance_id=instance, worker_id=0, ip="127.0.0.1", port=1, distributed_url=""
            )
            socket.send(encoder.encode(register))
        sent = 0
        for key in chunk_keys(database, report["tokens"]):
            admit = KVAdmitMsg(instance_id=instance, worker_id=0, key=key, location=location)
            socket.send(encoder.encode(admit))
            sent += 1
        print(json.dumps({"sent": sent}), flush=True)


def main() -> None:
    port, pull_port, reply_port = (int(arg) for arg in sys.argv[1:4])
    urls = {"pull": f"127.0.0.1:{pull_port}", "reply": f"127.0.0.1:{reply_port}"}
    app = create_app(urls)
    threading.Thread(target=serve_workers, args=(urls["pull"],), daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


main()
