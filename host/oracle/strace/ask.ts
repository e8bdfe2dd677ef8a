import { join } from 'node:path';
import { type ControlMessage, encodeControl } from '../../model/encode.js';
import { hexOfBytes } from '../../model/hex.js';
import { payloadsOf } from '../../model/payload-rows.js';
import { findAbi } from '../../model/rows.js';
import type { CodecInstance } from '../../wasm/instance.js';
import { type Asking, Difference, type Oracle, Unavailable, type Verdict, verdictOf } from '../answer.js';
import { same } from '../compare.js';
import { machineAbis } from '../machine.js';
import { inFolder, readMade, runProgram } from '../program.js';
import { MEANINGS, type Meaning } from './meanings.js';
import { type Decoded, readCall } from './read.js';

const LIMIT_MS = 20_000;

/** strace, an independent reader of control messages: it watches a process that sends what the rows encode. */
export const straceOracle: Oracle = {
  name: 'strace',
  summary: 'strace, where it is installed, decodes what the rows encode and must say what was meant',
  scope: 'strace decodes messages of programs of this machine only',
  async ask(asking, tell) {
    const abis = machineAbis(asking);
    if (abis.length === 0) return;
    asking.progress('strace');
    const plans = abis.map(({ id }) => planOf(asking.codec, id));
    const controls = plans.flatMap(({ sends }) => sends.map(({ control }) => control));
    const lines = await watch(asking, controls).catch((error: unknown) => {
      if (error instanceof Unavailable) return error;
      throw error;
    });
    let first = 0;
    abis.forEach((abi, i) => {
      const { sends, unknown } = plans[i] as Plan;
      tell(
        abi,
        lines instanceof Unavailable
          ? { state: 'not run', reason: lines.message }
          : verdictOn(sends, lines.slice(first, first + sends.length), unknown),
      );
      first += sends.length;
    });
  },
};

export interface Send {
  control: string;
  meanings: readonly Meaning[];
}

interface Plan {
  sends: readonly Send[];
  /** What the rows have no payload for. */
  unknown: readonly string[];
}

/** Each message by itself, and at last all in one buffer. */
function planOf(codec: CodecInstance, abi: string): Plan {
  const { byKey } = payloadsOf(codec, findAbi(codec, abi));
  const isKnown = ({ message }: Meaning) => Object.keys(message).every((key) => byKey.has(key));
  const known = MEANINGS.filter(isKnown);
  const encode = (meanings: readonly Meaning[]): Send => ({
    control: hexOfBytes(
      encodeControl(
        codec,
        abi,
        meanings.map(({ message }) => message as ControlMessage),
      ).control,
    ),
    meanings,
  });
  return {
    sends: [...known.map((meaning) => encode([meaning])), encode(known)],
    unknown: MEANINGS.filter((meaning) => !isKnown(meaning)).map(({ types }) => types[0] as string),
  };
}

type Call = ReturnType<typeof readCall>;

/** What strace says of each buffer, in order. */
async function watch({ sender, atEnd }: Asking, controls: readonly string[]): Promise<Call[]> {
  return inFolder(atEnd, async (folder) => {
    const output = join(folder, 'output');
    const options = ['-o', output, '-e', 'trace=sendmsg', '-e', 'signal=none', '-v', '-s', '65536'];
    const { code, said, late } = await runProgram(['strace', ...options, ...sender, ...controls], {
      limitMs: LIMIT_MS,
      atEnd,
    });
    if (late) throw new Unavailable(`strace was ended: it had not decoded all within ${LIMIT_MS / 1000} s`);
    if (code !== 0) throw new Unavailable(said.split('\n').find(Boolean) ?? `strace ended with ${code}`);
    const calls: Call[] = new Array(controls.length);
    const text = new TextDecoder().decode(readMade(output, 'the output of strace'));
    for (const line of text.split('\n')) {
      const call = readCall(line);
      if (call) calls[call.number] = call;
    }
    return calls;
  });
}

/** What strace's words for each send come to, against what was meant. */
export function verdictOn(sends: readonly Send[], calls: readonly Call[], unknown: readonly string[]): Verdict {
  const undecoded = new Set<string>();
  const verdict = verdictOf((count) => {
    sends.forEach(({ control, meanings }, i) => {
      const call = calls[i];
      const names = meanings.map(({ types }) => types[0]).join(', ');
      if (!call?.messages) throw new Difference(`${names}: strace does not decode ${control}`);
      same(`msg_controllen of ${names}`, control.length / 2, call.length, count);
      same(`the number of messages in ${control}`, meanings.length, call.messages.length, count);
      for (const [j, meaning] of meanings.entries()) compare(meaning, call.messages[j] as Decoded, undecoded, count);
    });
  });
  if (verdict.state !== 'agrees') return verdict;
  const notes = [
    ...(undecoded.size > 0 ? [`this strace does not decode ${[...undecoded].join(', ')}`] : []),
    ...(unknown.length > 0 ? [`no row has a payload for ${unknown.join(', ')}`] : []),
  ];
  return { ...verdict, notes };
}

function compare({ level, types, data }: Meaning, said: Decoded, undecoded: Set<string>, count: () => void): void {
  const [name = ''] = types;
  same(`cmsg_level of ${name}`, level, said.level, count);
  if (/^\w*0x/.test(said.type) || said.data === undefined) {
    undecoded.add(name);
    return;
  }
  if (!types.includes(said.type)) throw new Difference(`strace calls ${name} ${said.type}`);
  same(`the payload of ${name}`, data, said.data, count);
}
