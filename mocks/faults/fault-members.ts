import { isRecord, type JsonRecord } from '../shape.ts';
import type { ControllerFaults } from '../controller/core/controller-core.ts';
import type { FaultActions, FaultConditions, FaultKind } from './fault-rule.ts';

/** What a condition or a parameter may hold. */
export interface Member {
  /** Completes "… must be". */
  expected: string;
  accepts: (value: unknown) => boolean;
  isOptional: boolean;
}

export type Members = Readonly<Record<string, Member>>;

function number(min: number, max = Infinity): Member {
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    expected: `a number ${range}`,
    accepts: (value) => Number.isFinite(value) && isBetween(value as number, min, max),
    isOptional: false,
  };
}

function whole(min: number, max = Infinity): Member {
  const { expected, accepts } = number(min, max);
  return {
    expected: expected.replace('a number', 'a whole number'),
    accepts: (value) => Number.isSafeInteger(value) && accepts(value),
    isOptional: false,
  };
}

function isBetween(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function oneOf(...texts: readonly string[]): Member {
  return {
    expected: texts.map((text) => `"${text}"`).join(' or '),
    accepts: (value) => texts.some((text) => text === value),
    isOptional: false,
  };
}

function optional(member: Member): Member {
  return { ...member, isOptional: true };
}

const TEXT: Member = {
  expected: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
  isOptional: false,
};

const TEXTS: Member = {
  expected: 'an object of strings; numbers need quotes',
  accepts: (value) =>
    isRecord(value) && Object.values(value).every((item) => typeof item === 'string'),
  isOptional: true,
};

const RECORD: Member = { expected: 'an object', accepts: isRecord, isOptional: true };
const FLAG: Member = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  isOptional: true,
};
const ANYTHING: Member = { expected: 'anything', accepts: () => true, isOptional: true };

const DURATION = number(0);
const COUNT = whole(0);
const ORDINAL = whole(1);
const SHARE = number(0, 1);

export const TIMES: Member = ORDINAL;

export const CONDITIONS: Readonly<Record<keyof FaultConditions, Member>> = {
  route: optional(TEXT),
  engine: optional(TEXT),
  model: optional(TEXT),
  header: TEXTS,
  bodyPath: RECORD,
  nth: optional(ORDINAL),
  every: optional(ORDINAL),
  probability: optional(SHARE),
  afterMs: optional(DURATION),
  untilMs: optional(DURATION),
  minQueue: optional(COUNT),
};

export const PARAMETERS: {
  readonly [Kind in FaultKind]: { readonly [Name in keyof FaultActions[Kind]]-?: Member };
} = {
  status: { code: whole(200, 599), body: ANYTHING, retryAfter: optional(COUNT) },
  delay: { ms: DURATION, cv: optional(number(0)) },
  hang: { ms: optional(DURATION) },
  slow: { factor: number(1) },
  resetBeforeHeaders: {},
  closeAfter: {
    tokens: optional(COUNT),
    ms: optional(DURATION),
    mode: optional(oneOf('fin', 'rst')),
  },
  stallAfter: { tokens: COUNT, ms: DURATION },
  errorEvent: { afterTokens: COUNT },
  omitDone: {},
  badFrame: { at: ORDINAL },
  truncateJson: { bytes: COUNT },
  health: { state: oneOf('down'), flapMs: optional(number(1)) },
  metrics: { freezeMs: DURATION },
  kvEvents: { drop: optional(SHARE), dup: optional(SHARE), reorder: optional(SHARE) },
  lookup: { lie: TEXT },
  crash: { downMs: DURATION, keepCache: FLAG },
};

/** What `PUT /__mock/index-faults` takes. */
export const INDEX_FAULTS: Readonly<Record<keyof ControllerFaults, Member>> = {
  lagMs: optional(DURATION),
  isFrozen: FLAG,
  lie: optional(oneOf('off', 'wrong-instance', 'whole-prompt')),
};

/** Faults that do nothing without one of these. */
export const ONE_OF_PARAMETERS: Readonly<Partial<Record<FaultKind, readonly string[]>>> = {
  closeAfter: ['tokens', 'ms'],
  kvEvents: ['drop', 'dup', 'reorder'],
};

/** What is wrong with the object, naming the member; undefined when nothing is. */
export function membersProblem(
  value: JsonRecord,
  members: Members,
  where: string,
): string | undefined {
  const stranger = Object.keys(value).find((key) => !Object.hasOwn(members, key));
  if (stranger !== undefined) {
    const known = Object.keys(members).join(', ') || 'none';
    return `${where} has an unknown key ${quoted(stranger)}. Known keys: ${known}.`;
  }
  for (const [name, { expected, accepts, isOptional }] of Object.entries(members)) {
    const member = value[name];
    if (member === undefined && isOptional) continue;
    if (member === undefined) return `${where}.${name} is missing.`;
    if (!accepts(member)) return `${where}.${name} must be ${expected}.`;
  }
  return undefined;
}

const QUOTED_MAX = 40;

/** As JSON, cut to a length a message can bear. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text);
}
