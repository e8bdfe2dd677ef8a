/** Room I: who the sender is. */
import { tellMessage } from '../beliefs.js';
import { takeStrictly } from '../building.js';
import type { Room } from '../exhibit.js';
import { SENDER } from '../kernel.js';
import { roomNamed } from '../names.js';
import type { Scene } from '../scene.js';
import { onSound } from '../sound.js';

const LP64 = 'x86_64-glibc';

export const CREDENTIALS: Room = {
  ...roomNamed('I'),
  exhibits: [
    {
      id: 'I1',
      title: 'nobody’s message is the kernel’s',
      project: 'Linux netlink (CVE-2012-3520)',
      year: 2012,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2012-3520',
      cause: 'A message without credentials arrived with those of process 0, which is how listeners know the kernel.',
      abi: LP64,
      checks: ['KERN', 'SEM'],
      simulation: onSound({
        buggy: (input, scene) => [credentialsIn(input, scene) ?? 'from process 0, the kernel'],
        right: (input, scene) => [credentialsIn(input, scene) ?? `from process ${SENDER.pid}`],
        trigger: [{ level: 1, type: 77, data: new Uint8Array(0) }],
        neighbours: [
          [{ credentials: { pid: 7, uid: 1, gid: 1 } }],
          [{ credentials: { pid: 7, uid: 1, gid: 1 } }, { fds: [5] }],
        ],
      }),
      replay: {
        calls: 'a message is sent over a Unix socket, and only then the receiver asks for credentials',
        expected: ['process 0'],
      },
    },
    {
      id: 'I3',
      title: 'no control messages by way of the ring',
      project: 'io_uring',
      year: 2020,
      link: 'https://github.com/axboe/liburing/issues/128',
      cause:
        'After a hole in how credentials were checked, IORING_OP_SENDMSG refused all control data for some releases.',
      abi: LP64,
      checks: ['KERN'],
      simulation: onSound({
        buggy: (input, scene) => (input.length > 0 ? ['EINVAL'] : takeStrictly(input, scene)),
        right: takeStrictly,
        trigger: [{ fds: [5] }],
        neighbours: [[]],
      }),
    },
    {
      id: 'I4',
      title: 'the peer is who made the pair',
      project: 'Flow-IPC',
      year: 2025,
      link: 'https://github.com/Flow-IPC/ipc/issues/148',
      cause: 'SO_PEERCRED of a socket pair tells who made it, not who has the other end by now.',
      abi: LP64,
      checks: ['SEM'],
      replay: {
        calls: 'one end of a pair is given to another process, and the other end is asked for its peer',
        expected: ['the peer is the process that made the pair', 'it is not the one that has the other end'],
      },
    },
  ],
};

function credentialsIn(input: Uint8Array, scene: Scene): string | undefined {
  const found = scene.messages(input)?.find((message) => scene.is(message, 'SOL_SOCKET', 'SCM_CREDENTIALS'));
  return found && tellMessage(found);
}
