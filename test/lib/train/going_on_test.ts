/** Saved, read again and gone on with, trained front-ends end where they would have without a stop: to the byte. */
import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { parseRecord } from "../../../lib/base/record.ts";
import { decodeTensors, encodeTensors } from "../../../lib/formats/safetensors.ts";
import { snapshotFrom, type SnapshotLayout, snapshotTensors } from "../../../lib/train/checkpoint.ts";
import { train } from "../../../lib/train/loop.ts";
import { openOptimizer } from "../../../lib/train/optimizer.ts";
import { openTraining } from "../../../lib/train/session_io.ts";
import type { Snapshot } from "../../../lib/train/snapshot.ts";
import { optimSchema } from "../../../lib/train/spec.ts";
import { ADAM, writeWaveforms } from "../../pipeline/stages/tiny.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { frontEnd } from "../frontends/filters/front_ends.ts";

await openBackend("wasm", { threads: 2 });

const CASES: Readonly<
  Record<string, {
    readonly trained: readonly string[];
    readonly compression: string;
    readonly changes?: JsonObject;
  }>
> = {
  leaf: { trained: ["filters", "pooling", "pcen"], compression: "pcen_leaf" },
  efficientleaf: {
    trained: ["filters", "pooling", "log_tbn"],
    compression: "log_tbn",
    changes: { groups: 3 },
  },
  sincnet: { trained: ["filters", "layer_norm"], compression: "layer_norm" },
  sincnet_plus: { trained: ["filters", "pooling", "pcen"], compression: "pcen_leaf" },
  tdfbanks: { trained: ["filters", "pooling"], compression: "log" },
  nnaudio: { trained: ["stft", "mel", "pcen"], compression: "pcen" },
};
const [EPOCHS, STOP] = [3, 1];

for (const [name, { trained, compression, changes = {} }] of Object.entries(CASES)) {
  Deno.test(`${name} with ${compression}, saved, read and gone on with, equals never stopping`, async () => {
    await using folder = tempDir();
    await writeWaveforms(`${folder.path}/waves`, 6, "train");
    const frontend = await frontEnd(name, trained, { n_mels: 6, f_min_hz: 300, ...changes }, compression);
    const group = { lr: 0.003, weight_decay: 1e-3, clip_norm: 1 };
    const parts = Object.fromEntries(trained.map((part) => [part, group]));
    const { stft, mel, ...others } = { stft: group, mel: group, ...parts };
    const optim = parseRecord(optimSchema, { ...ADAM, stft, mel, parts: others }, "Cannot use", "");
    const spec = {
      ...{ task: "kws", frontend, model: { kind: "linear" }, augment: { kind: "none" }, labelSmoothing: 0 },
      ...{ seed: 3, workers: 0, batchSize: 4, sampler: "shuffle", classClips: {} },
      classWeights: "equal" as const,
    };
    const files = { train: `${folder.path}/waves`, validation: `${folder.path}/waves` };
    const trainedFrom = async (from: Snapshot | null, epochs: number) => {
      using open = await openTraining(spec, files, () => {});
      const { network: { specs }, state } = open;
      const optimizer = await openOptimizer(optim, specs, state);
      const layout: SnapshotLayout = { network: specs, optimizer: optimizer.state };
      const start = new Map([...state].map(([key, variable]) => [key, variable.dataSync().slice()]));
      let last: Snapshot | undefined;
      const events = train({
        ...{ objective: open.objective(null), state, optimizer, epochs, rng: open.rng },
        schedule: { kind: "constant" },
        ...(from && { from }),
      });
      for await (const event of events) {
        assert(event.type !== "failed", JSON.stringify(event));
        if (event.type === "epoch") last = event.snapshot;
      }
      optimizer.dispose();
      const moved = specs.filter(({ name, trainable }) =>
        trainable && last!.state.get(name)!.some((value, i) => value !== start.get(name)![i])
      );
      const { tensors, metadata } = snapshotTensors(layout, last!);
      const file = encodeTensors(tensors, metadata);
      return { moved, file, read: () => snapshotFrom(layout, decodeTensors(file, "x"), "x") };
    };
    const whole = await trainedFrom(null, EPOCHS);
    const half = await trainedFrom(null, STOP);
    const rest = await trainedFrom(half.read(), EPOCHS);
    assertEquals(rest.file, whole.file);
    const groups = new Set(whole.moved.map(({ group }) => group));
    assertEquals([...trained, "model"].filter((part) => !groups.has(part)), [], "every part has learnt");
  });
}
