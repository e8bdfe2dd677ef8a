/** What AF_UNIX sockets pass: descriptors, credentials, pidfds, labels, what is left to read. */
import { fstatSync, readFileSync } from 'node:fs';
import { Difference, Unavailable } from '../answer.js';
import { EMPTY, int32, join } from './bytes.js';
import { type Dialogue, is, list, many } from './dialogue.js';
import type { Exchange } from './exchange.js';
import * as n from './numbers.js';

const DATA = new TextEncoder().encode('ancillary');

function rights(fds: readonly number[]) {
  return {
    name: 'SCM_RIGHTS',
    level: n.SOL_SOCKET,
    type: n.SCM_RIGHTS,
    value: [...fds],
    bytes: join(...fds.map(int32)),
  };
}

function ownIds(): [pid: number, uid: number, gid: number] {
  return [process.pid, process.getuid?.() ?? 0, process.getgid?.() ?? 0];
}

function credentials() {
  const [pid, uid, gid] = ownIds();
  return {
    name: 'SCM_CREDENTIALS',
    level: n.SOL_SOCKET,
    type: n.SCM_CREDENTIALS,
    value: { pid, uid, gid },
    bytes: join(...[pid, uid, gid].map(int32)),
  };
}

/** The descriptors that came are those of the same files. */
function sameFiles({ same }: Dialogue, data: Uint8Array, sent: readonly number[], dialogue: Dialogue): void {
  const came = [...new Int32Array(data.slice().buffer)];
  same.call(dialogue, 'SCM_RIGHTS', came.map(identity), {
    text: 'descriptors of the files that were sent',
    holds: (value) => JSON.stringify(value) === JSON.stringify(sent.map(identity)),
  });
}

function identity(fd: number): string {
  const { dev, ino } = fstatSync(fd);
  return `${dev}:${ino}`;
}

function expectCredentials() {
  const [pid, uid, gid] = ownIds();
  return { pid: is(pid), uid: is(uid), gid: is(gid) };
}

/** A pidfd of this very process, as /proc/self/fdinfo tells. */
function isOwnPidfd(data: Uint8Array, dialogue: Dialogue): void {
  const [fd = -1] = new Int32Array(data.slice().buffer);
  if (fd < 0) throw new Unavailable(`the kernel could make none (errno ${-fd})`);
  const pid = /^Pid:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1];
  dialogue.same('SCM_PIDFD', Number(pid), is(process.pid));
}

export const unixExchanges: readonly Exchange[] = [
  {
    name: 'SCM_RIGHTS',
    run(dialogue) {
      const { kernel } = dialogue;
      const [left, right] = kernel.pair(n.SOCK_DGRAM);
      for (const fds of [[left], [left, right], [right, left, right]]) {
        kernel.send(left, dialogue.encode(rights(fds)), DATA);
        const data = dialogue.must(kernel.receive(right), 'SCM_RIGHTS', n.SOL_SOCKET, n.SCM_RIGHTS, many(fds.length));
        sameFiles(dialogue, data, fds, dialogue);
      }
    },
  },
  {
    name: 'SCM_CREDENTIALS',
    run(dialogue) {
      const { kernel } = dialogue;
      const [left, right] = kernel.pair(n.SOCK_DGRAM);
      kernel.set(right, n.SOL_SOCKET, n.SO_PASSCRED, 1, 'SO_PASSCRED');
      kernel.send(left, dialogue.encode(credentials()), DATA);
      const expected = expectCredentials();
      dialogue.must(kernel.receive(right), 'SCM_CREDENTIALS', n.SOL_SOCKET, n.SCM_CREDENTIALS, expected);
    },
  },
  {
    name: 'SCM_PIDFD',
    run(dialogue) {
      const { kernel } = dialogue;
      const [left, right] = kernel.pair(n.SOCK_DGRAM);
      kernel.set(right, n.SOL_SOCKET, n.SO_PASSPIDFD, 1, 'SO_PASSPIDFD');
      kernel.send(left, EMPTY, DATA);
      const any = { text: 'a descriptor', holds: (value: unknown) => Number.isInteger(value) };
      isOwnPidfd(dialogue.must(kernel.receive(right), 'SCM_PIDFD', n.SOL_SOCKET, n.SCM_PIDFD, any), dialogue);
    },
  },
  {
    name: 'SCM_CREDENTIALS, SCM_RIGHTS and SCM_PIDFD together',
    run(dialogue) {
      const { kernel } = dialogue;
      const [left, right] = kernel.pair(n.SOCK_DGRAM);
      kernel.set(right, n.SOL_SOCKET, n.SO_PASSCRED, 1, 'SO_PASSCRED');
      const fds = [right, left, right];
      kernel.send(left, dialogue.encode(rights(fds), credentials()), DATA);
      const received = kernel.receive(right);
      dialogue.must(received, 'SCM_CREDENTIALS', n.SOL_SOCKET, n.SCM_CREDENTIALS, expectCredentials());
      const data = dialogue.must(received, 'SCM_RIGHTS', n.SOL_SOCKET, n.SCM_RIGHTS, many(3));
      sameFiles(dialogue, data, fds, dialogue);
    },
  },
  {
    name: 'SCM_SECURITY',
    run(dialogue) {
      const { kernel } = dialogue;
      const [left, right] = kernel.pair(n.SOCK_DGRAM);
      kernel.set(right, n.SOL_SOCKET, n.SO_PASSSEC, 1, 'SO_PASSSEC');
      kernel.send(left, EMPTY, DATA);
      const received = kernel.receive(right);
      if (received.control.length === 0) throw new Unavailable('no security module gives labels');
      const label = readFileSync('/proc/self/attr/current', 'latin1').replace(/[\0\n]+$/, '');
      const expected = list([...Buffer.from(label, 'latin1')]);
      const data = dialogue.must(received, 'SCM_SECURITY', n.SOL_SOCKET, n.SCM_SECURITY, {
        ...expected,
        holds: (value) => expected.holds(Array.isArray(value) && value.at(-1) === 0 ? value.slice(0, -1) : value),
      });
      if (data.length === 0) throw new Difference('SCM_SECURITY: an empty label');
    },
  },
  {
    name: 'SCM_INQ',
    run(dialogue) {
      const { kernel } = dialogue;
      const [left, right] = kernel.pair(n.SOCK_STREAM);
      kernel.set(right, n.SOL_SOCKET, n.SO_INQ, 1, 'SO_INQ');
      kernel.send(left, EMPTY, DATA);
      const received = kernel.receive(right, { size: 2 });
      dialogue.must(received, 'SCM_INQ', n.SOL_SOCKET, n.SO_INQ, is(DATA.length - 2));
    },
  },
];
