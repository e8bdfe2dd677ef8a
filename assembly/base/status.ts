// Status codes: every function that can fail returns an i32, at least 0 on success and one of these below 0 on failure.
// The host turns them into its error class; nothing ever throws across the boundary.

/** The output does not fit into the room given. */
export const E_ROOM: i32 = -1;

/** A control message is malformed: its header or payload does not lie inside the control buffer. */
export const E_MALFORMED: i32 = -2;

/** The ABI has no such control message. */
export const E_UNSUPPORTED: i32 = -3;
