import type { CheckId } from './exhibit.js';

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
