/** Packed from assembly/rows/ by the build. */
declare module '*/build/rows/texts.json' {
  const texts: Record<string, Record<string, { summary?: string; source: string }>>;
  export default texts;
}
