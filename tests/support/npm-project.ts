import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const QUIET = ['--ignore-scripts', '--no-audit', '--no-fund'];

/** A project of npm's that has this package as users do, packed, and what else is said; undefined where npm cannot. */
export async function makeProject(
  dependencies: Record<string, string>,
  overrides: Record<string, string>,
): Promise<{ folder: string; remove: () => void } | { problem: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'ancillary-project-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  // From Node 22 on npm would leave its compiled code in the temporary folder.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const npm = (cwd: string, ...argv: string[]) => promisify(execFile)('npm', argv, { cwd, env, timeout: 60_000 });
  try {
    await npm(process.cwd(), 'pack', '--ignore-scripts', '--pack-destination', folder);
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
    const manifest = { private: true, dependencies: { ...dependencies, ancillary: `file:${tarball}` }, overrides };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    await npm(folder, 'install', '--prefer-offline', ...QUIET);
    return { folder, remove };
  } catch (error) {
    remove();
    const { stderr = '', message } = error as Error & { stderr?: string };
    return { problem: (/npm (?:error|ERR!) code (\w+)/.exec(stderr)?.[1] ?? message).split('\n')[0] as string };
  }
}
