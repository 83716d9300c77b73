import { describe, expect, it } from 'vitest';
import { kvEventSources } from '../../src/target/kv-event-settings.ts';
import { engineTarget } from '../../src/target/targets.ts';

const ENGINES = ['a', 'b', 'c'].map((id, at) => engineTarget(id, `http://10.0.0.${at}:8000`));
const read = (...texts: string[]) => kvEventSources(texts, ENGINES);
const none = { replay: '', topic: '' };

describe('--kv-events', () => {
  it('gives sources without an id to the engines in their order, passing over those that have one', () => {
    expect(read('tcp://10.0.0.1:5557', 'b=tcp://10.0.0.2:5557', 'http://h/__mock/events')).toEqual([
      { endpointId: 'a', url: 'tcp://10.0.0.1:5557', ...none },
      { endpointId: 'b', url: 'tcp://10.0.0.2:5557', ...none },
      { endpointId: 'c', url: 'http://h/__mock/events', ...none },
    ]);
  });

  it('takes a replay address and a topic', () => {
    expect(read('b=tcp://[::1]:5557,topic=kv@b@m,replay=tcp://[::1]:5558')).toEqual([
      { endpointId: 'b', url: 'tcp://[::1]:5557', replay: 'tcp://[::1]:5558', topic: 'kv@b@m' },
    ]);
  });

  it.each([
    ['no address', ['5557'], 'No address'],
    ['no port', ['tcp://10.0.0.1'], 'no tcp://HOST:PORT'],
    ['another scheme', ['udp://10.0.0.1:1'], 'no tcp://HOST:PORT'],
    ['an unknown member', ['tcp://h:1,replays=tcp://h:2'], '"replays"'],
    ['no replay address', ['tcp://h:1,replay=h:2'], 'replay address'],
    ['a replay over HTTP', ['tcp://h:1,replay=http://h:2'], 'replay address'],
    ['a stranger', ['d=tcp://h:1'], 'No engine has the id d'],
    ['an engine twice', ['a=tcp://h:1', 'a=tcp://h:2'], 'has two sources'],
    ['too many', Array<string>(4).fill('tcp://h:1'), 'more sources than engines'],
  ])('refuses %s', (_what, texts, message) => {
    expect(() => read(...texts)).toThrowError(
      expect.objectContaining({ code: 'KV_EVENT_SOURCE_INVALID' }),
    );
    expect(() => read(...texts)).toThrow(message);
  });

  it('shows no password of an address that it refuses', () => {
    expect(() => read('x=http//u:secret@h:1')).toThrow(/^(?!.*secret)/);
  });
});
