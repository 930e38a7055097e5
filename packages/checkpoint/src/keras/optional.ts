/** @file Packages that only some files need, loaded when they are. */
import { StorageError } from "../errors.ts";

/** Reads HDF5. `what` needs it, in the error that says how to install it. */
export async function loadH5wasm(what: string): Promise<typeof import("h5wasm")> {
  // Inside `try`, so that bundlers only warn where it is not installed.
  try {
    return await import("h5wasm");
  } catch (cause) {
    throw notInstalled("h5wasm", what, cause);
  }
}

/** Unpacks zip files. */
export async function loadFflate(what: string): Promise<typeof import("fflate")> {
  try {
    return await import("fflate");
  } catch (cause) {
    throw notInstalled("fflate", what, cause);
  }
}

function notInstalled(name: string, what: string, cause: unknown): StorageError {
  return new StorageError(
    `${what} is read by the package ${name}, which could not be loaded. Install it: npm install ${name}`,
    { cause },
  );
}
