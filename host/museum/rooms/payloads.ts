/** Room G: how wide a payload is, and by which number it comes. */
import { NOTHING, tellMessage } from '../beliefs.js';
import { asRaw, takeStrictly } from '../building.js';
import type { Room } from '../exhibit.js';
import type { Sent } from '../kernel.js';
import { roomNamed } from '../names.js';
import type { Scene } from '../scene.js';
import { onMessages, onSound } from '../sound.js';

const LP64 = 'x86_64-glibc';
const FREEBSD = 'x86_64-freebsd';
const NOT_MARKED = 'the packet is not marked';
const int = (value: number) => Uint8Array.of(value & 255, value >> 8, 0, 0);

export const PAYLOADS: Room = {
  ...roomNamed('G'),
  exhibits: [
    {
      id: 'G1',
      title: 'an int where a byte is wanted',
      project: 'quic-go',
      year: 2023,
      link: 'https://github.com/quic-go/quic-go/issues/4106',
      cause: 'FreeBSD takes IP_TOS as one byte only, and the program sent an int, as Linux has it.',
      abi: FREEBSD,
      checks: ['KERN', 'LAY'],
      simulation: onMessages({
        buggy: (message, scene) => (isTos(message, scene) ? ['EINVAL: 4 bytes'] : NOTHING),
        right: (message, scene) => (isTos(message, scene) ? ['1 byte is taken'] : NOTHING),
        trigger: [{ level: 0, type: 3, data: Uint8Array.of(1) }],
        neighbours: [[{ fds: [5] }], []],
      }),
      replay: {
        calls: 'a UDP datagram is sent with IP_TOS of 1, 2 and 4 bytes, with IP_TTL of 1 and 4',
        expected: [
          'IP_TOS of 1: taken',
          'IP_TOS of 2: EINVAL',
          'IP_TOS of 4: taken',
          'IP_TTL of 1: EINVAL',
          'IP_TTL of 4: taken',
        ],
      },
    },
    {
      id: 'G2',
      title: 'two bytes expected, four come',
      project: 'erlang_quic',
      year: 2026,
      link: 'https://github.com/benoitc/erlang_quic/pull/204',
      cause:
        'The size of the segments comes as an int, and a pattern of exactly two bytes did not match: every train of packets was taken for one.',
      abi: LP64,
      checks: ['PARSE', 'LAY'],
      simulation: onMessages({
        buggy: ({ data, ...message }, scene) =>
          isGro({ ...message, data }, scene) ? tellSegments(false, data, scene) : NOTHING,
        right: ({ data, ...message }, scene) =>
          isGro({ ...message, data }, scene) ? tellSegments(true, data, scene) : NOTHING,
        trigger: [{ level: 17, type: 104, data: int(1200) }],
        neighbours: [[{ level: 17, type: 104, data: int(1200).subarray(0, 2) }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'segments are sent to a UDP socket with UDP_GRO',
        expected: ['UDP_GRO: cmsg_len 20'],
      },
    },
    {
      id: 'G3',
      title: 'four bytes expected, one comes',
      project: 's2n-quic',
      year: 2021,
      link: 'https://github.com/aws/s2n-quic/pull/899',
      cause: 'The type of service that is received may be a byte or an int, and the reader took the int alone.',
      abi: LP64,
      checks: ['PARSE'],
      simulation: onMessages({
        buggy: (message, scene) =>
          isTos(message, scene) ? tellMark(message.data.length === 4, message.data, scene) : NOTHING,
        right: (message, scene) =>
          isTos(message, scene)
            ? tellMark(scene.hasSize(message, 1) || scene.hasSize(message, 4), message.data, scene)
            : NOTHING,
        trigger: [{ level: 0, type: 1, data: Uint8Array.of(3) }],
        neighbours: [[{ level: 0, type: 1, data: int(3) }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'a datagram with IP_TOS is received',
        expected: ['IP_TOS: cmsg_len 17'],
      },
    },
    {
      id: 'G4',
      title: 'the mark comes under another name',
      project: 'Mosh',
      year: 2015,
      link: 'https://github.com/mobile-shell/mosh/issues/658',
      cause: 'FreeBSD brings the type of service as IP_RECVTOS, Linux as IP_TOS; only the latter was looked for.',
      abi: FREEBSD,
      checks: ['LAY'],
      simulation: onMessages({
        buggy: (message, scene) => (scene.is(message, 'IPPROTO_IP', 'IP_RECVTOS') ? [NOT_MARKED] : NOTHING),
        right: (message, scene) =>
          scene.is(message, 'IPPROTO_IP', 'IP_RECVTOS')
            ? tellMark(scene.hasSize(message, 1) || scene.hasSize(message, 4), message.data, scene)
            : NOTHING,
        trigger: [{ level: 0, type: 68, data: Uint8Array.of(3) }],
        neighbours: [[{ level: 0, type: 68, data: Uint8Array.of(0) }], [{ fds: [5] }]],
      }),
      replay: {
        calls: 'a descriptor is sent with the SOL_SOCKET of the BSDs, and with the type of their credentials',
        expected: ['level 0xffff: taken, none came', 'type 3: EINVAL'],
      },
    },
    {
      id: 'G5',
      title: 'a kernel that does not know it yet',
      project: 'quinn',
      year: 2023,
      link: 'https://github.com/quinn-rs/quinn/pull/1516',
      cause: 'Kernels before 3.13 refuse a message that has IP_TOS, and the whole datagram with it.',
      abi: LP64,
      checks: ['KERN'],
      simulation: onSound({
        buggy: (input, scene) =>
          (scene.messages(input) ?? []).some((message) => isTos(message, scene))
            ? ['EINVAL']
            : takeStrictly(input, scene),
        right: (input, scene) =>
          takeStrictly(
            scene.encode(asRaw((scene.messages(input) ?? []).filter((message) => !isTos(message, scene)))),
            scene,
          ),
        trigger: [{ level: 0, type: 1, data: int(1) }],
        neighbours: [[{ level: 0, type: 2, data: int(64) }], [{ fds: [5] }]],
      }),
    },
    {
      id: 'G6',
      title: 'credentials of less than twelve bytes',
      project: 'Go (syscall)',
      year: 2016,
      link: 'https://github.com/golang/go/issues/16475',
      cause: 'ParseUnixCredentials took the payload for a struct of twelve bytes without a look at its length.',
      abi: LP64,
      checks: ['PARSE', 'CTR'],
      simulation: onMessages({
        buggy: (message, scene) =>
          tellCredentials(message, scene, `${UCRED} bytes from a payload of ${message.data.length}`),
        right: (message, scene) => tellCredentials(message, scene, 'refused: they were cut off'),
        trigger: [{ level: 1, type: 2, data: Uint8Array.of(7, 0, 0, 0) }],
        neighbours: [[{ credentials: { pid: 7, uid: 1, gid: 1 } }], [{ fds: [5] }]],
      }),
    },
  ],
};

/** sizeof(struct ucred) */
const UCRED = 12;

type Numbers = Pick<Sent, 'level' | 'type'>;

function isTos(message: Numbers, scene: Scene): boolean {
  return scene.is(message, 'IPPROTO_IP', 'IP_TOS');
}

/** As Linux brings it: an int. */
function isGro(message: Sent, scene: Scene): boolean {
  return scene.is(message, 'SOL_UDP', 'UDP_GRO') && scene.hasSize(message, 4);
}

function tellSegments(isTold: boolean, data: Uint8Array, scene: Scene): string[] {
  return [isTold ? `segments of ${scene.firstInt(data)} bytes` : 'one datagram'];
}

/** The two lowest bits are the mark (RFC 3168). */
function tellMark(isTold: boolean, data: Uint8Array, scene: Scene): string[] {
  const mark = (scene.firstInt(data) ?? 0) & 3;
  return [isTold && mark > 0 ? `marked ${mark}` : NOT_MARKED];
}

function tellCredentials(message: Sent, scene: Scene, otherwise: string): readonly string[] {
  if (!scene.is(message, 'SOL_SOCKET', 'SCM_CREDENTIALS')) return NOTHING;
  return [message.data.length >= UCRED ? tellMessage(message) : otherwise];
}
