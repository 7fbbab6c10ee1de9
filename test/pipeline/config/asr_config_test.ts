import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { UserError } from "../../../lib/base/errors.ts";
import { openConf } from "../../../pipeline/config/conf_io.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import type { RunConfig } from "../../../pipeline/config/schema.ts";
import { expandSweep } from "../../../pipeline/config/sweep.ts";
import { sweepFile } from "../../../pipeline/config/sweep_file.ts";

const CONF = openConf(fromFileUrl(new URL("../../../conf", import.meta.url)));

async function asr(...texts: string[]): Promise<RunConfig> {
  return (await expandSweep(CONF, "asr", texts.map(parseOverride))).points[0]!.config;
}

Deno.test("trainer=paper_asr is the paper's training: Adam at one rate, batches of 16, 400 epochs, raw logs", async () => {
  for (const model of ["linear", "bc_resnet"]) {
    const { trainer, optim, frontend, dataset } = await asr(
      "trainer=paper_asr",
      `model=${model}`,
      "dataset=timit",
      "root=/t",
    );
    const drawn = {
      batch_size: 16,
      sampler: "shuffle",
      clips_per_epoch: null,
      class_clips: {},
      class_weights: "equal",
    };
    assertEquals(trainer, {
      epochs: 400,
      ...drawn,
      average: null,
      label_smoothing: 0,
      freeze_model: false,
      patience: null,
      minutes: null,
      until_epoch: null,
      select: "loss",
      test: "best",
    });
    const group = { lr: 0.001, weight_decay: 0, clip_norm: null };
    assertEquals([optim.model, optim.stft, optim.mel], [group, group, group]);
    assertEquals([optim.kind, optim["betas"]], ["adam", [0.9, 0.999]]);
    assertEquals([frontend["normalise"], frontend.kind, frontend["n_mels"]], ["none", "nnaudio", 40]);
    assertEquals(dataset["split"], {
      train: 4000,
      validation: 620,
      by: "utterance",
      seed: 0,
    });
  }
  const both = await expandSweep(CONF, "asr", sweepFile(CONF, "paper_asr"));
  assertEquals(both.points.length, 8);
});

Deno.test("a recogniser's model does not take over the rates of keyword spotters", async () => {
  assertEquals((await asr("model=bc_resnet")).optim.model.lr, (await asr()).optim.model.lr);
});

Deno.test("every augmentation that keywords have, utterances have too, but for pairs", async () => {
  for (const name of ["light", "bc_resnet", "robust", "masks"]) {
    assertEquals((await asr(`augment=${name}`)).augment.kind, "transforms");
  }
  const mixed = () => asr("augment=robust", "augment.mix={p: 0.5, alpha: 0.4}");
  await assertRejects(mixed, UserError, "only examples with one label each can be mixed");
});

const wrong: readonly (readonly [string, string])[] = [
  ["dataset=kaldi", "conf/dataset/kaldi.yaml"],
  [
    "dataset=spoken_mini",
    "conf/dataset/spoken_mini.yaml:2: dataset.kind: spoken_mini is for deno task kws, found task asr.",
  ],
  ["trainer.clips_per_epoch=4", "trainer.clips_per_epoch: wanted null or at least batch_size = 16, found 4"],
  ["decoder.widht=4", "unknown key decoder.widht"],
  ["dataset.output=phoneme", "dataset.output: wanted one of phone, character, word"],
];

for (const [text, message] of wrong) {
  Deno.test(`${text} is refused in one sentence`, async () => {
    await assertRejects(() => asr(text), UserError, message);
  });
}

Deno.test("a folder of a Kaldi corpus may not lead out of it", async () => {
  const error = "dataset.train: wanted the name of a folder or file below dataset.root";
  await assertRejects(() => asr("dataset=kaldi", "root=/k", "dataset.train=../x"), UserError, error);
  await assertRejects(() => asr("dataset=kaldi", "root=/k", "dataset.train=/x"), UserError, error);
});
