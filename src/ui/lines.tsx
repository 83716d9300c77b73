import { Box, Text } from 'ink';
import type { ReactNode } from 'react';

/** Lines that are cut rather than wrapped. */
export function Lines({ lines, width }: { lines: readonly string[]; width?: number }): ReactNode {
  return (
    <Box flexDirection="column" {...(width !== undefined && { width })}>
      {lines.map((line, index) => (
        <Text key={index} wrap="truncate">
          {line}
        </Text>
      ))}
    </Box>
  );
}
