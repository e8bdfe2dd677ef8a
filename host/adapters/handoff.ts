/**
 * `ancillary/handoff`: listening sockets, live connections, files and state go from one running process to another, and
 * whoever is connected notices nothing.
 *
 * @module ancillary/handoff
 */
export { offer } from '../handoff/offer.js';
export { takeOver } from '../handoff/take-over.js';
export type {
  HandoffOptions,
  HandoffProgress,
  Named,
  OfferedConnection,
  OfferedConnections,
  OfferOptions,
  OfferResult,
  PeerRule,
  Preparation,
  Taken,
  TakeOverOptions,
  TakeOverResult,
} from '../handoff/types.js';
