/** A position in a file; line and column count from 1. Line 0: `file` alone says where. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

export function formatPlace({ file, line, column }: Place): string {
  return line === 0 ? file : `${file}:${line}:${column}`;
}

/** A value that knows where it stands, whatever it was written in. */
export type SourceNode = ScalarNode | ListNode | MapNode;

interface Common {
  place: Place;
  /** The value itself, where it never was text. */
  plain?: unknown;
}

export interface ScalarNode extends Common {
  kind: 'scalar';
  /** As written, quotes and escapes resolved. */
  text: string;
  /** Quoted or block text: never a number or a boolean. */
  isQuoted: boolean;
  isNull: boolean;
}

export interface ListNode extends Common {
  kind: 'list';
  readonly items: readonly SourceNode[];
}

export interface MapNode extends Common {
  kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface MapEntry {
  key: string;
  /** Of the key. */
  place: Place;
  value: SourceNode;
}

export function keyPath(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

/** A value as JSON has it; its place is its path. Looked into no deeper than it is read. */
export function plainNode(value: unknown, path: string): SourceNode {
  const place = { file: path, line: 0, column: 0 };
  if (Array.isArray(value)) {
    return {
      kind: 'list',
      place,
      plain: value,
      get items() {
        return value.map((item, index) => plainNode(item, `${path}[${index}]`));
      },
    };
  }
  if (typeof value !== 'object' || value === null) {
    return {
      kind: 'scalar',
      place,
      plain: value,
      text: String(value),
      isQuoted: typeof value === 'string',
      isNull: value === null,
    };
  }
  return {
    kind: 'map',
    place,
    plain: value,
    get entries() {
      return Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => {
          const node = plainNode(member, keyPath(path, key));
          return { key, place: node.place, value: node };
        });
    },
  };
}

/** The text of a flag or a variable. */
export function textNode(text: string, name: string): ScalarNode {
  const place = { file: name, line: 0, column: 0 };
  return { kind: 'scalar', place, text, isQuoted: false, isNull: false };
}

/** The value as JSON has it; bare words are read as YAML 1.2 reads them. */
export function plainOf(node: SourceNode): unknown {
  if ('plain' in node) return node.plain;
  switch (node.kind) {
    case 'list':
      return node.items.map(plainOf);
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]));
    case 'scalar':
      return plainScalar(node);
  }
}

function plainScalar({ text, isQuoted, isNull }: ScalarNode): unknown {
  if (isNull) return null;
  if (isQuoted || text.trim() === '') return text;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}
