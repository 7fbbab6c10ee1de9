import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";

const BOMB = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"];
for (let i = 1; i < 12; i++) BOMB.push(`a${i}: &a${i} [${Array(9).fill(`*a${i - 1}`).join(", ")}]`);
const MAPPINGS = ["b0: &b0 {x: 1}"];
for (let i = 1; i < 40; i++) MAPPINGS.push(`b${i}: &b${i} {x: *b${i - 1}, y: *b${i - 1}}`);

for (
  const [name, text, found] of [
    ["aliases of aliases", BOMB.join("\n"), "more than 100000 values"],
    ["mappings of aliases", MAPPINGS.join("\n"), "more than"],
    ["an alias of itself", "a: &a [*a]", "more than 32 levels"],
    ["a mapping in itself", "a: &a\n  b: *a", "more than 32 levels"],
    ["very deep brackets", `a: ${"[".repeat(50)}${"]".repeat(50)}`, "more than 32 levels"],
    ["brackets without an end", `a: ${"[".repeat(200_000)}`, "as YAML"],
  ] as const
) {
  Deno.test(`readYaml() refuses ${name} at once`, () => {
    const error = assertThrows(() => readYaml("conf/x.yaml", text), UserError, "conf/x.yaml");
    assertEquals([error.message.includes(found), error.message.length < 300], [true, true], error.message);
  });
}

Deno.test("readYaml() names the key that stands twice, and ends its sentences", () => {
  assertThrows(
    () => readYaml("conf/x.yaml", "a:\n  b: 1\n  c: 2\n  b: 3\nd: 4\n"),
    UserError,
    "Cannot read conf/x.yaml as YAML: b stands in one mapping twice, the second time at line 4. Remove one of the two.",
  );
  const { message } = assertThrows(() => readYaml("conf/x.yaml", "a: 1\nb: [1\nc: 2\n"), UserError);
  assertMatch(message, /at line \d+, column \d+\.$/);
});

Deno.test("readYaml() takes aliases that people write, and knows the line of each value", () => {
  const source = readYaml("x", "a: &same\n  b: [1,\n    2]\n  c: {d: 1}\n\ne: *same\n'f g':\n  b: 3\n");
  assertEquals(source.values, {
    a: { b: [1, 2], c: { d: 1 } },
    e: { b: [1, 2], c: { d: 1 } },
    "f g": { b: 3 },
  });
  const paths = [["a"], ["a", "b"], ["a", "c", "d"], ["e", "b"], ["f g", "b"], ["b"], ["h"]];
  assertEquals(paths.map((path) => source.line(path)), [1, 2, 4, 6, 8, undefined, undefined]);
});

Deno.test("readYaml() takes no number for octal that the command line takes for decimal", () => {
  for (const text of ["a: 1\nepochs: 010", "a: 1\nb: [1, -010]", "a: 1\nb: {c: 0_10} # 1"]) {
    assertThrows(() => readYaml("conf/x.yaml", text), UserError, "Cannot use conf/x.yaml:2: found ");
  }
  const text = "a: 0\nb: 0.5 # 010\nc: '010'\nd: -0\ne: 10\nf: 2024-01-05";
  assertEquals(readYaml("x", text).values, { a: 0, b: 0.5, c: "010", d: -0, e: 10, f: "2024-01-05" });
});
