/** A job of the fuzzer: a process of its own, so that whatever its target does ends nothing else. */
import { AncillaryError } from '../../errors/error.js';
import { locateLoop } from '../module-loop.js';
import { answerQuestions } from './answer.js';
import { Channel } from './channel.js';
import { fuzz } from './loop.js';
import { openSession } from './session.js';
import { leaveSignalsAlone } from './signals.js';

leaveSignalsAlone();

const channel = new Channel();
try {
  const start = await channel.receive();
  if (start?.type === 'start') {
    const session = await openSession(start, channel);
    const { target, engine } = session;
    const loop = target.runMany && process.platform === 'linux' ? { loop: locateLoop(engine) } : {};
    channel.send({ type: 'opened', isDeterministic: target.isDeterministic, ...loop });
    await (start.isAsked ? answerQuestions(session) : fuzz(session));
    await target.close();
  }
  channel.end({ type: 'done' });
} catch (error) {
  const { message, stack } = error as Error;
  channel.end(
    error instanceof AncillaryError
      ? { type: 'problem', code: error.code, message }
      : { type: 'problem', message: String(stack ?? error) },
  );
}
