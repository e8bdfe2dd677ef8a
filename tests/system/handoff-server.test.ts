/**
 * `handOffServer` and `takeOverServer`: every kind of HTTP connection, each with its one right answer, byte for byte,
 * whether the hand-off succeeds or fails.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { handOffServer, type Staying, takeOverServer } from 'ancillary/handoff';
import * as assert from 'uvu/assert';
import { channel, leakTests, PlayedTaker } from '../support/handoff.js';
import { answerOf, Client, Gate, listen, makeServer } from '../support/http-dialogue.js';
import { until } from '../support/process.js';
import { suite, thrownBy } from '../support/suite.js';

const t = suite('handoff-server');
const test = leakTests(t);

const NOBODY: Staying = { busy: 0, unprepared: 0, refused: 0, upgraded: 0, tls: 0, http2: 0 };
const GET = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const POST = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** More than is kept of what has been read since the last request that came whole. */
const LONG = 'x'.repeat(66 * 1024);

/** A conversation that a hand-off comes into. */
interface Conversation {
  readonly name: string;
  /** What the client says before the hand-off begins, and how many requests have been noted by then. */
  readonly before: string;
  readonly noted?: number;
  /** What it says once the taker accepts. */
  readonly during?: string;
  /** The client has ended its side by then. */
  readonly ends?: boolean;
  /** What it says when all is over. */
  readonly after?: string;
  /** What the client gets: `HERE` is who answers what the new process gets, or the old one where the hand-off fails. */
  readonly out: (here: string) => string;
  /** What is noted by whom. */
  readonly log: (here: string) => string[];
  /** It is not moved. */
  readonly stays?: boolean;
}

const CONVERSATIONS: readonly Conversation[] = [
  {
    name: 'nothing said yet',
    before: '',
    after: GET('/a'),
    out: (here) => answerOf(`${here} GET /a `),
    log: (here) => [`${here} GET /a`],
  },
  {
    name: 'idle after a request',
    before: GET('/a'),
    noted: 1,
    after: GET('/b'),
    out: (here) => answerOf('old GET /a ') + answerOf(`${here} GET /b `),
    log: (here) => ['old GET /a', `${here} GET /b`],
  },
  {
    name: 'half a head',
    before: 'GET /a HTTP/1.1\r\nHos',
    after: 't: x\r\n\r\n',
    out: (here) => answerOf(`${here} GET /a `),
    log: (here) => [`${here} GET /a`],
  },
  {
    name: 'one byte of a head',
    before: `${GET('/a')}G`,
    noted: 1,
    after: 'ET /b HTTP/1.1\r\nHost: x\r\n\r\n',
    out: (here) => answerOf('old GET /a ') + answerOf(`${here} GET /b `),
    log: (here) => ['old GET /a', `${here} GET /b`],
  },
  {
    name: 'a request, a body and half a head in one piece',
    before: `${POST('/a', 'hello')}${GET('/b')}POST /c HTTP/1.1\r\nContent-Le`,
    noted: 2,
    after: 'ngth: 2\r\nHost: x\r\n\r\nok',
    out: (here) => answerOf('old POST /a hello') + answerOf('old GET /b ') + answerOf(`${here} POST /c ok`),
    log: (here) => ['old POST /a hello', 'old GET /b', `${here} POST /c ok`],
  },
  {
    name: 'half a head behind a body of more than is kept',
    before: `${POST('/a', LONG)}GET /b HTTP/1.1\r\nHos`,
    noted: 1,
    during: 't: x\r\n\r\n',
    after: GET('/c'),
    out: (here) => answerOf(`old POST /a ${LONG}`) + answerOf('old GET /b ') + answerOf(`${here} GET /c `),
    log: (here) => [`old POST /a ${LONG}`, 'old GET /b', `${here} GET /c`],
  },
  {
    name: 'an empty line after a request',
    before: `${GET('/a')}\r\n`,
    noted: 1,
    after: GET('/b'),
    out: (here) => answerOf('old GET /a ') + answerOf(`${here} GET /b `),
    log: (here) => ['old GET /a', `${here} GET /b`],
  },
  {
    name: 'half a body',
    before: 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc',
    during: 'def',
    after: GET('/b'),
    out: (here) => answerOf('old POST /a abcdef') + answerOf(`${here} GET /b `),
    log: (here) => ['old POST /a abcdef', `${here} GET /b`],
  },
  {
    name: 'half a chunked body',
    before: 'POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\nd',
    during: 'ef\r\n0\r\n\r\n',
    after: GET('/b'),
    out: (here) => answerOf('old POST /a abcdef') + answerOf(`${here} GET /b `),
    log: (here) => ['old POST /a abcdef', `${here} GET /b`],
  },
  {
    name: 'answered before its body has come',
    before: 'POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc',
    noted: 1,
    during: 'def',
    after: GET('/b'),
    out: (here) => answerOf('old POST /early ') + answerOf(`${here} GET /b `),
    log: (here) => ['old POST /early', `${here} GET /b`],
  },
  {
    name: 'waiting for its answer',
    before: GET('/slow'),
    noted: 1,
    during: '',
    after: GET('/b'),
    out: (here) => answerOf('old GET /slow ') + answerOf(`${here} GET /b `),
    log: (here) => ['old GET /slow', `${here} GET /b`],
  },
  {
    name: 'half an answer',
    before: GET('/begun'),
    noted: 1,
    during: '',
    after: GET('/b'),
    out: (here) => answerOf('old GET /begun old GET /begun ') + answerOf(`${here} GET /b `),
    log: (here) => ['old GET /begun', `${here} GET /b`],
  },
  {
    name: 'two at once, the first waiting',
    before: GET('/slow') + GET('/b'),
    noted: 2,
    during: '',
    after: GET('/c'),
    out: (here) => answerOf('old GET /slow ') + answerOf('old GET /b ') + answerOf(`${here} GET /c `),
    log: (here) => ['old GET /slow', 'old GET /b', `${here} GET /c`],
  },
  {
    name: 'half a head behind one that waits',
    before: `${GET('/slow')}GET /b HTTP/1.1\r\n`,
    noted: 1,
    during: '',
    after: 'Host: x\r\n\r\n',
    out: (here) => answerOf('old GET /slow ') + answerOf(`${here} GET /b `),
    log: (here) => ['old GET /slow', `${here} GET /b`],
  },
  {
    name: 'HEAD, then idle',
    before: 'HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n',
    noted: 1,
    after: 'HEAD /b HTTP/1.1\r\nHost: x\r\n\r\n',
    out: (here) => answerOf('old HEAD /a ', { head: true }) + answerOf(`${here} HEAD /b `, { head: true }),
    log: (here) => ['old HEAD /a', `${here} HEAD /b`],
  },
  {
    name: 'told to go on with its body',
    before: 'POST /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n',
    during: 'abc',
    after: GET('/b'),
    out: (here) =>
      answerOf('old POST /a abc', { interim: 'HTTP/1.1 100 Continue\r\n\r\n' }) + answerOf(`${here} GET /b `),
    log: (here) => ['old POST /a abc', `${here} GET /b`],
  },
  {
    name: 'to be closed after its answer',
    before: GET('/slow', 'Connection: close\r\n'),
    noted: 1,
    during: '',
    out: () => answerOf('old GET /slow ', { close: true }),
    log: () => ['old GET /slow'],
    stays: true,
  },
  {
    name: 'a client that has ended its side and waits',
    before: GET('/slow'),
    noted: 1,
    during: '',
    ends: true,
    out: () => answerOf('old GET /slow '),
    log: () => ['old GET /slow'],
    stays: true,
  },
];

interface Stage {
  readonly old: Server;
  readonly client: Client;
  readonly log: string[];
  readonly gate: Gate;
  /** Of the old server. */
  readonly socket: Socket;
}

/** A conversation as far as it has come when the hand-off begins. */
async function begin(
  { before, noted = 0, ends = false }: Conversation,
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const log: string[] = [];
  const gate = new Gate();
  const old = makeServer('old', log, gate);
  Object.assign(old, { httpAllowHalfOpen: ends });
  let socket: Socket | undefined;
  old.on('connection', (each: Socket) => {
    socket = each;
  });
  // From now on what comes in part is kept.
  const aborted = new AbortController();
  const port = await listen(old);
  const offered = handOffServer(old, { abstract: `ancillary-test-${process.pid}-${port}` }, { signal: aborted.signal });
  const client = new Client(port);
  try {
    await client.connected();
    await until('it is accepted', () => socket);
    client.socket.write(before);
    await until('all has been read', () => socket?.bytesRead === before.length && log.length >= noted);
    if (ends) {
      client.socket.end();
      await until('the end has been read', () => socket?.readableEnded);
    }
    aborted.abort();
    assert.is((await thrownBy(() => offered)).code, 'ABORT_ERR');
    await work({ old, client, log, gate, socket: socket as Socket });
  } finally {
    client.close();
    gate.open();
    old.close();
    old.closeAllConnections();
    await until('the old server is closed', () => !old.listening);
  }
}

for (const each of CONVERSATIONS) {
  const { name, during, after = '', ends = false, out, log: expected, stays = false } = each;

  test(`it moves: ${name}`, () =>
    begin(each, async ({ old, client, log, gate, socket }) => {
      const [left, right] = channel();
      const next = makeServer('new', log, gate);
      const closes = new Promise((resolve) => old.once('close', resolve));
      const results = Promise.all([handOffServer(old, left), takeOverServer(next, right)]);
      try {
        await until('the new one accepts', () => next.listening);
        if (during) client.socket.write(during);
        if (during !== undefined) gate.open();
        const [given, taken] = await results;
        assert.equal(given, { isHandedOver: true, moved: stays ? 0 : 1, staying: NOBODY });
        assert.is(taken?.moved, stays ? 0 : 1);
        await closes;
        assert.ok(socket.destroyed);
        if (after) client.socket.write(after);
        await until('all has been answered', () => client.received.length >= out('new').length || client.error);
        if (!ends && !stays) {
          // Nothing has come twice, and it goes on: what comes last comes once.
          client.socket.write(GET('/last'));
          const last = out('new') + answerOf('new GET /last ');
          await until('the last is answered', () => client.received.length >= last.length || client.error);
          assert.is(client.received, last);
          assert.equal(log.sort(), [...expected('new'), 'new GET /last'].sort());
          assert.is(client.hasEnded, false);
        } else {
          await until('it has ended', () => client.hasEnded || client.error);
          assert.is(client.received, out('new'));
          assert.equal(log, expected('new'));
        }
        assert.is(client.error, undefined);
      } finally {
        next.close();
        next.closeAllConnections();
      }
    }));

  for (const [failure, play] of FAILURES()) {
    test(`it goes on where it was: ${name}, with a taker that ${failure}`, () =>
      begin(each, async ({ old, client, log, gate }) => {
        const [left, right] = channel();
        const result = handOffServer(old, left).then(
          () => assert.unreachable(),
          (error: Error & { code?: string }) => error,
        );
        await play(right, () => {
          if (during) client.socket.write(during);
          if (during !== undefined) gate.open();
        });
        assert.ok((await result) instanceof Error);
        assert.ok(old.listening);
        if (after) client.socket.write(after);
        await until('all has been answered', () => client.received.length >= out('old').length || client.error);
        if (!ends && !stays) {
          client.socket.write(GET('/last'));
          const last = out('old') + answerOf('old GET /last ');
          await until('the last is answered', () => client.received.length >= last.length || client.error);
          assert.is(client.received, last);
          assert.equal(log.sort(), [...expected('old'), 'old GET /last'].sort());
          // It accepts as before.
          const another = new Client((old.address() as { port: number }).port);
          another.socket.write(GET('/another'));
          await until('another is answered', () => another.received === answerOf('old GET /another '));
          another.close();
        } else {
          await until('it has ended', () => client.hasEnded || client.error);
          assert.is(client.received, out('old'));
        }
        assert.is(client.error, undefined);
      }));
  }
}

type Play = (right: ReturnType<typeof channel>[1], speak: () => void) => Promise<void>;

/** Takers that fail, each at another step. */
function FAILURES(): [string, Play][] {
  return [
    [
      'says no',
      async (right, speak) => {
        speak();
        const next = makeServer('never', [], new Gate());
        const error = await thrownBy(() =>
          takeOverServer(next, right, {
            prepare: () => {
              throw new Error('not today');
            },
          }),
        );
        assert.match(error.message, 'not today');
        assert.is(next.listening, false);
      },
    ],
    [
      'dies before it confirms a connection',
      async (right, speak) => {
        const taker = new PlayedTaker(right);
        await taker.greet();
        await taker.confirm(await taker.batch());
        speak();
        // A connection, or the end of all.
        await taker.next();
        taker.close();
      },
    ],
  ];
}

t.run();
