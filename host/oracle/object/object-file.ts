/** What is read out of an object file, whatever its format. */
export interface ObjectFile {
  /** `ELF64 little-endian`, ... */
  format: string;
  endian: 'little' | 'big';
  /** Bytes of an address. */
  word: 4 | 8;
  /** The bytes that begin where the symbol lies, up to the end of its section, or nothing if there is no such symbol. */
  read(symbol: string): Uint8Array | undefined;
}
