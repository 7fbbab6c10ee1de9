/** A run leaves as a model of ONNX, which gives the run's figures when onnxruntime computes them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
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
  assertEquals([about.run, about.checkpoint, about.input_samples], [name, "best", "16000"]);
  assertEquals(JSON.parse(about.classes), wanted.classes);
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

  const again = await project.run("export", name, "--to", file);
  assertEquals(again.code, 2);
  assertStringIncludes(again.stderr, "there is such a file. Give another name, or --overwrite.");
  Deno.writeTextFileSync(`${project.folder}/broken.onnx`, "no model");
  const broken = await project.run("evaluate", "--checkpoint", `${project.folder}/broken.onnx`, ...values);
  assertEquals(broken.code === 0, false);
  assertStringIncludes(broken.stderr, "wanted a model of ONNX. Export it again.");
});
