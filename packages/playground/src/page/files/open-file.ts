/** @file A file of the person's as a run. */
import { FaultError } from "../connection/fault-error.ts";
import { formatCount } from "../format.ts";
import { goOnWith } from "../state/actions.ts";
import { fileFault, whyRefused } from "./refusal.ts";

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
