import { closeSync, constants as fileConstants, openSync } from 'node:fs';
import { constants } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { AncillaryError } from '../../errors/error.js';
import { Guard } from '../../runtime/guard.js';
import { duration } from '../duration.js';
import { Teller } from '../handoff/events.js';
import { FdStore } from '../handoff/fd-store.js';
import { type ListenPlace, listenPlace } from '../handoff/listen-address.js';
import { closeListeners, type Held, inheritedListeners, openListeners } from '../handoff/listeners.js';
import { OuterManager } from '../handoff/outer-manager.js';
import { readyUrl } from '../handoff/ready-url.js';
import type { Run } from '../handoff/run.js';
import { Supervisor } from '../handoff/supervisor.js';
import { PathWatch } from '../handoff/watch-paths.js';
import { Wishes } from '../handoff/wishes.js';
import { atEnd, exitNow, takeSignals } from '../lifetime.js';
import { fileMode } from '../numbers.js';
import { complain } from '../output.js';
import { fail } from '../place.js';
import { programOf } from '../programs.js';

interface HandoffOptions {
  listen?: ListenPlace[];
  mode?: number;
  watch?: string[];
  readyUrl?: URL;
  readyAfter?: number;
  readyTimeout: number;
  stopSignal: NodeJS.Signals;
  drain: number;
  overlap: boolean;
  restart: boolean;
  watchdog?: number;
  json?: true;
  quiet?: true;
}

const WRONG_USAGE = 2;
/** Of --ready-timeout and --drain, in milliseconds. */
const DEFAULT_MS = 30_000;

/** Adds `ancillary handoff`. */
export function addHandoffCommand(program: Command): void {
  program
    .command('handoff')
    .summary('run a server, and restart it without losing a connection')
    .usage('[options] -- COMMAND [ARGS...]')
    .description('Holds listening sockets, runs a program with them, and puts the next run of it in its place.')
    .argument('[command...]', 'the program and its arguments; options behind it are its own')
    .passThroughOptions()
    .option('-l, --listen <address>', 'a socket for the program, as [NAME=]ADDRESS; may be repeated', listenPlace)
    .option('--mode <octal>', 'permissions of the socket files of --listen, such as 660', fileMode)
    .option('-w, --watch <path>', 'restart when this file changes, or one in this folder; may be repeated', collect)
    .option('--ready-url <url>', 'the program is ready when it answers this', readyUrl)
    .option('--ready-after <ms>', 'the program is ready when it has run for so long', milliseconds)
    .option('--ready-timeout <time>', 'it will not be ready any more after that', duration, DEFAULT_MS)
    .option('--stop-signal <name>', 'asks the program to end', signalName, 'SIGTERM')
    .option('--drain <time>', 'how long it may take to end before SIGKILL', duration, DEFAULT_MS)
    .option('--no-overlap', 'end the old run before the new one starts')
    .option('--one', 'the same')
    .option('--no-restart', 'end with the program, however it ends')
    .option('--watchdog <time>', 'kill and restart it when it does not say WATCHDOG=1 within that time', duration)
    .option('--json', 'one line of JSON for each event')
    .option('-q, --quiet', 'tell only what goes wrong')
    .addHelpText('after', HELP)
    .action(handoff);
}

const HELP = `
ADDRESS is a port (8080: all addresses of the machine), 127.0.0.1:8080, [::1]:8080, the path of a socket file with a /
in it, or @NAME, an abstract name; port 0 is one of the kernel's choice. NAME= in front is what LISTEN_FDNAMES calls
it. The sockets are descriptors 3, 4, ... of the program, as sd_listen_fds(3) has it: LISTEN_FDS, LISTEN_PID and
LISTEN_FDNAMES say so. They are blocking until a run changes that, which all see, and stay open over all restarts: who
connects meanwhile waits, and is not refused. Sockets that a service manager passed to this command come first. The
program has standard input, output and error as they are, and a session of its own.

SIGHUP restarts the program, and so does a change of what is watched, once it is quiet for 100 ms (node_modules and
names that begin with a dot are left out). The new run is started beside the old one; once it is ready, the old one
gets the stop signal, finishes what it has begun, and ends: what it does then is its own, a server must stop accepting
and close its idle connections. (close() of a server of node:http also ends connections whose first request is still
on its way: net.Server.prototype.close.call(server) does not, and handOffServer loses none.) What is left of its
process group after --drain is killed. If the new run ends, cannot be run or is not ready in time, it is killed, and
the old one goes on. A restart that is asked for meanwhile begins anew.

Ready is a run that says READY=1 at NOTIFY_SOCKET (sd_notify(3); ancillary/notify does it), or what --ready-url or
--ready-after tells, whichever is first. Old and new run take connections of the same queue, so that one is accepted
proves nothing. --ready-url therefore looks in /proc who has accepted its connection, sends the request only if that
is a process of the new run, and is content with a status below 400. It works with http: on this machine, and where
this user may look into /proc/PID/fd of the program; elsewhere the run never becomes ready. --ready-after proves only
that the program has not ended.

What comes at NOTIFY_SOCKET, an abstract name, counts if the kernel says that a process of the run sent it. FDSTORE=1
keeps its descriptors (FDNAME, FDSTOREREMOVE, FDPOLL) for all later runs, which get them behind the sockets; with
--no-overlap that hands state over with no second process alive. STATUS, RELOADING, STOPPING, MAINPID, WATCHDOG and
BARRIER are understood. A service manager above this command (its NOTIFY_SOCKET) hears READY=1 once, and STATUS; the
program does not reach it.

A program that ends with status 0 is done. One that ends otherwise is started again after 100 ms, and after twice the
time for each further end, 30 s at most. SIGTERM, SIGINT and SIGQUIT are passed on, and end the command when the
program has ended; a second one kills it. So does SIGHUP when the terminal is gone. When this command itself is
killed, with SIGKILL or by a crash, another process kills the groups of its programs, so that none keeps a port; the
socket files stay, and the next who listens there replaces them.

Events are told on standard error. JSON: time, event (listening, started, ready, restart, draining, drained,
rolled-back, not-ready, ended, waiting, killed, status, reloading, stopping, main, stored, removed, ignored, signal),
pid, ms, ...

Examples:
  ancillary handoff --listen 8080 -- node server.js                  # then: kill -HUP the command
  ancillary handoff --listen web=8080 --listen admin=/run/app.sock --watch src -- node server.js
  ancillary handoff --listen 127.0.0.1:8080 --ready-url http://127.0.0.1:8080/health -- python3 server.py
  ancillary handoff --listen 8080 --ready-after 500 --drain 2m --stop-signal SIGQUIT -- ./server
  ancillary handoff --no-overlap --listen @app -- ./keeps-state-in-FDSTORE

Exit status: 0 when the program ended so, 1 when it did not become ready and is not started again, 2 for wrong usage
and sockets that cannot be had, 126 when the command cannot be run, 127 when it is not found; in all other cases that
of the program, 128 and the number of the signal that ended it.`;

async function handoff(command: string[], options: HandoffOptions & { one?: true }, self: Command): Promise<void> {
  if (command.length === 0) fail(self, 'there is nothing to run: give a command, -- COMMAND');
  const file = programOf(command[0] as string);
  if (file === undefined) return;
  const wishes = new Wishes();
  const teller = new Teller(options);
  let held: Held[] = [];
  let watched: PathWatch | undefined;
  // Also when a signal comes before anything runs.
  const close = atEnd(() => closeListeners(held));
  try {
    watched = new PathWatch(options.watch ?? [], (path) => wishes.wishRestart(`${path} changed`));
    held = inheritedListeners();
    held = [...held, ...openListeners(options.listen ?? [], options.mode)];
    process.exitCode = await keep({ file, argv: command }, held, options, teller, wishes);
  } catch (error) {
    if (!(error instanceof AncillaryError)) throw error;
    complain(error.message);
    process.exitCode = WRONG_USAGE;
  } finally {
    watched?.close();
    close();
    await teller.flush();
    // An exit in order puts the terminal's settings back, and Node aborts where there is no terminal any more.
    if (wishes.stop === 'SIGHUP') exitNow(Number(process.exitCode));
  }
}

async function keep(
  program: { file: string; argv: string[] },
  held: readonly Held[],
  options: HandoffOptions & { one?: true },
  teller: Teller,
  wishes: Wishes,
): Promise<number> {
  const { readyUrl: url, readyAfter: after, readyTimeout: timeout, watchdog, stopSignal, drain } = options;
  for (const { name, label } of held) teller.tell('listening', { name, address: label });
  const guard = new Guard();
  const outer = new OuterManager();
  const store = new FdStore();
  const runs = new Set<Run>();
  const around = {
    ...{ program, teller, store, watchdog, stopSignal, drain },
    guard: (run: Run, isThere: boolean) => {
      if (isThere) runs.add(run);
      else runs.delete(run);
      guard.watch(Array.from(runs, ({ pid }) => pid));
    },
  };
  const isAlone = !options.overlap || options.one === true;
  const onReady = ({ pid }: Run) => void outer.tell({ READY: 1, STATUS: `pid ${pid} serves` });
  const supervisor = new Supervisor(
    around,
    { listeners: held, ready: { url, after, timeout }, isAlone, isRestarted: options.restart, onReady },
    wishes,
  );
  const hasTerminal = isTerminalThere();
  takeSignals((signal) => {
    const isHungUp = signal === 'SIGHUP' && hasTerminal && !isTerminalThere();
    if (signal === 'SIGHUP' && !isHungUp) wishes.wishRestart(signal);
    else if (wishes.stop) supervisor.killAll();
    else {
      void outer.tell({ STOPPING: 1 });
      wishes.wishStop(signal);
    }
  });
  try {
    guard.prepare();
    return await supervisor.supervise();
  } finally {
    store.close();
    outer.close();
    await guard.close();
  }
}

/** Whether this process has a terminal. SIGHUP comes when it goes, and then means the end. */
function isTerminalThere(): boolean {
  try {
    closeSync(openSync('/dev/tty', fileConstants.O_RDWR | fileConstants.O_NOCTTY | fileConstants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

/** A bare number is milliseconds. */
function milliseconds(text: string): number {
  return duration(/^\d+$/.test(text) ? `${text}ms` : text);
}

function signalName(text: string): NodeJS.Signals {
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  if (Object.hasOwn(constants.signals, name)) return name as NodeJS.Signals;
  throw new InvalidArgumentError('It must be the name of a signal, such as SIGTERM or QUIT.');
}
