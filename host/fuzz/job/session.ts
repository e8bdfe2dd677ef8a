import { Engine } from '../../generate/engine.js';
import { findTarget } from '../name.js';
import type { Target } from '../target.js';
import { OPEN } from '../targets/open.js';
import { LateErrors } from './attempt.js';
import { bindToParent } from './bounds.js';
import { type Box, openBox } from './box.js';
import type { Channel } from './channel.js';
import type { StartMessage } from './messages.js';
import { Pending } from './pending.js';

/** An open target, and what it is fuzzed with. */
export interface Session {
  readonly target: Target;
  readonly engine: Engine;
  readonly box: Box;
  readonly late: LateErrors;
  readonly pending: Pending;
  readonly channel: Channel;
  readonly start: StartMessage;
}

export async function openSession(start: StartMessage, channel: Channel): Promise<Session> {
  if (process.platform === 'linux') bindToParent();
  const { row, argument } = findTarget(start.target);
  const box = openBox(row.isRisky);
  const engine = new Engine({ abi: start.options.abi, seed: start.seed });
  for (const word of start.words) engine.addWord(word);
  const note = (text: string) => channel.send({ type: 'note', text });
  const target = await OPEN[row.name](argument, { engine, options: start.options, note });
  const late = new LateErrors();
  return { target, engine, box, late, pending: new Pending(late), channel, start };
}
