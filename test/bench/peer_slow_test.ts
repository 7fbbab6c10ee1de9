/** That the two sides of the benchmark do the same. */
import { assertEquals } from "@std/assert";
import { torchTest } from "../support/torch.ts";
import { checkSame, prepareBoth } from "./peer_io.ts";
import { startOurs, startPeer } from "./side_io.ts";

for (
  const [kind, model, trained] of [
    ["train", "linear", 48_492],
    ["train", "bc_resnet", 9160],
    ["recognize", "linear", 22_974],
    ["recognize", "bc_resnet", 29_640],
  ] as const
) {
  torchTest(`PyTorch's side has our loss and trains as many values: ${kind} ${model}-A`, async () => {
    const work = { kind, model, setting: "A", batch: 4 } as const;
    await using ours = startOurs({ threads: 1, fast: false });
    await using peer = await startPeer(1);
    const { prepared, theirs } = await prepareBoth(ours, peer, work);
    assertEquals(theirs.trained, trained);
    checkSame(model, prepared, theirs);
    assertEquals((await peer.run(2)).length, 2);
    await ours.end();
    await peer.end();
  });
}

for (const [frontend, ofFilter] of [["leaf", 7], ["efficientleaf", 6]] as const) {
  torchTest(`PyTorch's ${frontend} has our loss and trains as many values, setting D`, async () => {
    const work = { kind: "train", model: "linear", setting: "D", batch: 4, frontend } as const;
    await using ours = startOurs({ threads: 1, fast: false });
    await using peer = await startPeer(1);
    const { prepared, theirs } = await prepareBoth(ours, peer, work);
    assertEquals(theirs.trained, 40 * ofFilter + 12 * 4001);
    checkSame(frontend, prepared, theirs);
    assertEquals((await peer.run(2)).length, 2);
    await ours.end();
    await peer.end();
  });
}

for (const representation of ["power", "logmel"] as const) {
  torchTest(`torch.stft makes our ${representation}`, async () => {
    const work = { kind: "fixed", representation, batch: 4 } as const;
    await using ours = startOurs({ threads: 1, fast: false });
    await using peer = await startPeer(1);
    const { prepared, theirs } = await prepareBoth(ours, peer, work);
    checkSame(representation, prepared, theirs);
    assertEquals((await peer.run(2)).length, 2);
    await ours.end();
    await peer.end();
  });
}
