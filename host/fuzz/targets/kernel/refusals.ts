/**
 * What Linux may answer to a control buffer that is sent over a Unix socket (net/core/scm.c __scm_send, scm_fp_copy and
 * scm_check_creds; net/socket.c ____sys_sendmsg), as data. A model that knows the one right answer for every buffer may
 * stand in its place: it is an ExpectSend.
 */
import { EBADF, EINVAL, ENOBUFS, ENOMEM, EPERM, ESRCH, ETOOMANYREFS } from '../../../libc/errno.js';
import { CONDITION, type Sent } from './conditions.js';

/** More than there are errnos. */
export const ERRNOS = 256;

/** Whether sendmsg may end with `errno`, 0 for success; where it may not, that is a finding. */
export type ExpectSend = (sent: Sent, errno: number) => boolean;

/** When the kernel may refuse, and whether it must. */
const REFUSALS: readonly { when: keyof typeof CONDITION; errnos: readonly number[]; isCertain: boolean }[] = [
  { when: 'malformed', errnos: [EINVAL], isCertain: true },
  { when: 'tooMany', errnos: [EINVAL], isCertain: true },
  { when: 'closed', errnos: [EBADF], isCertain: true },
  { when: 'ring', errnos: [EINVAL], isCertain: true },
  { when: 'oddCredentials', errnos: [EINVAL], isCertain: true },
  { when: 'otherType', errnos: [EINVAL], isCertain: true },
  { when: 'noId', errnos: [EINVAL], isCertain: true },
  { when: 'noPid', errnos: [EPERM, ESRCH], isCertain: true },
  { when: 'foreignPid', errnos: [EPERM, ESRCH], isCertain: false },
  // EINVAL where the caller's user namespace has no such id.
  { when: 'foreignId', errnos: [EPERM, EINVAL], isCertain: false },
  // Of all processes of a user together, and so of others as well.
  { when: 'rights', errnos: [ETOOMANYREFS], isCertain: false },
  { when: 'long', errnos: [ENOBUFS], isCertain: false },
];

/** What may happen to any call: memory is short. */
const ALWAYS: readonly number[] = [ENOMEM];

/** By the conditions that hold: 1 for each errno that is allowed. */
const known: (Uint8Array | undefined)[] = [];

export const expectSend: ExpectSend = ({ conditions }, errno) => {
  known[conditions] ??= makeAllowed(conditions);
  return known[conditions][errno] === 1;
};

function makeAllowed(conditions: number): Uint8Array {
  const holding = REFUSALS.filter(({ when }) => (conditions & CONDITION[when]) !== 0);
  const allowed = new Uint8Array(ERRNOS);
  for (const errno of [...ALWAYS, ...holding.flatMap(({ errnos }) => errnos)]) allowed[errno] = 1;
  if (!holding.some(({ isCertain }) => isCertain)) allowed[0] = 1;
  return allowed;
}
