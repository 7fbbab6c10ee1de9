/** {@link swish} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";

export function swishComposite<T extends tf.Tensor>(x: T): T {
  return differentiable(
    { x },
    (save) => {
      const gate = tf.sigmoid(x);
      const y = tf.mul(x, gate);
      save(gate, y);
      return y as T;
    },
    (dy, saved) => ({
      x: () => {
        const [gate, y] = [savedAt<T>(saved, 0), savedAt<T>(saved, 1)];
        return tf.mul(dy, tf.add(gate, tf.mul(y, tf.sub(1, gate)))); // y' = s + y (1 - s)
      },
    }),
  );
}
