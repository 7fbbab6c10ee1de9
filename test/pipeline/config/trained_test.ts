/** What of a front-end is trained: lists of parts, and the settings that stand for some of them. */
import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { frontendContext } from "../../../pipeline/config/check.ts";
import { sweepOf } from "../../support/graphs.ts";

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
