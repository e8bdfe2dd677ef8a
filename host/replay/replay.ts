import type { Wire } from './wire.js';

/** Makes the calls of one exhibit; what it tells is compared with what its entry expects. */
export type Replay = (wire: Wire) => string[] | Promise<string[]>;

/** By the ids of their exhibits. */
export type Replays = Readonly<Record<string, Replay>>;
