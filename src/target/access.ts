import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { createSecureContext, rootCertificates } from 'node:tls';
import type { Environment } from '../base/environment.ts';
import { readTextFile } from '../base/text-file.ts';
import { type Access, accessBy, type TlsTrust } from '../net/access.ts';
import { targetError } from './errors.ts';

/** The flags of `ACCESS_FLAGS` as they were given. */
export interface AccessFlags {
  apiKeyEnv?: string | undefined;
  header?: readonly string[] | undefined;
  cacert?: string | undefined;
  insecure?: boolean | undefined;
}

/**
 * What engines and gateways are sent besides the request, and whose certificates are believed.
 * @throws KvcacheError API_KEY_MISSING, HEADER_FLAG_INVALID, CACERT_INVALID (kind usage), and as `readTextFile`
 */
export function accessOf(
  flags: AccessFlags,
  { env, cwd }: { env: Environment; cwd: string },
): Access {
  const { headers } = accessBy(apiKeyIn(env, flags.apiKeyEnv));
  return { headers: withHeaders(headers, flags.header ?? []), tls: trustOf(flags, cwd) };
}

/** The same for a Node program that we start: it reads them from its environment. */
export function accessVariables({ cacert, insecure }: AccessFlags, cwd: string): Environment {
  return {
    ...(cacert !== undefined && { NODE_EXTRA_CA_CERTS: resolve(cwd, cacert) }),
    ...(insecure === true && { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }),
  };
}

function apiKeyIn(env: Environment, name: string | undefined): string {
  if (name === undefined) return '';
  const key = env[name]?.trim();
  if (key) return key;
  throw targetError('API_KEY_MISSING', {
    message: `The environment variable ${name} named by --api-key-env is not set.`,
    remedy: `Export ${name}, or drop --api-key-env.`,
  });
}

/** Those that say where a request ends or what becomes of the connection are not the caller's to set. */
const OURS: ReadonlySet<string> = new Set(
  'connection content-length content-type expect keep-alive te trailer transfer-encoding upgrade'.split(
    ' ',
  ),
);

/** Values may be secrets, so no message shows one. */
function withHeaders(known: Access['headers'], texts: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = { ...known };
  for (const text of texts) {
    const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\s\S]*?)[ \t]*$/.exec(text) ?? [];
    if (name === undefined || value === undefined)
      throw badHeader('is not a name, a colon and a value');
    const key = name.toLowerCase();
    if (OURS.has(key)) throw badHeader(`must not set ${key}, which follows from the request`);
    if (!/^[\t\u0020-\u007e\u0080-\u00ff]+$/.test(value)) {
      throw badHeader(`gives ${key} no value, or one with characters that HTTP forbids`);
    }
    if (headers[key] !== undefined) {
      throw badHeader(`gives ${key} a second value${key in known ? ' beside --api-key-env' : ''}`);
    }
    headers[key] = value;
  }
  return headers;
}

function badHeader(wrong: string) {
  return targetError('HEADER_FLAG_INVALID', { message: `A --header ${wrong}.` });
}

function trustOf({ cacert, insecure }: AccessFlags, cwd: string): TlsTrust | undefined {
  const secureContext = cacert === undefined ? undefined : contextWith(cacert, cwd);
  if (insecure !== true) return secureContext && { secureContext };
  return { ...(secureContext && { secureContext }), rejectUnauthorized: false };
}

/** Read once for all connections: Node's own authorities alone take it some milliseconds. */
function contextWith(cacert: string, cwd: string) {
  const pem = readTextFile(resolve(cwd, cacert), { shown: cacert });
  const blocks = pem.match(/-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]+-----END/g) ?? [];
  if (blocks.length === 0 || !blocks.every((it) => isCertificate(`${it} CERTIFICATE-----`))) {
    throw targetError('CACERT_INVALID', { where: cacert });
  }
  return createSecureContext({ ca: [...rootCertificates, pem] });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
