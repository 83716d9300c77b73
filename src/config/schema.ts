/**
 * A small language to describe the keys of a YAML file. One description serves the reader
 * (`read.ts`), the JSON Schema for editors (`json-schema.ts`) and the key table of the docs.
 */

export type ScalarType = 'text' | 'integer' | 'number' | 'boolean' | 'duration';

/** Keys that exist in Pixiu's file but do not do here what they seem to. */
export interface KeyStatus {
  /**
   * `inert`: no effect on the LLM path, in Pixiu neither; said in the docs only. `ignored`: without
   * effect here, a warning. `unsupported`: cannot be honoured, an error. `misplaced`: honoured,
   * but Pixiu reads it elsewhere; a warning. `own`: honoured, but not by Pixiu; a note.
   */
  kind: 'inert' | 'ignored' | 'unsupported' | 'misplaced' | 'own';
  why: string;
}

interface Common {
  readonly doc: string;
  /** What Pixiu does when it does not see the key, because it is spelled in another letter case. */
  readonly unseen?: string | undefined;
  readonly status?: KeyStatus | undefined;
  /** Absent is an error. */
  readonly required?: boolean | undefined;
}

export interface ScalarSchema<T> extends Common {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  /** Value when absent; durations in ms. */
  readonly fallback: T;
  /** The default as the docs show it. */
  readonly shown: string;
  readonly oneOf?: readonly string[] | undefined;
  /** Values an editor should offer although the reader takes others. */
  readonly suggested?: readonly string[] | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** A host name or IP address; read as `parseHost` has it. */
  readonly isHost?: boolean | undefined;
  /** Never shown in a message. */
  readonly secret?: boolean | undefined;
  /** Quoted numbers are taken as numbers. */
  readonly lenient?: boolean | undefined;
  /** Milliseconds of 1 when a duration is written as a bare number; absent = nanoseconds, as in Go. */
  readonly bareUnitMs?: number | undefined;
  /** What Pixiu does when it finds a bare number here, which it cannot read, not even 0. */
  readonly bareEffect?: string | undefined;
  /** What Pixiu silently puts in place of an unreadable duration. */
  readonly unreadableMs?: number | undefined;
  /** Go's zero value counts as unset: an explicit 0 becomes the default. */
  readonly zeroIsUnset?: boolean | undefined;
}

export type Fields = Readonly<Record<string, Schema<unknown>>>;

export interface ObjectSchema<T> extends Common {
  readonly kind: 'object';
  readonly fields: Fields;
  /**
   * `exact`: letter case counts. `any`: it counts for Pixiu only, and a key in another one is read with
   * a warning. `free`: it counts for neither.
   */
  readonly keyCase: 'any' | 'exact' | 'free';
  readonly unknownKeys: 'warning' | 'error';
  /** Absent stays undefined instead of becoming an object of defaults. */
  readonly optional: boolean;
  readonly phantom?: T;
}

export interface ListSchema<T> extends Common {
  readonly kind: 'list';
  readonly item: Schema<unknown>;
  readonly phantom?: T;
}

/** Free text to text, as `meta`. */
export interface TextMapSchema<T> extends Common {
  readonly kind: 'text-map';
  readonly phantom?: T;
}

/** `{name, config}` where the name decides what config holds. */
export interface VariantSchema<T> extends Common {
  readonly kind: 'variant';
  readonly variants: Readonly<Record<string, ObjectSchema<unknown>>>;
  readonly phantom?: T;
}

/** Not looked into. */
export interface AnySchema<T> extends Common {
  readonly kind: 'any';
  readonly phantom?: T;
}

export type Schema<T> =
  | ScalarSchema<T>
  | ObjectSchema<T>
  | ListSchema<T>
  | TextMapSchema<T>
  | VariantSchema<T>
  | AnySchema<T>;

export type ValueOf<S> = S extends Schema<infer T> ? T : never;
export type ValuesOf<F extends Fields> = { [K in keyof F]: ValueOf<F[K]> };

type ScalarExtras = Partial<
  Omit<ScalarSchema<unknown>, 'kind' | 'type' | 'doc' | 'fallback' | 'shown'>
>;

export function text(doc: string, fallback = '', extras: ScalarExtras = {}): ScalarSchema<string> {
  return { kind: 'scalar', type: 'text', doc, fallback, shown: fallback, ...extras };
}

/** Host name or IP address. */
export function host(doc: string, fallback: string): ScalarSchema<string> {
  return text(doc, fallback, { isHost: true });
}

export function choice<const V extends string>(
  doc: string,
  oneOf: readonly V[],
  fallback: V,
): ScalarSchema<V> {
  return { kind: 'scalar', type: 'text', doc, fallback, shown: fallback, oneOf };
}

export function integer(
  doc: string,
  fallback: number,
  extras: ScalarExtras = {},
): ScalarSchema<number> {
  return {
    kind: 'scalar',
    type: 'integer',
    doc,
    fallback,
    shown: `${fallback}`,
    min: 0,
    ...extras,
  };
}

/** A number, or an integer, that may be absent. */
export function optionalInteger(
  doc: string,
  shown: string,
  extras: ScalarExtras = {},
): ScalarSchema<number | undefined> {
  return { kind: 'scalar', type: 'integer', doc, fallback: undefined, shown, min: 0, ...extras };
}

export function number(
  doc: string,
  fallback: number,
  extras: ScalarExtras = {},
): ScalarSchema<number> {
  return { kind: 'scalar', type: 'number', doc, fallback, shown: `${fallback}`, ...extras };
}

export function flag(
  doc: string,
  fallback: boolean,
  extras: ScalarExtras = {},
): ScalarSchema<boolean> {
  return { kind: 'scalar', type: 'boolean', doc, fallback, shown: `${fallback}`, ...extras };
}

export function duration(
  doc: string,
  fallback: { ms: number; shown: string },
  extras: ScalarExtras = {},
): ScalarSchema<number> {
  const { ms, shown } = fallback;
  return { kind: 'scalar', type: 'duration', doc, fallback: ms, shown, min: 0, ...extras };
}

/** A duration that may be absent; `shown` says what holds then. */
export function optionalDuration(doc: string, shown: string): ScalarSchema<number | undefined> {
  return { kind: 'scalar', type: 'duration', doc, fallback: undefined, shown, min: 0 };
}

export function list<T>(
  doc: string,
  item: Schema<T>,
  extras: Partial<Common> = {},
): ListSchema<T[]> {
  return { kind: 'list', doc, item, ...extras };
}

export function textMap(doc: string): TextMapSchema<Record<string, string>> {
  return { kind: 'text-map', doc };
}

export function anything(doc: string, status: KeyStatus): AnySchema<undefined> {
  return { kind: 'any', doc, status };
}

type ObjectExtras = Partial<
  Pick<ObjectSchema<unknown>, 'keyCase' | 'unknownKeys' | 'status' | 'required' | 'unseen'>
>;

export function object<const F extends Fields>(
  doc: string,
  fields: F,
  extras: ObjectExtras = {},
): ObjectSchema<ValuesOf<F>> {
  return {
    kind: 'object',
    doc,
    fields,
    keyCase: 'exact',
    unknownKeys: 'warning',
    optional: false,
    ...extras,
  };
}

/** The same object, but undefined when absent. */
export function optional<T>(schema: ObjectSchema<T>): ObjectSchema<T | undefined> {
  return { ...schema, optional: true };
}

type VariantValue<V extends Record<string, ObjectSchema<unknown>>> = {
  [N in keyof V & string]: { name: N; config: ValueOf<V[N]>; path: string };
}[keyof V & string];

export function variant<const V extends Record<string, ObjectSchema<unknown>>>(
  doc: string,
  variants: V,
): VariantSchema<VariantValue<V>> {
  return { kind: 'variant', doc, variants };
}
