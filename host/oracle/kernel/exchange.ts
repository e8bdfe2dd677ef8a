import type { Dialogue } from './dialogue.js';

/** One thing that the kernel is asked. It throws Difference, or Unavailable where it cannot be had here. */
export interface Exchange {
  /** What it proves, by the official name of the message. */
  name: string;
  run(dialogue: Dialogue): void;
}
