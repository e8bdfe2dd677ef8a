/** Room J: bytes that nobody wrote. */
import { hexOfBytes } from '../../model/hex.js';
import { tellMessages } from '../beliefs.js';
import { builder } from '../building.js';
import type { Room } from '../exhibit.js';
import { withDirtyPad } from '../headers.js';
import { DIRT } from '../kernel.js';
import { roomNamed } from '../names.js';
import { hasRights } from '../receiving.js';
import { onSound } from '../sound.js';

export const PADDING: Room = {
  ...roomNamed('J'),
  exhibits: [
    {
      id: 'J1',
      title: 'four bytes of the stack',
      project: 'guacd, PowerDNS, curl, libuv, ROCm',
      year: 2017,
      link: 'https://github.com/apache/guacamole-server/pull/116',
      cause: 'The padding behind a payload was sent as it was; five projects were told so by Valgrind.',
      abi: 'x86_64-glibc',
      checks: ['PAD'],
      simulation: builder({
        build: withDirtyPad(DIRT),
        take: (control) => [hexOfBytes(control, ' ')],
        concerns: hasRights,
        trigger: [{ fds: [5] }],
        neighbours: [[{ fds: [5, 6] }], [{ credentials: { pid: 7, uid: 1, gid: 1 } }]],
      }),
      replay: {
        calls: 'a descriptor is received into a buffer that holds 0xaa',
        expected: ['msg_controllen 24', 'behind the payload: aa aa aa aa'],
      },
    },
    {
      id: 'J2',
      title: 'messages of an earlier receive',
      project: 'quinn-udp',
      year: 2025,
      link: 'https://github.com/quinn-rs/quinn/commit/76b89160',
      cause:
        'The array was not cleared, and a system that does not say how much it wrote lets the walk go on into what an earlier receive had left.',
      abi: 'arm64-darwin',
      checks: ['PAD', 'WALK'],
      // Of several messages the last one is what an earlier receive left there.
      simulation: onSound({
        buggy: (input, scene) => tellMessages(scene, scene.messages(input) ?? []),
        right: (input, scene) => {
          const messages = scene.messages(input) ?? [];
          return tellMessages(scene, messages.length > 1 ? messages.slice(0, -1) : messages);
        },
        trigger: [{ fds: [5] }, { fds: [6] }],
        neighbours: [[{ fds: [5] }], []],
      }),
    },
  ],
};
