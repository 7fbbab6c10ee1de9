import { assertEquals } from "@std/assert";
import { scanImports } from "../../../../pipeline/engine/code/scan_imports.ts";

const cases: readonly (readonly [string, string, readonly string[]])[] = [
  ["named import", `import { a, b as c } from "./a.ts";`, ["./a.ts"]],
  ["default and namespace", `import a, * as b from './a.ts'`, ["./a.ts"]],
  ["side effect", `import "./a.ts"; import './b.ts'`, ["./a.ts", "./b.ts"]],
  ["re-export", `export { a } from "./a.ts"; export * from "./b.ts"; export * as c from "./c.ts";`, [
    "./a.ts",
    "./b.ts",
    "./c.ts",
  ]],
  ["dynamic import", `const m = await import("./a.ts"); import('./b.ts').then()`, ["./a.ts", "./b.ts"]],
  ["dynamic import in back quotes", "await import(`./a.ts`)", ["./a.ts"]],
  [
    "erased import",
    `import type { A } from "./a.ts"; import type B from "./b.ts"; import type * as C from "./c.ts";`,
    [],
  ],
  [
    "erased export",
    `export type { A } from "./a.ts"; export type * from "./b.ts"; export type X = string;`,
    [],
  ],
  ["partly erased import", `import { type A, b } from "./a.ts";`, ["./a.ts"]],
  ["a default import called type", `import type from "./a.ts"; import type, { b } from "./b.ts";`, [
    "./a.ts",
    "./b.ts",
  ]],
  ["an erased import called from", `import type from from "./a.ts";`, []],
  ["type of a module", `let a: typeof import("./a.ts");`, []],
  ["asset", `const u = new URL("./a.wasm", import.meta.url);`, ["asset ./a.wasm"]],
  ["resolved asset", `import.meta.resolve("./a.wasm")`, ["asset ./a.wasm"]],
  ["a URL of something else", `new URL("./a", base); new URL("./b");`, []],
  ["JSON", `import a from "./a.json" with { type: "json" };`, ["asset ./a.json"]],
  ["line comment", `// import "./a.ts"\nimport "./b.ts" // import "./c.ts"`, ["./b.ts"]],
  ["block comment", `/* import "./a.ts"\n */ import /* x */ { a } /* from "./c.ts" */ from "./b.ts"`, [
    "./b.ts",
  ]],
  [
    "string",
    `const a = "import './a.ts'"; const b = 'import("./b.ts")'; const c = "\\"; import './c.ts'";`,
    [],
  ],
  ["template", "const a = `import './a.ts' ${ `${import.meta.url} import './b.ts'` } import('./c.ts')`;", []],
  ["code in a template", "const a = `x ${ await import('./a.ts') } import './b.ts'`; import './c.ts'", [
    "./a.ts",
    "./c.ts",
  ]],
  ["braces in a template", "`${ (() => { return { a: `}` } })() }`; import './a.ts'", ["./a.ts"]],
  [
    "regular expression",
    `const a = /import ".\\/a.ts"/; const b = x.replace(/["'\`]/g, ""); import "./b.ts"`,
    ["./b.ts"],
  ],
  ["slash in a class", `const a = /[/"]/; import "./a.ts"`, ["./a.ts"]],
  ["division", `const a = b / c; const d = (e) / f / g; const h = i[0] / 2; import "./a.ts" // "`, [
    "./a.ts",
  ]],
  ["expression after a condition", `if (a) /"/.test(b); import "./a.ts"`, ["./a.ts"]],
  ["expression after return", `function f() { return /"/ }\nimport "./a.ts"`, ["./a.ts"]],
  ["expression after a block", `function f() {}\n/"/.test(a); import "./a.ts"`, ["./a.ts"]],
  [
    "property names",
    `a.import("./a.ts"); a?.import("./b.ts"); const o = { import: 1, export: "./c.ts" };`,
    [],
  ],
  ["a method called import", `class A { import(x: string) {} async import(y): void {} }`, []],
  ["export without from", `export { a }\nimport b from "./b.ts"`, ["./b.ts"]],
  [
    "export of a constant",
    `export const from = "./a.ts"; export default "./b.ts"; export function f() {}`,
    [],
  ],
  ["several lines", `import {\n  a,\n  b,\n} from\n  "./a.ts";`, ["./a.ts"]],
  ["first line for the shell", `#!/usr/bin/env -S deno run\nimport "./a.ts"`, ["./a.ts"]],
  ["spread", `[...await import("./a.ts")]`, ["./a.ts"]],
  ["generic types and arrows", `const f = <T>(a: T) => a; type A = Array<"import">; import "./a.ts"`, [
    "./a.ts",
  ]],
  ["nothing", ``, []],
];

for (const [name, source, expected] of cases) {
  Deno.test(`scanImports() is not fooled by: ${name}`, () => {
    const { references, computedImports } = scanImports(source);
    const found = references.map((
      { specifier, kind },
    ) => (kind === "asset" ? `asset ${specifier}` : specifier));
    assertEquals(found, [...expected]);
    assertEquals(computedImports, []);
  });
}

Deno.test("scanImports() reports the line when the target of import() is computed", () => {
  assertEquals(scanImports('const a = 1;\nawait import(".." + a);\nimport(b)').computedImports, [2, 3]);
  assertEquals(scanImports("await import(`./${a}.ts`)").computedImports, [1]);
});

Deno.test("scanImports() gives the line of each reference", () => {
  assertEquals(scanImports('\n\nimport "./a.ts";\n').references.map((reference) => reference.line), [3]);
});
