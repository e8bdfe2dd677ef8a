import { type BindAddress, type FdHolder, invalidArgument, type UnixSeqpacket } from './base.js';
import { awaitTaker } from './greeting.js';
import { Offering } from './offering.js';
import { type CheckedOffer, checkOffer } from './options.js';
import { namedItem, type Outgoing, stateItem } from './outgoing.js';
import { totalOf } from './total.js';
import type { Named, OfferOptions, OfferResult } from './types.js';
import { KIND_FILE, KIND_LISTENER } from './wire/constants.js';

/** Listeners and files: what one batch takes beside the memfd of its payload. */
const NAMED_MOST = 252;

/**
 * Offers listening sockets, connections, files and state to another process, which calls `takeOver`. `where` is an
 * address to listen at until one has come, or a connected UnixSeqpacket, which is closed in the end.
 *
 * Each batch is decided in one instant, when the taker's confirmation has been sent: before it this process has
 * everything, after it the taker has what it has confirmed, and what this process holds of that is closed. A taker that
 * dies, says no or takes too long before that instant has cost nothing. Listeners stay open here until the end, so that
 * they can be served again when the taker goes in the middle.
 *
 * Rejects when nothing has changed hands: all is as before then. Codes: `ETIMEDOUT`, `ABORT_ERR`, `ERR_REFUSED` (the
 * other side said no, and why), `ERR_ENDED` (it is gone), `ERR_PROTOCOL`, `ERR_TOO_LARGE` (the state),
 * `ERR_UNSUPPORTED`, `ERR_PEER`, and `ERR_INVALID_ARGUMENT`; and those of listening. After something has changed hands it
 * resolves, with such an error as `error`.
 */
export async function offer(where: BindAddress | UnixSeqpacket, options?: OfferOptions): Promise<OfferResult> {
  const checked = checkOffer(options);
  const named = namedItems(checked);
  const greeted = await awaitTaker(where, checked, () => totalOf(checked, named.length));
  return new Offering(greeted, checked, named).run(() => stateItem(stateOf(checked)));
}

/** Looked at before anybody is waited for: what cannot be handed over is told at once. */
function namedItems({ listeners, files }: CheckedOffer): Outgoing[] {
  const items = [
    ...entriesOf(listeners, 'listeners').map(([name, fd]) => namedItem(KIND_LISTENER, name, fd)),
    ...entriesOf(files, 'files').map(([name, fd]) => namedItem(KIND_FILE, name, fd)),
  ];
  if (items.length > NAMED_MOST) {
    throw invalidArgument(`${items.length} listeners and files are offered, and ${NAMED_MOST} go at most`);
  }
  const twice = items.find(({ fd }, i) => items.findIndex((each) => each.fd === fd) !== i);
  if (twice) throw invalidArgument(`descriptor ${twice.fd} is offered twice, also as '${twice.name}'`);
  return items;
}

function entriesOf(named: Named | undefined, what: string): [string, FdHolder][] {
  if (named === undefined) return [];
  if (typeof named !== 'object' || named === null || Array.isArray(named)) {
    throw invalidArgument(`${what} must be an object or a Map of descriptors by name`);
  }
  return named instanceof Map ? [...named] : Object.entries(named);
}

function stateOf({ state }: CheckedOffer): unknown {
  return typeof state === 'function' ? state() : state;
}
