import type { AccessFlags } from '../../target/access.ts';
import type { OutputFlags, ReporterFlags, WorkDirFlags } from '../shell/options.ts';

/** Flags that the harness reads by name; unset ones are absent. */
export interface VerifyFlags extends OutputFlags, ReporterFlags, WorkDirFlags, AccessFlags {
  routing?: string;
  bundle?: string;
  gateway?: string;
  dryRun?: boolean;
  [name: string]: string | readonly string[] | boolean | undefined;
}
