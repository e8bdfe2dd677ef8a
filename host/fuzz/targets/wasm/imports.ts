/**
 * What a module may import: WASI (wasi_snapshot_preview1), of which a few functions do something small that is the same
 * each time and all others answer that they do not exist, and AssemblyScript's `env.abort`.
 */
import { Abort, Exit } from './trap.js';

/** Errnos of WASI. */
const SUCCESS = 0;
const BADF = 8;
const NOSYS = 52;
const SPIPE = 70;

const WASI = ['wasi_snapshot_preview1', 'wasi_unstable'];
/** Standard input, output and error. */
const STANDARD = 3;
/** __wasi_filet of a terminal. */
const CHARACTER_DEVICE = 2;
/** struct iovec of a 32-bit machine. */
const IOVEC = 8;
const FDSTAT = 24;
/** Nanoseconds that pass from one look at the clock to the next. */
const TICK = 1000n;
const START = 1_600_000_000_000_000_000n;

/** Whether an import is one of those. */
export function provides({ module, name, kind }: { module: string; name: string; kind: string }): boolean {
  return kind === 'function' && (WASI.includes(module) || (module === 'env' && name === 'abort'));
}

/** Clock and chance of one module, which begin anew with each input. */
export class World {
  #time = START;
  #chance = 1;

  reset(): void {
    this.#time = START;
    this.#chance = 1;
  }

  tick(): bigint {
    this.#time += TICK;
    return this.#time;
  }

  /** xorshift of 32 bits. */
  byte(): number {
    let x = this.#chance;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#chance = x;
    return x & 0xff;
  }
}

type Imports = Record<string, Record<string, (...args: never[]) => unknown>>;

/** The imports of a module; `memory` is its own, once it is there. */
export function makeImports(module: WebAssembly.Module, world: World, memory: () => WebAssembly.Memory): Imports {
  const imports: Imports = {};
  const known = knownFunctions(world, memory);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] =
      from === 'env'
        ? (_: number, file: number, line: number, column: number) => {
            throw new Abort(placeOf(memory(), file, line, column));
          }
        : (known[name] ?? (() => NOSYS));
  }
  return imports;
}

function knownFunctions(world: World, memory: () => WebAssembly.Memory): Imports[string] {
  const view = () => new DataView(memory().buffer);
  const ofStandard = (fd: number) => (fd >>> 0 < STANDARD ? SUCCESS : BADF);
  const noneOf = (count: number, bytes: number) => {
    view().setUint32(count >>> 0, 0, true);
    view().setUint32(bytes >>> 0, 0, true);
    return SUCCESS;
  };
  return {
    proc_exit(code: number) {
      throw new Exit(code >>> 0);
    },
    // All that is written is dropped.
    fd_write(fd: number, vectors: number, count: number, written: number) {
      if (ofStandard(fd) !== SUCCESS) return BADF;
      let size = 0;
      for (let i = 0; i < count >>> 0; i++) size += view().getUint32((vectors >>> 0) + i * IOVEC + 4, true);
      view().setUint32(written >>> 0, size, true);
      return SUCCESS;
    },
    // Standard input is at its end.
    fd_read(fd: number, _vectors: number, _count: number, read: number) {
      if (ofStandard(fd) !== SUCCESS) return BADF;
      view().setUint32(read >>> 0, 0, true);
      return SUCCESS;
    },
    fd_close: ofStandard,
    fd_seek: (fd: number) => (ofStandard(fd) === SUCCESS ? SPIPE : BADF),
    fd_fdstat_get(fd: number, out: number) {
      if (ofStandard(fd) !== SUCCESS) return BADF;
      new Uint8Array(memory().buffer, out >>> 0, FDSTAT).fill(0);
      view().setUint8(out >>> 0, CHARACTER_DEVICE);
      return SUCCESS;
    },
    fd_prestat_get: () => BADF,
    fd_prestat_dir_name: () => BADF,
    environ_sizes_get: noneOf,
    environ_get: () => SUCCESS,
    args_sizes_get: noneOf,
    args_get: () => SUCCESS,
    sched_yield: () => SUCCESS,
    clock_res_get(_clock: number, out: number) {
      view().setBigUint64(out >>> 0, TICK, true);
      return SUCCESS;
    },
    clock_time_get(_clock: number, _precision: bigint, out: number) {
      view().setBigUint64(out >>> 0, world.tick(), true);
      return SUCCESS;
    },
    random_get(at: number, size: number) {
      const bytes = new Uint8Array(memory().buffer, at >>> 0, size >>> 0);
      for (let i = 0; i < bytes.length; i++) bytes[i] = world.byte();
      return SUCCESS;
    },
  };
}

/** AssemblyScript's texts are UTF-16, with their size in bytes in front. */
function placeOf({ buffer }: WebAssembly.Memory, file: number, line: number, column: number): string {
  if (file === 0) return '';
  try {
    const size = new DataView(buffer).getUint32(file - 4, true);
    const text = new TextDecoder('utf-16le').decode(new Uint8Array(buffer, file, Math.min(size, 200)));
    const name = (text.split('/').pop() ?? '').replace(/[^\w.-]/g, '_');
    return `${name}:${line}:${column}`;
  } catch {
    return '';
  }
}
