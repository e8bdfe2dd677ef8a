import { refuseSurplus } from '../check/surplus.js';
import type { OwnedFd } from '../fd/owned-fd.js';
import { systemError } from '../libc/errno.js';
import { native } from '../libc/native.js';
import { fail } from '../reactor/wait.js';
import type { Credentials } from './frame/frame.js';
import { finishSending, MessageSocket, numberOfSocket } from './message-socket.js';
import { checkPeer, openPeerPidfd, type RequiredPeer, readPeerCredentials, readPeerSecurity } from './peer.js';

const SHUT_WR = 1;

/** A socket with one peer, for as long as the connection lasts: what stream and seqpacket sockets have in common. */
export abstract class ConnectedSocket extends MessageSocket {
  /**
   * Who is at the other end, as the kernel noted it when the connection was made: the process that called connect(2) or
   * socketpair(2), or for a connecting side the one that called listen(2), with the ids it had then (SO_PEERCRED).
   */
  get peerCredentials(): Credentials {
    return readPeerCredentials(numberOfSocket(this));
  }

  /**
   * Throws `ERR_PEER` unless the process at the other end is the one that is required, by the ids that
   * `peerCredentials` has: `requirePeer({ uid: process.getuid() })`. Of a list one must be so. Returns who it is.
   */
  requirePeer(required: RequiredPeer): Credentials {
    return checkPeer(numberOfSocket(this), required);
  }

  /** A descriptor of the process at the other end, which stays that process's whatever becomes of its pid (SO_PEERPIDFD). */
  openPeerPidfd(): OwnedFd {
    return openPeerPidfd(numberOfSocket(this), this.openPeerPidfd);
  }

  /** The security label of the process at the other end (SO_PEERSEC); undefined where no security module states one. */
  get peerSecurity(): string | undefined {
    return readPeerSecurity(numberOfSocket(this));
  }

  /** Lets sends that have begun finish, then tells the peer that no more comes; receiving goes on (shutdown(2)). */
  end(): Promise<void>;
  end(surplus?: unknown): Promise<void> {
    try {
      refuseSurplus(surplus, 'end', 'send data before, and await the promise that it returns');
      numberOfSocket(this);
      return finishSending(this).then(() => {
        const { libc } = native();
        if (libc.shutdown(numberOfSocket(this), SHUT_WR) < 0) throw systemError('shutdown', libc.errno());
      });
    } catch (error) {
      return fail(error);
    }
  }
}
