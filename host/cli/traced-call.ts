import { hexOfBytes } from '../model/hex.js';
import type { TracedCall, TracedMessage } from '../model/trace/call.js';
import { namesOfFlags } from '../model/trace/flags.js';
import { unescapeHex } from '../model/trace/lines.js';
import { type Caller, readTracedControl } from '../view/traced-call.js';
import type { CodecInstance } from '../wasm/instance.js';
import { answerParse } from './answers.js';

/** A call for JSON: one object for each of its messages, or one without any. */
export function describeTracedCall(codec: CodecInstance, abi: string, { pid, command }: Caller, call: TracedCall) {
  const { name, fd, file, flags, result = null, error, messages, text } = call;
  const who = { pid, ...(command === undefined ? {} : { command }), call: name };
  if (fd === undefined) return [{ ...who, result, ...(error === undefined ? {} : { error }), text }];
  const socket = { fd, ...(file === undefined ? {} : { file: unescapeHex(file) }) };
  const how = { flags: namesOfFlags(codec, abi, flags), result, ...(error === undefined ? {} : { error }) };
  if (messages.length === 0) return [{ ...who, ...socket, ...how }];
  return messages.map((message, index) => ({
    ...who,
    ...(name.includes('mmsg') ? { index } : {}),
    ...socket,
    ...how,
    ...describeMessage(codec, abi, call, message),
  }));
}

function describeMessage(
  codec: CodecInstance,
  abi: string,
  { text, direction, result = -1 }: TracedCall,
  message: TracedMessage,
) {
  const { name, size, data, flags, control, files } = message;
  const isEmpty = direction === 'recv' && result < 0;
  return {
    ...(name === undefined ? {} : { name }),
    size,
    data: hexOfBytes(data),
    msg_flags: namesOfFlags(codec, abi, flags),
    fds: files.map(({ fd, file }) => ({ fd, file: unescapeHex(file) })),
    abi,
    ...(control && !isEmpty ? describeControl(codec, abi, text, control) : {}),
  };
}

function describeControl(
  codec: CodecInstance,
  abi: string,
  text: string,
  where: NonNullable<TracedMessage['control']>,
) {
  const found = readTracedControl(codec, abi, text, where);
  if ('problem' in found) return { controlText: found.shown, problem: found.problem };
  const control = hexOfBytes(found.control);
  return { control, ...(answerParse(abi, { control }) as object) };
}
