import { InvalidArgumentError, Option } from 'commander';
import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { FORMATS } from '../model/dump/formats.js';
import { findAbi, findControlAbi, findDialect, listAbis, listDialects } from '../model/rows.js';
import { codecInstance } from '../wasm/instance.js';

/** `--abi ID` of a command that reads or writes control messages; `without` says what happens without it. */
export function abiOption(without = ''): Option {
  return new Option('--abi <id>', `ABI, as \`ancillary abis\` lists them${without}`).argParser(controlAbi);
}

/** What a command for people takes where no ABI is named; what scripts read must not depend on the machine. */
export const MACHINE = '; default: this machine’s';

/** `--abi A,B,...` of a command that looks at layouts only. */
export function abisOption(): Option {
  const description = `ABIs with commas between, as \`ancillary abis\` lists them${MACHINE}`;
  return new Option('--abi <ids>', description).argParser((text) => {
    const ids = text.split(',');
    return ids.map((id) => (ids.length > 1 ? named(id, anyAbi) : anyAbi(id)));
  });
}

export function dialectOption(): Option {
  const description = 'walk, as `ancillary dialects` lists them; default: of the ABI’s libc';
  return new Option('--dialect <id>', description).argParser(dialectId);
}

/** `--format`, of these besides the forms of a dump. */
export function formatOption(...others: string[]): Option {
  const known = ['auto', ...FORMATS, ...others];
  return new Option('--format <form>', `${known.join(', ')}`).default('auto').argParser((text) => {
    if (known.includes(text)) return text;
    throw new InvalidArgumentError(guess(text, known) || `There are ${known.join(', ')}.`);
  });
}

/** An id of an ABI, also by an older name, as the one that it has now. */
function anyAbi(text: string): string {
  const abis = listAbis(codecInstance());
  return known(text, abis, 'abis', () => abis[findAbi(codecInstance(), text)]?.id ?? text);
}

function controlAbi(text: string): string {
  const id = anyAbi(text);
  try {
    findControlAbi(codecInstance(), id);
    return id;
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** An id of a walk. */
export function dialectId(text: string): string {
  return known(text, listDialects(codecInstance()), 'dialects', () => {
    findDialect(codecInstance(), text, 0);
    return text;
  });
}

function known(text: string, rows: readonly { id: string }[], command: string, find: () => string): string {
  try {
    return find();
  } catch {
    const ids = rows.map(({ id }) => id);
    throw new InvalidArgumentError(guess(text, ids) || `\`ancillary ${command}\` lists those that are known.`);
  }
}

/** What `find` finds; of several ids in one argument its error names the one that is wrong. */
function named(id: string, find: (id: string) => string): string {
  try {
    return find(id);
  } catch (error) {
    throw new InvalidArgumentError(`${show(id)}: ${(error as Error).message}`);
  }
}

/** `Did you mean 'x'?`, or nothing. */
function guess(text: string, names: readonly string[]): string {
  return didYouMean(text, names).replace('; did', 'Did');
}
