/** Room C: CMSG_LEN, CMSG_SPACE and the last padding. */
import { builder, takeBytes, takeStrictly, takeUpTo } from '../building.js';
import type { Room } from '../exhibit.js';
import { spaceForLength, withoutTail } from '../headers.js';
import { FREEBSD, SCM_MAX_FD } from '../kernel.js';
import { roomNamed } from '../names.js';
import { hasRights, reader, tellHonestly } from '../receiving.js';
import type { Scene } from '../scene.js';
import { onSound } from '../sound.js';

const LP64 = 'x86_64-glibc';
const many = (count: number) => Array.from({ length: count }, () => 5);
/** What musl copies, and what IBM i takes, in bytes of control data. */
const MUSL_COPIES = 1024;
const IBM_I_TAKES = 256;
/** Descriptors that libuv has room for. */
const LIBUV_TAKES = 64;

export const LENGTHS: Room = {
  ...roomNamed('C'),
  exhibits: [
    {
      id: 'C1',
      title: 'standard input as a gift',
      project: 'audioipc (Firefox)',
      year: 2017,
      link: 'https://github.com/mozilla/audioipc/pull/9',
      cause:
        'cmsg_len was filled with what CMSG_SPACE gives, so that the padding of zeros counted as one more descriptor: number 0, the standard input of the sender.',
      abi: LP64,
      checks: ['LAY', 'KERN', 'FDL'],
      simulation: builder({
        build: spaceForLength,
        concerns: hasRights,
        trigger: [{ fds: [5] }],
        neighbours: [[{ fds: [5, 6] }], [{ credentials: { pid: 7, uid: 1, gid: 1 } }]],
      }),
      replay: {
        calls: 'one descriptor is sent with a cmsg_len of 24 instead of 20, its padding zero and then 0xffffffff',
        expected: ['zero: taken, 2 descriptors came, the second is standard input', '0xffffffff: EBADF'],
      },
    },
    {
      id: 'C2',
      title: 'the same from Java',
      project: 'jnr-posix',
      year: 2020,
      link: 'https://github.com/jnr/jnr-posix/pull/149',
      cause: 'Java code that lays out the header itself took the padded size for the length as well.',
      abi: LP64,
      checks: ['LAY', 'KERN', 'FDL'],
      simulation: builder({
        build: spaceForLength,
        concerns: hasRights,
        trigger: [{ fds: [5] }, { fds: [6, 7, 8] }],
        neighbours: [[{ fds: [5, 6] }], [{ fds: [5, 6, 7, 8] }]],
      }),
    },
    {
      id: 'C3',
      title: 'room for CMSG_LEN is no room elsewhere',
      project: 'CPython (its users)',
      year: 2023,
      link: 'https://github.com/python/cpython/issues/111675',
      cause:
        'A receive buffer of CMSG_LEN bytes is enough on Linux; FreeBSD wants room for the padding too and delivers nothing.',
      abi: 'x86_64-freebsd',
      checks: ['LAY', 'CTR'],
      simulation: reader({
        setting: { receiver: (scene) => ({ room: scene.len(4), kernel: FREEBSD }), concerns: isOneFd },
        rightSetting: { receiver: (scene) => ({ room: scene.space(4), kernel: FREEBSD }), concerns: isOneFd },
        buggy: tellHonestly,
        trigger: [{ fds: [5] }],
        neighbours: [[{ fds: [5, 6] }], [{ timestamp: { tv_sec: 1, tv_usec: 2 } }]],
      }),
      replay: {
        calls: 'two descriptors are sent into CMSG_LEN(4) and into CMSG_SPACE(4) bytes',
        expected: ['20: 1, MSG_CTRUNC', '24: 2'],
      },
    },
    {
      id: 'C4',
      title: 'one variable for two lengths',
      project: 'CRIU',
      year: 2022,
      link: 'https://github.com/checkpoint-restore/criu/pull/1915',
      cause:
        'msg_controllen was set from CMSG_LEN and copied into cmsg_len; setting both from CMSG_SPACE, the mend that came first to mind, would have passed descriptor 0 along.',
      abi: LP64,
      checks: ['LAY', 'KERN'],
      simulation: builder({
        build: withoutTail,
        take: takeBytes,
        concerns: hasRights,
        trigger: [{ fds: [5] }],
        neighbours: [[{ fds: [5, 6] }], [{ credentials: { pid: 7, uid: 1, gid: 1 } }]],
      }),
      replay: {
        calls: 'one descriptor is sent with a msg_controllen of 20 and of 19',
        expected: ['20: taken', '19: EINVAL'],
      },
    },
    {
      id: 'C5',
      title: 'a kernel that wants the last padding',
      project: 'FreeBSD, CheriBSD (compat)',
      year: 2022,
      link: 'https://github.com/CTSRD-CHERI/cheribsd/pull/1495',
      cause:
        'The layer for programs of another ABI demanded the padding behind the last message, which the kernel itself never did and Wayland does not send.',
      abi: 'x86_64-freebsd',
      checks: ['KERN', 'LAY'],
      simulation: onSound({
        buggy: (input, scene) => {
          const last = scene.messages(input)?.at(-1);
          const end = last ? last.offset + scene.space(last.data.length) : 0;
          return end > input.length ? [`EINVAL: the last message ends at ${end}`] : takeStrictly(input, scene);
        },
        right: takeStrictly,
        trigger: '14000000 ffff0000 01000000 00000000 05000000',
        neighbours: [[{ fds: [5] }], [{ fds: [5, 6] }]],
      }),
      replay: {
        calls: 'zeros are sent behind a message with its padding, as a 64-bit program',
        expected: ['no zero behind: taken', '15 zeros behind: taken', '16 zeros behind: EINVAL'],
      },
    },
    {
      id: 'C6',
      title: 'laid out with padding, counted without',
      project: 'FreeBSD (32-bit recvmsg)',
      year: 2019,
      link: 'https://reviews.freebsd.org/rS345741',
      cause:
        'Messages were laid out with their padding, and msg_controllen was the sum without it, so that the last payload ended outside.',
      abi: 'i386-freebsd',
      checks: ['LAY', 'WALK'],
      simulation: onSound({
        buggy: (input, scene) => {
          const messages = scene.messages(input) ?? [];
          const counted = messages.reduce((sum, { data }) => sum + scene.len(data.length), 0);
          return takeStrictly(input.subarray(0, counted), scene);
        },
        right: takeStrictly,
        trigger: [
          { level: 0, type: 65, data: new Uint8Array(1) },
          { level: 0, type: 2, data: new Uint8Array(4) },
        ],
        neighbours: [[{ level: 0, type: 2, data: new Uint8Array(4) }], [{ fds: [5] }, { fds: [6] }]],
      }),
    },
    {
      id: 'C7',
      title: 'the payload four bytes late',
      project: 'nix (Rust)',
      year: 2015,
      link: 'https://github.com/nix-rust/nix/pull/197',
      cause:
        'The offset of the payload was rounded up to a size_t, whatever type cmsg_len has: on Darwin it lies at 12, not at 16.',
      abi: 'arm64-darwin',
      checks: ['LAY'],
      simulation: {
        kind: 'layout',
        believed: 'aarch64-freebsd',
        trigger: [{ fds: [5] }],
        neighbours: [[]],
      },
    },
    {
      id: 'C8',
      title: 'a C library with less room than the kernel',
      project: 'musl before 1.2.4',
      year: 2023,
      link: 'https://git.musl-libc.org/cgit/musl/commit/?id=f79b973d92a322800b3e8411ccc95db280d997ae',
      cause: `sendmsg copied the control data into a buffer of ${MUSL_COPIES} bytes and refused what the kernel takes: as many descriptors as a message may have.`,
      abi: 'x86_64-musl',
      checks: ['KERN'],
      simulation: onSound({
        buggy: takeUpTo(MUSL_COPIES, 'ENOMEM'),
        right: takeStrictly,
        trigger: [{ fds: many(SCM_MAX_FD) }],
        neighbours: [[{ fds: many(SCM_MAX_FD - 1) }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'so many copies of a descriptor are sent in one message by the system call itself, and in two messages',
        expected: ['253: taken', '254: EINVAL', '127 and 127: EINVAL'],
      },
    },
    {
      id: 'C9',
      title: `at most ${IBM_I_TAKES} bytes`,
      project: 'libuv on IBM i',
      year: 2020,
      link: 'https://github.com/libuv/libuv/commit/51a0ae78',
      cause: `The system refuses a msg_controllen above ${IBM_I_TAKES}, and the room for ${LIBUV_TAKES} descriptors is more.`,
      abi: LP64,
      checks: ['KERN'],
      simulation: onSound({
        buggy: takeUpTo(IBM_I_TAKES, 'EINVAL'),
        right: takeStrictly,
        trigger: [{ fds: many(LIBUV_TAKES) }],
        neighbours: [[{ fds: many(60) }], [{ fds: [5] }]],
      }),
    },
  ],
};

function isOneFd(sent: readonly { data: Uint8Array; level: number; type: number }[], scene: Scene): boolean {
  return sent.length === 1 && sent.every((message) => scene.isRights(message) && message.data.length === 4);
}
