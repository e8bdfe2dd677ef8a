import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `fn` with a new private directory (mode 0700), which is gone afterwards whatever happened. */
export async function withTempDir<T>(fn: (path: string) => T | Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'ancillary-test-'));
  try {
    return await fn(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}
