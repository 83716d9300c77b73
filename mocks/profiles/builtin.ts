import type { EngineProfile, TierProfile, TimingCoefficients } from './profile.ts';

const INSTANT_TIMING: TimingCoefficients = {
  stepMs: 0,
  prefillMsPerToken: 0,
  prefillMsPerTokenSquared: 0,
  decodeMsPerRequest: 0,
  decodeMsPerContextToken: 0,
  apiMs: 0,
  postMs: 0,
  outputMsPerToken: 0,
};

/** LMCache's CPU store over PCIe at 20 GB/s; its legacy controller knows 256-token chunks only. */
const CPU_TIER: TierProfile = {
  location: 'LocalCPUBackend',
  chunkTokens: 256,
  chunks: 1_024,
  bytesPerMs: 20e6,
  loadFixedMs: 1,
  saveUnfullChunk: false,
};

/** Every modelled time is zero: for tests and demonstrations of routing. */
export const instantProfile: EngineProfile = {
  name: 'instant',
  timing: INSTANT_TIMING,
  jitter: { ttftCv: 0, itlCv: 0 },
  kvBytesPerToken: 131_072,
  blockSize: 16,
  blocks: 16_384,
  maxModelLen: 32_768,
  maxNumSeqs: 256,
  maxBatchedTokens: 8_192,
  prefillChunkTokens: 2_048,
  maxWaiting: 1_000,
  queueFullStatus: 503,
  pinBudget: 0.5,
  decompressBytesPerMs: 10e6,
  tier: { ...CPU_TIER, loadFixedMs: 0, bytesPerMs: Infinity },
  output: { medianTokens: 64, sigma: 0.6 },
  speedup: 1,
};

const GPU_PROFILE = {
  ...instantProfile,
  jitter: { ttftCv: 0.1, itlCv: 0.08 },
  tier: CPU_TIER,
} as const;

const WRITING = { postMs: 0.8, outputMsPerToken: 0.05 } as const;

/** Shipped profiles; docs/simulation.md derives the coefficients. All but `instant` are modelled, not measured. */
export const builtinProfiles: Readonly<Record<string, EngineProfile>> = {
  instant: instantProfile,
  '8b-h100': {
    ...GPU_PROFILE,
    name: '8b-h100',
    timing: {
      stepMs: 8,
      prefillMsPerToken: 0.06,
      prefillMsPerTokenSquared: 4.2e-7,
      decodeMsPerRequest: 0.02,
      decodeMsPerContextToken: 5.1e-5,
      apiMs: 5,
      ...WRITING,
    },
  },
  '70b-h100-tp8': {
    ...GPU_PROFILE,
    name: '70b-h100-tp8',
    timing: {
      stepMs: 14,
      prefillMsPerToken: 0.07,
      prefillMsPerTokenSquared: 4.1e-7,
      decodeMsPerRequest: 0.03,
      decodeMsPerContextToken: 1.6e-5,
      apiMs: 8,
      ...WRITING,
    },
    kvBytesPerToken: 327_680,
    blocks: 65_536,
  },
  '3b-l40s': {
    ...GPU_PROFILE,
    name: '3b-l40s',
    timing: {
      stepMs: 10,
      prefillMsPerToken: 0.07,
      prefillMsPerTokenSquared: 1.1e-6,
      decodeMsPerRequest: 0.03,
      decodeMsPerContextToken: 1.8e-4,
      apiMs: 5,
      ...WRITING,
    },
    kvBytesPerToken: 114_688,
  },
};
