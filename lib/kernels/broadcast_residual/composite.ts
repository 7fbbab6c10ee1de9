/** {@link broadcastResidual} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { meanOverFrequency } from "../standard/reduce.ts";

export function broadcastResidualComposite(
  twoD: tf.Tensor4D,
  oneD: tf.Tensor4D,
  identity?: tf.Tensor4D,
): tf.Tensor4D {
  const inputs: Record<string, tf.Tensor> = identity === undefined
    ? { twoD, oneD }
    : { twoD, oneD, identity };
  return differentiable<Record<string, tf.Tensor>, tf.Tensor4D>(
    inputs,
    (save) => {
      const sum = tf.add(twoD, oneD);
      const y = tf.relu(identity === undefined ? sum : tf.add(sum, identity)) as tf.Tensor4D;
      save(y);
      return y;
    },
    (dy, saved) => {
      const passed = tf.mul(dy, tf.step(savedAt(saved, 0))) as tf.Tensor4D; // relu's slope at 0 is 0, as in PyTorch
      const whole = () => tf.clone(passed);
      return {
        twoD: whole,
        oneD: () => tf.mul(meanOverFrequency(passed), passed.shape[1]),
        identity: whole,
      };
    },
  );
}
