import type { UnixAddress, UnixSeqpacket } from './base.js';
import { goToOfferer } from './greeting.js';
import { checkTakeOver } from './options.js';
import { Taking } from './taking.js';
import type { TakeOverOptions, TakeOverResult } from './types.js';

/**
 * Takes over what another process offers with `offer`. `where` is the address that it listens at, or a connected
 * UnixSeqpacket, which is closed in the end.
 *
 * A batch is this process's from the instant that its confirmation has been sent: until then nothing of it is read or
 * written here, and what happens costs the other side nothing. `onTaken` is called right after that instant.
 *
 * Rejects when nothing has been taken: `ENOENT`, `ECONNREFUSED` (nobody offers), `ERR_BUSY` (a hand-off to
 * another is under way there; after `waitFor`), `ETIMEDOUT`, `ABORT_ERR`, `ERR_REFUSED`
 * (the other side said no, and why, or `prepare` threw), `ERR_ENDED` (the other side is gone), `ERR_PROTOCOL`,
 * `ERR_TRUNCATED` (no descriptors are left here), `ERR_TOO_LARGE`, `ERR_UNSUPPORTED`, `ERR_PEER`,
 * `ERR_INVALID_ARGUMENT`. After something has been taken it resolves, with such an error as `error`.
 */
export async function takeOver(where: UnixAddress | UnixSeqpacket, options?: TakeOverOptions): Promise<TakeOverResult> {
  const checked = checkTakeOver(options);
  const greeted = await goToOfferer(where, checked);
  return new Taking(greeted, checked).run();
}
