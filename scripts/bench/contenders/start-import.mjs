import 'ancillary';
