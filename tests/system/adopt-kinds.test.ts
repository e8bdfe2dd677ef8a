/**
 * Every kind of descriptor given to every function that takes some, each function in a process of its own: Node aborts
 * the process for some of these.
 */
import { fileURLToPath } from 'node:url';
import type { OwnedFd } from 'ancillary';
import * as ancillary from 'ancillary';
import * as assert from 'uvu/assert';
import { openFds, untilOpen } from '../support/descriptors.js';
import { hasIpv6, KINDS, TAKERS, type Taker, withKind } from '../support/kinds.js';
import { run, sleep } from '../support/process.js';
import { suite } from '../support/suite.js';

interface Made {
  on?(event: string, listener: (error: Error) => void): void;
  destroy?(): void;
  close?(): unknown;
}

/** Gives every kind to one function and lets the loop turn with what is made; tells what came of each. */
async function giveAll(taker: Taker): Promise<void> {
  // What is opened once for all: by libuv with its first stream, by the library with its first listener.
  process.stdout;
  await withKind('a Unix listener', () => {});
  const told: Record<string, string> = {};
  for (const name of Object.keys(KINDS)) {
    if (name.includes('IPv6') && !hasIpv6) continue;
    const before = openFds();
    await withKind(name, async (owned) => {
      const give = Reflect.get(ancillary, taker) as (owned: OwnedFd, options?: object) => Made | Promise<Made>;
      try {
        const made = await give(owned, taker === 'toFileHandle' ? undefined : { nonblocking: true });
        made.on?.('error', () => {});
        await sleep(10);
        if (made.destroy) made.destroy();
        else await made.close?.();
        told[name] = owned.closed ? 'taken' : 'taken, and still the owner’s';
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        const isAlive = !owned.closed && owned.stat().ino > 0;
        told[name] = isAlive ? `${code}: ${message}` : `refused, and closed: ${message}`;
      }
    });
    await untilOpen(before).catch((error: Error) => {
      told[name] += `, and left something open: ${error.message}`;
    });
  }
  console.log(JSON.stringify(told));
}

const child = process.argv[2] as Taker | undefined;
if (child) await giveAll(child);
else {
  const t = suite('adopting kinds');
  if (!hasIpv6) t.skip('a UDP socket of IPv6', 'no IPv6 here');
  for (const taker of TAKERS) {
    t.test(
      `${taker} takes what it says, refuses every other kind in one line that names it, and leaves nothing open`,
      async () => {
        const { code, signal, stdout, stderr } = await run([process.execPath, fileURLToPath(import.meta.url), taker]);
        assert.equal([code, signal, stderr], [0, null, '']);
        const told: Record<string, string> = JSON.parse(stdout.toString());
        for (const [name, { takers }] of Object.entries(KINDS)) {
          if (told[name] === undefined) continue;
          if (takers.includes(taker)) assert.is(told[name], 'taken', name);
          else {
            assert.match(told[name] as string, /^ERR_UNSUPPORTED: [^\n]+$/, name);
            // Where another takes it, that one is named.
            const others = takers.some((other) => told[name]?.includes(other));
            assert.ok(takers.length === 0 || others, told[name]);
          }
        }
        assert.ok(Object.values(told).includes('taken'));
      },
    );
  }
  t.run();
}
