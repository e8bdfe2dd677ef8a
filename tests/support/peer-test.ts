/** A test against a program of somebody else's. */
import { settledFds, untilOpen } from './descriptors.js';
import type { Suite } from './suite.js';
import { withTempDir } from './temp.js';
import { openWhatStays } from './warm.js';

export type PeerTest = (lack: string | undefined, title: string, fn: (folder: string) => unknown) => void;

/**
 * Tests with a folder of their own, skipped for what the machine lacks, in which a descriptor that is left open is a
 * failure. Their time has room for programs that start slowly.
 */
export function peerTests(suite: Suite): PeerTest {
  suite.before(openWhatStays);
  return (lack, title, fn) => {
    if (lack) {
      suite.skip(title, lack);
      return;
    }
    const whole = async () => {
      const open = await settledFds();
      await withTempDir(fn);
      await untilOpen(open);
    };
    suite.test(title, whole);
  };
}
