/** Programs that are to be run, found as the shell finds them. */
import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';

/** Where a command is that can be run; `missing` if nothing has that name, `unfit` if it cannot be executed. */
export function findProgram(command: string): { file: string } | 'missing' | 'unfit' {
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

/** Whether this process is in the foreground of a terminal, so that a key there reaches all of its group at once. */
export function isInForeground(stat: string): boolean {
  // The name, in brackets, may hold anything; behind it stand state, ppid, pgrp, session, tty_nr, tpgid (proc(5)).
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === foreground;
}
