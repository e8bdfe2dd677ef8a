import { presentStruct, readLayout } from '../model/layout.js';
import type { CodecInstance } from '../wasm/instance.js';

interface Place {
  offset: number;
  size: number;
}

/** What of a row is needed to make a system call with it. */
export interface MsghdrShape {
  /** Bytes of struct msghdr. */
  size: number;
  /** Bytes of an address. */
  word: 4 | 8;
  msghdr: Record<
    'msg_name' | 'msg_namelen' | 'msg_iov' | 'msg_iovlen' | 'msg_control' | 'msg_controllen' | 'msg_flags',
    Place
  >;
  iovec: Record<'iov_base' | 'iov_len', Place>;
}

export function msghdrShape(codec: CodecInstance, abi: string): MsghdrShape {
  const layout = readLayout(codec, abi);
  const [msghdr, iovec] = [presentStruct(layout, 'msghdr'), presentStruct(layout, 'iovec')];
  const fields = msghdr.fields as MsghdrShape['msghdr'];
  return {
    size: msghdr.size,
    word: fields.msg_name.size as 4 | 8,
    msghdr: fields,
    iovec: iovec.fields as MsghdrShape['iovec'],
  };
}
