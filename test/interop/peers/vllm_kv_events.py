"""A consumer of vLLM's KV events, as vLLM's own example is one (kv_events_subscriber.py).

The structs are copied from vllm/distributed/kv_events.py of each version. Commands come as JSON
lines on stdin, each is answered by one JSON line on stdout; it ends with its stdin.

    vllm_kv_events.py follow VERSION PUB REPLAY
    vllm_kv_events.py golden          prints what msgspec writes for the batches of the unit test
"""

import json
import os
import sys
from typing import Any, Optional, Union

import msgspec
import zmq

Hash = Union[bytes, int]


class EventBatch(msgspec.Struct, array_like=True, omit_defaults=True, gc=False):
    ts: float
    events: list[Any]
    data_parallel_rank: Optional[int] = None


class ArrayEvent(
    msgspec.Struct, array_like=True, omit_defaults=True, gc=False, tag=True
):
    """KVCacheEvent up to 0.23."""


class MapEvent(msgspec.Struct, omit_defaults=True, gc=False, tag=True):
    """KVCacheEvent since 0.24."""


def v0_9_2():
    class BlockStored(ArrayEvent):
        block_hashes: list[int]
        parent_block_hash: Optional[int]
        token_ids: list[int]
        block_size: int
        lora_id: Optional[int]

    class BlockRemoved(ArrayEvent):
        block_hashes: list[int]

    class AllBlocksCleared(ArrayEvent):
        pass

    return BlockStored, BlockRemoved, AllBlocksCleared


def v0_10_2():
    class BlockStored(ArrayEvent):
        block_hashes: list[Hash]
        parent_block_hash: Optional[Hash]
        token_ids: list[int]
        block_size: int
        lora_id: Optional[int]
        medium: Optional[str]

    class BlockRemoved(ArrayEvent):
        block_hashes: list[Hash]
        medium: Optional[str]

    class AllBlocksCleared(ArrayEvent):
        pass

    return BlockStored, BlockRemoved, AllBlocksCleared


def v0_21_0():
    class BlockStored(ArrayEvent):
        block_hashes: list[Hash]
        parent_block_hash: Optional[Hash]
        token_ids: list[int]
        block_size: int
        lora_id: Optional[int]
        medium: Optional[str]
        lora_name: Optional[str]
        extra_keys: Optional[list[Optional[tuple[Any, ...]]]] = None
        group_idx: Optional[int] = None

    class BlockRemoved(ArrayEvent):
        block_hashes: list[Hash]
        medium: Optional[str]
        group_idx: Optional[int] = None

    class AllBlocksCleared(ArrayEvent):
        pass

    return BlockStored, BlockRemoved, AllBlocksCleared


def v0_25_1():
    class BlockStored(MapEvent):
        block_hashes: list[Hash]
        parent_block_hash: Optional[Hash]
        token_ids: list[int]
        block_size: int
        lora_id: Optional[int]
        medium: Optional[str]
        lora_name: Optional[str]
        extra_keys: Optional[list[Optional[tuple[Any, ...]]]] = None
        group_idx: Optional[int] = None
        kv_cache_spec_kind: Optional[str] = None
        kv_cache_spec_sliding_window: Optional[int] = None

    class BlockRemoved(MapEvent):
        block_hashes: list[Hash]
        medium: Optional[str]
        group_idx: Optional[int] = None

    class AllBlocksCleared(MapEvent):
        pass

    return BlockStored, BlockRemoved, AllBlocksCleared


def v0_32_0():
    class BlockStored(MapEvent):
        block_hashes: list[Hash]
        parent_block_hash: Optional[Hash]
        token_ids: list[int]
        block_size: int
        lora_id: Optional[int]
        medium: Optional[str]
        lora_name: Optional[str]
        extra_keys: Optional[list[Optional[tuple[Any, ...]]]] = None
        group_idx: Optional[int] = None
        kv_cache_spec_kind: Optional[str] = None
        kv_cache_spec_sliding_window: Optional[int] = None
        locality: Optional[str] = None
        ownership: Optional[str] = None
        session_id: Optional[str] = None

    class BlockRemoved(MapEvent):
        block_hashes: list[Hash]
        medium: Optional[str]
        group_idx: Optional[int] = None
        locality: Optional[str] = None
        ownership: Optional[str] = None

    class AllBlocksCleared(MapEvent):
        pass

    return BlockStored, BlockRemoved, AllBlocksCleared


VERSIONS = {
    "0.9.2": v0_9_2,
    "0.10.2": v0_10_2,
    "0.21.0": v0_21_0,
    "0.25.1": v0_25_1,
    "0.32.0": v0_32_0,
}

# Frames before the number of a replayed batch: an empty one, and since 0.32 the topic.
FRAMES_AHEAD = {version: 2 if version == "0.32.0" else 1 for version in VERSIONS}

encode = msgspec.msgpack.Encoder().encode


def decoder_of(version):
    structs = VERSIONS[version]()

    class KVEventBatch(EventBatch):
        events: list[Union[structs]]

    return msgspec.msgpack.Decoder(type=KVEventBatch)


class Follower:
    def __init__(self, version, pub, replay):
        self.decode = decoder_of(version).decode
        self.ahead = FRAMES_AHEAD[version]
        self.context = zmq.Context()
        self.replay_address = replay
        self.sub = self.context.socket(zmq.SUB)
        self.sub.connect(pub)
        self.sub.setsockopt(zmq.SUBSCRIBE, b"")
        self.batches = {}
        self.live = []
        self.topics = set()
        # Whether msgspec would have written every payload just as it came.
        self.is_exact = True

    def receive(self):
        topic, seq, payload = self.sub.recv_multipart()
        assert len(seq) == 8
        self.topics.add(topic.decode())
        self.live.append(int.from_bytes(seq, "big"))
        self.keep(self.live[-1], payload)

    def keep(self, seq, payload):
        batch = self.decode(payload)
        self.is_exact = self.is_exact and encode(batch) == payload
        self.batches[seq] = batch

    def seen(self, _):
        return self.live

    def until(self, published):
        """Reads on until the last of `published` batches came, then tells what was received."""
        while published - 1 not in self.live and self.sub.poll(10_000):
            self.receive()
        return {
            "live": self.live,
            "topics": sorted(self.topics),
            "ranks": sorted({batch.data_parallel_rank for batch in self.batches.values()}),
            "isExact": self.is_exact,
        }

    def replay(self, start):
        """All batches from `start` on, over a DEALER."""
        socket = self.context.socket(zmq.DEALER)
        socket.connect(self.replay_address)
        socket.send_multipart([b"", start.to_bytes(8, "big")])
        seqs = []
        while socket.poll(10_000):
            frames = socket.recv_multipart()
            assert len(frames) == self.ahead + 2 and frames[0] == b""
            seq, payload = frames[-2:]
            if self.ahead == 2 and payload:
                self.topics.add(frames[1].decode())
            if not payload:
                end = int.from_bytes(seq, "big", signed=True)
                socket.close()
                return {"seqs": seqs, "end": end}
            seqs.append(int.from_bytes(seq, "big"))
            self.keep(seqs[-1], payload)
        return {"seqs": seqs, "end": None}

    def ask(self, start):
        """The first answer to a REQ socket, which is all that it takes."""
        socket = self.context.socket(zmq.REQ)
        socket.connect(self.replay_address)
        socket.send(start.to_bytes(8, "big"))
        seq, payload = socket.recv_multipart()[-2:] if socket.poll(10_000) else []
        socket.close()
        return {"seq": int.from_bytes(seq, "big", signed=True), "bytes": len(payload)}

    def babble(self, _):
        """Requests that are none, which have to be passed over."""
        socket = self.context.socket(zmq.DEALER)
        socket.connect(self.replay_address)
        for frames in ([b""], [b"x"], [b"", b"1", b"2"], [b"", b"\xff" * 100]):
            socket.send_multipart(frames)
        answer = socket.recv_multipart() if socket.poll(10_000) else []
        # Too long for a request: the connection is broken.
        socket.send_multipart([b"", b"x" * 100_000])
        is_silent = socket.poll(50) == 0
        socket.close(linger=1_000)
        return {"answer": [frame.hex() for frame in answer], "isSilent": is_silent}

    def resident(self, _):
        """What all batches together leave in each medium; older versions know the GPU only."""
        held = {}
        kinds = set()
        for _, batch in sorted(self.batches.items()):
            for event in batch.events:
                kind = type(event).__name__
                kinds.add(kind)
                if kind == "AllBlocksCleared":
                    held["GPU"] = set()
                    continue
                hashes = held.setdefault(getattr(event, "medium", "GPU"), set())
                if kind == "BlockRemoved":
                    hashes.difference_update(event.block_hashes)
                    continue
                assert len(event.token_ids) == event.block_size * len(event.block_hashes)
                assert event.parent_block_hash is None or event.parent_block_hash in hashes
                hashes.update(event.block_hashes)
        names = {medium: sorted(f"{it:016x}" for it in hashes) for medium, hashes in held.items()}
        return {"held": names, "kinds": sorted(kinds), "isExact": self.is_exact}


def follow(version, pub, replay):
    follower = Follower(version, pub, replay)
    poller = zmq.Poller()
    poller.register(follower.sub, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    pending = b""
    while True:
        ready = dict(poller.poll())
        if follower.sub in ready:
            follower.receive()
        if sys.stdin.fileno() not in ready:
            continue
        read = os.read(sys.stdin.fileno(), 65_536)
        if not read:
            break
        *lines, pending = (pending + read).split(b"\n")
        for line in lines:
            ((name, value),) = json.loads(line).items()
            print(json.dumps(getattr(follower, name)(value)), flush=True)
    follower.context.destroy(linger=0)


def wire_hash(number):
    return number * 0x9E37_79B9_7F4A_7C15 % 2**64


def golden():
    """The batches of test/mocks/kv-events-msgpack.test.ts, version by version."""
    # As the mock spreads its hashes 2^53 - 1, 2^32, 7, and 255 for the parent's, over 64 bits.
    hashes, parent = [wire_hash(it) for it in (2**53 - 1, 2**32, 7)], wire_hash(255)
    for version, make in VERSIONS.items():
        stored, removed, cleared = make()
        gpu = {
            "medium": "GPU",
            "lora_name": None,
            "extra_keys": [None, None, None],
            "group_idx": 0,
            "kv_cache_spec_kind": "full_attention",
        }
        tier = {"medium": "CPU", "lora_name": None}
        base = {
            "block_hashes": hashes,
            "parent_block_hash": parent,
            "token_ids": [1, 128, 70_000],
            "block_size": 1,
            "lora_id": None,
        }

        def build(struct, members):
            known = struct.__struct_fields__
            return struct(**{name: it for name, it in members.items() if name in known})

        events = [
            build(stored, {**base, "parent_block_hash": None, **gpu}),
            build(stored, {**base, **tier}),
            build(removed, {"block_hashes": hashes[:1], **gpu}),
            build(removed, {"block_hashes": hashes[:1], **tier}),
            cleared(),
        ]
        for event in events:
            batch = EventBatch(ts=1_790_000_000.0, events=[event], data_parallel_rank=0)
            print(version, type(event).__name__, encode(batch).hex())


if __name__ == "__main__":
    mode, *rest = sys.argv[1:]
    follow(*rest) if mode == "follow" else golden()
