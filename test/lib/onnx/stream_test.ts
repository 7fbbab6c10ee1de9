/** Models that listen block by block decide in onnxruntime-web what our own streams decide. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { UserError } from "../../../lib/base/errors.ts";
import type { FrontendSpec } from "../../../lib/frontends/contract.ts";
import type { ModelSpec } from "../../../lib/models/contract.ts";
import { buildNetwork } from "../../../lib/models/network.ts";
import { frozenState } from "../../../lib/nn/state.ts";
import { halved } from "../../../lib/onnx/half.ts";
import { encodeModel } from "../../../lib/onnx/model_file.ts";
import { networkStreamGraph } from "../../../lib/onnx/network_graph.ts";
import { calibrated, quantised, withOutputs } from "../../../lib/onnx/quantise.ts";
import { inOnnxRuntimeWeb } from "../../onnx/onnx_io.ts";
import { openForTest } from "../../support/backends.ts";
import { tempDir } from "../../support/temp_dir.ts";
import { asPreferred, frontEnd } from "../frontends/filters/front_ends.ts";
import { fastAudio, frontendOf, nnAudio } from "../frontends/papers.ts";
import { BC_RESNET, CLASSES, compressed, randomNetwork } from "../incremental/streams.ts";
import { randomState, waves } from "./networks.ts";
import { CLIP, type ExportedStream, exportedStream, streamDistance } from "./streams.ts";

/** Of probabilities, and of logits as a share of the largest. */
const TOLERANCE = 1e-4;
/** A half has 11 binary digits, and errors add up over layers. */
const HALF_TOLERANCE = 0.02;
/** Eight bits in every layer, with ranges of one clip. */
const INT8_TOLERANCE = 0.1;

const CAUSAL: ModelSpec = { ...BC_RESNET, edition: "kim", width: 1.5, padding: "causal" };
const HEUNG = { ...BC_RESNET, edition: "heung", width: 1 };
const LINEAR: ModelSpec = { kind: "linear" };
const PCEN = {
  kind: "pcen",
  parameterisation: "logarithms",
  gain: 0.98,
  bias: 2,
  power: 0.5,
  smoothing: 0.025,
  eps: 1e-6,
};

type Case = readonly [frontend: () => Promise<FrontendSpec>, model: ModelSpec, frames: number];

/** Every model, and front-ends that begin in each of the ways that there are. */
const CASES: Readonly<Record<string, Case>> = {
  linear: [() => nnAudio("D", { normalise: "batch" }), LINEAR, 10],
  "linear, frame by frame": [() => nnAudio("D"), LINEAR, 1],
  causal: [() => nnAudio("B", { normalise: "batch" }), CAUSAL, 10],
  "causal, frame by frame": [() => nnAudio("B"), CAUSAL, 1],
  "bc_resnet, which waits": [() => nnAudio("B"), { ...HEUNG, padding: "same" }, 7],
  "ds_cnn S": [() => nnAudio("B"), { kind: "ds_cnn", size: "S" }, 2],
  "ds_cnn M": [() => nnAudio("B"), { kind: "ds_cnn", size: "M" }, 12],
  matchboxnet: [() => nnAudio("B"), { kind: "matchboxnet" }, 5],
  "zeros beyond the clip": [() => nnAudio("C", { pad_mode: "constant" }), CAUSAL, 3],
  "within the clip": [() => nnAudio("A", { center: false, n_mels: 30 }), CAUSAL, 4],
  "the first sample twice": [() => frontendOf("mfcc_kaldi", "D", { snip_edges: false }), CAUSAL, 3],
  energies: [() => frontendOf("mfcc_kaldi", "A"), LINEAR, 10],
  "a running mean": [() => compressed(PCEN), CAUSAL, 3],
  "a block longer than a clip": [() => nnAudio("B"), CAUSAL, 60],
  fastaudio: [() => fastAudio("D", {}, { top_db: null }), LINEAR, 5],
  leaf: [() => asPreferred("leaf", "D"), LINEAR, 10],
  "efficientleaf, whose groups have strides of their own": [
    () => asPreferred("efficientleaf", "D"),
    CAUSAL,
    4,
  ],
  tdfbanks: [() => frontEnd("tdfbanks", [], { frames: "inside" }, "log"), LINEAR, 10],
  "sincnet, the largest of each window": [() => asPreferred("sincnet", "D"), CAUSAL, 5],
  "a clip's mean": [() => nnAudio("B", { normalise: "clip_mean" }), CAUSAL, 5],
  "a clip's median": [() => compressed({ kind: "log_tbn", a: 5, median: true }), CAUSAL, 5],
  "the loudest of a clip": [() => frontendOf("mfcc", "A"), LINEAR, 10],
};

Deno.test("what is exported to listen decides as our own streams do", async (t) => {
  await openForTest("wasm");
  await using folder = tempDir();
  const made: ExportedStream[] = [];
  for (const [name, [frontend, model, frames]] of Object.entries(CASES)) {
    made.push(await exportedStream(folder.path, name, await frontend(), model, frames));
  }
  const half = await exportedStream(folder.path, "float16", await nnAudio("B"), CAUSAL, 10, halved);
  const results = await inOnnxRuntimeWeb([...made, half].map((own) => own.case));
  for (const [i, own] of [...made, half].entries()) {
    await t.step(own.name, () => {
      const far = streamDistance(own, results[i]!);
      const tolerance = own === half ? HALF_TOLERANCE : TOLERANCE;
      assert(far < tolerance && (own !== half || far > 1e-6), `${far} apart`);
    });
  }
});

Deno.test("in eight bits a stream answers nearly as before, with ranges of the values that it is made of", async () => {
  await openForTest("wasm");
  await using folder = tempDir();
  const [frontend, model] = [await nnAudio("B"), { kind: "ds_cnn", size: "S" }];
  // Ranges are taken of clips' values, which have others' names over time.
  const build = (samples: number | null) => buildNetwork(frontend, model, "clip", CLASSES, samples);
  const network = await build(CLIP);
  const state = randomState(network, Rng.fromSeed(1).fork("int8"));
  const maker = { build, clipSamples: CLIP, state: new Map([...frozenState(network), ...state]) };
  const { clip, stream: { graph, origins } } = await networkStreamGraph(maker, { frames: 4, isRough: false });
  const originOf = (name: string) => origins.get(name) ?? name;
  const names = calibrated(graph);
  const known = new Set(clip.nodes.flatMap(({ outputs }) => outputs));
  assertEquals(names.filter((name) => !known.has(originOf(name))), []);
  const watched = `${folder.path}/watched.onnx`;
  Deno.writeFileSync(watched, encodeModel(withOutputs(clip, [...new Set(names.map(originOf))]), {}, ""));
  const sound = waves(Rng.fromSeed(1).fork("ranges"), 1, CLIP);
  Deno.writeFileSync(`${folder.path}/ranges.f32`, new Uint8Array(sound.buffer));
  const [seen] = await inOnnxRuntimeWeb([{ model: watched, waves: [[`${folder.path}/ranges.f32`, 1]] }]);
  const rangeOf = (name: string) => {
    const { values } = seen!.outputs[0]![originOf(name)]!;
    const of = (choose: (a: number, b: number) => number) => values.reduce((a, b) => choose(a, b));
    return [name, { least: of(Math.min), most: of(Math.max) }] as const;
  };
  const ranges = new Map(names.map(rangeOf));
  const own = await exportedStream(
    folder.path,
    "int8",
    frontend,
    model,
    4,
    (graph) => quantised(graph, ranges),
  );
  const [result] = await inOnnxRuntimeWeb([own.case]);
  const far = streamDistance(own, result!);
  assert(far > 1e-6 && far < INT8_TOLERANCE, `${far} apart`);
});

Deno.test("each stream of a batch begins anew where its row of the state is zeros", async () => {
  await openForTest("wasm");
  await using folder = tempDir();
  const own = await exportedStream(folder.path, "anew", await compressed(PCEN), CAUSAL, 5);
  const at = 9;
  // The second row hears its sound from the beginning again, from that call on.
  const [path, rows] = own.case.waves[0]!;
  const wave = new Float32Array(Deno.readFileSync(path).buffer);
  const length = wave.length / rows;
  const { blockSamples } = own.stream;
  wave.copyWithin(length + at * blockSamples, length, 2 * length - at * blockSamples);
  Deno.writeFileSync(path, new Uint8Array(wave.buffer));
  const blocks = { ...own.case.blocks!, begins: [[at, 1]] as const };
  const [result] = await inOnnxRuntimeWeb([{ ...own.case, blocks }]);
  const far = streamDistance(own, result!, [0, at]);
  assert(far < TOLERANCE, `${far} apart`);
});

Deno.test("how late a model decides is what its front-end and its layers wait for", async () => {
  await openForTest("wasm");
  await using folder = tempDir();
  const of = async (name: string, frontend: FrontendSpec, model: ModelSpec) => {
    const { stream } = await exportedStream(folder.path, name, frontend, model, 1);
    return [stream.delaySamples, stream.firstCall];
  };
  // Frames are centred at multiples of 160 samples and see 240 after them, of which 160 come with the frame's own hop.
  assertEquals(await of("centred", await nnAudio("B"), CAUSAL), [320, 51]);
  // 48 frames, the last one ends 80 samples before the clip does.
  assertEquals(await of("within", await nnAudio("B", { center: false }), CAUSAL), [0, 49]);
  // 2 frames of the input, 1 to 8 of each of 12 blocks, 2 at the end: 58.
  assertEquals(await of("waits", await nnAudio("B"), { ...HEUNG, padding: "same" }), [
    320 + 58 * 160,
    51 + 58,
  ]);
});

Deno.test("what does not go block by block is refused with the reason", async (t) => {
  await openForTest("wasm");
  const [frontend, ds] = [await nnAudio("B"), { kind: "ds_cnn", size: "M" }];
  const attempt = async (model: ModelSpec, frames: number, clipSamples: number | null, words: string) => {
    const { network, state } = await randomNetwork(frontend, model, CLIP);
    const build = (samples: number | null) => buildNetwork(frontend, model, "clip", CLASSES, samples);
    const maker = { build, clipSamples, state: new Map([...frozenState(network), ...state]) };
    await assertRejects(() => networkStreamGraph(maker, { frames, isRough: false }), UserError, words);
    return maker;
  };
  await t.step("frames between which a stride would begin", async () => {
    const maker = await attempt(ds, 6, CLIP, "in blocks of 6 frames: wanted a multiple of 4");
    const { stream } = await networkStreamGraph(maker, { frames: 6, isRough: true });
    assertEquals(stream.blockSamples, 8 * 160);
  });
  await t.step(
    "sentences",
    () => attempt(LINEAR, 1, null, "the network takes sentences whole").then(() => {}),
  );
});
