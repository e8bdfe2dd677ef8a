import { readFileSync } from 'node:fs';
import { readBtf } from '../btf/read.js';

/** A struct of the kernel: its bytes, and where its members begin. */
export interface KernelStruct {
  size: number;
  offsets: Readonly<Record<string, number>>;
}

/** The structs that a System V queue is made of. */
export type QueueStructs = Readonly<Record<'msg_queue' | 'msg_msg' | 'msg_msgseg', KernelStruct>>;

/** What Linux has on machines of 64 bits, for kernels that do not tell. */
export const USUAL_STRUCTS: QueueStructs = {
  msg_queue: {
    size: 256,
    offsets: {
      q_perm: 0,
      q_stime: 128,
      q_rtime: 136,
      q_ctime: 144,
      q_cbytes: 152,
      q_qnum: 160,
      q_qbytes: 168,
      q_lspid: 176,
      q_lrpid: 184,
      q_messages: 192,
    },
  },
  msg_msg: { size: 48, offsets: { m_list: 0, m_type: 16, m_ts: 24, next: 32, security: 40 } },
  msg_msgseg: { size: 8, offsets: { next: 0 } },
};

const BTF = '/sys/kernel/btf/vmlinux';

/** The structs of the running kernel: of its type information, where it has that, else the usual ones. */
export function readQueueStructs(): QueueStructs {
  try {
    const names = Object.keys(USUAL_STRUCTS) as (keyof QueueStructs)[];
    const { structs } = readBtf(readFileSync(BTF), { structs: names, enumerators: [] });
    const read = (name: keyof QueueStructs): KernelStruct => {
      const found = structs.get(name)?.[0];
      if (!found) return USUAL_STRUCTS[name];
      const offsets = Object.entries(found.fields).map(([member, { offset }]) => [member, offset]);
      return { size: found.size, offsets: Object.fromEntries(offsets) };
    };
    return { msg_queue: read('msg_queue'), msg_msg: read('msg_msg'), msg_msgseg: read('msg_msgseg') };
  } catch {
    return USUAL_STRUCTS;
  }
}
