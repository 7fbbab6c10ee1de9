/** The authors' edition of BC-ResNet against their own PyTorch class, tensors found by its names. */
import { assertEquals } from "@std/assert";
import { body } from "../../../lib/models/bc_resnet/heads/clip.ts";
import { countTrainable } from "../../../lib/nn/state.ts";
import { onEveryBackend } from "../../support/backends.ts";
import { TorchFile } from "./torch_file.ts";

/** Parameters of the authors' class, counted by PyTorch; the paper rounds them to 9.2, 17.2, 27.3, 54.2, 188, 321 k. */
const PARAMETERS = new Map([[1, 9232], [1.5, 17154], [2, 27284], [3, 54168], [6, 187812], [8, 321068]]);

Deno.test("bc_resnet has the authors' number of parameters at each width", () => {
  for (const [width, wanted] of PARAMETERS) assertEquals(countTrainable(kim(width)), wanted);
});

for (const width of [1, 1.5]) {
  onEveryBackend(
    `bc_resnet of the authors at width ${width} gives their class's values and gradients`,
    () => new TorchFile("bc_resnet_kim/authors.safetensors", `width${width}/`).check(kim(width)),
  );
}

function kim(width: number) {
  const dropout = { transition: 0, broadcasted: 0 };
  return body(
    { kind: "bc_resnet", edition: "kim", width, dropout, lstm_norm: false, padding: "same" },
    { channels: 1, bands: 40, frames: 11 },
    12,
  );
}
