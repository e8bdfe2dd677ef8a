/** Which processes are a program's: those of its session or group, and what descends from it (proc(5), stat). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Kinship {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** Deeper no process is looked for: a chain that is longer was changed meanwhile. */
const DEEPEST = 1000;

function kinshipOf(pid: number): Kinship | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in brackets, may hold anything.
    const [state = '', parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent), group: Number(group), session: Number(session) };
  } catch {
    return undefined;
  }
}

/**
 * Whether `pid` is one of the program that was started as `leader`, in a session of its own, and whose main process may
 * be another by now. Of a process that is gone nobody knows.
 */
export function isOfProgram(pid: number, leader: number, main = leader): boolean {
  for (let each = pid, depth = 0; each > 1 && depth < DEEPEST; depth++) {
    if (each === process.pid) return false;
    const kin = kinshipOf(each);
    if (!kin) return false;
    if (each === leader || each === main || kin.session === leader || kin.group === leader) return true;
    each = kin.parent;
  }
  return false;
}

/** Whether anything of the group runs: one that has ended and is not yet waited for does not. */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return processes().some((pid) => {
    const kin = kinshipOf(pid);
    return kin?.group === group && !'ZX'.includes(kin.state);
  });
}

/** Who of all processes has the socket with this inode open, as far as this user may look. */
export function holdersOf(inode: number): number[] {
  const target = `socket:[${inode}]`;
  return processes().filter((pid) => pid !== process.pid && targetsOf(pid).includes(target));
}

function targetsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return listOf(folder).flatMap((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return [];
    }
  });
}

/** None of a folder that is another user's, or gone. */
function listOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function processes(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number);
}
