import { type Cluster, createCluster } from '../../src/gateway/balance/cluster.ts';

/** A cluster of endpoints e0, e1, … that nobody listens on. */
export function clusterOf(count: number): Cluster {
  return createCluster({
    name: 'llm',
    lbPolicy: 'Rand',
    consistent: { replicaNum: 1, maxVnodeNum: 1, maglevTableSize: 1 },
    healthCheck: undefined,
    endpoints: Array.from({ length: count }, (_, index) => ({
      id: `e${index}`,
      name: '',
      host: '127.0.0.1',
      port: 1 + index,
      weight: 1,
      llm: {
        provider: '',
        apiKey: '',
        fallback: false,
        cooldownMs: 0,
        retry: { name: 'NoRetry' as const },
      },
    })),
  });
}
