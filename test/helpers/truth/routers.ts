import * as policies from './policies.ts';
import type { Policy } from './policies.ts';

/** How a router knows; `one` sends everything to one engine, which looks like a memory. */
export type Knows = 'index' | 'memory' | 'session' | 'connection' | 'one' | 'nothing';

export interface KnownRouter {
  id: string;
  policy: () => Policy;
  knows: Knows;
  /** Whether it finds longer prompts by their beginning, or whole prompts only. */
  finds: 'beginnings' | 'whole prompts' | null;
  /**
   * Share of reused prefixes that reach a holder, of `k` engines: when each was put straight on an
   * engine drawn at random, and when it came through the router itself. Sessions and connections
   * are new for every request.
   */
  hitRate: (k: number) => { straight: number; through: number };
  /** Whether its hits are more than its uneven shares explain. */
  isAware: boolean;
}

const chanceAlways: KnownRouter['hitRate'] = (k) => ({ straight: 1 / k, through: 1 / k });
const remembers: KnownRouter['hitRate'] = (k) => ({ straight: 1 / k, through: 1 });

/** Every router whose truth is known. */
export const ROUTERS: readonly KnownRouter[] = [
  {
    id: 'perfect',
    policy: () => policies.perfect(),
    knows: 'index',
    finds: 'beginnings',
    hitRate: () => ({ straight: 1, through: 1 }),
    isAware: true,
  },
  {
    id: 'index-lag',
    policy: () => policies.indexFed(20),
    knows: 'index',
    finds: 'beginnings',
    hitRate: () => ({ straight: 1, through: 1 }),
    isAware: true,
  },
  {
    id: 'prefix-memory',
    policy: () => policies.prefixMemory(),
    knows: 'memory',
    finds: 'beginnings',
    hitRate: remembers,
    isAware: true,
  },
  {
    id: 'exact-memory',
    policy: () => policies.exactMemory(),
    knows: 'memory',
    finds: 'whole prompts',
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'prompt-hash',
    policy: () => policies.promptHash(),
    knows: 'memory',
    finds: 'whole prompts',
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'prefix-hash',
    policy: () => policies.prefixHash(),
    knows: 'memory',
    finds: 'beginnings',
    hitRate: remembers,
    isAware: true,
  },
  {
    id: 'session',
    policy: () => policies.sessionSticky(),
    knows: 'session',
    finds: null,
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'connection',
    policy: () => policies.connectionSticky(),
    knows: 'connection',
    finds: null,
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'random',
    policy: () => policies.random(),
    knows: 'nothing',
    finds: null,
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'round-robin',
    policy: () => policies.roundRobin(),
    knows: 'nothing',
    finds: null,
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'always-wrong',
    policy: () => policies.alwaysWrong(),
    knows: 'nothing',
    finds: null,
    hitRate: () => ({ straight: 0, through: 0 }),
    isAware: false,
  },
  {
    id: 'always-one',
    policy: () => policies.alwaysOne(),
    knows: 'one',
    finds: null,
    hitRate: remembers,
    isAware: false,
  },
  {
    id: 'least-in-flight',
    policy: () => policies.leastInFlight(),
    knows: 'nothing',
    finds: null,
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'power-of-two',
    policy: () => policies.powerOfTwo(),
    knows: 'nothing',
    finds: null,
    hitRate: chanceAlways,
    isAware: false,
  },
  {
    id: 'weighted',
    policy: () => policies.weighted(),
    knows: 'nothing',
    finds: null,
    hitRate: (k) => ({ straight: 1 / k, through: 0.8 ** 2 + 0.2 ** 2 / (k - 1) }),
    isAware: false,
  },
];
