/** Each model goes on from a snapshot, written and read, as one that never stopped: to the same bytes. */
import { assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { parseRecord } from "../../../lib/base/record.ts";
import { decodeTensors, encodeTensors } from "../../../lib/formats/safetensors.ts";
import { snapshotFrom, type SnapshotLayout, snapshotTensors } from "../../../lib/train/checkpoint.ts";
import { train } from "../../../lib/train/loop.ts";
import { openOptimizer } from "../../../lib/train/optimizer.ts";
import { openTraining } from "../../../lib/train/session_io.ts";
import type { Snapshot } from "../../../lib/train/snapshot.ts";
import { optimSchema } from "../../../lib/train/spec.ts";
import { frontendOf, SGD, writeWaveforms } from "../../pipeline/stages/tiny.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { original } from "./harness.ts";

for (const model of ["linear", "bc_resnet", "ds_cnn", "matchboxnet"]) {
  Deno.test({
    name: `a training of ${model} that goes on ends with the same bytes as one that never stopped`,
    sanitizeOps: false, // threads live as long as the process
    sanitizeResources: false,
    fn: async () => {
      await openBackend("wasm", { threads: 2 });
      await using folder = tempDir();
      await writeWaveforms(`${folder.path}/waves`, 12, "train");
      const whole = await trained(`${folder.path}/waves`, model, 2);
      const first = await trained(`${folder.path}/waves`, model, 1);
      const rest = await trained(`${folder.path}/waves`, model, 2, first.bytes);
      assertEquals(rest.bytes, whole.bytes);
    },
  });
}

async function trained(
  path: string,
  model: string,
  epochs: number,
  from?: Uint8Array<ArrayBuffer>,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer> }> {
  const spec = {
    task: "kws",
    frontend: await frontendOf(["mel"], { normalise: "batch" }),
    model: original(model),
    augment: { kind: "none" },
    labelSmoothing: 0,
    classWeights: "equal" as const,
    classClips: {},
    seed: 3,
    workers: 0,
    batchSize: 5,
    sampler: "shuffle",
  };
  using open = await openTraining(spec, { train: path, validation: path }, () => {});
  const optim = parseRecord(optimSchema, SGD, "Cannot use", "");
  const optimizer = await openOptimizer(optim, open.network.specs, open.state);
  const layout: SnapshotLayout = { network: open.network.specs, optimizer: optimizer.state };
  let snapshot: Snapshot | undefined;
  for await (
    const event of train({
      objective: open.objective(null),
      state: open.state,
      optimizer,
      schedule: { kind: "constant" },
      epochs,
      rng: open.rng,
      ...(from && { from: snapshotFrom(layout, decodeTensors(from, "x"), "x") }),
    })
  ) if (event.type === "epoch") snapshot = event.snapshot;
  optimizer.dispose();
  const { tensors, metadata } = snapshotTensors(layout, snapshot!);
  return { bytes: encodeTensors(tensors, metadata) };
}
