/** @file Buffers that a device was asked for: whether it has had the memory for them, it tells later. */

/** What replaces a buffer, as long as it is not known whether the device has it. */
export interface Growth {
  /** The last buffer that is known to be there, as it was when it was replaced. */
  readonly before: GPUBuffer;
  /** Those that came after it, and are not in use any more. */
  readonly between: GPUBuffer[];
  /** How many are not known yet. */
  waiting: number;
}

/**
 * Makes a buffer that begins with the contents of `old`, and calls `settle` with what is known later: nothing, or why
 * it is not there. Never calls it when the device is lost before.
 */
export function enlarged(
  device: GPUDevice,
  old: GPUBuffer,
  make: () => GPUBuffer,
  settle: (failure: string | undefined) => void,
): GPUBuffer {
  device.pushErrorScope("validation");
  device.pushErrorScope("out-of-memory");
  const buffer = make();
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(old, 0, buffer, 0, old.size);
  device.queue.submit([encoder.finish()]);
  void Promise.all([device.popErrorScope(), device.popErrorScope()]).then(
    (errors) => {
      const error = errors.find((each) => each !== null);
      settle(error && (error.message || "no reason given"));
    },
    () => {},
  );
  return buffer;
}

/** Calls `tell` when the device says by itself that it has no memory for something. */
export function whenOutOfMemory(device: GPUDevice, tell: (message: string) => void): void {
  device.addEventListener?.("uncapturederror", ({ error }: GPUUncapturedErrorEvent) => {
    if (error.constructor.name === "GPUOutOfMemoryError") tell(error.message);
  });
}
