/** A process at its limit of open files before its reactor is made: waits fail, and go well once there is room. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('limit');

/** Runs a module that may have 64 descriptors open; returns what it printed. */
async function limited(text: string): Promise<string> {
  const { code, stdout, stderr } = await run(['sh', '-c', 'ulimit -n 64 && exec "$0" "$@"', ...script(text)]);
  assert.equal([code, stderr], [0, '']);
  return stdout.toString().trim();
}

t.test('3,000 receives that fail with EMFILE use no memory up', async () => {
  const out = await limited(`
    import { closeSync, openSync } from 'node:fs';
    import { socketpair } from 'ancillary';
    // With the first stream libuv may open a spare descriptor.
    process.stdout;
    const [a, b] = socketpair();
    const held = [];
    try { for (;;) held.push(openSync('/dev/null')); } catch {}
    const codes = new Set();
    for (let i = 0; i < 3000; i++) await b.receive().then(() => codes.add('received'), ({ code }) => codes.add(code));
    for (const fd of held) closeSync(fd);
    const got = b.receive();
    setImmediate(() => a.sendSync('x'));
    console.log([...codes].join(), String((await got).data));
  `);
  assert.is(out, 'EMFILE x');
});

t.run();
