const { closeSync, openSync, readFileSync } = require('node:fs');
const { socketpair } = require('ancillary');

const [left, right] = socketpair();
const file = openSync('package.json', 'r');
left.sendSync('x', { fds: [file] });
closeSync(file);

const { fds } = right.receiveSync({ maxFds: 1 });
const text = readFileSync(Number(fds[0]?.number), 'utf8');
fds[0]?.close();
left.closeSync();
right.closeSync();

console.log(text === readFileSync('package.json', 'utf8') ? 'ok' : `read '${text}'`);
