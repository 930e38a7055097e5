/** @file Cutting boxes out of images and resizing them, in GLSL. */
import type { MathBackendWebGL } from "@tensorflow/tfjs-backend-webgl";
import type * as tf from "@tensorflow/tfjs-core";

const pixel = (y: string, x: string) => `getImage(picture, ${y}, ${x}, at.w)`;

/** CropAndResize; a box of an image that there is not is NaN. */
export const cropAndResizeOnWebGl: tf.KernelFunc = (call) => {
  // The registry erases the types that `runKernel` was called with.
  const { image, boxes, boxInd } = call.inputs as Record<"image" | "boxes" | "boxInd", tf.TensorInfo>;
  const { cropSize, method, extrapolationValue } = call.attrs as unknown as tf.CropAndResizeAttrs;
  const [images, height, width, channels] = image.shape as [number, number, number, number];
  const read = {
    nearest: `setOutput(${pixel("int(floor(y + 0.5))", "int(floor(x + 0.5))")});`,
    bilinear: `
      int top = int(floor(y));
      int left = int(floor(x));
      int bottom = int(ceil(y));
      int right = int(ceil(x));
      float upper = mix(${pixel("top", "left")}, ${pixel("top", "right")}, x - float(left));
      float lower = mix(${pixel("bottom", "left")}, ${pixel("bottom", "right")}, x - float(left));
      setOutput(mix(upper, lower, y - float(top)));
    `,
  };
  const program = {
    variableNames: ["image", "boxes", "boxInd"],
    outputShape: [boxes.shape[0]!, ...cropSize, channels],
    customUniforms: [{ name: "outside", type: "float" as const }],
    userCode: `
      float place(int to, int length, int from, float first, float last) {
        float range = float(from - 1);
        return length > 1
          ? first * range + float(to) * ((last - first) * range / float(length - 1))
          : 0.5 * (first + last) * range;
      }
      void main() {
        ivec4 at = getOutputCoords();
        int picture = int(floor(getBoxInd(at.x) + 0.5));
        float y = place(at.y, ${cropSize[0]}, ${height}, getBoxes(at.x, 0), getBoxes(at.x, 2));
        float x = place(at.z, ${cropSize[1]}, ${width}, getBoxes(at.x, 1), getBoxes(at.x, 3));
        if (picture < 0 || picture >= ${images}) {
          setOutput(NAN);
        } else if (y < 0.0 || y > ${height - 1}.0 || x < 0.0 || x > ${width - 1}.0) {
          setOutput(outside);
        } else {
          ${read[method]}
        }
      }
    `,
  };
  const backend = call.backend as MathBackendWebGL;
  return backend.runWebGLProgram(program, [image, boxes, boxInd], "float32", [[extrapolationValue]]);
};
