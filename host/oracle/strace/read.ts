/** Reads what strace prints of sendmsg: the control messages, in its own words. */

export interface Decoded {
  length: number;
  level: string;
  type: string;
  /** Undefined where it does not decode that kind. */
  data: string | undefined;
}

const CALL =
  /^sendmsg\(\d+, \{.*?msg_iov=\[\{iov_base="(\d+)".*?msg_control=(\[.*\]), msg_controllen=(\d+), msg_flags=/;
const MESSAGE =
  /^\{cmsg_len=(\d+), cmsg_level=(\w+)(?: \/\*.*?\*\/)?, cmsg_type=(\w+)(?: \/\*.*?\*\/)?(?:, cmsg_data=(.*))?\}$/s;

/** The messages of a line, with the number that its data says; undefined for a line of something else. */
export function readCall(
  line: string,
): { number: number; messages: Decoded[] | undefined; length: number } | undefined {
  const [, number, list = '', length] = CALL.exec(line) ?? [];
  if (number === undefined) return undefined;
  const messages = splitList(list.slice(1, -1)).map(readMessage);
  const isWhole = messages.every((message) => message !== undefined);
  return { number: Number(number), messages: isWhole ? (messages as Decoded[]) : undefined, length: Number(length) };
}

function readMessage(text: string): Decoded | undefined {
  const [, length, level = '', type = '', data] = MESSAGE.exec(text) ?? [];
  return length === undefined ? undefined : { length: Number(length), level, type, data };
}

/** The elements of a list: split at commas that no bracket and no string holds. */
function splitList(text: string): string[] {
  const elements: string[] = [];
  let [depth, start, isText] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (isText) {
      if (character === '\\') at++;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if ('[{('.includes(character)) depth++;
    else if (']})'.includes(character)) depth--;
    else if (character === ',' && depth === 0) {
      elements.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? elements : [...elements, last];
}
