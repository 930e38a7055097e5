const Known = Symbol;
globalThis.Symbol = new Proxy((text) => Known(text), {
  get: (_, name) => (name === "dispose" ? undefined : Reflect.get(Known, name)),
});
const { program } = await import("./program.mjs");
const { report } = await import("./report.mjs");
report(await program());
