/**
 * Nobody asks which kind something is: what there is to know, the kind says. Names of kinds stand in lists, in
 * configurations and in the kinds' own folders; no source compares with one, or has a table of them.
 */
import { assertEquals } from "@std/assert";
import { AUGMENTATIONS } from "../lib/augment/kinds.ts";
import { kindNames } from "../lib/base/kinds.ts";
import { DATA_SETS } from "../lib/data/kinds.ts";
import { COMPRESSIONS } from "../lib/frontends/compressions/kinds.ts";
import { FRONTENDS } from "../lib/frontends/kinds.ts";
import { STEPS } from "../lib/frontends/steps/kinds.ts";
import { MODELS } from "../lib/models/kinds.ts";
import { TASKS } from "../lib/tasks/kinds.ts";
import { OPTIMIZERS } from "../lib/train/optimizers/kinds.ts";
import { type Token, tokenize } from "../pipeline/engine/code/tokens.ts";
import { EXECUTORS } from "../pipeline/executors/kinds.ts";
import { ROOT } from "./support/graphs.ts";

/** Folder -> the names of the family that is listed there. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  "lib/augment": kindNames(AUGMENTATIONS),
  "lib/data": kindNames(DATA_SETS),
  "lib/frontends": kindNames(FRONTENDS),
  "lib/frontends/compressions": kindNames(COMPRESSIONS),
  "lib/frontends/steps": kindNames(STEPS),
  "lib/models": kindNames(MODELS),
  "lib/tasks": kindNames(TASKS),
  "lib/train/optimizers": kindNames(OPTIMIZERS),
  "pipeline/executors": kindNames(EXECUTORS),
};

/** Parts of front-ends and groups of parameters are called like the steps they are of, so these have tables. */
const TABLED = "lib/frontends/steps";

/** Whose kinds nobody but kinds need name: front-ends, say, are made of steps and name them. */
const UNNAMED = ["lib/data", "lib/frontends", "lib/models", "lib/tasks", "pipeline/executors"];

const ALL = new Set(Object.values(FAMILIES).flat());
const NAMED_BY_NOBODY = new Set(UNNAMED.flatMap((family) => FAMILIES[family]!));

/** A place in a source, for messages. */
type Found = string;

Deno.test("the rule sees decisions on a name, whichever way they are written", () => {
  for (
    const source of [
      'if (kind === "linear") x();',
      'if ("linear" !== model.kind) x();',
      'switch (kind) { case "linear": x(); }',
      "const y = kind == `linear` ? 1 : 2;",
      'if (["linear", "other"].includes(kind)) x();',
      'if (kinds.has("linear")) x();',
      'if (run.startsWith("linear")) x();',
      'const y = TABLE["linear"];',
      'if ("linear" in table) x();',
      "const TABLE = { linear: 1, bc_resnet: { deep: true } };",
      'const TABLE = { "linear": 1, other: 2, bc_resnet };',
      "if (/^linear$/.test(kind)) x();",
    ]
  ) {
    assertEquals(decisions("x.ts", source).length > 0, true, source);
  }
  for (
    const source of [
      'const model = { kind: "linear" };',
      "const linear = 1, x = { linear };",
      'list.push("linear");',
      'throw new Error("linear === linear");',
      "// kind === 'linear'\nx();",
    ]
  ) {
    assertEquals(decisions("x.ts", source), [], source);
  }
});

Deno.test("no source decides by a kind's name outside the kind's own folder", () => {
  assertEquals(sources().flatMap((file) => decisions(file, read(file))), []);
});

Deno.test("only kinds name a front-end, a model, a data set, a task or an executor", () => {
  const found = sources().filter((file) => !isOfKind(file)).flatMap((file) => {
    const source = read(file);
    return tokenize(source).filter(({ kind, text }) => kind === "string" && NAMED_BY_NOBODY.has(text))
      .filter(({ text }) => !isHome(file, text)).map((token) => place(file, source, token));
  });
  assertEquals(found, []);
});

/** Comparisons with names of kinds, and tables by names of one family. */
function decisions(file: string, source: string): Found[] {
  const tokens = tokenize(source);
  const compared = tokens.filter((token, i) => isName(file, token) && isDecision(tokens, i));
  const expressions = tokens.filter(({ kind, text }) => kind === "regex" && namesIn(text, file).length > 0);
  return [...compared, ...expressions, ...tables(file, tokens)].map((token) => place(file, source, token));
}

function isName(file: string, { kind, text }: Token): boolean {
  return kind === "string" && ALL.has(text) && !isHome(file, text);
}

/** Of an expression, where the whole of an alternative is a name. */
function namesIn(expression: string, file: string): string[] {
  return expression.split(/[^\w]+/).filter((word) => NAMED_BY_NOBODY.has(word) && !isHome(file, word));
}

const EQUALITY = ["===", "!==", "==", "!="];
const SEARCHES = ["includes", "has", "get", "indexOf", "startsWith", "endsWith", "some", "every", "find"];
const NO_OBJECT = ["return", "of", "in", "case", "await", "yield"];

function isDecision(tokens: readonly Token[], i: number): boolean {
  const at = (offset: number) => tokens[i + offset]?.text ?? "";
  if (EQUALITY.includes(at(-1)) || EQUALITY.includes(at(1))) return true;
  if (at(-1) === "case" || at(1) === "in") return true;
  if (at(-1) === "(" && at(-3) === "." && SEARCHES.includes(at(-2))) return true;
  const object = tokens[i - 2];
  if (at(-1) === "[" && at(1) === "]" && object !== undefined) {
    if (object.kind === "word" && !NO_OBJECT.includes(object.text) || [")", "]"].includes(object.text)) {
      return true;
    }
  }
  return isInSearchedArray(tokens, i);
}

/** `["a", "b"].includes(x)` */
function isInSearchedArray(tokens: readonly Token[], i: number): boolean {
  let end = i + 1;
  while (tokens[end] !== undefined && (tokens[end]!.kind === "string" || tokens[end]!.text === ",")) end++;
  return tokens[end]?.text === "]" && tokens[end + 1]?.text === "." &&
    SEARCHES.includes(tokens[end + 2]?.text ?? "");
}

/** Keys of one object of which two are names of one family. */
function tables(file: string, tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  const open: { readonly brace: string; readonly keys: Token[] }[] = [];
  for (const [i, token] of tokens.entries()) {
    const [before, behind] = [tokens[i - 1]?.text ?? "", tokens[i + 1]?.text ?? ""];
    const inner = open.at(-1);
    if (["{", "(", "[", "${"].includes(token.text) && token.kind === "punct") {
      open.push({ brace: token.text, keys: [] });
    } else if (["}", ")", "]"].includes(token.text) && token.kind === "punct") {
      found.push(...tableOf(file, open.pop()?.keys ?? []));
    } else if (inner?.brace === "{" && ["{", ","].includes(before) && [":", ",", "}"].includes(behind)) {
      inner.keys.push(token);
    }
  }
  return found;
}

function tableOf(file: string, keys: readonly Token[]): Token[] {
  return Object.entries(FAMILIES).flatMap(([family, names]) => {
    if (family === TABLED) return [];
    const named = keys.filter(({ text }) => names.includes(text) && !isHome(file, text));
    return named.length > 1 ? [named[0]!] : [];
  });
}

/** A kind's folder, and what else is called by its name: a kernel, a command. */
function isHome(file: string, name: string): boolean {
  return file.split("/").some((part) => part === name || part === `${name}.ts`);
}

/** Whether a file is in the folder of any kind. */
function isOfKind(file: string): boolean {
  return Object.entries(FAMILIES).some(([family, names]) =>
    names.some((name) => file.startsWith(`${family}/${name}/`))
  );
}

/** Everything but the lists. */
function sources(): string[] {
  return [...walk("lib"), ...walk("pipeline")]
    .filter((file) => !file.endsWith("/kinds.ts") && file !== "pipeline/commands/list.ts").sort();
}

function place(file: string, source: string, { at, text }: Token): Found {
  return `${file}:${source.slice(0, at).split("\n").length}: ${text}`;
}

function read(file: string): string {
  return Deno.readTextFileSync(`${ROOT}/${file}`);
}

function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(`${ROOT}/${folder}`)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (/\.[jt]s$/.test(path)) yield path;
  }
}
