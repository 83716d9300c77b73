import { parseMetrics } from '../../../src/protocol/prometheus.ts';
import { framesOf, type Json, type JsonAnswer } from '../../helpers/mock-fleet.ts';
import {
  type Declared,
  type Difference,
  differencesOf,
  flatten,
  IGNORED_HEADERS,
  isDeclared,
} from '../differential/differences.ts';
import { sendTo, titleOf, type WireRequest } from '../differential/wire-request.ts';

/** What of an answer depends on the program alone, not on its model, its traffic or the moment. */
export interface WireFacts {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** An error as it is; of anything else names, order and types of its members. */
  body: unknown;
}

/** Every place where the mock answers otherwise, by whether that is declared. */
export interface Comparison {
  undeclared: Difference[];
  /** Declarations that nothing fits any more. */
  idle: Declared[];
}

export function compareFacts(
  facts: { real: ReadonlyMap<string, WireFacts>; mock: ReadonlyMap<string, WireFacts> },
  declared: readonly Declared[],
): Comparison {
  const found = [...facts.mock].flatMap(([request, mock]) => {
    const real = facts.real.get(request);
    if (!real) return [{ request, at: 'request', real: undefined, mock }];
    return differencesOf(placesOf(real), placesOf(mock)).map((it) => ({ request, ...it }));
  });
  return {
    undeclared: found.filter((it) => !declared.some((entry) => isDeclared(it, entry))),
    idle: declared.filter((entry) => !found.some((it) => isDeclared(it, entry))),
  };
}

/**
 * What the server answers to each request, by its title.
 * @param atOnce requests in flight; a real engine shares its core among them
 */
export async function factsFrom(
  url: string,
  ...[requests, atOnce]: [requests: readonly WireRequest[], atOnce: number]
): Promise<Map<string, WireFacts>> {
  const facts = new Map<string, WireFacts>();
  for (let at = 0; at < requests.length; at += atOnce) {
    const batch = requests.slice(at, at + atOnce);
    const answers = await Promise.all(batch.map((request) => sendTo(url, request)));
    for (const [index, answer] of answers.entries()) {
      facts.set(titleOf(batch[index]!), factsOf(answer));
    }
  }
  return facts;
}

/** Of whoever was asked. */
const OWN_ADDRESS = /127\.0\.0\.1:\d+/;

function factsOf(answer: JsonAnswer): WireFacts {
  const headers = [...answer.headers]
    .filter(([name]) => !IGNORED_HEADERS.has(name))
    .map(([name, value]) => [name, value.replace(OWN_ADDRESS, '<own address>')]);
  return { status: answer.status, headers: Object.fromEntries(headers), body: bodyOf(answer) };
}

function placesOf({ status, headers, body }: WireFacts): Map<string, unknown> {
  const places = new Map<string, unknown>([['status', status]]);
  for (const [name, value] of Object.entries(headers)) places.set(`header ${name}`, value);
  flatten('body', body, places);
  orders('body', body, places);
  return places;
}

/** Clients do not care for the order of members, but streams are read by scanners that might. */
function orders(at: string, value: unknown, into: Map<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) into.set(`${at} order`, Object.keys(value).join(' '));
  for (const [key, inner] of Object.entries(value)) orders(`${at}.${key}`, inner, into);
}

function bodyOf({ status, headers, text, json }: JsonAnswer): unknown {
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return streamOf(text);
  if (text.startsWith('# HELP')) return metricsOf(text);
  if (json === undefined) return text;
  // How many tokens there are is the model's own.
  return status >= 400
    ? JSON.parse(text.replace(/Vocabulary size: \d+/g, 'Vocabulary size: …'))
    : shapeOf(json, '');
}

/** Its frames; of several alike in a row one, since how many tokens share a frame is chance. */
function streamOf(text: string): unknown[] {
  const frames = framesOf(text);
  if (frames.length !== text.split('\n\n').length - 1) return ['unknown framing', text];
  const shapes = choiceByChoice(frames).map((frame) => shapeOf(frame, ''));
  return shapes.filter((shape, at) => JSON.stringify(shape) !== JSON.stringify(shapes[at - 1]));
}

/** Which choice has its next token first is chance as well; that the roles come before all of them is not. */
function choiceByChoice(frames: readonly Json[]): Json[] {
  const begin = frames.findIndex((frame) => frame.choices?.[0]?.delta?.role === undefined);
  const choiceOf = (frame: Json): number => frame.choices?.[0]?.index ?? Infinity;
  const rest = frames.slice(begin).toSorted((a, b) => {
    const [first, second] = [choiceOf(a), choiceOf(b)];
    return first === second ? 0 : first - second;
  });
  return [...frames.slice(0, begin), ...rest];
}

/** Members whose value is the program's own. */
const TOLD = new Set([
  'object',
  'role',
  'finish_reason',
  'stop_reason',
  'owned_by',
  'index',
  'model',
]);

/** Names and types. */
function shapeOf(value: unknown, name: string): unknown {
  if (value === null || value === '[DONE]' || TOLD.has(name)) return value;
  if (typeof value === 'string') return textFact(name, value);
  if (typeof value !== 'object') return typeof value;
  if (!Array.isArray(value)) return objectFact(value);
  const [first] = value;
  if (typeof first === 'number') return 'numbers';
  if (typeof first === 'string') return 'texts';
  // Of completions an object for each token, by the texts of those that were likely.
  if (name === 'top_logprobs' && !value.some((item) => 'token' in (item ?? {}))) {
    return 'numbers by text';
  }
  return value.map((item) => shapeOf(item, ''));
}

function objectFact(value: object): unknown {
  const shape = Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [tokenless(key), shapeOf(inner, key)]),
  );
  // A role's chunk has an empty text; a token's may have one when it is half a character.
  const isOpening = 'role' in value && !('refusal' in value);
  return isOpening && 'content' in value && value.content === ''
    ? { ...shape, content: '' }
    : shape;
}

/** Which token ids are likely is the model's own. */
const tokenless = (key: string): string => (/^\d+$/.test(key) ? '<token>' : key);

function textFact(name: string, value: string): string {
  if (name === 'id') return value.replace(/-.*/s, '-…');
  const isVersion = name === 'system_fingerprint' || name === 'version';
  return isVersion ? value.replace(/-[0-9a-f]{8}$/, '-…') : 'text';
}

/** Of each family its type, the ends of its series' names, its labels and the edges of its buckets. */
function metricsOf(text: string): object {
  const families = parseMetrics(text).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return Object.fromEntries(
    families.map(({ name, type, samples }) => {
      const distinct = (texts: readonly string[]): string => [...new Set(texts)].join(' ');
      const ends = distinct(samples.map((it) => it.name.slice(name.length)).toSorted());
      const labels = distinct(samples.flatMap((it) => Object.keys(it.labels)).toSorted());
      const edges = distinct(samples.flatMap((it) => it.labels['le'] ?? []));
      return [name, [type, ends, labels, edges].join(' | ').trimEnd()];
    }),
  );
}
