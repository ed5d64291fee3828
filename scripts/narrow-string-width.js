// Stands in for the package string-width within yargs, in the bundle only. Our help is ASCII;
// that package's regular expression of all emojis and its segmenter cost 12 ms at each start.

/** @param {string} text */
export default function stringWidth(text) {
  return text.length;
}
