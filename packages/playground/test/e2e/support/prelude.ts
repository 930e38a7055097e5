/** @file What goes wrong in a worker on request: code before its own. */

/** What {@link PRELUDE} takes as a message. */
export type Trouble = "hang" | "lose device" | "refuse memory";

/** Makes a worker do on a message what machines and browsers do: hang, lose the GPU, give no more memory. */
export const PRELUDE = `(${trouble.toString()})()`;

function trouble(): void {
  // The page itself.
  if (typeof document !== "undefined") return;
  const devices: GPUDevice[] = [];
  let isMemoryRefused = false;
  addEventListener("message", (event) => {
    if (!["hang", "lose device", "refuse memory"].includes(event.data as string)) return;
    event.stopImmediatePropagation();
    if (event.data === "hang") for (;;);
    if (event.data === "refuse memory") isMemoryRefused = true;
    for (const device of event.data === "lose device" ? devices : []) device.destroy();
  });
  if (typeof GPUAdapter !== "undefined") {
    const { prototype } = GPUAdapter;
    const request: GPUAdapter["requestDevice"] = Reflect.get(prototype, "requestDevice");
    prototype.requestDevice = async function (this: GPUAdapter, ...args) {
      const device = await request.apply(this, args);
      devices.push(device);
      return device;
    };
  }
  const refuse = (what: string) => {
    if (isMemoryRefused) throw new RangeError(`${what}: could not allocate memory`);
  };
  const { Memory } = WebAssembly;
  const grow: WebAssembly.Memory["grow"] = Reflect.get(Memory.prototype, "grow");
  Memory.prototype.grow = function (this: WebAssembly.Memory, delta) {
    refuse("WebAssembly.Memory.grow()");
    return grow.call(this, delta);
  };
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      refuse("WebAssembly.Memory()");
      super(descriptor);
    }
  };
}
