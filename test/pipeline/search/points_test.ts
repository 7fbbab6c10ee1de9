import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { checkSpace, type Example, pointOf } from "../../../pipeline/search/points.ts";
import { readSearch } from "../../../pipeline/search/words.ts";
import { CONF } from "../../support/graphs.ts";

const optionsOf = (words: readonly string[]) => ({ conf: CONF, task: "kws", ...readSearch(words) });
const check = (...words: string[]): Promise<Example> => checkSpace(optionsOf(["setting=A", ...words]));

Deno.test("checkSpace() gives a configuration of the space", async () => {
  const { values, point } = await check("optim.lr=log(1e-4,1)", "trainer.batch_size=50,100");
  assertEquals([point.config.optim["model"], point.config.trainer.batch_size].length, 2);
  assertEquals(values[1], point.config.trainer.batch_size);
  assertEquals(point.axes, { "optim.model.lr": values[0], "trainer.batch_size": values[1] });
});

Deno.test("checkSpace() refuses what is of the wrong type for its key, naming what was typed", async () => {
  const cases: [words: string[], message: string][] = [
    [["trainer.batch_size=50,many"], "trainer.batch_size=50,many: trainer.batch_size: wanted a number"],
    [["trainer.batch_size=50,many"], 'found "many"'],
    [["trainer.batch_size=int(0,3)"], "trainer.batch_size=int(0,3): trainer.batch_size: wanted"],
    [["trainer.batch_size=uniform(10,20)"], "Whole numbers are drawn by int(LOW,HIGH)."],
    [
      ["trainer.label_smoothing=uniform(0,5)"],
      "trainer.label_smoothing=uniform(0,5): trainer.label_smoothing: wanted",
    ],
    [["optim.lr=a,b"], "optim.lr=a,b: optim.model.lr: wanted"],
    [["model=linear,lnear"], "conf/model/ has no lnear.yaml"],
    [["setting=A,X"], "setting=A,X: setting: wanted"],
    [["trainer=short,quick"], "wanted one length. Add trainer.epochs=10"],
  ];
  for (const [words, message] of cases) {
    await assertRejects(() => check("optim.momentum=0,0.9", ...words), UserError, message, words.join(" "));
  }
});

Deno.test("checkSpace() suggests the key that was probably meant", async () => {
  const cases: [word: string, key: string][] = [
    ["modle.dropout=uniform(0,1)", '"model"'],
    ["trainer.batchsize=50,100", '"batch_size"'],
    ["optim.lrr=log(1e-4,1)", "optim.model.lr"],
    ["n_mel=int(20,40)", "frontend.n_mels"],
    ["batch_sise=50,100", "trainer.batch_size"],
  ];
  for (const [word, key] of cases) {
    const error = await assertRejects(() => check(word), UserError, `${word}: unknown key`);
    assert(error.message.includes(`Did you mean ${key}`), `${word}: ${error.message}`);
  }
});

Deno.test("checkSpace() leaves alone what goes with some values of others and not with all", async () => {
  const { point } = await check("frontend.f_min_hz=4000,0", "frontend.f_max_hz=3000,8000");
  assert(Number(point.config.frontend["f_min_hz"]) < Number(point.config.frontend["f_max_hz"]));
});

Deno.test("checkSpace() refuses a value that goes with no value of the others", async () => {
  await assertRejects(
    () => check("model=linear,ds_cnn", "model.size=S,M"),
    UserError,
    "model=linear,ds_cnn: linear goes with no value of the others, as model.size=S,M: unknown key model.size",
  );
});

Deno.test("an error names what was typed, and what was drawn as what was found", async () => {
  const options = optionsOf(["setting=A", "trainer.batch_size=int(0,3)"]);
  await assertRejects(
    () => pointOf(options, [0]),
    UserError,
    "trainer.batch_size=int(0,3): trainer.batch_size: wanted at least 1, found 0",
  );
  assertEquals((await pointOf(options, [2])).config.trainer.batch_size, 2);
});
