/** Files that are there whole or not at all, whenever the process is killed. */
import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The names of files that are not whole yet: hidden, and nobody else's. */
const UNFINISHED = /^\.ancillary-\d+-\d+\.tmp$/;
/** An unfinished file of that age, in milliseconds, is of a process that was killed. */
const STALE = 60_000;

let written = 0;

/**
 * Writes `folder/name`: under another name first, which it then takes over. With `sync` it is on the disk when this
 * returns, so that not even a power failure takes it. Throws what node:fs throws; nothing is left then.
 */
export function writeWhole(
  folder: string,
  name: string,
  content: Uint8Array | string,
  { sync }: { sync: boolean },
): void {
  checkPlace(join(folder, name));
  written += 1;
  const unfinished = join(folder, `.ancillary-${process.pid}-${written}.tmp`);
  try {
    const fd = openSync(unfinished, 'wx', 0o644);
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
      if (sync) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(unfinished, join(folder, name));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** A rename would put a file in the place of a device or a FIFO. */
function checkPlace(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (!there || there.isFile()) return;
  const what = there.isDirectory() ? 'it is a folder' : 'it is no regular file';
  throw Object.assign(new Error(`EEXIST: ${what}`), { code: 'EEXIST' });
}

/** Removes what killed processes left unfinished in the folder. */
export function removeUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!UNFINISHED.test(name)) continue;
    const path = join(folder, name);
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (Date.now() - mtimeMs > STALE) rmSync(path, { force: true });
  }
}
