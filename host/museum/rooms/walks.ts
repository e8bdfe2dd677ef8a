/** Room E: walks that stop early, go on for ever, or leave the buffer. */
import { tellMessage } from '../beliefs.js';
import { dirtyBuilder, findBy, findUnlessZero } from '../dirty-builder.js';
import type { Room } from '../exhibit.js';
import { roomNamed } from '../names.js';
import { onMessages } from '../sound.js';
import { alignUp, lengthAt, type Step, stepping } from '../stepping.js';

const LP64 = 'x86_64-glibc';
const ONE = [{ fds: [5] }];
const TWO = [{ fds: [5] }, { fds: [6] }];
/** A sound message of 24 bytes with one descriptor, on an LP64 ABI. */
const FIRST = '1400000000000000 01000000 01000000 05000000 00000000';
const ALL_ONES = 'ffffffffffffffff 01000000 01000000 05000000 00000000';
const DIRT = 0xcc;

export const WALKS: Room = {
  ...roomNamed('E'),
  exhibits: [
    {
      id: 'E1',
      title: 'the next header is read before it is known to be one',
      project: 'glibc before 2.37',
      year: 2022,
      link: 'https://sourceware.org/bugzilla/show_bug.cgi?id=28846',
      cause:
        'CMSG_NXTHDR went to the next header first and decided by the length that stood there, in place of the length that it had come by.',
      abi: LP64,
      checks: ['WALK', 'PARSE'],
      simulation: {
        kind: 'walk',
        buggy: 'glibc-le-2.36',
        right: 'glibc-ge-2.37',
        trigger: `${FIRST} 0010000000000000 01000000 01000000`,
        neighbours: [TWO, ONE, []],
      },
    },
    {
      id: 'E2',
      title: 'no place for a second message in a dirty buffer',
      project: 'systemd (sd-daemon)',
      year: 2015,
      link: 'https://github.com/systemd/systemd/pull/1540',
      cause:
        'While a buffer is being filled, the old CMSG_NXTHDR judges a header that nobody has written yet, and finds NULL.',
      abi: LP64,
      checks: ['WALK', 'PAD'],
      simulation: dirtyBuilder({
        fill: DIRT,
        find: findBy('glibc-le-2.36'),
        rightFill: DIRT,
        rightFind: findBy('glibc-ge-2.37'),
        trigger: TWO,
        neighbours: [ONE, []],
      }),
    },
    {
      id: 'E3',
      title: 'a monitor that never comes back',
      project: 'Falco',
      year: 2025,
      link: 'https://github.com/falcosecurity/libs/issues/2765',
      cause:
        'A copy of the old walk was fed with what programs pass to system calls: a length of all ones, rounded up, is zero, and the next header is the same.',
      abi: LP64,
      checks: ['PARSE', 'WALK'],
      simulation: {
        kind: 'walk',
        buggy: 'glibc-le-2.36',
        right: 'falco',
        symptom: 'loop',
        trigger: ALL_ONES,
        neighbours: [ONE, TWO],
      },
      replay: {
        calls: 'sendmsg with one message whose cmsg_len is no length',
        expected: [
          '0: EINVAL',
          '12: EINVAL',
          '15: EINVAL',
          '-1: EINVAL',
          '-7: EINVAL',
          '16: taken, none came',
          '19: taken, none came',
          '21: taken, 1 came',
        ],
      },
    },
    {
      id: 'E4',
      title: 'a message without its padding is not seen',
      project: 'libc (Rust)',
      year: 2025,
      link: 'https://github.com/rust-lang/libc/pull/4903',
      cause:
        'The step decided by the length of the next message before anything said that its header was inside; the tests had been made to fit.',
      abi: LP64,
      checks: ['WALK', 'PARSE'],
      simulation: {
        kind: 'walk',
        buggy: 'rust-libc-le-0.2.179',
        right: 'rust-libc-gnu-ge-0.2.180',
        symptom: 'missed',
        trigger: `${FIRST} 1400000000000000 01000000 01000000 06000000`,
        neighbours: [TWO, ONE],
      },
    },
    {
      id: 'E5',
      title: 'a last message without payload is not seen',
      project: 'musl',
      year: 2025,
      link: 'https://www.openwall.com/lists/musl/2025/12/29/1',
      cause: 'The comparison asks for one byte more than a header.',
      abi: 'x86_64-musl',
      checks: ['WALK'],
      simulation: {
        kind: 'walk',
        buggy: 'musl-1.2',
        right: 'glibc-ge-2.37',
        symptom: 'missed',
        trigger: `${FIRST} 1000000000000000 01000000 02000000`,
        neighbours: [TWO, ONE],
      },
    },
    {
      id: 'E6',
      title: 'sixteen times too far',
      project: 'D runtime over musl',
      year: 2022,
      link: 'https://github.com/dlang/druntime/pull/3830',
      cause:
        'Arithmetic on typed pointers counts in structs: the step is multiplied by the size of a header, and what is left is divided by that of a msghdr.',
      abi: 'x86_64-musl',
      checks: ['WALK'],
      simulation: {
        kind: 'walk',
        buggy: 'druntime-musl',
        right: 'musl-1.2',
        symptom: 'missed',
        trigger: TWO,
        neighbours: [ONE, []],
      },
    },
    {
      id: 'E7',
      title: 'a header of nothing but zeros',
      project: '.NET',
      year: 2015,
      link: 'https://github.com/dotnet/corefx/pull/4051',
      cause: 'Darwin may give a first header that is all zero; a length of zero leads to the same header again.',
      abi: 'arm64-darwin',
      checks: ['WALK', 'PARSE'],
      simulation: {
        kind: 'walk',
        buggy: 'darwin',
        right: 'dotnet',
        symptom: 'loop',
        trigger: '00000000 00000000 00000000 00000000',
        neighbours: [ONE, TWO],
      },
    },
    {
      id: 'E8',
      title: 'a mend for readers that breaks writers',
      project: 'quinn-udp',
      year: 2025,
      link: 'https://github.com/quinn-rs/quinn/pull/2208',
      cause:
        'A test for zero, against headers of nothing, went into the step that writers use as well, for whom the next header is zero by nature.',
      abi: 'arm64-darwin',
      checks: ['WALK', 'PAD'],
      simulation: dirtyBuilder({
        fill: 0,
        find: findUnlessZero('darwin'),
        rightFill: 0,
        rightFind: findBy('darwin'),
        trigger: TWO,
        neighbours: [ONE, []],
      }),
    },
    {
      id: 'E9',
      title: 'the wrong one of two lengths',
      project: 'linux-raw-sys',
      year: 2023,
      link: 'https://github.com/sunfishcode/linux-raw-sys/pull/92',
      cause: 'Whether the next message fits was measured with the length of the one before it.',
      abi: LP64,
      checks: ['WALK'],
      simulation: stepping({
        buggy: stepIfWhole(({ len }) => len),
        right: stepIfWhole((_, next, control, scene) => lengthAt(control, next, scene)),
        trigger: [{ fds: [5, 6, 7] }, { fds: [8] }],
        neighbours: [TWO, ONE],
      }),
    },
    {
      id: 'E10',
      title: 'added before anything is compared',
      project: 'liburing (a proposal)',
      year: 2026,
      link: 'https://github.com/axboe/liburing/pull/1583',
      cause:
        'The rounded length was added to the address before any test, so that one close to the largest wraps around.',
      abi: LP64,
      checks: ['PARSE', 'WALK'],
      simulation: {
        kind: 'walk',
        buggy: 'E10',
        right: 'glibc-ge-2.37',
        symptom: 'loop',
        trigger: ALL_ONES,
        neighbours: [TWO, ONE],
      },
    },
    {
      id: 'E11',
      title: 'a step without an end',
      project: 'QEMU (BSD user mode)',
      year: 2017,
      link: 'https://github.com/seanbruno/qemu-bsd-user/pull/58',
      cause:
        'The macro gave a pointer that no longer had to do with the end of the guest’s buffer, and programs ran away.',
      abi: LP64,
      checks: ['WALK'],
      simulation: stepping({
        buggy: ({ at, len }, _, scene) => (len < scene.header ? undefined : at + alignUp(len, scene)),
        trigger: TWO,
        neighbours: [[], `${FIRST} 0000000000000000 00000000 00000000`],
      }),
    },
    {
      id: 'E12',
      title: 'a system call that never returns',
      project: 'Linux (CVE-2004-1016)',
      year: 2004,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2004-1016',
      cause:
        'The loop over the messages of sendmsg followed lengths that it had not looked at, and one of zero leads nowhere.',
      abi: 'i386-glibc',
      checks: ['PARSE', 'KERN'],
      simulation: {
        kind: 'walk',
        buggy: 'bionic',
        right: 'linux-send',
        symptom: 'loop',
        trigger: '00000000 01000000 01000000 05000000',
        neighbours: [TWO, ONE],
      },
    },
    {
      id: 'E13',
      title: 'padding that grows at every hop',
      project: 'nanomsg',
      year: 2015,
      link: 'https://github.com/nanomsg/nanomsg/issues/521',
      cause: 'What was stored was the padded length, and the next one took it for that of the data.',
      abi: LP64,
      checks: ['WALK', 'PAD'],
      simulation: onMessages({
        buggy: ({ data, ...message }, scene) => {
          const padded = new Uint8Array(scene.space(data.length) - scene.header);
          padded.set(data);
          return [tellMessage({ ...message, data: padded })];
        },
        right: (message) => [tellMessage(message)],
        trigger: ONE,
        neighbours: [[{ fds: [5, 6] }], []],
      }),
    },
    {
      id: 'E14',
      title: 'the dirty buffer, ten years later',
      project: 'libpcpnatpmp',
      year: 2025,
      link: 'https://github.com/libpcpnatpmp/libpcpnatpmp/pull/41',
      cause: 'Control messages were built with the macros in memory that had not been cleared.',
      abi: 'aarch64-glibc',
      checks: ['WALK', 'PAD'],
      simulation: dirtyBuilder({
        fill: DIRT,
        find: findBy('glibc-le-2.36'),
        rightFill: 0,
        rightFind: findBy('glibc-le-2.36'),
        trigger: [
          { level: 41, type: 50, data: new Uint8Array(20) },
          { level: 41, type: 52, data: new Uint8Array(4) },
        ],
        neighbours: [ONE, []],
      }),
    },
    {
      id: 'E15',
      title: 'a walk of one’s own, after the old pattern',
      project: 'OpenIPC over uClibc',
      year: 2026,
      link: 'https://github.com/OpenIPC/firmware/pull/2277',
      cause:
        'A macro that the C library lacked was written again with the tests in the old order: the next header first, its own length last.',
      abi: 'armel-uclibc',
      checks: ['WALK'],
      simulation: {
        kind: 'walk',
        buggy: 'uclibc-ng',
        right: 'glibc-ge-2.37',
        symptom: 'missed',
        trigger: '10000000 01000000 01000000 05000000 00100000 01000000 01000000',
        neighbours: [TWO, ONE],
      },
    },
    {
      id: 'E16',
      title: 'for ever on 32 bits',
      project: 'musl',
      year: 2026,
      link: 'https://git.musl-libc.org/cgit/musl/tree/include/sys/socket.h?h=v1.2.3',
      cause: 'In 32-bit arithmetic the largest lengths round up to zero, and the next header is the same one.',
      abi: 'i386-musl',
      checks: ['PARSE', 'WALK'],
      simulation: {
        kind: 'walk',
        buggy: 'musl-1.2',
        right: 'glibc-ge-2.37',
        symptom: 'loop',
        trigger: 'ffffffff 01000000 01000000 05000000',
        neighbours: [TWO, ONE],
      },
    },
  ],
};

type NextLength = (header: { len: number }, next: number, ...of: [Uint8Array, Parameters<Step>[2]]) => number;

/** As glibc before 2.37, with the length that `lengthOf` says for the next message. */
function stepIfWhole(lengthOf: NextLength): Step {
  return (header, control, scene) => {
    if (header.len < scene.header) return undefined;
    const next = header.at + alignUp(header.len, scene);
    if (next + scene.header > control.length) return undefined;
    return next + alignUp(lengthOf(header, next, control, scene), scene) > control.length ? undefined : next;
  };
}
