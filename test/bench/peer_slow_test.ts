/** That the two sides of the benchmark do the same. */
import { assertEquals } from "@std/assert";
import { openTorch } from "../torch/torch_io.ts";
import { torchTest } from "../support/torch.ts";
import type { BenchCase, PeerVariant } from "./cases.ts";
import { checkSame, prepareBoth } from "./peer_io.ts";
import { startOurs, startPeer } from "./side_io.ts";

/** @param trained How many values of PyTorch's network, if it is known. */
async function assertSame(work: BenchCase, variant: PeerVariant, trained?: number): Promise<void> {
  await using ours = startOurs({ threads: 1, fast: false });
  await using peer = startPeer(await openTorch(), 1);
  const { prepared, theirs } = await prepareBoth(ours, peer, work, variant);
  if (trained !== undefined) assertEquals(theirs.trained, trained);
  checkSame(variant, prepared, theirs);
  assertEquals((await peer.run(2)).length, 2);
  await ours.end();
  await peer.end();
}

for (
  const [kind, model, trained] of [
    ["train", "linear", { A: 48_492, B: 58_132 }],
    ["train", "bc_resnet", { A: 9160, B: 18_800 }],
    ["recognize", "linear", { A: 22_974, B: 32_614 }],
    ["recognize", "bc_resnet", { A: 29_640, B: 39_280 }],
  ] as const
) {
  for (const variant of ["written", "cached"] as const) {
    for (const setting of ["A", "B"] as const) {
      torchTest(
        `PyTorch's side has our loss and trains as many values: ${kind} ${model}-${setting}, ${variant}`,
        () => assertSame({ kind, model, setting, batch: 4 }, variant, trained[setting]),
      );
    }
  }
}

for (const [frontend, ofFilter] of [["leaf", 7], ["efficientleaf", 6]] as const) {
  torchTest(
    `PyTorch's ${frontend} has our loss and trains as many values, setting D`,
    () =>
      assertSame(
        { kind: "train", model: "linear", setting: "D", batch: 4, frontend },
        "written",
        40 * ofFilter + 12 * 4001,
      ),
  );
}

for (const representation of ["power", "logmel"] as const) {
  for (const variant of ["stft", "conv1d"] as const) {
    torchTest(
      `PyTorch makes our ${representation} by ${variant}`,
      () => assertSame({ kind: "fixed", representation, batch: 4 }, variant),
    );
    torchTest(
      `PyTorch makes by ${variant} the ${representation} that our stage stores`,
      () => assertSame({ kind: "features", representation, clips: 100 }, variant),
    );
  }
}
