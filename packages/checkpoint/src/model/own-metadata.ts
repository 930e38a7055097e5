/** @file What our files say of themselves beside the tensors, under one key of the header's texts. */
import { classNameOf, isVariable, RngKey, type StateLeaf } from "@nnx-js/nn";
import { FileFormatError } from "../errors.ts";

/** The key under which {@link OwnMetadata} stands, as JSON. */
export const OWN_KEY = "nnx-js";

/** The version of {@link OwnMetadata} that is written. Readers take older ones, and ignore what they do not know. */
const VERSION = 1;

/** The one implementation of random keys, as JAX names it: two words of 32 bits. */
const THREEFRY = "threefry2x32";

/** What a file says of itself. */
export interface OwnMetadata {
  readonly version: number;
  /** The layout that it was saved in. */
  readonly layout: string;
  /** The classes of Variables (`tensor` for plain ones), each with the names of the tensors in the file. */
  readonly kinds?: Readonly<Record<string, readonly string[]>>;
  /** The implementations of random keys, each with the names of the tensors in the file that are such keys. */
  readonly keyImpls?: Readonly<Record<string, readonly string[]>>;
}

/** The text that says of what sort the leaves are that were saved under these names. */
export function ownMetadata(
  layout: string,
  leaves: Iterable<readonly [name: string, leaf: StateLeaf]>,
): string {
  const kinds = new Map<string, string[]>();
  const keys: string[] = [];
  for (const [name, leaf] of leaves) {
    const kind = isVariable(leaf) ? classNameOf(leaf) : "tensor";
    const names = kinds.get(kind);
    if (names) names.push(name);
    else kinds.set(kind, [name]);
    if (leaf instanceof RngKey) keys.push(name);
  }
  const metadata: OwnMetadata = {
    version: VERSION,
    layout,
    ...(kinds.size > 0 && { kinds: Object.fromEntries(kinds) }),
    ...(keys.length > 0 && { keyImpls: { [THREEFRY]: keys } }),
  };
  return JSON.stringify(metadata);
}

/**
 * What a file says of itself; `undefined` for one that is not ours.
 *
 * @throws FileFormatError for what nobody wrote so, and for files of a later version
 */
export function readOwnMetadata(
  texts: Readonly<Record<string, string>>,
  label: string,
): OwnMetadata | undefined {
  if (!Object.hasOwn(texts, OWN_KEY)) return undefined;
  const read = parsed(texts[OWN_KEY]!);
  if (!isOwn(read)) {
    throw new FileFormatError(
      `${label}: expected what saveModel writes under "${OWN_KEY}" in the metadata, got ` +
        `${JSON.stringify(texts[OWN_KEY]!.slice(0, 60))}. Save it again, or take "${OWN_KEY}" out of the metadata.`,
    );
  }
  if (read.version > VERSION) {
    throw new FileFormatError(
      `${label}: expected a file of version ${VERSION}, got one of version ${read.version}. Install the newest @nnx-js/checkpoint.`,
    );
  }
  return read;
}

/** The names of random keys that are of another implementation than ours, with it. */
export function foreignKeys({ keyImpls = {} }: OwnMetadata): Map<string, string> {
  const others = Object.entries(keyImpls).filter(([impl]) => impl !== THREEFRY);
  return new Map(others.flatMap(([impl, names]) => names.map((name) => [name, impl] as const)));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isOwn(value: unknown): value is OwnMetadata {
  if (typeof value !== "object" || value === null) return false;
  const { version, layout, kinds, keyImpls } = value as Record<string, unknown>;
  return Number.isInteger(version) && typeof layout === "string" && isLists(kinds) && isLists(keyImpls);
}

function isLists(value: unknown): boolean {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).every(
    (list) => Array.isArray(list) && list.every((item) => typeof item === "string"),
  );
}
