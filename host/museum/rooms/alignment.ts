/** Room K: what is read in place has to lie where its type may. */
import { tellMessage } from '../beliefs.js';
import type { Room } from '../exhibit.js';
import { roomNamed } from '../names.js';
import { onSound } from '../sound.js';

const ALIGNMENT = 8;
/** struct sockaddr_in6, behind which dhcpcd put its control data. */
const ADDRESS = 28;

export const ALIGNMENTS: Room = {
  ...roomNamed('K'),
  exhibits: [
    {
      id: 'K1',
      title: 'a reference to a time that lies askew',
      project: 'nix (Rust)',
      year: 2018,
      link: 'https://github.com/nix-rust/nix/issues/999',
      cause:
        'A timeval of 8-byte members was read through a reference at 12 bytes behind the header, where Darwin has it.',
      abi: 'arm64-darwin',
      checks: ['ALN', 'LAY'],
      simulation: onSound({
        buggy: (input, scene) =>
          (scene.messages(input) ?? []).map((message) => {
            const at = message.offset + scene.header;
            const isTime = scene.is(message, 'SOL_SOCKET', 'SCM_TIMESTAMP') && message.data.length >= ALIGNMENT;
            return isTime && at % ALIGNMENT !== 0 ? `a reference to a timeval at ${at}` : tellMessage(message);
          }),
        right: (input, scene) => (scene.messages(input) ?? []).map(tellMessage),
        trigger: [{ timestamp: { tv_sec: 1, tv_usec: 2 } }],
        neighbours: [
          [{ level: 1, type: 77, data: new Uint8Array(8) }, { timestamp: { tv_sec: 1, tv_usec: 2 } }],
          [{ fds: [5] }],
        ],
      }),
    },
    {
      id: 'K2',
      title: 'an assertion that holds for one libc',
      project: 'noq (QUIC)',
      year: 2026,
      link: 'https://github.com/n0-computer/noq/pull/778',
      cause:
        'A payload may be aligned to no more than its header was asserted, which is 8 with glibc and 4 with musl: the first time stamp ended the program.',
      abi: 'x86_64-musl',
      checks: ['ALN', 'LAY'],
      simulation: onSound({
        buggy: (input, scene) => {
          const messages = scene.messages(input) ?? [];
          const stamp = messages.find((message) => scene.is(message, 'SOL_SOCKET', 'SO_TIMESTAMPNS_OLD'));
          return stamp ? ['abort: 8 is not at most 4'] : messages.map(tellMessage);
        },
        right: (input, scene) => (scene.messages(input) ?? []).map(tellMessage),
        trigger: [{ level: 1, type: 35, data: new Uint8Array(16) }],
        neighbours: [[{ credentials: { pid: 7, uid: 1, gid: 1 } }], [{ fds: [5] }]],
      }),
    },
    {
      id: 'K3',
      title: 'control data right behind an address',
      project: 'dhcpcd, bubblewrap, unbound, SRT',
      year: 2021,
      link: 'https://github.com/NetworkConfiguration/dhcpcd/pull/43',
      cause:
        'Arrays of characters served as control buffers, one of them 28 bytes into a larger one, where no header may be on a strict machine.',
      abi: 'x86_64-glibc',
      checks: ['ALN'],
      simulation: onSound({
        kind: 'builder',
        buggy: (input, scene) => headersFrom(ADDRESS, scene.messages(input) ?? []),
        right: (input, scene) => headersFrom(Math.ceil(ADDRESS / ALIGNMENT) * ALIGNMENT, scene.messages(input) ?? []),
        trigger: [{ fds: [5] }],
        neighbours: [[]],
      }),
      replay: {
        calls: 'a descriptor is sent with msg_control at offsets of 1 and 4 from where it may be',
        expected: ['1: taken', '4: taken'],
      },
    },
  ],
};

function headersFrom(start: number, messages: readonly { offset: number }[]): string[] {
  return messages.map(({ offset }) =>
    (start + offset) % ALIGNMENT === 0 ? 'a header that is aligned' : `a header at ${start + offset}`,
  );
}
