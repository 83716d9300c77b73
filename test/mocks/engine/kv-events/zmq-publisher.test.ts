import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { howToInstall, loadZeromq } from '../../../../src/net/kv-events/load-zeromq.ts';
import {
  bindText,
  parseZmqAddress,
  reachableEndpoint,
} from '../../../../mocks/engine/kv-events/zmq-address.ts';
import { readFleet } from '../../../../mocks/fleet/fleet-plan.ts';
import { packageRoot } from '../../../../src/base/package-root.ts';

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

describe('the optional package zeromq', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'kvcache-zeromq-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A folder whose installed zeromq is this text; returns a place to resolve from. */
  function installed(name: string, text: string): string {
    const home = join(folder, name, 'node_modules/zeromq');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'index.js'), text);
    return join(folder, name, 'package.json');
  }

  it('is asked for when it is missing', async () => {
    await expect(loadZeromq([join(folder, 'package.json')])).rejects.toMatchObject({
      kind: 'usage',
      code: 'ZEROMQ_MISSING',
    });
  });

  it('is to be installed elsewhere for a checkout of ours, where npm leaves optional peers out', () => {
    expect(howToInstall(tmpdir())).toBe('npm install zeromq@6');
    for (const cwd of [packageRoot(), join(packageRoot(), 'docs')]) {
      expect(howToInstall(cwd)).toContain('npm install --prefix ~/zeromq zeromq@6');
    }
  });

  it.each([
    [
      'broken',
      'throw new Error("No native build was found\\nfor your system");',
      'No native build was found.',
    ],
    ['old', 'exports.socket = () => {};', 'it is older than version 6.'],
  ])('is refused when it is %s', async (name, text, reason) => {
    await expect(loadZeromq([installed(name, text)])).rejects.toMatchObject({
      kind: 'usage',
      code: 'ZEROMQ_UNUSABLE',
      message: `The npm package zeromq cannot be used: ${reason}`,
      where: expect.stringContaining(name),
    });
  });

  it('is taken from the first place that has it', async () => {
    const good = installed('good', 'exports.Publisher = class {}; exports.Router = class {};');
    const { Publisher } = await loadZeromq([join(folder, 'package.json'), good]);
    expect(Publisher).toBeTypeOf('function');
  });
});
