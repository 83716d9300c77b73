import { lowerCaseName } from '../../protocol/headers.ts';
import { malformed } from './wire-error.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NO_VALUE = /[^\t\u0020-\u007e\u0080-\u00ff]/;
const TAB = 0x09;
const SPACE = 0x20;

/** The end of the line that begins at `from`, its line end left out. */
export function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end === -1 ? text.length : end;
}

/** Field lines from `from` on as flat pairs, names as received. @throws WireError when a line is none */
export function readFields(text: string, from: number): string[] {
  const fields: string[] = [];
  for (let at = from; at < text.length;) {
    const end = endOfLine(text, at);
    addField(fields, text.slice(at, end));
    at = end + 2;
  }
  return fields;
}

/** Appends one field line. @throws WireError when it is none */
export function addField(fields: string[], line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  // White space before the colon and folded lines fail here too (RFC 9112 §5.1, §5.2).
  if (colon === -1 || !TOKEN.test(name)) throw malformed('a header line has no field name');
  const value = withoutSpaceAround(line, colon + 1);
  if (NO_VALUE.test(value)) throw malformed('a header value has a control character');
  fields.push(name, value);
}

/** Tabs and spaces only: `trim` also takes bytes that belong to the value (RFC 9110 §5.5, §5.6.3). */
function withoutSpaceAround(line: string, from: number): string {
  let start = from;
  let end = line.length;
  while (isSpace(line.charCodeAt(start))) start++;
  while (end > start && isSpace(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** Values of the fields that speak of the connection; of lists, all that was said. */
export interface TransportFields {
  length: string | undefined;
  coding: string | undefined;
  connection: string | undefined;
  keepAlive: string | undefined;
}

/** @throws WireError when a length is said twice or beside a coding, which is how messages get smuggled */
export function transportFields(fields: readonly string[]): TransportFields {
  const found: TransportFields = {
    length: undefined,
    coding: undefined,
    connection: undefined,
    keepAlive: undefined,
  };
  for (let index = 0; index < fields.length; index += 2) {
    note(found, lowerCaseName(fields[index]!), fields[index + 1]!);
  }
  const { length, coding } = found;
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed('content length');
  if (coding === undefined) return found;
  if (length !== undefined) throw malformed('both a content length and a transfer coding');
  if (coding.toLowerCase() !== 'chunked') throw malformed('a transfer coding other than chunked');
  return found;
}

function note(fields: TransportFields, name: string, value: string): void {
  switch (name) {
    case 'content-length':
      if (fields.length !== undefined) throw malformed('two content lengths');
      fields.length = value;
      break;
    case 'transfer-encoding':
      fields.coding = fields.coding === undefined ? value : `${fields.coding}, ${value}`;
      break;
    case 'connection':
      fields.connection = `${fields.connection ?? ''},${value.toLowerCase()}`;
      break;
    case 'keep-alive':
      fields.keepAlive = value;
      break;
    default:
      break;
  }
}

/** Whether the sender keeps the connection, by its version and its `connection` fields (RFC 9112 §9.3). */
export function staysOpen(minorVersion: number, connection: string | undefined): boolean {
  if (connection === undefined) return minorVersion === 1;
  if (/,\s*close\s*(?:,|$)/.test(connection)) return false;
  return minorVersion === 1 || /,\s*keep-alive\s*(?:,|$)/.test(connection);
}
