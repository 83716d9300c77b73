/** What Go's `unicode.IsSpace` holds to be white space; JavaScript's `\s` differs in two characters. */
const GO_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/**
 * Tokens of the mock engines in the Pixiu kvcache sample: an empty prompt is `[0]`; else one per
 * whitespace-separated word, (sum of its code points mod 997) + its index + 1.
 */
export function toyTokens(prompt: string): number[] {
  const words = prompt.split(GO_SPACE).filter((word) => word !== '');
  if (words.length === 0) return [0];
  return words.map((word, index) => (codePointSum(word) % 997) + index + 1);
}

function codePointSum(word: string): number {
  let sum = 0;
  for (const character of word) sum += character.codePointAt(0)!;
  return sum;
}
