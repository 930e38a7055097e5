/** @file What a text or URL that names a source or target is. */

/** The scheme of an address in lower case, and what follows; undefined for a path. */
export interface Address {
  readonly scheme: string;
  /** What follows the colon, and the two slashes if there are any; as it was written, nothing decoded. */
  readonly rest: string;
}

/** Splits an address; schemes have two letters or more, so that the drives of Windows are paths. */
export function addressOf(text: string): Address | undefined {
  const match = /^([a-z][a-z\d+.-]+):(?:\/\/)?(.*)$/is.exec(text);
  return match ? { scheme: match[1]!.toLowerCase(), rest: match[2]! } : undefined;
}
