/** @file Turns what was thrown into words that help. */
import type { Fault } from "../protocol/events.ts";
import { WaitLimitError } from "./limit.ts";

/** The loss is no number any more. */
export class NotFiniteError extends Error {
  override readonly name = "NotFiniteError";

  /** @param step whose loss it is */
  constructor(step: number, loss: number) {
    super(`the loss of step ${step} is ${loss}`);
  }
}

/** The GPU is gone, told by its device. */
export class DeviceGoneError extends Error {
  override readonly name = "DeviceGoneError";

  /** @param reason what the browser said */
  constructor(reason: string) {
    super(`the GPU was lost${reason === "" ? "" : `: ${reason}`}`);
  }
}

/** A file of this page does not come. */
export class AssetError extends Error {
  override readonly name = "AssetError";
}

/** A command that does not suit the moment. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

type Cause = Fault["cause"];

/** By the names of errors, which minifiers leave as they are. */
const CAUSES: Readonly<Record<string, Cause>> = {
  BackendUnavailableError: "backend",
  BackendOptionError: "backend",
  WebAssemblyUnavailableError: "backend",
  DeviceLostError: "device-lost",
  DeviceGoneError: "device-lost",
  JitMemoryError: "memory",
  BackendMemoryError: "memory",
  StorageError: "storage",
  CheckpointMismatchError: "file",
  FileFormatError: "file",
  ForeignFileError: "file",
  NotFiniteError: "not-finite",
};

/** What engines say where they give no memory. */
const NO_MEMORY =
  /out of memory|allocation failed|cannot allocate|failed to allocate|invalid (typed )?array length/i;

const REPAIRS: Readonly<Record<Cause, string>> = {
  backend: "Choose another backend.",
  "device-lost": "Go on: the page takes the GPU anew, or choose another backend.",
  memory: "Close other pages, or choose a smaller task or another backend, then go on.",
  storage: "Download the file instead, or make room on this device.",
  file: "Choose a file that was saved here for this task.",
  "not-finite": "Lower the learning rate, then go on from the last good state, or reset.",
  worker: "Go on: a new worker takes over.",
  other: "Go on, or reset. If it comes again, choose another backend.",
};

/** Causes after which the last snapshot is worth going on with. */
const RESUMABLE: ReadonlySet<Cause> = new Set(["device-lost", "memory", "not-finite", "backend", "other"]);

/**
 * The fault that an error is.
 *
 * @param hasSnapshot whether there is one to go on with
 */
export function faultOf(error: unknown, hasSnapshot: boolean): Fault {
  const cause = causeOf(error);
  return {
    cause,
    message: messageOf(error),
    repair: repairOf(error) ?? REPAIRS[cause],
    isResumable: hasSnapshot && RESUMABLE.has(cause),
  };
}

function causeOf(error: unknown): Cause {
  if (error instanceof Error && Object.hasOwn(CAUSES, error.name)) return CAUSES[error.name]!;
  return NO_MEMORY.test(messageOf(error)) ? "memory" : "other";
}

function repairOf(error: unknown): string | undefined {
  if (error instanceof AssetError)
    return "Check the connection to the server of this page, then start again.";
  if (error instanceof CommandError) return "Start a model first.";
  if (error instanceof WaitLimitError) return "Start again, on another backend if it comes again.";
  return undefined;
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error) {
    if (typeof error.message === "string" && error.message !== "") return error.message;
  }
  return String(error);
}
