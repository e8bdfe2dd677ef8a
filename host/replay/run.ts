import { AncillaryError } from '../errors/error.js';
import { native } from '../libc/native.js';
import type { Exhibit } from '../museum/exhibit.js';
import { Unavailable } from '../oracle/answer.js';
import type { Replay } from './replay.js';
import { REPLAYS } from './replays.js';
import { checkRoom, Wire } from './wire.js';

/** What this machine's kernel did. */
export type Replayed =
  | { state: 'agrees'; told: readonly string[] }
  | { state: 'differs'; told: readonly string[]; expected: readonly string[] }
  | { state: 'skipped'; reason: string };

/** Replays an exhibit on this machine's kernel; undefined where there is nothing to replay. Leaves nothing open. */
export async function replayExhibit({ id, replay }: Exhibit): Promise<Replayed | undefined> {
  const run = REPLAYS[id];
  if (!replay || !run) return undefined;
  try {
    const told = await runReplay(run);
    const { expected } = replay;
    const agrees = told.length === expected.length && told.every((line, i) => line === expected[i]);
    return agrees ? { state: 'agrees', told } : { state: 'differs', told, expected };
  } catch (error) {
    // What this process may not do, or has no descriptors left for, is nothing that the kernel does otherwise.
    const isRefusal = error instanceof Unavailable || error instanceof AncillaryError;
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (isRefusal || syscall !== undefined) return { state: 'skipped', reason: message };
    throw error;
  }
}

async function runReplay(run: Replay): Promise<string[]> {
  if (native().codec.exports.abiWord(native().abi) !== 8) throw new Unavailable('its numbers are those of 64 bits');
  checkRoom();
  const wire = new Wire();
  try {
    return await run(wire);
  } finally {
    wire[Symbol.dispose]();
  }
}
