/** Everyday sentences put together from lists, for the synthetic corpus. Pure. */
import type { Rng } from "../../base/random.ts";

const WHO = list(`
  the baker, my sister, our neighbour, the young doctor, a tired sailor, the old painter, her uncle, the shy boy,
  their teacher, a cheerful nurse, the village choir, his cousin, the judge, a clever thief, the gardener, your father,
  the tall woman, an honest farmer, the captain, every child, the new student, some tourists, the quiet librarian,
  a hungry fox, the orchestra, the youngest brother, a stubborn donkey, the whole family, the watchmaker, both girls,
  the carpenter, an elderly couple, my friend from the north, the postman, the lazy cat, a famous singer,
  the night guard, the mayor, our coach, the little mouse`);

/** Base form and past tense. */
const ACTIONS: readonly (readonly [string, string])[] = list(`
  carry|carried, find|found, hide|hid, sell|sold, paint|painted, borrow|borrowed, lose|lost, repair|repaired,
  throw|threw, measure|measured, wash|washed, break|broke, draw|drew, push|pushed, choose|chose, bring|brought,
  open|opened, buy|bought, watch|watched, catch|caught, describe|described, ignore|ignored, polish|polished,
  remember|remembered, fetch|fetched, admire|admired, wrap|wrapped, follow|followed, check|checked, hold|held,
  join|joined, avoid|avoided, share|shared, examine|examined, steal|stole, mention|mentioned`)
  .map((pair) => pair.split("|") as [string, string]);

const THINGS = list(`
  a copper kettle, the broken mirror, an orange scarf, two heavy suitcases, the garden gate, a bowl of soup,
  the yellow bicycle, some fresh bread, a thick blanket, the church bell, an empty bottle, the silver spoon,
  a bunch of flowers, the wooden chair, a pair of gloves, the last ticket, a jar of honey, the rusty key,
  an unusual coin, the leather purse, three green apples, a pile of books, the big umbrella, a map of the island,
  the glass door, a fishing boat, the blue envelope, an old camera, the kitchen shelf, a piece of cheese,
  the measuring tape, a bag of potatoes, the tiny engine, a letter from Asia, the velvet curtain, an ugly vase,
  the paper lantern, a toy rocket, the thin rope, a new pair of shoes, the birthday cake, a box of nails,
  the stone bridge, a cup of ginger tea, the shiny trumpet, an early version of the plan, the dusty carpet,
  a very large pumpkin`);

const WHERE = list(`
  near the river, behind the station, under the table, in the cellar, across the yard, at the market,
  beside the church, on the roof, outside the museum, along the beach, in a narrow street, above the garage,
  by the fountain, in the south of Europe, between two hedges, at the edge of the forest, on the ferry,
  inside the theatre, beyond the hills, in the kitchen, close to the harbour, at school, over the fence,
  among the reeds, in front of the bakery, on the third floor, down in the valley, at the airport`);

const WHEN = list(`
  before noon, last Thursday, early in the morning, after the storm, during the holidays, a week ago,
  every other month, late at night, in spring, just in time, twice a year, on Monday evening, before the concert,
  without a word, as usual, once again, in the middle of winter, for the very first time, all day long,
  after a short pause`);

const QUALITIES = list(`
  cheap, rather heavy, dangerous, quite useful, too loud, strange, perfectly clean, smooth, wet, fragile, warm,
  beautiful, rusty, thinner than paper, hard to find, ready, worth a fortune, difficult to explain, almost finished,
  larger than a horse, fashionable, bitter, simple, unusual, harmless, as good as new, precious, terribly slow`);

const NAMES = list(`
  Joyce, Arthur, Maya, Oliver, Ruth, Benjamin, Sheila, George, Hannah, Victor, Zoe, Edith, Hugo, Laura, Thomas,
  Yvonne, Charles, Nora, Philip, Agatha`);

const OPINIONS = list(`
  thinks, hopes, believes, claims, knows, suspects, is sure, has heard, insists, is afraid`);

/** How sentences are built. */
const PATTERNS: readonly ((rng: Rng) => string)[] = [
  (rng) => `${rng.pick(WHO)} ${past(rng)} ${rng.pick(THINGS)} ${rng.pick(WHERE)}.`,
  (rng) => `${rng.pick(WHEN)}, ${rng.pick(WHO)} ${past(rng)} ${rng.pick(THINGS)}.`,
  (rng) => `Did ${rng.pick(WHO)} ${base(rng)} ${rng.pick(THINGS)} ${rng.pick(WHERE)}?`,
  (rng) => `Please ${base(rng)} ${rng.pick(THINGS)} ${rng.pick(WHEN)}.`,
  (rng) =>
    `${rng.pick(NAMES)} ${rng.pick(OPINIONS)} that ${rng.pick(THINGS)} could be ${rng.pick(QUALITIES)}.`,
  (rng) => `${rng.pick(NAMES)} and ${rng.pick(WHO)} will ${base(rng)} ${rng.pick(THINGS)} ${rng.pick(WHEN)}.`,
  (rng) => `Why should ${rng.pick(NAMES)} ${base(rng)} ${rng.pick(THINGS)}?`,
  (rng) => `${rng.pick(WHO)} never ${past(rng)} anything ${rng.pick(QUALITIES)} ${rng.pick(WHERE)}.`,
];

/**
 * Different sentences, each drawn for itself.
 * @param count At most some hundred thousand; there are about ten million.
 */
export function drawSentences(count: number, rng: Rng): string[] {
  const drawn = new Set<string>();
  for (let k = 0; drawn.size < count; k++) {
    const own = rng.fork(k);
    const sentence = own.pick(PATTERNS)(own);
    drawn.add(sentence[0]!.toUpperCase() + sentence.slice(1));
  }
  return [...drawn];
}

function past(rng: Rng): string {
  return rng.pick(ACTIONS)[1];
}

function base(rng: Rng): string {
  return rng.pick(ACTIONS)[0];
}

function list(text: string): string[] {
  return text.split(",").map((entry) => entry.replace(/\s+/g, " ").trim());
}
