import { show } from '../check/show.js';
import { didYouMean } from '../check/suggest.js';
import { type ControlMessage, encode, parse, walk } from '../codec.js';
import { invalidArgument } from '../errors/error.js';
import { bytesOfHex, hexOfBytes } from '../model/hex.js';

/** What a line of JSON asks. */
type Question = Record<string, unknown>;

const ENCODE_NAMES = ['messages', 'fill', 'tight'];
// Offsets are not looked at: the answer of encode can be walked and parsed as it is.
const WALK_NAMES = ['control', 'controllen', 'offsets'];
const PARSE_NAMES = ['control', 'offsets'];

export function answerEncode(abi: string, question: Question): unknown {
  refuseOtherNames(question, ENCODE_NAMES, 'a line of encode');
  const { messages, fill, tight } = question;
  if (!Array.isArray(messages)) throw invalidArgument('messages must be a list');
  if (tight !== undefined && typeof tight !== 'boolean') throw invalidArgument('tight must be true or false');
  const options = { ...(fill === undefined ? {} : { fill: fill as number }), tight: tight ?? false };
  const { control, offsets } = encode(abi, controlMessagesOf(messages), options);
  return { control: hexOfBytes(control), offsets };
}

/** Control messages as JSON has them, with their bytes in hexadecimal; what they hold is checked by `encode`. */
export function controlMessagesOf(messages: readonly unknown[]): ControlMessage[] {
  return messages.map((message, i) => {
    const isRaw = typeof message === 'object' && message !== null && ('data' in message || 'level' in message);
    if (!isRaw) return message as ControlMessage;
    const { data } = message as { data?: unknown };
    return { ...message, data: bytesOfHex(data, `messages[${i}].data`) } as ControlMessage;
  });
}

export function answerWalk(abi: string, dialect: string | undefined, question: Question): unknown {
  refuseOtherNames(question, WALK_NAMES, 'a line of walk');
  const { control, controllen } = question;
  return walk(abi, bytesOfHex(control, 'control'), {
    ...(dialect === undefined ? {} : { dialect }),
    ...(controllen === undefined ? {} : { controllen: controllen as number }),
  });
}

export function answerParse(abi: string, question: Question): unknown {
  refuseOtherNames(question, PARSE_NAMES, 'a line of parse');
  const { messages, ...rest } = parse(abi, bytesOfHex(question.control, 'control'));
  return { messages: messages.map((message) => ({ ...message, data: hexOfBytes(message.data) })), ...rest };
}

/**
 * Refuses names that a line does not have, as encode does in its messages: what is silently ignored is never what was
 * meant. Only what the line itself holds counts, whatever it is called: `toString` and `__proto__` are names like others.
 */
function refuseOtherNames(object: object, known: readonly string[], what: string): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue;
    const guess = didYouMean(name, known);
    throw invalidArgument(
      `${what} has no ${show(name)}${guess}${guess === '' ? `; there are ${known.join(', ')}` : ''}`,
    );
  }
}
