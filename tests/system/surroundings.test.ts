/** What the library needs of its surroundings is little: the same program runs in odd ones, and finds all as it should be. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';
import { lacks } from '../support/tools.js';

const t = suite('surroundings');

/** Every way to make a socket or a descriptor, with what is printed of it. */
const PROGRAM = `
  import { chmodSync, existsSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs';
  import { tmpdir } from 'node:os';
  import * as library from 'ancillary';
  import { notify } from 'ancillary/notify';
  const { closeAll, UdpSocket, UnixDatagram, UnixListener, UnixSeqpacket, UnixSeqpacketListener, UnixStream } = library;
  const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
  chmodSync(folder, 0o700);
  const permissions = (path) => (statSync(path).mode & 0o777).toString(8);
  const said = [];
  const file = openSync('/dev/null');
  const me = [process.pid, process.getuid(), process.getgid()].join();
  for (const type of ['stream', 'seqpacket', 'dgram']) {
    const [a, b] = library.socketpair({ type, credentials: true });
    const waiting = b.receive({ maxFds: 1 });
    await a.send('x', { fds: [file] });
    const { data, fds, credentials } = await waiting;
    said.push(type + data + fds.length + (Object.values(credentials).join() === me));
    closeAll(fds);
    await a.close();
    await b.close();
  }
  for (const mode of [0o600, 0o666, 0o000]) {
    const path = folder + '/s';
    const listener = await UnixListener.listen(path, { mode });
    const place = permissions(path);
    await listener.close();
    const datagram = await UnixDatagram.bind(path, { mode });
    said.push(place + '=' + permissions(path));
    await datagram.close();
    said.push(existsSync(path));
  }
  const listener = UnixSeqpacketListener.listenSync({ autobind: true });
  const client = await UnixSeqpacket.connect(listener.address);
  const served = await listener.accept();
  client.sendSync('');
  client.closeSync();
  said.push((await served.receive()).size + '' + (await served.receive()));
  served.closeSync();
  listener.closeSync();
  const udp = UdpSocket.bindSync({ address: '127.0.0.1' });
  udp.sendSync('u', { to: udp.address });
  said.push((await udp.receive()).data + '');
  udp.closeSync();
  const manager = UnixDatagram.bindSync({ autobind: true });
  process.env.NOTIFY_SOCKET = '@' + manager.address.abstract;
  const told = notify({ READY: 1 }, { barrier: true });
  said.push((await manager.receive()).data + '');
  closeAll((await manager.receive({ maxFds: 1 })).fds);
  said.push(await told);
  manager.closeSync();
  const { read, write } = library.pipe();
  const made = [library.memfd('x', 5, { seal: true }), library.eventfd(), library.pidfd(process.pid), read, write];
  said.push(made.length);
  closeAll(made);
  rmSync(folder, { recursive: true });
  console.log(said.join(' '));
`;

const EXPECTED =
  'streamx1true seqpacketx1true dgramx1true 600=600 false 666=666 false 0=0 false 0null u READY=1 true 5\n';

/** A command line for /bin/sh that ends with the program, by name; and why it cannot be tried here. */
const SURROUNDINGS: [name: string, line: string, problem?: string | undefined][] = [
  ['a umask that takes away everything', 'umask 0777; exec "$@"'],
  ['a umask that takes away nothing', 'umask 0; exec "$@"'],
  ['few descriptors', 'ulimit -n 40; exec "$@"'],
  ['input, output and error that are closed at first', 'exec 3>&1; exec <&- 2>&-; exec "$@" 3>&-'],
  [
    'no /proc',
    'exec unshare --mount sh -c \'mount -t tmpfs none /proc && exec "$@"\' sh "$@"',
    lacks('unshare', '--mount', 'mount', '-t', 'tmpfs', 'none', '/proc'),
  ],
  [
    'a user namespace with ids of its own',
    'exec unshare --user --map-user=1234 --map-group=77 "$@"',
    lacks('unshare', '--user', '--map-user=1234', '--map-group=77', 'true'),
  ],
  [
    'a user namespace that knows nobody',
    'exec unshare --user env TMPDIR=/dev/shm "$@"',
    lacks('unshare', '--user', 'test', '-w', '/dev/shm'),
  ],
  [
    'a user without any privilege',
    'exec setpriv --reuid 65534 --regid 65534 --clear-groups env TMPDIR=/dev/shm "$@"',
    lacks('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', 'test', '-w', '/dev/shm'),
  ],
];

for (const [name, line, problem] of SURROUNDINGS) {
  const title = `everything works with ${name}`;
  if (problem) t.skip(title, problem);
  else {
    t.test(title, async () => {
      const { stdout, stderr } = await run(['/bin/sh', '-c', line, 'sh', ...script(PROGRAM)]);
      assert.equal([stdout.toString(), stderr], [EXPECTED, '']);
    });
  }
}

t.run();
