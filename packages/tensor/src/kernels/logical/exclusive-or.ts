/** @file Exclusive or, which is there on wasm only: of booleans it is inequality. */
import * as tf from "@tensorflow/tfjs-core";
import { composed } from "../composed.ts";

export const exclusiveOr = composed<"a" | "b", unknown>(({ a, b }) => tf.notEqual(a, b));
