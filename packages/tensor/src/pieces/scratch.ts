/** @file Memory for values on their way, which is used again as long as the garbage collector leaves it. */

/** As many as there are ways at the same time, mostly. */
const MOST = 4;
const spare: WeakRef<ArrayBuffer>[] = [];

/** Some memory of at least `bytes` bytes, which hold anything. Whoever is done with it calls {@link giveScratch}. */
export function takeScratch(bytes: number): ArrayBuffer {
  for (const [i, ref] of spare.entries()) {
    const buffer = ref.deref();
    if (buffer === undefined || buffer.byteLength < bytes) continue;
    spare.splice(i, 1);
    return buffer;
  }
  return new ArrayBuffer(bytes);
}

/** Gives memory to the next who needs some. */
export function giveScratch(buffer: ArrayBuffer): void {
  spare.unshift(new WeakRef(buffer));
  spare.length = Math.min(spare.length, MOST);
}
