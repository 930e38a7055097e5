/** @file Names that nothing else has. */

/** Twelve random letters and digits: 62 bits. */
export function randomName(): string {
  const words = globalThis.crypto.getRandomValues(new Uint8Array(12));
  return Array.from(words, (word) => (word % 36).toString(36)).join("");
}
