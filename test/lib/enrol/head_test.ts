import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../lib/base/random.ts";
import { fitRows, logitsOf, logSum, NONE, prototypeHead } from "../../../lib/enrol/head.ts";

const SIZE = 6;

/** Points around a centre. */
function cloud(centre: readonly number[], count: number, rng: Rng): number[] {
  return Array.from({ length: count }, () => centre.map((own) => own + 0.4 * rng.normal())).flat();
}

function unit(place: number, scale = 2): number[] {
  return Array.from({ length: SIZE }, (_, i) => i === place ? scale : 0);
}

/** An old head that tells two clouds apart, and examples of two new ones beside them. */
function problem() {
  const rng = Rng.fromSeed(0);
  const old = {
    weight: Float32Array.from([...unit(0, 1), ...unit(1, 1)]),
    bias: Float32Array.of(0.5, -0.5),
  };
  const embeddings = Float32Array.from([0, 1, 2, 3].flatMap((k) => cloud(unit(k), 30, rng)));
  const labels = Int32Array.from([NONE, NONE, 0, 1].flatMap((label) => Array(30).fill(label)));
  const weights = new Float64Array(labels.length).map((_, i) => 1 + i % 3);
  return { old, examples: { embeddings, labels, weights } };
}

/** As the documentation has it, without any of the shortcuts of what is tested. */
function loss(
  { old, examples: { embeddings, labels, weights } }: ReturnType<typeof problem>,
  rows: ReturnType<typeof fitRows>,
) {
  const [before, after] = [logitsOf(old, embeddings, SIZE), logitsOf(rows, embeddings, SIZE)];
  const count = rows.bias.length;
  let [sum, total] = [0, 0];
  labels.forEach((label, i) => {
    const all = [...before.subarray(2 * i, 2 * i + 2), ...after.subarray(count * i, count * (i + 1))];
    const scores = all.map(Math.exp);
    const own = label === NONE ? scores[0]! + scores[1]! : scores[2 + label]!;
    sum -= weights[i]! * Math.log(own / scores.reduce((a, b) => a + b));
    total += weights[i]!;
  });
  return sum / total;
}

for (const from of [null, 1]) {
  Deno.test(`fitRows() finds rows that no small change makes better, from ${from === null ? "zero" : "a row"}`, () => {
    const given = problem();
    const rows = fitRows(given.old, given.examples, { rows: 2, decay: 1e-9, from });
    const least = loss(given, rows);
    for (const [name, values] of Object.entries(rows)) {
      for (let i = 0; i < values.length; i++) {
        for (const step of [0.05, -0.05]) {
          const moved = values.slice();
          moved[i]! += step;
          assert(loss(given, { ...rows, [name]: moved }) > least - 1e-6, `${name}[${i}]`);
        }
      }
    }
    const { embeddings, labels } = given.examples;
    const told = logitsOf(rows, embeddings, SIZE);
    const before = logitsOf(given.old, embeddings, SIZE);
    const right = labels.filter((label, i) => {
      const scores = [logSum(before.subarray(2 * i, 2 * i + 2)), told[2 * i]!, told[2 * i + 1]!];
      return scores.indexOf(Math.max(...scores)) === label + 1;
    });
    assert(right.length >= 0.97 * labels.length, `${right.length} of ${labels.length}`);
  });
}

Deno.test("fitRows() keeps to the row that it starts from where decay is all that counts", () => {
  const { old, examples } = problem();
  const { weight } = fitRows(old, examples, { rows: 1, decay: 1e6, from: 1 });
  weight.forEach((value, i) => assert(Math.abs(value - old.weight[SIZE + i]!) < 1e-3));
});

Deno.test("prototypeHead() gives the class whose mean is nearest in standard deviations", () => {
  const { examples: { embeddings, labels } } = problem();
  const classes = labels.map((label) => label + 1);
  const head = prototypeHead(embeddings, classes, 3);
  const means = [0, 1, 2].map((own) => {
    const rows = [...classes.keys()].filter((i) => classes[i] === own);
    return Array.from(
      { length: SIZE },
      (_, k) => rows.reduce((sum, i) => sum + embeddings[i * SIZE + k]!, 0) / rows.length,
    );
  });
  const deviations = Array.from({ length: SIZE }, (_, k) => {
    const column = Array.from(classes, (_, i) => embeddings[i * SIZE + k]!);
    const mean = column.reduce((a, b) => a + b) / column.length;
    return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
  });
  const logits = logitsOf(head, embeddings, SIZE);
  for (let i = 0; i < classes.length; i++) {
    const distances = means.map((mean) =>
      mean.reduce((sum, own, k) => sum + ((embeddings[i * SIZE + k]! - own) / deviations[k]!) ** 2, 0)
    );
    const own = [...logits.subarray(3 * i, 3 * i + 3)];
    assertEquals(own.indexOf(Math.max(...own)), distances.indexOf(Math.min(...distances)));
  }
});

Deno.test("logSum() is exact where exponentials would overflow", () => {
  assertEquals(logSum(Float64Array.of(1000, 1000)), 1000 + Math.log(2));
  assertEquals(logSum(Float64Array.of(-2000, 0)), 0);
});
