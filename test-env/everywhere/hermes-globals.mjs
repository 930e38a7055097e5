/**
 * @file What React Native gives programs beside the engine, and what the engine of npm, older than that of today's
 * React Native, lacks. Imported before anything else.
 */
/* global print -- of the engine's shell */
const inPrint = (...values) => print(...values);

const given = {
  global: globalThis,
  window: globalThis,
  self: globalThis,
  console: { log: inPrint, info: inPrint, warn: inPrint, error: inPrint, debug: inPrint },
  performance: { now: () => Date.now() },
  queueMicrotask: (work) => void Promise.resolve().then(work),
  TextEncoder: class {
    encode(text) {
      const bytes = unescape(encodeURIComponent(text));
      return Uint8Array.from(bytes, (byte) => byte.charCodeAt(0));
    }
  },
  TextDecoder: class {
    decode(bytes) {
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return decodeURIComponent(escape(text));
    }
  },
  // Of React Native's own, only `instanceof` is used here.
  URL: function URL() {},
};
for (const [name, value] of Object.entries(given)) globalThis[name] ??= value;

function at(index) {
  const from = Math.trunc(index) || 0;
  return this[from < 0 ? this.length + from : from];
}
const Typed = Object.getPrototypeOf(Uint8Array);
for (const { prototype } of [Array, String, Typed]) {
  if (!prototype.at)
    Object.defineProperty(prototype, "at", { value: at, configurable: true, writable: true });
}
