import { isRecord, type JsonRecord } from '../shape.ts';

/** What a condition or a parameter may hold. */
export interface Member {
  /** Completes "… must be". */
  expected: string;
  accepts: (value: unknown) => boolean;
  isOptional: boolean;
}

export type Members = Readonly<Record<string, Member>>;

/** Describes every member of `T`. */
export type MembersOf<T> = { readonly [Name in keyof T]-?: Member };

export function number(min: number, max = Infinity): Member {
  const range = max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    expected: `a number ${range}`,
    accepts: (value) => Number.isFinite(value) && isBetween(value as number, min, max),
    isOptional: false,
  };
}

export function whole(min: number, max = Infinity): Member {
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

export function oneOf(...texts: readonly string[]): Member {
  return {
    expected: texts.map((text) => `"${text}"`).join(' or '),
    accepts: (value) => texts.some((text) => text === value),
    isOptional: false,
  };
}

export function optional(member: Member): Member {
  return { ...member, isOptional: true };
}

export const TEXT: Member = {
  expected: 'a string that is not empty',
  accepts: (value) => typeof value === 'string' && value !== '',
  isOptional: false,
};

export const TEXTS: Member = {
  expected: 'an object of strings; numbers need quotes',
  accepts: (value) =>
    isRecord(value) && Object.values(value).every((item) => typeof item === 'string'),
  isOptional: true,
};

export const RECORD: Member = { expected: 'an object', accepts: isRecord, isOptional: true };
export const FLAG: Member = {
  expected: 'true or false',
  accepts: (value) => typeof value === 'boolean',
  isOptional: true,
};
export const ANYTHING: Member = { expected: 'anything', accepts: () => true, isOptional: true };

export const DURATION = number(0);
export const COUNT = whole(0);
export const ORDINAL = whole(1);
export const SHARE = number(0, 1);

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
