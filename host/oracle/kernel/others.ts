/** What TCP, packet sockets and the kernel's ciphers pass (tcp(7), packet(7), crypto/userspace-if.rst). */
import { Unavailable } from '../answer.js';
import { EMPTY, int32, join, LE } from './bytes.js';
import { type Dialogue, hex, is } from './dialogue.js';
import type { Exchange } from './exchange.js';
import { ipv4, LOOPBACK_4, loopbackIndex, openLane } from './loopback.js';
import * as n from './numbers.js';

const DATA = new TextEncoder().encode('ancillary');
/** Other programs use the loopback interface too: among so many packets ours must be. */
const MOST_PACKETS = 64;
const IP_AND_UDP = 20 + 8;

/** struct sockaddr_ll of the loopback interface, for every protocol. */
function loopbackPackets(): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, n.AF_PACKET, LE);
  view.setUint16(2, n.ETH_P_ALL);
  view.setInt32(4, loopbackIndex(), LE);
  return bytes;
}

/** struct sockaddr_alg of AES in CBC mode. */
function aesCbc(): Uint8Array {
  const bytes = new Uint8Array(88);
  new DataView(bytes.buffer).setUint16(0, n.AF_ALG, LE);
  bytes.set(new TextEncoder().encode('skcipher'), 2);
  bytes.set(new TextEncoder().encode('cbc(aes)'), 24);
  return bytes;
}

/** The first block of CBC-AES128.Encrypt in NIST SP 800-38A, F.2.1. */
const AES = {
  key: '2b7e151628aed2a6abf7158809cf4f3c',
  iv: '000102030405060708090a0b0c0d0e0f',
  plain: '6bc1bee22e409f96e93d7e117393172a',
  cipher: '7649abac8119b246cee98e9b12e9197d',
};

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

export const otherExchanges: readonly Exchange[] = [
  {
    name: 'TCP_CM_INQ',
    run(dialogue) {
      const { kernel } = dialogue;
      const listener = kernel.socket(n.AF_INET, n.SOCK_STREAM);
      const to = kernel.bind(listener, ipv4(LOOPBACK_4));
      kernel.listen(listener);
      const sender = kernel.socket(n.AF_INET, n.SOCK_STREAM);
      kernel.connect(sender, to);
      const receiver = kernel.accept(listener);
      kernel.set(receiver, n.IPPROTO_TCP, n.TCP_INQ, 1, 'TCP_INQ');
      kernel.send(sender, EMPTY, DATA);
      const received = kernel.receive(receiver, { size: 2 });
      dialogue.must(received, 'TCP_CM_INQ', n.IPPROTO_TCP, n.TCP_CM_INQ, is(DATA.length - 2));
    },
  },
  {
    name: 'PACKET_AUXDATA',
    run(dialogue) {
      const { kernel } = dialogue;
      const packets = kernel.socket(n.AF_PACKET, n.SOCK_DGRAM);
      kernel.bind(packets, loopbackPackets());
      kernel.set(packets, n.SOL_PACKET, n.PACKET_AUXDATA, 1, 'PACKET_AUXDATA');
      const { sender, to } = openLane(kernel, n.AF_INET);
      kernel.send(sender, EMPTY, DATA, to);
      const length = IP_AND_UDP + DATA.length;
      for (let i = 0; i < MOST_PACKETS; i++) {
        const received = kernel.receive(packets);
        if (received.data.length !== length || !endsWith(received.data, DATA)) continue;
        dialogue.must(received, 'PACKET_AUXDATA', n.SOL_PACKET, n.PACKET_AUXDATA, {
          tp_len: is(length),
          tp_snaplen: is(length),
          tp_mac: is(0),
          tp_net: is(0),
        });
        return;
      }
      throw new Unavailable(`not among ${MOST_PACKETS} packets of the loopback interface`);
    },
  },
  {
    name: 'ALG_SET_OP and ALG_SET_IV',
    run(dialogue: Dialogue) {
      const { kernel } = dialogue;
      const cipher = kernel.socket(n.AF_ALG, n.SOCK_SEQPACKET);
      kernel.bind(cipher, aesCbc());
      kernel.set(cipher, n.SOL_ALG, n.ALG_SET_KEY, bytesOf(AES.key), 'ALG_SET_KEY');
      const work = kernel.acceptNow(cipher);
      const iv = bytesOf(AES.iv);
      const value = { ivlen: iv.length, iv: [...iv] };
      const control = dialogue.encode(
        {
          name: 'ALG_SET_OP',
          level: n.SOL_ALG,
          type: n.ALG_SET_OP,
          value: n.ALG_OP_ENCRYPT,
          bytes: int32(n.ALG_OP_ENCRYPT),
        },
        { name: 'ALG_SET_IV', level: n.SOL_ALG, type: n.ALG_SET_IV, value, bytes: join(int32(iv.length), iv) },
      );
      kernel.send(work, control, bytesOf(AES.plain));
      const { data } = kernel.receive(work, { size: iv.length });
      dialogue.same('the first cipher block', hex(data), { text: AES.cipher, holds: (value) => value === AES.cipher });
    },
  },
];

function endsWith(bytes: Uint8Array, end: Uint8Array): boolean {
  return hex(bytes.subarray(bytes.length - end.length)) === hex(end);
}
