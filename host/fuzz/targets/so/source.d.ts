/** C that is compiled where a target needs it: the bundle has it as text. */
declare module '*.c' {
  const text: string;
  export default text;
}
