/** `ancillary send` to any peer. */

import { AncillaryError, invalidArgument } from '../errors/error.js';
import { closeAll } from '../fd/close-all.js';
import type { Sendable } from '../fd/sendable.js';
import { SCM_MAX_FD } from '../libc/constants.js';
import { UnixStream } from '../socket/stream.js';
import { inheritedFd } from './inherited.js';
import { type MessageOptions, readData, readLines } from './message-options.js';
import { MessagePrinter } from './message-printer.js';
import { openFiles } from './open.js';
import { openSocket, type PlaceOptions, type Socket } from './place.js';
import { descriptorsOf, mostData, receiveTrusted } from './receiving.js';
import type { Trusted } from './trust.js';

export interface SendMessageOptions extends MessageOptions, PlaceOptions {
  toUid?: Trusted;
  reply?: true | number;
}

/** Sends one message, or one for each line; descriptors go with the first. */
export async function sendMessage(files: readonly string[], options: SendMessageOptions): Promise<void> {
  const { pass = [], toUid: trusted, timeout } = options;
  // Before anything is opened, which could get such a number.
  const passed = pass.map(inheritedFd);
  if (files.length + passed.length > SCM_MAX_FD) {
    throw invalidArgument(
      `${files.length + passed.length} descriptors; Linux passes at most ${SCM_MAX_FD} in one message`,
    );
  }
  const fds = openFiles(files);
  try {
    // Before somebody is called for nothing.
    const data = await readData(options);
    const socket = await openSocket(options, {}, { trusted, option: 'to-uid' });
    try {
      await sendAll(socket, data, [...fds, ...passed], options);
      closeAll(fds);
      if (options.reply !== undefined) await printReplies(socket, options.reply, timeout);
    } finally {
      socket[Symbol.dispose]();
    }
  } finally {
    closeAll(fds);
  }
}

async function sendAll(
  socket: Socket,
  data: Uint8Array | string | undefined,
  fds: readonly Sendable[],
  options: SendMessageOptions,
): Promise<void> {
  const { credentials, control, timeout, lines } = options;
  const isRecord = !(socket instanceof UnixStream);
  const each = { ...(credentials && { credentials }), ...(control && { control }), ...(timeout && { timeout }) };
  // A stream carries nothing without a byte of data.
  const all = lines ? readLines(options, isRecord) : [data ?? (isRecord ? '' : '\n')];
  let count = 0;
  for await (const part of all) {
    await socket.send(part, { ...each, ...(count++ === 0 && fds.length > 0 && { fds }) });
  }
  if (count === 0) throw invalidArgument('nothing was sent: there was no line');
}

/**
 * Prints the data of what the peer answers; descriptors are told of and closed. Without a number of messages, all until
 * it closes, or until nothing has come for `timeout` milliseconds.
 */
async function printReplies(socket: Socket, count: true | number, timeout: number | undefined): Promise<void> {
  const printer = new MessagePrinter({ form: 'data' });
  const maxData = mostData(socket);
  const receiving = { maxData, maxFds: SCM_MAX_FD, trusted: 'any', option: 'to-uid', timeout } as const;
  let came = 0;
  try {
    for await (const message of receiveTrusted(socket, receiving)) {
      came++;
      try {
        await printer.print(message);
      } finally {
        closeAll(descriptorsOf(message));
      }
      if (came === count) return;
    }
  } catch (error) {
    if (count === true && came > 0 && (error as NodeJS.ErrnoException).code === 'ETIMEDOUT') return;
    throw error;
  }
  if (count !== true) throw new AncillaryError('EPIPE', `the peer closed after ${came} replies, ${count} expected`);
}
