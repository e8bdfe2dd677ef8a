/**
 * The step between the supervisor and a program: this process becomes the program. Nobody else knows its pid before it
 * runs, and LISTEN_PID and WATCHDOG_PID must be that. Its arguments are the number of descriptors from 3 on that are the
 * program's, its file, its name and its arguments; behind those descriptors is one that it waits at for a byte, and says
 * there what is wrong. That one is closed when the program runs.
 */
import '../flags-at-start.js';
import { readSync, writeSync } from 'node:fs';
import { F_SETFD, FD_CLOEXEC } from '../../libc/constants.js';
import { native } from '../../libc/native.js';
import { execute, prepareExecute, restoreStandardFlags } from '../execute.js';
import { exitNow } from '../lifetime.js';
import { NOT_RUN } from '../programs.js';
import { FIRST } from '../room.js';

const [count = '0', file = '', ...argv] = process.argv.slice(2);
const gate = FIRST + Number(count);
const { libc } = native();
libc.fcntl(gate, F_SETFD, FD_CLOEXEC);
// At its end the supervisor is gone, or wants this no more.
if (readSync(gate, Buffer.alloc(1)) === 0) exitNow(NOT_RUN);

const { env } = process;
if (env.LISTEN_FDS !== undefined) env.LISTEN_PID = String(process.pid);
if (env.WATCHDOG_USEC !== undefined) env.WATCHDOG_PID = String(process.pid);
const program = prepareExecute(file, argv);
for (let fd = FIRST; fd < gate; fd++) libc.fcntl(fd, F_SETFD, 0);
restoreStandardFlags();
const { message } = execute(program);
try {
  writeSync(gate, message);
} catch {
  // The exit status alone says it.
}
exitNow(NOT_RUN);
