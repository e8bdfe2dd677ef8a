import type { Exhibit, Room } from './exhibit.js';
import { ALIGNMENTS } from './rooms/alignment.js';
import { CREDENTIALS } from './rooms/credentials.js';
import { DELIVERY } from './rooms/delivery.js';
import { DESCRIPTORS } from './rooms/descriptors.js';
import { EMULATORS } from './rooms/emulators.js';
import { LAYOUTS } from './rooms/layouts.js';
import { LENGTHS } from './rooms/lengths.js';
import { LIFETIME } from './rooms/lifetime.js';
import { PADDING } from './rooms/padding.js';
import { PAYLOADS } from './rooms/payloads.js';
import { TRUNCATION } from './rooms/truncation.js';
import { WALKS } from './rooms/walks.js';

/** All rooms, in order of their letters. */
export const ROOMS: readonly Room[] = [
  TRUNCATION,
  DESCRIPTORS,
  LENGTHS,
  LAYOUTS,
  WALKS,
  EMULATORS,
  PAYLOADS,
  DELIVERY,
  CREDENTIALS,
  PADDING,
  ALIGNMENTS,
  LIFETIME,
];

/** All exhibits, in order. */
export const EXHIBITS: readonly Exhibit[] = ROOMS.flatMap(({ exhibits }) => exhibits);
