/** A JavaScript file that exports `fuzz(data)`, by the convention of Jazzer.js. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { escapeControls } from '../../check/escape.js';
import { show } from '../../check/show.js';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import type { Target, TargetContext, Verdict } from '../target.js';

type Fuzz = (data: Buffer) => unknown;

/** A cause is one line, and the beginning of a message is enough to know it. */
const LONGEST_CAUSE = 200;

/**
 * Imports `file`, an ES module or a CommonJS one, and fuzzes the function `fuzz` that it exports, by name or as or in
 * its default export. It gets a Buffer of its own each time; a promise is waited for. What it throws is a finding.
 */
export async function openModule(file: string, { options }: TargetContext): Promise<Target> {
  const path = resolve(file);
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
    throw new AncillaryError('ENOENT', `cannot fuzz ${file}: there is no such file`);
  }
  const fuzz = fuzzOf(await load(path, file), file);
  return {
    name: `module:${file}`,
    abi: options.abi,
    isDeterministic: true,
    run(input) {
      try {
        const result = fuzz(Buffer.from(input));
        return isThenable(result) ? Promise.resolve(result).then(nothing, (error) => judge(error, path)) : undefined;
      } catch (error) {
        return judge(error, path);
      }
    },
    close: nothing,
  };
}

function nothing(): undefined {
  return undefined;
}

async function load(path: string, file: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : show(error);
    throw new AncillaryError('ERR_INVALID_ARGUMENT', `cannot load ${file}: ${escapeControls(said)}`, { cause: error });
  }
}

/** The function: `export function fuzz`, `module.exports.fuzz`, `export default fuzz`, `module.exports = fuzz`. */
function fuzzOf(namespace: unknown, file: string): Fuzz {
  const exported = namespace as Record<string, unknown>;
  const standard = exported.default as Record<string, unknown> | undefined;
  for (const candidate of [exported.fuzz, standard?.fuzz, standard]) {
    if (typeof candidate === 'function') return candidate as Fuzz;
  }
  const names = Object.keys(exported).filter((name) => name !== 'default' && name !== 'module.exports');
  const found = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`;
  throw invalidArgument(`${file} exports no function fuzz(data); ${found}`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}

/** A finding for each name of an error and place in the user's own code that it comes from. */
function judge(error: unknown, path: string): Verdict {
  // An error of another realm is one as well.
  const { name, message, stack } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Error>;
  const kind = typeof name === 'string' && /^[\w.]+$/.test(name) ? name : 'thrown';
  const place = typeof stack === 'string' ? placeIn(stack, path) : '';
  const said = typeof message === 'string' ? message : show(error);
  const cause = `${kind}: ${escapeControls(said).slice(0, LONGEST_CAUSE)}${place && ` (${place})`}`;
  return { class: `throw:${kind}${place && `@${place}`}`, cause };
}

/** The first frame that is neither of Node nor of an installed package, `parse.js:12:7`; else the first at all. */
function placeIn(stack: string, path: string): string {
  const frames = [...stack.matchAll(/^ {4}at .*?(?:file:\/\/)?(\/[^\n()]*?|node:[\w/]+):(\d+):(\d+)\)?$/gm)];
  const own =
    frames.find(([, file = '']) => file === path) === undefined
      ? frames[0]
      : frames.find(([, file = '']) => !file.startsWith('node:') && !file.includes('/node_modules/'));
  if (!own) return '';
  const [, file = '', line, column] = own;
  return `${(file.split('/').pop() ?? file).replace(/\s/g, '_')}:${line}:${column}`;
}
