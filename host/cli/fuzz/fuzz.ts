/** `ancillary fuzz TARGET`: a run, what it says, and the signals that end it. */
import { constants } from 'node:os';
import { resolve } from 'node:path';
import { invalidArgument } from '../../errors/error.js';
import { readDictionary } from '../../fuzz/dictionary.js';
import { findTarget, type NamedTarget } from '../../fuzz/name.js';
import type { SocketType } from '../../fuzz/options.js';
import { Run, type RunOrders } from '../../fuzz/run.js';
import { makeSeed } from '../../fuzz/seed.js';
import { abiOfBug } from '../../fuzz/targets/against.js';
import { clearTimeout, setTimeout } from '../../runtime/globals.js';
import { exitNow, takeSignals } from '../lifetime.js';
import { machineAbi } from '../machine.js';
import { ARTIFACTS, DEFAULT_TIME, DEFAULT_TIMEOUT } from './options.js';
import { orRefuse } from './refuse.js';
import { JsonReporter, type Reason, type Reporter, TextReporter } from './reporter.js';

export interface FuzzCliOptions {
  time?: number;
  runs?: number;
  seed?: bigint;
  jobs: number;
  shard?: [index: number, count: number];
  corpus?: string;
  artifacts: string | boolean;
  dictionary?: string;
  timeout?: number;
  abi?: string;
  between?: [string, string];
  against?: string;
  before?: string;
  type?: SocketType;
  rate?: number;
  json?: true;
}

/** How often the state of a run is shown, in milliseconds; the speed is that of so many of them. */
const SHOWN = 250;
const SPEED_OVER = 8;

export async function fuzz(name: string, options: FuzzCliOptions, version: string): Promise<void> {
  const reporter: Reporter = options.json ? new JsonReporter() : new TextReporter();
  const events = {
    found: reporter.found.bind(reporter),
    note: reporter.note.bind(reporter),
  };
  const prepared = await orRefuse(async () => {
    const orders = ordersOf(findTarget(name), options, version);
    const pairs = await pairsOf(orders);
    return { orders, pairs, run: new Run(orders, events) };
  });
  if (!prepared) return;
  const { orders, pairs, run } = prepared;
  const signals = new Signals(run);
  const { target, options: given, seed, jobs, shard, time, runs } = orders;
  await reporter.begin({ target: target.name, abi: given.abi, pairs, seed, jobs, shard, time, runs });
  const stopShowing = show(run, orders, pairs, reporter);
  const result = await orRefuse(async () => {
    try {
      await run.run();
    } finally {
      stopShowing();
    }
    return true;
  });
  if (!result) return;
  const reason: Reason = signals.last !== undefined ? 'signal' : runs !== undefined ? 'runs' : 'time';
  await reporter.end(run.statistics, reason);
  if (run.statistics.classes.size > 0 || run.isIncomplete) process.exitCode = 1;
  if (signals.last !== undefined) process.exitCode = 128 + constants.signals[signals.last];
}

function ordersOf(target: NamedTarget, options: FuzzCliOptions, version: string): RunOrders {
  const { time, runs, seed, jobs, shard, corpus, artifacts, dictionary, abi, between, against } = options;
  checkWalks(target, options);
  return {
    target,
    options: {
      abi: abi ?? (against === undefined ? machineAbi() : abiOfBug(against)),
      between,
      against,
      ...peerOptionsOf(target, options),
      timeout: options.timeout ?? DEFAULT_TIMEOUT,
    },
    seed: seed ?? makeSeed(),
    jobs,
    shard: shard ?? [0, 1],
    time: time ?? (runs === undefined ? DEFAULT_TIME : undefined),
    runs,
    corpus,
    artifacts: typeof artifacts === 'string' ? artifacts : artifacts ? ARTIFACTS : undefined,
    words: dictionary === undefined ? [] : readDictionary(dictionary),
    version,
  };
}

/** How many pairs of walks have their turn, where none is named. */
async function pairsOf({ target, options }: RunOrders): Promise<number | undefined> {
  const { abi, between, against } = options;
  if (target.row.name !== 'dialects' || between || against !== undefined) return undefined;
  // It loads the engine's module.
  return (await import('../../fuzz/pair-count.js')).pairCountOf(abi);
}

/** What is silently left out is never what was meant. */
export function checkWalks(
  { row }: NamedTarget,
  { between, against }: Pick<FuzzCliOptions, 'between' | 'against'>,
): void {
  if (row.name === 'dialects') {
    if (between && against !== undefined)
      throw invalidArgument('--between and --against name walks: one of them is enough');
    return;
  }
  const option = between ? '--between' : against === undefined ? undefined : '--against';
  if (option) throw invalidArgument(`${option} names walks, which the target ${row.name} does not compare`);
}

/** What only targets that are connected to have. */
export function peerOptionsOf(
  { row }: NamedTarget,
  { before, type, rate }: Pick<FuzzCliOptions, 'before' | 'type' | 'rate'>,
): Pick<FuzzCliOptions, 'before' | 'type' | 'rate'> {
  const option = before !== undefined ? '--before' : type !== undefined ? '--type' : undefined;
  if (option && row.name !== 'socket' && row.name !== 'exec') {
    throw invalidArgument(`${option} is for targets that are connected to (socket, exec), not for ${row.name}`);
  }
  if (rate !== undefined && row.name !== 'socket') throw invalidArgument(`--rate is for socket, not for ${row.name}`);
  return { before: before === undefined ? undefined : resolve(before), type, rate };
}

/** Signals end the run, and a second one the process; a stop from the keyboard stops the jobs, too. */
class Signals {
  last: NodeJS.Signals | undefined;

  constructor(run: Run) {
    takeSignals((signal) => {
      if (this.last !== undefined) {
        run.kill();
        exitNow(128 + constants.signals[signal]);
      }
      this.last = signal;
      run.stop();
    });
    process.on('SIGTSTP', () => {
      run.signal('SIGSTOP');
      process.kill(process.pid, 'SIGSTOP');
    });
    process.on('SIGCONT', () => run.signal('SIGCONT'));
  }
}

/** Has the reporter say how far the run is, until the result is called. */
function show(run: Run, { time, runs }: RunOrders, pairs: number | undefined, reporter: Reporter): () => void {
  const past: { elapsed: number; executions: number }[] = [{ elapsed: 0, executions: 0 }];
  let timer: NodeJS.Timeout;
  const look = () => {
    const { statistics } = run;
    const { elapsed, executions } = statistics;
    past.push({ elapsed, executions });
    if (past.length > SPEED_OVER) past.shift();
    const before = past[0] ?? { elapsed: 0, executions: 0 };
    const perSecond = ((executions - before.executions) * 1000) / Math.max(elapsed - before.elapsed, 1);
    const timeLeft = time === undefined ? undefined : time - elapsed;
    const runsLeft = runs === undefined ? undefined : Math.max(0, runs - executions);
    // Where nobody reads any more, what is found next will tell.
    void Promise.resolve(reporter.progress({ statistics, perSecond, pairs, timeLeft, runsLeft })).catch(() =>
      run.stop(),
    );
    timer = setTimeout(look, SHOWN);
  };
  timer = setTimeout(look, SHOWN);
  return () => clearTimeout(timer);
}
