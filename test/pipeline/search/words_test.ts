import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { domainText, overridesOf, readSearch } from "../../../pipeline/search/words.ts";

Deno.test("readSearch() tells what varies from what all trials have", () => {
  const { space, fixed } = readSearch([
    "optim.lr=log(1e-4,1)",
    "trainer.batch_size=50,100,200",
    "setting=A",
    "model.dropout=uniform( 0 , 0.5 )",
    "n_mels=int(20,80)",
    "seed=range(0,3)",
    "frontend.trained=[mel],[stft,mel],[mel]",
    "root='/a,b'",
  ]);
  assertEquals(space, [
    { key: "optim.model.lr", domain: { kind: "logarithmic", low: 1e-4, high: 1 } },
    { key: "trainer.batch_size", domain: { kind: "choice", values: [50, 100, 200] } },
    { key: "model.dropout", domain: { kind: "uniform", low: 0, high: 0.5 } },
    { key: "frontend.n_mels", domain: { kind: "int", low: 20, high: 80 } },
    { key: "seed", domain: { kind: "choice", values: [0, 1, 2] } },
    { key: "frontend.trained", domain: { kind: "choice", values: [["mel"], ["stft", "mel"]] } },
  ]);
  assertEquals(fixed.map(({ path, values }) => [path.join("."), values]), [
    ["setting", ["A"]],
    ["dataset.root", ["/a,b"]],
  ]);
  assertEquals(space.slice(0, 2).map(({ domain }) => domainText(domain)), ["log(0.0001,1)", "50,100,200"]);
});

Deno.test("readSearch() takes the last of two words for one key", () => {
  const { space, fixed } = readSearch([
    "optim.lr=log(1e-4,1)",
    "seed=0,1",
    "optim.model.lr=0.1",
    "seed=int(3,5)",
  ]);
  assertEquals(space, [{ key: "seed", domain: { kind: "int", low: 3, high: 5 } }]);
  assertEquals(fixed.map(({ text }) => text), ["optim.model.lr=0.1"]);
});

Deno.test("readSearch() refuses what is no space, in a sentence that says what is wanted", () => {
  const cases: [words: string[], message: string][] = [
    [["setting=A"], "no value may vary"],
    [["optim.lr=log(0,1)"], "wanted log(LOW,HIGH) with 0 < LOW < HIGH"],
    [["optim.lr=log(1,0.1)"], "wanted log(LOW,HIGH)"],
    [["optim.lr=log(a,b)"], "wanted log(LOW,HIGH)"],
    [["x=uniform(1)"], "wanted uniform(LOW,HIGH)"],
    [["x=int(0.5,3)"], "whole numbers"],
    [["x=log(1,2),log(3,4)"], "wanted log(LOW,HIGH)"],
    [["a b=log(1,2)"], "the key"],
    [["x=choice(1,2)"], "x=1,2"],
    [["optim.lr=log(1e-4,1"], "the ( behind log is never closed; wanted log(LOW,HIGH)"],
    [["x=uniform(0,0.5"], "the ( behind uniform is never closed"],
    [["x=int( 2,8"], "the ( behind int is never closed"],
    [["seed=range(0,4"], "the ( behind range is never closed; wanted range(START,STOP)"],
    [["x=log(1,2)0"], "something stands behind log(...)"],
    [["trainer.epochs=5,10"], "Give trainer.epochs one value"],
    [["seed=0,1", "trainer.until_epoch=3"], "Leave it out"],
    [["trainer.minutes=uniform(1,3)"], "Give trainer.epochs one value"],
  ];
  for (const [words, message] of cases) {
    assertThrows(() => readSearch(words), UserError, message, words.join(" "));
  }
});

Deno.test("overridesOf() gives words that mean the same when they are typed", () => {
  const typed = [
    "optim.lr=log(1e-4,1)",
    "frontend.trained=[mel],[],[\"a b\",'1']",
    'root=/a,\'b, c\',"1e3",null,"null"',
    "trainer.average=null,{kind: ema, decay: 0.99}",
  ];
  const { space } = readSearch(typed);
  for (let i = 0; i < 5; i++) {
    const values = space.map(({ domain }) =>
      domain.kind === "choice" ? domain.values[i % domain.values.length]! : 0.0123
    );
    const overrides = overridesOf(space, values);
    const again = readSearch([...overrides.map(({ text }) => text), "seed=0,1"]).fixed;
    assertEquals(
      again.map(({ path, values }) => [path, values]),
      overrides.map(({ path, values }) => [path, values]),
    );
  }
});
