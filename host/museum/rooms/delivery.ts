/** Room H: which read brings what. */
import { NOTHING } from '../beliefs.js';
import type { Room } from '../exhibit.js';
import type { Sent } from '../kernel.js';
import { roomNamed } from '../names.js';
import type { Scene } from '../scene.js';
import { onSound } from '../sound.js';

const LP64 = 'x86_64-glibc';
/** A message without descriptors. */
const PLAIN = { level: 1, type: 77, data: new Uint8Array(0) };

export const DELIVERY: Room = {
  ...roomNamed('H'),
  exhibits: [
    {
      id: 'H1',
      title: 'a descriptor with the wrong message',
      project: 'D-Bus',
      year: 2016,
      link: 'https://github.com/systemd/systemd/issues/1961',
      cause:
        'A read of a stream joins a message without descriptors with the next one that has them; the first was blamed, and the connection cut.',
      abi: LP64,
      checks: ['SEM'],
      // Each message of the input is sent by itself.
      simulation: onSound({
        buggy: (input, scene) =>
          readsOf(scene, input).map((read) => `message ${read[0]} has the descriptors of the read`),
        right: (input, scene) =>
          readsOf(scene, input).map((read) => `message ${read.at(-1)} has the descriptors of the read`),
        trigger: [PLAIN, { fds: [5] }],
        neighbours: [
          [{ fds: [5] }, { fds: [6] }],
          [{ fds: [5] }, PLAIN],
        ],
      }),
      replay: {
        calls: 'AA, then BB with a descriptor, then CC are sent over a stream and read',
        expected: ['AABB, 1 descriptor', 'CC'],
      },
    },
    {
      id: 'H2',
      title: 'two handles in one',
      project: 'Node.js',
      year: 2013,
      link: 'https://github.com/nodejs/node-v0.x-archive/pull/5192',
      cause:
        'Messages with handles that were on their way at the same time came joined on some systems; since then one is sent when the one before was confirmed.',
      abi: LP64,
      checks: ['SEM'],
      simulation: onSound({
        buggy: (input, scene) => {
          const count = sendsWithFds(scene, input).length;
          return count === 0 ? NOTHING : [`a read with ${count} of the messages`];
        },
        right: (input, scene) => sendsWithFds(scene, input).map(() => 'a read with 1 of the messages'),
        trigger: [{ fds: [5] }, { fds: [6] }],
        neighbours: [[{ fds: [5] }], [PLAIN]],
      }),
      replay: {
        calls: 'two messages of a byte and a descriptor are sent over a stream and read',
        expected: ['1 byte, 1 descriptor', '1 byte, 1 descriptor'],
      },
    },
    {
      id: 'H3',
      title: 'sent without error, and gone',
      project: 'Go (x/sys)',
      year: 2022,
      link: 'https://github.com/golang/go/issues/56384',
      cause: 'A stream carries no descriptor without a byte of data, and the library no longer added one.',
      abi: LP64,
      checks: ['SEM', 'KERN'],
      simulation: onSound({
        buggy: (input, scene) => sendsWithFds(scene, input).map(() => 'sendmsg returns 0; nothing arrives'),
        right: (input, scene) => sendsWithFds(scene, input).map(() => 'a byte and the descriptors'),
        trigger: [{ fds: [5] }],
        neighbours: [[PLAIN], []],
      }),
      replay: {
        calls: 'a descriptor is sent with no bytes over a stream',
        expected: ['sendmsg returns 0', 'nothing can be read', 'the descriptor is closed'],
      },
    },
    {
      id: 'H4',
      title: 'one header was expected, two came',
      project: 'Firefox on Haiku',
      year: 2024,
      link: 'https://github.com/kenz-gelsoft/gecko-dev/issues/51',
      cause:
        'Haiku brings a header for each message that was sent, and the reader wanted exactly one with descriptors.',
      abi: 'x86_64-haiku',
      checks: ['SEM', 'WALK'],
      simulation: onSound({
        buggy: (input, scene) => {
          const sends = sendsWithFds(scene, input);
          return sends.length > 1 ? ['the channel is closed'] : tellFds(sends, scene);
        },
        right: (input, scene) => tellFds(sendsWithFds(scene, input), scene),
        trigger: [{ fds: [5] }, { fds: [6] }],
        neighbours: [[{ fds: [5, 6] }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'two messages of a descriptor each are sent in one call',
        expected: ['1 header, cmsg_len 24, 2 descriptors'],
      },
    },
    {
      id: 'H5',
      title: 'a buffer of no bytes',
      project: 'curl',
      year: 2022,
      link: 'https://github.com/curl/curl/pull/9039',
      cause: 'msg_control pointed to something although msg_controllen was zero, which macOS and FreeBSD refuse.',
      abi: 'arm64-darwin',
      checks: ['KERN'],
      simulation: onSound({
        kind: 'builder',
        buggy: (input) => [input.length === 0 ? 'EINVAL' : 'sent'],
        right: () => ['sent'],
        trigger: '',
        neighbours: [[{ fds: [5] }], [{ fds: [5] }, { fds: [6] }]],
      }),
      replay: {
        calls: 'sendmsg with a pointer and a length of 0, and with no pointer and a length of 24',
        expected: ['pointer, 0: taken', 'no pointer, 24: EFAULT'],
      },
    },
  ],
};

function sendsWithFds(scene: Scene, input: Uint8Array): Sent[] {
  return (scene.messages(input) ?? []).filter((message) => scene.isRights(message) && message.data.length >= 4);
}

function tellFds(sends: readonly Sent[], scene: Scene): string[] {
  return sends.flatMap((message) => scene.fdsOf(message).map((fd) => `descriptor ${fd}`));
}

/** Which messages each read brings that has descriptors: it ends behind the first that has some (Linux). */
function readsOf(scene: Scene, input: Uint8Array): number[][] {
  const reads: number[][] = [];
  let read: number[] = [];
  for (const [i, message] of (scene.messages(input) ?? []).entries()) {
    read.push(i);
    if (!scene.isRights(message) || message.data.length < 4) continue;
    reads.push(read);
    read = [];
  }
  return reads;
}
