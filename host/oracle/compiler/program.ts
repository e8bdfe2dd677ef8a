/**
 * A C program whose object holds numbers, and does nothing: each fact is an expression that the compiler has to know.
 * Every include and every fact is a line of its own, so that one that does not compile can be left out by its number.
 */
import { latin1 } from '../byte-reader.js';
import { malformed } from '../malformed.js';
import type { ObjectFile } from '../object/object-file.js';
import { ARCHES, HEADERS, LIBCS, RENAMES } from './headers.js';

/** Of each fact: its number in two bytes, and its value in eight, the lowest first whatever the machine's order is. */
const FACT = 10;
const END = 0xffff;

const PROLOGUE = `#define _GNU_SOURCE 1
#define BYTE(v, n) (unsigned char)((unsigned long long)(v) >> (8 * (n)))
#define FACT(n, v) BYTE(n, 0), BYTE(n, 1), BYTE(v, 0), BYTE(v, 1), BYTE(v, 2), BYTE(v, 3), BYTE(v, 4), BYTE(v, 5), BYTE(v, 6), BYTE(v, 7),
#include <stddef.h>`;

/** A compiler for something else may find the headers of this machine's kernel, and not what they include. */
const KERNEL = ' && defined(__linux__) && __has_include(<asm/types.h>)';

export interface Program {
  text: string;
  /** Lines, from 1, that may be left out. */
  optional: ReadonlySet<number>;
}

/** The program for these expressions, without the lines that were found not to compile. */
export function writeProgram(facts: readonly string[], without: ReadonlySet<number>): Program {
  const lines = PROLOGUE.split('\n');
  const optional = new Set<number>();
  const add = (line: string) => {
    lines.push(without.has(lines.length + 1) ? '' : line);
    optional.add(lines.length);
  };
  for (const header of HEADERS) {
    lines.push(`#if __has_include(<${header}>)${isOfKernel(header) ? KERNEL : ''}`);
    add(`#include <${header}>`);
    lines.push('#endif');
  }
  lines.push(...choose('ancillary_arch', ARCHES), ...choose('ancillary_libc', LIBCS));
  for (const [condition, names] of RENAMES) {
    lines.push(`#if ${condition}`);
    for (const [name, theirs] of Object.entries(names)) {
      lines.push(`#undef ${name.replace(/\(.*/, '')}`, `#define ${name} ${theirs}`);
    }
    lines.push('#endif');
  }
  lines.push('const unsigned char ancillary_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;');
  lines.push('const unsigned char ancillary_facts[] = {');
  facts.forEach((expression, i) => {
    add(`FACT(${i}, ${expression})`);
  });
  lines.push(`FACT(${END}, 0)`, '};', '');
  return { text: lines.join('\n'), optional };
}

function isOfKernel(header: string): boolean {
  return header.startsWith('linux/');
}

function choose(symbol: string, rows: readonly (readonly [condition: string, name: string])[]): string[] {
  const cases = rows.flatMap(([condition, name], i) => [
    `#${i === 0 ? 'if' : 'elif'} ${condition}`,
    `const char ${symbol}[] = "${name}";`,
  ]);
  return [...cases, '#else', `const char ${symbol}[] = "unknown";`, '#endif'];
}

export interface Answers {
  arch: string;
  libc: string;
  endian: 'little' | 'big';
  /** Values by number of the fact; what did not compile is not there. */
  values: Map<number, bigint>;
}

/** Reads the numbers out of the object; throws one clear error where they are not. */
export function readAnswers(object: ObjectFile): Answers {
  const facts = symbol(object, 'ancillary_facts');
  const values = new Map<number, bigint>();
  const view = new DataView(facts.buffer, facts.byteOffset, facts.byteLength);
  for (let at = 0; ; at += FACT) {
    if (FACT > facts.length - at) throw malformed('object file', 'its facts do not end');
    const number = view.getUint16(at, true);
    if (number === END) break;
    values.set(number, view.getBigUint64(at + 2, true));
  }
  return {
    arch: text(object, 'ancillary_arch'),
    libc: text(object, 'ancillary_libc'),
    endian: symbol(object, 'ancillary_big')[0] === 1 ? 'big' : 'little',
    values,
  };
}

function symbol(object: ObjectFile, name: string): Uint8Array {
  const bytes = object.read(name);
  if (!bytes) throw malformed('object file', `it has no symbol ${name} (was it compiled with -flto?)`);
  return bytes;
}

function text(object: ObjectFile, name: string): string {
  const bytes = symbol(object, name);
  const end = bytes.indexOf(0);
  if (end < 0) throw malformed('object file', `${name} does not end`);
  return latin1(bytes.subarray(0, end));
}
