/** The npm package, installed where nothing else is: it listens in Node and Deno, and holds nothing that it must not. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { unpackTar } from "modern-tar";
import { encodeWav16 } from "../../lib/audio/wav.ts";
import { encodeTensors } from "../../lib/formats/safetensors.ts";
import type { FrontendSpec } from "../../lib/frontends/contract.ts";
import { openListener } from "../../lib/live/listener_io.ts";
import type { ModelSpec } from "../../lib/models/contract.ts";
import { disposeState } from "../../lib/nn/state.ts";
import { checkpointMetadata } from "../../lib/records/checkpoint.ts";
import { stateTensors } from "../../lib/train/checkpoint.ts";
import { copyValues } from "../../lib/train/snapshot.ts";
import { STEPS } from "../../pipeline/pack/build_io.ts";
import { asPreferred, frontEnd } from "../lib/frontends/filters/front_ends.ts";
import { fastAudio, frontendOf, nnAudio } from "../lib/frontends/papers.ts";
import {
  BC_RESNET,
  CLASSES,
  compressed,
  distance,
  randomNetwork,
  soundOf,
} from "../lib/incremental/streams.ts";
import { tunedCheckpoint } from "../support/tuned_checkpoint.ts";
import { noRegistry, packedFile, projectWith, run, told } from "./installed.ts";
import { SAID, SAMPLE_RATE, toneModel, toneSound } from "./tone_model.ts";

const model = await toneModel();
const CLIP = 8000;

Deno.test("the package holds scripts, types and texts, and no speech engine", async () => {
  const files = await unpackedFiles();
  const { name, version, exports, peerDependencies, ...manifest } = JSON.parse(textOf(files, "package.json"));
  const own = JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)));
  assertEquals([name, version], ["trainable-front-ends", own.version]);
  assertEquals(manifest.dependencies, undefined);
  assertEquals(Object.keys(peerDependencies).filter((peer) => !peer.startsWith("@tensorflow/tfjs")), []);
  for (const entry of Object.values<string | { types: string; default: string }>(exports)) {
    for (const path of typeof entry === "string" ? [entry] : Object.values(entry)) {
      if (!path.includes("*")) assert(files.has(path.slice(2)), `${path} is not in the package`);
    }
  }
  for (const [path, bytes] of files) {
    assertMatch(path, /^(dist\/[\w.-]+\.(js|d\.ts|wasm)|package\.json|README\.md|LICENSE|NOTICES\.md)$/);
    const text = new TextDecoder().decode(bytes);
    if (!path.endsWith(".md")) {
      assert(!/espeak|gnuspeech|flite|echogarden/i.test(text), `${path} names an engine`);
    }
    if (path.endsWith(".js")) assert(!/\beval\(|new Function\(/.test(text), `${path} makes code of text`);
  }
  assert(files.get("dist/capture.js")!.length > 4096, "bundlers would write the worklet into another file");
});

Deno.test("packing tells each of its steps before it takes its time", async () => {
  await packedFile();
  if (Deno.env.get("PACKAGE") !== undefined) return;
  assertEquals(told, STEPS.map((step, i) => `Packing ${i + 1} of ${STEPS.length}: ${step}`));
});

Deno.test("an empty Node project hears words in a stream, at another rate, and in a file", async () => {
  await using project = await projectWith("--offline");
  writeInputs(project.path);
  project.write(
    "spotter.test.js",
    `import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { KeywordSpotter } from "trainable-front-ends";

const wanted = ${JSON.stringify(SAID.map(([word]) => word))};
const bytes = await readFile("sound48.f32");
const sound = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);

async function* blocks() {
  for (let at = 0; at < sound.length; at += 1000) yield sound.subarray(at, at + 1000);
}

test("a stream at 48 kHz", async () => {
  const spotter = await KeywordSpotter.load("model.safetensors");
  assert.deepEqual([spotter.words, spotter.backend, spotter.by], [["low", "high"], "simd", "frames"]);
  const heard = [];
  for await (const word of spotter.listen(blocks(), { sampleRate: 48000 })) heard.push(word);
  assert.deepEqual(heard.map(({ word }) => word), wanted);
  const ends = ${JSON.stringify(SAID.map(([, , end]) => end))};
  heard.forEach(({ confidence, time }, i) => {
    assert.ok(confidence > 0.5 && confidence <= 1);
    assert.ok(time > ends[i] - 0.8 && time < ends[i] + 0.5, \`\${time}\`);
  });
});

test("a file, while another is heard", async () => {
  const spotter = await KeywordSpotter.load(new URL("model.safetensors", import.meta.url));
  const file = new Blob([await readFile("sound.wav")]);
  const both = await Promise.all([1, 2].map(async () => {
    const heard = [];
    for await (const { word } of spotter.listen(file)) heard.push(word);
    return heard;
  }));
  assert.deepEqual(both, [wanted, wanted]);
});

test("a signal ends listening, and so does leaving the loop", async () => {
  const spotter = await KeywordSpotter.load(new Uint8Array(await readFile("model.safetensors")));
  for await (const { word } of spotter.listen(blocks(), { sampleRate: 48000 })) {
    assert.equal(word, wanted[0]);
    break;
  }
  for await (const _ of spotter.listen(blocks(), { sampleRate: 48000, signal: AbortSignal.abort() })) assert.fail();
});

test("words are heard at their own thresholds; a number overrides all, numbers by word those words'", async () => {
  const heard = async (options) => {
    const spotter = await KeywordSpotter.load("tuned.safetensors", options);
    const words = [];
    for await (const { word } of spotter.listen(blocks(), { sampleRate: 48000 })) words.push(word);
    return [words, spotter.thresholds];
  };
  const low = wanted.filter((word) => word === "low");
  assert.deepEqual(await heard({}), [low, { low: 0.3, high: 0.95 }]);
  assert.deepEqual(await heard({ threshold: 0.3 }), [wanted, { low: 0.3, high: 0.3 }]);
  assert.deepEqual(await heard({ threshold: { high: 0.3 } }), [wanted, { low: 0.3, high: 0.3 }]);
  assert.deepEqual(await heard({ threshold: { low: 0.95 } }), [[], { low: 0.95, high: 0.95 }]);
  await assert.rejects(heard({ threshold: { high: 0 } }), /threshold of high 0: wanted a number above 0/);
  await assert.rejects(heard({ threshold: { high: "0.5" } }), /threshold of high 0.5: wanted a number/);
  await assert.rejects(heard({ threshold: { middle: 0.5 } }), /threshold for "middle": wanted some of low, high/);
});

test("what is no model is refused in a sentence", async () => {
  const whole = new Uint8Array(await readFile("model.safetensors"));
  const page = new TextEncoder().encode("<!doctype html><p>Not found");
  await assert.rejects(KeywordSpotter.load(page), /found a page of HTML/);
  await assert.rejects(KeywordSpotter.load(whole.subarray(0, 1000)), /Cannot read the model as safetensors/);
  const changed = whole.slice();
  new DataView(changed.buffer).setFloat32(changed.length - 4, NaN, true);
  await assert.rejects(KeywordSpotter.load(changed), /Cannot load the model/);
  await assert.rejects(KeywordSpotter.load("nowhere.safetensors"), /Cannot read nowhere.safetensors/);
  await assert.rejects(KeywordSpotter.load(whole, { threshold: 2 }), /threshold 2: wanted a number above 0/);
});
`,
  );
  const output = await run("node", ["--test", "spotter.test.js"], project.path);
  assertMatch(output, /# pass 5\n/);
  assertEquals(installedPackages(project.path), ["trainable-front-ends"]);
});

Deno.test("a Deno script hears the same, checked against the package's types", async () => {
  await using project = await projectWith("--offline");
  writeInputs(project.path);
  project.write("deno.json", JSON.stringify({ nodeModulesDir: "manual" }));
  project.write(
    "main.ts",
    `import { type Keyword, KeywordSpotter } from "trainable-front-ends";
using spotter: KeywordSpotter = await KeywordSpotter.load("model.safetensors");
const heard: Keyword[] = [];
for await (const word of spotter.listen(new Blob([await Deno.readFile("sound.wav")]))) heard.push(word);
console.log(JSON.stringify(heard.map(({ word }) => word)));
`,
  );
  const output = await run(Deno.execPath(), ["run", "--check", "--allow-read=.", "main.ts"], project.path);
  assertEquals(JSON.parse(output), SAID.map(([word]) => word));
});

function writeInputs(folder: string): void {
  Deno.writeFileSync(`${folder}/model.safetensors`, model);
  const tuned = tunedCheckpoint(model, { threshold: 0.95, thresholds: { low: 0.3 } });
  Deno.writeFileSync(`${folder}/tuned.safetensors`, tuned);
  Deno.writeFileSync(`${folder}/sound.wav`, encodeWav16(toneSound(SAMPLE_RATE), SAMPLE_RATE));
  Deno.writeFileSync(`${folder}/sound48.f32`, new Uint8Array(toneSound(48_000).buffer));
}

async function unpackedFiles(): Promise<ReadonlyMap<string, Uint8Array>> {
  const stream = new Blob([Deno.readFileSync(await packedFile())]).stream();
  const archive = await new Response(stream.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  const entries = await unpackTar(archive);
  return new Map(entries.map(({ header, data }) => [header.name.replace(/^package\//, ""), data!]));
}

function textOf(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  return new TextDecoder().decode(files.get(path));
}

/** Of all that npm brought in, by its own lock file. */
function installedPackages(folder: string): string[] {
  const { packages } = JSON.parse(Deno.readTextFileSync(`${folder}/package-lock.json`));
  return Object.keys(packages).filter((path) => path !== "").map((path) =>
    path.replace(/^.*node_modules\//, "")
  );
}

const FRONTENDS: Readonly<Record<string, () => Promise<FrontendSpec>>> = {
  "nnaudio A": () => nnAudio("A", { normalise: "batch" }),
  "nnaudio D, magnitudes behind a mask": () =>
    nnAudio("D", { power: 1, power_epsilon: 1e-8, mask: { start: 5, end: 20 } }),
  "nnaudio, trained PCEN": () =>
    compressed({
      kind: "pcen",
      parameterisation: "direct",
      gain: 0.98,
      bias: 2,
      power: 0.5,
      smoothing: 0.025,
      eps: 1e-6,
    }, ["mel", "pcen"]),
  "nnaudio, log_tbn": () => compressed({ kind: "log_tbn", a: 5, median: false }, ["mel", "log_tbn"]),
  "nnaudio, layer_norm": () => compressed({ kind: "layer_norm", eps: 1e-6 }),
  "fastaudio D": () => fastAudio("D", {}, { top_db: null }),
  "fastaudio B, gaussian": () => fastAudio("B", { filter: "gaussian" }, { top_db: null }),
  "mfcc": () => frontendOf("mfcc", "A", {}, { top_db: null }),
  "mfcc_kaldi": () => frontendOf("mfcc_kaldi", "A"),
  "fbank D": () => frontendOf("fbank", "D"),
  "leaf": () => asPreferred("leaf", "D"),
  "efficientleaf": () => asPreferred("efficientleaf", "D"),
  "tdfbanks": () => asPreferred("tdfbanks", "D"),
  "sincnet": () => asPreferred("sincnet", "D"),
  "nnaudio, less each clip's mean": () => nnAudio("B", { normalise: "clip_mean" }),
};
const MODELS: Readonly<Record<string, ModelSpec>> = {
  linear: { kind: "linear" },
  "bc_resnet": { ...BC_RESNET, padding: "same" },
  "bc_resnet, causal": { ...BC_RESNET, padding: "causal" },
  "ds_cnn": { kind: "ds_cnn", size: "S" },
  "matchboxnet": { kind: "matchboxnet" },
};

Deno.test("without TensorFlow.js each front-end and model decides what it decides with it", async () => {
  await using project = await projectWith("--offline");
  const { KeywordSpotter } = await import(
    `${project.path}/node_modules/trainable-front-ends/dist/spotter.js`
  );
  const pairs = [
    ...Object.keys(FRONTENDS).map((frontend) => [frontend, "linear"] as const),
    ...Object.keys(MODELS).map((model) => ["nnaudio A", model] as const),
  ];
  const sound = soundOf(3 * CLIP);
  for (const [frontend, model] of pairs) {
    const bytes = await randomCheckpoint(await FRONTENDS[frontend]!(), MODELS[model]!);
    const spotter = await KeywordSpotter.load(bytes);
    assertEquals(spotter.backend, "simd");
    const found: { time: number; probabilities: Float32Array }[] = [];
    for await (
      const _ of spotter.listen([sound], { onDecision: (decision: typeof found[0]) => found.push(decision) })
    );
    using listener = await openListener(bytes, frontend, { inputRate: SAMPLE_RATE });
    const wanted = [...await listener.push(sound), ...await listener.flush()];
    const name = `${frontend}, ${model}`;
    assertEquals(spotter.by, listener.by, name);
    assertEquals(found.map(({ time }) => time), wanted.map(({ seconds }) => seconds), name);
    found.forEach(({ probabilities }, i) => {
      const apart = distance(probabilities, wanted[i]!.probabilities);
      assert(apart < 1e-5, `${name}: probabilities ${apart} apart at ${wanted[i]!.seconds} s`);
    });
  }
});

/** Of a spotter whose tensors are all moved away from where they start. */
async function randomCheckpoint(frontend: FrontendSpec, model: ModelSpec): Promise<Uint8Array> {
  const { network, state } = await randomNetwork(frontend, model, CLIP);
  const classes = Array.from({ length: CLASSES }, (_, i) => `word${i}`);
  const record = {
    task: "kws",
    epoch: 1,
    classes,
    frontend,
    model,
    sampleRate: SAMPLE_RATE,
    clipSamples: CLIP,
  };
  const tensors = stateTensors(network.specs, await copyValues(state));
  disposeState(state);
  return encodeTensors(tensors, checkpointMetadata(record));
}

const offline = await noRegistry();
const TENSORFLOW = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"].map((name) => `${name}@4.22.0`);

Deno.test({
  name: offline === undefined
    ? "with TensorFlow.js beside it, layers are saved and loaded, and LEAF listens"
    : `with TensorFlow.js beside it, layers are saved and loaded, and LEAF listens (skipped: ${offline})`,
  ignore: offline !== undefined,
  fn: async () => {
    await using project = await projectWith("--ignore-scripts", ...TENSORFLOW);
    const frontend = await frontEnd("leaf", [], { frames: "tensorflow" }, "pcen_leaf");
    const bytes = await randomCheckpoint(frontend, { kind: "linear" });
    const sound = soundOf(2 * CLIP);
    Deno.writeFileSync(`${project.path}/leaf.safetensors`, bytes);
    Deno.writeFileSync(`${project.path}/sound.f32`, new Uint8Array(sound.buffer as ArrayBuffer));
    project.write(
      "tensors.test.js",
      `import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { KeywordSpotter } from "trainable-front-ends";

test("a model that takes tensors", async () => {
  const spotter = await KeywordSpotter.load("leaf.safetensors");
  const file = await readFile("sound.f32");
  const sound = new Float32Array(file.buffer, file.byteOffset, file.length / 4);
  const found = [];
  for await (const _ of spotter.listen([sound], { onDecision: (decision) => found.push(decision) }));
  console.log("DECISIONS " + JSON.stringify({
    backend: spotter.backend,
    by: spotter.by,
    probabilities: found.map(({ probabilities }) => Array.from(probabilities)),
  }));
});
`,
    );
    const readme = Deno.readTextFileSync(`${project.path}/node_modules/trainable-front-ends/README.md`);
    project.write(
      "layers.test.js",
      `import assert from "node:assert/strict";
import { test } from "node:test";
${/```js\n([\s\S]*?)```/.exec(readme)![1]}
test("layers are saved and loaded by names that a minifier leaves", async () => {
  let saved;
  await model.save(tf.io.withSaveHandler(async (artifacts) => {
    saved = { ...artifacts, modelTopology: JSON.parse(JSON.stringify(artifacts.modelTopology)) };
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
  }));
  assert.match(JSON.stringify(saved.modelTopology), /"TrainableFrontEnd".*"SpeechModel"/);
  const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved));
  const waves = tf.randomUniform([2, 16000], -0.5, 0.5, "float32", 1);
  assert.deepEqual(await loaded.predict(waves).data(), await model.predict(waves).data());
});
`,
    );
    const output = await run(
      "node",
      ["--test", "--test-reporter=tap", "tensors.test.js", "layers.test.js"],
      project.path,
    );
    const said = JSON.parse(/DECISIONS (.*)/.exec(output)![1]!);
    assertEquals([said.backend, said.by], ["wasm", "windows"]);
    using listener = await openListener(bytes, "leaf", { inputRate: SAMPLE_RATE });
    const wanted = [...await listener.push(sound), ...await listener.flush()];
    assertEquals(said.probabilities.length, wanted.length);
    wanted.forEach(({ probabilities }, i) =>
      assert(distance(Float32Array.from(said.probabilities[i]), probabilities) < 1e-4)
    );
    const installed = installedPackages(project.path);
    assert(installed.includes("@tensorflow/tfjs-core"), `${installed}`);
    assertEquals(installed.filter((name) => /espeak|gnuspeech|flite|echogarden/i.test(name)), []);
  },
});
