import { isRecord, type JsonRecord } from '../../src/base/json.ts';
import {
  gathered,
  type Location,
  missing,
  named,
  noObject,
  type Problem,
  Problems,
  type Reader,
  text,
  wrong,
} from './pydantic.ts';

/** The members of a model, in its order: a bare reader's has to be there, else it has a default. */
export type Model = Readonly<Record<string, Reader | readonly [read: Reader, fallback: unknown]>>;

/** Unknown members are ignored, missing ones filled in. */
export function readModel(body: JsonRecord, model: Model, loc: Location): JsonRecord | Problems {
  const names = Object.keys(model);
  const found = gathered(
    names.map((name) => {
      const member = model[name]!;
      const at = [...loc, name];
      const [read, fallback] = typeof member === 'function' ? [member] : member;
      if (body[name] !== undefined) return read(body[name], at);
      return fallback === undefined ? new Problems([missing(at, body)]) : fallback;
    }),
  );
  return found instanceof Problems ? found : named(names, found);
}

/** Reads a body in which everything may be left out, but for the member that is needed. */
export type OpenModel = (body: unknown) => JsonRecord | Problems;

/**
 * A model that keeps the members it does not name. A body that is right is not copied.
 * @param at where the body is a member itself
 */
export function openModel(
  readers: Readonly<Record<string, Reader>>,
  { needed, at = [] }: { needed?: string; at?: Location } = {},
): OpenModel {
  const members = Object.entries(readers).map(([name, read]) => ({
    name,
    read,
    loc: [...at, name],
  }));
  return (body) => {
    if (!isRecord(body)) return new Problems([noObject(body, at)]);
    let changed: Record<string, unknown> | undefined;
    let problems: Problem[] | undefined;
    for (const { name, read, loc } of members) {
      const value = body[name];
      if (value === undefined) {
        if (name === needed) (problems ??= []).push(missing(loc, body));
        continue;
      }
      const found = read(value, loc);
      if (found instanceof Problems) (problems ??= []).push(...found.list);
      else if (found !== value) (changed ??= { ...body })[name] = found;
    }
    return problems ? new Problems(problems) : (changed ?? body);
  };
}

/** A dataclass in a body; `className` is what its complaint calls it. */
export const dataclass =
  (className: string, model: Model): Reader =>
  (value, loc) => {
    if (isRecord(value)) return readModel(value, model, loc);
    const msg = `Input should be a dictionary or an instance of ${className}`;
    return wrong('dataclass_type', msg, { loc, input: value }, { class_name: className });
  };

/** Blanks at both ends do not count. */
export const trimmedText =
  (minLength: number): Reader =>
  (value, loc) => {
    const trimmed = typeof value === 'string' ? value.trim() : value;
    if (typeof trimmed !== 'string' || trimmed.length >= minLength) return text(trimmed, loc);
    const msg = `String should have at least ${minLength} character`;
    return wrong('string_too_short', msg, { loc, input: value }, { min_length: minLength });
  };

/** A validator that runs once everything inside is right; its complaint is a text or none. */
export const checked =
  (read: Reader, problemOf: (value: never) => string | undefined): Reader =>
  (value, loc) => {
    const found = read(value, loc);
    const problem = found instanceof Problems ? undefined : problemOf(found as never);
    return problem === undefined ? found : invalidValue(problem, { loc, input: value });
  };

export function invalidValue(problem: string, at: Pick<Problem, 'loc' | 'input'>): Problems {
  return wrong('value_error', `Value error, ${problem}`, at, { error: {} });
}
