import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Suite } from './suite.js';
import { withTempDir } from './temp.js';
import { lacks } from './tools.js';

/** Root may read and write everything, unless it gives that up. */
const CAPABILITIES = '-dac_override,-dac_read_search';
const noOverride = ['setpriv', `--inh-caps=${CAPABILITIES}`, `--bounding-set=${CAPABILITIES}`];
const isRoot = process.getuid?.() === 0;

/** Put before a command, permissions hold for it. */
export const asOrdinary = isRoot ? noOverride : [];

/** Why that cannot be done here, or undefined. */
export const noSetpriv = isRoot ? lacks('setpriv', ...noOverride.slice(1), 'true') : undefined;

/**
 * argv of a command that runs as another user, in `folder`: with paths relative to it, so that the folders above may be
 * closed to that user.
 */
export const asUser = (uid: number, folder: string, ...argv: string[]) => [
  ...['sh', '-c', 'cd "$0" && exec "$@"', folder],
  ...['setpriv', '--reuid', `${uid}`, '--clear-groups', ...argv],
];

/** Why a peer of another user cannot be had here, or undefined. */
export const noOtherUser = isRoot
  ? lacks('setpriv', '--reuid', '65534', '--clear-groups', process.execPath, resolve('build/cli.js'), '--version')
  : 'only root can start a peer of another user';

/** Makes tests that run with a folder where every user may make files, beside peers of other users. */
export const besideOthers =
  (t: Suite) =>
  (name: string, fn: (folder: string) => unknown, skip = noOtherUser): void => {
    if (skip) {
      t.skip(name, skip);
      return;
    }
    const inFolder = () =>
      withTempDir((folder) => {
        chmodSync(folder, 0o777);
        return fn(folder);
      });
    t.test(name, inFolder, { timeout: 20_000 });
  };
