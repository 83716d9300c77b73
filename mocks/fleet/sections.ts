import {
  ENGINE_COUNT_RANGE,
  isInRange,
  type NumberRange,
  PORT_RANGE,
  rangeText,
  SEED_RANGE,
  SPEEDUP_RANGE,
} from '../number-range.ts';
import { type JsonRecord, type Shape, shapeProblem } from '../shape.ts';

/** The keys of one section of a fleet file. */
export interface Section {
  shape: Shape;
  /** Of the numbers. */
  ranges: Readonly<Record<string, NumberRange>>;
}

export const FLEET_SECTION: Section = {
  shape: {
    seed: 'number?',
    speedup: 'number?',
    model: 'string?',
    controller: 'any?',
    engines: 'list?',
    profiles: 'object?',
    faults: 'list?',
  },
  ranges: { seed: SEED_RANGE, speedup: SPEEDUP_RANGE },
};

export const CONTROLLER_SECTION: Section = {
  shape: {
    id: 'string?',
    port: 'number?',
    api: 'string?',
    lmcache: 'string?',
    lagMs: 'number?',
    holders: 'string?',
    hashSeed: 'number?',
    chunkTokens: 'number?',
    worldSize: 'number?',
    eventTransport: 'string?',
  },
  ranges: {
    port: PORT_RANGE,
    lagMs: { min: 0 },
    hashSeed: SEED_RANGE,
    chunkTokens: { min: 1, isWhole: true },
    worldSize: { min: 1, max: 255, isWhole: true },
  },
};

export const ENGINE_SECTION: Section = {
  shape: {
    id: 'string?',
    count: 'number?',
    port: 'number?',
    profile: 'any?',
    speedup: 'number?',
    model: 'string?',
    servedModelName: 'string?',
    loras: 'list?',
    vllm: 'string?',
    apiKeyEnv: 'string?',
    promptTokensDetails: 'boolean?',
    servedBy: 'boolean?',
    requestIdHeaders: 'boolean?',
    autoToolChoice: 'boolean?',
    forceIncludeUsage: 'boolean?',
    devMode: 'boolean?',
    kvEvents: 'boolean?',
    kvEventsZmq: 'string?',
    kvEventsReplay: 'string?',
    kvEventsTopic: 'string?',
    hashSeed: 'number?',
  },
  ranges: {
    count: ENGINE_COUNT_RANGE,
    port: PORT_RANGE,
    speedup: SPEEDUP_RANGE,
    hashSeed: SEED_RANGE,
  },
};

/** What is wrong with a section's keys or numbers; begins with the path of the key. */
export function sectionProblem(
  value: JsonRecord,
  { shape, ranges }: Section,
  where: string,
): string | undefined {
  const problem = shapeProblem(value, shape, where);
  if (problem !== undefined) return problem;
  for (const [key, range] of Object.entries(ranges)) {
    const number = value[key];
    if (typeof number === 'number' && !isInRange(number, range)) {
      return `${where}.${key} must be ${rangeText(range)}, not ${number}.`;
    }
  }
  return undefined;
}
