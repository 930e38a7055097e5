/** @file Fetches the data that comes with the page. */
import { AssetError, messageOf } from "./faults.ts";
import { DATA_LIMIT } from "./limit.ts";
import type { AssetName, Assets } from "./tasks/task.ts";

/** The files at these addresses, each fetched when it is asked for. */
export function assetsAt(addresses: Readonly<Record<AssetName, string>>): Assets {
  return {
    async load(name) {
      const address = addresses[name];
      try {
        const response = await fetch(address, { signal: AbortSignal.timeout(DATA_LIMIT) });
        if (!response.ok) throw new Error(`the server says ${response.status}`);
        return await unpacked(new Uint8Array(await response.arrayBuffer()));
      } catch (error) {
        throw new AssetError(`the data of this task (${address}) cannot be had: ${messageOf(error)}`, {
          cause: error,
        });
      }
    },
  };
}

/** Some servers unpack by themselves what is named `.gz`: only the bytes tell. */
export async function unpacked(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
