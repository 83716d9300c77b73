import { isMap, isScalar, type Node, parseDocument, visit } from 'yaml';
import type { Variables } from './render.ts';

const SECRET_NAME = /(^|[_-])(api[_-]?keys?|key|token|secret|password|passwd|authorization)$/i;
const USER_INFO = /\/\/[^/\s"']*@/g;
const MASK = '***';

/**
 * A config fit for a screen or a log: values under secret-looking keys, user info in URLs and the
 * values of secret-looking variables are replaced. `count` says how many.
 */
export function maskSecrets(text: string, variables: Variables): { text: string; count: number } {
  let count = 0;
  const mask = (replacement: string) => (): string => {
    count += 1;
    return replacement;
  };
  let masked = text;
  // From the end, so that earlier offsets stay right.
  for (const [start, end] of secretRanges(text).toReversed()) {
    // The range of a block text takes the line break behind it in.
    const rest = masked.slice(masked[end - 1] === '\n' ? end - 1 : end);
    masked = `${masked.slice(0, start)}"${MASK}"${rest}`;
    count += 1;
  }
  masked = masked.replaceAll(USER_INFO, mask(`//${MASK}@`));
  for (const [name, value] of Object.entries(variables)) {
    // Shorter values would tear holes into words that happen to contain them.
    if (value === undefined || value.length < 4 || !SECRET_NAME.test(name)) continue;
    masked = masked.replaceAll(value, mask(MASK));
  }
  return { text: masked, count };
}

/** Start and end of every non-empty value whose key says that it is secret, in file order. */
function secretRanges(text: string): [number, number][] {
  const ranges: [number, number][] = [];
  visit(parseDocument(text), {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !SECRET_NAME.test(String(key.value))) return;
      const range = (value as Node | null)?.range;
      if (isMap(value) || !range || range[0] === range[1]) return;
      ranges.push([range[0], range[1]]);
    },
  });
  return ranges;
}
