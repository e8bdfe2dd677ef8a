/** Room F: emulators, layers for other ABIs, sandboxes. */
import { NOTHING, tellMessages } from '../beliefs.js';
import { takeStrictly } from '../building.js';
import { doubleRead } from '../double-read.js';
import type { Room } from '../exhibit.js';
import { roomNamed } from '../names.js';
import { hasRights, reader, tellHonestly } from '../receiving.js';
import type { Scene } from '../scene.js';
import { sceneOf } from '../scenes.js';
import { onMessages, onSound } from '../sound.js';

const LP64 = 'x86_64-glibc';
const ONE = [{ fds: [5] }];
const CREDENTIALS = { credentials: { pid: 7, uid: 1, gid: 1 } };
/** CMSG_SPACE of one descriptor for a 32-bit program. */
const GUEST_ROOM = 16;

export const EMULATORS: Room = {
  ...roomNamed('F'),
  exhibits: [
    {
      id: 'F1',
      title: 'the guest’s room for the host’s headers',
      project: 'FEX',
      year: 2021,
      link: 'https://github.com/FEX-Emu/FEX/issues/743',
      cause:
        'The size of a 32-bit guest’s control buffer was given to the 64-bit host, whose headers are larger, so that descriptors were lost.',
      abi: LP64,
      checks: ['LAY', 'CTR'],
      simulation: reader({
        setting: { receiver: () => ({ room: GUEST_ROOM }), unix: 'plain', concerns: isOneFd },
        rightSetting: { receiver: (scene) => ({ room: scene.space(4) }), unix: 'plain', concerns: isOneFd },
        buggy: tellHonestly,
        trigger: ONE,
        neighbours: [[CREDENTIALS], []],
      }),
      replay: {
        calls:
          'a 64-bit process sends the same message as it should and as a 32-bit one would, and the latter’s cmsg_len alone',
        expected: ['64-bit: 1 came', '32-bit: EINVAL', 'cmsg_len 16: taken, none came'],
      },
    },
    {
      id: 'F2',
      title: 'looked at once, read twice',
      project: 'FreeBSD (CVE-2020-7460)',
      year: 2020,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2020-7460',
      cause:
        'sendmsg for 32-bit programs read the headers of the program again after it had checked them, and another thread could change them between.',
      abi: 'i386-freebsd',
      checks: ['PARSE'],
      simulation: doubleRead({
        trigger: '10000000 ffff0000 01000000 05000000 00100000',
        neighbours: ['10000000 ffff0000 01000000 05000000 10000000', ONE],
      }),
    },
    {
      id: 'F3',
      title: 'the same on a stack',
      project: 'Linux (CVE-2005-2490)',
      year: 2005,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2005-2490',
      cause:
        'What was copied to the stack of the kernel was measured by lengths that another thread could change after they had been added up.',
      abi: 'i386-glibc',
      checks: ['PARSE'],
      simulation: doubleRead({
        trigger: '10000000 01000000 01000000 05000000 00100000',
        neighbours: ['10000000 01000000 01000000 05000000 10000000', ONE],
      }),
    },
    {
      id: 'F4',
      title: 'a Linux program’s header, read as one’s own',
      project: 'NetBSD (compat_linux)',
      link: 'https://git.synapseos.ru/Aren/NetBSD/commits/commit/7bb407d6e381f0b9ebe77967874fbd7f4438e46d/sys/compat/linux/common/linux_socket.h',
      cause: 'On Linux cmsg_len has the width of a size_t, and no padding follows the header.',
      abi: LP64,
      checks: ['LAY'],
      simulation: { kind: 'layout', believed: 'x86_64-netbsd', trigger: ONE, neighbours: [[]] },
    },
    {
      id: 'F6',
      title: 'an errno of another architecture',
      project: 'QEMU (user mode)',
      year: 2021,
      link: 'https://github.com/nix-rust/nix/pull/1514',
      cause: 'The errno inside of IP_RECVERR was handed to the guest as the host has it, and MIPS has other numbers.',
      abi: 'mips-glibc',
      checks: ['LAY'],
      simulation: onMessages({
        buggy: (message, scene) => tellError(message, scene, scene),
        right: (message, scene) => tellError(message, scene, sceneOf(scene.codec, HOST)),
        trigger: [{ level: 0, type: 11, data: Uint8Array.of(0, 0, 0, 111, ...new Uint8Array(28)) }],
        neighbours: [[{ level: 0, type: 11, data: Uint8Array.of(0, 0, 0, 5, ...new Uint8Array(28)) }], ONE],
      }),
    },
    {
      id: 'F7',
      title: 'no bytes, but a descriptor',
      project: 'QEMU (user mode)',
      link: 'https://git.krinitsin.com/emulator-bug-study/plain/results/classifier/phi4:14b/reasoning/manual-review/833',
      cause: 'A message without an iovec was treated otherwise than the kernel does.',
      abi: LP64,
      checks: ['SEM', 'KERN'],
      replay: {
        calls: 'a datagram and a packet of no bytes are sent with a descriptor',
        expected: ['SOCK_DGRAM: 0 bytes, 1 descriptor', 'SOCK_SEQPACKET: 0 bytes, 1 descriptor'],
      },
    },
    {
      id: 'F9',
      title: 'credentials that nobody asked for',
      project: 'gVisor',
      year: 2026,
      link: 'https://github.com/google/gvisor/issues/14594',
      cause:
        'A socket of the host that has SO_PASSCRED set already brings a message that the sandbox does not know, and the whole receive fails.',
      abi: LP64,
      checks: ['KERN', 'SEM'],
      simulation: onSound({
        buggy: (input, scene) => (hasCredentials(input, scene) ? ['EINVAL'] : takeStrictly(input, scene)),
        right: takeStrictly,
        trigger: [CREDENTIALS],
        neighbours: [ONE, []],
      }),
    },
    {
      id: 'F10',
      title: 'one descriptor, or credentials, not both',
      project: 'WSL1',
      year: 2016,
      link: 'https://github.com/microsoft/WSL/issues/1326',
      cause: 'A message could have one descriptor only, and lost its credentials when it had one.',
      abi: LP64,
      checks: ['KERN', 'SEM'],
      simulation: onSound({
        buggy: (input, scene) => {
          const messages = scene.messages(input) ?? [];
          const rights = messages.filter((message) => scene.isRights(message));
          if (rights.flatMap((message) => scene.fdsOf(message)).length > 1) return ['EINVAL'];
          return tellMessages(scene, rights.length > 0 ? rights : messages);
        },
        right: takeStrictly,
        trigger: [{ fds: [5, 6] }],
        neighbours: [ONE, [CREDENTIALS]],
      }),
    },
  ],
};

/** Whose errnos a kernel has that runs programs of other architectures. */
const HOST = LP64;

function isOneFd(sent: readonly { level: number; type: number; data: Uint8Array }[], scene: Scene): boolean {
  return hasRights(sent, scene) && sent.length === 1 && sent[0]?.data.length === 4;
}

function hasCredentials(input: Uint8Array, scene: Scene): boolean {
  return (scene.messages(input) ?? []).some((message) => scene.is(message, 'SOL_SOCKET', 'SCM_CREDENTIALS'));
}

/** The error that a message of IP_RECVERR tells, by the numbers of `names`. */
function tellError(
  { level, type, data }: { level: number; type: number; data: Uint8Array },
  scene: Scene,
  names: Scene,
) {
  if (!scene.is({ level, type }, 'IPPROTO_IP', 'IP_RECVERR') || data.length < 4) return NOTHING;
  const errno = scene.firstInt(data) ?? 0;
  return [names.errnoName(errno) ?? `errno ${errno}`];
}
