import { redactText } from '../base/origin.ts';
import type { KvEventSourceConfig } from '../config/gateway-config.ts';
import { isZmqAddress, kvEventComplaint } from '../config/kv-event-address.ts';
import { targetError } from './errors.ts';
import type { EngineTarget } from './targets.ts';

const SHAPE = /^(?:(?<id>[^=/:\s]+)=)?(?<url>[a-z]+:\/\/[^,]+)(?<more>(?:,\w+=[^,]*)*)$/i;

/**
 * Sources as `--kv-events [ID=]URL[,replay=URL][,topic=TEXT]` names them; without an id they belong to the engines in
 * their order, passing over those that have one.
 * @throws KvcacheError KV_EVENT_SOURCE_INVALID (kind usage)
 */
export function kvEventSources(
  texts: readonly string[],
  engines: readonly EngineTarget[],
): KvEventSourceConfig[] {
  const read = texts.map(readSource);
  const named = new Set(read.map(({ id }) => id));
  const free = engines.map(({ id }) => id).filter((id) => !named.has(id));
  const sources = read.map(({ id, ...address }) => ({
    endpointId: id ?? free.shift(),
    ...address,
  }));
  const known = new Set<string>();
  return sources.map(({ endpointId, ...address }) => {
    if (endpointId === undefined) throw invalid('There are more sources than engines.');
    if (!engines.some(({ id }) => id === endpointId))
      throw invalid(`No engine has the id ${endpointId}.`);
    if (known.has(endpointId)) throw invalid(`Engine ${endpointId} has two sources.`);
    known.add(endpointId);
    return { endpointId, ...address };
  });
}

interface ReadSource {
  id: string | undefined;
  url: string;
  replay: string;
  topic: string;
}

function readSource(text: string): ReadSource {
  const { id, url, more } = SHAPE.exec(text)?.groups ?? {};
  if (url === undefined) throw invalid(`No address of KV events: "${redactText(text)}".`);
  const complaint = kvEventComplaint(url);
  if (complaint !== undefined) throw invalid(complaint);
  const {
    replay = '',
    topic = '',
    ...others
  } = Object.fromEntries(
    more!
      .split(',')
      .slice(1)
      .map((part) => [/^\w+/.exec(part)![0], part.replace(/^\w+=/, '')]),
  ) as Record<string, string>;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw invalid(`There is no "${stranger}" of a source of KV events.`);
  if (replay !== '' && !isZmqAddress(replay))
    throw invalid('The replay address is no tcp://HOST:PORT.');
  return { id, url, replay, topic };
}

function invalid(message: string) {
  return targetError('KV_EVENT_SOURCE_INVALID', { message });
}
