/** Room A: messages that did not come whole, and nobody looked. */
import { TRUNCATED, tellMessage } from '../beliefs.js';
import { drainDarwin } from '../drain.js';
import type { Room } from '../exhibit.js';
import { DIRT, FREEBSD, LINUX, type Sent } from '../kernel.js';
import { roomNamed } from '../names.js';
import { hasRights, reader, tellHonestly, tellWithoutFlags, toldMessages } from '../receiving.js';
import { type Scene, viewOf } from '../scene.js';
import { inTurn } from '../sequence.js';

const LP64 = 'x86_64-glibc';
const NO_DESCRIPTORS = { receiver: () => ({ room: 64, free: 0 }), unix: 'plain', concerns: hasRights } as const;
const CREDENTIALS = { pid: 7, uid: 1, gid: 1 };

export const TRUNCATION: Room = {
  ...roomNamed('A'),
  exhibits: [
    {
      id: 'A1',
      title: 'a lost descriptor loses the bytes as well',
      project: 'systemd (varlink)',
      year: 2026,
      link: 'https://github.com/systemd/systemd/pull/42043',
      cause:
        'A read whose descriptors were cut off became an error, after its bytes had left the stream; the caller waits for them for ever.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: NO_DESCRIPTORS,
        buggy: ({ isTruncated }) => (isTruncated ? ['error; the bytes are gone'] : ['the bytes']),
        right: ({ isTruncated }) => (isTruncated ? ['the bytes', TRUNCATED] : ['the bytes']),
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: CREDENTIALS }], []],
      }),
      replay: {
        calls: 'one descriptor is sent to a process that may open no more, with two bytes',
        expected: ['2 bytes', 'MSG_CTRUNC', 'msg_controllen 0', 'the buffer is as it was'],
      },
    },
    {
      id: 'A2',
      title: 'a forbidden descriptor ends the connection',
      project: 'systemd (sd-bus)',
      year: 2024,
      link: 'https://github.com/systemd/systemd/issues/34688',
      cause:
        'A security module may keep a descriptor from being installed; the kernel says so with MSG_CTRUNC, which was taken for a fatal error.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: NO_DESCRIPTORS,
        buggy: ({ isTruncated }) => (isTruncated ? ['the connection is closed'] : ['the message']),
        right: ({ isTruncated }) => (isTruncated ? ['the message', TRUNCATED] : ['the message']),
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: CREDENTIALS }], []],
      }),
    },
    {
      id: 'A3',
      title: 'the descriptor of the message before',
      project: 'gVisor (fdchannel)',
      year: 2026,
      link: 'https://github.com/google/gvisor/issues/14697',
      cause:
        'One buffer serves all receives and is read whatever msg_controllen says, so that after a truncated one the descriptor of an earlier message is returned as new.',
      abi: LP64,
      checks: ['CTR', 'PAD'],
      simulation: inTurn({
        free: 1,
        room: (scene) => scene.space(4),
        buggy: {
          keeps: true,
          tell: ({ buffer }, scene) => `descriptor ${viewOf(buffer).getInt32(scene.header, scene.isLittle)}`,
        },
        right: {
          keeps: true,
          tell: ({ installed }) => (installed.length > 0 ? `descriptor ${installed[0]}` : TRUNCATED),
        },
        trigger: [{ fds: [5] }, { fds: [6] }],
        neighbours: [[{ fds: [5] }], [{ credentials: CREDENTIALS }]],
      }),
      replay: {
        calls: 'two descriptors are sent one by one; for the second there is no number left',
        expected: ['the second read: MSG_CTRUNC', 'msg_controllen 0', 'the buffer is as it was'],
      },
    },
    {
      id: 'A4',
      title: 'a descriptor out of a buffer that was never filled',
      project: 'rr',
      year: 2024,
      link: 'https://github.com/rr-debugger/rr/pull/3870',
      cause:
        'At the limit of descriptors nothing is written into the control buffer, and what it held before was used as a descriptor.',
      abi: LP64,
      checks: ['CTR', 'PAD'],
      simulation: reader({
        setting: NO_DESCRIPTORS,
        buggy: ({ buffer }, scene) => [`descriptor ${viewOf(buffer).getInt32(scene.header, scene.isLittle)}`],
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: CREDENTIALS }], []],
      }),
      replay: {
        calls: 'one descriptor is sent to a process that may open no more; its buffer holds 0xaa',
        expected: ['MSG_CTRUNC', 'msg_controllen 0', `the descriptor in the buffer: ${(DIRT * 0x01010101) | 0}`],
      },
    },
    {
      id: 'A5',
      title: 'two of three descriptors lost, no word of it',
      project: 'nix (Rust)',
      year: 2024,
      link: 'https://github.com/nix-rust/nix/issues/2400',
      cause: 'The iterator over control messages was handed out without a look at MSG_CTRUNC.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: { receiver: (scene) => ({ room: scene.len(4) }), unix: 'plain' },
        buggy: tellWithoutFlags,
        trigger: [{ fds: [5, 6, 7] }],
        neighbours: [[{ fds: [5] }], []],
      }),
      replay: {
        calls: 'three descriptors are sent into control buffers of 19, 20, 24 and 28 bytes',
        expected: [
          '19: none, MSG_CTRUNC, msg_controllen 0',
          '20: 1, MSG_CTRUNC, msg_controllen 20',
          '24: 2, MSG_CTRUNC, msg_controllen 24',
          '28: 3, msg_controllen 28',
        ],
      },
    },
    {
      id: 'A6',
      title: 'authenticated, but without its descriptor',
      project: 'freeunit',
      year: 2026,
      link: 'https://github.com/freeunitorg/freeunit/issues/264',
      cause:
        'With SO_PASSCRED the credentials come first and whole; where the descriptor is lost behind them, the message looks like one that never had any.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: { receiver: () => ({ room: 64, free: 0 }), unix: 'credentials' },
        buggy: ({ installed }) => [installed.length > 0 ? 'a message with its descriptor' : 'a message that has none'],
        right: ({ installed, isTruncated }) => [
          isTruncated ? TRUNCATED : installed.length > 0 ? 'a message with its descriptor' : 'a message that has none',
        ],
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: CREDENTIALS }], [{ credentials: CREDENTIALS }, { credentials: CREDENTIALS }]],
      }),
      replay: {
        calls: 'one descriptor is sent to a socket with SO_PASSCRED, into 24, 32 and 56 bytes',
        expected: [
          '24: credentials of 8 bytes, no descriptor, MSG_CTRUNC',
          '32: credentials of 12 bytes, no descriptor, MSG_CTRUNC',
          '56: credentials of 12 bytes, 1 descriptor',
        ],
      },
    },
    {
      id: 'A7',
      title: 'a length that is larger than the buffer',
      project: 'rustix',
      year: 2026,
      link: 'https://github.com/bytecodealliance/rustix/issues/1683',
      cause:
        'Darwin cuts the payload but not cmsg_len; subtracting it from what is left goes below zero, and descriptors are made of what lies behind the buffer.',
      abi: 'arm64-darwin',
      checks: ['CTR', 'PARSE', 'WALK'],
      simulation: drainDarwin,
    },
    {
      id: 'A8',
      title: 'no room for the traffic class',
      project: 'noq (QUIC)',
      year: 2026,
      link: 'https://github.com/n0-computer/noq/pull/778',
      cause:
        'The buffer was counted without the time stamp, so that the message with the ECN bits, the last one, was cut off and took congestion feedback with it.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: {
          receiver: () => ({ room: 96 }),
          concerns: (sent, scene) => sent.some((message) => scene.is(message, 'IPPROTO_IPV6', 'IPV6_TCLASS')),
        },
        buggy: (received, scene) =>
          ecnOf(toldMessages(received, scene), scene.number('IPV6_TCLASS')) ?? ['the packet is not marked'],
        right: (received, scene) => ecnOf(toldMessages(received, scene), scene.number('IPV6_TCLASS')) ?? [TRUNCATED],
        trigger: [
          { level: 1, type: 35, data: new Uint8Array(16) },
          { udp_gro: 1200 },
          { level: 41, type: 50, data: new Uint8Array(20) },
          { tclass6: 3 },
        ],
        neighbours: [
          [{ udp_gro: 1200 }, { level: 41, type: 50, data: new Uint8Array(20) }, { tclass6: 3 }],
          [{ tclass6: 3 }],
        ],
      }),
      replay: {
        calls:
          'a UDP socket over IPv6 with time stamps, GRO, packet info and traffic class receives into 96 and 120 bytes',
        expected: [
          '96: SO_TIMESTAMPNS, UDP_GRO, IPV6_PKTINFO, MSG_CTRUNC',
          '120: SO_TIMESTAMPNS, UDP_GRO, IPV6_PKTINFO, IPV6_TCLASS',
        ],
      },
    },
    {
      id: 'A9',
      title: 'room for one packet info, two come',
      project: 's2n-quic',
      year: 2023,
      link: 'https://github.com/aws/s2n-quic/pull/1819',
      cause: 'The buffer had room for the larger of the two kinds of packet info, and a kernel may deliver both.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: {
          receiver: (scene) => ({ room: scene.space(20) }),
          concerns: (sent, scene) => sent.every((message) => isPacketInfo(message, scene)),
        },
        buggy: tellWithoutFlags,
        trigger: [
          { level: 0, type: 8, data: new Uint8Array(12) },
          { level: 41, type: 50, data: new Uint8Array(20) },
        ],
        neighbours: [
          [{ level: 41, type: 50, data: new Uint8Array(20) }],
          [{ level: 0, type: 8, data: new Uint8Array(12) }],
        ],
      }),
    },
    {
      id: 'A10',
      title: 'a process whose number was never sent',
      project: 'syslog-ng',
      year: 2023,
      link: 'https://github.com/syslog-ng/syslog-ng/issues/4597',
      cause:
        'Behind a time stamp there was room for the bare header of the credentials; twelve bytes of older memory were read as pid, uid and gid.',
      abi: 'i386-glibc',
      checks: ['CTR', 'PARSE', 'LAY'],
      simulation: reader({
        setting: { receiver: () => ({ room: 32, buffer: new Uint8Array(64).fill(DIRT) }) },
        buggy: (received, scene) => credentialsAt(received.buffer, received.controllen, scene, false),
        right: (received, scene) => credentialsAt(received.buffer, received.controllen, scene, true),
        trigger: [{ level: 1, type: 35, data: new Uint8Array(8) }, { credentials: CREDENTIALS }],
        neighbours: [[{ credentials: CREDENTIALS }], [{ level: 1, type: 35, data: new Uint8Array(8) }]],
      }),
      replay: {
        calls: 'credentials are received into 16, 17, 24, 27 and 28 bytes',
        expected: [
          '16: cmsg_len 16',
          '17: cmsg_len 17',
          '24: cmsg_len 24',
          '27: cmsg_len 27',
          '28: cmsg_len 28, whole',
        ],
      },
    },
    {
      id: 'A11',
      title: 'credentials take the place of the descriptor',
      project: 'pesign',
      year: 2021,
      link: 'https://github.com/rhboot/pesign/issues/69',
      cause: 'The buffer had room for one descriptor, but with SO_PASSCRED the credentials come first and fill it.',
      abi: LP64,
      checks: ['CTR', 'SEM'],
      simulation: reader({
        setting: { receiver: (scene) => ({ room: scene.space(4) }), unix: 'credentials', concerns: hasRights },
        buggy: (received, scene) => [
          toldMessages(received, scene).some((line) => line.startsWith('descriptor'))
            ? 'a descriptor'
            : 'none was sent',
        ],
        right: ({ isTruncated }) => [isTruncated ? TRUNCATED : 'a descriptor'],
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: CREDENTIALS }], []],
      }),
    },
    {
      id: 'A12',
      title: 'the same on FreeBSD, with a larger struct',
      project: 'WeeChat',
      year: 2017,
      link: 'https://github.com/weechat/weechat/issues/790',
      cause: 'FreeBSD puts its own credentials, of 84 bytes, before the descriptor, for which alone there was room.',
      abi: 'x86_64-freebsd',
      checks: ['CTR', 'SEM'],
      simulation: reader({
        setting: {
          receiver: (scene) => ({ room: scene.space(4), kernel: FREEBSD }),
          concerns: hasRights,
        },
        buggy: ({ installed }) => [installed.length > 0 ? 'a descriptor' : 'none was sent'],
        right: ({ installed, isTruncated }) => [
          installed.length > 0 ? 'a descriptor' : isTruncated ? TRUNCATED : 'none',
        ],
        trigger: [{ level: 0xffff, type: 3, data: new Uint8Array(84) }, { fds: [5] }],
        neighbours: [[{ fds: [5] }], []],
      }),
    },
    {
      id: 'A13',
      title: 'a handle that is none',
      project: 'Node.js',
      year: 2017,
      link: 'https://github.com/nodejs/node/pull/13235',
      cause:
        'A message that announced a handle, and whose descriptor had been cut off, gave a handle that was not null and did not work.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: NO_DESCRIPTORS,
        buggy: ({ sent }) => (sent > 0 ? ['a handle'] : ['no handle']),
        right: ({ installed, isTruncated }) => [
          installed.length > 0 ? 'a handle' : 'no handle',
          ...(isTruncated ? [TRUNCATED] : []),
        ],
        trigger: [{ fds: [5] }],
        neighbours: [[{ credentials: CREDENTIALS }], []],
      }),
    },
    {
      id: 'A14',
      title: 'a checkpoint that leaves out what was queued',
      project: 'CRIU',
      year: 2026,
      link: 'https://github.com/checkpoint-restore/criu/pull/2906',
      cause:
        'The queue was read with MSG_PEEK and only MSG_TRUNC was looked at, so that descriptors could be missing from the image.',
      abi: LP64,
      checks: ['CTR'],
      simulation: reader({
        setting: { receiver: (scene) => ({ room: scene.space(8) }), unix: 'plain' },
        buggy: (received, scene) => ['the image is whole', ...toldMessages(received, scene)],
        right: (received, scene) => [
          received.isTruncated ? 'the image cannot be whole' : 'the image is whole',
          ...toldMessages(received, scene),
        ],
        trigger: [{ fds: [5, 6, 7] }],
        neighbours: [[{ fds: [5, 6] }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'one descriptor is peeked at three times and then received',
        expected: ['each of 3 peeks: 1 descriptor', 'the read: 1 descriptor', '4 descriptors are open'],
      },
    },
    {
      id: 'A15',
      title: 'a kernel that never says it',
      project: 'gVisor',
      year: 2019,
      link: 'https://github.com/google/gvisor/issues/206',
      cause: 'The emulated kernel cut control data off and did not set MSG_CTRUNC.',
      abi: LP64,
      checks: ['CTR', 'KERN'],
      simulation: reader({
        setting: {
          receiver: (scene) => ({ room: scene.space(4), kernel: { ...LINUX, tells: 'never' } }),
          unix: 'plain',
        },
        rightSetting: { receiver: (scene) => ({ room: scene.space(4) }), unix: 'plain' },
        buggy: tellHonestly,
        trigger: [{ fds: [5, 6, 7] }],
        neighbours: [[{ fds: [5] }], [{ fds: [5, 6] }]],
      }),
    },
    {
      id: 'A16',
      title: 'an error where others cut',
      project: 'CPython (its tests)',
      year: 2026,
      link: 'https://github.com/python/cpython/pull/154244',
      cause:
        'OpenBSD and DragonFly refuse a receive whose control buffer is too small with EMSGSIZE, where Linux and FreeBSD deliver what there is.',
      abi: 'x86_64-openbsd',
      checks: ['CTR', 'KERN'],
      simulation: reader({
        setting: { receiver: () => ({ room: 8 }), concerns: (_, { header }) => header > 8 },
        rightSetting: {
          receiver: () => ({ room: 8, kernel: { ...LINUX, cut: 'refuse' } }),
          concerns: (_, { header }) => header > 8,
        },
        buggy: tellHonestly,
        trigger: [{ level: 1, type: 2, data: new Uint8Array(4) }],
        neighbours: [[]],
      }),
    },
  ],
};

function ecnOf(told: readonly string[], type: number): string[] | undefined {
  const line = told.find((each) => each.includes(`type ${type}:`));
  return line === undefined ? undefined : [line];
}

function isPacketInfo(message: Sent, scene: Scene): boolean {
  const isV4 = scene.is(message, 'IPPROTO_IP', 'IP_PKTINFO') && scene.hasSize(message, 12);
  return isV4 || (scene.is(message, 'IPPROTO_IPV6', 'IPV6_PKTINFO') && scene.hasSize(message, 20));
}

/** The credentials that come last, of which a careful reader wants the payload to be there. */
function credentialsAt(buffer: Uint8Array, controllen: number, scene: Scene, isCareful: boolean): string[] {
  const last = scene.messages(buffer.subarray(0, controllen))?.at(-1);
  if (!last || !scene.is(last, 'SOL_SOCKET', 'SCM_CREDENTIALS')) return ['no credentials'];
  if (last.data.length >= 12 || !isCareful) {
    const at = last.offset + scene.header;
    return [tellMessage({ ...last, data: buffer.subarray(at, at + 12) })];
  }
  return [TRUNCATED];
}
