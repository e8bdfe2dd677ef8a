/** What a target throws, as a verdict: told apart by the kind of error and the place that it comes from. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeControls } from '../check/escape.js';
import { show } from '../check/show.js';
import type { Verdict } from './target.js';

/** A cause is one line, and the beginning of a message is enough to know it. */
const LONGEST_CAUSE = 200;
/** So much of a stack is looked through: the innermost frames come first. */
const LONGEST_STACK = 65_536;
/** Where it overflows is chance. */
const OVERFLOW = 'Maximum call stack size exceeded';
/** Where this program is, in one file or in several. */
const OURS = dirname(fileURLToPath(import.meta.url)).replace(/\/chunks$/, '');
const FRAME = /^ {4}at .*?(?:file:\/\/)?(\/[^\n()]*?|node:[\w/]+):(\d+):(\d+)\)?$/gm;

/** The verdict over whatever was thrown, or a promise was rejected with: never throws, however odd that is. */
export function judgeThrown(error: unknown): Verdict {
  const [name, message, stack] = [textOf(error, 'name'), textOf(error, 'message'), textOf(error, 'stack')];
  const said = escapeControls(message === undefined ? show(error) : message.slice(0, LONGEST_CAUSE)).slice(
    0,
    LONGEST_CAUSE,
  );
  // No other error has that name.
  if (name === 'RuntimeError') {
    return { class: `trap:${said.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`, cause: `WebAssembly trapped: ${said}` };
  }
  const kind = name !== undefined && /^[\w.]{1,100}$/.test(name) ? name : 'thrown';
  const place = stack !== undefined && message !== OVERFLOW ? placeIn(framesOf(stack, message ?? '')) : '';
  return {
    class: `throw:${kind}${place && `@${place}`}`,
    cause: `${kind}: ${said}${place && ` (${place})`}`,
  };
}

/** A property that is a text: an error of another realm has it as well, and a proxy or a getter may throw instead. */
function textOf(error: unknown, key: keyof Error): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const value = (error as Partial<Error>)[key];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What follows the message, which may be long and look like frames itself. */
function framesOf(stack: string, message: string): string {
  const begin = stack.indexOf(message);
  const end = begin < 0 ? 0 : begin + message.length;
  return stack.slice(end, end + LONGEST_STACK);
}

function isOurs(file: string): boolean {
  return file.startsWith(OURS) && /^\/(chunks\/)?[\w-]+\.js$/.test(file.slice(OURS.length));
}

/** The innermost frame of the user's own code, `parse.js:12:7`; where there is none, of an installed package. */
function placeIn(stack: string): string {
  const frames = [...stack.matchAll(FRAME)].map(([, file = '', line, column]) => ({ file, line, column }));
  const theirs = frames.filter(({ file }) => !file.startsWith('node:') && !isOurs(file));
  const own = theirs.find(({ file }) => !file.includes('/node_modules/')) ?? theirs[0];
  if (!own) return '';
  return `${(own.file.split('/').pop() ?? '').replace(/\s/g, '_')}:${own.line}:${own.column}`;
}
