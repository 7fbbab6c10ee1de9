/** What of a front-end is trained: lists of parts, and the settings that stand for some of them. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { frontendContext } from "../../../pipeline/config/check.ts";
import { graphOf, sweepOf } from "../../support/graphs.ts";

/** The trained parts of each point. */
async function trainedIn(...overrides: string[]): Promise<(readonly string[])[]> {
  const { points } = await sweepOf("kws", ...overrides);
  return points.map(({ config, kinds }) => frontendContext(config, kinds).trained);
}

Deno.test("a list of trained parts takes the setting's place, whatever its order, and null leaves it to the setting", async () => {
  assertEquals(await trainedIn("setting=B"), [["mel"]]);
  assertEquals(await trainedIn("setting=B", "frontend.trained=null"), [["mel"]]);
  assertEquals(await trainedIn("setting=A", "frontend.trained=[mel,stft]"), [["stft", "mel"]]);
  assertEquals(await trainedIn("frontend=fastaudio", "frontend.trained=[],[mel]"), [[], ["mel"]]);
});

Deno.test("a list that a setting stands for is that setting: the same configuration", async () => {
  const configOf = async (...overrides: string[]) => (await sweepOf("kws", ...overrides)).points[0]!.config;
  for (const [setting, list] of [["A", "[]"], ["B", "[mel]"], ["C", "[stft]"], ["D", "[mel,stft,mel]"]]) {
    assertEquals(await configOf(`frontend.trained=${list}`), await configOf(`setting=${setting}`));
  }
});

Deno.test("a part that is not known is refused with those that are", async () => {
  const refusal = async (...overrides: string[]) =>
    (await assertRejects(() => sweepOf("kws", "setting=A", ...overrides), UserError)).message;
  assertEquals(
    await refusal("frontend.trained=[mal]"),
    'frontend.trained=[mal]: frontend.trained: wanted some of stft (STFT kernels), mel (Mel filters), found "mal". ' +
      'Did you mean "mel"?',
  );
  assertEquals(
    await refusal("frontend.trained=[mel,log]"),
    "frontend.trained=[mel,log]: frontend.trained: wanted some of stft (STFT kernels), mel (Mel filters), found " +
      '"log". A compression\'s part is there where it is the compression: compression=log.',
  );
  assertEquals(
    await refusal("frontend.trained=mel"),
    "frontend.trained=mel: frontend.trained: wanted a list, found \"mel\". Write 'frontend.trained=[mel,...]' for a " +
      "list: without brackets each value makes a run of its own.",
  );
});

const TBN = "compression=log_tbn";

Deno.test("a compression's part is trained by lists alone; runs are called after lists that no setting stands for", async () => {
  assertEquals(await trainedIn(TBN, "setting=A,D"), [[], ["stft", "mel"]]);
  const runs = async (...overrides: string[]) =>
    (await graphOf("kws", ...overrides)).runs.map((
      { description: { run, setting, other } },
    ) => [run, setting, other]);
  assertEquals(await runs(TBN, "frontend.trained=[],[log_tbn],[log_tbn,mel],[mel]"), [
    ["linear-nnaudio-A-mel40-seed0-compression=log_tbn", "A", {}],
    ["linear-nnaudio-trained=log_tbn-mel40-seed0-compression=log_tbn", "log_tbn", {}],
    ["linear-nnaudio-trained=mel+log_tbn-mel40-seed0-compression=log_tbn", "mel+log_tbn", {}],
    ["linear-nnaudio-B-mel40-seed0-compression=log_tbn", "B", {}],
  ]);
  assertEquals((await runs(TBN, "frontend.trained=[log_tbn],[log_tbn,log_tbn]")).length, 1);
});

Deno.test("each part that is trained has its rate: its own, what it leaves out as other parts have it", async () => {
  const optim = async (...overrides: string[]) => {
    const { graph: { tasks } } = await graphOf("kws", TBN, ...overrides);
    const { slice } = tasks.find(({ stage }) => stage === "train")!;
    return (slice as { readonly optim: Readonly<Record<string, unknown>> }).optim;
  };
  const other = { lr: 0.001, weight_decay: 0, clip_norm: 1 };
  assertEquals((await optim("frontend.trained=[log_tbn]"))["parts"], { log_tbn: other });
  assertEquals(
    (await optim("frontend.trained=[log_tbn]", "optim.log_tbn.lr=0.2", "optim.other.clip_norm=3"))["parts"],
    {
      log_tbn: { ...other, lr: 0.2, clip_norm: 3 },
    },
  );
  // What is not trained retrains nothing.
  assertEquals(await optim("setting=B", "optim.other.lr=5"), await optim("setting=B"));
  const rateless = ["frontend.trained=[log_tbn]", "optim.log_tbn.lr=null"];
  const none = await assertRejects(() => sweepOf("kws", TBN, ...rateless), UserError);
  assertEquals(
    none.message.includes("optim.log_tbn.lr: wanted a learning rate, found null"),
    true,
    none.message,
  );
  const refusal = await assertRejects(() => sweepOf("kws", "optim.log_tbn.lr=0.2"), UserError);
  assertEquals(
    refusal.message.startsWith("optim.log_tbn.lr=0.2: unknown key optim.log_tbn."),
    true,
    refusal.message,
  );
});

Deno.test("a compression of energies is refused behind magnitudes, with both settings", async () => {
  for (const frontend of ["fastaudio", "nnaudio"]) {
    const { message } = await assertRejects(
      () => sweepOf("kws", "setting=A", `frontend=${frontend}`, TBN, "frontend.power=1"),
      UserError,
    );
    assertEquals(
      message,
      "conf/compression/log_tbn.yaml:4: compression.kind: log_tbn is for energies, but frontend.power=1 gives " +
        "magnitudes; wanted another front-end value or another compression.",
    );
  }
  assertEquals(await trainedIn("frontend=fastaudio", TBN, "frontend.power=2", "setting=B"), [["mel"]]);
});
