/** What a socket remembers of its sends: that one was cut short, until the rest has gone, and nothing of those that are over. */
import v8 from 'node:v8';
import * as assert from 'uvu/assert';
import { arrived } from '../support/arrived.js';
import { run, script } from '../support/process.js';
import { withPair } from '../support/sockets.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('outbox');

t.test('a rest that sendSync sends to its end, in however many calls, ends the interruption', () =>
  withPair(async (a, b) => {
    const data = Buffer.alloc(1 << 20, 'abc');
    const error = await thrownBy(() => a.send(data, { timeout: 5 }));
    let sent = (error as { bytesSent?: number }).bytesSent ?? 0;
    assert.ok(sent > 0 && sent < data.length);
    const came: Buffer[] = [];
    const drain = () => {
      try {
        for (;;) came.push(arrived(b.receiveSync({ maxData: 262144 })).data);
      } catch (error) {
        assert.is((error as { code?: string }).code, 'EAGAIN');
      }
    };
    while (sent < data.length) {
      assert.is((await thrownBy(() => a.sendSync('next'))).code, 'ERR_INTERRUPTED');
      drain();
      sent += a.sendSync(data.subarray(sent), { resume: true });
    }
    drain();
    assert.is(a.sendSync('next'), 4);
    assert.is(await a.send('last'), 4);
    assert.is((await thrownBy(() => a.sendSync('x', { resume: true }))).code, 'ERR_INVALID_ARGUMENT');
    drain();
    assert.ok(Buffer.concat(came).equals(Buffer.concat([data, Buffer.from('nextlast')])));
  }),
);

const KEPT = 'of a thousand sends that have waited and are over nothing is kept, whatever became of them';
if (!('queryObjects' in v8)) t.skip(KEPT, 'this Node has no v8.queryObjects');
else {
  t.test(
    KEPT,
    async () => {
      const { stdout, stderr } = await run(
        script(`
        import v8 from 'node:v8';
        import { socketpair, UnixDatagram } from 'ancillary';
        const count = () => v8.queryObjects(Promise, { format: 'count' });
        const attempt = (work) => { try { for (;;) work(); } catch ({ code }) { if (code !== 'EAGAIN') throw code; } };
        const [a, b] = socketpair();
        const [c, d] = [1, 2].map(() => UnixDatagram.bindSync({ autobind: true }));
        const to = d.address;
        const round = async (times) => {
          attempt(() => a.sendSync(Buffer.alloc(65536)));
          attempt(() => c.sendSync('x', { to }));
          const abort = new AbortController();
          const sends = [];
          for (let i = 0; i < times; i++) {
            sends.push(a.send('x'), c.send('x', { to }), a.send('y', { signal: abort.signal }).catch(() => {}));
          }
          abort.abort();
          let isOver = false;
          const all = Promise.all(sends).then(() => { isOver = true; });
          while (!isOver) {
            attempt(() => b.receiveSync());
            attempt(() => d.receiveSync());
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
          await all;
        };
        await round(10);
        await new Promise((resolve) => setTimeout(resolve, 20));
        const before = count();
        await round(350);
        await new Promise((resolve) => setTimeout(resolve, 20));
        console.log(count() - before < 100, count() - before);
        for (const each of [a, b, c, d]) each.closeSync();
      `),
        { limit: 30_000 },
      );
      assert.match(stdout.toString(), /^true/, stderr);
    },
    { timeout: 30_000 },
  );
}

t.run();
