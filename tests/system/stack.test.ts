/** Where the stack is at its end, calls fail with the RangeError of JavaScript, and what the kernel gave is not lost. */
import * as assert from 'uvu/assert';
import { run, script } from '../support/process.js';
import { suite } from '../support/suite.js';

const t = suite('stack');

/** What is tried on every level of a stack that has overflown, on its way back; `rest` takes what is left. */
const TRIES: Record<string, { attempt: string; rest?: string; begin?: string }> = {
  'receiving descriptors': {
    begin: 'a.sendSync("x", { fds: [file, file] });',
    attempt: 'return b.receiveSync(TWO).fds;',
  },
  'refusing descriptors': {
    begin: 'a.sendSync("x", { fds: [file, file] });',
    attempt: 'return b.receiveSync(ONE).fds;',
  },
  'receiving many': {
    begin: 'a.sendManySync(MESSAGES);',
    attempt: 'return b.receiveManySync(TWO).flatMap(({ fds }) => fds);',
  },
  'refusing many': {
    begin: 'a.sendManySync(MESSAGES);',
    attempt: `
      try {
        return b.receiveManySync(ONE).flatMap(({ fds }) => fds);
      } catch (error) {
        if (!error.received) throw error;
        return error.received.flatMap(({ fds = [] }) => fds);
      }`,
  },
  'sending many': {
    attempt: 'a.sendManySync(MESSAGES); return [];',
    rest: `try { for (;;) for (const { fds } of b.receiveManySync(TWO)) for (const fd of fds) fd.close(); } catch {}`,
  },
  'making a pair': { attempt: 'return socketpair();' },
  'making a pipe': { attempt: 'return Object.values(pipe());' },
  'making a memfd': { attempt: 'return [memfd("x", Buffer.from("content"), { seal: true })];' },
  'making a pseudo-terminal': { attempt: 'const { master, slave } = openPty(); return [master, slave];' },
  'making a counter': { attempt: 'return [eventfd(1)];' },
  'opening a process': { attempt: 'return [pidfd(process.pid)];' },
  'opening the process of a peer': { attempt: 'return [a.openPeerPidfd()];' },
  'receiving a process': {
    begin: 'told.sendSync("x", { fds: [file] });',
    attempt: 'const { fds, pidfd } = asked.receiveSync(TWO); return [...fds, pidfd];',
    rest: 'try { for (;;) { const { fds, pidfd } = asked.receiveSync(TWO); closeAll([...fds, pidfd]); } } catch {}',
  },
  'making a pair of records': { attempt: 'return socketpair({ type: "seqpacket" });' },
  'making a pair of datagrams': { attempt: 'return socketpair({ type: "dgram" });' },
  'binding a datagram socket': { attempt: 'return [UnixDatagram.bindSync({ autobind: true })];' },
  'binding a datagram socket to a file': { attempt: 'return [UnixDatagram.bindSync(folder + "/d")];' },
  'connecting a datagram socket': { attempt: 'return [UnixDatagram.connectSync(asked.address)];' },
  'binding a UDP socket': { attempt: 'return [UdpSocket.bindSync({ address: "127.0.0.1" })];' },
  'connecting a UDP socket': { attempt: 'return [UdpSocket.connectSync({ address: "127.0.0.1", port: 9 })];' },
  listening: { attempt: 'return [UnixListener.listenSync({ autobind: true })];' },
  'listening at a file': { attempt: 'return [UnixListener.listenSync(folder + "/l")];' },
  'listening for records': { attempt: 'return [UnixSeqpacketListener.listenSync({ autobind: true })];' },
  'connecting to records': {
    attempt: 'return [UnixSeqpacket.connectSync(records.address)];',
    rest: 'try { for (;;) records.acceptSync().closeSync(); } catch {}',
  },
  'accepting records': {
    begin: 'UnixSeqpacket.connectSync(records.address).closeSync();',
    attempt: 'return [records.acceptSync()];',
    rest: 'try { for (;;) records.acceptSync().closeSync(); } catch {}',
  },
  adopting: {
    begin: 'const [c, d] = socketpair(); d.closeSync(); ready.push(OwnedFd.adopt(c.release()));',
    attempt: 'for (const owned of ready) if (!owned.closed) return [UnixStream.adopt(owned)]; return [];',
    rest: 'for (const owned of ready.splice(0)) owned[Symbol.dispose]();',
  },
  'reading what the service manager says': {
    begin: 'Object.assign(process.env, { WATCHDOG_USEC: "5", LISTEN_PID: "1", LISTEN_FDS: "1" });',
    attempt: 'watchdogInterval(); return listenFds({ unsetEnvironment: false }).map(({ fd }) => fd);',
  },
  duplicating: { attempt: 'const { read, write } = pipe(); const other = read.dup(); return [read, write, other];' },
  accepting: {
    begin: 'UnixStream.connectSync(listener.path).closeSync();',
    attempt: 'return [listener.acceptSync()];',
    rest: 'try { for (;;) listener.acceptSync().closeSync(); } catch {}',
  },
  connecting: {
    attempt: 'return [UnixStream.connectSync(listener.path)];',
    rest: 'try { for (;;) listener.acceptSync().closeSync(); } catch {}',
  },
};

for (const [name, { attempt, rest = '', begin = '' }] of Object.entries(TRIES)) {
  t.test(`${name} at the end of the stack leaves nothing open`, async () => {
    const { stdout, stderr } = await run(
      script(
        `
        import { mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
        import { tmpdir } from 'node:os';
        import {
          closeAll, eventfd, memfd, openPty, OwnedFd, pidfd, pipe, socketpair, UdpSocket, UnixDatagram, UnixListener,
          UnixSeqpacket, UnixSeqpacketListener, UnixStream,
        } from 'ancillary';
        import { listenFds, watchdogInterval } from 'ancillary/notify';
        const [ONE, TWO] = [{ maxFds: 1 }, { maxFds: 2 }];
        const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        const count = () => readdirSync('/proc/self/fd').length;
        const folder = mkdtempSync(tmpdir() + '/ancillary-test-');
        const listener = UnixListener.listenSync(folder + '/s');
        const records = UnixSeqpacketListener.listenSync({ autobind: true });
        const [a, b] = socketpair();
        const asked = UnixDatagram.bindSync({ autobind: true }, { pidfd: true });
        const told = UnixDatagram.connectSync(asked.address);
        const file = openSync('/dev/null');
        const MESSAGES = [{ data: 'x', fds: [file] }, { data: 'y', fds: [file, file] }, { data: 'z' }];
        const ready = [];
        const attempt = () => { ${attempt} };
        // Everything that is bound at its first call, bound.
        { ${begin} }
        try { for (const each of attempt()) each[Symbol.dispose](); } catch {}
        ${rest}
        await sleep(20);
        const before = count();
        let overflows = 0;
        for (let round = 0; round < 60; round++) {
          for (let i = 0; i < 4; i++) { ${begin} }
          const made = [];
          let tries = 0;
          const fall = () => {
            try { fall(); } catch {}
            if (tries > 40) return;
            tries++;
            try { made.push(attempt()); } catch (error) { if (error instanceof RangeError) overflows++; }
          };
          // The end of the stack comes at another place of the call each time.
          const deepen = (n, ...filler) => (n === 0 ? fall() : deepen(n - 1, ...filler));
          deepen(round, 1, 2, 3);
          for (const each of made.flat()) each[Symbol.dispose]();
          ${rest}
          try { for (;;) for (const fd of b.receiveSync({ maxFds: 2 }).fds) fd.close(); } catch {}
        }
        // Objects that were lost on the way are collected.
        for (let i = 0; i < 200 && count() > before; i++) { gc(); await sleep(10); }
        console.log(count() - before, overflows > 60);
        listener.closeSync();
        records.closeSync();
        rmSync(folder, { recursive: true });
      `,
        '--expose-gc',
        '--no-warnings',
      ),
    );
    assert.equal([stdout.toString(), stderr], ['0 true\n', '']);
  });
}

t.run();
