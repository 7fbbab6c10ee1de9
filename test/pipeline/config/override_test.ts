import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import type { Json } from "../../../lib/base/json.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";

const ACCEPTED: readonly [string, string[], Json[]][] = [
  ["frontend.n_mels=40", ["frontend", "n_mels"], [40]],
  ["model=linear,bc_resnet", ["model"], ["linear", "bc_resnet"]],
  ["seed=range(0,3)", ["seed"], [0, 1, 2]],
  ["seed=range(6,0,-2)", ["seed"], [6, 4, 2]],
  ["optim.model.lr=1e-3", ["optim", "model", "lr"], [0.001]],
  ["x=-2.5", ["x"], [-2.5]],
  ["x=null,true,false", ["x"], [null, true, false]],
  [`x='a,b',"c d"`, ["x"], ["a,b", "c d"]],
  [`x="say \\"hi\\""`, ["x"], [`say "hi"`]],
  [`x="40"`, ["x"], ["40"]],
  [`x=""`, ["x"], [""]],
  ["x=[1, two, [3]]", ["x"], [[1, "two", [3]]]],
  ["x=[]", ["x"], [[]]],
  ["x=[1,2],[3]", ["x"], [[1, 2], [3]]],
  ["x={a: 1, b: [q]}", ["x"], [{ a: 1, b: ["q"] }]],
  ["root=/data/my speech/v2", ["root"], ["/data/my speech/v2"]],
  ["x=a=b", ["x"], ["a=b"]],
  ["x=none,'True'", ["x"], ["none", "True"]],
  ["root=choices(1)/range", ["root"], ["choices(1)/range"]],
];

for (const [text, path, values] of ACCEPTED) {
  Deno.test(`parseOverride() reads ${text}`, () => {
    assertEquals(parseOverride(text), { path, values, text });
  });
}

const REFUSED: readonly [string, string][] = [
  ["n_mels", "wanted key=value"],
  ["=3", 'the key ""'],
  ["a b=1", 'the key "a b"'],
  ["a..b=1", 'the key "a..b"'],
  ["x=", "a value is missing"],
  ["x=1,,2", "a value is missing"],
  ["x=1,", "a value is missing"],
  ["x=[1", 'wanted "," or "]" at column 5'],
  ["x={a 1}", 'wanted ":" after "a"'],
  ["x={a: 1, b: 2, a: 3}", 'found "a" twice'],
  ["x='open", "is never closed"],
  ["x='a'b", 'unexpected "b"'],
  ["x=range(3,1)", "holds no value"],
  ["+frontend.n_mels=40", "write frontend.n_mels=40"],
  ["++seed=1", "write seed=1"],
  ["~frontend.mask", "write frontend.mask=null"],
  ["hydra.run.dir=out", "--store DIR"],
  ["hydra/launcher=submitit_slurm", "--executor"],
  ["frontend/mask=null", "write frontend.mask=null"],
  ["model@other=linear", "write model=linear"],
  ["seed=range(3)", "write 'seed=range(0,3)'"],
  ["seed=range(0,1,0.1)", "whole numbers"],
  ["seed=choice(0, 1)", "write seed=0,1"],
  ["model=glob(*)", "there is no glob() here"],
  ["x=True", "write true"],
  ["x=[1,False]", "write false"],
  ["x={a: None}", "write null"],
  ["x=Null", "write null"],
];

for (const [text, message] of REFUSED) {
  Deno.test(`parseOverride() refuses ${text}`, () => {
    assertThrows(() => parseOverride(text), UserError, message);
  });
}
