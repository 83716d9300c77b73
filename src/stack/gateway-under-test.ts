import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Access } from '../net/access.ts';
import type { GatewayChoice } from '../net/gateway-choice.ts';
import { ChildGroup } from '../supervise/group.ts';
import { judgedConfig, type JudgedPlaces } from './gateway-config.ts';
import { placeGateway } from './gateway-place.ts';
import { startGateway, useRunningGateway } from './gateway-process.ts';
import { findGatewayProgram } from './gateway-program.ts';
import type { StackMember, Surroundings } from './options.ts';
import type { ChildSetting } from './start-child.ts';

export interface JudgedGateway extends JudgedPlaces {
  targets: JudgedPlaces['targets'] & { access: Access };
  gateway: GatewayChoice;
}

/** The gateway of one verification: started when asked for, stopped at the end. */
export class GatewayUnderTest {
  readonly #judged: JudgedGateway;
  readonly #setting: ChildSetting;
  /** Where its config is written; null for one that already runs. */
  readonly configPath: string | null;

  constructor(judged: JudgedGateway, workDir: string, surroundings: Surroundings) {
    const { nodePath, clock, signal } = surroundings;
    this.#judged = judged;
    this.#setting = { group: new ChildGroup(nodePath, clock, signal), workDir, surroundings };
    this.configPath = judged.gateway.kind === 'running' ? null : join(workDir, 'gateway.yaml');
  }

  /** Aborted when the user stops the run or the gateway dies. */
  get signal(): AbortSignal {
    return this.#setting.group.signal;
  }

  /** @throws KvcacheError GATEWAY_NOT_FOUND, NOT_READY, CHILD_DIED (target), TEMPLATE_INVALID (usage) */
  async start(model: string): Promise<StackMember> {
    const { gateway, targets } = this.#judged;
    if (gateway.kind === 'running') {
      return useRunningGateway(gateway.url, this.#setting, { model, access: targets.access });
    }
    const { surroundings } = this.#setting;
    const program = await findGatewayProgram(gateway, this.configPath!, surroundings);
    const { listenPort, metricPort } = this.#judged;
    const listen = { host: '127.0.0.1', port: listenPort };
    const wanted = { listen, metricPort, source: '--listen-port' };
    const { place, ...at } = await placeGateway(program, wanted);
    const config = judgedConfig({
      ...this.#judged,
      listenPort: at.listen.port,
      metricPort: at.metricPort,
      targets: { ...targets, model },
    });
    await writeFile(this.configPath!, config, { mode: 0o600 });
    return startGateway(program, { ...place, model }, this.#setting);
  }

  async stop(): Promise<void> {
    await this.#setting.group.stop();
  }
}
