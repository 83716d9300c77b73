import type { StackMember } from '../../stack/options.ts';

/** Members of a stack, as documents name them. */
export function membersDocument(members: readonly StackMember[]): object[] {
  return members.map((member) => ({
    title: member.title,
    ...addressOf(member),
    logPath: member.logPath,
  }));
}

interface Stack {
  controller: StackMember;
  engines: readonly StackMember[];
  gateway: StackMember;
}

/** The one line that says everything is up. */
export function readyDocument({ controller, engines, gateway }: Stack, workDir: string): object {
  const ready = (member: StackMember): object => ({ ready: true, ...addressOf(member) });
  return {
    ready: true,
    controller: ready(controller),
    engines: engines.map(ready),
    gateway: ready(gateway),
    workDir,
  };
}

function addressOf({ role, id, url, metricsUrl, adminUrl, pid }: StackMember): object {
  return { role, id, url, metricsUrl, adminUrl, pid };
}
