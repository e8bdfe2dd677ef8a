/** What is dropped while open is closed when it is collected, with one warning that says where it came from. */
import { readdirSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const PRELUDE = `
  import { openSync, readdirSync, readlinkSync } from 'node:fs';
  import { socketpair, UnixListener } from 'ancillary';
  const isOpen = (fd) => { try { return readlinkSync('/proc/self/fd/' + fd) !== ''; } catch { return false; } };
  const openFds = () => readdirSync('/proc/self/fd').map(Number).filter(isOpen);
  // The numbers that \`make\` opens, without asking an object for one: that would lend it.
  const opened = (make) => { const before = openFds(); make(); return openFds().filter((fd) => !before.includes(fd)); };
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const collect = async (done) => { for (let i = 0; i < 100 && !done(); i++) { await sleep(5); gc(); } };
  const file = openSync('/dev/null');
  // With the first stream on a pipe libuv opens a spare descriptor, which must not take a number that is watched here.
  process.stderr;
`;

/** Runs a module that can call gc(); it must end well. Returns what it printed, and its warnings. */
async function collecting(text: string): Promise<{ out: string; warnings: string[] }> {
  const { code, stdout, stderr } = await run(script(PRELUDE + text, '--expose-gc'));
  const warnings = stderr.split('\n').filter((line) => line.includes('ANCILLARY_LEAK'));
  assert.is(code, 0, stderr);
  return { out: stdout.toString().trim(), warnings };
}

const t = suite('leaks');

for (const [name, receive] of [
  ['receive', 'async function here(b) { return (await b.receive({ maxFds: 2 })).fds; }'],
  ['receiveSync', 'function here(b) { return b.receiveSync({ maxFds: 2 }).fds; }'],
]) {
  t.test(`a descriptor from ${name}, dropped: closed, one warning with the line of the call`, async () => {
    const { out, warnings } = await collecting(`
      const [a, b] = socketpair();
      ${receive}
      let dropped, kept;
      await (async () => {
        a.sendSync('x', { fds: [file, file] });
        const before = openFds();
        const [first, second] = await here(b);
        dropped = openFds().find((fd) => !before.includes(fd) && readlinkSync('/proc/self/fd/' + fd) === '/dev/null');
        kept = second;
      })();
      await collect(() => !isOpen(dropped));
      console.log(isOpen(dropped), isOpen(kept.fd), dropped === kept.fd);
      kept.close();
      a.closeSync(); b.closeSync();
    `);
    assert.is(out, 'false true false');
    assert.is(warnings.length, 1, warnings.join('\n'));
    assert.match(warnings[0] ?? '', /descriptor \d+, received on socketpair \d+ \(at (async )?here \(.*:\d+:\d+\)\)/);
  });
}

for (const [what, make] of [
  ['UnixListener', "UnixListener.listenSync(folder + '/s').unref()"],
  ['UnixSeqpacketListener', "UnixSeqpacketListener.listenSync(folder + '/s').unref()"],
  ['UnixDatagram', "UnixDatagram.bindSync(folder + '/s')"],
]) {
  for (const isReplaced of [false, true]) {
    t.test(
      `a ${what} that is dropped takes its socket file along, ${isReplaced ? 'not that of another' : 'at once'}`,
      () =>
        withTempDir(async (folder) => {
          const { out, warnings } = await collecting(`
          import { existsSync, renameSync } from 'node:fs';
          import { UnixDatagram, UnixSeqpacketListener } from 'ancillary';
          const folder = ${JSON.stringify(folder)};
          const dropped = opened(() => ${make}).find((fd) => readlinkSync('/proc/self/fd/' + fd).startsWith('socket:'));
          let other;
          if (${isReplaced}) {
            renameSync(folder + '/s', folder + '/moved');
            other = ${make};
          }
          await collect(() => !isOpen(dropped));
          console.log(isOpen(dropped), existsSync(folder + '/s'));
          other?.closeSync();
        `);
          assert.is(out, `false ${isReplaced}`);
          assert.is(warnings.length, 1);
          assert.equal(readdirSync(folder), isReplaced ? ['moved'] : []);
        }),
    );
  }
}

t.test('what was closed or released is not touched when it is collected', async () => {
  const { out, warnings } = await collecting(`
    let numbers = [];
    (() => {
      for (let i = 0; i < 50; i++) {
        const [a, b] = socketpair();
        a.sendSync('x', { fds: [file, file] });
        const [first, second] = b.receiveSync({ maxFds: 2 }).fds;
        numbers.push(first.release());
        second.close();
        a.closeSync(); b.closeSync();
      }
    })();
    for (let i = 0; i < 10; i++) { await sleep(5); gc(); }
    console.log(numbers.filter(isOpen).length);
  `);
  assert.equal([out, warnings], ['50', []]);
});

t.test('a dropped stream is closed too, and a listener that does not keep the process alive', async () => {
  const { out, warnings } = await collecting(`
    import { mkdtempSync, rmSync } from 'node:fs';
    import { tmpdir } from 'node:os';
    const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
    // With the first one the reactor is made, which stays open.
    UnixListener.listenSync(folder + '/first').closeSync();
    let numbers;
    numbers = opened(() => [socketpair(), UnixListener.listenSync(folder + '/s').unref()]);
    await collect(() => !numbers.some(isOpen));
    console.log(numbers.length, numbers.filter(isOpen).length);
    rmSync(folder, { recursive: true });
  `);
  assert.is(out, '3 0');
  assert.is(warnings.length, 3, warnings.join('\n'));
  for (const warning of warnings) assert.match(warning, /\(at .*:\d+:\d+\)/, 'it says where');
});

t.test('a stream that was waited on and dropped does not keep its number from waking for others', async () => {
  const { out } = await collecting(`
    let peer, number;
    await (async () => {
      const before = openFds();
      const [a, b] = socketpair();
      peer = b;
      number = openFds().find((fd) => !before.includes(fd) && fd !== b.fd);
      const message = a.receive();
      await sleep(5);
      b.sendSync('x');
      await message;
    })();
    await collect(() => !isOpen(number));
    peer.closeSync();
    const [c, d] = socketpair();
    const [mine, other] = c.fd === number ? [c, d] : [d, c];
    const message = mine.receive().then(({ data }) => String(data), ({ code }) => code);
    await sleep(5);
    other.sendSync('awake');
    console.log(mine.fd === number, await message);
    mine.closeSync(); other.closeSync();
  `);
  assert.is(out, 'true awake');
});

t.test(
  'a stream that was waited on and dropped wakes nobody, though somebody else has the same socket open',
  async () => {
    const { out } = await collecting(`
    const [c, d] = socketpair();
    let peer, number, shared;
    await (async () => {
      const before = openFds();
      const [a, b] = socketpair();
      peer = b;
      number = openFds().find((fd) => !before.includes(fd) && fd !== b.fd);
      const message = a.receive();
      await sleep(5);
      b.sendSync('x');
      await message;
      c.sendSync('x', { fds: [number] });
      [shared] = d.receiveSync({ maxFds: 1 }).fds;
    })();
    await collect(() => !isOpen(number));
    peer.sendSync('nobody takes it');
    const turns = () => performance.nodeTiming.uvMetricsInfo.loopCount;
    // The quietest of some times: what would wake the loop for ever does so in each.
    let least = Infinity;
    for (let i = 0; i < 5 && least >= 200; i++) {
      const before = turns();
      await sleep(200);
      least = Math.min(least, turns() - before);
    }
    console.log(isOpen(number), least < 200);
    shared.close(); peer.closeSync(); c.closeSync(); d.closeSync();
  `);
    assert.is(out, 'false true');
  },
);

for (const [name, wait, peer] of [
  ['receive', 'a.receive().then(({ data }) => data.length)', 'b.sendSync("x"); await sleep(5);'],
  ['forEachMessage', 'a.forEachMessage(() => {}).then(() => 1)', 'b.closeSync(); await sleep(5);'],
  ['send', 'fill(a) && a.send("x")', 'while (await drain(b));'],
  [
    'close behind a send',
    'fill(a) && (a.send("x").catch(() => {}), a.close().then(() => 1))',
    'while (await drain(b));',
  ],
]) {
  t.test(`a stream is not collected while a ${name} waits`, async () => {
    const { out } = await collecting(`
      const fill = (a) => { for (;;) try { a.sendSync(Buffer.alloc(65536)); } catch { return true; } };
      const drain = (b) => b.receive({ timeout: 1000 }).then((message) => message?.size ?? 0, () => 0);
      const held = (() => {
        const [a, b] = socketpair();
        return { b, number: a.fd, target: readlinkSync('/proc/self/fd/' + a.fd), done: ${wait} };
      })();
      const { b, number, target } = held;
      const done = held.done.catch(({ code }) => code);
      for (let i = 0; i < 10; i++) { await sleep(5); gc(); }
      console.log(isOpen(number) && readlinkSync('/proc/self/fd/' + number) === target);
      ${peer}
      console.log(await done);
      b[Symbol.dispose]();
    `);
    assert.is(out, 'true\n1');
  });
}

t.test(
  'a descriptor whose number was lent is left open when it is collected, and warned of: it may be a stranger',
  async () => {
    const { out, warnings } = await collecting(`
    import { createReadStream } from 'node:fs';
    import { once } from 'node:events';
    const [a, b] = socketpair();
    let number;
    const stranger = await (async () => {
      a.sendSync('x', { fds: [file] });
      const [fd] = b.receiveSync({ maxFds: 1 }).fds;
      number = fd.fd;
      // It closes the number itself, and somebody else gets it.
      await once(createReadStream(null, { fd: number }).resume(), 'close');
      return openSync('package.json');
    })();
    for (let i = 0; i < 20; i++) { await sleep(5); gc(); }
    console.log(stranger === number, isOpen(stranger));
    a.closeSync(); b.closeSync();
  `);
    assert.is(out, 'true true');
    assert.is(warnings.length, 1);
    assert.match(warnings[0] ?? '', /received on socketpair.*number had been handed out.*left open/);
  },
);

t.test('a number that is lent only after the turn it came in counts as lent too', async () => {
  const { out, warnings } = await collecting(`
    const [a, b] = socketpair();
    let number;
    await (async () => {
      a.sendSync('x', { fds: [file] });
      const [fd] = b.receiveSync({ maxFds: 1 }).fds;
      await sleep(10);
      number = fd.fd;
    })();
    for (let i = 0; i < 20; i++) { await sleep(5); gc(); }
    console.log(isOpen(number));
    a.closeSync(); b.closeSync();
  `);
  assert.equal([out, warnings.length], ['true', 1]);
});

t.test('sending an OwnedFd, closing or showing it does not lend its number', async () => {
  const { out } = await collecting(`
    import { inspect } from 'node:util';
    const [a, b] = socketpair();
    const numbers = opened(() => {
      a.sendSync('x', { fds: [file] });
      const { fds } = b.receiveSync({ maxFds: 1 });
      inspect(fds);
      a.sendSync('y', { fds });
      b.receiveSync({ maxFds: 1 }).fds[0].close();
    });
    await collect(() => !numbers.some(isOpen));
    console.log(numbers.length, numbers.filter(isOpen).length);
    a.closeSync(); b.closeSync();
  `);
  assert.is(out, '1 0');
});

t.run();
