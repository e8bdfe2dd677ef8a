import { isUtf8 } from 'node:buffer';
import { escapeControls } from '../../check/escape.js';
import { hexOfBytes } from '../../model/hex.js';
import { exactLength } from '../../model/length.js';
import type { QueueMessage } from '../../sysv/message.js';
import { DataPrinter } from '../data-printer.js';
import { hexdump } from '../hexdump.js';
import { jsonOf, print, printLines } from '../output.js';

export interface PrintOptions {
  hex?: true;
  json?: true;
  raw?: true;
}

/** A message as JSON has it. */
export function describeMessage({ type, data }: QueueMessage) {
  return { type, size: data.length, data: hexOfBytes(data), ...(isUtf8(data) && { text: data.toString() }) };
}

/** Prints one message: its data as it is, everything in lines, or as JSON, in which `more` stands first. */
export function printMessage(
  message: QueueMessage,
  { hex, json, raw }: PrintOptions,
  more: object = {},
): Promise<void> {
  if (json) return print(`${escapeControls(jsonOf({ ...more, ...describeMessage(message) }))}\n`);
  const { type, data } = message;
  if (hex) return printLines([`type ${exactLength(BigInt(type))}, ${data.length} bytes`, ...hexdump(data)]);
  return new DataPrinter({ raw }).print(data);
}
