/** What Python's `repr` says of a value that JSON can hold. Numbers as JSON writes them. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (typeof value === 'number') return String(value);
  const members = Object.entries(value).map(([key, it]) => `${quoted(key)}: ${pythonRepr(it)}`);
  return `{${members.join(', ')}}`;
}

/** `2` → `2.0`: a whole number where Python has a float. */
export function pythonFloat(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}

/** What `str` says: a text as it is. */
export function pythonStr(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

/** Single quotes, unless only those are in the text. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return `${quote}${text.replaceAll(/[\\'"\p{Cc}]/gu, (char) => escaped(char, quote))}${quote}`;
}

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(char: string, quote: string): string {
  if (char === '\\' || char === quote) return `\\${char}`;
  if (char === "'" || char === '"') return char;
  return SHORT[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
