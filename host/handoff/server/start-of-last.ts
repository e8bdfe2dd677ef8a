import type { HttpParserClass } from './inside.js';

/**
 * What `bytes` holds from the start of its last request on, of which there are `count`: Node's own parser says at which
 * byte the count is reached. Undefined where it counts otherwise.
 */
export function startOfLast(bytes: Buffer, count: number, Parser: HttpParserClass): Buffer | undefined {
  if (countRequests(bytes, Parser) !== count) return undefined;
  // The shortest beginning that has all requests in it ends with the first byte of the last one.
  let [tooShort, enough] = [0, bytes.byteLength];
  while (enough - tooShort > 1) {
    const middle = (tooShort + enough) >>> 1;
    if (countRequests(bytes.subarray(0, middle), Parser) === count) enough = middle;
    else tooShort = middle;
  }
  return bytes.subarray(enough - 1);
}

/** How many requests begin in `bytes`. */
function countRequests(bytes: Uint8Array, Parser: HttpParserClass): number {
  const parser = new Parser();
  let count = 0;
  parser[Parser.kOnMessageBegin] = () => {
    count++;
  };
  parser.initialize(Parser.REQUEST, {}, 0, Parser.kLenientAll ?? 0);
  parser.execute(bytes);
  parser.close();
  return count;
}
