/** @file A file of the person's as a run. */
import type { Fault } from "../../protocol/events.ts";
import { FaultError } from "../connection/fault-error.ts";
import { formatCount } from "../format.ts";
import { goOnWith } from "../state/actions.ts";

/** No run of these models is larger. */
const MOST_BYTES = 200e6;

function fileFault(message: string, repair: string): Fault {
  return { cause: "file", message, repair, isResumable: true };
}

/** Why `file` is not even read, or null. */
export function whyRefused({ name, size }: { name: string; size: number }): Fault | null {
  const repair = "Choose a .safetensors file that this page saved.";
  if (!/\.safetensors$/i.test(name)) return fileFault(`${name} is no .safetensors file.`, repair);
  if (size === 0) return fileFault(`${name} is empty.`, repair);
  if (size > MOST_BYTES) return fileFault(`${name} is too large: ${(size / 1e6).toFixed(0)} MB.`, repair);
  return null;
}

/** Goes on with the run in a file, and says so; rejects with a fault as an error. */
export async function openFile(file: File): Promise<string> {
  const refused = whyRefused(file);
  if (refused) throw new FaultError(refused);
  const { step } = await goOnWith({ kind: "load", bytes: await bytesOf(file) });
  return `Loaded ${file.name}: the run stands at step ${formatCount(step)}.`;
}

async function bytesOf(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FaultError(
      fileFault(
        `${file.name} cannot be read: ${reason}`,
        "See that the file is still there, and choose it again.",
      ),
    );
  }
}
