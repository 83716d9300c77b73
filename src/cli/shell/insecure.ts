import type { AccessFlags } from '../../target/access.ts';
import type { CliContext } from './context.ts';

/** Whatever else is to be quiet: who believes anybody must be told so. */
export function tellInsecure({ insecure }: AccessFlags, { stderr }: CliContext): void {
  if (insecure !== true) return;
  stderr.write(
    'WARNING --insecure: no certificate is checked, so whoever answers at these addresses is believed.\n',
  );
}
