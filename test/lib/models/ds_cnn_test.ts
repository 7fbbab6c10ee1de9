/** DS-CNN against PyTorch, and the paper's sizes. */
import { assertEquals } from "@std/assert";
import { body } from "../../../lib/models/ds_cnn/body.ts";
import type { Size } from "../../../lib/models/ds_cnn/layout.ts";
import { countTrainable } from "../../../lib/nn/state.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { TorchFile } from "./torch_file.ts";

/**
 * With 12 classes: 23,756 is what MLPerf Tiny's reference network, the small one, counts; later papers round the three to
 * 24, 140 and 420 k.
 */
const PARAMETERS: readonly (readonly [Size, number])[] = [["S", 23_756], ["M", 138_128], ["L", 416_772]];

Deno.test("ds_cnn has the published number of parameters at each size", () => {
  for (const [size, wanted] of PARAMETERS) assertEquals(countTrainable(network(size)), wanted, size);
});

onEveryBackend(
  "ds_cnn gives PyTorch's values and gradients",
  () => new TorchFile("separable/ds_cnn.safetensors").check(network("S")),
);

function network(size: Size) {
  return body({ kind: "ds_cnn", size }, { channels: 1, bands: 40, frames: null }, 12);
}
