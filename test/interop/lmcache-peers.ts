import { pythonPeer } from './python.ts';

/** The version that the stand-in worker of peers/lmcache_controller.py speaks. */
export const OLD_LMCACHE = '0.3.9.post2';

export const oldLmcache = await pythonPeer({
  name: `lmcache-${OLD_LMCACHE}`,
  packages: [
    'fastapi',
    'uvicorn',
    'pyzmq',
    'msgspec',
    'numpy',
    'prometheus_client',
    'pyyaml',
    'psutil',
    'aiofiles',
    'sortedcontainers',
    'xxhash',
    'requests',
    'transformers',
    'torch',
    'aiohttp',
    'httpx',
    'py-cpuinfo',
    'aiofile',
    'redis',
    'nvtx',
  ],
  bare: [`lmcache==${OLD_LMCACHE}`],
});

/** The first with a coordinator that has a directory is 0.5.3; it still ships the legacy controller. */
export const NEW_LMCACHE = '0.5.6';

export const newLmcache = await pythonPeer({
  name: `lmcache-${NEW_LMCACHE}`,
  packages: [`lmcache==${NEW_LMCACHE}`],
});

for (const { missing } of [oldLmcache, newLmcache]) {
  if (missing !== undefined) console.warn(`skipped: ${missing}`);
}
