/** Templates are imported as text: esbuild's text loader does it, scripts/text-modules.js in tests. */
declare module '*.eta' {
  const text: string;
  export default text;
}
