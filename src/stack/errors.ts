import { errorsOf, target, usage } from '../base/errors.ts';

export const stackError = errorsOf({
  GATEWAY_COMMAND_INVALID: usage(
    'The command of --gateway-command cannot be used.',
    "Write it as in --gateway-command 'my-gateway --port {port} --workers {engines}'; docs/guides/other-gateways.md has every placeholder.",
  ),
  GATEWAY_NOT_EXECUTABLE: usage(
    'The gateway binary is not an executable file.',
    'Give --gateway the path of a gateway binary (chmod +x), a URL, embedded or pixiu. A config file is checked by `kvcache doctor --config FILE`.',
  ),
  GATEWAY_NOT_FOUND: target(
    'No pixiu gateway was found.',
    'Put the pixiu binary on PATH, or set PIXIU_SOURCE to a checkout of dubbo-go-pixiu (needs go). Without either, --gateway embedded runs ours.',
  ),
  PORTS_CONFLICT: usage(
    'PIXIU_CONFIG fixes the ports, so they cannot be chosen.',
    'Leave --ports and --port-base away, or unset PIXIU_CONFIG to have a config rendered.',
  ),
  RESET_FAILED: target(
    'A mock refused to reset its counters.',
    'Check that the admin URL belongs to a mock of the sample.',
  ),
});
