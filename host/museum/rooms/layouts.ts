/** Room D: layouts, padding and widths. */
import { tellMessage } from '../beliefs.js';
import { builder } from '../building.js';
import type { Room } from '../exhibit.js';
import { narrowLength, withoutPad } from '../headers.js';
import { msghdrWriter } from '../msghdr.js';
import { roomNamed } from '../names.js';
import { onSound } from '../sound.js';
import { appendBehindAll, appendBehindSocketLevel } from '../time64.js';

const ONE_FD = [{ fds: [5] }];
const EMPTY = [{ level: 1, type: 77, data: new Uint8Array(0) }];
const NONE = [] as const;
/** struct msghdr with what a stack holds behind every member of 32 bits. */
const DIRTY = `${'00'.repeat(28)} 01000000 ${'00'.repeat(12)} 01000000 ${'00'.repeat(8)}`;
const CLEAN = '00'.repeat(56);

export const LAYOUTS: Room = {
  ...roomNamed('D'),
  exhibits: [
    {
      id: 'D1',
      title: 'a header of 12 bytes for a kernel that has 16',
      project: 'ipc-channel on musl',
      year: 2024,
      link: 'https://github.com/servo/ipc-channel/pull/340',
      cause: 'The program declared struct cmsghdr itself, without the padding that musl puts beside the 32-bit length.',
      abi: 'x86_64-musl',
      checks: ['LAY', 'KERN'],
      simulation: builder({ build: withoutPad, trigger: ONE_FD, neighbours: [NONE] }),
      replay: {
        calls: 'such a header is sent as it is, and with its second word zeroed as musl does',
        expected: ['as it is: EINVAL', 'zeroed: EINVAL'],
      },
    },
    {
      id: 'D2',
      title: 'the padding on the wrong side',
      project: 'audioipc (Firefox)',
      year: 2018,
      link: 'https://github.com/mozilla/audioipc/issues/52',
      cause:
        'Where the most significant byte comes first the padding has to stand before the 32-bit length, not behind it.',
      abi: 'aarch64_be-glibc',
      checks: ['LAY'],
      simulation: builder({ build: narrowLength, trigger: ONE_FD, neighbours: [NONE] }),
    },
    {
      id: 'D3',
      title: 'members in the order of another libc',
      project: 'keepalived',
      year: 2016,
      link: 'https://github.com/acassen/keepalived/pull/319',
      cause:
        'struct msghdr was initialised without the names of its members; on musl with the most significant byte first a padding comes before msg_iovlen and got its value.',
      abi: 'mips64-n64-musl',
      checks: ['LAY'],
      simulation: msghdrWriter({
        believed: { msg_iovlen: { offset: 24, size: 4 } },
        members: ['msg_iovlen'],
        trigger: ONE_FD,
        neighbours: [NONE],
      }),
    },
    {
      id: 'D4',
      title: '32 bits stored into 64',
      project: 'network (Haskell)',
      year: 2022,
      link: 'https://github.com/haskell/network/pull/535',
      cause:
        'msg_controllen was stored as a 32-bit number, which lands in the upper half where the most significant byte comes first.',
      abi: 's390x-glibc',
      checks: ['LAY', 'KERN'],
      simulation: msghdrWriter({
        believed: { msg_controllen: { offset: 40, size: 4 } },
        members: ['msg_controllen'],
        trigger: ONE_FD,
        neighbours: [NONE],
      }),
      replay: {
        calls: 'sendmsg with a msg_controllen of 24, shifted up by 32 bits',
        expected: ['ENOBUFS'],
      },
    },
    {
      id: 'D5',
      title: 'a shorter length moves the payload',
      project: 'mlibc',
      year: 2022,
      link: 'https://github.com/managarm/mlibc/pull/728',
      cause:
        'With cmsg_len as a socklen_t the header became 12 bytes and CMSG_DATA moved there, while the other side kept it at 16.',
      // Of this shape: a header of 12 bytes and a payload at 16.
      abi: 'x86_64-freebsd',
      checks: ['LAY'],
      simulation: { kind: 'layout', believed: 'x86_64-darwin', trigger: ONE_FD, neighbours: [NONE] },
    },
    {
      id: 'D6',
      title: 'the struct of the wider sister',
      project: 'musl (x32)',
      year: 2019,
      link: 'https://git.musl-libc.org/cgit/musl/commit/?id=573a4d2d597ba15435ffdf0f2d8bea1058e7b795',
      cause: 'x32 had the struct msghdr of x86_64; messages without control data happened to work.',
      abi: 'x32-musl',
      checks: ['LAY'],
      simulation: msghdrWriter({
        believed: 'x86_64-musl',
        members: ['msg_control', 'msg_controllen'],
        trigger: ONE_FD,
        neighbours: [NONE],
      }),
    },
    {
      id: 'D7',
      title: 'what lies beside a 32-bit length',
      project: 'musl',
      year: 2011,
      link: 'https://git.musl-libc.org/cgit/musl/commit/?id=7168790763cdeb794df52be6e3b39fbb021c5a64',
      cause:
        'POSIX has 32 bits where the kernel reads 64: the padding beside them has to be cleared before the call, or it counts.',
      abi: 'x86_64-glibc',
      checks: ['LAY', 'KERN'],
      simulation: msghdrWriter({
        believed: 'x86_64-musl',
        members: ['msg_iovlen', 'msg_controllen'],
        isDirty: true,
        trigger: DIRTY,
        neighbours: [CLEAN, NONE],
      }),
      replay: {
        calls: 'sendmsg with 1 in the upper half of msg_iovlen, and then of msg_controllen',
        expected: ['msg_iovlen: EMSGSIZE', 'msg_controllen: ENOBUFS'],
      },
    },
    {
      id: 'D8',
      title: 'widths that were changed and changed back',
      project: 'glibc',
      year: 2016,
      link: 'https://sourceware.org/bugzilla/show_bug.cgi?id=16919',
      cause:
        'glibc took the widths of POSIX for three months; whatever stood between a program and the kernel with the old ones read the padding too.',
      abi: 'x86_64-glibc',
      checks: ['LAY'],
      simulation: msghdrWriter({
        believed: 'x86_64-musl',
        members: ['msg_controllen'],
        isDirty: true,
        trigger: DIRTY,
        neighbours: [CLEAN, NONE],
      }),
    },
    {
      id: 'D9',
      title: 'musl’s padding everywhere',
      project: 'Zig',
      link: 'https://git.dank-me.me/archives/zig/src/commit/421c3c3cc57f05bf53678ee79230c66200a69081/lib',
      cause:
        'The standard library put the padding that musl alone has into struct msghdr of every system with POSIX widths.',
      abi: 'x86_64-freebsd',
      checks: ['LAY'],
      simulation: msghdrWriter({
        believed: 'x86_64-musl',
        members: ['msg_controllen', 'msg_flags'],
        trigger: ONE_FD,
        neighbours: [NONE],
      }),
    },
    {
      id: 'D10',
      title: 'the payload before its place',
      project: 'glibc (Hurd)',
      year: 2025,
      link: 'https://github.com/rust-lang/libc/pull/4240',
      cause: 'On 64-bit Hurd CMSG_DATA pointed right behind the header of 12 bytes, while CMSG_LEN counted 16.',
      abi: 'x86_64-hurd',
      checks: ['LAY'],
      simulation: onSound({
        buggy: (input, scene) =>
          (scene.messages(input) ?? []).map((message) => {
            const at = message.offset + HURD_HEADER;
            return tellMessage({ ...message, data: input.subarray(at, at + message.data.length) });
          }),
        right: (input, scene) => (scene.messages(input) ?? []).map(tellMessage),
        trigger: ONE_FD,
        neighbours: [EMPTY, NONE],
      }),
    },
    {
      id: 'D11',
      title: 'a time stamp over the next message',
      project: 'glibc (64-bit time on 32-bit)',
      year: 2022,
      link: 'https://sourceware.org/bugzilla/show_bug.cgi?id=28350',
      cause:
        'The end of the messages was remembered for those of the socket level only, and the 64-bit time stamp was appended there, over a message of IP.',
      abi: 'i386-glibc-t64',
      checks: ['LAY', 'WALK'],
      simulation: onSound({
        buggy: appendBehindSocketLevel,
        right: appendBehindAll,
        trigger: [
          { level: 1, type: 29, data: new Uint8Array(8) },
          { level: 0, type: 2, data: Uint8Array.of(64, 0, 0, 0) },
        ],
        neighbours: [
          [
            { level: 0, type: 2, data: Uint8Array.of(64, 0, 0, 0) },
            { level: 1, type: 29, data: new Uint8Array(8) },
          ],
          [{ level: 1, type: 29, data: new Uint8Array(8) }],
        ],
      }),
    },
  ],
};

/** sizeof(struct cmsghdr) on the Hurd. */
const HURD_HEADER = 12;
