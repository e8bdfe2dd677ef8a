/** Why koffi does not load, and what to do: each cause has one line of its own. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AncillaryError } from '../errors/error.js';
import { builtin } from '../runtime/builtin.js';

/** What the loader of the system says, and what helps. */
const HINTS: [said: RegExp, hint: string][] = [
  [/libstdc\+\+|libgcc/, 'install that library (apk add libstdc++, apt-get install libstdc++6)'],
  [/failed to map segment/, 'its file system may be mounted noexec'],
];

/** The error for a koffi that is nowhere, looked for from these files. */
export function explainNotFound(places: readonly string[], cause: unknown): AncillaryError {
  const folders = new Set(places.map((place) => dirname(place.startsWith('file:') ? fileURLToPath(place) : place)));
  return unsupported(
    forbidden(cause) ??
      `there is no package koffi to be found from ${[...folders].join(' or ') || 'here'}: ` +
        'run npm install koffi there; a bundle needs it in a node_modules beside or above it',
    cause,
  );
}

/** The error for the koffi at `entry`, which threw `cause` when it was loaded. */
export function explainFailure(entry: string, cause: unknown): AncillaryError {
  return unsupported(forbidden(cause) ?? missingBinary(entry) ?? unloadable(entry) ?? otherwise(cause), cause);
}

function unsupported(message: string, cause: unknown): AncillaryError {
  const full = codeOfOpening();
  if (full === 'EMFILE' || full === 'ENFILE') {
    const whose =
      full === 'EMFILE' ? 'this process is at its limit of open files' : 'the whole system has too many open files';
    return new AncillaryError(
      full,
      `koffi, which makes the system calls, is loaded with the first of them, and no file can be opened: ${whose}; ` +
        'close some, or raise it with ulimit -n',
      { cause },
    );
  }
  return new AncillaryError('ERR_UNSUPPORTED', message, { cause });
}

function forbidden(cause: unknown): string | undefined {
  if (codeOf(cause) === 'ERR_ACCESS_DENIED') {
    return "Node's permission model keeps koffi from being read: add --allow-fs-read for koffi and @koromix too";
  }
  // koffi may have caught the reason and thrown another; nothing can be loaded from a folder, and this asks first.
  if (codeOf(cause) !== 'ERR_DLOPEN_DISABLED' && codeOf(openBinary('/')) !== 'ERR_DLOPEN_DISABLED') return undefined;
  return (process as { permission?: object }).permission
    ? "Node's permission model keeps native add-ons out, koffi among them: add --allow-addons"
    : 'Node was started with --no-addons, and koffi, which makes the system calls, is one: start it without';
}

function missingBinary(entry: string): string | undefined {
  if (findBinary(entry) !== undefined) return undefined;
  const platform = `${process.platform}-${process.arch}`;
  const name = `@koromix/koffi-${platform}`;
  const version = prebuilt(entry)[name];
  return version === undefined
    ? `koffi has no prebuilt binary for ${platform}: with CMake and a C++ compiler, npm rebuild koffi makes one`
    : `koffi's binary for ${platform} is not installed (--omit=optional leaves it out): npm install ${name}@${version}`;
}

function unloadable(entry: string): string | undefined {
  const binary = findBinary(entry);
  const reason = binary && openBinary(binary);
  if (!reason) return undefined;
  const { message } = reason as Error;
  const hint = HINTS.find(([said]) => said.test(message))?.[1];
  return (
    `koffi's binary ${binary} does not load (${message.split('\n')[0]}): ` +
    (hint ?? 'delete node_modules and install again on this very machine')
  );
}

function otherwise(cause: unknown): string {
  return `koffi does not load: ${String((cause as Error | undefined)?.message ?? cause).split('\n')[0]}`;
}

/** The prebuilt packages that this koffi may have beside it, with their version. */
function prebuilt(entry: string): Partial<Record<string, string>> {
  return JSON.parse(read(join(dirname(entry), 'package.json')) || '{}').optionalDependencies ?? {};
}

/** The binary that fits this process best: a prebuilt one, or one that koffi's install script compiled. */
function findBinary(entry: string): string | undefined {
  const name = `@koromix/koffi-${process.platform}-${process.arch}`;
  const modules = builtin('module').createRequire(entry).resolve.paths(name) ?? [];
  const binaries = [join(dirname(entry), 'build/koffi'), ...modules.map((folder) => join(folder, name))]
    .flatMap((folder) => list(folder).map((libc) => join(folder, libc, 'koffi.node')))
    .filter((file) => existsSync(file));
  const isMusl = read('/proc/self/maps').includes('/ld-musl-');
  return binaries.find((file) => file.includes('/musl_') === isMusl) ?? binaries[0];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}

/** Why no file at all can be opened, if so. */
function codeOfOpening(): unknown {
  try {
    closeSync(openSync('/', 'r'));
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

/** What loading an add-on throws. */
function openBinary(file: string): unknown {
  try {
    process.dlopen({ exports: {} }, file);
    return undefined;
  } catch (error) {
    return error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}
