/** What a target throws, as a verdict: told apart by the kind of error and the place that it comes from. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { escapeControls } from '../check/escape.js';
import { show } from '../check/show.js';
import type { Verdict } from './target.js';

/** A cause is one line, and the beginning of a message is enough to know it. */
const LONGEST_CAUSE = 200;
/** Where it overflows is chance. */
const OVERFLOW = 'Maximum call stack size exceeded';
/** Where this program is, in one file or in several. */
const OURS = dirname(fileURLToPath(import.meta.url)).replace(/\/chunks$/, '');
const FRAME = /^ {4}at .*?(?:file:\/\/)?(\/[^\n()]*?|node:[\w/]+):(\d+):(\d+)\)?$/gm;

/** The verdict over whatever was thrown, or a promise was rejected with. */
export function judgeThrown(error: unknown): Verdict {
  // An error of another realm is one as well.
  const { name, message, stack } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Error>;
  const said = escapeControls(typeof message === 'string' ? message : show(error)).slice(0, LONGEST_CAUSE);
  // No other error has that name.
  if (name === 'RuntimeError') {
    return { class: `trap:${said.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`, cause: `WebAssembly trapped: ${said}` };
  }
  const kind = typeof name === 'string' && /^[\w.]+$/.test(name) ? name : 'thrown';
  const place = typeof stack === 'string' && message !== OVERFLOW ? placeIn(stack) : '';
  return {
    class: `throw:${kind}${place && `@${place}`}`,
    cause: `${kind}: ${said}${place && ` (${place})`}`,
  };
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
