import { closeSync, openSync, readFileSync } from 'node:fs';
import { socketpair } from 'ancillary';

const [left, right] = socketpair();
const file = openSync('package.json', 'r');
await left.send('x', { fds: [file] });
closeSync(file);

const { fds } = await right.receive({ maxFds: 1 });
const text = readFileSync(Number(fds[0]?.number), 'utf8');
fds[0]?.close();
await left.close();
await right.close();

console.log(text === readFileSync('package.json', 'utf8') ? 'ok' : `read '${text}'`);
