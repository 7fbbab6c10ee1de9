/**
 * Writes the inner loops of matrix products as AssemblyScript: text, because a tile of the result must stay in
 * registers, and the language has neither arrays of vectors in registers nor unrolled loops.
 */

type Contiguous = "row" | "column";
type RowsOfB = "packed" | "apart";

/**
 * Rows of a tile. 6 rows of 2 vectors, 2 vectors of B and one of A fill the vector registers of x86-64; where 4 rows of
 * A come with one load, that vector is one more.
 */
const TILE_ROWS: Record<Contiguous, number> = { row: 6, column: 5 };
/** Rows of the tiles for what is left over. */
const LAST_ROWS = [4, 2, 1];
const LANES = 4;
const VECTORS = 2;
const VECTOR_BYTES = 16;
const PANEL_BYTES = VECTORS * VECTOR_BYTES;

/**
 * Two functions that compute `C (+)= A B` for column panels of 8, `M >= 1`, `K >= 1`. All strides are in bytes:
 * panel j of B starts at `b + j bPanel`, its rows are `bRow` apart; likewise C. `tilesByRow` reads an A whose rows
 * are `aStride` apart and contiguous; `tilesByColumn` one whose columns are contiguous and `aStride` apart.
 * Rows beyond whole tiles are done by a last tile that overlaps the one before (its results are the same), or by
 * smaller tiles where that is impossible or there are one or two. Few pointers and no counter: the general registers
 * of x86-64 are as short as the vector registers.
 *
 * Deno's V8 compares every address with the size of the memory, so that a load is two operations and, with an offset,
 * three or four: where the next element is near, fewer loads are faster than fewer of anything else. A packed B, whose
 * rows follow each other, has loops of its own: nothing is added to its pointer but once a round.
 */
export function gemmSource(): string {
  return [product("tilesByRow", "row"), product("tilesByColumn", "column")].join("\n");
}

/** Up to 16 rows of A that are a multiple of 4 leave nothing over, as tiles of 5 would. */
const FOURS = "  const fours = (M & 3) == 0 && M <= 16;\n";

const PARAMETERS = `M: i32, panels: i32, K: i32, a: usize, aStride: usize, b: usize, bRow: usize,
  bPanel: usize, c: usize, cRow: usize, cPanel: usize, accumulate: bool`;
const ARGUMENTS = "M, panels, K, a, aStride, b, bRow, bPanel, c, cRow, cPanel, accumulate";

function product(name: string, contiguous: Contiguous): string {
  return `export function ${name}(${PARAMETERS}): void {
  if (bRow == ${PANEL_BYTES}) ${name}Packed(${ARGUMENTS});
  else ${name}Apart(${ARGUMENTS});
}
${driver(`${name}Packed`, contiguous, "packed")}
${driver(`${name}Apart`, contiguous, "apart")}`;
}

function driver(name: string, contiguous: Contiguous, rowsOfB: RowsOfB): string {
  const panels = (rows: number, i: string, accumulate: string) =>
    `for (let j = 0, bj = b, cj = c + <usize>${i} * cRow; j < panels; j++, bj += bPanel, cj += cPanel) {
        ${name}${rows}(K, ${rowOf(i, contiguous)}, aStride, bj, bRow, cj, cRow, ${accumulate});
      }`;
  const whole = TILE_ROWS[contiguous];
  const byRow = contiguous === "row";
  return `function ${name}(${PARAMETERS}): void {
${byRow ? "" : FOURS}  const overlap = !accumulate && M >= ${whole} && M % ${whole} > 2${
    byRow ? "" : " && !fours"
  };
  for (let i = 0; i < M;) {
    if (${byRow ? "" : "!fours && "}(overlap || M - i >= ${whole})) {
      const r = min(i, M - ${whole});
      ${panels(whole, "r", "accumulate")}
      i += ${whole};
    } else ${
    LAST_ROWS.map((rows) =>
      `${rows > 1 ? `if (M - i >= ${rows}) ` : ""}{
      ${panels(rows, "i", "accumulate")}
      i += ${rows};
    }`
    ).join(" else ")
  }
  }
}
${[whole, ...LAST_ROWS].map((rows) => tile(name, rows, contiguous, rowsOfB)).join("")}`;
}

function rowOf(i: string, contiguous: Contiguous): string {
  return contiguous === "row" ? `a + <usize>${i} * aStride` : `a + (<usize>${i} << 2)`;
}

function tile(name: string, rows: number, contiguous: Contiguous, rowsOfB: RowsOfB): string {
  const row = range(rows);
  const vector = range(VECTORS);
  const byRow = contiguous === "row";
  const packed = rowsOfB === "packed";
  const pointers = range(byRow ? rows : 1);
  const steps = packed && byRow ? 4 : 2;
  const distance = (k: string) => byRow ? `(<usize>${k} << 2)` : `aStride * ${k}`;
  const element = (i: number, u: number) => {
    if (byRow) return `x = v128.load32_splat(a${i}, ${u * 4});`;
    if (rows < LANES || i >= LANES) return `x = v128.load32_splat(a0, ${i * 4});`;
    return `${i === 0 ? "y = v128.load(a0); " : ""}x = v128.shuffle<i32>(y, y, ${i}, ${i}, ${i}, ${i});`;
  };
  const step = (u: number) => [
    ...vector.map((v) => `b${v} = v128.load(b, ${(packed ? u * PANEL_BYTES : 0) + v * VECTOR_BYTES});`),
    ...row.flatMap((i) => [
      element(i, u),
      ...vector.map((v) => `c${i}_${v} = f32x4.relaxed_madd(x, b${v}, c${i}_${v});`),
    ]),
    ...(byRow ? [] : ["a0 += aStride;"]),
    ...(packed ? [] : ["b += bRow;"]),
  ];
  const round = (count: number) =>
    [
      ...range(count).flatMap(step),
      ...(byRow ? pointers.map((i) => `a${i} += ${count * 4};`) : []),
      ...(packed ? [`b += ${count * PANEL_BYTES};`] : []),
    ].join("\n    ");
  return `// @ts-ignore: decorator
@inline
function ${name}${rows}(K: i32, a0: usize, aStride: usize, b: usize, bRow: usize, c: usize, cRow: usize,
  accumulate: bool): void {
${pointers.slice(1).map((i) => `  let a${i} = a${i - 1} + aStride;\n`).join("")}
${row.map((i) => `  let ${vector.map((v) => `c${i}_${v} = f32x4.splat(0)`).join(", ")};\n`).join("")}
  let x: v128, y: v128, ${vector.map((v) => `b${v}: v128`).join(", ")};
  for (const end = a0 + ${distance(`(K & ~${steps - 1})`)}; a0 < end;) {
    ${round(steps)}
  }
  ${steps > 2 ? `if (K & 2) {\n    ${round(2)}\n  }` : ""}
  if (K & 1) {
    ${step(0).join("\n    ")}
  }
  if (accumulate) {
    let q = c;
    ${
    row.map((i) =>
      vector.map((v) => `c${i}_${v} = f32x4.add(c${i}_${v}, v128.load(q, ${v * VECTOR_BYTES}));`).join(" ") +
      " q += cRow;"
    ).join("\n    ")
  }
  }
  ${
    row.map((i) =>
      vector.map((v) => `v128.store(c, c${i}_${v}, ${v * VECTOR_BYTES});`).join(" ") + " c += cRow;"
    ).join(
      "\n  ",
    )
  }
}
`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
