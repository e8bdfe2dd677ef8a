/**
 * All that System V queues use of the library. In Node they are a file of their own beside the one that holds it, so that
 * each class and its state exist once, and who only passes descriptors loads none of them.
 */
export { byteLengthOf, checkHeld, isBytes } from '../check/bytes.js';
export { checkOptions, hasOnly, optionNames } from '../check/options.js';
export { show } from '../check/show.js';
export { checkBoolean, checkInteger, ID_MAX, INT_MAX } from '../check/values.js';
export { AncillaryError, invalidArgument } from '../errors/error.js';
export {
  E2BIG,
  EACCES,
  EAGAIN,
  EEXIST,
  EIDRM,
  EINTR,
  EINVAL,
  ENOENT,
  ENOMSG,
  ENOSPC,
  ENOSYS,
  EPERM,
  systemError,
} from '../libc/errno.js';
export { type Native, native } from '../libc/native.js';
export { type Field, readStructNamed } from '../model/layout.js';
export { readStructValues } from '../model/struct-values.js';
export { checkWait, limit, type WaitOptions } from '../reactor/limit.js';
export { beginTurn } from '../reactor/turn.js';
export { fail, succeed } from '../reactor/wait.js';
export { clearTimeout, now, setImmediate, setTimeout } from '../runtime/globals.js';
