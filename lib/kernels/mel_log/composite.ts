/** {@link melLog} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { asMatrix, matmul } from "../standard/matmul.ts";

export function melLogComposite(power: tf.Tensor3D, melBasis: tf.Tensor2D, offset: number): tf.Tensor3D {
  const [batch, frames, bins] = power.shape;
  const [bands] = melBasis.shape;
  return differentiable(
    { power, melBasis },
    (save) => {
      const energy = matmul(asMatrix(power, batch * frames, bins), tf.transpose(melBasis));
      const shifted = tf.add(energy, offset);
      save(shifted, power, melBasis);
      return tf.transpose(tf.reshape(tf.log(shifted), [batch, frames, bands]), [0, 2, 1]) as tf.Tensor3D;
    },
    (dy, saved) => {
      const perFrame = asMatrix(tf.transpose(dy, [0, 2, 1]), batch * frames, bands);
      const dEnergy = tf.div(perFrame, savedAt(saved, 0)) as tf.Tensor2D;
      return {
        power: () => tf.reshape(matmul(dEnergy, savedAt<tf.Tensor2D>(saved, 2)), power.shape),
        melBasis: () => matmul(tf.transpose(dEnergy), asMatrix(savedAt(saved, 1), batch * frames, bins)),
      };
    },
  );
}
