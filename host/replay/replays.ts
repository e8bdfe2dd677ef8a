import type { Replays } from './replay.js';
import { CALLS } from './rooms/calls.js';
import { DELIVERY } from './rooms/delivery.js';
import { DESCRIPTORS } from './rooms/descriptors.js';
import { KERNEL } from './rooms/kernel.js';
import { LENGTHS } from './rooms/lengths.js';
import { PAYLOADS } from './rooms/payloads.js';
import { TRUNCATION } from './rooms/truncation.js';

/** All replays, by the ids of their exhibits. */
export const REPLAYS: Replays = {
  ...TRUNCATION,
  ...DESCRIPTORS,
  ...LENGTHS,
  ...CALLS,
  ...PAYLOADS,
  ...DELIVERY,
  ...KERNEL,
};
