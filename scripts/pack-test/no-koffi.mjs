import { AncillaryError, socketpair } from 'ancillary';

try {
  socketpair();
  console.log('socketpair() needs no koffi?');
} catch (error) {
  console.log(error instanceof AncillaryError ? 'ok' : error);
}
