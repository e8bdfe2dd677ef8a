/** What a run says while it goes on and when it ends: to a person, or as JSON Lines. */
import type { Finding } from '../../fuzz/finding.js';
import type { RunStatistics } from '../../fuzz/run.js';
import type { Saved } from '../../fuzz/shelf.js';
import { hexOfBytes } from '../../model/hex.js';
import { columns } from '../../view/columns.js';
import { drawnText } from '../drawing.js';
import { describeDuration } from '../duration.js';
import { complain, print, printJson, printLines } from '../output.js';
import { ProgressLine } from '../progress.js';
import { drawFinding } from './draw-finding.js';
import { invocation, quote } from './invocation.js';
import { countFindings, describeProgress, type Progress, shortNumber } from './status.js';

/** What is known when a run begins. */
export interface Beginning {
  target: string;
  abi: string;
  /** How many pairs of walks have their turn. */
  pairs?: number | undefined;
  seed: bigint;
  jobs: number;
  shard: readonly [index: number, count: number];
  time?: number | undefined;
  runs?: number | undefined;
}

/** Why a run ended. */
export type Reason = 'time' | 'runs' | 'signal';

export interface Reporter {
  begin(beginning: Beginning): Promise<void>;
  /** Called a few times a second. */
  progress(progress: Progress): void | Promise<void>;
  note(text: string): void;
  found(finding: Finding, saved: Saved): Promise<void>;
  end(statistics: RunStatistics, reason: Reason): Promise<void>;
}

/** The command that shows a finding again. */
function replayCommand(path: string): string {
  return `${invocation()} fuzz replay ${quote(path)}`;
}

/** How often a line is written where no terminal shows one, in milliseconds. */
const PLAIN = 10_000;

export class TextReporter implements Reporter {
  readonly #line = new ProgressLine();
  readonly #isLive = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  #said = 0;

  begin({ target, abi, pairs, seed, jobs, shard, time, runs }: Beginning): Promise<void> {
    const how = [
      ...(pairs === undefined ? [] : [`${pairs} pairs of walks in turn`]),
      `seed ${seed}`,
      ...(jobs > 1 ? [`${jobs} jobs`] : []),
      ...(shard[1] > 1 ? [`shard ${shard[0] + 1}/${shard[1]}`] : []),
      runs !== undefined ? `${runs} inputs` : `for ${describeDuration(time ?? 0)}`,
    ];
    return printLines([`fuzzing ${target} on ${abi}, ${how.join(', ')}`]);
  }

  progress(progress: Progress): void {
    const text = describeProgress(progress);
    const { elapsed } = progress.statistics;
    if (this.#isLive) this.#line.say(text);
    if (this.#isLive || elapsed - this.#said < PLAIN) return;
    this.#said = elapsed;
    complain(text);
  }

  note(text: string): void {
    this.#line.clear();
    complain(text);
  }

  async found(finding: Finding, saved: Saved): Promise<void> {
    this.#line.clear();
    await print(`\n${drawnText(drawFinding(finding))}`);
    const lines: string[] = [];
    if (finding.isReproduced === false)
      lines.push('tried again alone, it did not show: it depends on what came before');
    if (saved.path !== undefined) lines.push(`replay: ${replayCommand(saved.path)}`);
    else if (saved.error) {
      complain(`cannot save what was found, ${finding.class}: ${saved.error.message}`);
      lines.push(`not saved; its bytes: ${hexOfBytes(finding.input)}`);
    }
    if (lines.length > 0) await printLines(lines);
  }

  async end(statistics: RunStatistics, reason: Reason): Promise<void> {
    this.#line.clear();
    const { elapsed, executions, edges, allEdges, corpus, corpusBytes, classes } = statistics;
    const seconds = Math.max(elapsed / 1000, 0.001);
    const coverage = edges > 0 ? `, edges ${edges}${allEdges > 0 ? ` of ${allEdges}` : ''}` : '';
    await printLines([
      ...(classes.size > 0 ? [''] : []),
      `${reason === 'signal' ? 'stopped: ' : ''}${executions} inputs in ${describeDuration(elapsed)} ` +
        `(${shortNumber(executions / seconds)}/s)${coverage}, corpus ${corpus} (${corpusBytes} bytes), ` +
        countFindings(classes.size),
      ...columns(
        [...classes].map(([name, count]) => [count, name]),
        '  ',
      ),
    ]);
  }
}

/** How often statistics are written as JSON, in milliseconds. */
const JSON_STATISTICS = 1000;

export class JsonReporter implements Reporter {
  #told = 0;
  #writing: Promise<void> = Promise.resolve();

  begin({ target, abi, pairs, seed, jobs, shard, time, runs }: Beginning): Promise<void> {
    const [index, count] = shard;
    const end = runs !== undefined ? { runs } : { time: (time ?? 0) / 1000 };
    const how = { pairs, seed: String(seed), jobs, shard: [index + 1, count], ...end };
    return this.#write({ event: 'start', target, abi, ...how });
  }

  async progress({ statistics, perSecond }: Progress): Promise<void> {
    if (statistics.elapsed - this.#told < JSON_STATISTICS) return;
    this.#told = statistics.elapsed;
    await this.#write({ event: 'statistics', ...tell(statistics), perSecond: Math.round(perSecond) });
  }

  note(text: string): void {
    void this.#write({ event: 'note', text }).catch(() => undefined);
  }

  found({ class: name, cause, target, input, options, details, isReproduced }: Finding, saved: Saved): Promise<void> {
    const { abi, between, against } = options;
    return this.#write({
      event: 'finding',
      class: name,
      cause,
      target,
      abi,
      between,
      against,
      bytes: input.length,
      input: hexOfBytes(input),
      isReproduced,
      details,
      ...(saved.path !== undefined && { file: saved.path, replay: replayCommand(saved.path) }),
      ...(saved.error && { problem: `cannot be saved: ${saved.error.message}` }),
    });
  }

  end(statistics: RunStatistics, reason: Reason): Promise<void> {
    const { elapsed, executions } = statistics;
    const perSecond = Math.round((executions * 1000) / Math.max(elapsed, 1));
    return this.#write({ event: 'end', reason, ...tell(statistics), perSecond, findings: statistics.classes.size });
  }

  /** One line after the other, also where nobody waits for one. */
  #write(event: object): Promise<void> {
    this.#writing = this.#writing.then(() => printJson(event));
    return this.#writing;
  }
}

function tell({ elapsed, executions, edges, allEdges, corpus, corpusBytes, classes }: RunStatistics) {
  const seconds = Math.round(elapsed) / 1000;
  return { seconds, executions, edges, allEdges, corpus, corpusBytes, classes: Object.fromEntries(classes) };
}
