"""The real LMCache controller behind its real HTTP API, plus a stand-in for the engines' workers.

Without a GPU there is no engine, so this program registers workers, reports what they hold over
ZeroMQ and answers what the controller asks of them. For every line it reads on stdin
  {"instance": "engine-b", "location": "LocalCPUBackend", "tokens": [...]}
that instance, registered by its first line, holds those tokens from then on; one line follows once the
controller knows. The chunk keys come from LMCache's own ChunkedTokenDatabase in this same
process, so that hash seeds agree by construction. Runs 0.3.9.post2 and 0.5.6, whose messages differ.
"""

import inspect
import json
import sys
import threading
import time
import urllib.request

import msgspec
import torch
import uvicorn
import zmq
from lmcache.v1.api_server.__main__ import create_app
from lmcache.v1.cache_controller import message
from lmcache.v1.token_database import ChunkedTokenDatabase

IS_OLD = hasattr(message, "KVAdmitMsg") and not hasattr(message, "BatchedKVOperationMsg")
DATABASE = ChunkedTokenDatabase()


def chunks_of(tokens):
    """Key and token count of each chunk."""
    chunks = DATABASE.process_tokens(torch.tensor(tokens), make_key=False)
    return [(key, end - start) for start, end, key in chunks]


class ControllerLine:
    """What workers tell the controller."""

    def __init__(self, http_url: str, pull_url: str, reply_url: str) -> None:
        self._http_url = http_url
        context = zmq.Context.instance()
        self._push = context.socket(zmq.PUSH)
        self._push.connect(f"tcp://{pull_url}")
        self._request = context.socket(zmq.REQ)
        self._request.connect(f"tcp://{reply_url}")
        self._lock = threading.Lock()
        self._sequence = {}
        self._reports = 0

    def register(self, instance: str, port: int, peer: str) -> None:
        place = {"instance_id": instance, "worker_id": 0, "ip": "127.0.0.1", "port": port}
        if IS_OLD:
            return self._send(message.RegisterMsg(**place, distributed_url=peer))
        with self._lock:
            self._request.send(msgspec.msgpack.encode(message.RegisterMsg(**place, peer_init_url=peer)))
            self._request.recv()

    def report(self, instance: str, location: str, operation: str, keys) -> None:
        """Returns once the controller has taken it in: it reads in order, so a later report tells."""
        self._push_report(instance, location, operation, keys)
        self._reports += 1
        mark = [2**40 + self._reports]
        for mark_operation in ("admit", "evict"):
            self._push_report(instance, location, mark_operation, [key for key, _ in chunks_of(mark)])
            while self._is_known(mark) != (mark_operation == "admit"):
                time.sleep(0.005)

    def _is_known(self, tokens) -> bool:
        request = urllib.request.Request(
            f"{self._http_url}/lookup",
            data=json.dumps({"tokens": tokens}).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["layout_info"] != {}

    def _push_report(self, instance: str, location: str, operation: str, keys) -> None:
        place = {"instance_id": instance, "worker_id": 0, "location": location}
        if IS_OLD:
            kind = {"admit": message.KVAdmitMsg, "evict": message.KVEvictMsg}[operation]
            for key in keys:
                self._send(kind(**place, key=key))
            return
        events = []
        for key in keys:
            sequence = self._sequence.get((instance, location), 0)
            self._sequence[(instance, location)] = sequence + 1
            kind = message.OpType(operation)
            events.append(message.KVOpEvent(op_type=kind, key=key, seq_num=sequence))
        self._send(message.BatchedKVOperationMsg(**place, operations=events))

    def _send(self, msg) -> None:
        with self._lock:
            self._push.send(msgspec.msgpack.encode(msg))


class Worker:
    """An instance's only worker. It counts whole chunks from the start of the tokens, knows one method
    of compression and moves to the CPU only, as lmcache/v1/cache_controller/worker.py and what it calls."""

    of_peer = {}

    def __init__(self, instance: str, line: ControllerLine) -> None:
        self._instance, self._line = instance, line
        self._held = {}
        self._socket = zmq.Context.instance().socket(zmq.REP)
        port = self._socket.bind_to_random_port("tcp://127.0.0.1")
        peer = f"127.0.0.1:{port}"
        Worker.of_peer[peer] = self
        line.register(instance, port, peer)
        threading.Thread(target=self._serve, daemon=True).start()

    def admit(self, location: str, chunks) -> None:
        self._held.setdefault(location, {}).update(chunks)
        self._line.report(self._instance, location, "admit", [key for key, _ in chunks])

    def _evict(self, location: str, chunks) -> None:
        for key, _ in chunks:
            del self._held[location][key]
        if chunks:
            self._line.report(self._instance, location, "evict", [key for key, _ in chunks])

    def _prefix(self, location: str, tokens):
        held = self._held.get(location, {})
        prefix = []
        for key, count in chunks_of(tokens):
            if key not in held:
                break
            prefix.append((key, count))
        return prefix

    def _serve(self) -> None:
        while True:
            request = msgspec.msgpack.decode(self._socket.recv(), type=message.Msg)
            try:
                answer = self._answer(request)
            except Exception as error:
                answer = message.ErrorMsg(error=f"Worker error: {error}")
            self._socket.send(msgspec.msgpack.encode(answer))

    def _answer(self, request):
        name = type(request).__name__
        if name == "HealthWorkerMsg":
            return message.HealthWorkerRetMsg(error_code=0)
        if name == "ClearWorkerMsg":
            chunks = list(self._held.get(request.location, {}).items())
            self._evict(request.location, chunks)
        elif name == "MoveWorkerMsg":
            chunks = self._prefix(request.old_position, request.tokens)
            peer, location = request.new_position
            assert location == "LocalCPUBackend", "Only support moving to cpu for now."
            Worker.of_peer[peer].admit(location, chunks)
            if not request.copy:
                self._evict(request.old_position, chunks)
        elif getattr(request, "method", "cachegen") == "cachegen":
            chunks = self._prefix(request.location, request.tokens)
        else:
            chunks = []
        answer = getattr(message, name.replace("WorkerMsg", "WorkerRetMsg"))
        return answer(num_tokens=sum(count for _, count in chunks))


def follow_stdin(line: ControllerLine) -> None:
    workers = {}
    for text in sys.stdin:
        report = json.loads(text)
        instance = report["instance"]
        if instance not in workers:
            workers[instance] = Worker(instance, line)
        chunks = chunks_of(report["tokens"])
        workers[instance].admit(report["location"], chunks)
        print(json.dumps({"sent": len(chunks)}), flush=True)


def main() -> None:
    port, pull_port, reply_port = (int(arg) for arg in sys.argv[1:4])
    urls = {"pull": f"127.0.0.1:{pull_port}", "reply": f"127.0.0.1:{reply_port}"}
    # What later versions want beside the addresses: checks by time, which stay off.
    more = [-1, 300][: len(inspect.signature(create_app).parameters) - 1]
    app = create_app(urls, *more)
    line = ControllerLine(f"http://127.0.0.1:{port}", urls["pull"], urls["reply"])
    threading.Thread(target=follow_stdin, args=(line,), daemon=True).start()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


main()
