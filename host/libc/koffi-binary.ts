import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The native part of the koffi that `load` would find, from where npm, pnpm and yarn put it: beside koffi. All that is
 * used of koffi is in there. The JavaScript in front of it tries every platform by its name and wraps what it deprecated,
 * and to look koffi up reads its whole map of exports: together more than half of the first system call's time. Where
 * anything is otherwise, undefined: koffi itself knows the other places, and what is wrong.
 */
export function loadKoffiBinary(load: NodeJS.Require): typeof import('koffi') | undefined {
  try {
    const found = load.resolve.paths('koffi')?.find((folder) => existsSync(join(folder, 'koffi')));
    if (found === undefined) return undefined;
    // pnpm's folder of the package that asks has but a link to koffi, and not what koffi depends on.
    const koffi = realpathSync.native(join(found, 'koffi'));
    const binary: typeof import('koffi') = load(join(koffi, `../@koromix/koffi-${process.platform}-${process.arch}`));
    const { version } = JSON.parse(readFileSync(join(koffi, 'package.json'), 'utf8'));
    return binary.version === version ? binary : undefined;
  } catch {
    return undefined;
  }
}
