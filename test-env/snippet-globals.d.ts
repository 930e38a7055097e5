/** @file What a `// =>` comment in a document becomes. */

/** Fails unless the last line that the snippet printed is `text`. */
declare function expectPrinted(text: string): void;
