/** @file Names from files, as errors show them. */

const LONGEST = 120;

/** In quotes, with escapes; the end of a very long one is left out. */
export function quoted(name: string): string {
  const text = JSON.stringify(name);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…"` : text;
}
