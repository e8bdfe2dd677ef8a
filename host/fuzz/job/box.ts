/** The job's side of the black box: the memory itself, mapped. */
import { invalidArgument } from '../../errors/error.js';
import { prefixesOf } from '../../generate/prefixes.js';
import { loadKoffi } from '../../libc/load.js';
import { BOX_FD, BOX_ROOM, BOX_SIZE, BoxState, INPUT, SEQUENCE, SIZE, STATE } from '../black-box.js';

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

export interface Box {
  /** How many inputs were begun. */
  readonly sequence: number;
  /** Puts an input where it outlives this process, which begins to try it now; returns it there. */
  begin(input: Uint8Array): Uint8Array;
  /** The input has been tried. */
  end(): void;
  /** The input that was tried last. */
  input(): Uint8Array;
}

/** The box that the command gave to this process; or one that nobody else sees, for targets that are not risky. */
export function openBox(isShared: boolean): Box {
  const buffer = isShared ? mapBox() : new ArrayBuffer(BOX_SIZE);
  const header = new Uint32Array(buffer, 0, INPUT / 4);
  const room = new Uint8Array(buffer, INPUT, BOX_ROOM);
  const prefixOf = prefixesOf(room, 0, BOX_ROOM);
  const [sequenceAt, sizeAt, stateAt] = [SEQUENCE / 4, SIZE / 4, STATE / 4] as const;
  header[stateAt] = BoxState.waiting;
  return {
    get sequence() {
      return header[sequenceAt] as number;
    },
    begin(input) {
      const size = input.length;
      if (size > BOX_ROOM) throw invalidArgument(`an input of ${size} bytes is too long: ${BOX_ROOM} are the most`);
      room.set(input);
      header[sizeAt] = size;
      header[sequenceAt] = (header[sequenceAt] as number) + 1;
      header[stateAt] = BoxState.running;
      return prefixOf(size);
    },
    end() {
      header[stateAt] = BoxState.waiting;
    },
    input: () => room.slice(0, header[sizeAt]),
  };
}

function mapBox(): ArrayBuffer {
  const koffi = loadKoffi();
  const mmap = koffi.load(null).func('void *mmap(void *, size_t, int, int, int, long)');
  const memory: unknown = mmap(null, BOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, BOX_FD, 0);
  return koffi.view(memory, BOX_SIZE);
}
