import type { PromptTokens } from '../../net/controller/driver.ts';

const COMMA = 0x2c;

/** The tokens two prompts begin with alike. Both are compact JSON arrays, so text tells it. */
export function commonTokens(a: PromptTokens, b: PromptTokens): PromptTokens {
  // Without its bracket, and with a comma behind every token, equal text means equal tokens.
  const left = `${a.json.slice(1, -1)},`;
  const right = `${b.json.slice(1, -1)},`;
  const length = left.lastIndexOf(',', commonLength(left, right) - 1);
  const text = length <= 0 ? '' : left.slice(0, length);
  return { json: `[${text}]`, count: text === '' ? 0 : countCommas(text) + 1 };
}

/** Length of the longest common prefix, found by halving: comparing slices is native and fast. */
function commonLength(left: string, right: string): number {
  let low = 0;
  let high = Math.min(left.length, right.length);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (left.slice(low, middle) === right.slice(low, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function countCommas(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) === COMMA) count++;
  return count;
}
