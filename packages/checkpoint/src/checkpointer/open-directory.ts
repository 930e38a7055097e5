/** @file Finds the directory that a Checkpointer is given. */
import { StorageError } from "../errors.ts";
import { nodeModule } from "../source/node.ts";
import type { CheckpointDirectory } from "./checkpoint-directory.ts";
import { NodeDirectory } from "./node-directory.ts";
import { OpfsDirectory } from "./opfs-directory.ts";

/**
 * Where checkpoints are kept: the path or `file:` URL of a folder (in Node, Deno and Bun); in browsers a path in the
 * origin private file system, with or without `opfs:` in front, or a handle of a directory; or a directory of one's own.
 */
export type Directory = string | URL | FileSystemDirectoryHandle | CheckpointDirectory;

/** The directory that `directory` stands for; nothing is made or read yet. @throws StorageError where there is none */
export function openDirectory(directory: Directory): CheckpointDirectory {
  if (typeof directory === "string" || directory instanceof URL) return atPlace(directory);
  if (isHandle(directory)) return new OpfsDirectory(directory);
  if (isDirectory(directory)) return directory;
  throw new StorageError(
    `Checkpointer: expected the path of a folder, a FileSystemDirectoryHandle or a CheckpointDirectory, found ` +
      `${directory === null || typeof directory !== "object" ? String(directory) : "another object"}. Write ` +
      `new Checkpointer("checkpoints").`,
  );
}

function atPlace(place: string | URL): CheckpointDirectory {
  const url = nodeModule("node:url");
  // Of two letters or more, so that the drives of Windows are paths.
  const [scheme] = /^[a-z][a-z\d+.-]+:/i.exec(String(place)) ?? [];
  if (url && scheme === "file:") return new NodeDirectory(url.fileURLToPath(place));
  if (url && scheme === undefined) return new NodeDirectory(String(place));
  const hasStorage = typeof navigator === "object" && "storage" in navigator;
  if (hasStorage && (scheme === undefined || scheme === "opfs:")) {
    return new OpfsDirectory(String(place).replace(/^opfs:/, ""));
  }
  throw new StorageError(
    `Checkpointer: ${String(place)} cannot be a directory here. Give the path of a folder in Node, Deno and Bun, and ` +
      `a path in the private file system of the page in browsers, over https: or on localhost.`,
  );
}

function isHandle(value: unknown): value is FileSystemDirectoryHandle {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "directory";
}

function isDirectory(value: unknown): value is CheckpointDirectory {
  return typeof value === "object" && value !== null && "create" in value && "rename" in value;
}
