import { gatewayJsonSchema } from '../../../config/json-schema.ts';
import type { CliContext } from '../../shell/context.ts';
import { ExitCode } from '../../shell/exit-codes.ts';

export async function configSchema(_options: object, { stdout }: CliContext): Promise<ExitCode> {
  stdout.write(`${JSON.stringify(gatewayJsonSchema(), null, 2)}\n`);
  return ExitCode.pass;
}
