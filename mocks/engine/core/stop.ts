import type { PlannedOutput, StopRule } from './request.ts';

/**
 * Cuts a planned answer where vLLM would (`vllm/v1/engine/detokenizer.py`,
 * `vllm/v1/core/sched/utils.py`): after the token that completes a stop string or is a stop token,
 * which counts as an output token, with the text cut before the string unless it is included.
 * The pieces lag behind the tokens by what could still become a stop string, as vLLM's chunks do.
 */
export function stoppedOutput(output: PlannedOutput, rule: StopRule): PlannedOutput {
  const texts = textsByToken(output.pieces);
  const stop = findStop(output, rule, texts);
  const count = stop?.tokens ?? output.tokens.length;
  const text = stop?.text ?? texts.at(-1) ?? '';
  return {
    tokens: output.tokens.slice(0, count),
    pieces: heldBack(texts.slice(0, count), text, holdBackChars(rule)),
    text,
    finishReason: stop ? 'stop' : output.finishReason,
    stopReason: stop?.reason ?? output.stopReason,
  };
}

interface Stop {
  reason: string | number;
  /** Output tokens, the last one included. */
  tokens: number;
  text: string;
}

/** All text so far, after each token. */
function textsByToken(pieces: readonly string[]): string[] {
  let text = '';
  return pieces.map((piece) => (text += piece));
}

function findStop(
  output: PlannedOutput,
  rule: StopRule,
  texts: readonly string[],
): Stop | undefined {
  for (let index = rule.minTokens; index < texts.length; index++) {
    const tokens = index + 1;
    const [before, text] = [texts[index - 1] ?? '', texts[index]!];
    const id = output.tokens[index]!;
    if (rule.tokenIds.includes(id)) {
      return { reason: id, tokens, text: rule.isIncluded ? text : before };
    }
    const found = findString(rule.strings, text, before.length);
    if (!found) continue;
    const end = found.at + (rule.isIncluded ? found.string.length : 0);
    return { reason: found.string, tokens, text: text.slice(0, end) };
  }
  return undefined;
}

/** The first string of the list that ends in the text's new part, from `newFrom` on. */
function findString(
  strings: readonly string[],
  text: string,
  newFrom: number,
): { string: string; at: number } | undefined {
  for (const string of strings) {
    const at = text.indexOf(string, Math.max(0, newFrom - string.length + 1));
    if (at >= 0) return { string, at };
  }
  return undefined;
}

/** While a stop string could still be completed, its beginning must not be on the wire. */
function holdBackChars({ strings, isIncluded }: StopRule): number {
  if (isIncluded) return 0;
  return Math.max(0, ...strings.map((string) => string.length - 1));
}

function heldBack(texts: readonly string[], text: string, held: number): string[] {
  let sent = 0;
  return texts.map((soFar, index) => {
    const isLast = index === texts.length - 1;
    const until = isLast ? text.length : Math.max(sent, soFar.length - held);
    const piece = text.slice(sent, until);
    sent = until;
    return piece;
  });
}
