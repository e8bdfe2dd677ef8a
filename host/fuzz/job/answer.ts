/** A job that is asked: `replay`, `minimize` and `merge` try inputs of theirs in it. */

import { minimize } from '../../generate/minimize.js';
import { now } from '../../runtime/globals.js';
import { abiOfFinding } from '../finding.js';
import type { Target, Verdict } from '../target.js';
import { attempt, verdictOver } from './attempt.js';
import type { Answer, Question } from './messages.js';
import type { Session } from './session.js';

/** An input, and what is known of it where it is of a finding. */
interface Tried {
  input: Uint8Array;
  details?: Verdict['details'];
}

/** Answers every question in order, until it is stopped. */
export async function answerQuestions(session: Session): Promise<void> {
  const { channel } = session;
  for (let message = await channel.receive(); message; message = await channel.receive()) {
    if (message.type !== 'try' && message.type !== 'minimize' && message.type !== 'cover') continue;
    channel.send({ type: 'answer', answer: await answer(session, message) });
  }
}

async function answer(session: Session, question: Question): Promise<Answer> {
  if (question.type === 'try') return { verdict: await judge(session, question) };
  if (question.type === 'cover') return { news: await cover(session, question.input) };
  const { input, class: name, details, tries, time } = question;
  const end = now() + time;
  const isStill = async (smaller: Uint8Array) =>
    now() < end && (await judge(session, { input: smaller, details }, false))?.class === name;
  const abi = abiOfFinding({ options: session.start.options, details });
  return { input: await minimize(input, isStill, { abi, tries }) };
}

/** Tries an input; with `waits` what it throws soon after counts, too. */
async function judge(session: Session, { input, details }: Tried, waits = true): Promise<Verdict | undefined> {
  const { target, box, late, pending } = session;
  late.take();
  const verdict = await attempt(target, box, input, details);
  if (verdict || !waits) return verdict;
  let left: Verdict | undefined;
  await pending.settle((each) => {
    left ??= each;
  });
  return left;
}

/** How much an input covers that none before it did; where nothing tells, every input is new. */
async function cover(session: Session, input: Uint8Array): Promise<number> {
  const { target, engine } = session;
  if (target.cover) return coverWithin(target, input);
  await judge(session, { input }, false);
  const counters = target.counters?.();
  if (!counters) return 1;
  engine.set(input);
  const news = engine.cover(counters);
  counters.fill(0);
  return news;
}

/** Where the loop is in the module: an input that traps there covers what it did until then. */
function coverWithin(target: Target, input: Uint8Array): number {
  try {
    return target.cover?.(input) ?? 0;
  } catch (error) {
    verdictOver(error);
    return 1;
  }
}
