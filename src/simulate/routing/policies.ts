import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { alternatives } from '../../base/alternatives.ts';
import {
  isRoutingPolicy,
  ROUTING_POLICIES,
  ROUTING_POLICY_NAMES,
} from '../../config/routing-policies.ts';
import type { RouteDecision } from '../../gateway/listener/context.ts';
import type { Policy } from '../../gateway/policies/policy.ts';
import { POLICIES } from '../../gateway/policies/table.ts';
import { simulateError } from '../errors.ts';
import { oracle } from './oracle.ts';
import type { SimulatedPolicy } from './simulated-policy.ts';

const ORACLE: SimulatedPolicy = { name: 'oracle', asks: [], remembers: false, create: oracle };

/**
 * The policy of a name, or of a path to an ES module that exports `policy`, of the gateway's own interface, or
 * `createPolicy`, which makes one for each gateway.
 * @throws KvcacheError POLICY_UNKNOWN, POLICY_MODULE_INVALID (kind usage)
 */
export async function policyCalled(name: string, cwd: string): Promise<SimulatedPolicy> {
  if (name === ORACLE.name) return ORACLE;
  if (isRoutingPolicy(name)) {
    return {
      name,
      asks: [ROUTING_POLICIES[name].asks],
      remembers: name === 'prefix',
      create: () => POLICIES[name],
    };
  }
  if (/\.[cm]?js$/.test(name)) return await loadModule(name, cwd);
  throw simulateError('POLICY_UNKNOWN', {
    message: `There is no policy "${name}".`,
    remedy: `Use one of ${alternatives([...ROUTING_POLICY_NAMES, ORACLE.name])}, or a path that ends in .js or .mjs.`,
  });
}

interface PolicyModule {
  policy?: Policy;
  createPolicy?: SimulatedPolicy['create'];
}

async function loadModule(path: string, cwd: string): Promise<SimulatedPolicy> {
  const url = pathToFileURL(resolve(cwd, path)).href;
  const loaded = await import(url).catch((cause: unknown) => {
    throw invalid(path, 'it cannot be loaded', cause);
  });
  const { policy, createPolicy } = loaded as PolicyModule;
  const own = { name: path, asks: ['controller', 'engines'], remembers: true } as const;
  if (typeof createPolicy === 'function') {
    return { ...own, create: (whereabouts) => guarded(createPolicy(whereabouts), path) };
  }
  if (typeof policy?.decide !== 'function') {
    throw invalid(path, 'it exports no policy with a decide');
  }
  return { ...own, create: () => guarded(policy, path) };
}

/** What fails in somebody else's code is told as such. */
function guarded(policy: Policy, path: string): Policy {
  return {
    async decide(...given) {
      let decision: RouteDecision | undefined;
      try {
        decision = await policy.decide(...given);
      } catch (cause) {
        throw invalid(path, 'it failed', cause);
      }
      if (!decision) throw invalid(path, 'it decided nothing');
      return decision;
    },
  };
}

function invalid(path: string, problem: string, cause?: unknown) {
  return simulateError('POLICY_MODULE_INVALID', {
    message: `The policy ${path} cannot be used: ${problem}.`,
    cause,
  });
}
