/** Control bytes as encode gives them. */
export interface EncodedControl {
  control: Uint8Array;
  /** Where each message's header begins. */
  offsets: number[];
}
