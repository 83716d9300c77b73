import { appendFileSync } from 'node:fs';
import { it } from 'vitest';
import { SCENARIOS } from '../helpers/truth/scenarios.ts';
import { runVerify } from '../helpers/truth/run-verify.ts';
import { startWorld } from '../helpers/truth/world.ts';
const only = process.env['ONLY']?.split(',');
for (const s of SCENARIOS) {
  if (only && !only.includes(s.id)) continue;
  it(
    s.id,
    async () => {
      const world = await startWorld({ ...s.world(), seed: 1 });
      const t0 = Date.now();
      try {
        const j = await runVerify(world, {
          seed: 1,
          flags: { arms: 'BCDN', rounds: '6', requestsPerBlock: '12', ...s.flags },
        });
        const r = j.result;
        const said = { run: j.outcome, ...j.checks } as Record<string, string>;
        const bad = Object.entries(s.never).flatMap(([c, os]) =>
          said[c] && os.includes(said[c] as never) ? [`${c}:${said[c]}`] : [],
        );
        const badc = j.causes.filter((c) => !s.causes.includes(c));
        appendFileSync(
          '/tmp/work/liars.txt',
          `${bad.length + badc.length ? 'BAD' : 'ok '} ${s.id} ${Date.now() - t0}ms ${j.outcome} learns=${j.learns} hit=${r.hitRate?.hits}/${r.hitRate?.total}u${r.hitRate?.unknown} truth=${j.truth.hits}/${j.truth.total} ch=${r.hitRate?.chance?.toFixed(2)} causes=${j.causes} considered=${r.cause?.considered} wrong=${bad} wrongCauses=${badc} | ${r.checks.filter((c) => c.outcome !== 'pass').map((c) => c.id + ':' + c.outcome)} | ${r.headline.slice(0, 120)} | ${r.stopReason ?? ''}\n`,
        );
      } catch (e) {
        appendFileSync('/tmp/work/liars.txt', `ERR ${s.id} ${String(e).slice(0, 300)}\n`);
      } finally {
        await world.close();
      }
    },
    120000,
  );
}
