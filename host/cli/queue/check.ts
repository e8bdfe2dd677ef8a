/** `ancillary queue check`: what it says, and the signals that end it. */
import { constants } from 'node:os';
import { makeSeed } from '../../fuzz/seed.js';
import { type Disagreement, QueueCheck } from '../../fuzz/targets/sysv/check.js';
import { hexOfBytes } from '../../model/hex.js';
import { clearTimeout, now, setTimeout } from '../../runtime/globals.js';
import { invocation } from '../fuzz/invocation.js';
import { orRefuse } from '../fuzz/refuse.js';
import { shortNumber } from '../fuzz/status.js';
import { exitNow, takeSignals } from '../lifetime.js';
import { machineAbi } from '../machine.js';
import { printJson, printLines } from '../output.js';
import { ProgressLine } from '../progress.js';

interface Options {
  runs: number;
  seed?: bigint;
  replay?: Uint8Array;
  json?: true;
}

/** How often the state of a run is shown, in milliseconds. */
const SHOWN = 250;

/** What came of a run. */
export interface Outcome {
  readonly operations: number;
  readonly seconds: number;
  readonly seed?: bigint | undefined;
  readonly stopped?: NodeJS.Signals | undefined;
  readonly disagreement?: Disagreement | undefined;
}

export async function checkQueues({ runs, seed = makeSeed(), replay, json }: Options): Promise<void> {
  const outcome = await orRefuse(async () => {
    const check = new QueueCheck({ runs, seed, abi: machineAbi() });
    return { ...(await runCheck(check, runs, replay)), seed: replay ? undefined : seed };
  });
  if (!outcome) return;
  await (json ? printJson(toJson(outcome)) : printLines(describe(outcome)));
  const status = statusOf(outcome);
  if (status !== 0) process.exitCode = status;
}

async function runCheck(check: QueueCheck, runs: number, replay?: Uint8Array): Promise<Outcome> {
  const begun = now();
  let stopped: NodeJS.Signals | undefined;
  takeSignals((signal) => {
    check.stop();
    if (stopped) exitNow(128 + constants.signals[signal]);
    stopped = signal;
  });
  const hide = replay ? undefined : show(check, runs, begun);
  try {
    const disagreement = await (replay ? check.replay(replay) : check.run());
    return { operations: check.operations, seconds: (now() - begun) / 1000, stopped, disagreement };
  } finally {
    hide?.();
  }
}

/** Says how far it is, until the result is called. */
function show(check: QueueCheck, runs: number, begun: number): () => void {
  const progress = new ProgressLine();
  let timer: NodeJS.Timeout;
  const look = () => {
    const { operations } = check;
    const perSecond = speedOf(operations, (now() - begun) / 1000);
    progress.say(`${shortNumber(operations)} of ${shortNumber(runs)} operations agree, ${shortNumber(perSecond)}/s`);
    timer = setTimeout(look, SHOWN);
  };
  timer = setTimeout(look, SHOWN);
  return () => {
    clearTimeout(timer);
    progress.clear();
  };
}

function speedOf(operations: number, seconds: number): number {
  return Math.round(operations / Math.max(seconds, 0.001));
}

/** The exit status that says it. */
export function statusOf({ disagreement, stopped }: Outcome): number {
  if (disagreement) return 1;
  return stopped ? 128 + constants.signals[stopped] : 0;
}

/** The lines that say it. */
export function describe({ operations, seconds, seed, stopped, disagreement }: Outcome): string[] {
  const what = `${operations} operations${seed === undefined ? '' : ` (seed ${seed})`}`;
  const speed = seed === undefined ? '' : ` (${seconds.toFixed(1)} s, ${shortNumber(speedOf(operations, seconds))}/s)`;
  if (!disagreement) {
    const how = stopped ? `${stopped} ended it: ${what} before, and in each` : `${what}, and in each`;
    return [`${how} the kernel does what the model says${speed}`];
  }
  const { class: name, calls, model, kernel } = disagreement;
  return [
    `kernel and model disagree (${name}) within ${what}; as short as it still does:`,
    ...calls.map((call, i) => (i === calls.length - 1 ? `* ${call}` : `  ${call}`)),
    `the model has ${model}, the kernel ${kernel}`,
    `replay: ${replayOf(disagreement)}`,
  ];
}

function replayOf({ input }: Disagreement): string {
  return `${invocation()} queue check --replay ${hexOfBytes(input)}`;
}

/** The same as JSON has it. */
export function toJson({ operations, seconds, seed, stopped, disagreement }: Outcome) {
  return {
    agrees: !disagreement,
    operations,
    ...(seed !== undefined && { seed: String(seed) }),
    seconds: Number(seconds.toFixed(3)),
    perSecond: speedOf(operations, seconds),
    ...(stopped && { stopped }),
    ...(disagreement && {
      disagreement: {
        class: disagreement.class,
        calls: disagreement.calls,
        model: disagreement.model,
        kernel: disagreement.kernel,
        input: hexOfBytes(disagreement.input),
        replay: replayOf(disagreement),
      },
    }),
  };
}
