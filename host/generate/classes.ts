/**
 * What the numbers of classes mean: where two walks part (assembly/fuzz/difference.ts), and which promise of the codec an
 * input breaks (assembly/fuzz/promises/classes.ts).
 */
import type { Verdict } from './finding.js';

/** Of the last header that both walks have: its word, and what it says in a sentence. */
const CONDITIONS = [
  ['first', 'at the first header'],
  ['short', 'after a cmsg_len below the size of the header'],
  ['gap', 'after a cmsg_len between the header and its data'],
  ['empty', 'after a message without payload'],
  ['padded', 'after a message that lies inside with its padding'],
  ['unpadded', 'after a last message whose padding is not there'],
  ['overrun', 'after a cmsg_len beyond the end of the buffer'],
  ['huge', 'after a cmsg_len of 2^31 or more, with which sums can wrap'],
] as const;

/** What is behind that message. */
const LEFTS = [
  ['', ''],
  ['less', 'fewer bytes than a header are left'],
  ['header', 'just a header is left'],
  ['more', 'more than a header is left'],
  ['zeros', 'only zeros are left'],
] as const;

/** What a walk does then. */
const STEPS = [
  ['end', 'ends'],
  ['loop', 'hands out the same header again'],
  ['back', 'goes back to an earlier header'],
  ['escape', 'goes to a header outside the buffer'],
  ['reject-EINVAL', 'fails with EINVAL'],
  ['reject-panic', 'panics'],
  ['reject-dropped', 'leaves the message and the rest out'],
  ['reject-clipped', 'hands the message out clipped, as the last'],
  ['next', 'goes on to a header'],
] as const;

/** The promises, from number 1 on. */
const PROMISES = [
  ['read-outside', 'the strict reader hands out a message that is not inside, behind the one before'],
  ['read-endless', 'the strict reader does not end'],
  ['read-beyond', 'what the strict reader says depends on bytes beside the buffer'],
  ['walk-outcome', 'a walk ends in a way that there is not'],
  ['walk-outside', 'a walk hands out a header that is not inside, behind the one before'],
  ['walk-beyond', 'what a walk does depends on bytes beside the buffer'],
  ['trip-count', 'other messages are read back than were encoded'],
  ['trip-header', 'a message is read back with another level or type'],
  ['trip-length', 'a message is read back with another length or from another place'],
  ['trip-bytes', 'a message is read back with another payload'],
  ['trip-sums', 'a message takes other bytes than CMSG_LEN and CMSG_SPACE say'],
  ['trip-ways', 'the short way of writing a message and the general one give other bytes'],
  ['field-value', 'a member of a payload does not keep its value'],
  ['field-beside', 'bytes beside a member of a payload are written with it'],
] as const;

/** What a class of fuzzDialects means, of walks with these ids. */
export function describeDifference(code: number, [one, two]: readonly [string, string]): Verdict {
  const second = code % 9;
  const first = Math.floor(code / 9) % 9;
  const left = LEFTS[Math.floor(code / 81) % 5] ?? LEFTS[0];
  const condition = CONDITIONS[Math.floor(code / 405)] ?? CONDITIONS[0];
  const [oneStep, twoStep] = [STEPS[first] ?? STEPS[0], STEPS[second] ?? STEPS[0]];
  const where = left[0] === '' ? condition[0] : `${condition[0]}/${left[0]}`;
  const circumstances = left[0] === '' ? condition[1] : `${condition[1]}, where ${left[1]}`;
  const other = first === second ? 'to another place or for another reason' : '';
  const does =
    first === second
      ? `${one} and ${two} part ${other}: each ${oneStep[1]}`
      : `${one} ${oneStep[1]}, ${two} ${twoStep[1]}`;
  return { class: `${where}:${oneStep[0]}|${twoStep[0]}`, cause: `${does} ${circumstances}` };
}

/** What a class of fuzzCodec means. */
export function describeBroken(code: number): Verdict {
  const [name, cause] = PROMISES[code - 1] ?? ['unknown', `class ${code}`];
  return { class: name, cause };
}
