import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { parseCondition, resolveName } from "../../../pipeline/runs/query.ts";

const understood: readonly (readonly [string, string, string, string])[] = [
  ["model=linear", "model", "=", "linear"],
  ["accuracy>0.4", "accuracy", ">", "0.4"],
  ["f1.macro >= 0.4", "f1.macro", ">=", "0.4"],
  ["setting!=A", "setting", "!=", "A"],
  ["run~D-mel", "run", "~", "D-mel"],
  ["started_at<2026-01-01T10:00", "started_at", "<", "2026-01-01T10:00"],
  ["run=a=b", "run", "=", "a=b"],
];
for (const [text, name, operator, value] of understood) {
  Deno.test(`parseCondition() understands ${text}`, () => {
    assertEquals<unknown>(parseCondition(text), { name, operator, value });
  });
}

for (const text of ["accuracy", "=3", "accuracy>", "a b=3", ""]) {
  Deno.test(`parseCondition() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseCondition(text), UserError, "wanted NAME=VALUE");
  });
}

Deno.test("resolveName() takes full names and last parts that mean one field", () => {
  const names = [
    "accuracy",
    "last.accuracy",
    "last.loss",
    "loss.x",
    "optim.mel.lr",
    "optim.model.lr",
    "a.seed",
  ];
  assertEquals(resolveName("accuracy", names), "accuracy");
  assertEquals(resolveName("seed", names), "a.seed");
  assertEquals(resolveName("model.lr", names), "optim.model.lr");
  assertThrows(() => resolveName("lr", names), UserError, "which lr is meant: optim.mel.lr, optim.model.lr.");
  assertThrows(() => resolveName("acuracy", names), UserError, 'Did you mean "accuracy"?');
});
