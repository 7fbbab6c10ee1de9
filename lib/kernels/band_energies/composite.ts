/** {@link bandEnergies} from standard operations. */
import * as tf from "@tensorflow/tfjs";
import { differentiable, savedAt } from "../operation/differentiable.ts";
import { asMatrix, matmul } from "../standard/matmul.ts";

export function bandEnergiesComposite(spectrum: tf.Tensor3D, bank: tf.Tensor2D): tf.Tensor3D {
  const [batch, frames, bins] = spectrum.shape;
  const [bands] = bank.shape;
  return differentiable(
    { spectrum, bank },
    (save) => {
      save(spectrum, bank);
      const energy = matmul(asMatrix(spectrum, batch * frames, bins), tf.transpose(bank));
      return tf.transpose(tf.reshape(energy, [batch, frames, bands]), [0, 2, 1]) as tf.Tensor3D;
    },
    (dy, saved) => {
      const perFrame = asMatrix(tf.transpose(dy, [0, 2, 1]), batch * frames, bands);
      return {
        spectrum: () => tf.reshape(matmul(perFrame, savedAt<tf.Tensor2D>(saved, 1)), spectrum.shape),
        bank: () => matmul(tf.transpose(perFrame), asMatrix(savedAt(saved, 0), batch * frames, bins)),
      };
    },
  );
}
