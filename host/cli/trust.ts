import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { ID_MAX } from '../check/values.js';
import { overflowIds } from '../socket/frame/nobody.js';

/** Who may be at the other end of a socket: the user of this number, anybody, or (undefined) this user and root. */
export type Trusted = number | 'any' | undefined;

/** Adds an option that says who else may be at the other end. */
export function addTrustOption(command: Command, name: string, what: string): Command {
  return command.option(`--${name} <uid|any>`, `${what}; default: your own uid and 0, root`, uidOrAny);
}

/**
 * Whether whoever has this uid may be there. It is compared with the effective one, which is what the kernel states of
 * others too, and what decides the files that this process could open.
 */
export function isTrusted(uid: number, trusted: Trusted): boolean {
  if (trusted !== undefined) return trusted === 'any' || uid === trusted;
  return uid === 0 || (uid === process.geteuid?.() && !mayBeAnybody(uid));
}

/** Who may be there, for the line that turns another away. */
export function describeTrusted(trusted: Trusted): string {
  if (trusted !== undefined) return `uid ${trusted}`;
  const own = process.geteuid?.();
  return own === 0 ? 'uid 0' : `uid ${own} and uid 0`;
}

const EVERY_UID = /^ *0 +0 +4294967295$/m;

/**
 * Whether the kernel says this number of everybody who has none in this user namespace, which is then perhaps this
 * process itself (user_namespaces(7), "Unmapped user and group IDs").
 */
function mayBeAnybody(uid: number): boolean {
  if (uid !== overflowIds().uid) return false;
  try {
    return !EVERY_UID.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    // Without /proc it cannot be told.
    return true;
  }
}

function uidOrAny(text: string): number | 'any' {
  if (text === 'any') return text;
  if (/^(0|[1-9][0-9]{0,9})$/.test(text) && Number(text) <= ID_MAX) return Number(text);
  throw new InvalidArgumentError(`It must be the number of a user, as \`id -u NAME\` prints it, or any.`);
}
