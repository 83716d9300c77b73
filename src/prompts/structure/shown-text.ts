/** Letters as x, digits as 0: the shape of a text without what it says. */
export function masked(text: string): string {
  return text.replaceAll(/\p{L}|\p{M}/gu, 'x').replaceAll(/\p{N}/gu, '0');
}

const UNSEEN: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** What nobody would see, by its code: line ends, blanks other than the space, marks without width. */
export function visible(text: string): string {
  return text.replaceAll(
    /\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}|\u00a0|\u202f|\u3000|\p{Variation_Selector}/gu,
    (it) => UNSEEN[it] ?? `\\u{${it.codePointAt(0)!.toString(16)}}`,
  );
}
