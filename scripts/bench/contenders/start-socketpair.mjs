import { socketpair } from 'ancillary';

socketpair();
