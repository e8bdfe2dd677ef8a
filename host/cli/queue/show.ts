/** `ancillary queue show`. */
import { writeFileSync } from 'node:fs';
import { INT_MAX } from '../../check/values.js';
import { AncillaryError } from '../../errors/error.js';
import { drawQueue } from '../../view/queue-chain.js';
import { printSvg } from '../../view/svg.js';
import { draw } from '../drawing.js';
import { print, printJson } from '../output.js';
import { openQueue } from './open.js';
import type { QueuePlace } from './options.js';
import { type Picture, readPicture } from './picture.js';
import { describeMessage } from './print.js';

export interface ShowOptions extends QueuePlace {
  most?: number;
  all?: true;
  json?: true;
  /** A file; - and true are standard output. */
  svg?: string | true;
}

/** So many messages are shown unless more are asked for. */
export const MOST_SHOWN = 10;

export async function showQueue(id: number | undefined, options: ShowOptions): Promise<void> {
  const { all = false, most = all ? INT_MAX : MOST_SHOWN, json, svg } = options;
  const picture = await readPicture(openQueue(id, options), most);
  if (json) await printJson(describePicture(picture));
  else if (svg === undefined) await draw(drawQueue(picture, all));
  else await save(printSvg(drawQueue(picture, all), `System V queue ${picture.status.id}`), svg);
  if (picture.error) throw picture.error;
}

function describePicture({ status, limits, structs, slabName, messages, left, changed, problem }: Picture) {
  return {
    ...status,
    limits,
    size: structs.msg_queue.size,
    slabName,
    messages: messages.map(({ index, type, data, parts }) => ({
      index,
      ...describeMessage({ type, data: Buffer.from(data) }),
      parts,
    })),
    left,
    ...(changed && { changed }),
    ...(problem !== undefined && { problem }),
  };
}

async function save(text: string, file: string | true): Promise<void> {
  if (file === true || file === '-') return print(text);
  try {
    writeFileSync(file, text);
  } catch (error) {
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new AncillaryError(code, `cannot write ${file}: ${message}`, { syscall: 'write', cause: error });
  }
}
