/** Line ends, control characters and those that change the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * What a CI server takes for an order to itself: `::error::…` where a line may begin (GitHub; IPv6
 * addresses have no such letters), `##[…]`, `##vso[…]` and `##teamcity[…]` anywhere.
 */
const ORDER = /(?<=^|\s)::(?=[\w-]*[g-z-])|##(?=\w*\[)/gi;

/** Most texts; they need no closer look. */
const PLAIN = /^[\x20-\x22\x24-\x39\x3b-\x7e]*$/;

/** Foreign text as one line that no terminal and no CI server obeys. */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(UNPRINTABLE, ' ').replace(ORDER, ([first, second]) => `${first} ${second}`);
}

/** As `printable`, line ends kept. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** As `printable` for every text in plain data, names of members included; what holds none comes back as it is. */
export function printableTexts<Value>(value: Value): Value {
  return printableWithin(value) as Value;
}

function printableWithin(value: unknown): unknown {
  if (typeof value === 'string') return printable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(printableWithin);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const before = Object.entries(value);
  const after = before.map(([name, item]) => [printable(name), printableWithin(item)] as const);
  const isSame = after.every(
    ([name, item], at) => name === before[at]![0] && item === before[at]![1],
  );
  return isSame ? value : Object.fromEntries(after);
}

/** JSON on one line, its texts unchanged for a reader and harmless for a terminal or a log. */
export function printableJson(
  value: unknown,
  replacer?: (name: string, value: unknown) => unknown,
): string {
  return JSON.stringify(value, replacer)
    .replace(UNPRINTABLE, escaped)
    .replace(/##(?=\w*\[)/g, '#\\u0023');
}

function escaped(text: string): string {
  return Array.from(text, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
}
