import type { Clock } from '../../base/clock.ts';
import type { LiveArm } from '../../capacity/live-search.ts';
import { createChatClient } from '../../load/chat-client.ts';
import { userPrompt } from '../../load/prompts.ts';
import { chatRequest } from '../../load/requests.ts';
import { sendOne } from '../../load/send.ts';
import type { LoadClient } from '../../net/load-client.ts';
import { POLICY_HEADER } from '../../protocol/headers.ts';
import type { Targets } from '../../target/targets.ts';
import { TIMING } from '../../target/timing.ts';
import { verifyError } from '../errors.ts';
import { PROBE } from '../experiment/sender.ts';

/** The deployment and how to reach it. */
export interface Compared {
  targets: Targets;
  gatewayUrl: string;
  baselineGatewayUrl: string | null;
  connections: number;
  clock: Clock;
  signal: AbortSignal;
}

export interface ComparedClients {
  on: LiveArm['client'];
  off: LiveArm['client'];
  /** How routing is off, for people. */
  routingOff: string;
  close: () => Promise<void>;
}

const OFF = { [POLICY_HEADER]: 'round-robin' };

/**
 * Clients for both arms: routing off is what is most like routing on.
 * @throws KvcacheError ROUTING_STAYS_ON (kind usage)
 */
export async function comparedClients(compared: Compared): Promise<ComparedClients> {
  const { gatewayUrl, baselineGatewayUrl, targets } = compared;
  const open: LoadClient[] = [];
  const client = (baseUrl: string, headers: Readonly<Record<string, string>> = {}): LoadClient => {
    const { access } = targets;
    const made = createChatClient({
      baseUrl,
      connections: compared.connections,
      tls: access.tls,
      headers: { ...access.headers, ...headers },
    });
    open.push(made);
    return made;
  };
  const close = async (): Promise<void> => {
    await Promise.all(open.map((it) => it.close()));
  };
  const on = client(gatewayUrl);
  if (baselineGatewayUrl !== null) {
    return { on, off: client(baselineGatewayUrl), routingOff: 'the baseline gateway', close };
  }
  const asked = client(gatewayUrl, OFF);
  if (await isObeyed(asked, compared)) {
    return { on, off: asked, routingOff: 'the same gateway, policy round-robin', close };
  }
  const engines = targets.engines.map(({ url }) => client(url));
  if (engines.length > 0) {
    const off = (id: number): LoadClient => engines[id % engines.length]!;
    return { on, off, routingOff: 'straight to the engines in turn', close };
  }
  await close();
  throw verifyError('ROUTING_STAYS_ON');
}

/** A gateway that obeys says so in its reason. */
async function isObeyed(
  client: LoadClient,
  { targets, clock, signal }: Compared,
): Promise<boolean> {
  const shape = { model: targets.model, maxTokens: 1, stream: true };
  const { sample } = await sendOne(
    { request: chatRequest(userPrompt('Who decides?'), shape), client },
    {
      clock,
      originMs: clock.nowMs(),
      timeoutMs: TIMING.firstAnswerMs,
      labels: PROBE,
      signal,
    },
  );
  return sample.reason === 'policy';
}
