import { type IncomingHttpHeaders, request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** Self-signed for 127.0.0.1 and localhost, made for these tests alone; valid for a hundred years. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBojCCAUmgAwIBAgIUXoicLJRDGqhrOg6+6wDxa2UxwHkwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNa3ZjYWNoZSB0ZXN0czAgFw0yNjExMzAwOTU1NDhaGA8yMTI2
MTEwNjA5NTU0OFowGDEWMBQGA1UEAwwNa3ZjYWNoZSB0ZXN0czBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABFMffENsoFWwSMqjNKfau+Z0aCGlKW+yK2Cfki6QtHwX
IBbaTYqXxPPfxjDVG8B+Yy3aETvLMTghwPNXbMwr+BWjbzBtMB0GA1UdDgQWBBQI
1gV6Boeu6oZSrFEMrHhmEpvyADAfBgNVHSMEGDAWgBQI1gV6Boeu6oZSrFEMrHhm
EpvyADAaBgNVHREEEzARhwR/AAABgglsb2NhbGhvc3QwDwYDVR0TAQH/BAUwAwEB
/zAKBggqhkjOPQQDAgNHADBEAiArMI2oIw+jbV8/qwkysrz9UI2OAC3zgiL3+Al2
sYqQlgIgX+4Sh4veMaptUl3U43bp2o31GLpTLyxno8dM6aCTVFg=
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICY01QYpcGXLD/3x1AfbCWaqNRWFvszb/sm9jkDBRsotoAoGCCqGSM49
AwEHoUQDQgAEUx98Q2ygVbBIyqM0p9q75nRoIaUpb7IrYJ+SLpC0fBcgFtpNipfE
89/GMNUbwH5jLdoRO8sxOCHA81dszCv4FQ==
-----END EC PRIVATE KEY-----
`;

export interface TlsFront {
  url: string;
  /** Of every request, in order. */
  seen: { path: string; headers: IncomingHttpHeaders }[];
  close: () => void;
}

/** As nginx stands before an engine: TLS, and every request must show the key. */
export async function startTlsFront(
  upstream: string,
  key: Readonly<[string, string]>,
): Promise<TlsFront> {
  const seen: TlsFront['seen'] = [];
  const server = createServer({ cert: CERTIFICATE, key: KEY }, (incoming, answer) => {
    const { url: path = '', method, headers } = incoming;
    seen.push({ path, headers });
    if (headers[key[0]] !== key[1]) {
      answer.writeHead(403).end('no key');
      return;
    }
    const outgoing = request(upstream + path, { method, headers }, (reply) => {
      answer.writeHead(reply.statusCode!, reply.headers);
      pipeline(reply, answer, () => {});
    });
    pipeline(incoming, outgoing, () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `https://127.0.0.1:${port}`, seen, close };
}
