/** @file The names of leaves in a file: their paths, joined by dots. */
import type { Path } from "@nnx-js/nn";

/** The header of a safetensors file keeps its texts under this name, so that no tensor can have it. */
const RESERVED = "__metadata__";

/**
 * The name of what stands at `path`: its keys joined by dots, `layers.0.kernel`. A dot or a backslash in a key has a
 * backslash in front of it, so that two paths never share a name but for an index and a key of the same spelling.
 */
export function nameOf(path: Path): string {
  const name = path.map((key) => String(key).replaceAll(/[.\\]/g, String.raw`\$&`)).join(".");
  return name === RESERVED ? `\\${name}` : name;
}

/** The keys of a name that {@link nameOf} gave; indices are text. */
export function keysOf(name: string): string[] {
  const keys = [""];
  for (const [part] of name.matchAll(/\\[\s\S]|[^\\]|\\$/g)) {
    if (part === ".") keys.push("");
    else keys[keys.length - 1] += part.length > 1 && part.startsWith("\\") ? part.slice(1) : part;
  }
  return keys;
}
