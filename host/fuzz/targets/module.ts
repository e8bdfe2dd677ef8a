/** A JavaScript file that exports `fuzz(data)`, by the convention of Jazzer.js. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { escapeControls } from '../../check/escape.js';
import { show } from '../../check/show.js';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import { NativePromise } from '../../runtime/globals.js';
import type { Target, TargetContext } from '../target.js';
import { checkFile } from './file.js';

/** A target may put something else in the place of Buffer. */
const copyOf: (bytes: Uint8Array) => Buffer = Buffer.from.bind(Buffer);

type Fuzz = (data: Buffer) => unknown;

/**
 * Imports `file`, an ES module or a CommonJS one, and fuzzes the function `fuzz` that it exports, by name or as or in
 * its default export. It gets a Buffer of its own each time; a promise is waited for. What it throws is a finding.
 */
export async function openModule(file: string, { options }: TargetContext): Promise<Target> {
  const path = resolve(file);
  checkFile(path);
  const fuzz = fuzzOf(await load(path, file), file);
  return {
    name: `module:${file}`,
    abi: options.abi,
    isDeterministic: true,
    leavesWork: true,
    run(input) {
      const result = fuzz(copyOf(input));
      return isThenable(result) ? NativePromise.resolve(result).then(nothing) : undefined;
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
  const standard = exported.default as Record<string, unknown> | undefined | null;
  for (const candidate of [exported.fuzz, standard?.fuzz, standard]) {
    if (typeof candidate === 'function') return candidate as unknown as Fuzz;
  }
  const names = Object.keys({ ...exported, ...standard }).filter(
    (name) => !['default', 'module.exports'].includes(name),
  );
  const other = names.includes('fuzz')
    ? `its fuzz is ${show(exported.fuzz ?? standard?.fuzz)}`
    : `it exports ${names.join(', ')}`;
  const found = names.length === 0 ? 'it exports nothing' : other;
  throw invalidArgument(`${file} exports no function fuzz(data): ${found}`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function';
}
