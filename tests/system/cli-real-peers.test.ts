/** `ancillary send` and `recv` against programs that pass descriptors in earnest. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { abstractName, isCallable, sendTo, startRecv } from '../support/cli-sockets.js';
import { cli, Running, run, until } from '../support/process.js';
import { suite } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';
import { lacks } from '../support/tools.js';

const t = suite('cli-real-peers');

function withTools(title: string, lack: string | undefined, fn: () => unknown): void {
  if (lack) t.skip(title, lack);
  else t.test(title, fn);
}

const noNotify = lacks('systemd-notify', '--version');
const noActivate = lacks('systemd-socket-activate', '--version');
// Version on standard error, status 0.
const noSsh = lacks('ssh', '-V') ?? lacks('bash', '--version');

withTools('systemd-notify: state, sender and barrier, which is let go once it was told of', noNotify, () =>
  withTempDir(async (folder) => {
    const path = join(folder, 'notify');
    const receiver = await startRecv(path, 'dgram', '--json', '--count', '2', '--credentials');
    const { code, stderr } = await run(['systemd-notify', '--ready', '--status=up'], { env: { NOTIFY_SOCKET: path } });
    // It waits five seconds for whoever has the pipe of the barrier, and fails.
    assert.equal([code, stderr], [0, '']);
    const [ready, barrier] = (await receiver.ended).stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.is(ready.text, 'READY=1\nSTATUS=up');
    assert.is(ready.credentials.uid, process.geteuid?.());
    assert.is(barrier.text, 'BARRIER=1');
    assert.equal(
      barrier.fds.map(({ kind }: { kind: string }) => kind),
      ['pipe'],
    );
  }),
);

for (const type of ['stream', 'seqpacket', 'dgram'] as const) {
  withTools(`systemd-socket-activate: recv --fd takes over its ${type} socket`, noActivate, () =>
    withTempDir(async (folder) => {
      const path = join(folder, 's');
      const kind = { stream: [], seqpacket: ['--seqpacket'], dgram: ['--datagram'] }[type];
      const [node = '', ...argv] = cli('recv', '--fd', '3', '--count', '1');
      const manager = new Running(['systemd-socket-activate', ...kind, '-l', path, node, ...argv]);
      await until('it can be called', () => isCallable(path, type));
      assert.is((await sendTo(path, type, '--data', 'first', '/dev/null')).code, 0);
      const { code, stdout, stderr } = await manager.ended;
      assert.equal([code, stdout.toString()], [0, 'first'], stderr);
      assert.match(stderr, /descriptor \d+: character device \/dev\/null/);
    }),
  );
}

withTools('systemd’s own sd_listen_fds finds what a program that recv runs was given', noActivate, async () => {
  const name = abstractName();
  // It counts them, before it finds that it has nothing else to listen at.
  const receiver = await startRecv(name, 'stream', '--', 'systemd-socket-activate', '-l', 'nowhere', 'true');
  await sendTo(name, 'stream', '/dev/null', '/dev/zero');
  assert.match((await receiver.ended).stderr, /^Received 2 descriptors via the environment\./);
});

withTools('OpenSSH with ProxyUseFdpass speaks over the connection that send passes', noSsh, () =>
  withTempDir(async (folder) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const script = join(folder, 'proxy');
    const [node, main = '', ...argv] = cli('send', '--fd', '1', '--pass', '5');
    const send = [node, resolve(main), ...argv].map((each) => `'${each}'`).join(' ');
    writeFileSync(script, `exec 5<>/dev/tcp/127.0.0.1/${port}; exec ${send}\n`);
    const options = ['-F', '/dev/null', '-o', 'ProxyUseFdpass=yes', '-o', `ProxyCommand=bash ${script}`];
    const client = new Running(['ssh', ...options, '-o', 'BatchMode=yes', 'nobody@nowhere.invalid', 'true']);
    const [socket] = await once(server, 'connection');
    const [banner] = await once(socket, 'data');
    assert.match(banner.toString(), /^SSH-2\.0-/);
    await client.end();
    socket.destroy();
    server.close();
  }),
);

t.run();
