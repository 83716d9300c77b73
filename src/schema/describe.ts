import type { SourceNode } from './node.ts';

/**
 * A small language that says what may stand somewhere. One description serves whoever reads it
 * (YAML and JSON by `read.ts` and `strict.ts`, flags and variables by `strict.ts`), the JSON Schema for
 * editors and the key table of the docs. A room may add marks that only its own reader knows, as
 * `config/pixiu-marks.ts` does.
 */

export type ScalarType = 'text' | 'integer' | 'number' | 'boolean' | 'duration' | 'share';

export interface Common {
  readonly doc: string;
  /** Absent is an error. */
  readonly required?: boolean | undefined;
  /** Absent stays undefined, whatever the default. */
  readonly optional?: boolean | undefined;
  /** Null is a value of its own. */
  readonly nullable?: boolean | undefined;
  /** What else is wrong with a value; completes its name: `must not be after untilMs`. */
  readonly check?: ((value: never) => string | undefined) | undefined;
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
  /** Excludes the bound itself. */
  readonly above?: number | undefined;
  /** A host name or IP address; read as `parseHost` has it. */
  readonly isHost?: boolean | undefined;
  /** `.inf` is a number here. */
  readonly mayBeInfinite?: boolean | undefined;
  readonly isTrimmed?: boolean | undefined;
  readonly mayBeEmpty?: boolean | undefined;
  /** Never shown in a message. */
  readonly secret?: boolean | undefined;
  /** Quoted numbers are taken as numbers. */
  readonly lenient?: boolean | undefined;
}

export type Fields = Readonly<Record<string, Schema<unknown>>>;

export interface ObjectSchema<T> extends Common {
  readonly kind: 'object';
  readonly fields: Fields;
  readonly phantom?: T;
}

export interface ListSchema<T> extends Common {
  readonly kind: 'list';
  readonly item: Schema<unknown>;
  /** Fewest entries. */
  readonly min?: number | undefined;
  readonly phantom?: T;
}

/** Names chosen by the writer, each with the same kind of value. */
export interface MapSchema<T> extends Common {
  readonly kind: 'map';
  readonly item: Schema<unknown>;
  readonly phantom?: T;
}

/** A map in which the text under `tag` decides what else it holds: beside the tag, or below `body`. */
export interface VariantSchema<T> extends Common {
  readonly kind: 'variant';
  readonly tag: string;
  readonly body?: string | undefined;
  readonly variants: Readonly<Record<string, ObjectSchema<unknown>>>;
  readonly phantom?: T;
}

/** Not looked into. */
export interface AnySchema<T> extends Common {
  readonly kind: 'any';
  /** As JSON has it, instead of the node. */
  readonly isPlain?: boolean | undefined;
  readonly phantom?: T;
}

export type Schema<T> =
  | ScalarSchema<T>
  | ObjectSchema<T>
  | ListSchema<T>
  | MapSchema<T>
  | VariantSchema<T>
  | AnySchema<T>;

export type ValueOf<S> = S extends Schema<infer T> ? T : never;

type OptionalKeys<F extends Fields> = {
  [K in keyof F]: undefined extends ValueOf<F[K]> ? K : never;
}[keyof F];
export type ValuesOf<F extends Fields> = {
  [K in Exclude<keyof F, OptionalKeys<F>>]: ValueOf<F[K]>;
} & { [K in OptionalKeys<F>]?: Exclude<ValueOf<F[K]>, undefined> };

type ScalarExtras = Partial<
  Omit<ScalarSchema<unknown>, 'kind' | 'type' | 'doc' | 'fallback' | 'shown'>
>;

function scalar<T>(
  type: ScalarType,
  base: { doc: string; fallback: T; shown?: string },
  extras: ScalarExtras,
): ScalarSchema<T> {
  return { kind: 'scalar', type, shown: String(base.fallback), ...base, ...extras };
}

export function text(doc: string, fallback = '', extras: ScalarExtras = {}): ScalarSchema<string> {
  return scalar('text', { doc, fallback }, extras);
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
  return scalar('text', { doc, fallback }, { oneOf });
}

type Numeric = (doc: string, fallback: number, extras?: ScalarExtras) => ScalarSchema<number>;

/** 0 or more unless told otherwise. */
export const integer: Numeric = (doc, fallback, extras) =>
  scalar('integer', { doc, fallback }, { min: 0, ...extras });

export const number: Numeric = (doc, fallback, extras = {}) =>
  scalar('number', { doc, fallback }, extras);

export function flag(
  doc: string,
  fallback: boolean,
  extras: ScalarExtras = {},
): ScalarSchema<boolean> {
  return scalar('boolean', { doc, fallback }, extras);
}

/** In ms, 0 or more unless told otherwise. */
export function duration(
  doc: string,
  { ms, shown }: { ms: number; shown: string },
  extras: ScalarExtras = {},
): ScalarSchema<number> {
  return scalar('duration', { doc, fallback: ms, shown }, { min: 0, ...extras });
}

/** `50%` or `0.5`, read as 0.5. */
export function share(
  doc: string,
  { share: fallback, shown }: { share: number; shown: string },
  extras: ScalarExtras = {},
): ScalarSchema<number> {
  return scalar('share', { doc, fallback, shown }, { min: 0, max: 1, ...extras });
}

export function list<T>(
  doc: string,
  item: Schema<T>,
  extras: Partial<Common> & { min?: number } = {},
): ListSchema<T[]> {
  return { kind: 'list', doc, item, ...extras };
}

export function map<T>(doc: string, item: Schema<T>): MapSchema<Record<string, T>> {
  return { kind: 'map', doc, item };
}

/** Any value, as JSON has it. */
export function anyValue(doc: string): AnySchema<unknown> {
  return { kind: 'any', doc, isPlain: true };
}

/** A node for another reader, so that places are kept. */
export function anything(
  doc: string,
  extras: Partial<Common> = {},
): AnySchema<SourceNode | undefined> {
  return { kind: 'any', doc, ...extras };
}

type ObjectExtras = Partial<Omit<ObjectSchema<unknown>, 'kind' | 'doc' | 'fields' | 'phantom'>>;

export function object<const F extends Fields>(
  doc: string,
  fields: F,
  extras: ObjectExtras = {},
): ObjectSchema<ValuesOf<F>> {
  return { kind: 'object', doc, fields, ...extras };
}

/** The same, but undefined when absent; `shown` says what holds then. */
export function optional<T>(schema: ScalarSchema<T>, shown?: string): ScalarSchema<T | undefined>;
export function optional<T>(schema: Schema<T>): Schema<T | undefined>;
export function optional<T>(schema: Schema<T>, shown = ''): Schema<T | undefined> {
  if (schema.kind === 'scalar') return { ...schema, fallback: undefined, shown };
  return { ...schema, optional: true };
}

/** The same, but absent is an error. */
export function required<T>(schema: ScalarSchema<T>): ScalarSchema<T>;
export function required<T>(schema: Schema<T>): Schema<Exclude<T, undefined>>;
export function required(schema: Schema<unknown>): Schema<unknown> {
  return { ...schema, required: true };
}

/** The same, but null is null. */
export function nullable<T>(schema: Schema<T>): Schema<T | null> {
  return { ...schema, nullable: true };
}

/** The same, but `problem` must find nothing in a value that is given. */
export function checked<T>(
  schema: Schema<T>,
  problem: (value: T) => string | undefined,
): Schema<T> {
  return { ...schema, check: problem };
}

type Variants = Readonly<Record<string, ObjectSchema<unknown>>>;

type NamedValue<V extends Variants> = {
  [N in keyof V & string]: { name: N; config: ValueOf<V[N]>; path: string };
}[keyof V & string];

/** `{name, config}`, where the name decides what config holds. */
export function named<const V extends Variants>(
  doc: string,
  variants: V,
  extras: Partial<Common> = {},
): VariantSchema<NamedValue<V>> {
  return { kind: 'variant', doc, tag: 'name', body: 'config', variants, ...extras };
}

type TaggedValue<Tag extends string, V extends Variants> = {
  [N in keyof V & string]: Record<Tag, N> & ValueOf<V[N]>;
}[keyof V & string];

/** A map whose `tag` decides what its other keys are. */
export function tagged<const Tag extends string, const V extends Variants>(
  doc: string,
  tag: Tag,
  variants: V,
): VariantSchema<TaggedValue<Tag, V>> {
  return { kind: 'variant', doc, tag, variants };
}
