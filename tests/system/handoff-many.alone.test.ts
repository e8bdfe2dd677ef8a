/** Ten thousand connections, or as many as the machine lets one process open, move in time, between versions of Node. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { UnixStream } from 'ancillary';
import * as assert from 'uvu/assert';
import { HandoffProcess } from '../support/handoff-processes.js';
import { limitFiles } from '../support/native.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('handoff-many');

const NEWEST = join('.ci/nodes/node_modules/node26/bin/node');

async function move(count: number, oldNode: string, newNode: string): Promise<void> {
  await withTempDir(async (folder) => {
    const old = new HandoffProcess('old', count, `${folder}/s`, { node: oldNode });
    const taker = new HandoffProcess('new', count, `${folder}/s`, { node: newNode });
    const clients: UnixStream[] = await old.connect(count);
    try {
      const [offered, taken] = await Promise.all([old.outcome(), taker.outcome()]);
      assert.equal([offered.moved, offered.kept, taken.moved], [count, 0, count]);
      const [{ ms, cpu }] = old.said().filter((each) => (each as { ms?: number }).ms) as [{ ms: number; cpu: number }];
      console.log(`${count} connections moved in ${ms} ms, ${cpu} of them the offerer's own work`);
      for (const client of clients.slice(0, 100)) {
        await client.send('ping');
        let heard = '';
        while (!heard.includes('ping'))
          heard += (await client.receive({ timeout: 60_000 }))?.data ?? assert.unreachable();
        assert.is(heard, 'T serves\nT ping');
      }
    } finally {
      for (const client of clients) client.closeSync();
      for (const each of [old, taker]) each.close();
    }
    assert.equal([await old.leaked(), await taker.leaked()], [0, 0]);
  });
}

/** As many as are asked for, or as the hard limit of open files admits beside what is open otherwise. */
function most(wanted: number): number {
  for (let count = wanted; count > 100; count >>= 1) {
    try {
      // Children begin with it.
      limitFiles(0, count + 500);
      return count;
    } catch {
      console.log(`no ${count + 500} open files are to be had here`);
    }
  }
  return 100;
}

t.test('10,000 connections move, and every one is served by the taker', () =>
  move(most(10_000), process.execPath, process.execPath),
);

const lack = existsSync(NEWEST) ? lacks(NEWEST, '--version') : 'npm ci --prefix .ci/nodes has not been run';
for (const [name, from, to] of [
  ['this Node to the newest', process.execPath, NEWEST],
  ['the newest Node to this', NEWEST, process.execPath],
] as const) {
  if (lack) t.skip(`connections move from ${name}`, lack);
  else t.test(`connections move from ${name}`, () => move(600, from, to));
}

t.run();
