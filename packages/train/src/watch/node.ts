/** @file What Node has and browsers have not, found at run time: a static import would break bundles for browsers. */

interface NodeModules {
  "node:fs/promises": typeof import("node:fs/promises");
  "node:os": typeof import("node:os");
  "node:path": typeof import("node:path");
  "node:url": typeof import("node:url");
  "node:worker_threads": typeof import("node:worker_threads");
}

interface Process {
  readonly pid: number;
  readonly stderr: NodeJS.WriteStream;
  getBuiltinModule?<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined;
}

/** Node's process; undefined in browsers. */
export function nodeProcess(): Process | undefined {
  const { process } = globalThis as { process?: Process };
  return process?.getBuiltinModule ? process : undefined;
}

/** A module of Node; undefined in browsers. */
export function nodeModule<K extends keyof NodeModules>(name: K): NodeModules[K] | undefined {
  return nodeProcess()?.getBuiltinModule?.(name);
}
