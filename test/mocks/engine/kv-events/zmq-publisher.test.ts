import { describe, expect, it } from 'vitest';
import {
  bindText,
  parseZmqAddress,
  reachableEndpoint,
} from '../../../../mocks/engine/kv-events/zmq-address.ts';
import { readFleet } from '../../../../mocks/fleet/fleet-plan.ts';

describe('a ZeroMQ address', () => {
  it.each([
    ['tcp://127.0.0.1:5557', { host: '127.0.0.1', port: 5557 }, 'tcp://127.0.0.1:5557'],
    ['tcp://localhost:5557', { host: '127.0.0.1', port: 5557 }, 'tcp://127.0.0.1:5557'],
    ['tcp://127.0.0.1:0', { host: '127.0.0.1', port: 0 }, 'tcp://127.0.0.1:*'],
    [' tcp://127.0.0.1:* ', { host: '127.0.0.1', port: 0 }, 'tcp://127.0.0.1:*'],
    ['tcp://*:5557', { host: undefined, port: 5557 }, 'tcp://*:5557'],
    ['tcp://[::1]:65535', { host: '::1', port: 65_535 }, 'tcp://[::1]:65535'],
  ])('%s', (text, address, bound) => {
    expect(parseZmqAddress(text)).toEqual(address);
    expect(bindText(parseZmqAddress(text))).toBe(bound);
  });

  it.each([
    '',
    '5557',
    '127.0.0.1:5557',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:',
    'tcp://127.0.0.1:65536',
    'tcp://127.0.0.1:-1',
    'tcp://example.com:5557',
    'tcp://::1:5557',
    'tcp://:5557',
    'ipc:///tmp/events',
    'http://127.0.0.1:5557',
  ])('is not %j', (text) => {
    expect(() => parseZmqAddress(text)).toThrow(
      expect.objectContaining({ code: 'ZMQ_ADDRESS_INVALID', kind: 'usage' }),
    );
  });

  it.each([
    ['tcp://0.0.0.0:5557', 'tcp://127.0.0.1:5557'],
    ['tcp://127.0.0.1:5557', 'tcp://127.0.0.1:5557'],
    ['tcp://[::1]:5557', 'tcp://[::1]:5557'],
  ])('bound as %s is reached by %s', (bound, reachable) => {
    expect(reachableEndpoint(bound)).toBe(reachable);
  });
});

describe('the fleet keys', () => {
  const kvEvents = (engine: object): unknown[] =>
    readFleet({ engines: [engine] }, {}).engines.map(({ settings }) => settings.kvEvents);

  it('turn KV events on, each further engine of an entry one port higher', () => {
    expect(kvEvents({})).toEqual([undefined]);
    expect(kvEvents({ kvEvents: true })).toEqual([{ zmq: undefined }]);
    const place = (port: number): object => ({ host: '127.0.0.1', port });
    expect(
      kvEvents({
        count: 2,
        kvEventsZmq: 'tcp://127.0.0.1:5557',
        kvEventsReplay: 'tcp://127.0.0.1:5657',
      }),
    ).toEqual([
      { zmq: { publish: place(5557), replay: place(5657), topic: '' } },
      { zmq: { publish: place(5558), replay: place(5658), topic: '' } },
    ]);
    expect(kvEvents({ count: 2, kvEventsZmq: 'tcp://127.0.0.1:0' })).toEqual([
      { zmq: { publish: place(0), replay: undefined, topic: '' } },
      { zmq: { publish: place(0), replay: undefined, topic: '' } },
    ]);
  });

  it.each([{ kvEventsReplay: 'tcp://127.0.0.1:5558' }, { kvEvents: true, kvEventsTopic: 'kv' }])(
    'refuse %j, which publishes nothing',
    (engine) => {
      expect(() => kvEvents(engine)).toThrow(
        'engines[0] has a kvEventsReplay or kvEventsTopic but no kvEventsZmq.',
      );
    },
  );
});
