/** Type of a member; a trailing `?` makes it optional. */
export type MemberType =
  | 'number'
  | 'number?'
  | 'boolean?'
  | 'string'
  | 'string?'
  | 'object?'
  | 'list?'
  | 'any?';

/** The members an object may have. */
export type Shape = Readonly<Record<string, MemberType>>;

export type JsonRecord = Readonly<Record<string, unknown>>;

/** What is wrong with the object, naming the member; undefined when nothing is. */
export function shapeProblem(value: JsonRecord, shape: Shape, where: string): string | undefined {
  const stranger = Object.keys(value).find((key) => !Object.hasOwn(shape, key));
  if (stranger !== undefined) return `${where} has an unknown key "${stranger}".`;
  for (const [key, expected] of Object.entries(shape)) {
    const type = expected.replace('?', '');
    const member = value[key];
    if (member === undefined) {
      if (!expected.endsWith('?')) return `${where}.${key} is missing.`;
    } else if (type !== 'any' && typeOf(member) !== type) {
      return `${where}.${key} must be ${type === 'object' ? 'an' : 'a'} ${type}.`;
    }
  }
  return undefined;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeOf(value) === 'object';
}

/** Like `typeof`, but a list is a `list` and null is `null`. */
export function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}
