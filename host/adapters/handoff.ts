/**
 * `ancillary/handoff`: listening sockets, live connections, files and state go from one running process to another, and
 * whoever is connected notices nothing.
 *
 * @module ancillary/handoff
 */
export { offer } from '../handoff/offer.js';
export { handOffServer } from '../handoff/server/hand-off-server.js';
export { takeOverServer } from '../handoff/server/take-over-server.js';
export type {
  HandOffServerOptions,
  HandOffServerProgress,
  HandOffServerResult,
  Staying,
  TakeOverServerOptions,
  TakeOverServerResult,
} from '../handoff/server/types.js';
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
