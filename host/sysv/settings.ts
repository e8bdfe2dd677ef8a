import { checkInteger, checkOptions, ID_MAX, INT_MAX, optionNames } from './base.js';
import { checkMode } from './opening.js';

/** What can be changed of a queue. */
export interface QueueSettings {
  /** The most bytes, and messages, that it holds; above kernel.msgmnb it needs CAP_SYS_RESOURCE. */
  qbytes?: number | undefined;
  /** Permission bits. */
  mode?: number | undefined;
  /** The owner. */
  uid?: number | undefined;
  gid?: number | undefined;
}

const SETTINGS = optionNames<QueueSettings>({ qbytes: true, mode: true, uid: true, gid: true });

export function checkSettings(settings: QueueSettings): QueueSettings {
  const checked = checkOptions(settings, SETTINGS, 'set');
  const { qbytes, mode, uid, gid } = checked;
  if (qbytes !== undefined) checkInteger(qbytes, 'qbytes', 0, INT_MAX);
  if (mode !== undefined) checkMode(mode);
  if (uid !== undefined) checkInteger(uid, 'uid', 0, ID_MAX);
  if (gid !== undefined) checkInteger(gid, 'gid', 0, ID_MAX);
  return checked;
}
