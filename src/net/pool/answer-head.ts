import {
  endOfLine,
  readFields,
  staysOpen,
  type TransportFields,
  transportFields,
} from './fields.ts';
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

/**
 * Reads a head, the blank line that ends it left out.
 * @throws WireError for anything that another reader could read differently
 */
export function parseAnswerHead(text: string): AnswerHead {
  const lineEnd = endOfLine(text, 0);
  const match = STATUS_LINE.exec(text.slice(0, lineEnd));
  if (!match) throw malformed('its first line is no status line');
  const headers = readFields(text, lineEnd + 2);
  return { status: Number(match[2]), minorVersion: Number(match[1]), headers };
}

/** @throws WireError when lengths contradict each other, which is how answers get smuggled */
export function deliveryOf(head: AnswerHead, method: string): Delivery {
  const fields = transportFields(head.headers);
  // HTTP/1.0 knows none: whoever put it there reads the body in another way than others (RFC 9112 §6.1).
  if (head.minorVersion === 0 && fields.coding !== undefined) {
    throw malformed('a transfer coding in HTTP/1.0');
  }
  const framing = framingOf(head.status, method, fields);
  return {
    framing,
    keepsAlive: framing.kind !== 'until-close' && staysOpen(head.minorVersion, fields.connection),
    keepAliveMs: keepAliveMsOf(fields.keepAlive),
  };
}

function keepAliveMsOf(value: string | undefined): number | undefined {
  const seconds = value === undefined ? undefined : /\btimeout=(\d{1,6})\b/i.exec(value)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

const EMPTY: Framing = { kind: 'length', bytes: 0 };

function framingOf(status: number, method: string, { length, coding }: TransportFields): Framing {
  if (method === 'HEAD' || status === 204 || status === 304) return EMPTY;
  if (coding !== undefined) return { kind: 'chunked' };
  return length === undefined ? { kind: 'until-close' } : { kind: 'length', bytes: Number(length) };
}
