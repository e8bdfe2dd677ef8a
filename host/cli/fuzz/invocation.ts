import { realpathSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';

/** A word as a POSIX shell reads it again. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** How this command is called from here: by its name where the shell finds it by that, else as Node was told to run it. */
export function invocation(): string {
  const program = process.argv[1] ?? '';
  const ours = realOf(program);
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => realOf(join(folder || '.', 'ancillary'))).find((file) => file !== undefined);
  if (ours !== undefined && found === ours) return 'ancillary';
  const near = relative('', program);
  return `node ${quote(near.startsWith('..') ? program : near)}`;
}

function realOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
