import { abis, encode, parse, walk } from 'ancillary/codec';

for (const { id } of abis()) {
  const { control } = encode(id, [{ fds: [3, 4] }]);
  const { messages, problem } = parse(id, control);
  const { headers, end } = walk(id, control);
  const right = messages.length === 1 && messages[0]?.fds?.join() === '3,4' && !problem;
  if (!right || headers.length !== 1 || end !== 'end')
    throw new Error(`${id}: ${JSON.stringify({ messages, headers })}`);
}
console.log('ok');
