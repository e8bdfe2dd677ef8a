/** Room L: how long the kernel keeps what is on its way. What was mended there can only be asked whether it still is. */
import type { Room } from '../exhibit.js';
import { roomNamed } from '../names.js';

const LP64 = 'x86_64-glibc';

export const LIFETIME: Room = {
  ...roomNamed('L'),
  exhibits: [
    {
      id: 'L1',
      title: 'sockets within sockets',
      project: 'Linux (CVE-2008-5029)',
      year: 2008,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2008-5029',
      cause:
        'Destroying queued descriptors called itself for each socket within a socket, until the stack of the kernel was used up.',
      abi: LP64,
      checks: ['KERN'],
      replay: {
        calls: 'sockets are sent into each other 40 deep, and all are closed',
        expected: ['40 are taken', 'nothing is open'],
      },
    },
    {
      id: 'L5',
      title: 'a ring within a socket',
      project: 'Linux (CVE-2023-52654)',
      year: 2023,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2023-52654',
      cause: 'Rings of io_uring on their way made cycles that nobody collected; since then they cannot be sent.',
      abi: LP64,
      checks: ['KERN'],
      replay: {
        calls: 'a ring of io_uring is sent',
        expected: ['EINVAL'],
      },
    },
    {
      id: 'L6',
      title: 'two urgent bytes in a row',
      project: 'Linux (CVE-2025-38236)',
      year: 2025,
      link: 'https://nvd.nist.gov/vuln/detail/CVE-2025-38236',
      cause: 'Two out-of-band bytes that had been read left a pointer to what was freed.',
      abi: LP64,
      checks: ['KERN'],
      replay: {
        calls:
          'x and y are sent out of band and read so, z is sent out of band, then a plain and an out-of-band read follow',
        expected: ['the plain read: EAGAIN', 'the out-of-band read: EINVAL'],
      },
    },
  ],
};
