/** Room B: descriptors that arrive uninvited, stay open, or vanish. */
import { TRUNCATED } from '../beliefs.js';
import { builder } from '../building.js';
import type { Room } from '../exhibit.js';
import { DARWIN, FREEBSD, type Received } from '../kernel.js';
import { roomNamed } from '../names.js';
import { hasRights, reader, tellHonestly } from '../receiving.js';
import { inTurn } from '../sequence.js';

const LP64 = 'x86_64-glibc';
/** What D-Bus lets a message bring; an odd number is what matters. */
const LIMIT = 3;
/** The receiver of ipc-channel has room for these, libwayland takes these. */
const IPC_MOST = 64;
const WAYLAND_MOST = 28;
const many = (count: number) => Array.from({ length: count }, (_, i) => 5 + i);
const onUnix = (size: number) =>
  ({
    receiver: (scene: { space(size: number): number }) => ({ room: scene.space(size) }),
    unix: 'plain',
    concerns: hasRights,
  }) as const;

export const DESCRIPTORS: Room = {
  ...roomNamed('B'),
  exhibits: [
    {
      id: 'B1',
      title: 'one descriptor more than there is room for',
      project: 'D-Bus (CVE-2014-3635)',
      year: 2014,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2014-3635',
      cause:
        'On 64-bit the padding of CMSG_SPACE has room for another descriptor when their number is odd; it is installed, nothing is flagged, and the array had no place for it.',
      abi: LP64,
      checks: ['FDL', 'LAY', 'CTR'],
      simulation: reader({
        setting: onUnix(4 * LIMIT),
        buggy: ({ installed }) => installed.map((fd, i) => `descriptor ${fd}${i < LIMIT ? '' : ' behind the array'}`),
        right: ({ installed }) => installed.map((fd, i) => `descriptor ${fd}${i < LIMIT ? '' : ' closed'}`),
        trigger: [{ fds: many(LIMIT + 1) }],
        neighbours: [[{ fds: many(LIMIT) }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'n + 1 descriptors are sent into a control buffer of CMSG_SPACE(4 n)',
        expected: [
          'n = 1: 2 came',
          'n = 3: 4 came',
          'n = 5: 6 came',
          'n = 15: 16 came',
          'n = 16: 16 came, MSG_CTRUNC',
          'n = 17: 18 came',
        ],
      },
    },
    {
      id: 'B2',
      title: 'cut off, and left open',
      project: 'D-Bus (CVE-2020-12049)',
      year: 2020,
      link: 'https://github.com/AOSC-Dev/aosc-os-abbs/issues/2199',
      cause: 'A message with MSG_CTRUNC was thrown away without closing those descriptors that had come with it.',
      abi: LP64,
      checks: ['FDL', 'CTR'],
      simulation: reader({
        setting: onUnix(8),
        buggy: ({ isTruncated, installed }) =>
          isTruncated ? installed.map((fd) => `${fd} is left open`) : ['all are taken'],
        right: ({ isTruncated, installed }) =>
          isTruncated ? installed.map((fd) => `${fd} is closed`) : ['all are taken'],
        trigger: [{ fds: many(4) }],
        neighbours: [[{ fds: many(2) }], [{ fds: [5] }]],
      }),
    },
    {
      id: 'B3',
      title: 'the same descriptor closed again and again',
      project: 'libuv',
      year: 2024,
      link: 'https://github.com/libuv/libuv/pull/4358',
      cause:
        'When the queue could not grow, the loop that was to close the remaining descriptors closed the first of them each time.',
      abi: LP64,
      checks: ['FDL'],
      simulation: reader({
        setting: onUnix(1012),
        buggy: ({ installed: [, failed, ...rest] }) =>
          failed === undefined ? ['none is left'] : [failed, ...rest].map(() => `close ${failed}`),
        right: ({ installed: [, failed, ...rest] }) =>
          failed === undefined ? ['none is left'] : [failed, ...rest].map((fd) => `close ${fd}`),
        trigger: [{ fds: many(3) }],
        neighbours: [[{ fds: many(2) }], [{ fds: [5] }]],
      }),
    },
    {
      id: 'B4',
      title: 'installed, but not told',
      project: 'CPython on macOS',
      year: 2020,
      link: 'https://github.com/python/cpython/issues/80931',
      cause:
        'XNU installs all descriptors and cuts the control data afterwards: those whose numbers are cut off stay open, and nobody can know them.',
      abi: 'arm64-darwin',
      checks: ['FDL'],
      simulation: reader({
        setting: { receiver: (scene) => ({ room: scene.space(4), kernel: DARWIN }), concerns: hasRights },
        rightSetting: {
          receiver: (scene) => ({ room: scene.space(4), kernel: { ...DARWIN, installs: 'fitting' } }),
          concerns: hasRights,
        },
        buggy: ({ installed }) => [`${installed.length} are open`],
        right: ({ installed }) => [`${installed.length} are open`],
        trigger: [{ fds: many(2) }],
        neighbours: [[{ fds: [5] }]],
      }),
    },
    {
      id: 'B5',
      title: 'only the first is looked at',
      project: 'Bun',
      year: 2026,
      link: 'https://github.com/oven-sh/bun/pull/37427',
      cause:
        'The first descriptor of a message was taken and the others, which the kernel had installed as well, were left open.',
      abi: LP64,
      checks: ['FDL'],
      simulation: reader({
        setting: onUnix(4),
        buggy: ({ installed: [first, ...rest] }) => [`descriptor ${first}`, ...rest.map((fd) => `${fd} is left open`)],
        right: ({ installed: [first, ...rest] }) => [`descriptor ${first}`, ...rest.map((fd) => `${fd} is closed`)],
        trigger: [{ fds: many(2) }],
        neighbours: [[{ fds: [5] }]],
      }),
    },
    {
      id: 'B6',
      title: 'no flag where the room ends behind a message',
      project: 'FreeBSD',
      year: 2018,
      link: 'https://reviews.freebsd.org/D16561',
      cause:
        'MSG_CTRUNC was raised only for a message that was cut, not for one that found no room at all, and its descriptors stayed open.',
      abi: 'x86_64-freebsd',
      checks: ['FDL', 'CTR'],
      simulation: reader({
        setting: { receiver: (scene) => ({ room: scene.space(4), kernel: { ...FREEBSD, tells: 'inside' } }) },
        rightSetting: { receiver: (scene) => ({ room: scene.space(4), kernel: FREEBSD }) },
        buggy: tellHonestly,
        trigger: [{ level: 0, type: 2, data: new Uint8Array(1) }, { fds: [5] }],
        neighbours: [[{ fds: [5] }], [{ level: 0, type: 2, data: new Uint8Array(1) }]],
      }),
    },
    {
      id: 'B8',
      title: 'one descriptor sent, several received',
      project: 'WSL1',
      year: 2021,
      link: 'https://github.com/microsoft/WSL/issues/6490',
      cause: 'Reading a message in pieces brought its descriptor with each piece.',
      abi: LP64,
      checks: ['FDL', 'SEM'],
      simulation: reader({
        setting: onUnix(1012),
        buggy: ({ installed }) =>
          PIECES.flatMap((piece) => installed.map(() => `a descriptor with the ${piece} piece`)),
        right: ({ installed }) => installed.map(() => `a descriptor with the ${PIECES[0]} piece`),
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: { pid: 7, uid: 1, gid: 1 } }]],
      }),
      replay: {
        calls: '10 bytes and one descriptor are sent over a stream and read 3 bytes at a time',
        expected: ['3 bytes, 1 descriptor', '3 bytes', '3 bytes', '1 byte'],
      },
    },
    {
      id: 'B9',
      title: 'inherited by whoever is started meanwhile',
      project: 'Go (net)',
      year: 2020,
      link: 'https://github.com/golang/go/issues/42765',
      cause:
        'ReadMsgUnix received without MSG_CMSG_CLOEXEC, so that a program started at the same time had the descriptor as well.',
      abi: LP64,
      checks: ['FDL'],
      replay: {
        calls: 'a descriptor is received with and without MSG_CMSG_CLOEXEC',
        expected: ['without: stays open in a new program', 'with: closed there, and the flag is told'],
      },
    },
    {
      id: 'B10',
      title: `descriptor number ${IPC_MOST + 1}`,
      project: 'ipc-channel',
      year: 2025,
      link: 'https://github.com/servo/ipc-channel/issues/395',
      cause: `The sender put any number of descriptors into one message, the receiver had room for ${IPC_MOST} and took the sender’s count for what had come.`,
      abi: LP64,
      checks: ['CTR', 'FDL'],
      simulation: reader({
        setting: onUnix(4 * IPC_MOST),
        buggy: ({ sent, installed }) =>
          sent > installed.length ? [`panic: no element ${installed.length}`] : [`${sent} channels`],
        right: ({ sent, installed }) => (sent > installed.length ? [TRUNCATED] : [`${sent} channels`]),
        trigger: [{ fds: many(IPC_MOST + 1) }],
        neighbours: [[{ fds: many(IPC_MOST) }], [{ fds: [5] }]],
      }),
    },
    {
      id: 'B11',
      title: 'more than the protocol allows in one message',
      project: 'wayland-rs',
      year: 2025,
      link: 'https://github.com/Smithay/wayland-rs/issues/806',
      cause: `A Wayland message has ${WAYLAND_MOST} descriptors at most, which its writer did not hold to.`,
      abi: LP64,
      checks: ['CTR', 'KERN'],
      simulation: builder({
        build: (messages, scene) => scene.encode([{ fds: messages.flatMap((message) => scene.fdsOf(message)) }]),
        concerns: (messages, scene) => messages.length === 1 && messages.every((message) => scene.isRights(message)),
        // Each message stands for one flush.
        take: (control, scene) =>
          (scene.messages(control) ?? []).map((message) => {
            const count = scene.fdsOf(message).length;
            return `${count} at once${count > WAYLAND_MOST ? `, of which ${WAYLAND_MOST} are taken` : ''}`;
          }),
        right: ([message], scene) => {
          const fds = message ? scene.fdsOf(message) : [];
          const flushes = Math.max(1, Math.ceil(fds.length / WAYLAND_MOST));
          return scene.encode(
            Array.from({ length: flushes }, (_, i) => ({ fds: fds.slice(WAYLAND_MOST * i, WAYLAND_MOST * (i + 1)) })),
          );
        },
        trigger: [{ fds: many(WAYLAND_MOST + 1) }],
        neighbours: [[{ fds: many(WAYLAND_MOST) }], [{ fds: [5] }]],
      }),
    },
    {
      id: 'B12',
      title: 'dequeued, then the copy failed',
      project: 'gVisor',
      year: 2026,
      link: 'https://github.com/google/gvisor/pull/14629',
      cause:
        'A receive that ended with EFAULT while it copied had taken the descriptors out of the queue already, and nobody released them.',
      abi: LP64,
      checks: ['FDL'],
      simulation: reader({
        setting: onUnix(1012),
        buggy: ({ installed }) => installed.map((_, i) => `EFAULT; descriptor ${i} is held by nobody`),
        right: ({ installed }) => installed.map((_, i) => `EFAULT; descriptor ${i} is released`),
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: { pid: 7, uid: 1, gid: 1 } }]],
      }),
    },
    {
      id: 'B13',
      title: 'dead when it arrives',
      project: 'Node.js on macOS',
      year: 2016,
      link: 'https://github.com/nodejs/node/issues/7512',
      cause:
        'There a descriptor on its way does not outlive the sender’s copy, which was closed at once; since then the sender waits for an answer.',
      abi: 'arm64-darwin',
      checks: ['FDL', 'SEM'],
      simulation: reader({
        setting: { receiver: () => ({ room: 4096, kernel: DARWIN }), concerns: hasRights },
        buggy: ({ installed }) => installed.map((fd) => `descriptor ${fd} is dead`),
        right: ({ installed }) => installed.map((fd) => `descriptor ${fd}`),
        trigger: [{ fds: [5] }],
        neighbours: [[{ timestamp: { tv_sec: 1, tv_usec: 2 } }]],
      }),
    },
    {
      id: 'B14',
      title: 'a slow leak ends with a wrong message',
      project: 'egl-wayland',
      year: 2026,
      link: 'https://github.com/NVIDIA/egl-wayland/pull/195',
      cause:
        'One descriptor of each event was never closed; at the limit the kernel drops the next one that is passed, and the parser of the protocol ends the client.',
      abi: LP64,
      checks: ['FDL', 'CTR'],
      simulation: inTurn({
        free: 2,
        room: (scene) => scene.space(4),
        buggy: { keeps: true, tell: tellFirst },
        right: { keeps: false, tell: tellFirst },
        trigger: [{ fds: [5] }, { fds: [6] }, { fds: [7] }],
        neighbours: [[{ fds: [5] }, { fds: [6] }], [{ fds: [5] }]],
      }),
    },
  ],
};

const PIECES = ['first', 'second', 'third', 'last'];

function tellFirst({ installed, isTruncated }: Received): string {
  return isTruncated && installed.length === 0 ? 'the client is ended' : 'an event with its descriptor';
}
