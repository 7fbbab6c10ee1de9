/** A network entered at the wave or at what is cached: the same forward, for clips of one length and of any. */
import { assert, assertEquals } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import { Rng } from "../../../lib/base/random.ts";
import type { FrontendSpec, Setting } from "../../../lib/frontends/contract.ts";
import { leastFrames } from "../../../lib/kernels/ctc_loss/feasible.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { createState, disposeState, frozenState } from "../../../lib/nn/state.ts";
import { work as asr } from "../../../lib/tasks/asr/work.ts";
import type { TaskWork } from "../../../lib/tasks/contract.ts";
import { work as kws } from "../../../lib/tasks/kws/work.ts";
import { openExamples } from "../../../lib/train/example_file_io.ts";
import { learnerOf } from "../../../lib/train/objective.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { fastAudio, nnAudio } from "../frontends/papers.ts";
import { plain } from "../models/harness.ts";
import { CLASSES, writeWaves } from "./wave_files.ts";

await openBackend("wasm");

const FRONTENDS: Readonly<Record<string, (setting: Setting) => Promise<FrontendSpec>>> = {
  nnaudio: (setting) => nnAudio(setting, { n_mels: 8, normalise: "batch" }),
  "nnaudio of masked magnitudes": (setting) =>
    nnAudio(setting, { n_mels: 8, power: 1, mask: { start: 3, end: 9 }, normalise: "clip_mean" }),
  fastaudio: (setting) =>
    fastAudio(setting, { n_mels: 8, normalise: "batch" }, { compat: { top_db: "clip" } }),
};

const NETWORKS = [["A", "linear"], ["A", "bc_resnet"], ["B", "linear"], ["D", "linear"]] as const;

interface Case {
  readonly what: string;
  readonly head: "clip" | "frame";
  readonly work: TaskWork;
  /** Samples. */
  readonly lengths: readonly number[];
  /** Relative to the largest: kernels add up a padded batch in another order than a clip alone. */
  readonly tolerance: number;
}

const CASES: readonly Case[] = [
  { what: "clips of one length", head: "clip", work: kws, lengths: [1600, 1600, 1600], tolerance: 0 },
  {
    what: "utterances of any length",
    head: "frame",
    work: asr,
    lengths: [1600, 2130, 1111],
    tolerance: 1e-6,
  },
];

for (const [name, frontendOf] of Object.entries(FRONTENDS)) {
  for (const { what, head, work, lengths, tolerance } of CASES) {
    Deno.test(`a batch of ${what} that enters at the wave equals one of cached features: ${name}`, async () => {
      for (const [setting, model] of NETWORKS) {
        await using folder = tempDir();
        const samples = head === "clip" ? lengths[0]! : null;
        const network = await buildNetwork(
          await frontendOf(setting),
          plain(model),
          head,
          CLASSES.length,
          samples,
        );
        await writeWaves(folder.path, network, lengths);
        const state = createState(network, Rng.fromSeed(1));
        const frozen = frozenState(network);
        const learner = learnerOf(network, work, frozen);
        const outcome = async (file: string, training: boolean) => {
          using source = openExamples(
            `${folder.path}/${file}`,
            network,
            leastFrames,
          );
          const batch = await source.read([2, 0, 1]);
          assertEquals(batch.entry, file === "wave" ? 0 : network.frozen);
          const [loss, logits] = tf.tidy(() => {
            const found = learner.forward(state, batch, { training });
            return [found.loss, found.logits];
          });
          const values = [...await loss!.data(), ...await logits!.data()];
          const shape = logits!.shape;
          tf.dispose([loss!, logits!]);
          return { shape, values };
        };
        // As training reads what an augmentation changed, and validation what is cached.
        for (const training of [false, true]) {
          const [wave, cache] = [await outcome("wave", training), await outcome("cached", training)];
          assertEquals(wave.shape, cache.shape);
          assertClose(
            wave.values,
            cache.values,
            tolerance,
            `${setting} ${model} ${training ? "training" : "evaluation"}`,
          );
        }
        disposeState(state);
        disposeState(frozen);
      }
    });
  }
}

function assertClose(
  found: readonly number[],
  wanted: readonly number[],
  tolerance: number,
  when: string,
): void {
  const largest = Math.max(...wanted.map(Math.abs));
  const worst = Math.max(...found.map((value, i) => Math.abs(value - wanted[i]!))) / largest;
  assert(worst <= tolerance, `${when}: off by ${worst}`);
}
