import type { IncomingMessage } from 'node:http';
import type { HttpParser } from './inside.js';
import { startOfLast } from './start-of-last.js';

/**
 * Where a connection stands in its requests: `new` before its first byte, `between` two requests, in a `head` or a
 * `body`; `unknown` for one that was met in the middle.
 */
export type Phase = 'new' | 'between' | 'head' | 'body' | 'unknown';

/** What is kept of a request that has begun, at most: one that is longer is finished where it is. */
const RECORD_MOST = 64 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * Follows Node's HTTP parser through the requests of a connection, and keeps the bytes of one that has come in part. The
 * parser reads past the socket: it shows its bytes in the callback of `kOnExecute` only. Nothing is kept of requests
 * that come whole, as nearly all do.
 */
export class RequestWatch {
  readonly #parser: HttpParser;
  #phase: Phase;
  /** The last one whose head was complete, until it is complete itself. */
  #request: IncomingMessage | undefined;
  /** Where the parser stood before what it reads next. */
  #before: Phase;
  /** What it has read since it stood between two requests, if all of that is known. */
  #record: Buffer[] | undefined;
  #recorded = 0;
  /** How many requests have begun in what is recorded. */
  #begun = 0;
  /** Called after each read; set while somebody waits for this connection. */
  onRead: (() => void) | undefined;

  /** `phase` is where it stands, and `unread` what it is about to be given by other ways than its connection. */
  constructor(parser: HttpParser, phase: Phase, unread: Buffer = NOTHING) {
    this.#parser = parser;
    this.#phase = phase;
    this.#before = phase;
    if (unread.byteLength > 0 && unread.byteLength <= RECORD_MOST) {
      this.#record = [unread];
      this.#recorded = unread.byteLength;
      this.#before = 'head';
    }
    const { kOnMessageBegin, kOnExecute } = parser.constructor;
    const { onIncoming } = parser;
    const { [kOnMessageBegin]: begin, [kOnExecute]: execute } = parser;
    parser[kOnMessageBegin] = (...args) => {
      this.#phase = 'head';
      this.#begun++;
      return begin?.apply(parser, args);
    };
    parser.onIncoming = (request, ...more) => {
      this.#phase = 'body';
      this.#request = request;
      return onIncoming?.call(parser, request, ...more);
    };
    parser[kOnExecute] = (...args) => {
      this.#noteRead();
      return execute?.apply(parser, args);
    };
  }

  get phase(): Phase {
    return this.#phase === 'body' && this.#request?.complete ? 'between' : this.#phase;
  }

  /**
   * The bytes of the request that has begun, none between two of them; undefined where they are not known: the request
   * has to be finished here.
   */
  unread(): Buffer | undefined {
    const { phase } = this;
    if (phase === 'new' || phase === 'between') return NOTHING;
    // Once somebody else has listened for data, the bytes have come by other ways.
    if (phase !== 'head' || this.#record === undefined || !this.#parser._consumed) return undefined;
    const bytes = Buffer.concat(this.#record);
    return this.#begun <= 1 ? bytes : startOfLast(bytes, this.#begun, this.#parser.constructor);
  }

  #noteRead(): void {
    const { phase } = this;
    if (phase === 'between' || phase === 'new') {
      this.#phase = phase;
      this.#request = undefined;
      this.#forget();
    } else if (this.#before === 'between' || this.#before === 'new') {
      this.#add([]);
    } else if (this.#record) {
      this.#add(this.#record);
    }
    this.#before = phase;
    this.onRead?.();
  }

  #add(record: Buffer[]): void {
    const bytes = this.#parser.getCurrentBuffer();
    this.#recorded += bytes.byteLength;
    if (this.#recorded > RECORD_MOST) {
      this.#forget();
      return;
    }
    record.push(bytes);
    this.#record = record;
  }

  #forget(): void {
    this.#record = undefined;
    this.#recorded = 0;
    this.#begun = 0;
  }
}
