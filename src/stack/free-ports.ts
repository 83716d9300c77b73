import { createServer } from 'node:http';
import { KvcacheError, retold } from '../base/errors.ts';
import { excerpt } from '../net/answer.ts';
import { callHttp } from '../net/call.ts';
import { closeGracefully, listen, type ListenAddress, reachableUrl } from '../net/listen.ts';

export interface WantedPort {
  /** Who needs it: "mock controller". */
  title: string;
  listen: ListenAddress;
  /** How to use a server that already runs there, when that is possible. */
  reuse?: string | undefined;
}

/**
 * Makes sure that every port can be had, before anything is started.
 * @throws KvcacheError PORT_TAKEN, PORT_FORBIDDEN or LISTEN_FAILED (kind target) for the first that cannot
 */
export async function checkPorts(wanted: readonly WantedPort[]): Promise<void> {
  for (const port of wanted) {
    if (port.listen.port !== 0) await checkPort(port);
  }
}

/** A port that is free now. Another process may take it first; the taker's error then says so. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 }, 'port probe');
  await closeGracefully(server, 0);
  return port;
}

async function checkPort(wanted: WantedPort): Promise<void> {
  const server = createServer();
  try {
    await listen(server, wanted.listen, wanted.title);
  } catch (error) {
    throw error instanceof KvcacheError && error.code === 'PORT_TAKEN'
      ? await explainTaken(error, wanted)
      : error;
  }
  await closeGracefully(server, 0);
}

/** Adds who answers on the port, which most often is a forgotten run. */
async function explainTaken(error: KvcacheError, wanted: WantedPort): Promise<KvcacheError> {
  const url = reachableUrl(wanted.listen);
  const seen = await whoAnswers(url);
  if (seen === undefined) return error;
  const reuse =
    wanted.reuse === undefined ? '' : ` To use the server that runs there: ${wanted.reuse}`;
  return retold(error, { details: [seen], remedy: `${error.remedy}${reuse}` });
}

async function whoAnswers(url: string): Promise<string | undefined> {
  try {
    const answer = await callHttp({ url: `${url}/health`, timeoutMs: 500, maxBytes: 4_096 });
    return `GET /health there answers HTTP ${answer.status}: ${excerpt(answer.text, 120)}`;
  } catch {
    return undefined;
  }
}
