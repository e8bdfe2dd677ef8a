/** Contenders in turns, round by round, so that what else the machine does in a round slows all alike. */
import { AncillaryError } from '../../errors/error.js';
import { now, setTimeout } from '../../runtime/globals.js';
import { MessageQueue } from '../../sysv/queue.js';
import { atEnd } from '../lifetime.js';
import { compileC, startC } from './c-program.js';
import { openPass } from './pass.js';
import { openWake } from './wake.js';
import { IDLE, LARGE, type MeasureName, type Runner, SMALL, WAYS, type Way } from './ways.js';

/** How long one batch takes about, and all those before the first round, in milliseconds. */
const BATCH_MS = 5;
const WARM_UP_MS = 60;
const LEAST_ROUNDS = 3;
const WAKES = 20;

type Side = 'library' | 'c';

/** One contender of one measure. */
interface Contender {
  measure: MeasureName;
  way: Way;
  side: Side;
  runner: Runner;
  /** Operations in one sample. */
  batch: number;
  /** Nanoseconds of one operation, one a round. */
  samples: number[];
  /** Why it cannot go on. */
  problem?: string;
}

export interface Race {
  contenders: readonly Contender[];
  rounds: number;
  /** Why there is no C. */
  lack: string | undefined;
}

/** Runs all for about so many milliseconds; `say` is told how far it is. */
export async function runRace(time: number, say: (text: string) => void): Promise<Race> {
  const begun = now();
  say('compiling C');
  const compiled = await compileC();
  say('starting processes');
  const contenders = await openAll('program' in compiled ? compiled.program : undefined);
  if ('remove' in compiled) compiled.remove();
  for (const each of contenders) await attempt(each, () => warmUp(each));
  let rounds = 0;
  for (; rounds < LEAST_ROUNDS || now() - begun < time; rounds++) {
    say(`round ${rounds + 1}, ${Math.min(99, Math.floor((100 * (now() - begun)) / time))} %`);
    for (const each of contenders) if (each.measure !== 'wake-idle') await sample(each);
    // Not always as long: who asks now and then is not met at the same moment each time.
    await new Promise<void>((resolve) => setTimeout(resolve, IDLE * (1 + Math.random() / 4)));
    for (const each of contenders) if (each.measure === 'wake-idle') await sample(each);
  }
  return { contenders, rounds, lack: 'lack' in compiled ? compiled.lack : undefined };
}

/** Queues that are gone with this process: its peers remove them should it be killed. */
function makeQueues(): [number, number, number] {
  const make = () => {
    const queue = MessageQueue.private({ removeOnDispose: true });
    atEnd(() => queue[Symbol.dispose]());
    return queue.id;
  };
  return [make(), make(), make()];
}

async function openAll(program: string | undefined): Promise<Contender[]> {
  const queues = makeQueues();
  const [passQueue, wakeQueue, queueOfC] = queues;
  const contenders: Contender[] = [];
  const add = async (measures: MeasureName[], way: Way, side: Side, open: () => Runner | Promise<Runner>) => {
    const batch = measures.includes('wake-idle') ? WAKES : 1;
    const [runner, problem] = await openOne(open);
    for (const measure of measures) {
      const each = { measure, way, side, runner, batch: measure === 'wake-idle' ? 1 : batch, samples: [] };
      contenders.push(problem === undefined ? each : { ...each, problem });
    }
  };
  // First the one that removes the queues should this process be killed.
  for (const { way } of WAYS) {
    await add(['wake-busy', 'wake-idle'], way, 'library', () => openWake(way, wakeQueue, queues));
    if (program) {
      const id = way === 'queue' ? [queueOfC] : [];
      await add(['wake-busy', 'wake-idle'], way, 'c', () => startC(program, ['wake', way, ...id]));
    }
  }
  for (const size of [SMALL, LARGE] as const) {
    for (const { way } of WAYS) {
      const id = way === 'queue' ? [passQueue] : [];
      await add([`pass-${size}`], way, 'library', () => openPass(way, size, passQueue));
      if (program) await add([`pass-${size}`], way, 'c', () => startC(program, ['pass', way, size, ...id]));
    }
  }
  return contenders;
}

async function openOne(open: () => Runner | Promise<Runner>): Promise<[Runner, string | undefined]> {
  try {
    return [await open(), undefined];
  } catch (error) {
    return [{ run: () => Promise.reject(error) }, (error as Error).message];
  }
}

/** Warms a contender up, and finds how many operations fill a batch. */
async function warmUp(each: Contender): Promise<void> {
  const { runner, measure } = each;
  if (measure.startsWith('wake')) {
    await runner.run(WAKES);
    return;
  }
  const end = now() + WARM_UP_MS;
  for (let time = 0; time < (BATCH_MS * 1e6) / 2 || now() < end; ) {
    time = Math.max(1, await runner.run(each.batch));
    each.batch = Math.min(each.batch * 10, Math.max(1, Math.ceil((each.batch * BATCH_MS * 1e6) / time)));
  }
}

async function sample(each: Contender): Promise<void> {
  await attempt(each, async () => {
    // The other process has waited since the last round.
    if (each.measure === 'wake-busy') await each.runner.run(1);
    each.samples.push((await each.runner.run(each.batch)) / each.batch);
  });
}

/** A contender that cannot go on leaves the race; the others run on. */
async function attempt(each: Contender, step: () => Promise<void>): Promise<void> {
  if (each.problem !== undefined) return;
  try {
    await step();
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    each.problem = error.message;
    each.samples = [];
  }
}
