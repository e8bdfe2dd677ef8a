/** `ancillary/notify` tells a service manager what it means, nothing more, and says so when it cannot. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { closeAll, UnixDatagram } from 'ancillary';
import { type NotifyOptions, type NotifyState, notify, watchdogInterval } from 'ancillary/notify';
import * as assert from 'uvu/assert';
import { settledFds, untilOpen } from '../support/descriptors.js';
import { isWithin, sleep } from '../support/process.js';
import { targetOf, withFds } from '../support/sockets.js';
import { type Case, suite, thrownBy } from '../support/suite.js';
import { withTempDir } from '../support/temp.js';

const t = suite('notify');

/** Runs `fn` with a manager, whose address is in the environment; what it leaves open fails the test. */
const withManager =
  (fn: (manager: UnixDatagram, path: string) => unknown, isAbstract = false) =>
  () =>
    withTempDir(async (folder) => {
      // What the first of all waits opens stays open.
      const first = UnixDatagram.bindSync({ autobind: true });
      await first.receive({ timeout: 0 }).catch(() => {});
      first.closeSync();
      const before = await settledFds();
      const abstract = `ancillary notify ${process.pid}`;
      const path = join(folder, 'n');
      const manager = UnixDatagram.bindSync(isAbstract ? { abstract } : path, { credentials: true, maxFds: Infinity });
      process.env.NOTIFY_SOCKET = isAbstract ? `@${abstract}` : path;
      try {
        await fn(manager, path);
      } finally {
        delete process.env.NOTIFY_SOCKET;
        manager.closeSync();
      }
      await untilOpen(before);
    });

/** The text of the next message; its descriptors are closed. */
async function take(manager: UnixDatagram): Promise<[string, number]> {
  const { data, fds } = await manager.receive({ timeout: 20_000 });
  closeAll(fds);
  return [data.toString(), fds.length];
}

/** Closes the descriptor of a barrier. */
async function pass(manager: UnixDatagram): Promise<void> {
  assert.equal(await take(manager), ['BARRIER=1', 1]);
}

t.test(
  'a barrier that nobody passes is given up after five seconds where nothing is said of the time',
  withManager(async () => {
    const begin = performance.now();
    const late = thrownBy(() => notify({ READY: 1 }, { barrier: true }));
    assert.ok(await isWithin(9000, late));
    assert.is((await late).code, 'ETIMEDOUT');
    assert.ok(performance.now() - begin > 4900);
  }),
);

for (const isAbstract of [false, true]) {
  t.test(
    `a state arrives at ${isAbstract ? 'an abstract name' : 'a path'}`,
    withManager(async (manager) => {
      assert.is(await notify({ READY: 1, STATUS: 'ü = ok', MAINPID: 5, X: undefined, Y: false, Z: true }), true);
      assert.equal(await take(manager), ['READY=1\nSTATUS=ü = ok\nMAINPID=5\nY=0\nZ=1', 0]);
      assert.is(await notify('RELOADING=1\nMONOTONIC_USEC=5\n'), true);
      assert.equal(await take(manager), ['RELOADING=1\nMONOTONIC_USEC=5', 0]);
    }, isAbstract),
  );
}

t.test('without a manager nothing is told, and what is wrong is said all the same', async () => {
  delete process.env.NOTIFY_SOCKET;
  assert.is(await notify({ READY: 1 }, { barrier: true, unset: true }), false);
  process.env.NOTIFY_SOCKET = '';
  assert.is(await notify('READY=1'), false);
  assert.is((await thrownBy(() => notify('READY'))).code, 'ERR_INVALID_ARGUMENT');
  delete process.env.NOTIFY_SOCKET;
});

const REFUSED: Case<[NotifyState, NotifyOptions?], unknown>[] = [
  { name: 'a word', in: ['READY'], err: /NAME=value/ },
  { name: 'no name', in: ['=1'], err: /NAME=value/ },
  { name: 'an odd name', in: [{ 'A B': 1 }], err: /NAME=value/ },
  { name: 'a name with a newline', in: [{ 'A\nB': 1 }], err: /NAME=value/ },
  { name: 'a newline in a value', in: [{ STATUS: 'x\nMAINPID=1' }], err: /^STATUS has a newline/ },
  { name: 'a NUL', in: [{ STATUS: 'x\0' }], err: /^STATUS has a NUL/ },
  { name: 'a value that is none', in: [{ READY: NaN }], err: /^READY must be/ },
  { name: 'an object as a value', in: [{ READY: {} as string }], err: /^READY must be/ },
  { name: 'nothing', in: [''], err: /empty/ },
  { name: 'an empty object', in: [{}], err: /empty/ },
  { name: 'a list', in: [[] as unknown as string], err: /must be a string or an object/ },
  { name: 'null', in: [null as unknown as string], err: /must be a string or an object/ },
  { name: 'more than a manager reads', in: [{ STATUS: 'x'.repeat(4090) }], err: /4097 bytes; a manager ignores/ },
  { name: 'a barrier in the state', in: ['BARRIER=1'], err: /barrier: true/ },
  { name: 'a store without descriptors', in: [{ FDSTORE: 1 }], err: /nothing to keep/ },
  { name: 'a removal without a name', in: [{ FDSTOREREMOVE: 1 }], err: /say which/ },
  { name: 'a name of nothing', in: ['READY=1', { fdName: 'x' }], err: /names nothing/ },
  { name: 'a name twice', in: ['FDNAME=a', { fds: [0], fdName: 'x' }], err: /say it once/ },
  { name: 'a name with a colon', in: ['FDSTOREREMOVE=1', { fdName: 'a:b' }], err: /no colon/ },
  { name: 'a name with DEL', in: ['FDSTOREREMOVE=1', { fdName: 'a\x7f' }], err: /printable/ },
  { name: 'a name with the last control', in: ['FDSTOREREMOVE=1', { fdName: '\x1fa' }], err: /printable/ },
  { name: 'a name beyond ASCII', in: ['FDSTOREREMOVE=1', { fdName: 'ä' }], err: /printable/ },
  { name: 'a name with a newline', in: ['FDSTOREREMOVE=1', { fdName: 'a\n' }], err: /printable/ },
  { name: 'a long name', in: ['FDSTOREREMOVE=1', { fdName: 'a'.repeat(256) }], err: /at most 255/ },
  { name: 'a name that is no text', in: ['FDSTOREREMOVE=1', { fdName: 5 as unknown as string }], err: /fdName must/ },
  { name: '254 descriptors', in: ['FDSTORE=1', { fds: new Array(254).fill(0) }], err: /at most 253/ },
  { name: 'descriptors that are no list', in: ['A=1', { fds: 5 as unknown as [] }], err: /must be an array/ },
  { name: 'an unknown option', in: ['A=1', { fdname: 'x' } as NotifyOptions], err: /did you mean 'fdName'/ },
  { name: 'a pid that is none', in: ['A=1', { pid: 0 }], err: /^pid must be/ },
  { name: 'a time that is none', in: ['A=1', { timeout: -1 }], err: /^timeout must be/ },
];
for (const { name, in: given, err } of REFUSED as ((typeof REFUSED)[number] & { err: RegExp })[]) {
  t.test(
    `${name} is refused in one line, and nothing is sent`,
    withManager(async (manager) => {
      const error = await thrownBy(() => notify(...given));
      assert.is(error.code, 'ERR_INVALID_ARGUMENT');
      assert.match(error.message, err);
      assert.not.match(error.message, /\n/);
      assert.is((await thrownBy(() => manager.receiveSync())).code, 'EAGAIN');
    }),
  );
}

const PRINTABLE = Array.from({ length: 0x7f - 0x20 }, (_, i) => String.fromCharCode(0x20 + i)).join('');
const TAKEN: [name: string, state: NotifyState, options: NotifyOptions, message: string][] = [
  ['a state of as many bytes as a manager reads', { STATUS: 'x'.repeat(4089) }, {}, `STATUS=${'x'.repeat(4089)}`],
  [
    'a name of every printable character but the colon',
    'FDSTOREREMOVE=1',
    { fdName: PRINTABLE.replace(':', '') },
    `FDSTOREREMOVE=1\nFDNAME=${PRINTABLE.replace(':', '')}`,
  ],
  ['the longest name', 'FDSTOREREMOVE=1', { fdName: 'a'.repeat(255) }, `FDSTOREREMOVE=1\nFDNAME=${'a'.repeat(255)}`],
  ['a pid of this process', 'A=1', { pid: process.pid }, 'A=1'],
];
for (const [name, state, options, message] of TAKEN) {
  t.test(
    `${name} is told, byte for byte`,
    withManager(async (manager) => {
      assert.is(await notify(state, options), true);
      assert.equal(await take(manager), [message, 0]);
    }),
  );
}

t.test(
  'in the name of a pid user and group are stated as they are, each its own',
  withManager(async (manager) => {
    // Root may state any group: one that is not the number of its user.
    const { getgid } = process;
    if (process.getuid?.() === 0) process.getgid = () => 12345;
    const gid = process.getgid?.();
    try {
      await notify('A=1', { pid: process.pid });
    } finally {
      process.getgid = getgid;
    }
    const { credentials } = await manager.receive();
    assert.equal(credentials, { pid: process.pid, uid: process.getuid?.(), gid });
  }),
);

t.test(
  'descriptors go with FDSTORE=1 and their name, stay open here, and are given up by name',
  withManager((manager) =>
    withFds(2, async (fds) => {
      await notify({ STATUS: 'kept' }, { fds, fdName: 'state' });
      const { data, fds: own } = await manager.receive();
      assert.is(data.toString(), 'STATUS=kept\nFDSTORE=1\nFDNAME=state');
      assert.equal(
        own.map(({ fd }) => targetOf(fd)),
        ['/dev/null', '/dev/null'],
      );
      closeAll(own);
      await notify('FDSTORE=1\nFDPOLL=0', { fds });
      assert.equal(await take(manager), ['FDSTORE=1\nFDPOLL=0', 2]);
      await notify({ FDSTOREREMOVE: 1 }, { fdName: 'state' });
      assert.equal(await take(manager), ['FDSTOREREMOVE=1\nFDNAME=state', 0]);
      for (const fd of fds) assert.is(targetOf(fd), '/dev/null');
    }),
  ),
);

t.test(
  'a barrier is over when the manager has closed it, not before, whatever is written to it',
  withManager(async (manager) => {
    let isOver = false;
    const told = notify({ READY: 1 }, { barrier: true }).then((result) => {
      isOver = true;
      return result;
    });
    assert.equal(await take(manager), ['READY=1', 0]);
    const { data, fds } = await manager.receive();
    assert.equal([data.toString(), fds.length], ['BARRIER=1', 1]);
    const path = `/proc/self/fd/${fds[0]?.fd}`;
    assert.match(targetOf(fds[0]?.fd as number), /^pipe:/);
    const writer = openSync(path, 'w');
    writeSync(writer, Buffer.alloc(1000));
    closeSync(writer);
    await sleep(30);
    assert.not(isOver);
    closeAll(fds);
    assert.is(await told, true);
    const alone = notify({}, { barrier: true });
    await pass(manager);
    assert.is(await alone, true);
  }),
);

t.test(
  'a barrier that nobody passes is given up when its time is over, or it is aborted, and leaves nothing open',
  withManager(async (manager) => {
    const given = thrownBy(() => notify({ READY: 1 }, { barrier: true, timeout: 30 }));
    assert.ok(await isWithin(3000, given));
    const late = await given;
    assert.is(late.code, 'ETIMEDOUT');
    assert.match(late.message, /took longer than \d+ ms$/);
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 20);
    assert.is((await thrownBy(() => notify('A=1', { barrier: true, signal: abort.signal }))).code, 'ABORT_ERR');
    // So that nothing of the barriers is in flight.
    for (let i = 0; i < 4; i++) await take(manager);
  }),
);

t.test(
  'unset removes the address at once; another pid needs capabilities, and its own is stated',
  withManager(async (manager) => {
    await notify({ READY: 1 }, { pid: process.pid });
    assert.is((await manager.receive()).credentials?.pid, process.pid);
    assert.is((await thrownBy(() => notify('A=1', { pid: 2 ** 22 + 1 }))).code?.startsWith('E'), true);
    const told = notify({ READY: 1 }, { unset: true });
    assert.is(process.env.NOTIFY_SOCKET, undefined);
    assert.is(await told, true);
    assert.equal(await take(manager), ['READY=1', 0]);
  }),
);

t.table(
  [
    { name: 'a relative path', in: 'n', err: /absolute path/ },
    { name: 'an @ alone', in: '@', err: /absolute path/ },
    { name: 'a vsock address', in: 'vsock:2:5', err: /a vsock address, which is not supported/ },
    { name: 'nobody there', in: '/nonexistent/n', err: /ENOENT/ },
    { name: 'a path that is too long', in: '/'.padEnd(109, 'x'), err: /107/ },
  ],
  async (value) => {
    process.env.NOTIFY_SOCKET = value;
    try {
      await notify('READY=1');
    } finally {
      delete process.env.NOTIFY_SOCKET;
    }
  },
);

t.table(
  [
    { name: 'no watchdog', in: {}, out: undefined },
    { name: 'a watchdog', in: { WATCHDOG_USEC: '2500000' }, out: 2500 },
    { name: 'a watchdog of this process', in: { WATCHDOG_USEC: '1', WATCHDOG_PID: `${process.pid}` }, out: 0.001 },
    { name: 'a watchdog of another', in: { WATCHDOG_USEC: '1', WATCHDOG_PID: '1' }, out: undefined },
    {
      name: 'a watchdog of 3x',
      in: { WATCHDOG_USEC: '3x' },
      err: /^WATCHDOG_USEC must be a number above 0, not '3x'$/,
    },
    { name: 'a watchdog of 0', in: { WATCHDOG_USEC: '0' }, err: /above 0/ },
    { name: 'a watchdog of -1', in: { WATCHDOG_USEC: '1', WATCHDOG_PID: '-1' }, err: /^WATCHDOG_PID/ },
  ] as Case<Record<string, string>, number | undefined>[],
  (variables) => {
    Object.assign(process.env, variables);
    try {
      assert.is(variables.WATCHDOG_USEC, process.env.WATCHDOG_USEC);
      return watchdogInterval({ unset: true });
    } finally {
      assert.equal([process.env.WATCHDOG_USEC, process.env.WATCHDOG_PID], [undefined, undefined]);
    }
  },
);

t.run();
