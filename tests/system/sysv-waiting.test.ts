/** Waiting for a System V queue: nothing blocks the process, nothing is lost, and nobody waits for ever. */
import { spawnSync } from 'node:child_process';
import { MessageQueue } from 'ancillary/sysv';
import * as assert from 'uvu/assert';
import { run, script, sleep } from '../support/process.js';
import { checkQueues, noQueues, withQueue } from '../support/queues.js';
import { random, seed } from '../support/random.js';
import { suite, thrownBy } from '../support/suite.js';
import { threads } from '../support/threads.js';

const t = suite('sysv waiting');
checkQueues(t);
const test = (name: string, fn: (queue: MessageQueue) => unknown) =>
  noQueues ? t.skip(name, noQueues) : t.test(name, () => withQueue(fn));

/** Runs a module that has a private queue `queue`, which it removes at its exit; it must end well. */
async function outputOf(text: string): Promise<string> {
  const { code, stdout, stderr } = await run(
    script(
      `
      import { mock } from 'node:test';
      import { MessageQueue } from 'ancillary/sysv';
      const queue = MessageQueue.private({ removeOnDispose: true });
      process.on('exit', () => queue[Symbol.dispose]());
      ${text}
      `,
      '--no-warnings',
    ),
  );
  assert.is(code, 0, stderr);
  return stdout.toString().trim();
}

test('a receive gets the message that comes later, and what the process does goes on meanwhile', async (queue) => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const message = queue.receive({ type: 7 });
  queue.sendSync(1, 'other');
  while (ticks < 5) await sleep(1);
  queue.sendSync(7, 'mine');
  assert.equal(await message, { type: 7, data: Buffer.from('mine') });
  clearInterval(timer);
});

test('closing tells everybody who waits, however many, within the turn', async (queue) => {
  queue.set({ qbytes: 1 });
  queue.sendSync(1, 'x');
  const codes: string[] = [];
  const waits = [
    ...Array.from({ length: 100 }, () => queue.receive({ type: 2 })),
    ...Array.from({ length: 100 }, (_, i) => queue.receive({ type: 3 + i })),
    ...Array.from({ length: 100 }, () => queue.send(2, 'y')),
  ];
  for (const wait of waits) wait.catch(({ code }) => codes.push(code));
  queue.close();
  for (let i = 0; i < 5; i++) await null;
  assert.equal(codes, Array(300).fill('ERR_CLOSED'));
});

test('a send that waits for room is sent when there is, in its order, with the bytes that it was given', async (queue) => {
  queue.set({ qbytes: 4 });
  queue.sendSync(1, 'full');
  const data = Buffer.from('abcd');
  const next = Buffer.from('e');
  const sends = [queue.send(2, data), queue.send(3, next), queue.send(4, 'f')];
  for (const given of [data, next]) given.fill('x');
  assert.is((await thrownBy(() => queue.sendSync(5, 'g'))).code, 'ERR_BUSY');
  assert.is((await thrownBy(() => queue.send(5, 'g', { wait: false }))).code, 'ERR_BUSY');
  const got: string[] = [];
  for (let i = 0; i < 4; i++) got.push((await queue.receive()).data.toString());
  assert.equal(got, ['full', 'abcd', 'e', 'f']);
  await Promise.all(sends);
});

test('whoever waits for the same is served in order, and whoever waits for other types is not held up', async (queue) => {
  const order: string[] = [];
  const waits = [
    queue.receive({ type: 1 }).then(({ data }) => order.push(`a${data}`)),
    queue.receive({ type: 1 }).then(({ data }) => order.push(`b${data}`)),
    queue.receive({ type: 2 }).then(({ data }) => order.push(`c${data}`)),
  ];
  queue.sendSync(2, '1');
  await waits[2];
  queue.sendSync(1, '2');
  queue.sendSync(1, '3');
  await Promise.all(waits);
  assert.equal(order, ['c1', 'a2', 'b3']);
});

test('who waits for a type holds up neither who wants any other, nor who does not wait', async (queue) => {
  const own = queue.receive({ type: 1 });
  const other = queue.receive({ type: 1, except: true, timeout: 20_000 });
  assert.is((await thrownBy(() => queue.receive({ type: 1, wait: false }))).code, 'ENOMSG');
  queue.sendSync(2, '');
  assert.is((await other).type, 2);
  queue.sendSync(1, '');
  assert.is((await own).type, 1);
});

test('a timeout and an abort end a wait, with nothing taken', async (queue) => {
  assert.is((await thrownBy(() => queue.receive({ timeout: 20 }))).code, 'ETIMEDOUT');
  assert.is((await thrownBy(() => queue.receive({ timeout: 0 }))).code, 'ETIMEDOUT');
  const controller = new AbortController();
  const wait = queue.receive({ signal: controller.signal });
  controller.abort('why');
  const error = await thrownBy(() => wait);
  assert.equal([error.code, error.name, error.cause], ['ABORT_ERR', 'AbortError', 'why']);
  queue.sendSync(1, 'x');
  assert.is((await thrownBy(() => queue.receive({ signal: controller.signal }))).code, 'ABORT_ERR');
  assert.is(queue.stat().qnum, 1);
});

test('a send that is ended while it waits has sent nothing, and those behind it go on', async (queue) => {
  queue.set({ qbytes: 1 });
  queue.sendSync(1, 'x');
  const late = queue.send(2, 'y', { timeout: 20 });
  const next = queue.send(3, 'z');
  assert.is((await thrownBy(() => late)).code, 'ETIMEDOUT');
  assert.is(queue.receiveSync().type, 1);
  await next;
  assert.is(queue.receiveSync().type, 3);
  assert.is(queue.stat().qnum, 0);
});

test('an abort at the moment that a message comes loses none: it is received, or still there', async (queue) => {
  const { below, pick } = random(seed());
  let received = 0;
  const rounds = 400;
  for (let i = 0; i < rounds; i++) {
    const controller = new AbortController();
    const options = pick([
      { signal: controller.signal },
      { timeout: below(3) },
      { signal: controller.signal, timeout: below(3) },
    ]);
    const wait = queue.receive({ type: i + 1, ...options }).then(
      ({ data }) => {
        assert.is(data.toString(), String(i));
        return 1;
      },
      ({ code }) => {
        assert.ok(['ABORT_ERR', 'ETIMEDOUT'].includes(code), code);
        return 0;
      },
    );
    const acts = [() => queue.sendSync(i + 1, String(i)), () => controller.abort()];
    if (below(2) === 0) acts.reverse();
    for (const act of acts) {
      if (below(3) === 0) await sleep(below(3));
      if (below(3) === 0) await null;
      act();
    }
    const got = await wait;
    received += got;
    assert.is(queue.stat().qnum, 1 - got, `round ${i}`);
    if (got === 0) assert.is(queue.receiveSync().data.toString(), String(i));
  }
  assert.ok(received > 0 && received < rounds, `${received} of ${rounds} were received: one side was never tried`);
});

test('a send that never fits is refused behind one that waits, or when the limit sinks, and others go on', async (queue) => {
  queue.set({ qbytes: 4 });
  queue.sendSync(1, 'full');
  const first = queue.send(2, 'abcd', { timeout: 20_000 });
  const never = thrownBy(() => queue.send(3, 'abcde', { timeout: 20_000 }));
  const least = queue.send(4, 'x');
  for (const use of [() => queue.send(3, 'abcde', { wait: false }), () => queue.sendSync(3, 'abcde')]) {
    assert.is((await thrownBy(use)).code, 'ERR_TOO_LARGE');
  }
  assert.is((await never).code, 'ERR_TOO_LARGE');
  // By somebody else, of whom nothing is heard here.
  MessageQueue.ofId(queue.id).set({ qbytes: 3 });
  const sunk = await thrownBy(() => first);
  assert.is(sunk.code, 'ERR_TOO_LARGE');
  assert.match(sunk.message, /holds 3 at most/);
  assert.is((await queue.receive()).data.toString(), 'full');
  await least;
  assert.is((await queue.receive()).type, 4);
});

for (const [name, others, idle] of [
  ['loops for any type', 2, 0],
  ['one loop for any type', 1, 0],
  ['one loop for any type, behind many that wait for others', 1, 20],
] as const) {
  test(`whoever waits for one type has his turn beside ${name}`, async (queue) => {
    let isOver = false;
    for (let i = 0; i < idle; i++) queue.receive({ type: 100 + i }).catch(() => {});
    const loops = Array.from({ length: others }, async () => {
      for (let i = 0; i < 2000 && !isOver; i++) {
        queue.sendSync(1, 'x');
        await queue.receive({ timeout: 20_000 });
      }
    });
    const got = queue.receive({ type: 1, timeout: 20_000 }).then(() => {
      isOver = true;
      // A loop lacks the message that was taken.
      queue.sendSync(1, 'x');
    });
    await Promise.all(loops);
    assert.ok(isOver, 'the loops came to their end before it');
    await got;
  });
}

test('whoever waits for one type has his turn before others that wait are served again', async (queue) => {
  const order: string[] = [];
  let isOver = false;
  const loops = ['a', 'b'].map(async (name) => {
    while (!isOver) {
      await queue.receive();
      order.push(name);
    }
  });
  const own = queue.receive({ type: 1 }).then(() => order.push('own'));
  for (let i = 0; i < 8; i++) {
    const { length } = order;
    MessageQueue.ofId(queue.id).sendSync(1, 'x');
    while (order.length === length) await sleep(1);
  }
  isOver = true;
  queue.sendSync(1, 'x');
  queue.sendSync(1, 'x');
  await Promise.all([...loops, own]);
  assert.is(order.indexOf('own'), 1);
});

test('thousands that wait for a type each begin to at once, and are served', async (queue) => {
  const COUNT = 4000;
  const start = performance.now();
  const waits = Array.from({ length: COUNT }, (_, i) => queue.receive({ type: i + 1 }));
  const first = performance.now() - start;
  const one = performance.now();
  for (let i = 0; i < COUNT; i++) await thrownBy(() => MessageQueue.ofId(queue.id).receiveSync({ type: i + 1 }));
  const spent = performance.now() - one;
  // As many attempts as there are types, and a few more; each with every other was a hundred times as long.
  assert.ok(first < 10 * spent + 100, `${first} ms; ${COUNT} attempts take ${spent} ms`);
  for (let i = 0; i < COUNT; i++) await queue.send(i + 1, String(i));
  const texts = (await Promise.all(waits)).map(({ data }) => Number(data.toString()));
  assert.equal(
    texts,
    Array.from({ length: COUNT }, (_, i) => i),
  );
});

test('who waits when the queue is removed, here or elsewhere, is told', async (queue) => {
  const wait = queue.receive();
  const error = thrownBy(() => wait);
  spawnSync('ipcrm', ['-q', String(queue.id)]);
  assert.is((await error).code, 'EIDRM');
  const other = MessageQueue.private();
  const waits = [other.receive(), other.receive({ type: 5 })].map((each) => thrownBy(() => each));
  other.remove();
  assert.equal(
    (await Promise.all(waits)).map(({ code }) => code),
    ['EIDRM', 'EIDRM'],
  );
});

test('who waits when it is closed is told, and the queue stays as it is', async (queue) => {
  queue.sendSync(2, 'x');
  const waits = [thrownBy(() => queue.receive({ type: 1 })), thrownBy(() => queue.receive({ type: 3 }))];
  await null;
  queue.close();
  assert.equal(
    (await Promise.all(waits)).map(({ code }) => code),
    ['ERR_CLOSED', 'ERR_CLOSED'],
  );
  assert.is(MessageQueue.ofId(queue.id).receiveSync().data.toString(), 'x');
});

test('into that loses its memory while it waits takes no message', async (queue) => {
  const into = new Uint8Array(8);
  const wait = queue.receive({ into });
  structuredClone(into.buffer, { transfer: [into.buffer] });
  queue.sendSync(1, '');
  assert.is((await thrownBy(() => wait)).code, 'ERR_DATA_GONE');
  assert.is(queue.stat().qnum, 1);
});

test('data that lose their memory at the moment that they are sent are not sent', async (queue) => {
  const data = new Uint8Array(8);
  const signal = {
    aborted: false,
    addEventListener() {},
    removeEventListener() {
      structuredClone(data.buffer, { transfer: [data.buffer] });
    },
  } as never;
  const wait = queue.receive({ signal });
  MessageQueue.ofId(queue.id).sendSync(1, 'x');
  assert.is((await thrownBy(() => queue.send(2, data))).code, 'ERR_DATA_GONE');
  assert.is((await wait).type, 1);
  assert.is(queue.stat().qnum, 0);
});

test('of many that can be served a turn has some, and others next; who comes meanwhile is last', async (queue) => {
  const texts: string[] = [];
  const wait = () => queue.receive().then(({ data }) => texts.push(data.toString()));
  const waits = Array.from({ length: 100 }, wait);
  const other = MessageQueue.ofId(queue.id);
  for (let i = 0; i <= 100; i++) other.sendSync(1, String(i));
  waits.push(wait());
  await waits[0];
  for (let i = 0; i < 100; i++) await null;
  assert.ok(texts.length > 1 && texts.length < 100, `${texts.length} in one turn`);
  await Promise.all(waits);
  assert.is(texts.join(), Array.from({ length: 101 }, (_, i) => i).join());
});

test('a wait that fails takes nothing later, whatever a signal of somebody else does', async (queue) => {
  let next: Promise<string> | undefined;
  const signal = {
    aborted: false,
    addEventListener() {},
    removeEventListener() {
      queue.receiveSync();
      queue.sendSync(1, 'b');
      next = queue.receive({ timeout: 20_000 }).then(({ data }) => data.toString());
    },
  } as never;
  const first = thrownBy(() => queue.receive({ signal, maxSize: 1 }));
  queue.sendSync(1, 'long');
  assert.is((await first).code, 'E2BIG');
  assert.is(await next, 'b');
});

test('who waits here when the queue is set or removed here has his answer at once', async (queue) => {
  const said: unknown[] = [];
  queue.set({ qbytes: 1 });
  queue.sendSync(1, 'x');
  queue.send(2, 'y').then(() => said.push('sent'));
  queue.receive({ type: 3 }).catch(({ code }) => said.push(code));
  queue.set({ qbytes: 2 });
  await null;
  assert.equal(said, ['sent']);
  queue.remove();
  for (let i = 0; i < 3; i++) await null;
  assert.equal(said, ['sent', 'EIDRM']);
});

for (const early of [4, 1]) {
  test(`a signal that receives while it is taken back costs nobody a message, of ${early} that are there`, async (queue) => {
    const got: Promise<string>[] = [];
    const textOf = ({ data }: { data: Buffer }) => data.toString();
    const signal = {
      aborted: false,
      addEventListener() {},
      removeEventListener() {
        for (let i = 0; i < 2; i++) got.push(queue.receive().then(textOf));
        throw new Error('mine');
      },
    } as never;
    const first = queue.receive({ signal }).then(textOf);
    const second = queue.receive().then(textOf);
    const texts = ['1', '2', '3', '4'];
    for (const text of texts.splice(0, early)) queue.sendSync(1, text);
    assert.is(await first, '1');
    for (const text of texts) queue.sendSync(1, text);
    assert.is(await second, '2');
    assert.equal(await Promise.all(got), ['3', '4']);
    assert.is(queue.stat().qnum, 0);
  });
}

for (const [what, step] of [
  [
    'receives that find messages',
    (queue: MessageQueue) => {
      queue.sendSync(1, 'x');
      return queue.receive();
    },
  ],
  ['receives that find none', (queue: MessageQueue) => thrownBy(() => queue.receive({ wait: false }))],
  ['sends', (queue: MessageQueue) => queue.send(1, 'x').then(() => queue.receiveSync())],
  ['arguments that are refused', (queue: MessageQueue) => thrownBy(() => queue.send(0, 'x'))],
] as const) {
  test(`a loop of ${what} lets timers have their turn`, async (queue) => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const end = performance.now() + 20_000;
    while (ticks < 5 && performance.now() < end) await step(queue);
    clearInterval(timer);
    assert.ok(ticks >= 5);
  });
}

test('a thousand that wait are all served', async (queue) => {
  const waits = Array.from({ length: 1000 }, () => queue.receive().then(({ data }) => Number(data.toString())));
  for (let i = 0; i < 1000; i++) await queue.send(1, String(i));
  assert.equal(
    await Promise.all(waits),
    Array.from({ length: 1000 }, (_, i) => i),
  );
});

if (!noQueues) {
  t.test('fake timers do not reach what waits, nor its timeout', async () => {
    const out = await outputOf(`
      mock.timers.enable({ apis: ['setImmediate', 'setTimeout', 'setInterval', 'Date'] });
      const late = await queue.receive({ timeout: 30 }).catch(({ code }) => code);
      const wait = queue.receive();
      queue.sendSync(1, 'x');
      console.log(late, (await wait).data.toString());
    `);
    assert.is(out, 'ETIMEDOUT x');
  });

  t.test(
    'who waits asks in each turn, and soon after pauses: a quarter of the time that nothing came, 1 to 20 ms',
    async () => {
      const { code, stdout, stderr } = await run(
        script(`
        import { createRequire } from 'node:module';
        const require = createRequire(process.cwd() + '/x.js');
        const timers = require('node:timers');
        const { setImmediate, clearImmediate } = timers;
        let time = 5000;
        let turns = 0;
        let pauses = [];
        process.hrtime = () => [Math.floor(time / 1000), (time % 1000) * 1e6];
        const later = (ms, call) => setImmediate(() => {
          time = Math.round((time + ms) * 8) / 8;
          call();
        });
        timers.setImmediate = (call) => later(0.125, () => {
          turns++;
          call();
        });
        timers.setTimeout = (call, ms) => {
          pauses.push(ms);
          return later(ms, call);
        };
        timers.clearTimeout = clearImmediate;
        const { MessageQueue } = require('ancillary/sysv');
        const queue = MessageQueue.private();
        const other = MessageQueue.ofId(queue.id);
        try {
          const waits = [queue.receive(), queue.receive()];
          for (const wait of waits) {
            turns = 0;
            pauses = [];
            while (pauses.length < 25) await new Promise(setImmediate);
            // Who comes meanwhile is no message.
            queue.receive({ type: 9 }).catch(() => {});
            while (pauses.length < 27) await new Promise(setImmediate);
            console.log(JSON.stringify([turns, pauses.slice(0, 6), Math.max(...pauses), pauses[26]]));
            other.sendSync(1, '');
            await wait;
          }
        } finally {
          queue.remove();
        }
      `),
      );
      const said = JSON.stringify([4, [1, 1, 1, 1, 1.125, 1.40625], 20, 20]);
      assert.equal([code, stdout.toString(), stderr], [0, `${said}\n${said}\n`, '']);
    },
  );

  for (const [name, end] of [
    ['its end', 'controller.abort();'],
    ['a message', "other.sendSync(1, '');"],
    ['an error', "other.sendSync(1, '12');"],
    ['the removal of the queue', 'queue.remove();'],
    ['a closing', 'queue.close();'],
    [
      'two that began apart',
      `await new Promise((resolve) => setTimeout(resolve, 30));
        queue.receive({ type: 3 }).catch(() => {});
        queue.remove();`,
    ],
    [
      'a message that was found when another began to wait',
      `queue.receive({ type: 2 }).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 30));
        other.sendSync(1, '');
        queue.receive({ type: 3 }).catch(() => {});
        await new Promise(setImmediate);
        queue.remove();`,
    ],
    ['a wait that is over, and a setting', "other.sendSync(1, ''); await wait; queue.set({ mode: 0o600 });"],
  ]) {
    t.test(`no timer is left when nobody waits any more, after ${name}`, async () => {
      const out = await outputOf(`
        const hasTimer = () => process.getActiveResourcesInfo().includes('Timeout');
        const controller = new AbortController();
        const other = MessageQueue.ofId(queue.id);
        const wait = queue.receive({ signal: controller.signal, timeout: 1e6, maxSize: 1 }).catch(() => {});
        while (!hasTimer()) await new Promise(setImmediate);
        ${end}
        await wait;
        console.log(hasTimer());
      `);
      assert.is(out, 'false');
    });
  }

  t.test('a process exits at once while it waits, and ends by itself when nobody waits any more', async () => {
    const exits = await outputOf(`
      queue.receive(); queue.receive({ type: 5, timeout: 1e6 });
      setTimeout(() => {
        const start = performance.now();
        process.on('exit', () => console.log(performance.now() - start < 100 ? 'soon' : 'late'));
        process.exit();
      }, 50);
    `);
    assert.is(exits, 'soon');
    const ends = await outputOf(`
      const controller = new AbortController();
      queue.receive({ signal: controller.signal }).catch(({ code }) => console.log(code));
      queue.receive({ timeout: 30 }).catch(({ code }) => console.log(code));
      setTimeout(() => controller.abort(), 20);
    `);
    assert.equal(ends.split('\n').sort(), ['ABORT_ERR', 'ETIMEDOUT']);
  });

  t.test('a queue is used in a worker, and a worker that waits can be terminated', async () => {
    const out = await threads(
      `
      const { MessageQueue } = createRequire(process.cwd() + '/x.js')('ancillary/sysv');
      const queue = MessageQueue.ofId(workerData);
      parentPort.postMessage((await queue.receive()).data.toString());
      queue.receive();
      parentPort.postMessage('waits');
      `,
      `
      const { MessageQueue } = createRequire(process.cwd() + '/x.js')('ancillary/sysv');
      const queue = MessageQueue.private({ removeOnDispose: true });
      try {
        const worker = new Worker(url, { workerData: queue.id });
        queue.sendSync(3, 'hello');
        console.log(await once(worker, 'message'), await once(worker, 'message'));
        await worker.terminate();
        queue.sendSync(1, 'kept');
        console.log(queue.receiveSync().data.toString());
      } finally {
        queue[Symbol.dispose]();
      }
      `.replace('', "import { createRequire } from 'node:module';"),
    );
    assert.is(out, 'hello waits\nkept');
  });
}

t.run();
