/** What the museum is sorted by; apart from what is in it, which a command that only says its help does not load. */
export interface RoomName {
  readonly letter: string;
  readonly name: string;
  readonly title: string;
}

/** In order of their letters. */
export const ROOM_NAMES: readonly RoomName[] = [
  { letter: 'A', name: 'truncation', title: 'Truncation that nobody looks at' },
  { letter: 'B', name: 'descriptors', title: 'Descriptors that arrive uninvited, stay open, or vanish' },
  { letter: 'C', name: 'lengths', title: 'CMSG_LEN, CMSG_SPACE and the last padding' },
  { letter: 'D', name: 'layouts', title: 'Layouts, padding and widths' },
  { letter: 'E', name: 'walks', title: 'Walks that stop early, go on for ever, or leave the buffer' },
  { letter: 'F', name: 'emulators', title: 'Emulators, layers for other ABIs, sandboxes' },
  { letter: 'G', name: 'payloads', title: 'How wide a payload is, and by which number it comes' },
  { letter: 'H', name: 'delivery', title: 'Which read brings what' },
  { letter: 'I', name: 'credentials', title: 'Who the sender is' },
  { letter: 'J', name: 'padding', title: 'Bytes that nobody wrote' },
  { letter: 'K', name: 'alignment', title: 'What is read in place has to lie where its type may' },
  { letter: 'L', name: 'lifetime', title: 'How long the kernel keeps what is on its way' },
];

export function roomNamed(letter: string): RoomName {
  return ROOM_NAMES.find((room) => room.letter === letter) as RoomName;
}

/** How an exhibit can be tried: `replay`, or the kind of its simulation. */
export type Kind = 'walk' | 'layout' | 'reader' | 'builder' | 'replay';

export const KINDS: Readonly<Record<Kind, string>> = {
  walk: 'a walk with the bug beside the right one, over the same bytes',
  layout: 'bytes of one ABI, read by the layout of another',
  reader: 'what a program makes of what it receives',
  builder: 'what becomes of the bytes that a program builds',
  replay: 'calls on real sockets of this machine',
};

/** What finds a bug of this kind. The words are explained below. */
export type CheckId = 'LAY' | 'WALK' | 'PARSE' | 'KERN' | 'FDL' | 'CTR' | 'PAD' | 'ALN' | 'SEM';

/** What each check looks at. */
export const CHECKS: Readonly<Record<CheckId, string>> = {
  LAY: 'where things lie on the ABI: `ancillary layout`, `ancillary check`',
  WALK: 'how other walks go through the same bytes: `ancillary diff`, `ancillary fuzz dialects`',
  PARSE: 'what a strict reader says of hostile bytes: `ancillary parse`',
  KERN: 'what the kernel says of the call: `ancillary fuzz kernel`',
  FDL: 'which descriptors are open before and after',
  CTR: 'whether MSG_CTRUNC is looked at',
  PAD: 'what the bytes hold that nobody wrote',
  ALN: 'whether what is read in place is aligned',
  SEM: 'which read brings what: order, merging, data without bytes',
};
