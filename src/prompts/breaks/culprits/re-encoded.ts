import { isUtf8 } from 'node:buffer';
import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const reEncoded: Culprit = {
  id: 're-encoded',
  name: 'the same text in another encoding',
  said: 'the text was encoded another way',
  rule: 'the texts agree once composed (NFKC) and unescaped (\\uXXXX, HTML entities, %XX, UTF-8 read as Latin-1)',
  remedy: 'Hand texts on as they came: no escaping, no normalising on the way.',
  isProof: true,
  explains: (change) => agreesWithout(change, plain),
};

/** By name; those without one are written by number. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  auml: 'ä',
  ouml: 'ö',
  uuml: 'ü',
  Auml: 'Ä',
  Ouml: 'Ö',
  Uuml: 'Ü',
  szlig: 'ß',
  agrave: 'à',
  aacute: 'á',
  ccedil: 'ç',
  egrave: 'è',
  eacute: 'é',
  ecirc: 'ê',
  ntilde: 'ñ',
  oacute: 'ó',
};

function plain(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 16)),
    )
    .replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,8}));/gi, entity)
    .replaceAll(/(?:%[0-9a-f]{2})+/gi, (it) => utf8(Buffer.from(it.replaceAll('%', ''), 'hex'), it))
    .replaceAll(/[\u00c2-\u00f4][\u0080-\u00bf]+/g, (it) => utf8(Buffer.from(it, 'latin1'), it))
    .normalize('NFKC')
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"');
}

function entity(written: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return ENTITIES[name] ?? written;
  const code = parseInt(decimal ?? hex!, decimal === undefined ? 16 : 10);
  return code <= 0x10_ffff ? String.fromCodePoint(code) : written;
}

/** Bytes as the text they are; as they were written, where they are none. */
function utf8(bytes: Buffer, written: string): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : written;
}
