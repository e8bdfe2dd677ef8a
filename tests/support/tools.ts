import { spawnSync } from 'node:child_process';

/** Why a tool cannot be used here, or undefined when the try succeeds. */
export function lacks(command: string, ...argv: string[]): string | undefined {
  const { error, status, stderr } = spawnSync(command, argv, { encoding: 'utf8', timeout: 20_000 });
  if (error) return `there is no ${command}`;
  return status === 0 ? undefined : `${command} fails: ${stderr.trim().split('\n')[0]}`;
}
