import { systemClock } from '../../base/clock.ts';
import { parseOrigin } from '../../base/origin.ts';
import { parseListenAddress } from '../../net/listen.ts';
import { type AccessFlags, accessOf } from '../../target/access.ts';
import { refuseForwardProxy } from '../../target/forward-proxy.ts';
import { FaultFile } from '../../../mocks/faults/fault-file.ts';
import { checkProxyRules, startFaultProxy } from '../../../mocks/proxy/fault-proxy.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import { tellInsecure } from '../shell/insecure.ts';
import { refuseUnmarked, serveMocks, warnOn } from './serve-action.ts';

export interface MockProxyFlags extends AccessFlags {
  target: string;
  faults: string;
  addr: string;
  id: string;
  seed: number;
  command: readonly string[];
}

/** `kvcache mock proxy`: a real engine with faults. */
export async function mockProxy(flags: MockProxyFlags, context: CliContext): Promise<ExitCode> {
  const { command, target, id, seed } = flags;
  refuseUnmarked(command, context);
  tellInsecure(flags, context);
  const access = accessOf(flags, context);
  refuseForwardProxy(context.env, parseOrigin(target, '--target').url);
  const file = new FaultFile(flags.faults, checkProxyRules);
  const faults = file.read();
  const listen = parseListenAddress(flags.addr, '--addr');
  const proxy = await startFaultProxy({
    target,
    access,
    id,
    seed,
    faults,
    listen,
    clock: systemClock,
  });
  const unwatch = file.watch([proxy.faults], warnOn(context));
  const close = async (): Promise<void> => {
    unwatch();
    await proxy.close();
  };
  return serveMocks({ mocks: [proxy], close }, { isFleet: false, command }, context);
}
