import { AncillaryError, escapeControls } from './base.js';
import type { Refusal } from './wire/answers.js';
import {
  REASON_ABORTED,
  REASON_BUSY,
  REASON_CAPABILITY,
  REASON_LIMIT,
  REASON_MALFORMED,
  REASON_PEER,
  REASON_REFUSED,
  REASON_TIMEOUT,
} from './wire/constants.js';

/** The other side said no, in its own words. */
export function refusedError({ code, text }: Refusal): AncillaryError {
  const words = escapeControls(text);
  if (code === REASON_BUSY) return new AncillaryError('ERR_BUSY', words);
  return new AncillaryError('ERR_REFUSED', `the other side refused the hand-off${words === '' ? '' : `: ${words}`}`);
}

/** The taker has taken others of a batch, and left this one where it was. */
export function leftError(reason: string): AncillaryError {
  const words = escapeControls(reason);
  return new AncillaryError('ERR_REFUSED', `the taker left it where it was${words === '' ? '' : `: ${words}`}`);
}

/** The other side is gone. */
export function endedError(what: string): AncillaryError {
  return new AncillaryError('ERR_ENDED', what);
}

/** Whether an error of a system call says that the other side is gone, or hears nothing any more. */
export function isGone(error: unknown): boolean {
  return error instanceof AncillaryError && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}

/** An error of whatever kind as ours. */
export function asError(error: unknown): AncillaryError {
  if (error instanceof AncillaryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AncillaryError('ERR_REFUSED', message, { cause: error });
}

const CODES: Readonly<Record<string, number>> = {
  ERR_PROTOCOL: REASON_MALFORMED,
  ERR_TRUNCATED: REASON_LIMIT,
  ERR_TOO_LARGE: REASON_LIMIT,
  EMFILE: REASON_LIMIT,
  ENFILE: REASON_LIMIT,
  ERR_BUSY: REASON_BUSY,
  ERR_PEER: REASON_PEER,
  ERR_UNSUPPORTED: REASON_CAPABILITY,
  ABORT_ERR: REASON_ABORTED,
  ETIMEDOUT: REASON_TIMEOUT,
};

/** What the other side is told of an error. */
export function refusalOf({ code, message }: AncillaryError): Refusal {
  return { code: CODES[code] ?? REASON_REFUSED, text: message };
}
