import { decode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import type { LocatedCacheEvent } from '../../../../mocks/engine/core/located-event.ts';
import { encodeBatch } from '../../../../mocks/engine/kv-events/msgpack-batch.ts';
import { wireEvent } from '../../../../mocks/engine/kv-events/wire-event.ts';
import { vllmDialect } from '../../../../mocks/engine/wire/vllm-version.ts';

/** A whole second: the case in which a float could be taken for an integer. */
const TS = 1_790_000_000;

const hashes = [2 ** 53 - 1, 2 ** 32, 7];
const stored = { type: 'stored', hashes, tokens: [1, 128, 70_000], blockSize: 1 } as const;
const removed = { type: 'removed', hashes: hashes.slice(0, 1) } as const;

const EVENTS: Record<string, Pick<LocatedCacheEvent, 'location' | 'event'>> = {
  'stored on the GPU': {
    location: 'GPU',
    event: { ...stored, tokens: [...stored.tokens], parentHash: null },
  },
  'stored in the second tier': {
    location: 'LocalCPUBackend',
    event: { ...stored, tokens: [...stored.tokens], parentHash: 255 },
  },
  'removed from the GPU': { location: 'GPU', event: removed },
  'removed from the second tier': { location: 'LocalCPUBackend', event: removed },
  cleared: { location: 'GPU', event: { type: 'cleared' } },
};

function encoded(version: string, name: string): string {
  const located = { engineId: 'a', seq: 0, atMs: 0, ...EVENTS[name]! };
  const { kvEvents } = vllmDialect(version);
  const batch = { seq: 0, ts: TS, event: wireEvent(located, kvEvents) };
  return Buffer.from(encodeBatch(batch, kvEvents.shape)).toString('hex');
}

/**
 * What msgspec 0.22.0 wrote for the same batches with the classes of vllm/distributed/kv_events.py,
 * cut out of the source distributions of these versions; msgspec 0.18.6 and 0.19.0 write the same.
 * `python3 test/interop/peers/vllm_kv_events.py golden` prints them from its copies of the classes.
 */
const GOLDEN: readonly (readonly [version: string, name: string, hex: string])[] = [
  [
    '0.9.2',
    'stored on the GPU',
    '93cb41daac4ee00000009196ab426c6f636b53746f72656493cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493c09301cc80ce0001117001c000',
  ],
  [
    '0.9.2',
    'removed from the GPU',
    '93cb41daac4ee00000009192ac426c6f636b52656d6f76656491cfe468864680b583eb00',
  ],
  ['0.9.2', 'cleared', '93cb41daac4ee00000009191b0416c6c426c6f636b73436c656172656400'],
  [
    '0.10.2',
    'stored on the GPU',
    '93cb41daac4ee00000009197ab426c6f636b53746f72656493cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493c09301cc80ce0001117001c0a347505500',
  ],
  [
    '0.10.2',
    'removed from the GPU',
    '93cb41daac4ee00000009193ac426c6f636b52656d6f76656491cfe468864680b583eba347505500',
  ],
  ['0.10.2', 'cleared', '93cb41daac4ee00000009191b0416c6c426c6f636b73436c656172656400'],
  [
    '0.21.0',
    'stored on the GPU',
    '93cb41daac4ee0000000919aab426c6f636b53746f72656493cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493c09301cc80ce0001117001c0a3475055c093c0c0c00000',
  ],
  [
    '0.21.0',
    'stored in the second tier',
    '93cb41daac4ee0000000919aab426c6f636b53746f72656493cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493cf99423fc5cb3198eb9301cc80ce0001117001c0a3435055c0c0c000',
  ],
  [
    '0.21.0',
    'removed from the GPU',
    '93cb41daac4ee00000009194ac426c6f636b52656d6f76656491cfe468864680b583eba34750550000',
  ],
  [
    '0.21.0',
    'removed from the second tier',
    '93cb41daac4ee00000009194ac426c6f636b52656d6f76656491cfe468864680b583eba3435055c000',
  ],
  ['0.21.0', 'cleared', '93cb41daac4ee00000009191b0416c6c426c6f636b73436c656172656400'],
  [
    '0.25.1',
    'stored on the GPU',
    '93cb41daac4ee0000000918ba474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657393cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493b1706172656e745f626c6f636b5f68617368c0a9746f6b656e5f6964739301cc80ce00011170aa626c6f636b5f73697a6501a76c6f72615f6964c0a66d656469756da3475055a96c6f72615f6e616d65c0aa65787472615f6b65797393c0c0c0a967726f75705f69647800b26b765f63616368655f737065635f6b696e64ae66756c6c5f617474656e74696f6e00',
  ],
  [
    '0.25.1',
    'stored in the second tier',
    '93cb41daac4ee00000009188a474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657393cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493b1706172656e745f626c6f636b5f68617368cf99423fc5cb3198eba9746f6b656e5f6964739301cc80ce00011170aa626c6f636b5f73697a6501a76c6f72615f6964c0a66d656469756da3435055a96c6f72615f6e616d65c000',
  ],
  [
    '0.25.1',
    'removed from the GPU',
    '93cb41daac4ee00000009184a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391cfe468864680b583eba66d656469756da3475055a967726f75705f6964780000',
  ],
  [
    '0.25.1',
    'removed from the second tier',
    '93cb41daac4ee00000009183a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391cfe468864680b583eba66d656469756da343505500',
  ],
  ['0.25.1', 'cleared', '93cb41daac4ee00000009181a474797065b0416c6c426c6f636b73436c656172656400'],
  [
    '0.32.0',
    'stored on the GPU',
    '93cb41daac4ee0000000918ba474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657393cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493b1706172656e745f626c6f636b5f68617368c0a9746f6b656e5f6964739301cc80ce00011170aa626c6f636b5f73697a6501a76c6f72615f6964c0a66d656469756da3475055a96c6f72615f6e616d65c0aa65787472615f6b65797393c0c0c0a967726f75705f69647800b26b765f63616368655f737065635f6b696e64ae66756c6c5f617474656e74696f6e00',
  ],
  [
    '0.32.0',
    'stored in the second tier',
    '93cb41daac4ee00000009188a474797065ab426c6f636b53746f726564ac626c6f636b5f68617368657393cfe468864680b583ebcf7f4a7c1500000000cf538454127b096493b1706172656e745f626c6f636b5f68617368cf99423fc5cb3198eba9746f6b656e5f6964739301cc80ce00011170aa626c6f636b5f73697a6501a76c6f72615f6964c0a66d656469756da3435055a96c6f72615f6e616d65c000',
  ],
  [
    '0.32.0',
    'removed from the GPU',
    '93cb41daac4ee00000009184a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391cfe468864680b583eba66d656469756da3475055a967726f75705f6964780000',
  ],
  [
    '0.32.0',
    'removed from the second tier',
    '93cb41daac4ee00000009183a474797065ac426c6f636b52656d6f766564ac626c6f636b5f68617368657391cfe468864680b583eba66d656469756da343505500',
  ],
  ['0.32.0', 'cleared', '93cb41daac4ee00000009181a474797065b0416c6c426c6f636b73436c656172656400'],
];

describe('a batch of KV events in msgpack', () => {
  it.each(GOLDEN)('%s, %s: is what vLLM writes, byte for byte', (version, name, hex) => {
    expect(encoded(version, name)).toBe(hex);
  });

  it('is an array in every version; its events are maps since 0.24', () => {
    const read = (version: string): unknown =>
      decode(Buffer.from(encoded(version, 'cleared'), 'hex'));
    expect(read('0.21')).toEqual([TS, [['AllBlocksCleared']], 0]);
    expect(read('0.25')).toEqual([TS, [{ type: 'AllBlocksCleared' }], 0]);
  });
});
