import { type Environment, variable } from '../base/environment.ts';
import type { StackPorts } from './options.ts';
import { type ListenAddress, parseListenAddress } from '../net/listen.ts';
import { baseUrl, listenAddressOf } from './environment.ts';

/** One mock of the sample: what it is called, where it listens, and which variables move it. */
export interface BackendRole {
  role: 'controller' | 'engine';
  /** In sentences and errors. */
  title: string;
  logName: string;
  /** Instance id of an engine; overridden by `idVariable` in the mock itself. */
  id: string;
  adminVariable: string;
  listenVariable: string;
  defaultPort: number;
  args: readonly string[];
}

export const CONTROLLER: BackendRole = {
  role: 'controller',
  title: 'mock controller',
  logName: 'controller',
  id: 'controller',
  adminVariable: 'LMCACHE_ADMIN',
  listenVariable: 'LMCACHE_ADDR',
  defaultPort: 18_081,
  args: ['controller'],
};

export const ENGINE_A: BackendRole = {
  role: 'engine',
  title: 'mock engine A',
  logName: 'engine-a',
  id: 'mock-llm-a',
  adminVariable: 'ENGINE_A_ADMIN',
  listenVariable: 'LLM_A_ADDR',
  defaultPort: 18_091,
  args: ['engine', '--role', 'a'],
};

export const ENGINE_B: BackendRole = {
  role: 'engine',
  title: 'mock engine B',
  logName: 'engine-b',
  id: 'mock-llm-b',
  adminVariable: 'ENGINE_B_ADMIN',
  listenVariable: 'LLM_B_ADDR',
  defaultPort: 18_092,
  args: ['engine', '--role', 'b'],
};

export const BACKENDS: readonly BackendRole[] = [CONTROLLER, ENGINE_A, ENGINE_B];

/** Where a backend of ours listens, and by which URL it is reached when the user named one. */
export interface BackendPlace {
  listen: ListenAddress;
  url: string | undefined;
  /** The flag or variable that decided, or `default`. */
  source: string;
}

/**
 * Flags beat environment, environment beats the sample's ports. Without a listen variable the mock
 * listens where its admin URL points, so that naming one of the two is enough.
 * @throws KvcacheError LISTEN_ADDRESS_INVALID or URL_INVALID (kind usage)
 */
export function placeBackend(
  backend: BackendRole,
  ports: StackPorts,
  env: Environment,
): BackendPlace {
  const index = BACKENDS.indexOf(backend);
  const host = '127.0.0.1';
  if (ports.kind === 'auto') {
    return { listen: { host, port: 0 }, url: undefined, source: '--ports auto' };
  }
  if (ports.kind === 'base') {
    return { listen: { host, port: ports.base + index }, url: undefined, source: '--port-base' };
  }
  const url = baseUrl(env, backend.adminVariable);
  const listenText = variable(env, backend.listenVariable);
  if (listenText !== undefined) {
    const source = backend.listenVariable;
    return { listen: parseListenAddress(listenText, source), url, source };
  }
  if (url !== undefined) {
    return { listen: listenAddressOf(url), url, source: backend.adminVariable };
  }
  return { listen: { host, port: backend.defaultPort }, url, source: 'default' };
}
