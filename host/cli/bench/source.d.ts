/** What C is compiled with here: the bundle has it as text. */
declare module '*.h' {
  const text: string;
  export default text;
}
