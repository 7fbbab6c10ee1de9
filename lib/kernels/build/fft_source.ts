/**
 * Writes the passes of a fast Fourier transform as AssemblyScript: text, because a pass of radix 16 has its 16 numbers
 * in local variables, which cost less than memory, where every access is checked.
 */
import { factorsOf, RADICES } from "../spectrum/radices.ts";

/** Names of the variables of a complex number. */
interface Complex {
  readonly re: string;
  readonly im: string;
}

/** Two functions for each radix, the last pass' factors being 1; `passOfRadix` is false if a radix has none. */
export function fftSource(): string {
  const passes = RADICES.flatMap((radix) => [pass(radix, true), pass(radix, false)]);
  const calls = RADICES.map((radix) =>
    `if (r == ${radix}) {
    if (m > 1) pass${radix}(x, y, m, s, roots);
    else pass${radix}Last(x, y, m, s, roots);
  } else `
  );
  return `${passes.join("\n")}
function passOfRadix(r: i32, x: usize, y: usize, m: i32, s: i32, roots: usize): bool {
  ${calls.join("")}return false;
  return true;
}
`;
}

function pass(radix: number, turned: boolean): string {
  const code = new Codelet(radix);
  code.pass(turned);
  const indented = (lines: readonly string[], depth: number) =>
    lines.map((line) => `${"  ".repeat(depth)}${line}\n`).join("");
  return `function pass${radix}${
    turned ? "" : "Last"
  }(x: usize, y: usize, m: i32, s: i32, roots: usize): void {
  const span = <usize>s << 5, step = span * m;
${indented(code.roots(), 1)}  let w = roots + ${8 * radix};
  for (let p = 0; p < m; p++, w += ${8 * (radix - 1)}, y += ${radix - 1} * span) {
    for (const end = x + span; x < end; x += 32, y += 32) {
      let q = x;
${indented(code.lines, 3)}    }
  }
}
`;
}

/** Straight-line code of one transform of as many numbers as the radix. */
class Codelet {
  readonly lines: string[] = [];
  readonly #radix: number;
  /** Which roots of one are needed: those loops begin with. */
  readonly #used = new Set<number>();
  #variables = 0;

  constructor(radix: number) {
    this.#radix = radix;
  }

  /** Loads of the roots of one that the code needs. */
  roots(): string[] {
    return [...this.#used].sort((a, b) => a - b).map((root) =>
      `const c${root} = v128.load32_splat(roots, ${8 * root}), s${root} = v128.load32_splat(roots, ${
        8 * root + 4
      });`
    );
  }

  /**
   * From x to y. Numbers are loaded just before they are used and stored as soon as they are made, as there are fewer
   * registers than numbers. @param turned Whether they are multiplied by the factors at w.
   */
  pass(turned: boolean): void {
    const [a = 1] = factorsOf(this.#radix);
    const b = this.#radix / a;
    const inner = range(b).map((j) => this.transform(range(a).map((i) => this.#load(b * i + j, i, b))));
    if (b === 1) return inner[0]!.forEach((value, k) => this.#store(value, k, k, 1, turned));
    for (let k = 0; k < a; k++) {
      this.transform(this.#turned(inner, k, 1)).forEach((value, i) =>
        this.#store(value, k + a * i, i, a, turned)
      );
    }
  }

  /** @param place Among its group, whose members are `apart` numbers apart. */
  #load(j: number, place: number, apart: number): Complex {
    this.#at("x", "step", j, place, apart);
    this.lines.push(`const x${j}r = v128.load(q), x${j}i = v128.load(q, 16);`);
    return { re: `x${j}r`, im: `x${j}i` };
  }

  #store({ re, im }: Complex, k: number, place: number, apart: number, turned: boolean): void {
    this.#at("y", "span", k, place, apart);
    if (!turned || k === 0) return void this.lines.push(`v128.store(q, ${re}); v128.store(q, ${im}, 16);`);
    const splat = (lane: number) => `v128.shuffle<f32>(w_${k}, w_${k}, ${lane}, ${lane}, ${lane}, ${lane})`;
    this.lines.push(
      `const w_${k} = v128.load64_zero(w, ${8 * (k - 1)}), c_${k} = ${splat(0)}, s_${k} = ${splat(1)};`,
      `v128.store(q, f32x4.sub(f32x4.mul(${re}, c_${k}), f32x4.mul(${im}, s_${k})));`,
      `v128.store(q, f32x4.add(f32x4.mul(${re}, s_${k}), f32x4.mul(${im}, c_${k})), 16);`,
    );
  }

  /** Moves q to a number. */
  #at(start: string, step: string, index: number, place: number, apart: number): void {
    if (place > 0) this.lines.push(`q += ${apart} * ${step};`);
    else this.lines.push(index === 0 ? `q = ${start};` : `q = ${start} + ${index} * ${step};`);
  }

  /** Of a length that divides the radix. */
  transform(x: readonly Complex[]): Complex[] {
    const [first, ...rest] = factorsOf(x.length);
    if (rest.length > 0) return this.#composed(x, first!);
    switch (first) {
      case 2:
        return [this.#add(x[0]!, x[1]!), this.#sub(x[0]!, x[1]!)];
      case 4:
        return this.#four(x);
      case 3:
        return this.#three(x);
      default:
        return this.#five(x);
    }
  }

  /** Cooley and Tukey: transforms of length `a`, factors, transforms of what is left. */
  #composed(x: readonly Complex[], a: number): Complex[] {
    const b = x.length / a;
    const inner = range(b).map((j) => this.transform(range(a).map((i) => x[b * i + j]!)));
    const y: Complex[] = [];
    for (let k = 0; k < a; k++) {
      this.transform(this.#turned(inner, k, this.#radix / x.length)).forEach((value, i) =>
        y[k + a * i] = value
      );
    }
    return y;
  }

  #turned(inner: readonly (readonly Complex[])[], k: number, apart: number): Complex[] {
    return inner.map((values, j) => this.#turn(values[k]!, j * k * apart));
  }

  #three([a, b, c]: readonly Complex[]): Complex[] {
    const root = this.#root(this.#radix / 3);
    const sum = this.#add(b!, c!);
    const middle = this.#addTo(a!, [[sum, root.c]]);
    const side = this.#scale(this.#sub(b!, c!), root.s);
    return [this.#add(a!, sum), this.#addTurned(middle, side), this.#subTurned(middle, side)];
  }

  #four([a, b, c, d]: readonly Complex[]): Complex[] {
    const [s, t] = [this.#add(a!, c!), this.#add(b!, d!)];
    const [u, v] = [this.#sub(a!, c!), this.#sub(b!, d!)];
    return [this.#add(s, t), this.#subTurned(u, v), this.#sub(s, t), this.#addTurned(u, v)];
  }

  #five([a, b, c, d, e]: readonly Complex[]): Complex[] {
    const [one, two] = [this.#root(this.#radix / 5), this.#root(2 * this.#radix / 5)];
    const [t1, t2, t3, t4] = [this.#add(b!, e!), this.#add(c!, d!), this.#sub(b!, e!), this.#sub(c!, d!)];
    const m1 = this.#addTo(a!, [[t1, one.c], [t2, two.c]]);
    const m2 = this.#addTo(a!, [[t1, two.c], [t2, one.c]]);
    const n1 = this.#add(this.#scale(t3, one.s), this.#scale(t4, two.s));
    const n2 = this.#sub(this.#scale(t3, two.s), this.#scale(t4, one.s));
    const sum = this.#add(a!, this.#add(t1, t2));
    return [
      sum,
      this.#addTurned(m1, n1),
      this.#addTurned(m2, n2),
      this.#subTurned(m2, n2),
      this.#subTurned(m1, n1),
    ];
  }

  /** Times a root of one. */
  #turn(x: Complex, root: number): Complex {
    if (root === 0) return x;
    if (4 * root === this.#radix) return this.#variable(x.im, `f32x4.neg(${x.re})`);
    const { c, s } = this.#root(root);
    return this.#variable(
      `f32x4.sub(f32x4.mul(${x.re}, ${c}), f32x4.mul(${x.im}, ${s}))`,
      `f32x4.add(f32x4.mul(${x.re}, ${s}), f32x4.mul(${x.im}, ${c}))`,
    );
  }

  #root(root: number): { readonly c: string; readonly s: string } {
    this.#used.add(root);
    return { c: `c${root}`, s: `s${root}` };
  }

  #add(x: Complex, y: Complex): Complex {
    return this.#variable(`f32x4.add(${x.re}, ${y.re})`, `f32x4.add(${x.im}, ${y.im})`);
  }

  #sub(x: Complex, y: Complex): Complex {
    return this.#variable(`f32x4.sub(${x.re}, ${y.re})`, `f32x4.sub(${x.im}, ${y.im})`);
  }

  /** x + i y. */
  #addTurned(x: Complex, y: Complex): Complex {
    return this.#variable(`f32x4.sub(${x.re}, ${y.im})`, `f32x4.add(${x.im}, ${y.re})`);
  }

  /** x - i y. */
  #subTurned(x: Complex, y: Complex): Complex {
    return this.#variable(`f32x4.add(${x.re}, ${y.im})`, `f32x4.sub(${x.im}, ${y.re})`);
  }

  #scale(x: Complex, factor: string): Complex {
    return this.#variable(`f32x4.mul(${x.re}, ${factor})`, `f32x4.mul(${x.im}, ${factor})`);
  }

  /** x and products, the products first. */
  #addTo(x: Complex, products: readonly (readonly [Complex, string])[]): Complex {
    const sum = products.map(([y, factor]) => this.#scale(y, factor)).reduce((a, b) => this.#add(a, b));
    return this.#add(x, sum);
  }

  #variable(re: string, im: string): Complex {
    const made = { re: `t${this.#variables}r`, im: `t${this.#variables}i` };
    this.#variables++;
    this.lines.push(`const ${made.re} = ${re}, ${made.im} = ${im};`);
    return made;
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
