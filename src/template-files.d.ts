/** Templates are imported as text: esbuild's text loader does it, scripts/text-modules.js in tests. */
declare module '*.eta' {
  const text: string;
  export default text;
}

/** The script is a program of its own, and a part of the bundle. */
declare module '*/scripts/capture-hw' {
  const text: string;
  export default text;
}
