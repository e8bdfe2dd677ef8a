import {
  checkFunction,
  checkInteger,
  checkOptions,
  checkRequired,
  checkWait,
  INT_MAX,
  invalidArgument,
  optionNames,
  show,
  type UnixSeqpacket,
} from './base.js';
import type { Steps } from './channel.js';
import type { HandoffOptions, OfferOptions, PeerRule, TakeOverOptions } from './types.js';
import { PAYLOAD_MOST } from './wire/constants.js';

const COMMON = { requirePeer: true, timeout: true, signal: true, maxState: true, onProgress: true } as const;
const OFFER = optionNames<OfferOptions>({
  ...COMMON,
  listeners: true,
  files: true,
  connections: true,
  total: true,
  state: true,
  waitFor: true,
  mode: true,
  onMoved: true,
  onKept: true,
  onTurnedAway: true,
});
const TAKE_OVER = optionNames<TakeOverOptions>({
  ...COMMON,
  waitFor: true,
  prepare: true,
  accept: true,
  onTaken: true,
});

/** How long a step may take unless said otherwise, in milliseconds. */
const STEP_MS = 10_000;

/** What both sides know of their options. */
export interface Common {
  readonly rule: PeerRule;
  readonly steps: Steps;
  readonly maxState: number;
}

export type CheckedOffer = Common & OfferOptions;
export type CheckedTakeOver = Common & TakeOverOptions;

export function checkOffer(options: OfferOptions | undefined): CheckedOffer {
  const checked = checkOptions(options, OFFER, 'offer');
  const { total, onMoved, onKept, onTurnedAway } = checked;
  if (total !== undefined && typeof total !== 'function') checkInteger(total, 'total', 0, INT_MAX);
  for (const [name, each] of Object.entries({ onMoved, onKept, onTurnedAway })) checkCallback(each, name);
  return { ...checked, ...commonOf(checked, 'offer') };
}

export function checkTakeOver(options: TakeOverOptions | undefined): CheckedTakeOver {
  const checked = checkOptions(options, TAKE_OVER, 'takeOver');
  const { prepare, accept, onTaken } = checked;
  for (const [name, each] of Object.entries({ prepare, accept, onTaken })) checkCallback(each, name);
  return { ...checked, ...commonOf(checked, 'takeOver') };
}

function commonOf(options: HandoffOptions & { waitFor?: number | undefined }, what: string): Common {
  const { timeout = STEP_MS, signal, maxState = PAYLOAD_MOST, onProgress, waitFor } = options;
  checkWait({ timeout, signal }, what);
  if (waitFor !== undefined && !(typeof waitFor === 'number' && waitFor >= 0)) {
    throw invalidArgument(`waitFor must be a number of milliseconds of at least 0, not ${show(waitFor)}`);
  }
  checkInteger(maxState, 'maxState', 0, INT_MAX);
  checkCallback(onProgress, 'onProgress');
  return { rule: checkRule(options.requirePeer), steps: { timeout, signal }, maxState };
}

/** The ids that are required unless said otherwise: the effective uid is what the kernel notes of a peer. */
function checkRule(rule: PeerRule | undefined): PeerRule {
  if (rule === undefined) return { uid: process.geteuid?.() ?? 0 };
  if (rule !== 'any') checkRequired(rule);
  return rule;
}

function checkCallback(value: unknown, name: string): void {
  if (value !== undefined) checkFunction(value, name);
}

/** Throws `ERR_PEER` unless the other side keeps the rule. */
export function checkPeerOf(socket: UnixSeqpacket, rule: PeerRule): void {
  if (rule !== 'any') socket.requirePeer(rule);
}
