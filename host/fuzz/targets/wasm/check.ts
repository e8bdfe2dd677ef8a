import { invalidArgument } from '../../../errors/error.js';
import { provides } from './imports.js';

/** What must be there, and of which kind. */
const NEEDED = { memory: 'memory', malloc: 'function', LLVMFuzzerTestOneInput: 'function' } as const;

/** Throws one line that names what the module does not export, or imports from whom nobody is here. */
export function checkModule(module: WebAssembly.Module, file: string): void {
  const exported = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  const missing = Object.entries(NEEDED).filter(([name, kind]) => exported.get(name) !== kind);
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(', ');
    throw invalidArgument(`${file} does not export ${names}: memory, malloc and LLVMFuzzerTestOneInput are needed`);
  }
  const strange = WebAssembly.Module.imports(module).filter((entry) => !provides(entry));
  if (strange.length > 0) {
    const [first] = strange;
    const names = strange.slice(0, 5).map((entry) => `${entry.module}.${entry.name}`);
    const more = strange.length > names.length ? `, and ${strange.length - names.length} more` : '';
    const what = first?.kind === 'function' ? '' : ` (a ${first?.kind})`;
    throw invalidArgument(`${file} imports ${names.join(', ')}${more}${what}: only functions of WASI are provided`);
  }
}
