/** MatchboxNet against PyTorch with the names of NeMo's modules, and the paper's sizes. */
import { assertEquals } from "@std/assert";
import { body } from "../../../lib/models/matchboxnet/heads/clip.ts";
import { countTrainable } from "../../../lib/nn/state.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { TorchFile } from "./torch_file.ts";

/**
 * With the paper's 64 bands, and 30 classes as Speech Commands had at first: 77, 93 and 140 k in the paper. The last is
 * 139,491 with the 35 classes of the second edition.
 */
const PARAMETERS = new Map([["3x1x64", 77_214], ["3x2x64", 92_766], ["6x2x64", 138_846]]);

Deno.test("matchboxnet has the published number of parameters at each size", () => {
  for (const [sizes, wanted] of PARAMETERS) {
    assertEquals(countTrainable(network(sizes, 64, 30)), wanted, sizes);
  }
  assertEquals(countTrainable(network("6x2x64", 64, 35)), 139_491);
});

onEveryBackend(
  "matchboxnet gives PyTorch's values and gradients",
  () => new TorchFile("separable/matchboxnet.safetensors").check(network("1x2x16", 10, 12)),
);

/** @param sizes As the paper writes them: blocks, sub-blocks, channels. */
function network(sizes: string, bands: number, classes: number) {
  const [blocks, sub_blocks, channels] = sizes.split("x").map(Number) as [number, number, number];
  return body(
    { kind: "matchboxnet", blocks, sub_blocks, channels },
    { channels: 1, bands, frames: null },
    classes,
  );
}
