/**
 * The kinds of BTF types: include/uapi/linux/btf.h. Behind the 12 bytes of a type stand `fixed` bytes and, for each of
 * its vlen elements, `each`.
 */

export const KIND_INT = 1;
export const KIND_PTR = 2;
export const KIND_ARRAY = 3;
export const KIND_STRUCT = 4;
export const KIND_UNION = 5;
export const KIND_ENUM = 6;
export const KIND_TYPEDEF = 8;
export const KIND_VOLATILE = 9;
export const KIND_CONST = 10;
export const KIND_RESTRICT = 11;
export const KIND_FLOAT = 16;
export const KIND_TYPE_TAG = 18;
export const KIND_ENUM64 = 19;

/** Index: the kind. Undefined: a kind that this reader does not know, and so cannot skip. */
export const TAILS: readonly ({ fixed: number; each: number } | undefined)[] = [
  undefined,
  { fixed: 4, each: 0 }, // INT
  { fixed: 0, each: 0 }, // PTR
  { fixed: 12, each: 0 }, // ARRAY
  { fixed: 0, each: 12 }, // STRUCT
  { fixed: 0, each: 12 }, // UNION
  { fixed: 0, each: 8 }, // ENUM
  { fixed: 0, each: 0 }, // FWD
  { fixed: 0, each: 0 }, // TYPEDEF
  { fixed: 0, each: 0 }, // VOLATILE
  { fixed: 0, each: 0 }, // CONST
  { fixed: 0, each: 0 }, // RESTRICT
  { fixed: 0, each: 0 }, // FUNC
  { fixed: 0, each: 8 }, // FUNC_PROTO
  { fixed: 4, each: 0 }, // VAR
  { fixed: 0, each: 12 }, // DATASEC
  { fixed: 0, each: 0 }, // FLOAT
  { fixed: 4, each: 0 }, // DECL_TAG
  { fixed: 0, each: 0 }, // TYPE_TAG
  { fixed: 0, each: 12 }, // ENUM64
];
