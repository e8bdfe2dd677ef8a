import { systemError } from '../../../libc/errno.js';
import { native } from '../../../libc/native.js';

/** include/uapi/linux/capability.h: what makes permissions and limits of queues void. */
const CAP_IPC_OWNER = 15;
const CAP_SYS_RESOURCE = 24;
const _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
/** struct __user_cap_header_struct, then two of struct __user_cap_data_struct, whose first word is what is in effect. */
const HEADER_WORDS = 2;
const WORDS = HEADER_WORDS + 2 * 3;

/** Gives up, for this thread and for good, what would keep the kernel from refusing anything. */
export function dropPrivileges(): void {
  const { koffi } = native();
  const library = koffi.load(null);
  const capget = library.func('int capget(uintptr_t, uintptr_t)');
  const capset = library.func('int capset(uintptr_t, uintptr_t)');
  const words = new Uint32Array(WORDS);
  words[0] = _LINUX_CAPABILITY_VERSION_3;
  const header = Number(koffi.address(words));
  const data = header + HEADER_WORDS * words.BYTES_PER_ELEMENT;
  if (capget(header, data) < 0) throw systemError('capget', koffi.errno());
  const dropped = ~((1 << CAP_IPC_OWNER) | (1 << CAP_SYS_RESOURCE)) >>> 0;
  // In effect, and permitted: the first two words.
  for (const at of [HEADER_WORDS, HEADER_WORDS + 1]) words[at] = (words[at] as number) & dropped;
  if (capset(header, data) < 0) throw systemError('capset', koffi.errno());
}
