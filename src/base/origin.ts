import { baseError } from './errors.ts';

/** Where a server is, read from what a user wrote. */
export interface Origin {
  /** Base URL without a trailing slash or `/v1`; may carry user info, so print `redactUrl` of it. */
  url: string;
  /** `host:port` with the default port filled in and IPv6 in brackets, as gateways name engines. */
  address: string;
  scheme: 'http' | 'https';
  /** Without brackets. */
  host: string;
  port: number;
}

export const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** What OpenAI clients take for a base URL, or copy from a log: every command adds the route itself. */
const API_ROUTE =
  /\/+v1(?:\/+(?:chat\/completions|completions|models|responses|embeddings|messages))?\/*$/;

/**
 * Reads a server's base URL. `http://HOST`, `http://HOST/v1/` and `http://HOST/v1/chat/completions`
 * are one server; a base path before `/v1` is kept.
 * @param what names the server or the flag in the error
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function parseOrigin(text: string, what: string): Origin {
  const complaint = originComplaint(text);
  if (complaint) throw invalid(text, what, complaint);
  return originOf(text.trim());
}

/** As `parseOrigin`, and undefined for what that refuses. */
export function readOrigin(text: string): Origin | undefined {
  return originComplaint(text) ? undefined : originOf(text.trim());
}

/** The server of a URL that was read before. */
export function originOf(text: string): Origin {
  const url = new URL(text);
  const path = url.pathname.replace(API_ROUTE, '').replace(/\/+$/, '');
  const { username, password } = url;
  const secret = password === '' ? '' : `:${password}`;
  const userInfo = username + secret === '' ? '' : `${username}${secret}@`;
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port);
  return {
    url: `${url.protocol}//${userInfo}${url.host}${path}`,
    address: `${url.hostname}:${port}`,
    scheme,
    host: withoutBrackets(url.hostname),
    port,
  };
}

/**
 * Reads any http or https URL, query included: metrics pages and the like.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function parseHttpUrl(text: string, what: string): URL {
  const complaint = urlComplaint(text.trim());
  if (complaint) throw invalid(text, what, complaint);
  return new URL(text.trim());
}

/** What is wrong with a text, going on from "its URL", and what to do about it. */
type Complaint = readonly [wrong: string, remedy: string];

/** Why a text is no base URL of a server; undefined when it is one. */
export function originComplaint(text: string): Complaint | undefined {
  const trimmed = text.trim();
  const complaint = urlComplaint(trimmed);
  if (complaint || !/[?#]/.test(trimmed)) return complaint;
  return ['has a query or fragment', 'Give scheme, host, port and path alone.'];
}

const EXAMPLE = 'Write it as http://HOST:PORT.';

/** Faults of the whole text, of which a URL parser forgives the most, then those of `HOST:PORT`. */
const TEXT_FAULTS: readonly (readonly [pattern: RegExp, wrong: string, remedy: string])[] = [
  [/^$/, 'is empty', EXAMPLE],
  [
    /[\s\\]|\p{Cc}/u,
    'has a blank, backslash or control character',
    'Write it without; quote it once.',
  ],
  [/^https?:(?!\/\/)/i, 'lacks the two slashes after its scheme', EXAMPLE],
];
const PORT_REMEDY = 'Write a port from 1 to 65535.';
const AUTHORITY_FAULTS: typeof TEXT_FAULTS = [
  [/^(?::\d*)?$/, 'has no host', EXAMPLE],
  [/^\d+$/, 'has a port but no host', EXAMPLE],
  [/^[^[]*:[^:]*:/, 'has an IPv6 address without brackets', 'Write it as http://[::1]:8000.'],
  [/:0*$/, 'has no usable port', PORT_REMEDY],
];

function urlComplaint(text: string): Complaint | undefined {
  const spoiled = TEXT_FAULTS.find(([pattern]) => pattern.test(text));
  if (spoiled) return [spoiled[1], spoiled[2]];
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    return ['has no scheme', `Write the scheme too: http://${redactText(text)}.`];
  }
  if (scheme !== 'http' && scheme !== 'https') return [`has the scheme ${scheme}`, EXAMPLE];
  const authority = /^[^/?#]*/.exec(text.slice(scheme.length + 3))![0].replace(/^.*@/, '');
  const misplaced = AUTHORITY_FAULTS.find(([pattern]) => pattern.test(authority));
  if (misplaced) return [misplaced[1], misplaced[2]];
  if (urlOf(text)) return undefined;
  return /:\d+$/.test(authority) && urlOf(`http://${authority.replace(/:\d+$/, '')}`)
    ? ['has a port above 65535', PORT_REMEDY]
    : ['has no valid host', EXAMPLE];
}

function invalid(text: string, what: string, [wrong, remedy]: Complaint) {
  const message = `The URL of ${what} ${wrong}: "${redactText(text.trim())}".`;
  return baseError('URL_INVALID', { message, remedy });
}

/** Of text that may be no URL: whatever could be a password or a key in a query is masked. */
export function redactText(text: string): string {
  return text.replace(/^([^/?#@]*:\/\/)?.*@/s, '$1***@').replace(/[?#].*$/s, '?***');
}

/**
 * A host name or IP address as sockets take it: IPv6, with or without brackets, in its shortest
 * form without them. Undefined for anything else, such as `host:port`, and for IPv6 with a
 * zone, which no URL can hold.
 */
export function parseHost(text: string): string | undefined {
  const v6 = /^(?:\[([\da-f:.]+)\]|([\da-f:.]*:[\da-f:.]*))$/i.exec(text);
  if (v6) {
    return urlOf(`http://[${v6[1] ?? v6[2]!}]`)?.hostname.slice(1, -1);
  }
  return /^[\p{L}\p{N}._-]+$/u.test(text) && urlOf(`http://${text}`) ? text : undefined;
}

/** A host as it stands in a URL: IPv6 in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

/** A host as sockets take it, from how it stands in a URL. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

/** The URL with user info and query values masked, safe to print. Text that is no URL is masked whole. */
export function redactUrl(text: string): string {
  const url = urlOf(text);
  // `user:secret@host` parses too, as a scheme `user:` without a host.
  if (url === undefined || url.host === '') return '(not a URL)';
  const userInfo = url.username !== '' || url.password !== '' ? '***@' : '';
  const query = [...url.searchParams.keys()].map((key) => `${key}=***`).join('&');
  return `${url.protocol}//${userInfo}${url.host}${url.pathname === '/' ? '' : url.pathname}${query && `?${query}`}`;
}

/** The `authorization` that a URL's user info stands for; undefined without any. */
export function basicAuthorization(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const pair = `${decoded(url.username)}:${decoded(url.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

/** A bare `%` in a password stands for itself: it is legal in a URL and no escape. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The URL that a text is, if it is one. Not by `URL.canParse`: that of Node 20 refuses Latin-1 host
 * names once it has been optimised.
 */
function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
