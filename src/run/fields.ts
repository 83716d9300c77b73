import { parseDuration } from '../base/duration.ts';
import { KvcacheError } from '../base/errors.ts';
import { formatPlace, type Place } from '../schema/node.ts';
import { nearest } from '../schema/nearest.ts';
import type { MapEntry, ScalarNode, SourceNode } from '../schema/node.ts';

/** SCENARIO_INVALID (kind usage) at a place of the file. */
export function scenarioInvalid(place: Place, message: string, remedy?: string): KvcacheError {
  return new KvcacheError({
    kind: 'usage',
    code: 'SCENARIO_INVALID',
    message: `The scenario is not usable: ${message}`,
    where: formatPlace(place),
    remedy: remedy ?? 'docs/scenarios.md describes every key.',
  });
}

interface NumberRange {
  min?: number;
  max?: number;
  isWhole?: boolean;
}

/**
 * Reads the keys of one YAML map; `close` refuses those nobody asked for.
 * Every reader throws KvcacheError SCENARIO_INVALID (kind usage) with file:line:column.
 */
export class Fields {
  readonly place: Place;
  readonly #entries: ReadonlyMap<string, MapEntry>;
  readonly #asked = new Set<string>();

  constructor(node: SourceNode, what: string) {
    if (node.kind !== 'map') throw scenarioInvalid(node.place, `${what} must be a map.`);
    this.place = node.place;
    this.#entries = new Map(node.entries.map((entry) => [entry.key, entry]));
  }

  /** The raw value; undefined when the key is absent. */
  node(key: string): SourceNode | undefined {
    this.#asked.add(key);
    return this.#entries.get(key)?.value;
  }

  placeOf(key: string): Place {
    return this.#entries.get(key)?.place ?? this.place;
  }

  required(key: string): SourceNode {
    const node = this.node(key);
    if (node === undefined) throw scenarioInvalid(this.place, `${key} is missing here.`);
    return node;
  }

  text(key: string): string {
    const { text, place } = scalar(this.required(key), key);
    if (text.trim() === '') throw scenarioInvalid(place, `${key} is empty.`);
    return text.trim();
  }

  textOr(key: string, fallback: string): string {
    return this.node(key) === undefined ? fallback : this.text(key);
  }

  choice<Choice extends string>(key: string, choices: readonly Choice[]): Choice {
    const text = this.text(key);
    const found = choices.find((choice) => choice === text);
    if (found !== undefined) return found;
    const place = this.required(key).place;
    throw scenarioInvalid(
      place,
      `${key} "${text}" is unknown.${guess(text, choices)}`,
      `${key} is one of ${choices.join(', ')}.`,
    );
  }

  number(key: string, range: NumberRange): number {
    const node = scalar(this.required(key), key);
    const value = node.isQuoted || node.text.trim() === '' ? Number.NaN : Number(node.text);
    const { min = -Infinity, max = Infinity, isWhole = false } = range;
    if (value >= min && value <= max && (!isWhole || Number.isSafeInteger(value))) return value;
    throw scenarioInvalid(
      node.place,
      `${key} is not ${isWhole ? 'a whole number' : 'a number'} in range: "${node.text}".`,
      `Write ${isWhole ? 'a whole number' : 'a number'} from ${min} to ${max}.`,
    );
  }

  numberOr<Fallback>(key: string, range: NumberRange, fallback: Fallback): number | Fallback {
    return this.node(key) === undefined ? fallback : this.number(key, range);
  }

  flagOr<Fallback>(key: string, fallback: Fallback): boolean | Fallback {
    if (this.node(key) === undefined) return fallback;
    return this.choice(key, ['true', 'false']) === 'true';
  }

  durationMs(key: string): number {
    const { text, place } = scalar(this.required(key), key);
    const value = parseDuration(text);
    if (value !== undefined && value >= 0) return value;
    throw scenarioInvalid(
      place,
      `${key} is not a duration: "${text}".`,
      'Write it as 300ms or 2s.',
    );
  }

  list(key: string): readonly SourceNode[] {
    const node = this.required(key);
    if (node.kind === 'list') return node.items;
    throw scenarioInvalid(node.place, `${key} must be a list.`);
  }

  texts(key: string): readonly { text: string; place: Place }[] {
    return this.list(key).map((item) => scalar(item, key));
  }

  close(): void {
    const known = [...this.#asked];
    for (const [key, { place }] of this.#entries) {
      if (this.#asked.has(key)) continue;
      throw scenarioInvalid(
        place,
        `the key ${key} is unknown here.${guess(key, known)}`,
        `Known here: ${known.join(', ')}.`,
      );
    }
  }
}

function scalar(node: SourceNode, what: string): ScalarNode {
  if (node.kind === 'scalar' && !node.isNull) return node;
  throw scenarioInvalid(node.place, `${what} must be a single value.`);
}

function guess(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? '' : ` Did you mean ${candidate}?`;
}
