import type { RunStatistics } from '../../fuzz/run.js';
import { describeDuration } from '../duration.js';

/** What is said of how far a run is, in the order of what one looks for first. */
export interface Progress {
  statistics: RunStatistics;
  perSecond: number;
  /** Pairs of walks that have their turn. */
  pairs?: number | undefined;
  /** Milliseconds, or inputs, that are left. */
  timeLeft?: number | undefined;
  runsLeft?: number | undefined;
}

/** `1.24M`: three digits are what the eye takes in while they change. */
export function shortNumber(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let scaled = value;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || scaled >= 99.5 ? 0 : scaled >= 9.95 ? 1 : 2;
  return `${scaled.toFixed(digits)}${units[unit]}`;
}

/** The line that is drawn again and again. */
export function describeProgress({ statistics, perSecond, pairs, timeLeft, runsLeft }: Progress): string {
  const { executions, edges, allEdges, corpus, classes } = statistics;
  const parts = [`${shortNumber(perSecond)}/s`, `${shortNumber(executions)} inputs`];
  if (edges > 0) parts.push(`edges ${edges}${allEdges > 0 ? `/${allEdges}` : ''}`);
  parts.push(`corpus ${corpus}`);
  if (pairs !== undefined) parts.push(`${pairs} pairs`);
  if (timeLeft !== undefined) parts.unshift(`${describeDuration(timeLeft)} left`);
  if (runsLeft !== undefined) parts.unshift(`${shortNumber(runsLeft)} inputs left`);
  parts.push(describeClasses(classes));
  return parts.join(', ');
}

/** `2 findings` */
export function countFindings(count: number): string {
  return count === 0 ? 'no findings' : `${count} ${count === 1 ? 'finding' : 'findings'}`;
}

/** So many are named while a run goes on; its end lists all. */
const MOST_NAMED = 6;

/** `2 findings: hang, overrun:end|next x3`, the latest first, which a narrow terminal still shows. */
export function describeClasses(classes: ReadonlyMap<string, number>): string {
  if (classes.size === 0) return countFindings(0);
  const named = [...classes].reverse().map(([name, count]) => (count > 1 ? `${name} x${shortNumber(count)}` : name));
  const more = named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : '';
  return `${countFindings(classes.size)}: ${named.slice(0, MOST_NAMED).join(', ')}${more}`;
}
