import { lowerCaseName } from '../../protocol/headers.ts';
import { malformed } from './wire-error.ts';

export interface AnswerHead {
  status: number;
  /** 0 or 1 of HTTP/1.x. */
  minorVersion: number;
  /** Flat pairs as received, without white space around values. */
  headers: string[];
}

/** How the end of a body is known (RFC 9112 §6.3). */
export type Framing =
  | { kind: 'length'; bytes: number }
  | { kind: 'chunked' }
  /** The connection's end is the body's. */
  | { kind: 'until-close' };

export interface Delivery {
  framing: Framing;
  keepsAlive: boolean;
  /** How long the server says that it keeps an idle connection, ms; undefined when it does not say. */
  keepAliveMs: number | undefined;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [^\r\n]*)?$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const NO_VALUE = /[\0\r\n]/;

/**
 * Reads a head, the blank line that ends it left out.
 * @throws WireError for anything that another reader could read differently
 */
export function parseAnswerHead(text: string): AnswerHead {
  const lineEnd = endOfLine(text, 0);
  const match = STATUS_LINE.exec(text.slice(0, lineEnd));
  if (!match) throw malformed('its first line is no status line');
  const headers: string[] = [];
  for (let at = lineEnd + 2; at < text.length;) {
    const end = endOfLine(text, at);
    addField(headers, text.slice(at, end));
    at = end + 2;
  }
  return { status: Number(match[2]), minorVersion: Number(match[1]), headers };
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\r\n', from);
  return end === -1 ? text.length : end;
}

/** Appends one field line. @throws WireError when it is none */
export function addField(headers: string[], line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  // White space before the colon and folded lines fail here too (RFC 9112 §5.1, §5.2).
  if (colon === -1 || !TOKEN.test(name)) throw malformed('a header line has no field name');
  const value = line.slice(colon + 1).trim();
  if (NO_VALUE.test(value)) throw malformed('a header value has a line end or a null');
  headers.push(name, value);
}

/** @throws WireError when lengths contradict each other, which is how answers get smuggled */
export function deliveryOf(head: AnswerHead, method: string): Delivery {
  const fields: TransportFields = {};
  const { headers } = head;
  for (let index = 0; index < headers.length; index += 2) {
    note(fields, lowerCaseName(headers[index]!), headers[index + 1]!);
  }
  const framing = framingOf(head.status, method, fields);
  return {
    framing,
    keepsAlive: framing.kind !== 'until-close' && staysOpen(head.minorVersion, fields.connection),
    keepAliveMs: keepAliveMsOf(fields.keepAlive),
  };
}

/** Values of the fields that speak of the connection; of lists, all that was said. */
interface TransportFields {
  length?: string;
  coding?: string;
  connection?: string;
  keepAlive?: string;
}

function note(fields: TransportFields, name: string, value: string): void {
  switch (name) {
    case 'content-length':
      if (fields.length !== undefined && fields.length !== value) {
        throw malformed('two content lengths');
      }
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

function keepAliveMsOf(value: string | undefined): number | undefined {
  const seconds = value === undefined ? undefined : /\btimeout=(\d{1,6})\b/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

const EMPTY: Framing = { kind: 'length', bytes: 0 };

function framingOf(status: number, method: string, { length, coding }: TransportFields): Framing {
  if (length !== undefined && !/^\d{1,15}$/.test(length)) throw malformed('content length');
  if (coding !== undefined && length !== undefined) {
    throw malformed('both a content length and a transfer coding');
  }
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    throw malformed('a transfer coding other than chunked');
  }
  if (method === 'HEAD' || status === 204 || status === 304) return EMPTY;
  if (coding !== undefined) return { kind: 'chunked' };
  return length === undefined ? { kind: 'until-close' } : { kind: 'length', bytes: Number(length) };
}

function staysOpen(minorVersion: number, connection: string | undefined): boolean {
  if (connection === undefined) return minorVersion === 1;
  if (/,\s*close\s*(?:,|$)/.test(connection)) return false;
  return minorVersion === 1 || /,\s*keep-alive\s*(?:,|$)/.test(connection);
}
