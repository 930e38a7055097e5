/** @file Node's own modules, where there are any: importing them would stop bundlers for browsers. */
import type * as FsPromises from "node:fs/promises";
import type * as NodeOs from "node:os";
import type * as NodePath from "node:path";
import type * as NodeUrl from "node:url";
import type * as NodeZlib from "node:zlib";

interface NodeModules {
  "node:fs/promises": typeof FsPromises;
  "node:os": typeof NodeOs;
  "node:path": typeof NodePath;
  "node:url": typeof NodeUrl;
  "node:zlib": typeof NodeZlib;
}

interface NodeProcess {
  getBuiltinModule?<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined;
}

/** A module of Node, as Deno and Bun have it too; undefined in browsers. */
export function nodeModule<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.(name);
}
