/** A program that takes one connection on a descriptor given to it. */
import type { Target, TargetContext } from '../target.js';
import { ExecTarget } from './exec/target.js';

/** Runs `command` for each input, without a shell; throws one line where it cannot be run. */
export async function openExec(
  command: string,
  { options, note }: Pick<TargetContext, 'options' | 'note'>,
): Promise<Target> {
  const target = new ExecTarget(command, options, note);
  try {
    await target.learn();
    return target;
  } catch (error) {
    await target.close();
    throw error;
  }
}
