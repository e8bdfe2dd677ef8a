import { malformed } from './record.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Valid UTF-8, or throws: `what` names it. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed(`${what} is no UTF-8`);
  }
}

/** For a human, whatever the bytes are. */
export function decodeReason(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}

/** The text, cut to so many bytes at the end of a character. */
export function encodeReason(text: string, most: number): Uint8Array {
  const bytes = encoder.encode(text);
  if (bytes.byteLength <= most) return bytes;
  let end = most;
  // 10xxxxxx goes on with the character before it.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}
