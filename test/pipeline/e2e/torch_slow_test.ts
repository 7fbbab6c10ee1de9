/** Checkpoints travel to PyTorch and from it, and both sides find the same figures. */
import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { parseEvaluation, parseMetrics } from "../../../lib/records/metrics.ts";
import { figure, figureOf } from "../../support/figure.ts";
import { Project } from "../../support/project.ts";
import { torchTest } from "../../support/torch.ts";
import { runPython } from "../../torch/torch_io.ts";

const SCRIPT = new URL("../../torch/checkpoint.py", import.meta.url);
/** Of a mean over clips; both sides compute logits in float32. */
const CROSS_ENTROPY = 1e-4;

/** As Python prints them. */
interface Figures {
  readonly clips: number;
  readonly accuracy: number;
  readonly cross_entropy: number;
}

/** What each setting trains. */
const TRAINED: Readonly<Record<string, readonly string[]>> = { B: ["mel"], D: ["stft", "mel"] };

const CASES = [
  { model: "linear", frontend: "nnaudio", setting: "B", normalise: false },
  { model: "linear", frontend: "fastaudio", setting: "D", normalise: false },
  { model: "bc_resnet", frontend: "nnaudio", setting: "D", normalise: true },
] as const;

torchTest("a checkpoint has the same figures here and in PyTorch, wherever it was trained", async (t) => {
  await using project = new Project();
  const trained = await project.run("kws", ...project.tiny, "setting=A,D");
  assertEquals(trained.code, 0, trained.stderr);
  const index = (split: string) => project.output(`index/tones-${split}`, "index.json");
  const indexes = { train: index("train"), test: index("test") };
  const python = (request: object) =>
    runPython(SCRIPT, JSON.stringify({ indexes, root: project.tones, ...request })) as Promise<Figures>;

  for (const made of CASES) {
    const { model, frontend, setting, normalise } = made;
    await t.step(`${model} with ${frontend}, trained in PyTorch in setting ${setting}`, async () => {
      const path = `${project.folder}/${model}-${frontend}.safetensors`;
      const wanted = await python({ ...made, to: path });
      const compat = frontend === "fastaudio" ? ["frontend.compat.band_limits=original"] : [];
      const { code, stdout, stderr } = await project.run(
        "evaluate",
        "--checkpoint",
        path,
        "--json",
        ...project.tiny,
        `model=${model}`,
        `frontend=${frontend}`,
        `frontend.normalise=${normalise ? "batch" : "none"}`,
        ...compat,
      );
      assertEquals(code, 0, stderr);
      const { file: _, trained, ...evaluation } = JSON.parse(stdout);
      assertEquals(trained, TRAINED[setting]);
      const { count, columns, checkpoint } = parseEvaluation(JSON.stringify(evaluation), path);
      assertSame(count, (name) => figureOf(columns, checkpoint!.values, name), wanted);
    });
  }

  await t.step("a typed setting wins over what the file seems to have trained", async () => {
    const path = `${project.folder}/linear-nnaudio.safetensors`;
    const evaluate = (setting: string) =>
      project.run("evaluate", "--checkpoint", path, "--json", ...project.tiny, "normalise=none", setting);
    const more = await evaluate("setting=D");
    assertEquals(JSON.parse(more.stdout).trained, TRAINED["D"]);
    const less = await evaluate("setting=A");
    assertEquals(less.code, 1);
    assertStringIncludes(
      less.stderr,
      "mel_layer.mel_basis: found trained values, but this setting computes it beforehand",
    );
  });

  for (const setting of ["A", "D"] as const) {
    await t.step(`linear with nnaudio, trained here in setting ${setting} and exported`, async () => {
      const path = `${project.folder}/exported-${setting}.safetensors`;
      const run = `tones-linear-nnaudio-${setting}-mel40-seed0`;
      const exported = await project.run("export", project.runName(run), "--to", path);
      assertEquals(exported.code, 0, exported.stderr);
      const found = await python({
        model: "linear",
        frontend: "nnaudio",
        setting,
        normalise: true,
        from: path,
      });
      const text = Deno.readTextFileSync(project.output(`evaluate/${run}`, "metrics.json"));
      const metrics = parseMetrics(text, run);
      assertSame(metrics.count, (name) => figure(metrics, name), found);
    });
  }
});

function assertSame(count: number, ours: (name: string) => number, theirs: Figures): void {
  assertEquals([count, ours("accuracy")], [theirs.clips, theirs.accuracy]);
  assertAlmostEquals(ours("cross_entropy"), theirs.cross_entropy, CROSS_ENTROPY);
}
