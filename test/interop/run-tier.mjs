// Runs one tier of the interop suites: `npm run interop [-- light|vllm|pixiu [VITEST-ARGUMENT…]]`, light by default.
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const TIERS = ['light', 'vllm', 'pixiu'];
const [first = 'light', ...others] = process.argv.slice(2);
const isTier = !first.startsWith('-');
if (isTier && !TIERS.includes(first)) {
  console.error(`There is no tier "${first}". Choose one of ${TIERS.join(', ')}.`);
  process.exit(2);
}
const [tier, filters] = isTier ? [first, others] : ['light', [first, ...others]];
const root = resolve(import.meta.dirname, '../..');
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config=test/vitest.config.ts',
    `--project=interop-${tier}*`,
    // A tier whose real part is not here has nothing to run; its files say why.
    '--passWithNoTests',
    ...filters,
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
