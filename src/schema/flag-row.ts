import type { ListSchema, ScalarSchema, ValueOf } from './describe.ts';

/** One flag of a command: what may stand there, and how help shows it. */
export interface FlagRow {
  /** A list is a flag that may be repeated. */
  readonly schema: ScalarSchema<unknown> | ListSchema<unknown>;
  /** What help calls the value; none for a switch. */
  readonly value?: string;
  /** The variable that stands in for it. */
  readonly env?: string;
  /** Names of flags that it excludes. */
  readonly conflicts?: readonly string[];
  /** Runs that differ in it may be compared all the same. */
  readonly isIncidental?: boolean;
}

/** Flags by the name that an action knows them by, in the order of the help. */
export type FlagTable = Readonly<Record<string, FlagRow>>;

export type FlagValueOf<R extends FlagRow> = ValueOf<R['schema']>;

export function row<S extends FlagRow['schema']>(
  value: string,
  schema: S,
  more: Pick<FlagRow, 'conflicts' | 'env' | 'isIncidental'> = {},
) {
  return { value, schema, ...more };
}
