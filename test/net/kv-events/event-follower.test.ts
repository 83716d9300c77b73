import { beforeEach, describe, expect, it } from 'vitest';
import { EventFollower } from '../../../src/net/kv-events/event-follower.ts';
import type { KvEventBatch } from '../../../src/protocol/kv-events.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';

let clock: VirtualClock;
let follower: EventFollower;
/** Hashes of the events passed on, and what else was told. */
let told: string[];
/** Numbers from which batches were asked for again. */
let asked: number[];
/** What a replay offers; undefined for no replay at all. */
let kept: KvEventBatch[] | undefined;

/** The batch of that number; each holds one event, which is named after it. */
const batch = (seq: number, ts = seq): KvEventBatch => ({
  seq,
  ts,
  events: [{ type: 'removed', tier: 'GPU', hashes: [`${seq}`] }],
});
const batches = (...seqs: number[]): KvEventBatch[] => seqs.map((seq) => batch(seq));
const receive = (...seqs: number[]): void => {
  for (const it of batches(...seqs)) follower.onBatch(it);
};

beforeEach(() => {
  clock = new VirtualClock();
  told = [];
  asked = [];
  kept = [];
  follower = new EventFollower(clock, {
    onEvent: (event) => void told.push(event.type === 'removed' ? event.hashes[0]! : event.type),
    onForget: (why) => void told.push(why),
    onRefilled: () => void told.push('refilled'),
    onHeard: (isHeard) => void told.push(isHeard ? 'heard' : 'unheard'),
  });
  follower.attach({
    replay: (from) => {
      asked.push(from);
      return kept !== undefined;
    },
    close: () => {},
  });
});

/** Answers what was asked last. */
function answer(): void {
  const from = asked.at(-1)!;
  for (const it of kept!) if (it.seq >= from) follower.onBatch(it);
  follower.onReplayed();
}

/** As far as live batches 0 and 1, everything known. */
function join(): void {
  follower.onUp();
  answer();
  receive(0, 1);
  told = [];
  asked = [];
}

describe('a follower of KV events', () => {
  it('begins with what happened before it joined', () => {
    kept = batches(0, 1, 2);
    follower.onUp();
    expect(follower.isHeard).toBe(false);
    expect(asked).toEqual([0]);
    answer();
    expect(told).toEqual(['0', '1', '2', 'heard']);
  });

  it('takes no harm from what comes twice or in another order', () => {
    join();
    kept = undefined;
    receive(2, 2, 1, 4, 3, 3, 4, 5);
    expect(told.filter((it) => /\d/.test(it))).toEqual(['2', '3', '4', '5']);
    expect(follower.isHeard).toBe(true);
  });

  it('asks again for what is missing, and knows nothing for certain until it has it', () => {
    join();
    receive(4);
    expect([asked, follower.isHeard]).toEqual([[2], false]);
    kept = batches(0, 1, 2, 3, 4);
    answer();
    expect(told).toEqual(['unheard', '2', '3', '4', 'refilled', 'heard']);
  });

  it('asks again for what was lost while it was being answered', () => {
    join();
    receive(4);
    kept = batches(2, 3, 4);
    receive(6);
    answer();
    expect([asked, follower.isHeard]).toEqual([[2, 5], false]);
    kept = batches(5, 6);
    answer();
    expect(told).toEqual(['unheard', '2', '3', '4', '5', '6', 'refilled', 'heard']);
  });

  it.each([
    ['the replay does not have it', () => answer()],
    ['no answer comes', () => clock.advanceBy(1_000)],
  ])('forgets the engine when %s', (_what, pass) => {
    join();
    receive(4, 5);
    kept = batches(4, 5);
    pass();
    expect(told).toEqual(['unheard', 'lost', '4', '5', 'heard']);
    receive(6);
    expect(told.at(-1)).toBe('6');
  });

  it('without replays waits a moment for what may only be late, and goes on', () => {
    kept = undefined;
    follower.onUp();
    receive(0, 2);
    clock.advanceBy(100);
    expect(told).toEqual(['heard', '0', 'unheard']);
    receive(1);
    expect(told.slice(3)).toEqual(['1', '2', 'refilled', 'heard']);
    receive(9);
    clock.advanceBy(200);
    expect(told.slice(-4)).toEqual(['unheard', 'lost', '9', 'heard']);
  });

  it('tells an engine that restarted from a batch that comes twice', () => {
    join();
    receive(2, 3);
    receive(0);
    expect(told).toEqual(['2', '3']);
    follower.onBatch(batch(0, 100));
    follower.onBatch(batch(1, 101));
    expect(told.slice(2)).toEqual(['restarted', '0', '1']);
  });

  it('recognises the engine after a break by its last batch', () => {
    join();
    follower.onDown(new Error('gone'));
    expect(follower.isHeard).toBe(false);
    kept = batches(0, 1, 2);
    follower.onUp();
    expect(asked).toEqual([1]);
    answer();
    expect(told).toEqual(['unheard', '2', 'heard']);
  });

  it('forgets what the engine held when it does not know its last batch any more', () => {
    join();
    follower.onDown(new Error('gone'));
    follower.onUp();
    answer();
    expect(told).toEqual(['unheard', 'restarted', 'heard']);
    expect(asked).toEqual([1, 0]);
  });

  it('asks whether the last batch was the last when nothing comes', () => {
    join();
    clock.advanceBy(5_000);
    expect(asked).toEqual([2]);
    kept = batches(0, 1, 2);
    answer();
    expect(told).toEqual(['2']);
    follower.close();
    clock.advanceBy(60_000);
    expect(asked).toEqual([2]);
  });
});
