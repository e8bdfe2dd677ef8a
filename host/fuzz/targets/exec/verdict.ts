import { constants } from 'node:os';
import { escapeControls } from '../../../check/escape.js';
import { judgeEnding } from '../../death.js';
import type { Verdict } from '../../target.js';
import type { Status } from './spawn.js';

/** As a shell tells of a signal, and whoever runs another program in its place. */
const SIGNALLED = 128;
/** Of the end of standard error so many lines are kept. */
const LINES = 20;
const LONGEST_LINE = 300;
/** Of two names for one number the first is the usual one: SIGABRT, SIGIOT. */
const NAMES = new Map(
  Object.entries(constants.signals)
    .reverse()
    .map(([name, number]) => [number, name as NodeJS.Signals]),
);
/** UBSan tells and goes on. */
const RUNTIME_ERROR = /^.*: runtime error: (.*)$/m;
const REPORT = /ERROR: \w+Sanitizer: /;
const SANITIZED = /^SUMMARY: \w+: /m;

/**
 * The verdict over a program that has ended, with what it wrote to standard error: a signal, a sanitizer's report, or a
 * status that stands for a signal. Every other status is an answer.
 */
export function judgeProgram({ code, signal }: Status, stderr: string): Verdict | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const words = lastWords(lines).map((line) => escapeControls(line).slice(0, LONGEST_LINE));
  const details = words.length > 0 ? { details: { stderr: words } } : {};
  const name = signal === null ? null : (NAMES.get(signal) ?? (`SIG${signal}` as NodeJS.Signals));
  if (name !== null || SANITIZED.test(stderr) || (code ?? 0) >= SIGNALLED) {
    return { ...judgeEnding({ code, signal: name, stderr }), ...details };
  }
  const [, what] = RUNTIME_ERROR.exec(stderr) ?? [];
  if (what === undefined) return undefined;
  return {
    class: 'sanitizer:runtime-error',
    cause: `UndefinedBehaviorSanitizer: ${escapeControls(what).slice(0, 160)}`,
    ...details,
  };
}

/** The last lines; of a sanitizer's report the first ones and its summary, since much of no use follows. */
function lastWords(lines: readonly string[]): string[] {
  const begin = lines.findIndex((line) => REPORT.test(line));
  if (begin < 0) return lines.slice(-LINES);
  const summary = lines.find((line) => SANITIZED.test(line));
  return [...lines.slice(begin, begin + LINES - 1), ...(summary === undefined ? [] : [summary])];
}
