import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../stack/free-ports.ts';
import { type GatewayPlace, startGateway, useRunningGateway } from '../../stack/gateway-process.ts';
import { findGatewayProgram } from '../../stack/gateway-program.ts';
import type { StackMember, Surroundings } from '../../stack/options.ts';
import type { ChildSetting } from '../../stack/start-child.ts';
import { ChildGroup } from '../../supervise/group.ts';
import { verifyGatewayConfig } from '../../verify/gateway-config.ts';
import type { RunningGateway } from '../../verify/experiment/options.ts';
import type { TargetSettings } from '../../target/settings.ts';

/** The gateway of one verification: started when asked for, stopped at the end. */
export class VerifyGateway {
  readonly #settings: TargetSettings;
  readonly #setting: ChildSetting;
  readonly configPath: string | null;

  constructor(settings: TargetSettings, options: { workDir: string; surroundings: Surroundings }) {
    const { workDir, surroundings } = options;
    const { nodePath, clock, signal } = surroundings;
    this.#settings = settings;
    this.#setting = { group: new ChildGroup(nodePath, clock, signal), workDir, surroundings };
    this.configPath = settings.gateway.kind === 'running' ? null : join(workDir, 'gateway.yaml');
  }

  /** Aborted when the user stops the run or the gateway dies. */
  get signal(): AbortSignal {
    return this.#setting.group.signal;
  }

  /** The config as it will be; undefined for a gateway that already runs. */
  render(model: string): string | undefined {
    if (this.configPath === null) return undefined;
    const targets = { ...this.#settings.targets, model };
    return verifyGatewayConfig({
      settings: { ...this.#settings, targets },
      policy: this.#settings.policy ?? undefined,
    });
  }

  /** @throws KvcacheError GATEWAY_NOT_FOUND, NOT_READY, CHILD_DIED (target), TEMPLATE_INVALID (usage) */
  async start(model: string): Promise<RunningGateway> {
    const member = await this.#bringUp(model);
    return {
      url: member.url,
      metricsUrl: this.#settings.metricsUrl ?? member.metricsUrl,
      mode: gatewayModeOf(this.#settings),
      logPath: member.logPath,
    };
  }

  async stop(): Promise<void> {
    await this.#setting.group.stop();
  }

  async #bringUp(model: string): Promise<StackMember> {
    const { gateway } = this.#settings;
    if (gateway.kind === 'running') return useRunningGateway(gateway.url, this.#setting, model);
    const { surroundings } = this.#setting;
    const program = await findGatewayProgram(gateway, this.configPath!, surroundings);
    const place = await this.#place(program.printsReadyLine);
    await writeFile(this.configPath!, this.render(model)!, { mode: 0o600 });
    return startGateway(program, { ...place, model }, this.#setting);
  }

  /** Our own gateway takes port 0 and says what it got; a stranger must be told a free one. */
  async #place(canTakeZero: boolean): Promise<GatewayPlace> {
    const settings = this.#settings;
    const source = '--listen-port';
    if (canTakeZero) return { url: undefined, metricsUrl: null, source };
    if (settings.listenPort === 0) settings.listenPort = await freePort();
    if (settings.metricPort === 0) settings.metricPort = await freePort();
    return {
      url: `http://127.0.0.1:${settings.listenPort}`,
      metricsUrl: `http://127.0.0.1:${settings.metricPort}/metrics`,
      source,
    };
  }
}

export function gatewayModeOf({ gateway }: TargetSettings): RunningGateway['mode'] {
  if (gateway.kind === 'embedded' || gateway.kind === 'running') return gateway.kind;
  return 'binary';
}
