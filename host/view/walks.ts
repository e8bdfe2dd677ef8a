import { divergenceOf, type Outcome } from '../model/compare.js';
import type { ParsedControl } from '../model/parse.js';
import type { Walk, WalkReason } from '../model/walk.js';
import { type Block, cell, type Drawing, type Role } from './drawing.js';

/** So many offsets are drawn of a walk, and of messages. */
const MOST_OFFSETS = 24;

type Ended = Pick<Walk, 'end' | 'at' | 'reason'> & { offsets: readonly number[] };

/** What happens when a header is refused. */
const REASONS: Record<WalkReason, string> = {
  EINVAL: 'the call fails with EINVAL',
  panic: 'the program panics',
  dropped: 'it and all behind it are left out',
  clipped: 'it is the last one, cut to the room',
};

/** What a walk hands out and how it ends, in words: `headers at 0, 24; then NULL`. */
export function describeWalk(walk: Ended): string {
  const { offsets } = walk;
  const handed = offsets.length === 0 ? 'no header' : `${headersAt(offsets)}`;
  return `${handed}; then ${describeEnd(walk)}`;
}

function headersAt(offsets: readonly number[]): string {
  const left = offsets.length - MOST_OFFSETS;
  const shown = offsets.slice(0, MOST_OFFSETS).join(', ');
  return `${offsets.length === 1 ? 'header' : 'headers'} at ${shown}${left > 0 ? `, and ${left} more` : ''}`;
}

function describeEnd({ end, at, reason }: Ended): string {
  switch (end) {
    case 'end':
      return 'NULL';
    case 'loop':
      return `the one at ${at} again, for ever`;
    case 'back':
      return `back to ${at}, an earlier one`;
    case 'escape':
      return `one at ${at}, which is not wholly inside`;
    case 'reject':
      return `the one at ${at} is refused${reason === undefined ? '' : `: ${REASONS[reason]}`}`;
  }
}

/** A walk that ends as it should is no problem. */
export function roleOfEnd({ end }: Pick<Walk, 'end'>): Role {
  return end === 'end' ? 'text' : 'problem';
}

/** One walk below a dump: what it makes of the same bytes. */
export function drawWalk(dialect: string, walk: Walk): Block {
  const ended = { ...walk, offsets: walk.headers.map(({ offset }) => offset) };
  return {
    title: [cell(`walk ${dialect}: ${describeWalk(ended)}`, roleOfEnd(walk) === 'problem' ? 'problem' : 'title')],
    rows: [],
  };
}

/** What a strict reader makes of the bytes. */
export function drawStrict({ messages, trailing, problem }: ParsedControl): Block {
  const offsets = messages.map(({ offset }) => offset);
  const found = offsets.length === 0 ? 'no message' : headersAt(offsets).replace('header', 'message');
  const rest = problem ?? (trailing > 0 ? `trailing bytes: ${trailing}, too few for a header` : 'nothing is wrong');
  return { title: [cell(`strict reader: ${found}; ${rest}`, problem ? 'problem' : 'title')], rows: [] };
}

/** The outcomes of all walks, one group below the other; `own` names the ABI whose walk the others are compared with. */
export function drawOutcomes(outcomes: readonly Outcome[], abiId: string): Drawing {
  const own = outcomes.find(({ isOwn }) => isOwn);
  const all = outcomes.reduce((sum, { dialects }) => sum + dialects.length, 0);
  const summary =
    outcomes.length === 1 ? `all ${all} walks agree` : `${all} walks disagree, in ${outcomes.length} ways`;
  return [
    { title: [cell(summary, outcomes.length === 1 ? 'title' : 'different')], rows: [] },
    ...outcomes.map((outcome): Block => {
      const role = outcome.isOwn && roleOfEnd(outcome) === 'text' ? 'title' : roleOfEnd(outcome);
      const note = outcome.isOwn
        ? `${abiId}'s own walk is one of them`
        : own
          ? describeDivergence(outcome, own, abiId)
          : '';
      return {
        title: [cell(describeWalk(outcome), role)],
        rows: [
          [cell(outcome.dialects.length === 1 ? 'walk' : 'walks', 'offset'), cell(outcome.dialects.join(', '))],
          ...(note === '' ? [] : [[cell('', 'offset'), cell(note, outcome.isOwn ? 'text' : 'different')]]),
        ],
      };
    }),
  ];
}

function describeDivergence(outcome: Outcome, own: Outcome, abiId: string): string {
  const same = divergenceOf(outcome, own);
  const step = (walk: Outcome) => (same < walk.offsets.length ? `goes to ${walk.offsets[same]}` : endOf(walk));
  const after = same === 0 ? 'at once' : `behind ${outcome.offsets[same - 1]}`;
  return `${after} it ${step(outcome)}, where ${abiId}'s own ${step(own)}`;
}

function endOf(walk: Outcome): string {
  const ends: Record<Walk['end'], string> = {
    end: 'ends',
    loop: 'loops',
    back: `goes back to ${walk.at}`,
    escape: `leaves the buffer to ${walk.at}`,
    reject: `refuses ${walk.at}`,
  };
  return ends[walk.end];
}
