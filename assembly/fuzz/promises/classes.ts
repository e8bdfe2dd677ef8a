// The promises of the codec that an input can break, by number; the host has their words (host/generate/classes.ts).

/** None is broken. */
export const SOUND: u32 = 0;

/** A message that the strict reader hands out lies inside, behind the one before. */
export const READ_OUTSIDE: u32 = 1;
/** Reading ends. */
export const READ_ENDLESS: u32 = 2;
/** What is read depends on the bytes of the buffer only. */
export const READ_BEYOND: u32 = 3;
/** A walk ends in one of the ways that there are, at an offset that fits it. */
export const WALK_OUTCOME: u32 = 4;
/** A header that a walk hands out lies inside, behind the one before. */
export const WALK_OUTSIDE: u32 = 5;
/** What a walk does depends on the bytes of the buffer only. */
export const WALK_BEYOND: u32 = 6;
/** What was encoded is read back: as many messages, */
export const TRIP_COUNT: u32 = 7;
/** with the same level and type, */
export const TRIP_HEADER: u32 = 8;
/** as long and at the same place, */
export const TRIP_LENGTH: u32 = 9;
/** with the same payload. */
export const TRIP_BYTES: u32 = 10;
/** CMSG_LEN and CMSG_SPACE fit what was written. */
export const TRIP_SUMS: u32 = 11;
/** The short way of writing gives the same bytes as the general one. */
export const TRIP_WAYS: u32 = 12;
/** A member of a payload keeps its value, cut to its type. */
export const FIELD_VALUE: u32 = 13;
/** Nothing beside it is written. */
export const FIELD_BESIDE: u32 = 14;
