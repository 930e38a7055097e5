/** @file What the runner says of arguments and files that do not fit. */
import { saveModel, saveSafetensors } from "@nnx-js/checkpoint";
import { Linear, Rngs } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exportStableHlo } from "../../src/index.ts";
import { findPython, runPython } from "./python.ts";

const python = findPython();

/** Runs the runner for each list of arguments in one process; prints what each ended with. */
const SCRIPT = `
import contextlib, io, json, sys
import nnx_js_runner
ends = []
for arguments in json.loads(sys.argv[1]):
    text = io.StringIO()
    with contextlib.redirect_stderr(text), contextlib.redirect_stdout(text):
        try:
            nnx_js_runner.main(arguments)
        except SystemExit as end:
            text.write(str(end))
    ends.append(text.getvalue())
print(json.dumps(ends))
`;

/** A tensor without values. */
function spec(shape: number[], dtype: "float32" | "int32"): tf.Tensor {
  return { shape, dtype } as unknown as tf.Tensor;
}

test.skipIf(!python)("what does not fit ends with a message", { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "nnx-runner-"));
  try {
    const model = new Linear(4, 2, { rngs: new Rngs(0) });
    const x = tf.ones([9, 4]);
    const predict = (model: Linear, x: tf.Tensor, n: tf.Tensor) =>
      tf.sum(tf.mul(model.forward(x), tf.cast(n, "float32")));
    const [batch, number] = [spec([3, 4], "float32"), spec([], "int32")];
    await writeFile(join(folder, "step.mlir"), await exportStableHlo(predict, [model, batch, number]));
    await saveModel({ model }, join(folder, "state.safetensors"));
    const wrong = join(folder, "wrong.safetensors");
    await saveSafetensors({ x, n: tf.scalar(1.5) }, wrong);
    await saveSafetensors({ x, n: tf.scalar(2, "int32") }, join(folder, "data.safetensors"));

    const step = join(folder, "step.mlir");
    const cases: [args: string[], end: RegExp][] = [
      [
        ["--shard", "kernl=-,data"],
        /kernl: expected a rule that matches a name, found model\.kernel \[4, 2\]/,
      ],
      [["--shard", "kernel=-,-,data"], /with as many axes as it has, found model\.kernel \[4, 2\]/],
      [["--shard", "kernel(=-,data"], /expected a regular expression, found 'kernel\('/],
      [["--shard", "kernel=data,data"], /expected each axis of the mesh once, found 'data,data'/],
      [["--shard", "kernel=-,modl"], /expected an axis of the mesh \{'data': 2\}, found 'modl'/],
      [["--mesh", "data=x"], /such as data=4,model=2, found 'data=x'/],
      [["--mesh", "data=1,data=2"], /expected each axis once, found 'data=1,data=2'/],
      [["--devices", "0"], /--devices: expected an integer from 1 on, found '0'/],
      [["--steps=-1"], /--steps: expected an integer from 0 on, found '-1'/],
      [["--log-every", "0"], /--log-every: expected an integer from 1 on/],
      [["--state", join(folder, "none")], /expected .*none, found no such file/],
      [["--data", join(folder, "none")], /expected .*none, found no such file/],
      [["--state", step], /step\.mlir: expected a safetensors file/],
      [["--data", step], /step\.mlir: expected a safetensors file/],
      [["--data", wrong], /wrong\.safetensors: n: expected int32, found float32/],
      // Three rows on two devices.
      [["--steps", "1"], /x \[3, 4\]: cannot be divided by 2, each device has all of it/],
    ];
    const all = [
      [join(folder, "none")],
      ...cases.map(([args]) => [folder, "--out", join(folder, "run"), ...args]),
    ];
    const flags = { XLA_FLAGS: "--xla_force_host_platform_device_count=2" };
    const { stdout } = await runPython(python!, ["-c", SCRIPT, JSON.stringify(all)], flags);
    const [missing, ...ends] = JSON.parse(stdout) as string[];
    expect(missing).toMatch(/expected .*step\.mlir, found no such file/);
    for (const [i, [, end]] of cases.entries()) expect(ends[i]).toMatch(end);
    x.dispose();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
