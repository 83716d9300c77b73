import type { TokenBuffer } from './token-buffer.ts';
import { encodedBy, type Tokenizer } from './tokens.ts';

/** Reads as `inner` does, but cuts every text after so many characters first. */
export function cutTokenizer(inner: Tokenizer, characters: number): Tokenizer {
  const cut: Tokenizer = {
    ...inner,
    encode: (text) => encodedBy(cut, text),
    encodeInto(text: string, into: TokenBuffer): void {
      for (let at = 0; at < text.length; at += characters) {
        inner.encodeInto(text.slice(at, at + characters), into);
      }
    },
  };
  return cut;
}
