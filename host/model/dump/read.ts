import { show } from '../../check/show.js';
import { didYouMean } from '../../check/suggest.js';
import { AncillaryError, invalidArgument } from '../../errors/error.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { listAbis } from '../rows.js';
import { readBase64 } from './base64.js';
import { readC } from './c.js';
import { detectFormat } from './detect.js';
import { type DumpFormat, FORMATS, MOST_TEXT } from './formats.js';
import { readGdb } from './gdb.js';
import { readHex } from './hex.js';
import { readLines } from './lines.js';
import { ByteSink } from './sink.js';
import { readStrace } from './strace.js';

/** The bytes of a dump, and what it was taken for. */
export interface Dump {
  bytes: Uint8Array;
  format: DumpFormat;
  /** In words: `plain hexadecimal`, `lines of 2-byte words, little-endian, behind octal offsets`, ... */
  reading: string;
}

/**
 * Reads the bytes that a tool has printed, of `format`, or of the one that the text shows (`auto`). Words are in the byte
 * order of the ABI `abiId`, and what strace shows of messages is encoded for it. Throws `ERR_INVALID_ARGUMENT`, which
 * names line and column of what is wrong, and `ERR_TOO_LARGE`.
 */
export function readDump(
  codec: CodecInstance,
  abiId: string,
  text: string,
  format: DumpFormat | 'auto' = 'auto',
): Dump {
  const clean = text.replace(/^\ufeff/, '');
  if (clean.length > MOST_TEXT) {
    throw new AncillaryError(
      'ERR_TOO_LARGE',
      `a dump of more than ${MOST_TEXT} characters is not read: give less of it`,
    );
  }
  if (clean.trim() === '') throw invalidArgument('the dump is empty: there is nothing to read');
  const bigEndian = listAbis(codec).find(({ id }) => id === abiId)?.endian === 'big';
  const found = format === 'auto' ? detectFormat(clean) : checkFormat(format);
  const sink = new ByteSink();
  const readers: Record<DumpFormat, () => string> = {
    hex: () => readHex(clean, sink),
    c: () => readC(clean, sink),
    xxd: () => readLines(clean, sink, { bigEndian, ordered: format === 'xxd' }),
    gdb: () => readGdb(clean, sink, bigEndian),
    base64: () => readBase64(clean, sink),
    strace: () => readStrace(codec, abiId, clean, sink),
  };
  const reading = readers[found]();
  return { bytes: sink.take(), format: found, reading };
}

function checkFormat(format: string): DumpFormat {
  const known = FORMATS.find((each) => each === format);
  if (known) return known;
  throw invalidArgument(
    `unknown format ${show(format)}${didYouMean(format, FORMATS) || `; there are auto, ${FORMATS.join(', ')}`}`,
  );
}
