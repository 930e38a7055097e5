/** @file What happens where a file with kernels or gradients is missing, and when it is there again. */
import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Programs } from "./programs.ts";

let programs: Programs;
beforeAll(async () => {
  programs = await Programs.open();
});
afterAll(() => programs.close());

const START = `
  import "@tensorflow/tfjs-backend-cpu";
  import * as tf from "@tensorflow/tfjs-core";
  import { rename } from "node:fs/promises";
  import { useBackend } from "./split/tensor.mjs";
  const messageOf = (promise) => promise.then(() => "none", (error) => error.message);
  const product = () => [...tf.matMul(tf.ones([2, 1, 1, 2]), tf.ones([1, 3, 2, 1])).dataSync()];`;

test.each([
  ["kernels", "cpu"],
  ["gradients", "gradients"],
])("%s: the error names the file, and the next call tries again", async (_, part) => {
  const folder = join(programs.folder, "split");
  const name = (await readdir(folder)).find((each) => each === `${part}.mjs`) ?? "";
  const [there, away] = [join(folder, name), join(folder, `away-${name}`)];
  await rename(there, away);
  const { result } = await programs.run(`${START}
    const failures = [];
    failures.push(await messageOf(useBackend("cpu")), await messageOf(tf.setBackend("cpu")), await messageOf(tf.ready()));
    try { product(); tf.grad(tf.tanh)(tf.scalar(0)); } catch (error) { failures.push(error.message); }
    await rename(${JSON.stringify(away)}, ${JSON.stringify(there)});
    await useBackend("cpu");
    print({ failures, product: product(), slope: tf.grad((x) => tf.tanh(x))(tf.scalar(0)).dataSync()[0] });`);
  const failure = expect.stringMatching(/does not come: .*Cannot find module .*split/) as string;
  expect(result).toEqual({
    failures: [
      failure,
      failure,
      failure,
      expect.stringMatching(/they do not come: .*Cannot find module .*split/),
    ],
    product: [2, 2, 2, 2, 2, 2],
    slope: 1,
  });
});
