/** How a job ended that was trying an input, as a verdict over it. */
import { escapeControls } from '../check/escape.js';
import type { Verdict } from './target.js';

/** What is told of a sanitizer's or a runtime's last words. */
const LONGEST = 160;
/** Of AddressSanitizer and its kin, which end what they find: `SUMMARY: AddressSanitizer: heap-buffer-overflow x.c:3`. */
const SANITIZER = /^SUMMARY: (\w+): ([\w-]+)(.*)$/m;
const NO_MEMORY = /JavaScript heap out of memory|Allocation failed - |out of memory/i;

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error. */
  readonly stderr: string;
}

/** The verdict over an input with which the process of its target ended. */
export function judgeEnding({ code, signal, stderr }: Ending): Verdict {
  const [, tool, kind, where = ''] = SANITIZER.exec(stderr) ?? [];
  if (tool !== undefined && kind !== undefined) {
    const said = escapeControls(`${kind}${where}`).slice(0, LONGEST);
    return { class: `sanitizer:${kind}`, cause: `${tool}: ${said}` };
  }
  if (signal !== null && NO_MEMORY.test(stderr)) {
    return { class: 'out-of-memory', cause: 'the target used up its memory' };
  }
  if (signal === 'SIGKILL') {
    return { class: 'killed:SIGKILL', cause: 'somebody killed the target: the kernel does, where memory runs out' };
  }
  if (signal !== null) return { class: `crash:${signal}`, cause: `the target crashed: ${signal}` };
  return { class: `exit:${code}`, cause: `the target ended its process with ${code}` };
}

/** The verdict over the input before, where the process of its target ended behind it. */
export function judgeLeft(ending: Ending): Verdict {
  const { class: name, cause } = judgeEnding(ending);
  // A job that has no more to do says so first: this one could not, or did not want to.
  const how = ending.code === 0 ? 'the target ended its process, or cut it off from the command' : cause;
  return { class: name, cause: `${how}, behind this input` };
}

/** How a process ended, in words, and its last ones. */
export function describeEnding({ code, signal, stderr }: Ending): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  // Of an error that nobody caught, Node tells the place first, and its own version last.
  const said = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines[lines.length - 1] ?? '';
  const how = signal === null ? `exit status ${code}` : `${signal}`;
  return said === '' ? how : `${how}: ${escapeControls(said.trim()).slice(0, LONGEST)}`;
}
