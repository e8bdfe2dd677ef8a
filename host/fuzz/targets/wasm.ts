/** A WebAssembly module that exports memory, malloc and LLVMFuzzerTestOneInput, as compilers of C make it. */
import { readFileSync } from 'node:fs';
import { AncillaryError } from '../../errors/error.js';
import type { Target, TargetContext } from '../target.js';
import { checkFile } from './file.js';
import { checkModule } from './wasm/check.js';
import { Guest } from './wasm/guest.js';
import { judgeTrap } from './wasm/trap.js';

/**
 * Compiles `file` and fuzzes what it exports. A trap is a finding, and so is a proc_exit that is not 0; the instance is
 * made anew after either. Without exports or imports that are needed it throws one line that names them.
 */
export async function openWasm(
  file: string,
  { engine, options }: Pick<TargetContext, 'engine' | 'options'>,
): Promise<Target> {
  const module = compile(file);
  checkModule(module, file);
  let guest: Guest | undefined = open();
  return {
    name: `wasm:${file}`,
    abi: options.abi,
    isDeterministic: true,
    run(input) {
      guest ??= open();
      try {
        guest.run(input);
        return undefined;
      } catch (error) {
        guest = undefined;
        if (error instanceof AncillaryError) throw error;
        return judgeTrap(error);
      }
    },
    close: () => undefined,
  };

  function open(): Guest {
    try {
      return new Guest(module, engine.room);
    } catch (error) {
      if (error instanceof AncillaryError) throw error;
      const cause = judgeTrap(error)?.cause ?? 'it ended with proc_exit(0)';
      throw new AncillaryError('ERR_INVALID_ARGUMENT', `cannot start ${file}: ${cause}`, { cause: error });
    }
  }
}

function compile(file: string): WebAssembly.Module {
  checkFile(file);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(readFileSync(file));
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot fuzz ${file}: ${message}`, { cause: error });
  }
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    const { message } = error as Error;
    const why = message.replace(/^WebAssembly\.Module\(\): /, '');
    throw new AncillaryError('ERR_INVALID_ARGUMENT', `cannot compile ${file}: ${why}`, { cause: error });
  }
}
