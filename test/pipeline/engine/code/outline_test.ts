import { assertEquals, assertNotEquals } from "@std/assert";
import { outlineOf } from "../../../../pipeline/engine/code/outline.ts";
import { tokenize } from "../../../../pipeline/engine/code/tokens.ts";

const outline = (source: string) => outlineOf(tokenize(source));

const same: readonly (readonly [string, string, string])[] = [
  ["comments", "const a = 1; // x\n/* y\n */ f();", "/** z */ const a = 1;\nf();"],
  ["layout", "f(a,b);if(c)d();", "f(\n  a,\n  b,\n);\n\nif (c)\n  d();\n"],
  ["quotes", `import a from './a.ts'; f('x');`, 'import a from "./a.ts"; f("x");'],
  ["trailing commas", "f({ a, b: [1, 2] });", "f({\n  a,\n  b: [\n    1,\n    2,\n  ],\n});"],
  ["the last semicolon of a block", "function f() { return 1 }", "function f() {\n  return 1;\n}"],
  ["generics in several lines", "const a: Map<A, Set<B>> = b;", "const a: Map<\n  A,\n  Set<B>\n> = b;"],
  ["unions in several lines", "let a: A | B;", "let a:\n  | A\n  | B;"],
  ["a chain", "a.b().c(d);", "a\n  .b()\n  .c(d);"],
  ["a choice", "const a = b ? c : d;", "const a = b\n  ? c\n  : d;"],
  ["a first line for the shell", "#!/usr/bin/deno\nf();", "f();"],
  [
    "an interface",
    "interface A { b: number }\nf();",
    "export interface A<D = B>\n  extends C<D>, E {}\nf();",
  ],
  ["a type", "export type A = { b: number };\nf();", "type C<D> =\n  | D\n  | `${D}`;\nf();"],
  ["erased imports", 'import type { A } from "./a.ts"; f();', 'import type B from "./b.ts"; f();'],
  ["erased exports", 'export type { A } from "./a.ts"; f();', 'f(); export type * from "./b.ts";'],
];
for (const [name, one, other] of same) {
  Deno.test(`outlineOf() does not count ${name}`, () => {
    assertEquals(outline(one).digest, outline(other).digest);
  });
}

const different: readonly (readonly [string, string, string])[] = [
  ["names", "a;", "b;"],
  ["strings", 'f("a");', 'f("b");'],
  ["blanks in a string", 'f("a b");', 'f("a  b");'],
  ["a string and a name", 'f("a");', "f(a);"],
  ["comments in a string", 'f("a // b");', 'f("a // c");'],
  ["templates", "f(`a ${b} c`);", "f(`a ${b}  c`);"],
  ["pieces of templates", "f(`${a}b${c}`);", "f(`${a}${b}${c}`);"],
  ["regular expressions", "f(/a b/g);", "f(/a  b/g);"],
  ["operators that touch", "f(a + ++b);", "f(a++ + b);"],
  ["a mark that touches", "a! = b;", "a != b;"],
  ["holes in lists", "[,];", "[];"],
  ["a hole at the end", "[a,,];", "[a,];"],
  ["the end of a line after return", "function f() { return a; }", "function f() { return\na; }"],
  ["the end of a line before ++", "a\n++b;", "a++\nb;"],
  ["the end of a line before a list", "class A { b: C\n[d] = 1 }", "class A { b: C[d] = 1 }"],
  ["the end of a line after a name", "class A { get\na() {} }", "class A { get a() {} }"],
  ["a comment that ends a line", "function f() { return /*\n*/ a; }", "function f() { return /* */ a; }"],
  ["order", "f(); g();", "g(); f();"],
  ["code after a type without a semicolon", "type A = B\nf();", "type A = B\ng();"],
  ["code after an object type", "type A = {}\nf();", "type A = {}\ng();"],
  ["a list after a type", "type A = B\n[f()].x;", "type A = B\n[g()].x;"],
  ["code after an interface", "interface A {}\n(() => f())();", "interface A {}\n(() => g())();"],
  ["code beside an interface", "interface A {} (() => f())();", "interface A {} (() => g())();"],
  ["a variable called type", "type = 1; f();", "type = 2; f();"],
  ["a variable called type on two lines", "type\nA = 1;", "type\nA = 2;"],
  ["an import called type", 'import type from "./a.ts";', 'import type from "./b.ts";'],
  ["an import beside types", 'import { type A, b } from "./a.ts";', 'import { type A, c } from "./a.ts";'],
  ["enums", "enum A { b = 1 }", "enum A { b = 2 }"],
];
for (const [name, one, other] of different) {
  Deno.test(`outlineOf() counts ${name}`, () => assertNotEquals(outline(one).digest, outline(other).digest));
}

Deno.test("outlineOf() names top-level declarations and what is none", () => {
  const { declarations } = outline(`
import { a } from "./a.ts";
export { b } from "./b.ts";
export interface Erased { c: number }
export const LIMIT = { x: () => { return 1; } };
export async function* work<T>(): AsyncIterable<{ y: T }> { if (a) { b; } }
class Inner extends Base<{ z: 1 }> { method() {} }
export abstract class Outer {}
enum Level { low }
let { first, second } = a;
export default class {}
export default { e: 1 };
if (import.meta.main) { await run(); } else { stop(); }
run();
`);
  assertEquals(Object.keys(declarations), [
    "imports",
    "exports",
    "LIMIT",
    "work",
    "Inner",
    "Outer",
    "Level",
    "first",
    "default",
    "statements",
  ]);
});

Deno.test("outlineOf() tells which declaration changed when one does", () => {
  const source =
    "const a = 1;\nfunction f(): { b: number } { return { b: 2 }; }\nexport const g = () => f();\n";
  const before = outline(source).declarations;
  const after = outline(source.replace("b: 2", "b: 3")).declarations;
  assertEquals(Object.keys(before).filter((name) => before[name] !== after[name]), ["f"]);
});
