import type { Option } from 'commander';
import { TARGET_FLAGS } from '../../target/flags.ts';
import { textOptionsOf } from './flag-table.ts';

/** Where the deployment is; the same for every command that talks to one. */
export function targetOptions(): Option[] {
  return textOptionsOf(TARGET_FLAGS);
}
