/** Phoneme recognition through the whole graph. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readTensors } from "../../../lib/formats/safetensors_io.ts";
import { parseMetrics } from "../../../lib/records/metrics.ts";
import { sharedProject } from "../../support/project.ts";
import { miniatureTimit } from "../../support/timit_corpus.ts";

const project = sharedProject();

Deno.test("deno task asr goes from a corpus to errors, and exports what evaluates the same", async () => {
  const config = [...miniatureTimit(project), "setting=D"];
  const { code, stdout, stderr } = await project.run("asr", ...config);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "39-phone error rate");
  assertStringIncludes(stdout, "  said   h# ");

  const file = `${project.folder}/model.safetensors`;
  const exported = await project.run("export", "asr-timit-*-D-*", "--to", file);
  assertEquals(exported.code, 0, exported.stderr);
  assert(readTensors(file).tensors.has("lstmlayer.weight_ih_l0_reverse"));
  const again = await project.run("evaluate", "--checkpoint", file, ...config, "--json");
  assertEquals(again.code, 0, again.stderr);
  const metrics = project.output("evaluate/asr-timit-linear-nnaudio-D-mel10-seed0", "metrics.json");
  const { values } = parseMetrics(Deno.readTextFileSync(metrics), "metrics.json").checkpoints.best;
  assertEquals(JSON.parse(again.stdout).checkpoint.values, values);

  const second = await project.events("asr", ...config);
  assertEquals([second.result.code, second.ran], [0, []]);
});
