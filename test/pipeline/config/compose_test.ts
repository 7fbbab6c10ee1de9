import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../../../lib/base/errors.ts";
import { compose, type ConfReader } from "../../../pipeline/config/compose.ts";
import { parseOverride } from "../../../pipeline/config/override.ts";
import { readYaml } from "../../../pipeline/config/yaml_source.ts";
import { graphOf } from "../../support/graphs.ts";

const FILES: Readonly<Record<string, string>> = {
  "main.yaml":
    "defaults:\n  model: small\n  trainer: short\nseed: 0\nmodel:\n  width: 1\ncompare: {seed: [1, 2]}\n",
  "model/small.yaml": "# the small one\nkind: small\nwidth: 2\n",
  "model/large.yaml": "kind: large\nlayers: { first: 3, second: 4 }\nalso:\n  trainer:\n    rate: 9\n",
  "trainer/short.yaml": "epochs: 3\n",
};

const reader = readerOf(FILES);

function readerOf(files: Readonly<Record<string, string>>): ConfReader {
  return {
    main: (name) => readYaml(`conf/${name}.yaml`, files[`${name}.yaml`]!),
    choices: (group) =>
      Object.keys(files).filter((f) => f.startsWith(`${group}/`)).map((f) => f.slice(group.length + 1, -5)),
    choice: (group, name) => readYaml(`conf/${group}/${name}.yaml`, files[`${group}/${name}.yaml`]!),
    folders: { files: "/project", typed: "/here" },
  };
}

function assignments(...texts: string[]) {
  return texts.map(parseOverride).map(({ path, values, text }) => ({
    path,
    value: values[0]!,
    text,
    typed: true,
  }));
}

Deno.test("compose() merges main, then groups in order, then overrides", () => {
  const { values } = compose(reader, "main", assignments("trainer.epochs=5"));
  assertEquals(values, { seed: 0, model: { width: 2, kind: "small" }, trainer: { epochs: 5 } });
});

Deno.test("compose() keeps the file and line, or the override, of each value", () => {
  const { origins } = compose(reader, "main", assignments("trainer.epochs=5", "model=large"));
  assertEquals(Object.fromEntries(origins), {
    seed: "conf/main.yaml:4",
    "model.width": "conf/main.yaml:6",
    "model.kind": "conf/model/large.yaml:1",
    "model.layers.first": "conf/model/large.yaml:2",
    "model.layers.second": "conf/model/large.yaml:2",
    "trainer.rate": "conf/model/large.yaml:5",
    "trainer.epochs": "trainer.epochs=5",
  });
});

Deno.test("compose() lets the last of two choices of a group count", () => {
  const { values } = compose(reader, "main", assignments("model=large", "model=small"));
  assertEquals((values["model"] as { kind: string }).kind, "small");
});

Deno.test("compose() names the choices of a group and the nearest when one is unknown", () => {
  assertThrows(
    () => compose(reader, "main", assignments("model=smal")),
    UserError,
    `Cannot use model=smal: conf/model/ has no smal.yaml, only small, large. Did you mean "small"?`,
  );
});

/** Whose large model is trained for long unless one asks otherwise. */
const PREFERRING = readerOf({
  ...FILES,
  "model/large.yaml": "kind: large\nprefers: { trainer: long }\n",
  "model/lost.yaml": "kind: lost\nprefers: { trainer: longer }\n",
  "model/selfish.yaml": "kind: selfish\nprefers: { model: small }\n",
  "model/mistyped.yaml": "kind: mistyped\nprefers: { trainr: long }\n",
  "trainer/long.yaml": "epochs: 30\n",
  "trainer/for_large.yaml": "epochs: 9\nprefers: { model: large }\n",
});

Deno.test("compose() takes the file of another group that a chosen file prefers, with its values' origins", () => {
  const { values, origins } = compose(PREFERRING, "main", assignments("model=large"));
  assertEquals(values, { seed: 0, model: { width: 1, kind: "large" }, trainer: { epochs: 30 } });
  assertEquals(origins.get("trainer.epochs"), "conf/trainer/long.yaml:1");
  assertEquals(compose(PREFERRING, "main", []).values["trainer"], { epochs: 3 });
});

Deno.test("compose() lets what is typed win over what a file prefers, before or after it", () => {
  for (const typed of [["model=large", "trainer=short"], ["trainer=short", "model=large"]]) {
    assertEquals(compose(PREFERRING, "main", assignments(...typed)).values["trainer"], { epochs: 3 });
  }
  const { values } = compose(PREFERRING, "main", assignments("model=large", "trainer.epochs=7"));
  assertEquals(values["trainer"], { epochs: 7 });
});

Deno.test("compose() follows what files prefer of groups before them", () => {
  const { values } = compose(PREFERRING, "main", assignments("trainer=for_large"));
  assertEquals(values["model"], { width: 1, kind: "large" });
  assertEquals(values["trainer"], { epochs: 9 });
});

Deno.test("compose() refuses to prefer what is no other group", () => {
  for (const [model, found] of [["selfish", "prefers.model: small"], ["mistyped", "prefers.trainr: long"]]) {
    assertThrows(
      () => compose(PREFERRING, "main", assignments(`model=${model}`)),
      UserError,
      `Cannot use conf/model/${model}.yaml: ${found}: `,
    );
  }
});

Deno.test("compose() says which file prefers a choice that is not there", () => {
  assertThrows(
    () => compose(PREFERRING, "main", assignments("model=lost")),
    UserError,
    "Cannot use conf/model/lost.yaml: prefers.trainer: longer: conf/trainer/ has no longer.yaml, only short, long, for_large.",
  );
});

Deno.test("readYaml() names file and line when the YAML is malformed", () => {
  assertThrows(() => readYaml("conf/a.yaml", "a: 1\nb: [1\nc: 2\n"), UserError, "conf/a.yaml as YAML");
  assertThrows(() => readYaml("conf/a.yaml", "a: 1\nb: [1\nc: 2\n"), UserError, "line 3");
  assertThrows(() => readYaml("conf/a.yaml", "- 1\n"), UserError, "wanted keys and values, found a list");
});

Deno.test("YamlSource.line() tells keys of one name in different places apart", () => {
  const source = readYaml("f", 'a:\n  x: 1\nb:\n  # note\n  x: { y: 2 }\n"quoted":\n    x: 3\n');
  assertEquals(source.line(["a", "x"]), 2);
  assertEquals(source.line(["b", "x"]), 5);
  assertEquals(source.line(["b", "x", "y"]), 5);
  assertEquals(source.line(["quoted", "x"]), 7);
  assertEquals(source.line(["c"]), undefined);
});

const inherited = [
  "toString=x",
  "__proto__=x",
  "__proto__.polluted=1",
  "constructor.prototype=1",
  "hasOwnProperty={a: 1}",
  "trainer.__proto__.epochs=1",
  "trainer.toString=1",
  "model={kind: linear, __proto__: {kind: bc_resnet}}",
];
for (const text of inherited) {
  Deno.test(`${text} is an unknown key as any other`, async () => {
    const key = text.startsWith("model=") ? "model.__proto__" : /^(trainer\.)?\w+/.exec(text)![0];
    await assertRejects(() => graphOf("kws", text), UserError, `unknown key ${key}. Known keys here: `);
    assertEquals(Object.hasOwn(Object.prototype, "polluted"), false);
    assertEquals(Object.hasOwn(Object.prototype, "epochs"), false);
  });
}

Deno.test("compose() keeps values of such names where they are set", () => {
  const { values, origins } = compose(reader, "main", assignments("trainer.__proto__.x=5", "constructor=2"));
  assertEquals(JSON.stringify(values["trainer"]), '{"epochs":3,"__proto__":{"x":5}}');
  assertEquals([values["constructor"], origins.get("trainer.__proto__.x")], [2, "trainer.__proto__.x=5"]);
});
