/** A run leaves as a model of ONNX, which gives the run's figures when onnxruntime computes them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readModelFacts } from "../../../lib/onnx/model_file.ts";
import { parseEvaluation } from "../../../lib/records/metrics.ts";
import { Project } from "../../support/project.ts";

const RUN = "tones-linear-nnaudio-D-mel10-seed0";
/** Of probabilities. */
const TOLERANCE = 1e-4;

Deno.test("an exported run has the run's figures in onnxruntime", async () => {
  await using project = new Project();
  const values = [...project.tiny, "n_mels=10"];
  const run = async (...args: string[]) => {
    const result = await project.run(...args);
    assertEquals(result.code, 0, result.stderr);
    return result;
  };
  await run("kws", ...values, "setting=D");
  const name = project.runName(RUN);
  const evaluated = async (checkpoint: string) => {
    const { stdout } = await run("evaluate", "--checkpoint", checkpoint, ...values, "--json");
    const { file: _file, trained, ...evaluation } = JSON.parse(stdout);
    assertEquals(trained, ["stft", "mel"]);
    return parseEvaluation(JSON.stringify(evaluation), checkpoint);
  };
  const wanted = await evaluated(name);
  const file = `${project.folder}/model.onnx`;
  const { stdout } = await run("export", name, "--to", file, "--json");
  const { about, sha256 } = JSON.parse(stdout);
  assertEquals([about.run, about.checkpoint, about.input_samples], [name, "best", 16000]);
  assertEquals(about.classes, wanted.classes);
  assertEquals(sha256.length, 64);

  const found = await evaluated(file);
  assertEquals(found.count, wanted.count);
  assertEquals(found.checkpoint!.epoch, wanted.checkpoint!.epoch);
  found.checkpoint!.values.forEach((value, i) => {
    const apart = Math.abs(value! - wanted.checkpoint!.values[i]!);
    assert(apart < TOLERANCE, `${wanted.columns[i]!.name}: ${apart} apart`);
  });

  const small = `${project.folder}/small.onnx`;
  await run("export", name, "--to", small, "--quantise", "int8", ...values);
  const short = await evaluated(small);
  const [before, after] = [wanted, short].map(({ checkpoint }) => checkpoint!.values.at(-1)!);
  assert(
    before !== after && Math.abs(before! - after!) < 0.05,
    `cross entropy ${before}, in eight bits ${after}`,
  );
  assert(Deno.statSync(small).size < Deno.statSync(file).size);

  const { stdout: compared } = await run(
    "evaluate",
    "--checkpoint",
    small,
    "--against",
    name,
    ...values,
    "--json",
  );
  const { difference, a, b } = JSON.parse(compared.trim().split("\n").at(-1)!);
  assertEquals([a.run, b.run], [name, small]);
  assertEquals(a.score.value, wanted.checkpoint!.score.value);
  assertEquals(difference.value, short.checkpoint!.score.value - wanted.checkpoint!.score.value);

  // A checkpoint's file gives the same model as the run that it left.
  const left = `${project.folder}/left behind.safetensors`;
  await run("export", name, "--to", left);
  const { stdout: ofFile } = await run("export", left, "--to", `${project.folder}/left.onnx`, "--json");
  const said = JSON.parse(ofFile);
  assertEquals([said.run, said.about.checkpoint], ["left_behind", "file"]);
  assertEquals(said.about.checkpoint_sha256, about.checkpoint_sha256);
  const none = await project.run("export", `${project.folder}/none.safetensors`, "--to", file, "--overwrite");
  assertStringIncludes(none.stderr, "there is no such file. Give a checkpoint's path");

  const ears = `${project.folder}/ears.onnx`;
  const exported = await run("export", name, "--to", ears, "--streaming", "--frames", "4", "--json");
  const { about: { streaming, hop_samples, sample_rate } } = JSON.parse(exported.stdout);
  assertEquals(streaming.block_samples, 4 * hop_samples);
  assertEquals(streaming.hop_seconds, 4 * hop_samples / sample_rate);
  const [state] = streaming.states;
  assertEquals([state.input, state.output, state.initial], ["state", "state_next", 0]);
  const { inputs, outputs, metadata } = readModelFacts(Deno.readFileSync(ears), ears);
  assertEquals(inputs.map(({ name, shape }) => [name, ...shape!.slice(1)]), [
    ["waveform", streaming.block_samples],
    ["state", state.size],
  ]);
  assertEquals(outputs.map(({ name }) => name), ["probabilities", "logits", "ready", "state_next"]);
  for (const [key, text] of Object.entries(metadata)) {
    assertEquals(JSON.parse(text) === undefined, false, key);
  }
  const whole = await project.run("evaluate", "--checkpoint", ears, ...values);
  assertEquals(whole.code, 2);
  assertStringIncludes(whole.stderr, "it listens block by block, wanted a model that takes clips whole");
  const alone = await project.run("export", name, "--to", `${project.folder}/x.onnx`, "--frames", "4");
  assertEquals(alone.code, 2);
  assertStringIncludes(alone.stderr, "frames of a block are of a model that listens. Add --streaming.");

  const again = await project.run("export", name, "--to", file);
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, "there is such a file. Give another name, or --overwrite.");
  Deno.writeTextFileSync(`${project.folder}/broken.onnx`, "no model");
  const broken = await project.run("evaluate", "--checkpoint", `${project.folder}/broken.onnx`, ...values);
  assertEquals(broken.code === 0, false);
  assertStringIncludes(broken.stderr, "wanted a model of ONNX. Export it again.");
});
