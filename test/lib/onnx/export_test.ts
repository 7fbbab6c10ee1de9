/** Exported networks answer in onnxruntime-web what they answer here. */
import { assert, assertEquals } from "@std/assert";
import { openBackend } from "../../../lib/backend/backend_io.ts";
import type { Head } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { halved } from "../../../lib/onnx/half.ts";
import { inOnnxRuntimeWeb } from "../../onnx/onnx_io.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { asPreferred, frontEnd, groupOf } from "../frontends/filters/front_ends.ts";
import { CLASSES, CLIP, distance, type Exported, exported, exportedBy } from "./networks.ts";

/** Of probabilities, and of their logs: both sides compute in float32. */
const TOLERANCE = 1e-4;
/** A half has 11 binary digits, and errors add up over layers. */
const HALF_TOLERANCE = 0.02;

const MODELS: readonly (readonly [string, Head])[] = [
  ["linear", "clip"],
  ["linear", "frame"],
  ["bc_resnet", "frame"],
  ["bc_resnet_kim", "clip"],
  ["ds_cnn", "clip"],
  ["matchboxnet", "clip"],
  ["matchboxnet", "frame"],
];

Deno.test("what a network answers leaves with it", async (t) => {
  await openBackend("wasm");
  await using folder = tempDir();
  const made: Exported[] = [];
  for (const [model, head] of MODELS) {
    made.push(
      await exported(folder.path, `${model}-${head}`, await asPreferred("nnaudio", "D"), model, head),
    );
  }
  for (const compression of ["decibels", "pcen", "log_floor", "layer_norm", "log_tbn"]) {
    const frontend = await frontEnd("nnaudio", [], { normalise: "none" }, compression);
    made.push(await exported(folder.path, compression, frontend, "linear", "frame"));
  }
  for (const name of ["mfcc_kaldi", "efficientleaf"]) {
    made.push(await exported(folder.path, name, await asPreferred(name, "D"), "linear", "frame"));
  }
  const preferred = await asPreferred("nnaudio", "D");
  const causal = { ...groupOf("model", "bc_resnet_kim"), padding: "causal" } as never;
  const build = (samples: number | null) => buildNetwork(preferred, causal, "clip", CLASSES, samples);
  made.push(await exportedBy(folder.path, "causal", { build, clipSamples: CLIP }, "clip"));
  const medians = await frontEnd("efficientleaf", [], {}, "log_tbn", { median: true });
  made.push(await exported(folder.path, "medians", medians, "bc_resnet_kim", "clip"));
  const masked = await frontEnd(
    "nnaudio",
    ["mel"],
    { mask: { start: 20, end: 90 }, normalise: "clip_mean" },
    "log",
  );
  made.push(await exported(folder.path, "masked", masked, "ds_cnn", "clip"));

  const results = await inOnnxRuntimeWeb(made.map((own) => own.case));
  for (const [i, own] of made.entries()) {
    await t.step(own.name, () => {
      const apart = distance(own, results[i]!);
      assert(apart < TOLERANCE, `${apart} apart`);
      const isFixed = own.name === "linear-clip";
      assertEquals(
        own.graph.clipSamples === null,
        !isFixed,
        "clips of any length wherever the model takes them",
      );
      assertEquals(own.graph.reason, isFixed ? "the size of its weights" : null);
    });
  }
});

Deno.test("batch norms are folded where they follow a convolution, and nothing of training is left", async () => {
  await openBackend("wasm");
  await using folder = tempDir();
  const frontend = await asPreferred("nnaudio", "D");
  const { graph } = (await exported(folder.path, "folded", frontend, "matchboxnet", "clip")).graph;
  const behind = graph.nodes.filter(({ part }) => part === "model");
  const count = (type: string) => behind.filter((node) => node.type === type).length;
  assertEquals([count("Mul"), count("BatchNormalization"), count("Dropout")], [0, 0, 0]);
  assert(count("Conv") > 10);
  assertEquals(groupOf("model", "matchboxnet")["kind"], "matchboxnet");
});

Deno.test("in float16 the model computes in halves, and the front-end does not", async (t) => {
  await openBackend("wasm");
  await using folder = tempDir();
  const frontend = await asPreferred("nnaudio", "D");
  const models: readonly (readonly [string, Head])[] = [["matchboxnet", "clip"], ["linear", "frame"], [
    "ds_cnn",
    "clip",
  ]];
  const made: Exported[] = [];
  for (const [model, head] of models) {
    made.push(await exported(folder.path, `${model}-${head}`, frontend, model, head, halved));
  }
  const results = await inOnnxRuntimeWeb(made.map((own) => own.case));
  for (const [i, own] of made.entries()) {
    await t.step(own.name, () => {
      const apart = distance(own, results[i]!);
      assert(apart > 1e-6 && apart < HALF_TOLERANCE, `${apart} apart`);
      const { nodes, initializers } = halved(own.graph.graph);
      for (const { type, part, inputs } of nodes.filter(({ type }) => type !== "Cast")) {
        const types = inputs.flatMap((name) => initializers.get(name)?.type ?? []);
        assertEquals(types.includes(part === "model" ? "float32" : "float16"), false, `${part} ${type}`);
      }
    });
  }
});
