/** @file TensorFlow.js's layers read what is written. */
import {
  loadModel,
  readKeras,
  readLayersModel,
  writeLayersModel,
  type LayersModelFiles,
} from "@nnx-js/checkpoint";
import { BatchNorm, Linear, Module, relu, Rngs, Sequential } from "@nnx-js/nn";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { TFJS_MODELS } from "./tfjs-models.ts";

/** What `tf.io.fromMemory` takes. */
function artifactsOf(files: LayersModelFiles): tf.io.ModelArtifacts {
  const json = JSON.parse(new TextDecoder().decode(files["model.json"])) as tf.io.ModelJSON;
  const [{ weights }] = json.weightsManifest as [tf.io.WeightsManifestConfig[number]];
  return { modelTopology: json.modelTopology, weightSpecs: weights, weightData: files["weights.bin"].buffer };
}

test("with the names and the topology of the file that was loaded, tf.loadLayersModel makes the model", async () => {
  const model = TFJS_MODELS.classifier(new Rngs(0));
  const file = await readLayersModel(new URL("../golden/tfjs/classifier/model.json", import.meta.url));
  await loadModel(model, file, { layout: "keras" });
  // Other weights than those of the file.
  model.classes.kernel.value = tf.mul(model.classes.kernel.value, 2);
  model.norm.mean.value = tf.add(model.norm.mean.value, 0.5);
  const before = tf.memory().numTensors;
  const files = await writeLayersModel(model, { like: file });
  expect(tf.memory().numTensors).toBe(before);
  await file.close();

  const theirs = await layers.loadLayersModel(tf.io.fromMemory(artifactsOf(files)));
  const x = tf.randomNormal([2, 6, 6, 1]);
  await expect(model.forward(x)).toBeAllClose(theirs.predict(x) as tf.Tensor);
  expect((await readLayersModel({ ...files })).names).toHaveLength(14);
  theirs.dispose();
});

test("without one there are weights, which LayersModel.loadWeights takes where layers are called alike", async () => {
  class Net extends Module {
    readonly hidden: Linear;
    readonly norm: BatchNorm;
    readonly blocks: Sequential<[Linear]>;

    constructor(rngs: Rngs) {
      super();
      this.hidden = new Linear(3, 4, { rngs });
      this.norm = new BatchNorm(4, { epsilon: 1e-3, useRunningAverage: true, rngs });
      this.blocks = new Sequential(new Linear(4, 2, { rngs }));
    }

    forward(x: tf.Tensor): tf.Tensor {
      return this.blocks.forward(this.norm.forward(relu(this.hidden.forward(x))));
    }
  }

  const model = new Net(new Rngs(1));
  const { weightSpecs, weightData } = artifactsOf(await writeLayersModel(model));
  const theirs = layers.sequential({
    layers: [
      layers.layers.dense({ units: 4, activation: "relu", inputShape: [3], name: "hidden" }),
      layers.layers.batchNormalization({ name: "norm" }),
      layers.layers.dense({ units: 2, name: "blocks/layers/0" }),
    ],
  });
  theirs.loadWeights(tf.io.decodeWeights(weightData!, weightSpecs!));
  const x = tf.randomNormal([5, 3]);
  await expect(model.forward(x)).toBeAllClose(theirs.predict(x) as tf.Tensor);
  theirs.dispose();
});

test("a file whose weights the model has not is refused", async () => {
  const file = await readLayersModel(new URL("../golden/tfjs/classifier/model.json", import.meta.url));
  await expect(writeLayersModel(new Linear(2, 2, { rngs: new Rngs(0) }), { like: file })).rejects.toThrow(
    /the model has nothing for batch_normalization_/,
  );
  await file.close();
});

test("a file of Keras is refused as what is to be written like", async () => {
  const file = await readKeras(new URL("../golden/keras/dense.keras", import.meta.url));
  const model = new Linear(4, 3, { rngs: new Rngs(0) });
  await loadModel(model, file, { layout: "keras" });
  await expect(writeLayersModel(model, { like: file })).rejects.toThrow(
    /got one of Keras.* Leave `like` out/,
  );
  await file.close();
});
