/** What a service manager passes is owned once, closed on exec, and refused when it cannot be meant. */
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { UnixListener, UnixSeqpacketListener } from 'ancillary';
import * as assert from 'uvu/assert';
import { bindOther } from '../support/native.js';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('listen-fds');

/** Runs `text` in a process that has the descriptors from 3 on, with LISTEN_PID set to its own unless said. */
async function inService(fds: number[], env: Record<string, string>, text: string): Promise<string> {
  const { stdout, stderr, code } = await run(
    script(`
      import fs from 'node:fs';
      import { closeAll } from 'ancillary';
      import { listenFds, toListeners } from 'ancillary/notify';
      process.env.LISTEN_PID ??= String(process.pid);
      const isCloseOnExec = (fd) =>
        (Number.parseInt(/flags:\\s+(\\d+)/.exec(fs.readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o2000000) !== 0;
      const tried = (fn) => { try { return fn(); } catch (error) { return error.code + ' ' + error.message; } };
      const variables = () => Object.keys(process.env).filter((name) => name.startsWith('LISTEN_')).sort().join();
      ${text}
    `),
    { env, stdio: ['ignore', 'pipe', 'pipe', ...fds] },
  );
  assert.equal([code, stderr], [0, '']);
  return stdout.toString().trimEnd();
}

const null3 = () => [0, 0, 0].map(() => openSync('/dev/null', 'r'));

t.test('descriptors come in order with their names, closed on exec, and the variables are gone', async () => {
  const printed = await inService(
    null3(),
    { LISTEN_FDS: '3', LISTEN_FDNAMES: 'web::b c', LISTEN_PIDFDID: '5' },
    `
      const list = listenFds();
      console.log(JSON.stringify(list.map(({ fd, name }) => [fd.fd, name, isCloseOnExec(fd.fd)])), variables() === '');
      console.log(listenFds().length);
      closeAll(list.map(({ fd }) => fd));
    `,
  );
  assert.is(printed, '[[3,"web",true],[4,"",true],[5,"b c",true]] true\n0');
});

t.test(
  'without names they are unknown; asked again, where the variables stand, they are the same objects',
  async () => {
    const printed = await inService(
      null3(),
      { LISTEN_FDS: '3' },
      `
      const first = listenFds({ unsetEnvironment: false });
      console.log(variables(), first.map(({ name }) => name).join());
      const number = first[1].fd.release();
      process.env.LISTEN_FDS = '2';
      const again = listenFds();
      console.log(again.length, again.every(({ fd }, i) => fd === first[i].fd), again[1].fd.closed, number);
      closeAll(first.map(({ fd }) => fd));
      console.log(isCloseOnExec(4));
    `,
    );
    assert.is(printed, 'LISTEN_FDS,LISTEN_PID unknown,unknown,unknown\n2 true true 4\ntrue');
  },
);

for (const [name, env, printed] of [
  ['of another process', { LISTEN_PID: '1', LISTEN_FDS: '3' }, ''],
  ['of none', { LISTEN_FDS: '0' }, ''],
  ['that say nothing', { LISTEN_FDS: '' }, ''],
  [
    'with a pid of 3x',
    { LISTEN_PID: '3x', LISTEN_FDS: '3' },
    /^ERR_INVALID_ARGUMENT LISTEN_PID must be a number, not '3x'$/,
  ],
  ['with a count of 3x', { LISTEN_FDS: '3x' }, /^ERR_INVALID_ARGUMENT LISTEN_FDS must be a number, not '3x'$/],
  ['with a count of 03', { LISTEN_FDS: '03' }, /^ERR_INVALID_ARGUMENT LISTEN_FDS must be a number, not '03'$/],
  ['with a count below 0', { LISTEN_FDS: '-1' }, /LISTEN_FDS must be a number, not '-1'$/],
  ['with a count of 1e1', { LISTEN_FDS: '1e1' }, /not '1e1'$/],
  ['with a blank', { LISTEN_FDS: ' 3' }, /not ' 3'$/],
  ['with an escape', { LISTEN_FDS: '\u001b[31m\n' }, /not '\\u001b\[31m\\n'$/],
  ['with a count beyond int', { LISTEN_FDS: '2147483645' }, /must be a number/],
  [
    'with a huge count',
    { LISTEN_FDS: '2000000000' },
    /2000000000 descriptors from 3 on, but descriptor \d+ is not open$/,
  ],
  ['of descriptors that are closed', { LISTEN_FDS: '400' }, /descriptor \d+ is not open$/],
  ['with too few names', { LISTEN_FDS: '3', LISTEN_FDNAMES: 'a:b' }, /has 2 names, and LISTEN_FDS says 3/],
  ['with too many names', { LISTEN_FDS: '3', LISTEN_FDNAMES: 'a:b:c:' }, /has 4 names/],
] as [string, Record<string, string>, string | RegExp][]) {
  t.test(
    `variables ${name} ${printed === '' ? 'give none' : 'are refused in one line'}; nothing is owned, and they are gone`,
    async () => {
      const lines = await inService(
        null3(),
        env,
        `
          console.log(tried(() => listenFds().map(() => 0).join()).replaceAll('\\n', '(newline)'));
          console.log(variables());
          // Nobody owns these: they would be closed twice.
          for (const fd of [3, 4, 5]) fs.closeSync(fd);
          console.log('end');
        `,
      );
      const [answer = '', left, end] = lines.split('\n');
      if (typeof printed === 'string') assert.is(answer, printed);
      else assert.match(answer, printed);
      assert.equal([left, end], ['', 'end']);
    },
  );
}

t.test('a number that the program has adopted itself is said to be taken; then nothing is owned by it', async () => {
  const printed = await inService(
    null3(),
    { LISTEN_FDS: '3' },
    `
      import { OwnedFd } from 'ancillary';
      const mine = OwnedFd.adopt(4);
      console.log(tried(() => listenFds({ unsetEnvironment: false })), mine.closed);
      mine.release();
      const fds = listenFds();
      console.log(fds.length);
      closeAll(fds.map(({ fd }) => fd));
    `,
  );
  assert.match(printed, /^ERR_INVALID_ARGUMENT descriptor 4 has an owner already, adopted as [^\n]* false\n3$/);
});

t.test('a worker is told that they are the process’s', async () => {
  const printed = await inService(
    null3(),
    { LISTEN_FDS: '3' },
    `
      import { Worker } from 'node:worker_threads';
      const text = "import { listenFds } from 'ancillary/notify'; try { listenFds() } catch (error) { console.log(error.code) }";
      const url = new URL('data:text/javascript,' + encodeURIComponent(
        "import { createRequire } from 'node:module';" +
        "const { listenFds } = createRequire(process.cwd() + '/x.js')('ancillary/notify');" +
        "try { listenFds() } catch (error) { console.log(error.code) }"));
      new Worker(url).on('exit', () => console.log(listenFds().length));
    `,
  );
  assert.is(printed, 'ERR_UNSUPPORTED\n3');
});

t.test(
  'toListeners makes listeners of Unix sockets and servers of others; what does not listen is refused, all of it',
  () =>
    withTempDir(async (folder) => {
      const stream = UnixListener.listenSync(join(folder, 's'));
      const records = UnixSeqpacketListener.listenSync(join(folder, 'q'));
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
      const blocking = bindOther('seqpacket', join(folder, 'b'));
      const printed = await inService(
        [stream.fd, records.fd, fd, openSync('/dev/null', 'r'), blocking],
        { LISTEN_FDS: '5', LISTEN_FDNAMES: 'stream:records:tcp:file:blocking' },
        `
        import { UnixStream } from 'ancillary';
        const fds = listenFds();
        console.log(tried(() => toListeners(fds)), fds.every(({ fd }) => !fd.closed));
        const isRefused = (given) => tried(() => toListeners(given)).startsWith?.('ERR_INVALID_ARGUMENT') === true;
        const odd = [null, undefined, 5, 'odd', {}, [null], new Array(1), [{}], [{ fd: 5, name: '' }], [{ fd: fds[0].fd }]];
        console.log(odd.every(isRefused), isRefused([fds[0], fds[0]]), fds.every(({ fd }) => !fd.closed));
        fds.splice(3, 1)[0].fd.close();
        console.log(tried(() => toListeners(fds)), fds.every(({ fd }) => !fd.closed));
        const listeners = toListeners(fds, { nonblocking: true });
        console.log(listeners.map(({ listener, name }) => name + ' ' + listener.constructor.name.replace(/^_/, '')).join());
        const [{ listener: stream }, { listener: records }, { listener: server }] = listeners;
        const accepted = stream.accept();
        (await UnixStream.connect(${JSON.stringify(join(folder, 's'))})).closeSync();
        (await accepted).closeSync();
        if (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
        console.log(server.address().port > 0);
        await stream.close();
        await records.close();
        await listeners[3].listener.close();
        server.close();
        console.log('done');
        process.exit();
      `,
      );
      assert.is(
        printed,
        'ERR_INVALID_ARGUMENT descriptor 6 (file) is no socket that listens true\ntrue true true\n' +
          'ERR_INVALID_ARGUMENT descriptor 7 (blocking) is a blocking listener: { nonblocking: true } makes it non-blocking, ' +
          'which whoever else holds it sees too true\n' +
          'stream UnixListener,records UnixSeqpacketListener,tcp Server,blocking UnixSeqpacketListener\ntrue\ndone',
      );
      stream.closeSync();
      records.closeSync();
      server.close();
      closeSync(blocking);
    }),
);

t.run();
