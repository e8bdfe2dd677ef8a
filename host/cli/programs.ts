/** Programs that are to be run, found as the shell finds them. */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { complain } from './output.js';

/** As the shell, env(1) and timeout(1) have it: what to run is not there, or cannot be run. */
export const NOT_FOUND = 127;
export const NOT_RUN = 126;

/** Where a command is that can be run; `missing` if nothing has that name, `unfit` if it cannot be executed. */
function findProgram(command: string): { file: string } | 'missing' | 'unfit' {
  // An empty folder in PATH is the current one.
  const folders = (process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(':');
  const files = command.includes('/') ? [command] : folders.map((folder) => join(folder || '.', command));
  let found: 'missing' | 'unfit' = 'missing';
  for (const file of command === '' ? [] : files) {
    try {
      const isFile = statSync(file).isFile();
      accessSync(file, constants.X_OK);
      if (isFile) return { file };
      found = 'unfit';
    } catch (error) {
      if (!['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) found = 'unfit';
    }
  }
  return found;
}

/**
 * The file of a command that can be run; of another says what is wrong, and has the process end as a shell would.
 * Returns undefined then.
 */
export function programOf(command: string): string | undefined {
  const found = findProgram(command);
  if (typeof found === 'object') return found.file;
  process.exitCode = found === 'missing' ? NOT_FOUND : NOT_RUN;
  const where = command.includes('/') ? '' : ' in PATH';
  complain(
    found === 'missing'
      ? `cannot run ${command}: there is no such program${where}`
      : `cannot run ${command}: it is no file that may be executed`,
  );
  return undefined;
}

/** Whether this process is in the foreground of a terminal, so that a key there reaches all of its group at once. */
export function isInForeground(stat: string): boolean {
  // The name, in brackets, may hold anything; behind it stand state, ppid, pgrp, session, tty_nr, tpgid (proc(5)).
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}
