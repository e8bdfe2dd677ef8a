import { AncillaryError } from '../errors/error.js';
import { readStructNamed } from '../model/layout.js';
import { findAbi, hasAbi } from '../model/rows.js';
import { type CodecInstance, codecInstance } from '../wasm/instance.js';
import { bindLibc, type Libc } from './calls.js';
import { type Koffi, loadKoffi } from './load.js';
import { abiIdOf } from './machine.js';

/** What every system call needs: libc, the codec whose memory the kernel reads and writes, and this machine's ABI. */
export interface Native {
  readonly koffi: Koffi;
  readonly libc: Libc;
  readonly codec: CodecInstance;
  /** Native address of linear memory: `base + offset` is what the kernel gets. */
  readonly base: number;
  /** Id and number of this machine's ABI row. */
  readonly abiId: string;
  readonly abi: number;
  /** Offsets of the fields of struct msghdr. */
  readonly msghdr: Readonly<Record<string, number>>;
  /** sizeof(struct iovec) */
  readonly iovecSize: number;
  /** 16 bytes for the small things that calls point at. */
  readonly scratch: number;
}

let loaded: Native | undefined;

/** Loads everything at the first call; throws one clear error where that cannot be done. */
export function native(): Native {
  loaded ??= loadNative();
  return loaded;
}

function loadNative(): Native {
  const koffi = loadKoffi();
  const libc = bindLibc(koffi);
  const codec = codecInstance();
  const abiId = abiIdOf(libc.name);
  if (!hasAbi(codec, abiId)) {
    throw new AncillaryError('ERR_UNSUPPORTED', `there is no ABI row '${abiId}' for this machine`);
  }
  const structs = verifyLayout(koffi, codec, abiId);
  return {
    koffi,
    libc,
    codec,
    // A view, not the buffer itself: koffi refuses some bare buffers on some Node versions.
    base: Number(koffi.address(codec.bytes)),
    abiId,
    abi: findAbi(codec, abiId),
    msghdr: offsetsIn(structs.msghdr),
    iovecSize: koffi.sizeof(structs.iovec),
    scratch: codec.arena.reserve(16),
  };
}

function offsetsIn({ members = {} }: ReturnType<Koffi['struct']>): Record<string, number> {
  return Object.fromEntries(Object.values(members).map(({ name, offset }) => [name, offset]));
}

/** Compares the row with what koffi, compiled for this very machine, says of the structs as the kernel has them. */
function verifyLayout(koffi: Koffi, codec: CodecInstance, abiId: string) {
  const structs = {
    msghdr: koffi.struct({
      msg_name: 'void *',
      msg_namelen: 'uint32_t',
      msg_iov: 'void *',
      msg_iovlen: 'size_t',
      msg_control: 'void *',
      msg_controllen: 'size_t',
      msg_flags: 'int',
    }),
    cmsghdr: koffi.struct({ cmsg_len: 'size_t', cmsg_level: 'int', cmsg_type: 'int' }),
    iovec: koffi.struct({ iov_base: 'void *', iov_len: 'size_t' }),
  };
  for (const [name, type] of Object.entries(structs)) {
    const row = readStructNamed(codec, abiId, name);
    const differs = Object.entries(row?.fields ?? {}).find(
      ([field, { offset }]) => koffi.offsetof(type, field) !== offset,
    );
    if (koffi.sizeof(type) !== row?.size || differs) {
      throw new AncillaryError(
        'ERR_UNSUPPORTED',
        `struct ${name} of ABI row '${abiId}' is not this machine's (${differs?.[0] ?? 'size'} differs)`,
      );
    }
  }
  return structs;
}
